"""Pages of lines and tables, in the width there is; rich gives colours and the width of wide letters, when they are needed."""

from __future__ import annotations

import os
import sys
from typing import Final, Protocol

# What a pipe has no bound for; tables need none there.
UNBOUNDED: Final = 4_000
_GAP: Final = "  "
# What pages are drawn with, known to take one column each: rich is not asked for these.
_NARROW: Final = frozenset("·•─→≈≤≥…–█▏▎▍▌▋▊▉" + "".join(map(chr, range(32, 127))))


def colored(color: str) -> bool:
    """Tell whether to colour: `always`, `never`, or `auto`: on a terminal, unless $NO_COLOR says otherwise."""
    terminal = sys.stdout is not None and sys.stdout.isatty()
    return color == "always" or (color == "auto" and terminal and not os.environ.get("NO_COLOR"))


def width() -> int:
    """Return how many columns there are: $COLUMNS, the terminal's, or no bound in a pipe."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) >= 20:
        return int(columns)
    if sys.stdout is not None and sys.stdout.isatty():
        try:
            return max(20, os.get_terminal_size(sys.stdout.fileno()).columns)
        except (OSError, ValueError):
            return 80
    return UNBOUNDED


def cells(text: str) -> int:
    """Return how many columns a text takes."""
    if text.isascii() or _NARROW.issuperset(text):
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def wrapped(text: str, room: int) -> list[str]:
    """Return a text in lines of at most `room` columns, broken between words where that can be."""
    if cells(text) <= room:
        return [text]
    lines, line = [], ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if cells(joined) <= room:
            line = joined
            continue
        if line:
            lines.append(line)
        line = ""
        for char in word:
            if cells(line + char) > room and line:
                lines.append(line)
                line = ""
            line += char
    return [*lines, line]


class Grid:
    """A table: the first `left` columns hold text, the others figures; those at `folds` fold when there is no room."""

    def __init__(self, *headers: str, left: int = 1, folds: tuple[int, ...] = (0,)) -> None:
        self.headers, self.left, self.folds = headers, left, folds
        # None stands for a gap between rows.
        self.rows: list[tuple[tuple[str, ...] | str, str] | None] = []

    def add(self, *row: str, style: str = "") -> None:
        """Add a row."""
        self.rows.append((row, style))

    def note(self, text: str) -> None:
        """Add a line of text under a row, across the columns."""
        self.rows.append((text, ""))

    def gap(self) -> None:
        """Set the rows that follow apart."""
        self.rows.append(None)

    def lines(self, room: int) -> list[tuple[str, str]]:
        """Return the lines of the table, each with its style."""
        body = [row for row, _ in filter(None, self.rows) if not isinstance(row, str)]
        sizes = [max(map(cells, column)) for column in zip(self.headers, *body, strict=True)]
        over = sum(sizes) + len(_GAP) * (len(sizes) - 1) - room
        while over > 0 and (widest := max(self.folds, key=lambda place: sizes[place])) >= 0 and sizes[widest] > 8:
            sizes[widest] -= 1
            over -= 1
        found = self._row(self.headers, sizes, "bold")
        found.append(("─" * (sum(sizes) + len(_GAP) * (len(sizes) - 1)), ""))
        for row in self.rows:
            if row is None:
                found.append(("", ""))
            elif isinstance(row[0], str):
                found += [("    " + line, row[1]) for line in wrapped(row[0], room - 4)]
            else:
                found += self._row(row[0], sizes, row[1])
        return found

    def _row(self, row: tuple[str, ...], sizes: list[int], style: str) -> list[tuple[str, str]]:
        parts = [
            wrapped(text, size) if place < self.left else [text]
            for place, (text, size) in enumerate(zip(row, sizes, strict=True))
        ]
        lines = []
        for number in range(max(map(len, parts))):
            shown = []
            for place, part in enumerate(parts):
                text = part[number] if number < len(part) else ""
                space = " " * (sizes[place] - cells(text))
                # A bar begins where its column does.
                shown.append(text + space if place < self.left or text[:1] in "█▏▎▍▌▋▊▉" else space + text)
            lines.append((_GAP.join(shown).rstrip(), style))
        return lines


class Pages(Protocol):
    """What a page is made of, whatever it is made into."""

    @property
    def width(self) -> int:
        """How many columns there are."""

    def say(self, text: str = "", style: str = "", indent: int = 0) -> None:
        """Add a paragraph."""

    def table(self, grid: Grid) -> None:
        """Add a table."""

    def text(self) -> str:
        """Return the page."""


class Page:
    """Lines and tables in turn, and the text that they make."""

    def __init__(self, color: str = "auto") -> None:
        self.width = width()
        self._colored = colored(color)
        self._lines: list[str] = []

    def say(self, text: str = "", style: str = "", indent: int = 0) -> None:
        """Add a paragraph."""
        for line in wrapped(text, self.width - indent):
            self._put(" " * indent + line, style)

    def table(self, grid: Grid) -> None:
        """Add a table."""
        for line, style in grid.lines(self.width):
            self._put(line, style)

    def _put(self, line: str, style: str) -> None:
        if style and self._colored and line:
            from rich.style import Style

            line = Style.parse(style).render(line)
        self._lines.append(line)

    def text(self) -> str:
        """Return the page."""
        return "\n".join(self._lines) + "\n"
