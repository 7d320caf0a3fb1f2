"""Which rows of a table are looked at: totals, rows that a rule leaves out and rows of another width are set aside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from ledger.errors import Refused
from ledger.exchange.tables.cells import Columns, Unfit
from ledger.exchange.tables.mapping import TableMapping
from ledger.exchange.tables.table import Table, folded, ragged_row
from ledger.model.incoming import Incoming


class Screen:
    """Looks at each row before anything is made of it."""

    def __init__(self, table: Table, mapping: TableMapping, columns: Columns) -> None:
        self.table = table
        self.width = len(table.header)
        totals = mapping.totals
        # Most cells of a table stand in it many times.
        self.sums = lru_cache(maxsize=4096)(lambda cell: folded(cell) in totals)
        self._rules = [(rule, columns.place(rule.column)) for rule in mapping.left_out]

    def rows(self) -> Iterator[tuple[int, list[str] | Incoming]]:
        """Give each row's line, and its cells or what it is set aside as."""
        name = self.table.name
        line = 0
        try:
            for line, cells in self.table.rows:
                yield line, self.aside(line, cells) or cells
        except Refused as error:
            where, _, problem = str(error).removeprefix(f"{name}, ").partition(": ")
            problem += "; nothing after it is read"
            yield line, Incoming(f"{name}, {where}", None, problem=problem, file=name, line=int(where.split()[-1]))

    def aside(self, line: int, cells: list[str]) -> Incoming | None:
        """Return what a row is set aside as; None if it is an entry."""
        for rule, place in self._rules:
            cell = folded(cells[place]) if place < len(cells) else ""
            if cell in rule.cells or (rule.beginnings and cell.startswith(rule.beginnings)):
                return self._set_aside(line, cells, place, f"left out: {rule.why}")
        at = self.total(cells)
        if at is not None:
            return self._set_aside(line, cells, at, "")
        if len(cells) != self.width:
            name = self.table.name
            return Incoming(f"{name}, line {line}", None, problem=ragged_row(cells, self.width), file=name, line=line)
        return None

    def _set_aside(self, line: int, cells: list[str], place: int, why: str) -> Incoming:
        name = self.table.name
        column = self.table.header[place] if place < self.width else ""
        value = cells[place].strip()
        return Incoming(
            f"{name}, line {line}", None, problem=why, file=name, line=line, column=column, value=value, total=True
        )

    def total(self, cells: Sequence[str]) -> int | None:
        """Return the place of the cell that says that a row sums others; None if none does."""
        if not any(map(self.sums, cells)):
            return None
        return next(place for place, cell in enumerate(cells) if self.sums(cell))


def refused(name: str, line: int, problems: list[Unfit], rows: int = 1) -> Iterator[Incoming]:
    """Give what is unfit in a row, each cell once; all of it together accounts for the row."""
    where = f"{name}, line {line}"
    for (column, said), value in {(problem.column, str(problem)): problem.value for problem in problems}.items():
        yield Incoming(where, None, problem=said, file=name, line=line, column=column, value=value, rows=rows)
        rows = 0


def bundled(name: str, line: int, records: list[dict[str, object]], rows: int) -> Iterator[Incoming]:
    """Give the entries of a row, or of a group of rows, as one bundle."""
    where = f"{name}, line {line}"
    bundle = where if len(records) > 1 else ""
    for record in records:
        yield Incoming(where, record, file=name, line=line, bundle=bundle, rows=rows)
        rows = 0
