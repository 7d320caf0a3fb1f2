"""The claims of a table's rows: what each cell that holds a figure says, of which period, key and measure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from typing import Final, NamedTuple, TypeVar

from ledger.errors import Refused
from ledger.exchange.published.layout import Column, TableMap
from ledger.exchange.published.periods import between, read_span
from ledger.exchange.published.values import Figure, read_figure
from ledger.exchange.tables.countries import country_code
from ledger.exchange.tables.table import Row, Table, folded
from ledger.exchange.tables.total_words import TOTAL, UNSURE, TotalWords
from ledger.reports.reconciling.bounds import NOTHING_SAID, together
from ledger.reports.reconciling.claims import ALL_MEASURES, MEASURE, PERIOD, VALUE, WAYS, Claim, Span
from ledger.reports.reconciling.named_measures import measure_named, near_measure

T = TypeVar("T")
# What tells the rows below a category apart, where a table has both in one column.
_KEYWORD: Final = "Keyword"
_YEAR: Final = re.compile("[0-9]{4}")


class _Cell(NamedTuple):
    """A figure's place: the column and its place in a row, and what the mapping says of it."""

    name: str
    place: int
    column: Column | None


class _Reading:
    """Reads the cells of a row; `unread` says, by what it would have said, why a cell cannot be read."""

    def __init__(self, line: int) -> None:
        self._line = line
        self.unread: dict[str, str] = {}

    def read(self, what: str, column: str, text: str, read: Callable[[str], T], instead: T) -> T:
        """Return what a cell says, or something instead."""
        try:
            return read(text)
        except Refused as error:
            self.unread[what] = f"line {self._line}, column {column!r}: {error}"
            return instead


