"""Orders as notices for the Lumen database; confidential ones only when that is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.cli import options as o
from ledger.cli.spool import spooled
from ledger.exchange.notices.lumen_export import notice_line
from ledger.index.reading import Source
from ledger.reports.exporting.selection import Selection, standings

if TYPE_CHECKING:
    from ledger.book import Ledger
    from ledger.index.database import Index


def run(book: Ledger, asked: Selection, out: Path | None, *, include_confidential: bool) -> None:
    """Write a notice for each order; say how many are left out since they are confidential."""
    from ledger.index.database import Index

    left_out = written = totals = 0

    def text(index: Index) -> Iterator[str]:
        nonlocal left_out, written, totals
        for standing in standings(Source(index.db, index.read_line, index.zone), asked):
            if standing.fold.order.stands_for != 1:
                # No notice was ever sent of a total.
                totals += 1
            elif standing.fold.order.confidential and not include_confidential:
                left_out += 1
            else:
                written += 1
                yield notice_line(standing.fold, standing.id)

    # What is shown to others never rests on a cache: one row missing there, and a secret would be out.
    with spooled(out) as spool, closing(Index(book.file, book.progress, fresh=True)) as index:
        spool.write(text(index))
        private = sorted(index.vault.fields) if index.vault is not None else []
    if not written:
        o.warn("no order that may be shown is of that period and passes the filters, so there are no notices")
    if left_out:
        noun = "order was" if left_out == 1 else "orders were"
        o.warn(f"{left_out:,} confidential {noun} left out; --include-confidential writes them too")
    if totals:
        what = (
            "entry that stands for several orders or none was"
            if totals == 1
            else "entries that stand for several orders or none were"
        )
        o.warn(f"{totals:,} {what} left out: of a total no notice was sent")
    if private:
        o.warn(f"private fields are in it in clear: {', '.join(private)}")
