"""Entries as JSON Lines, to be imported into another ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.cli import options as o
from ledger.cli.openly import openly, said_left_out, said_others, said_parting
from ledger.cli.spool import spooled
from ledger.exchange.jsonl_export import entry_line
from ledger.index.reading import Source
from ledger.reports.exporting.exported_entries import recorded
from ledger.reports.exporting.selection import (
    Hidden,
    Selection,
    counted,
    left_out,
    one_state,
    parting,
    related_outside,
)

if TYPE_CHECKING:
    from ledger.book import Ledger


def run(book: Ledger, asked: Selection, out: Path | None, *, told: bool, without: bool) -> None:
    """Write the entries; with `told`, whoever asks knows that those of confidential orders are among them.

    With `without` they are left out, and so are those of orders that name one, and aliases of names that they alone have.
    """
    undisclosed = 0

    def text(source: Source, asked: Selection) -> Iterator[str]:
        nonlocal undisclosed
        undisclosed = 0
        for record, dropped in recorded(source, asked):
            undisclosed += dropped
            yield entry_line(record)

    def answer(source: Source, hidden: Hidden) -> tuple[int, int, int, tuple[int, int], int]:
        chosen = asked._replace(hidden=hidden)
        with one_state(source.db):
            spool.write(text(source, chosen))
            found = counted(source.db, chosen)
            missing = left_out(source.db, chosen, voided=True)
            return *found, related_outside(source.db, chosen), missing, parting(source.db, chosen)

    with spooled(out) as spool:
        if without:
            orders, secret, related, (hidden, naming), apart = openly(book, answer, related=True)
        else:
            orders, secret, related, (hidden, naming), apart = book.ask(
                lambda db: answer(Source(db, book.read_line, book.zone), Hidden())
            )
    if not orders:
        o.warn("no order is of that period and passes the filters")
    if secret and not told:
        o.warn(f"entries of {secret:,} confidential {'order' if secret == 1 else 'orders'} are in it in full")
    if without:
        o.warn(said_left_out(hidden))
    if naming:
        o.warn(said_others(naming, "name"))
    if apart:
        o.warn(said_parting(apart))
    if related:
        noun = "order relates" if related == 1 else "orders relate"
        o.warn(
            f"{related:,} {noun} to orders that are not in it: it can be imported only where those are, or export more"
        )
    if undisclosed:
        o.warn(f"{undisclosed:,} private values are not disclosed here, and left out")
    if book.zone != "UTC":
        o.warn(f"days are those of {book.zone}: before importing it elsewhere, `ledger init --timezone {book.zone}`")
