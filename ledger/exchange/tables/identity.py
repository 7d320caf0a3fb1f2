"""The ids of orders whose table gives them none.

An id is `row-` and 20 hex digits of the SHA-256 over the cells that the order is made of, each beside its column's name,
sorted by it, and over the constants that tell one table's orders from another's. So it stays when rows or columns are
added or change places. The k-th of rows that are the same has `-k` at its end.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from typing import Final

from ledger.errors import WriteFailed
from ledger.exchange.tables.cells import Cells, Columns
from ledger.exchange.tables.mapping import EntryMap
from ledger.exchange.tables.table import folded

# Constants that differ from the table of one country or year to that of another.
_TELLING: Final = ("authority", "jurisdiction", "platform", "service", "received", "issued")


class Identity:
    """Gives the ids of one table's orders, in the order of its rows; what it has seen is kept in a temporary file."""

    def __init__(self, orders: Sequence[EntryMap], names: Sequence[str], columns: Columns) -> None:
        self._places = sorted({(folded(name), columns.place(name)) for name in names})
        self._constants = sorted(
            (field.name, str(field.constant))
            for field in orders[0].fields
            if field.name in _TELLING and not field.columns
        )
        self._seen = sqlite3.connect("")
        self._seen.execute("PRAGMA synchronous = OFF")
        self._seen.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID")

    def of(self, cells: Cells) -> str:
        """Return the id of the next order of this content."""
        content = [self._constants, [(name, cells[place].strip()) for name, place in self._places]]
        digest = hashlib.sha256(json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
        name = f"row-{digest[:20]}"
        try:
            self._seen.execute("INSERT INTO seen VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET n = n + 1", (name,))
            (n,) = self._seen.execute("SELECT n FROM seen WHERE id = ?", (name,)).fetchone()
        except sqlite3.Error as error:
            raise WriteFailed(f"there is no room to work in ({error}); nothing was added") from error
        return name if n == 1 else f"{name}-{n}"

    def close(self) -> None:
        """Let go of the temporary file."""
        self._seen.close()
