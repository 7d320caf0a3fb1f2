"""Entries from a table, by a mapping: one row an order, or one row a target of an order.

Each row ends in one place: in an entry, refused with line and column, or set aside as a total (or by a rule of the
mapping, which is then said).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import IO

from ledger.errors import Refused
from ledger.exchange.tables.cells import Columns, Fault
from ledger.exchange.tables.grouping import grouped
from ledger.exchange.tables.identity import Identity
from ledger.exchange.tables.made import EntryMaker, Record, RowMaker, name_orders
from ledger.exchange.tables.mapping import TableMapping
from ledger.exchange.tables.screen import Screen, bundled, refused
from ledger.exchange.tables.table import Table, open_table
from ledger.model.incoming import Incoming


def _say_nothing(_: str) -> None:
    pass


def csv_entries(
    name: str,
    stream: Callable[[], IO[bytes]],
    mapping: TableMapping,
    zone: str,  # noqa: ARG001 - every format is called alike
    tell: Callable[[str], None] = _say_nothing,
    scattered: set[str] | None = None,
) -> Iterator[Incoming]:
    """Give the entries of a table; what cannot be read comes as an entry without a record.

    `stream` opens the table anew each time; `tell` gets what is to be said about it: columns that nothing is made of,
    how its bytes were read. The entries of one row, or of one group of rows, are one bundle. `scattered` is as of `grouped`.
    """
    table: Table | None = None
    with stream() as source:
        try:
            table = open_mapped(name, source, mapping)
            columns = Columns(table.header, mapping)
        except Refused as error:
            yield _unreadable(name, error, table)
            return
        for note in table.notes:
            tell(f"{name}: {note}")
        if unmapped := columns.unmapped():
            tell(f"{name}: not taken: {', '.join(unmapped)}; name them under ignore in the mapping if that is meant")
        if mapping.each == "target":
            yield from grouped(table, mapping, columns, scattered)
        else:
            yield from _by_row(table, mapping, columns)


def _unreadable(name: str, error: Refused, table: Table | None) -> Incoming:
    """Return why nothing of a table can be read, at its header or at the line that the error says."""
    said = str(error).removeprefix(f"{name}: ").removeprefix(f"{name}, ")
    line = table.header_line if table is not None else 1
    if match := re.match(r"line ([0-9]+)(?:: |, )", said):
        line, said = int(match[1]), said[match.end() :]
    # Without a header the mapping names the columns, and a line says nothing.
    line = max(1, line)
    column = getattr(error, "column", "")
    return Incoming(f"{name}, line {line}", None, problem=said, file=name, line=line, column=column, rows=0)


def open_mapped(name: str, source: IO[bytes], mapping: TableMapping) -> Table:
    """Return a table as its mapping says that it is read; rows may be ragged. Raises `Refused`."""
    return open_table(
        name,
        source,
        encoding=mapping.encoding,
        delimiter=mapping.delimiter,
        header_line=mapping.header_line,
        header=mapping.header,
        ragged=True,
    )


def _by_row(table: Table, mapping: TableMapping, columns: Columns) -> Iterator[Incoming]:
    if not mapping.orders:
        yield from _facts(table, mapping, columns)
        return
    screen = Screen(table, mapping, columns)
    makes = RowMaker(mapping.orders, columns)
    identity = Identity(mapping.orders, columns)
    try:
        for line, cells in screen.rows():
            if isinstance(cells, Incoming):
                yield cells
                continue
            problems: list[Fault] = []
            records = makes.make(cells, problems)
            if problems:
                yield from refused(table.name, line, problems)
                continue
            given = records[0].get("id")
            # Asked for even where it is not needed: whether a row is the second of its kind hangs on those before it.
            first = given if given is not None else identity.of(records, cells)
            name_orders(records, first)
            yield from bundled(table.name, line, records, 1)
    finally:
        identity.close()


def _facts(table: Table, mapping: TableMapping, columns: Columns) -> Iterator[Incoming]:
    """Give responses and follow-ups to orders that the ledger holds."""
    makes = [EntryMaker(fact, columns) for fact in mapping.facts]
    for line, cells in Screen(table, mapping, columns).rows():
        if isinstance(cells, Incoming):
            yield cells
            continue
        problems: list[Fault] = []
        records: list[Record] = [made for make in makes if (made := make.make(cells, problems)) is not None]
        if not problems and not records:
            where = f"{table.name}, line {line}"
            yield Incoming(where, None, problem="makes no entry", file=table.name, line=line, total=True)
        elif problems:
            yield from refused(table.name, line, problems)
        else:
            yield from bundled(table.name, line, records, 1)
