"""Compare the index with a fresh fold of the ledger."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Final, NamedTuple

from ledger.index.database import VERSION, Index
from ledger.index.projection import ORDER_COLUMNS
from ledger.index.sqlite import is_read_only
from ledger.journal.file import JournalFile

# Rows of nothing but zeros are what is left of entries that were corrected; they say nothing.
_MARKS: Final = tuple(f"{what}_{mark}" for what in ("in", "is") for mark in ("about", "at_least", "under", "unknown"))
# The number of a line says nothing.
_LINE: Final = "way, name, duty, kind, status, day"
_STATUS: Final = "s.target, h.kind, h.duty, h.status, h.demanded, h.changes"
_HISTORY: Final = "JOIN {db}.histories h ON h.history = s.history"
_QUERIES: Final = {
    "entries": "SELECT * FROM {db}.entries",
    "orders": f"SELECT {', '.join(ORDER_COLUMNS)}, last_place - first_place FROM {{db}}.orders",
    "flows": "SELECT * FROM {db}.flows",
    "places": "SELECT * FROM {db}.places",
    "problems": "SELECT * FROM {db}.problems",
    "totals": f"SELECT {_LINE}, delta, entered FROM {{db}}.rollup WHERE delta OR entered",
    "exactness": f"SELECT {_LINE}, {', '.join(_MARKS)} FROM {{db}}.rollup_marks WHERE {' OR '.join(_MARKS)}",
    "aliases": "SELECT n.target, n.same, e.seq FROM {db}.aliases n JOIN {db}.alias_entries e ON n.target IN (e.one, e.other)",
    "distinct targets": "SELECT * FROM {db}.distinct_targets WHERE delta",
    "statuses": f"SELECT s.order_no, {_STATUS} FROM {{db}}.statuses s {_HISTORY}",
    "statuses by order": f"SELECT o.order_no, {_STATUS} FROM {{db}}.orders o "
    f"JOIN {{db}}.statuses s ON s.place BETWEEN o.first_place AND o.last_place {_HISTORY}",
    "days": "SELECT d.* FROM {db}.days d WHERE d.day IN (SELECT day FROM {db}.flows)",
}


# What says something about the disk, and nothing about the index.
_OUTSIDE: Final = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
)


class Compared(NamedTuple):
    """What came of it: whether anything was compared, what there is to say of it, a sentence for each difference."""

    done: bool
    what: str
    differences: list[str]


def compare(file: JournalFile) -> Compared:
    """Compare every row of the index with what a fresh fold of the ledger gives.

    No index, or one that is only behind, is no difference: it is a cache and is caught up when it is next used.
    """
    with closing(Index(file, fresh=True)) as fresh:
        if not fresh.path.exists():
            return Compared(False, "there is none; it is made when it is next needed", [])
        db = fresh.db
        try:
            place = fresh.path.as_uri() + ("?immutable=1" if is_read_only(fresh.path) else "")
            db.execute("ATTACH ? AS kept", (place,))
            # One state of it, whatever others add meanwhile.
            db.execute("BEGIN")
            if db.execute("PRAGMA kept.user_version").fetchone()[0] != VERSION:
                return Compared(False, "is of another version, and made anew when it is next needed", [])
            meta = dict(db.execute("SELECT name, value FROM kept.meta"))
            if meta.get("length") != fresh.meta["length"] or meta.get("head") != fresh.meta["head"]:
                return Compared(
                    False, "is not of the ledger as it is now, and is brought up to it when it is next needed", []
                )
            differences = [
                text for name, query in _QUERIES.items() if (text := _difference(db, name, query)) is not None
            ]
            if meta.get("genesis") != fresh.meta["genesis"]:
                differences.append("is that of a ledger that began otherwise")
            state = db.execute("PRAGMA kept.quick_check(1)").fetchone()[0]
            if state != "ok":
                differences.append(f"is damaged ({state})")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in _OUTSIDE:
                return Compared(False, f"could not be compared ({error})", [])
            return Compared(True, "cannot be read", [f"cannot be read ({error})"])
        except UnicodeDecodeError as error:
            # SQLite quotes what is damaged.
            return Compared(True, "cannot be read", [f"cannot be read ({error})"])
        what = "differs from a fresh fold" if differences else "the same as a fresh fold"
        return Compared(True, what, differences)


def _difference(db: sqlite3.Connection, name: str, query: str) -> str | None:
    kept, fresh = query.format(db="kept"), query.format(db="main")
    extra = db.execute(f"SELECT COUNT(*) FROM ({kept} EXCEPT {fresh})").fetchone()[0]
    lacking = db.execute(f"SELECT COUNT(*) FROM ({fresh} EXCEPT {kept})").fetchone()[0]
    if not extra and not lacking:
        twice = db.execute(f"SELECT (SELECT COUNT(*) FROM ({kept})) - (SELECT COUNT(*) FROM ({fresh}))").fetchone()[0]
        return f"{name}: {twice:,} rows stand there twice" if twice else None
    return f"{name}: {extra:,} rows that a fresh fold does not give, {lacking:,} missing"