class ClaimReader:
    """Makes claims of rows; what it leaves out is counted."""

    def __init__(self, table: Table, layout: TableMap, kind: str, kinds: Collection[str]) -> None:
        self._name, self._layout, self._kind, self._kinds = table.name, layout, kind, kinds
        self._header = [folded(name) for name in table.header]
        self._shown = table.header
        self._line = table.header_line
        self._places = {name: self._place(name) for name in layout.columns}
        self._values = {
            way: {folded(text): word for text, word in values.items()} for way, values in layout.values.items()
        }
        self._names = {folded(text): word for text, word in layout.names.items()}
        self._figure = partial(read_figure, thousands=layout.thousands, decimal=layout.decimal)
        self._spans: dict[tuple[int, int], Span] = {}
        self._total_word = TotalWords(layout.totals, layout.not_totals).kind
        self._left_out = 0
        self._by_rule: Counter[str] = Counter()
        self._category: str | None = None
        self._cells = [_Cell(name, self._places[name], column) for name, column in layout.measures.items()]
        parts = [name for sum_ in layout.sums for name in (sum_.whole, *sum_.parts)]
        known = {folded(cell.name) for cell in self._cells}
        self._cells += [
            _Cell(name, self._places[name], None) for name in dict.fromkeys(parts) if folded(name) not in known
        ]
        if layout.value:
            self._cells.append(_Cell(layout.value, self._places[layout.value], None))

    def notes(self) -> Iterator[str]:
        """Give what is to be said about rows that were left out."""
        if self._left_out:
            said = ", ".join(f"{column} = {text!r}" for column, text in self._layout.where.items())
            yield f"not read: {_rows(self._left_out)} without {said}"
        for why, n in self._by_rule.items():
            yield f"left out: {_rows(n)}: {why}"

    def claims(self, rows: Sequence[Row]) -> Iterator[Claim]:
        """Give the claims of all rows; raises `Refused` for what the mapping says wrong of them."""
        for row in rows:
            cells = row.cells
            if any(folded(cells[self._places[name]]) != folded(text) for name, text in self._layout.where.items()):
                self._left_out += 1
                continue
            # What sums others is left out of an import, and held against them here: a footnote has no figures.
            rules = () if any(cells[cell.place].strip() for cell in self._cells) else self._layout.left_out
            if rule := next((rule for rule in rules if rule.fits(cells[self._places[rule.column]])), None):
                self._by_rule[rule.why] += 1
                continue
            for cell in self._cells:
                yield self._claim(row, cell)

    def _claim(self, row: Row, cell: _Cell) -> Claim:
        said = dict(self._layout.constants) | dict(cell.column.said if cell.column else {})
        reading = _Reading(row.line)
        period = self._period(row, said, reading)
        keys, beyond = self._keys(row, said, reading)
        apart = list(self._apart(row))
        text = row.cells[cell.place].strip()
        name = self._measure_text(row, cell, reading)
        stated = "" if folded(text) in self._layout.empty else text
        figure = reading.read(VALUE, cell.name, stated, self._figure, Figure(None))
        measure = None if name is None else measure_named(name, self._kind, self._kinds)
        if unread := reading.unread:
            figure = Figure(None, note=figure.note)
        why = (
            "; ".join(unread.values())
            or self._why(name, known=measure is not None)
            or _not_told(beyond, apart)
            or figure.why
        )
        shown = measure.name if measure is not None else name or cell.name
        return Claim(
            (row.line,), self._shown[cell.place], period, tuple(keys), tuple(apart), tuple(beyond), shown, measure, text,
            figure.value, figure.share, why, figure.note, tuple(unread),
        )  # fmt: skip

    def _why(self, name: str | None, *, known: bool) -> str:
        """Say why the ledger has no such measure; nothing if it has."""
        if name is None:
            return "the mapping names no measure of the ledger for it"
        if known:
            return ""
        if name == ALL_MEASURES:
            return "it is a total over the table's measures"
        near = near_measure(name)
        return f"{name!r} is no measure of the ledger" + (
            f": did you mean {near!r}?" if near else "; --measures lists them"
        )

    def _measure_text(self, row: Row, cell: _Cell, reading: _Reading) -> str | None:
        if cell.column is not None:
            return cell.column.measure
        if not self._layout.measure:
            return None
        text = row.cells[self._places[self._layout.measure]].strip()
        if folded(text) in self._names:
            return self._names[folded(text)]
        if not text:
            reading.read(MEASURE, self._layout.measure, text, _no_measure, "")
            return None
        return ALL_MEASURES if self._total(text) else text

    def _period(self, row: Row, said: Mapping[str, str], reading: _Reading) -> Span | None:
        layout = self._layout
        if "period" in said:
            if self._over_periods(said["period"]):
                return None
            return self._known(self._at(row, layout.period or "period", read_span, said["period"].strip()))
        if layout.days:
            first, last = (row.cells[self._places[name]].strip() for name in layout.days)
            if self._over_periods(first) and self._over_periods(last):
                return None
            label = f"{first}/{last}"
            return self._known(
                reading.read(PERIOD, layout.days[0], label, lambda _: between(label, first, last), Span(label, 0, 0))
            )
        text = row.cells[self._places[layout.period]].strip()
        if self._over_periods(text):
            return None
        return self._known(reading.read(PERIOD, layout.period, text, read_span, Span(text, 0, 0)))

    def _known(self, span: Span) -> Span:
        """Return the span as it was first written: `2021-H1` and `Jan-Jun 2021` are one period."""
        return self._spans.setdefault((span.begin, span.end), span) if span.known else span

    def _keys(
        self, row: Row, said: Mapping[str, str], reading: _Reading
    ) -> tuple[list[tuple[str, str | None]], list[tuple[str, str]]]:
        """Return the values by way, and those of them that the ledger does not have, as the mapping says."""
        keys: list[tuple[str, str | None]] = []
        beyond: list[tuple[str, str]] = []
        for way in WAYS:
            column = self._layout.keys.get(way)
            if way not in said and column is None:
                continue
            text = (said[way] if way in said else row.cells[self._places[column or ""]]).strip()
            values = self._values.get(way, {})
            if folded(text) in values:
                word = values[folded(text)]
                keys.append((way, text if word is None else word))
                beyond += [(way, text)] if word is None else []
            elif self._total(text):
                keys.append((way, None))
            elif way not in said and self._total_word(text) == UNSURE:
                keys.append((way, reading.read(way, column or way, text, _unsure, text)))
            elif way != "jurisdiction":
                keys.append((way, text))
            elif way in said:
                keys.append((way, self._at(row, way, country_code, text)))
            else:
                keys.append((way, reading.read(way, column or way, text, country_code, text)))
        return keys, beyond

    def _apart(self, row: Row) -> Iterator[tuple[str, str | None]]:
        for name in dict.fromkeys((*self._layout.apart, *self._layout.add_over)):
            text = row.cells[self._places[name]].strip()
            value = None if self._total(text) else text
            if not self._layout.nested:
                yield name, value
                continue
            # A keyword stands below its category, in the same column.
            keyword = value is not None and value.startswith("KEYWORD_")
            self._category = self._category if keyword else value
            yield name, self._category
            yield _KEYWORD, value if keyword else None

    def _total(self, text: str) -> bool:
        return not text.strip() or self._total_word(text) == TOTAL

    def _over_periods(self, text: str) -> bool:
        """Tell whether a period is a total over periods: `Total 2021` is of one, and says not which days that has."""
        return self._total(text) and not _YEAR.search(text)

    def _place(self, name: str) -> int:
        found = [place for place, known in enumerate(self._header) if known == folded(name)]
        if len(found) == 1:
            return found[0]
        if found:
            raise Refused(
                f"{self._name}, line {self._line}: has {len(found)} columns {name!r}: give each a name of its own"
            )
        near = get_close_matches(folded(name), [known for known in self._header if known], n=1)
        hint = (
            f"did you mean {self._shown[self._header.index(near[0])]!r}?"
            if near
            else f"it has {', '.join(map(repr, self._shown))}"
        )
        raise Refused(f"{self._name}, line {self._line}: has no column {name!r}: {hint}")

    def _at(self, row: Row, column: str, read: Callable[[str], T], text: str) -> T:
        """Read what the mapping says of a cell; raises `Refused` with the cell's line and column."""
        try:
            return read(text)
        except Refused as error:
            raise Refused(f"{self._name}, line {row.line}, column {column!r}: {error}") from error


