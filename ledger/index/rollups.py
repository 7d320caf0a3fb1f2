"""The sums over the rows of orders that reports read: by each way of grouping, of days, weeks and months."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from operator import add
from typing import Any, Final

_AMOUNTS: Final = ("delta", "entered")
_MARKS: Final = tuple(f"{what}_{mark}" for what in ("in", "is") for mark in ("about", "at_least", "under", "unknown"))
_MARKED: Final = "(" + " OR ".join(f"f.{name} <> 0" for name in _MARKS) + ")"
# How many sums of rows alike are held in memory before they are written.
_HELD: Final = 1_000

_ROW: Final = "o.duty, f.kind, f.status, f.day"
_ORDER: Final = "CROSS JOIN orders o ON o.order_no = f.order_no"
_FLOWS: Final = (
    f"SELECT {_ROW}, d.week, d.week_begin, d.month, d.month_begin, "
    "o.authority, o.jurisdiction, o.platform, o.basis, f.speaker, {amounts} "
    f"FROM flows f {_ORDER} CROSS JOIN days d ON d.day = f.day WHERE {{rows}}"
)
_PLACES: Final = f"SELECT {_ROW}, f.country, {{amounts}} FROM places f {_ORDER} WHERE {{rows}}"

# The way of grouping, the name there, duty, kind, day and status of a sum. The ways are never crossed.
_Key = tuple[str, str, str, str, int, str]
_Alike = dict[tuple[Any, ...], tuple[int, ...]]


def add_up(db: sqlite3.Connection, sign: int, scope: str) -> None:
    """Add the rows of some orders to the sums of every way of grouping, or take them away.

    A week or month has its sums under the day on which it begins. Each row is read once for all ways: a query for each
    takes six times as long.
    """
    for table, names, marked in (("rollup", _AMOUNTS, "true"), ("rollup_marks", _MARKS, _MARKED)):
        amounts = ", ".join(f"{sign} * f.{name}" for name in names)
        for query, ways in ((_FLOWS, _flow_ways), (_PLACES, _place_ways)):
            rows = db.execute(query.format(amounts=amounts, rows=f"{scope} AND {marked}"))
            for alike in _alike(rows, len(names)):
                sums: dict[_Key, tuple[int, ...]] = {}
                for said, amount in alike.items():
                    for key in ways(*said):
                        _put(sums, key, amount)
                _write(db, table, names, sums)


def _alike(rows: Iterable[tuple[Any, ...]], amounts: int) -> Iterator[_Alike]:
    """Give the amounts of rows that say the same otherwise, some thousands at a time."""
    found: _Alike = {}
    for row in rows:
        _put(found, row[:-amounts], row[-amounts:])
        if len(found) >= _HELD:
            yield found
            found = {}
    yield found


def _put(sums: dict[Any, tuple[int, ...]], key: tuple[Any, ...], amounts: tuple[int, ...]) -> None:
    held = sums.get(key)
    sums[key] = amounts if held is None else tuple(map(add, held, amounts))


def _write(db: sqlite3.Connection, table: str, names: tuple[str, ...], sums: dict[_Key, tuple[int, ...]]) -> None:
    """Add sums to their table, in its order."""
    values = ", ".join("?" * (6 + len(names)))
    adds = ", ".join(f"{name} = {name} + excluded.{name}" for name in names)
    db.executemany(
        f"INSERT INTO {table} VALUES ({values}) ON CONFLICT DO UPDATE SET {adds}",
        [(*key, *amounts) for key, amounts in sorted(sums.items())],
    )


def _flow_ways(
    duty: str, kind: str, status: str, day: int, week: str, week_begin: int, month: str, month_begin: int,
    authority: str, jurisdiction: str, platform: str, basis: str, speaker: str,
) -> tuple[_Key, ...]:  # fmt: skip
    return (
        ("total", "", duty, kind, day, status),
        ("authority", authority, duty, kind, day, status),
        ("jurisdiction", jurisdiction, duty, kind, day, status),
        ("platform", platform, duty, kind, day, status),
        ("basis", basis, duty, kind, day, status),
        ("speaker", speaker, duty, kind, day, status),
        ("week", week, duty, kind, week_begin, status),
        ("month", month, duty, kind, month_begin, status),
        ("speaker-month", speaker, duty, kind, month_begin, status),
    )


def _place_ways(duty: str, kind: str, status: str, day: int, country: str) -> tuple[_Key, ...]:
    return (("country", country, duty, kind, day, status),)
