"""The terminal: a console that prints text as text, in the width there is."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_UNBOUNDED = 4_000


def console(*, color: str = "auto") -> tuple[Console, io.StringIO]:
    """Return a console that writes into a text, and that text; colour is `auto`, `always` or `never`.

    On a terminal it has the terminal's width, else $COLUMNS or no bound.
    """
    from rich.console import Console

    terminal = sys.stdout is not None and sys.stdout.isatty()
    colored = color == "always" or (color == "auto" and terminal and "NO_COLOR" not in os.environ)
    out = io.StringIO()
    made = Console(
        file=out,
        width=width(),
        force_terminal=colored,
        no_color=not colored,
        color_system="standard" if colored else None,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )
    return made, out


def width() -> int:
    """Return how many columns there are."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) >= 20:
        return int(columns)
    if sys.stdout is not None and sys.stdout.isatty():
        try:
            return max(20, os.get_terminal_size(sys.stdout.fileno()).columns)
        except (OSError, ValueError):
            return 80
    return _UNBOUNDED


def grid(*headers: str, left: int = 1) -> Table:
    """Return a table without lines but the one under its headers; columns after the first `left` stand to the right."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for number, header in enumerate(headers):
        if number < left:
            table.add_column(header, overflow="fold", no_wrap=left == 1)
        else:
            table.add_column(header, justify="right", no_wrap=True)
    return table
