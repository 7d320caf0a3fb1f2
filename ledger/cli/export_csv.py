"""Postings, targets or orders as CSV, with the data package beside it that says what each column is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.cli import options as o
from ledger.cli.openly import openly, said_left_out, said_others, said_parting
from ledger.cli.output import check_output
from ledger.cli.spool import spooled
from ledger.errors import Refused, WriteFailed
from ledger.exchange.datapackage import NAME, format_package, parse_package, resource_of, with_resource
from ledger.index.reading import Source
from ledger.model.moments import day_text
from ledger.render.safe import plain
from ledger.render.spreadsheet import csv_text
from ledger.reports.exporting.exported import rows_of
from ledger.reports.exporting.exported_columns import TABLES
from ledger.reports.exporting.selection import Hidden, Selection, counted, left_out, one_state, parting, standings

if TYPE_CHECKING:
    from ledger.book import Ledger


def run(book: Ledger, asked: Selection, rows: str, out: Path | None, *, told: bool, without: bool) -> None:
    """Write one of the tables; with `told`, whoever asks knows that confidential orders are in it.

    With `without` they are left out, and orders that only repeat them; the rows of the others do not name them.
    """
    table = TABLES[rows]
    # The rows of postings are of the period, whenever their orders were received.
    earlier = rows == "postings" and asked.begin is not None
    package = None if out is None else _package(out)

    def text(source: Source, asked: Selection) -> Iterator[str]:
        found = (
            made for standing in standings(source, asked, earlier=earlier) for made in rows_of(rows, standing, asked)
        )
        return csv_text([column.name for column in table.columns], found, table.varies)

    def answer(source: Source, hidden: Hidden) -> tuple[int, int, tuple[int, int], int]:
        chosen = asked._replace(hidden=hidden)
        with one_state(source.db):
            spool.write(text(source, chosen))
            found = counted(source.db, chosen, earlier=earlier)
            # Names are joined in rows of targets alone.
            apart = parting(source.db, chosen) if rows == "targets" else 0
            return *found, left_out(source.db, chosen, earlier=earlier), apart

    with spooled(out) as spool:
        if without:
            orders, secret, (hidden, repeating), apart = openly(book, answer, related=False)
        else:
            orders, secret, (hidden, repeating), apart = book.ask(
                lambda db: answer(Source(db, book.read_line, book.zone), Hidden())
            )
    if out is not None:
        source, ledger = _ledger(book, asked)
        if without:
            ledger["without_confidential"] = True
        package = with_resource(
            package, resource_of(table, out.name, size=spool.size, sha256=spool.sha256, source=source, ledger=ledger)
        )
        _put(out, format_package(package))
    if not orders:
        o.warn("no order is of that period and passes the filters")
    if without:
        o.warn(said_left_out(hidden))
    if repeating:
        o.warn(said_others(repeating, "repeat"))
    if apart:
        o.warn(said_parting(apart))
    if secret and not told:
        noun = "order is" if secret == 1 else "orders are"
        o.warn(f"{secret:,} confidential {noun} in it in full, marked in the column confidential")


def _package(out: Path) -> dict[str, Any] | None:
    """Return the data package that lies in the folder of a file; raises `Refused` for one that is not ours."""
    # A folder, or no name at all.
    check_output(out)
    path = out.with_name(NAME)
    if out.name == NAME:
        raise Refused(f"output: {out}: is where the description of the columns goes: choose another name")
    check_output(path)
    try:
        return parse_package(path.read_bytes(), str(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refused(f"output: {path}: cannot be read, so it is not replaced ({error.strerror})") from error


def _put(out: Path, raw: bytes) -> None:
    from ledger.evidence.signing.whole import replace_whole

    path = out.with_name(NAME)
    try:
        replace_whole(path, raw, 0o644)
    except OSError as error:
        raise WriteFailed(
            f"{path}: cannot be written ({error.strerror}); {out.name} stands, without what describes it"
        ) from error


def _ledger(book: Ledger, asked: Selection) -> tuple[str, dict[str, Any]]:
    """Return whose figures they are, in words and for programs."""
    from ledger.journal.line import decode_line

    genesis, meta = decode_line(book.file.first()), book.index.meta
    entries = int(meta["seq"]) + 1
    facts = {
        "origin": genesis["origin"],
        "id": genesis["id"],
        "entries": entries,
        "head": meta["head"],
        "timezone": book.zone,
        "begin": None if asked.begin is None else day_text(asked.begin),
        "end": day_text(asked.end),
        "kind": asked.kind,
        "according_to": asked.speaker,
        "only": {name: list(values) for name, values in asked.only},
    }
    return f"Ledger {plain(genesis['origin'])}, {entries:,} entries, the last with leaf hash {meta['head']}", facts
