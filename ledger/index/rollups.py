"""The sums over the rows of orders that reports read: by each way of grouping, of days, weeks and months.

A sum stands in a line and under a day. What a line is of (the way of grouping, the name there, duty, kind, status) is
kept once, so that each of its many days takes two numbers to find.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import repeat
from operator import add
from typing import Any, Final

_AMOUNTS: Final = ("delta", "entered")
_MARKS: Final = tuple(f"{what}_{mark}" for what in ("in", "is") for mark in ("about", "at_least", "under", "unknown"))
_MARKED: Final = "(" + " OR ".join(f"f.{name} <> 0" for name in _MARKS) + ")"
# How many sums of rows alike are held in memory before they are written.
_TOGETHER: Final = 1_000
# How many lines are kept in mind.
_KNOWN: Final = 4_096

_ORDER: Final = "CROSS JOIN orders o ON o.order_no = f.order_no"
_FLOWS: Final = (
    "SELECT f.day, d.week_begin, d.month_begin, o.duty, f.kind, f.status, "
    "o.authority, o.jurisdiction, o.platform, o.basis, f.speaker, {amounts} "
    f"FROM flows f {_ORDER} CROSS JOIN days d ON d.day = f.day WHERE {{rows}}"
)
_PLACES: Final = f"SELECT f.day, o.duty, f.kind, f.status, f.country, {{amounts}} FROM places f {_ORDER} WHERE {{rows}}"

# A line and a day in it.
_Key = tuple[int, int]
# Amounts by what they are of.
_Sums = dict[tuple[Any, ...], tuple[int, ...]]


def add_up(db: sqlite3.Connection, sign: int, scope: str) -> None:
    """Add the rows of some orders to the sums of every way of grouping, or take them away.

    A week or month has its sums under the day on which it begins. Each row is read once for all ways: a query for each
    takes six times as long.
    """
    lines = _Lines(db)
    for table, names, marked in (("rollup_days", _AMOUNTS, "true"), ("rollup_marked_days", _MARKS, _MARKED)):
        amounts = ", ".join(f"{sign} * f.{name}" for name in names)
        for query, keys in ((_FLOWS, lines.of_flow), (_PLACES, lines.of_place)):
            rows = db.execute(query.format(amounts=amounts, rows=f"{scope} AND {marked}"))
            for alike in _alike(rows, len(names)):
                sums: _Sums = {}
                for said, found in alike.items():
                    # Calling a function for each takes as long as all the rest.
                    for key in keys(said):
                        held = sums.get(key)
                        sums[key] = found if held is None else tuple(map(add, held, found))
                _write(db, table, names, sums)


def _alike(rows: Iterable[tuple[Any, ...]], amounts: int) -> Iterator[_Sums]:
    """Give the sums of rows that say the same otherwise, some hundreds of them at a time."""
    found: _Sums = {}
    for row in rows:
        said, new = row[:-amounts], row[-amounts:]
        held = found.get(said)
        found[said] = new if held is None else tuple(map(add, held, new))
        if len(found) >= _TOGETHER:
            yield found
            found = {}
    yield found


def _write(db: sqlite3.Connection, table: str, names: tuple[str, ...], sums: _Sums) -> None:
    values = ", ".join("?" * (2 + len(names)))
    adds = ", ".join(f"{name} = {name} + excluded.{name}" for name in names)
    db.executemany(
        f"INSERT INTO {table} VALUES ({values}) ON CONFLICT DO UPDATE SET {adds}",
        [(*key, *amounts) for key, amounts in sums.items()],
    )


class _Lines:
    """The lines to which rows are added. The ways of grouping are never crossed."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._number = lru_cache(_KNOWN)(self._find)
        self._numbers = lru_cache(_KNOWN)(self._of)

    def of_flow(self, said: tuple[Any, ...]) -> Iterable[_Key]:
        """Give where a row of `flows` is added."""
        day, week_begin, month_begin, *rest = said
        days, week, months = self._numbers(*rest)
        return (*zip(days, repeat(day)), (week, week_begin), *zip(months, repeat(month_begin)))

    def of_place(self, said: tuple[Any, ...]) -> Iterable[_Key]:
        """Give where a row of `places` is added."""
        day, duty, kind, status, country = said
        return ((self._number("country", country, duty, kind, status), day),)

    def _of(
        self,
        duty: str,
        kind: str,
        status: str,
        authority: str,
        jurisdiction: str,
        platform: str,
        basis: str,
        speaker: str,
    ) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
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
