"""Pages as HTML for others to read: one file that loads nothing, in which no stored text acts."""

from __future__ import annotations

from html import escape
from typing import Final

from ledger.render.safe import plain
from ledger.render.terminal import UNBOUNDED, Grid

_HEAD: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #111; }}
p {{ margin: 0; min-height: 1.5em; overflow-wrap: anywhere; }}
.bold {{ font-weight: 600; }}
.dim {{ color: #666; }}
table {{ border-collapse: collapse; margin: .25rem 0; }}
th, td {{ padding: .1rem .75rem; text-align: right; vertical-align: top; font-variant-numeric: tabular-nums; }}
th {{ border-bottom: 1px solid; }}
.text {{ text-align: left; overflow-wrap: anywhere; }}
</style>
</head>
<body>
"""


class HtmlPage:
    """Takes the same lines and tables as a page of text does."""

    width = UNBOUNDED

    def __init__(self, title: str) -> None:
        self._parts = [_HEAD.format(title=_text(title))]

    def say(self, text: str = "", style: str = "", indent: int = 0) -> None:
        """Add a paragraph."""
        margin = f' style="margin-left:{indent / 2}em"' if indent else ""
        self._parts.append(f"<p{_class(style)}{margin}>{_text(text)}</p>\n")

    def table(self, grid: Grid) -> None:
        """Add a table."""
        head = "".join(
            f'<th scope="col"{_class("text" if place < grid.left else "")}>{_text(name)}</th>'
            for place, name in enumerate(grid.headers)
        )
        self._parts.append(f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n")
        for row in grid.rows:
            if row is None:
                self._parts.append(f'<tr><td colspan="{len(grid.headers)}">&nbsp;</td></tr>\n')
                continue
            cells, style = row
            if isinstance(cells, str):
                body = f'<td class="text" colspan="{len(grid.headers)}">{_text(cells)}</td>'
            else:
                body = "".join(
                    f"<td{_class('text' if place < grid.left or _is_bar(cell) else '')}>{_text(cell)}</td>"
                    for place, cell in enumerate(cells)
                )
            self._parts.append(f"<tr{_class(style)}>{body}</tr>\n")
        self._parts.append("</tbody>\n</table>\n")

    def text(self) -> str:
        """Return the page."""
        return "".join([*self._parts, "</body>\n</html>\n"])


def _text(text: str) -> str:
    return escape(plain(text))


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def _is_bar(cell: str) -> bool:
    return cell[:1] in tuple("█▏▎▍▌▋▊▉")
