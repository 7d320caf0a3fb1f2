"""Compare the index with a fresh fold of the ledger."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Final

from ledger.index.database import VERSION, Index
from ledger.journal.file import JournalFile

# Rows of nothing but zeros are what is left of entries that were corrected; they say nothing.
_ROLLUP: Final = "SELECT * FROM {db}.rollup WHERE delta OR entered OR in_about OR in_at_least OR in_under OR in_unknown OR is_about OR is_at_least OR is_under OR is_unknown"
_QUERIES: Final = {
    "entries": "SELECT * FROM {db}.entries",
    "orders": "SELECT * FROM {db}.orders WHERE duty <> 'void'",
    "flows": "SELECT * FROM {db}.flows",
    "places": "SELECT * FROM {db}.places",
    "problems": "SELECT * FROM {db}.problems",
    "totals": _ROLLUP,
    "distinct targets": "SELECT * FROM {db}.distinct_targets WHERE delta",
    "statuses": "SELECT s.order_no, s.target, h.kind, h.duty, h.status, h.demanded, h.changes "
    "FROM {db}.statuses s JOIN {db}.histories h ON h.history = s.history",
    "days": "SELECT d.* FROM {db}.days d WHERE d.day IN (SELECT day FROM {db}.flows)",
}


def compare(file: JournalFile) -> list[str]:
    """Return a sentence for each part of the index that a fresh fold does not bear out.

    No index, or one that is only behind, is no difference: it is a cache and is caught up when it is next used.
    """
    with closing(Index(file, fresh=True)) as fresh:
        if not fresh.path.exists():
            return []
        db = fresh.db
        try:
            db.execute("ATTACH ? AS kept", (str(fresh.path),))
            if db.execute("PRAGMA kept.user_version").fetchone()[0] != VERSION:
                return []
            meta = dict(db.execute("SELECT name, value FROM kept.meta"))
            if meta.get("length") != fresh.meta["length"] or meta.get("head") != fresh.meta["head"]:
                return []
            differences = [
                text for name, query in _QUERIES.items() if (text := _difference(db, name, query)) is not None
            ]
            state = db.execute("PRAGMA kept.quick_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            return [f"cannot be read ({error})"]
        return differences if state == "ok" else [*differences, f"is damaged ({state})"]


def _difference(db: sqlite3.Connection, name: str, query: str) -> str | None:
    kept, fresh = query.format(db="kept"), query.format(db="main")
    extra = db.execute(f"SELECT COUNT(*) FROM ({kept} EXCEPT {fresh})").fetchone()[0]
    lacking = db.execute(f"SELECT COUNT(*) FROM ({fresh} EXCEPT {kept})").fetchone()[0]
    if not extra and not lacking:
        return None
    return f"{name}: {extra:,} rows that a fresh fold does not give, {lacking:,} missing"