def _unsure(text: str) -> str:
    raise Refused(
        f"{text!r} may say that the row is a total, or be a name: list it under totals or not_totals in [table] of a mapping"
    )


def _no_measure(text: str) -> str:
    raise Refused(f"{text!r} says no measure; --measures lists them")


def _rows(n: int) -> str:
    return f"{n:,} {'row' if n == 1 else 'rows'}"


def _not_told(beyond: Sequence[tuple[str, str]], apart: Sequence[tuple[str, str | None]]) -> str:
    """Say what the ledger does not tell apart; nothing if there is none of it."""
    if beyond:
        return " and ".join(f"by the mapping the ledger has no {way} for {text!r}" for way, text in beyond)
    told = [column for column, value in apart if value is not None]
    return f"the ledger does not tell {' and '.join(told)} apart" if told else ""


def added_over(claims: Sequence[Claim], columns: Sequence[str]) -> Iterator[Claim]:
    """Give the claims with those added up that differ in some columns alone, where the table has no total over these.

    What says the same in these columns too may be one figure or two: it is not added up. Where the table has such totals
    for others, those that are added up stand beside their sum, as they may be parts of totals over others.
    """
    if not columns:
        yield from claims
        return
    mixed = any(_is_total(claim, columns) for claim in claims)
    groups: dict[tuple[object, ...], list[Claim]] = {}
    for claim in claims:
        place = (claim.name, claim.column, claim.period, claim.keys, _rest(claim, columns), claim.placed)
        groups.setdefault(place, []).append(claim)
    for group in groups.values():
        if not group[0].placed:
            yield from group
            continue
        rest = _rest(group[0], columns)
        told = {tuple(claim.alike.items()) for claim in group}
        if any(_is_total(claim, columns) for claim in group) or len(told) < len(group):
            yield from group
            continue
        if mixed:
            yield from group
        first = group[0]
        stated = [claim for claim in group if claim.value is not None]
        unread = [claim for claim in group if claim.unread]
        yield first._replace(
            lines=tuple(line for claim in group for line in claim.lines),
            apart=tuple((name, None if name in columns else value) for name, value in first.apart),
            text=" + ".join(claim.text or "not stated" for claim in group),
            value=together(claim.value or NOTHING_SAID for claim in group) if stated and not unread else None,
            why="; ".join(claim.why for claim in unread)
            or (first.why if first.measure is None else _not_told(first.beyond, rest)),
            note="; ".join(dict.fromkeys(claim.note for claim in group if claim.note)),
            unread=unread[0].unread if unread else (),
        )


def _is_total(claim: Claim, columns: Sequence[str]) -> bool:
    return all(value is None for name, value in claim.apart if name in columns)


def _rest(claim: Claim, columns: Sequence[str]) -> tuple[tuple[str, str | None], ...]:
    return tuple((name, value) for name, value in claim.apart if name not in columns)
