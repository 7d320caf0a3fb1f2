"""Which rows of a table are looked at: totals, rows that a rule leaves out and rows of another width are set aside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ledger.errors import Refused
from ledger.exchange.tables.cells import Columns, Fault, Unfit
from ledger.exchange.tables.controls import control_in
from ledger.exchange.tables.mapping import TableMapping
from ledger.exchange.tables.table import Table, folded, ragged_row
from ledger.exchange.tables.total_words import TOTAL, UNSURE, TotalWords
from ledger.model.incoming import Incoming

# Where words stand that are no label of their row.
_FREE: Final = ("targets", "note", "reason")


class Screen:
    """Looks at each row before anything is made of it."""

    def __init__(self, table: Table, mapping: TableMapping, columns: Columns) -> None:
        self.table = table
        self.width = len(table.header)
        self.sums = TotalWords(mapping.totals, mapping.not_totals).kind
        self._empty = mapping.empty
        entries = list(mapping.entries())
        fields = [field for entry in entries for field in entry.fields]
        self._targets = {columns.place(name) for field in fields if field.name == "targets" for name in field.columns}
        own = {columns.place(name) for field in entries[0].fields for name in field.columns}
        self._own = sorted((own | {columns.place(name) for name in mapping.group_by}) - self._targets)
        self._free = {columns.place(name) for field in fields if field.name in _FREE for name in field.columns}
        self._known = [(columns.place(field.column), field.values) for field in fields if field.values is not None]
        self._read = sorted(columns.place(name) for name in mapping.columns)
        self._all = [place for place in self._read if place not in self._targets]
        self._rules = [(rule, columns.place(rule.column)) for rule in mapping.left_out]

    def rows(self) -> Iterator[tuple[int, list[str] | Incoming]]:
        """Give each row's line, and its cells or what it is set aside as."""
        name = self.table.name
        line = 0
        try:
            for line, cells in self.table.rows():
                aside = self.aside(line, cells)
                if aside is None and (fault := self.fault(cells)) is not None:
                    (aside,) = refused(name, line, [fault])
                yield line, aside or cells
        except Refused as error:
            where, _, problem = str(error).removeprefix(f"{name}, ").partition(": ")
            problem += "; nothing after it is read"
            yield line, Incoming(f"{name}, {where}", None, problem=problem, file=name, line=int(where.split()[-1]))

    def aside(self, line: int, cells: list[str]) -> Incoming | None:
        """Return what a row is set aside as; None if it is an entry."""
        for rule, place in self._rules:
            if rule.fits(cells[place] if place < len(cells) else ""):
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
        found = (place for place, cell in enumerate(cells) if self.sums(cell) == TOTAL)
        return next((place for place in found if not self._target(place, cells)), None)

    def _target(self, place: int, cells: Sequence[str]) -> bool:
        """Tell whether a word for totals is the name of a target: the row has a label of its own, and states the order.

        Where it leaves out something else, a word in lower case is a name, and TOTAL is not.
        """
        if place not in self._targets:
            return False
        cell = cells[place].strip()
        return self._states(cells, self._own if cell == cell.casefold() else self._all)

    def complete(self, cells: Sequence[str]) -> bool:
        """Tell whether a row leaves out nothing, so that its target is one whatever it is called."""
        return self._states(cells, self._all)

    def _states(self, cells: Sequence[str], places: Sequence[int]) -> bool:
        return bool(self._own) and all(
            place < len(cells) and cells[place].strip().casefold() not in self._empty for place in places
        )

    def fault(self, cells: Sequence[str]) -> Fault | None:
        """Return why a row cannot be taken whatever is made of it; None if it can."""
        header = self.table.header
        if self.table.controls:
            for place in self._read:
                if found := control_in(cells[place]):
                    why = f"holds a control character ({found}): no text has one"
                    return Unfit(header[place], cells[place], why).fault
        if not any(map(self.sums, cells)):
            return None
        for place, cell in enumerate(cells):
            if self.sums(cell) != UNSURE or place in self._free or self._said(place, cell):
                continue
            name = cell.strip()
            why = (
                f"{name!r} may say that the row sums others, or be a name: leave the row out with leave_out, "
                f"or list the cell under not_totals in the mapping"
            )
            return Unfit(header[place], name, why).fault
        return None

    def _said(self, place: int, cell: str) -> bool:
        """Tell whether the mapping says what a cell means."""
        return any(place == at and folded(cell) in values for at, values in self._known)


def refused(name: str, line: int, problems: Sequence[Fault], rows: int = 1) -> Iterator[Incoming]:
    """Give what is unfit in a row, each cell once; all of it together accounts for the row."""
    where = f"{name}, line {line}"
    for (column, said), value in {(problem.column, problem.said): problem.value for problem in problems}.items():
        yield Incoming(where, None, problem=said, file=name, line=line, column=column, value=value, rows=rows)
        rows = 0


def bundled(name: str, line: int, records: list[dict[str, object]], rows: int) -> Iterator[Incoming]:
    """Give the entries of a row, or of a group of rows, as one bundle."""
    where = f"{name}, line {line}"
    for record in records:
        yield Incoming(where, record, file=name, line=line, bundle=where, rows=rows)
        rows = 0
