"""Ledgers to export from, and what whoever opens an exported table reads in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ledger
from ledger import Ledger
from ledger.errors import Refused
from ledger.index.reading import Source
from ledger.model.moments import day_text
from ledger.render.spreadsheet import csv_text
from ledger.reports.exporting.exported import rows_of
from ledger.reports.exporting.exported_columns import TABLES
from ledger.reports.exporting.selection import Selection, standings
from tests.strategies import FIRST, Record

ZONE = "Asia/Kolkata"
START = FIRST.toordinal()
Row = dict[str, str]


@contextmanager
def holding(records: Iterable[Record]) -> Iterator[Ledger]:
    """Give a ledger that took of some records what it could, in a zone of its own."""
    with (
        TemporaryDirectory() as folder,
        Ledger(Path(folder, "l.jsonl"), clock=lambda: datetime(2022, 1, 1, tzinfo=UTC)) as book,
    ):
        book.create(origin="example", timezone=ZONE)
        for record in records:
            try:
                book.append(record)
            except Refused:
                continue
        yield book


def source(book: Ledger) -> Source:
    return Source(book.index.db, book.read_line, book.zone)


def table(book: Ledger, name: str, asked: Selection) -> list[Row]:
    """Return the rows of a table as whoever opens the file reads them."""
    table = TABLES[name]
    columns = [column.name for column in table.columns]
    earlier = name == "postings" and asked.begin is not None
    found = (rows for each in standings(source(book), asked, earlier=earlier) for rows in rows_of(name, each, asked))
    return list(csv.DictReader(io.StringIO("".join(csv_text(columns, found, table.varies)), newline="")))


def report(book: Ledger, begin: int | None, end: int, kind: str, speaker: str | None = None) -> dict[str, Any]:
    return ledger.report(
        book,
        begin=None if begin is None else day_text(begin),
        end=day_text(end),
        kind=kind,
        grain="year",
        by="order",
        according_to=speaker,
    )
