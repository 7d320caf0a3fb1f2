"""Entries as JSON Lines, to be imported into another ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.cli import options as o
from ledger.cli.spool import spooled
from ledger.exchange.jsonl_export import entry_line
from ledger.index.reading import Source
from ledger.reports.exporting.exported_entries import recorded
from ledger.reports.exporting.selection import Selection, counted, one_state, related_outside

if TYPE_CHECKING:
    import sqlite3

    from ledger.book import Ledger


def run(book: Ledger, asked: Selection, out: Path | None, *, told: bool) -> None:
    """Write the entries; with `told`, whoever asks knows that those of confidential orders are among them."""
    undisclosed = 0

    def text(db: sqlite3.Connection) -> Iterator[str]:
        nonlocal undisclosed
        undisclosed = 0
        for record, dropped in recorded(Source(db, book.read_line, book.zone), asked):
            undisclosed += dropped
            yield entry_line(record)

    def answer(db: sqlite3.Connection) -> tuple[int, int, int]:
        with one_state(db):
            spool.write(text(db))
            return *counted(db, asked), related_outside(db, asked)

    with spooled(out) as spool:
        orders, secret, related = book.ask(answer)
    if not orders:
        o.warn("no order is of that period and passes the filters")
    if secret and not told:
        o.warn(f"entries of {secret:,} confidential {'order' if secret == 1 else 'orders'} are in it in full")
    if related:
        noun = "order relates" if related == 1 else "orders relate"
        o.warn(
            f"{related:,} {noun} to orders that are not in it: it can be imported only where those are, or export more"
        )
    if undisclosed:
        o.warn(f"{undisclosed:,} private values are not disclosed here, and left out")
    if book.zone != "UTC":
        o.warn(f"days are those of {book.zone}: before importing it elsewhere, `ledger init --timezone {book.zone}`")
