"""The sums over the rows of orders that reports read: by each way of grouping, of days, weeks and months."""

from __future__ import annotations

import sqlite3
from typing import Final

_AMOUNTS: Final = ("delta", "entered")
_MARKS: Final = tuple(f"{what}_{mark}" for what in ("in", "is") for mark in ("about", "at_least", "under", "unknown"))

# Each way of grouping: its name, the column it groups by, and the relation it sums. Never their product.
WAYS: Final = (
    ("total", "''", "flows"),
    ("authority", "o.authority", "flows"),
    ("jurisdiction", "o.jurisdiction", "flows"),
    ("platform", "o.platform", "flows"),
    ("basis", "o.basis", "flows"),
    ("speaker", "f.speaker", "flows"),
    ("country", "f.country", "places"),
)

# Sums of whole weeks and months: the name of each, that of the days it is made of, its columns.
COARSER: Final = (
    ("week", "total", "d.week", "d.week_begin"),
    ("month", "total", "d.month", "d.month_begin"),
    ("speaker-month", "speaker", "f.speaker", "d.month_begin"),
)


def add_up(db: sqlite3.Connection, sign: int, scope: str) -> None:
    """Add the rows of some orders to the sums of every way of grouping, or take them away."""
    for way, column, relation in WAYS:
        _add(db, way, column, "f.day", f"{relation} f JOIN orders o ON o.order_no = f.order_no", sign, scope)


def add_coarser(db: sqlite3.Connection, sign: int, scope: str) -> None:
    """Do the same for whole weeks and months."""
    relation = "flows f JOIN orders o ON o.order_no = f.order_no JOIN days d ON d.day = f.day"
    for way, _, column, day in COARSER:
        _add(db, way, column, day, relation, sign, scope)


def _add(db: sqlite3.Connection, way: str, column: str, day: str, relation: str, sign: int, scope: str) -> None:
    for table, names, having in (
        ("rollup", _AMOUNTS, ""),
        ("rollup_marks", _MARKS, "AND (" + " OR ".join(f"f.{name} <> 0" for name in _MARKS) + ")"),
    ):
        sums = ", ".join(f"{sign} * SUM(f.{name})" for name in names)
        adds = ", ".join(f"{name} = {name} + excluded.{name}" for name in names)
        db.execute(
            f"INSERT INTO {table} SELECT '{way}', {column}, o.duty, f.kind, {day}, f.status, {sums} "
            f"FROM {relation} WHERE {scope} {having} GROUP BY {column}, o.duty, f.kind, {day}, f.status "
            f"ON CONFLICT DO UPDATE SET {adds}"
        )


def add_all_coarser(db: sqlite3.Connection) -> None:
    """Make the sums of all weeks and months from those of their days."""
    for way, days, column, day in COARSER:
        for table, names in (("rollup", _AMOUNTS), ("rollup_marks", _MARKS)):
            sums = ", ".join(f"SUM(f.{name})" for name in names)
            name = column.replace("f.speaker", "f.name")
            db.execute(
                f"INSERT INTO {table} SELECT '{way}', {name}, f.duty, f.kind, {day}, f.status, {sums} "
                f"FROM {table} f JOIN days d ON d.day = f.day WHERE f.way = '{days}' "
                f"GROUP BY {name}, f.duty, f.kind, {day}, f.status"
            )
