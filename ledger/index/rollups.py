"""The sums over the rows of orders that reports read: by each way of grouping, of days, weeks and months.

A sum stands in a line and under a day; that of a week or month stands under the day on which it begins. What a line is of
(the way of grouping, the name there, duty, kind, status) is kept once, so that each of its many days takes two numbers to
find.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from itertools import repeat
from operator import add, neg
from typing import Any, Final

from ledger.index.projection import ORDER_COLUMNS, Row, Rows
from ledger.model.periods import period_of

_AMOUNTS: Final = ("delta", "entered")
_MARKS: Final = tuple(f"{what}_{mark}" for what in ("in", "is") for mark in ("about", "at_least", "under", "unknown"))
# What an order says for all of its rows.
_NAMED: Final = ("duty", "authority", "jurisdiction", "platform", "basis")
_PLACES: Final = [ORDER_COLUMNS.index(name) for name in _NAMED]
# How many sums of rows alike are held before they are written.
_HELD: Final = 1_000
# How many lines are kept in mind.
_KNOWN: Final = 4_096

# A line and a day in it.
_Key = tuple[int, int]
# Amounts by what they are of.
_Sums = dict[tuple[Any, ...], tuple[Any, ...]]


class RollUp:
    """Adds the rows of orders to the sums of every way of grouping, or takes them away.

    What is alike is added up before it is written; `write` writes what is still held.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        lines = _Lines(db)
        self._flows, self._places = _Alike(lines.of_flow), _Alike(lines.of_place)

    def add(self, rows: Rows) -> None:
        """Add the rows of an order."""
        named = tuple([rows.order[place] for place in _PLACES])
        for row in rows.flows:
            self._flows.put(named, row)
        for row in rows.places:
            self._places.put(named, row)
        self._relieve()

    def take_away(self, scope: str) -> None:
        """Take away the rows of some orders as they stand; `scope` is a condition on `f.order_no`."""
        of_order = ", ".join(f"o.{name}" for name in _NAMED)
        for table, alike in (("flows", self._flows), ("places", self._places)):
            query = (
                f"SELECT {of_order}, f.* FROM {table} f CROSS JOIN orders o ON o.order_no = f.order_no WHERE {scope}"
            )
            for row in self._db.execute(query):
                told = row[len(_NAMED) :]
                alike.put(row[: len(_NAMED)], (*told[:5], *map(neg, told[5:])))
                self._relieve()

    def _relieve(self) -> None:
        if len(self._flows.amounts) + len(self._places.amounts) > _HELD:
            self.write()

    def write(self) -> None:
        """Write what is held."""
        for alike in (self._flows, self._places):
            self._write("rollup_days", _AMOUNTS, alike.amounts, alike.keys)
            self._write("rollup_marked_days", _MARKS, alike.marks, alike.keys)

    def _write(self, table: str, names: tuple[str, ...], alike: _Sums, keys: Callable[..., Iterable[_Key]]) -> None:
        sums: _Sums = {}
        for said, amounts in alike.items():
            # Calling a function for each takes as long as all the rest.
            for key in keys(*said):
                held = sums.get(key)
                sums[key] = amounts if held is None else tuple(map(add, held, amounts))
        alike.clear()
        values = ", ".join("?" * (2 + len(names)))
        adds = ", ".join(f"{name} = {name} + excluded.{name}" for name in names)
        self._db.executemany(
            f"INSERT INTO {table} VALUES ({values}) ON CONFLICT DO UPDATE SET {adds}",
            [(*key, *amounts) for key, amounts in sums.items()],
        )


class _Alike:
    """Sums of rows that say the same otherwise, amounts and marks, and what gives the lines and days they go to."""

    def __init__(self, keys: Callable[..., Iterable[_Key]]) -> None:
        self.keys = keys
        self.amounts: _Sums = {}
        self.marks: _Sums = {}

    def put(self, named: tuple[Any, ...], row: Row) -> None:
        """Add a row of `flows` or `places` of an order."""
        said, amounts, marks = (named, *row[1:5]), row[5:7], row[7:]
        held = self.amounts.get(said)
        self.amounts[said] = amounts if held is None else tuple(map(add, held, amounts))
        if any(marks):
            held = self.marks.get(said)
            self.marks[said] = marks if held is None else tuple(map(add, held, marks))


class _Lines:
    """The lines to which rows are added. The ways of grouping are never crossed."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._number = lru_cache(_KNOWN)(self._find)
        self._numbers = lru_cache(_KNOWN)(self._of)

    def of_flow(self, named: tuple[str, ...], day: int, kind: str, status: str, speaker: str) -> Iterable[_Key]:
        """Give where a row of `flows` is added."""
        days, week, months = self._numbers(named, kind, status, speaker)
        week_begin, month_begin = _begins(day)
        return (*zip(days, repeat(day)), (week, week_begin), *zip(months, repeat(month_begin)))

    def of_place(self, named: tuple[str, ...], country: str, day: int, kind: str, status: str) -> Iterable[_Key]:
        """Give where a row of `places` is added."""
        return ((self._number("country", country, named[0], kind, status), day),)

    def _of(
        self, named: tuple[str, ...], kind: str, status: str, speaker: str
    ) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
        duty, authority, jurisdiction, platform, basis = named
        days = {
            "total": "",
            "authority": authority,
            "jurisdiction": jurisdiction,
            "platform": platform,
            "basis": basis,
            "speaker": speaker,
        }
        months = {"month": "", "speaker-month": speaker}
        return (
            tuple(self._number(way, name, duty, kind, status) for way, name in days.items()),
            self._number("week", "", duty, kind, status),
            tuple(self._number(way, name, duty, kind, status) for way, name in months.items()),
        )

    def _find(self, *line: str) -> int:
        """Return the number of a line; it gets one where it has none."""
        query = "SELECT line FROM rollup_lines WHERE way = ? AND name = ? AND duty = ? AND kind = ? AND status = ?"
        row = self._db.execute(query, line).fetchone()
        if row is None:
            row = (self._db.execute("INSERT INTO rollup_lines VALUES (NULL, ?, ?, ?, ?, ?)", line).lastrowid,)
        return int(row[0])


@cache
def _begins(day: int) -> tuple[int, int]:
    """Return on which days the week and the month of a day begin."""
    return period_of(day, "week").begin, period_of(day, "month").begin
