"""Which kinds of targets a ledger holds."""

from __future__ import annotations

import sqlite3


def kinds_held(db: sqlite3.Connection) -> frozenset[str]:
    """Return the kinds of targets that the ledger's orders count or name."""
    rows = db.execute("SELECT kind FROM orders UNION SELECT kind FROM histories")
    return frozenset(row[0] for row in rows if row[0] not in ("", "any"))
