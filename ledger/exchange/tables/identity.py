"""The ids of orders whose table gives them none.

An id is `row-` and 20 hex digits of the SHA-256 over the values of the fields that come from the table, each beside its
field's name, sorted by it, and over the constants that tell one table's orders from another's. A value is what was made
of its cell: the code of a country, an amount with how exact it is, a day in ISO form, a text without white space at its
ends. So an id stays when rows or columns are added or change places, and when `GB` becomes `UK` or `1,038` becomes
`1038`. Where rows are grouped, the values are those of the columns that make them one order; a column of which no field
is made by itself counts with its cell. The k-th of rows that are the same has `-k` at its end.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ledger.errors import WriteFailed
from ledger.exchange.tables.cells import Cells, Columns
from ledger.exchange.tables.mapping import EntryMap
from ledger.exchange.tables.table import folded
from ledger.model.incoming import id_of_row

# Constants that differ from the table of one country or year to that of another.
_TELLING: Final = ("authority", "jurisdiction", "platform", "service", "received", "issued")


class Identity:
    """Gives the ids of one table's orders, in the order of its rows; what it has seen is kept in a temporary file."""

    def __init__(self, orders: Sequence[EntryMap], columns: Columns, group_by: Sequence[str] = ()) -> None:
        """Begin a table; with `group_by` an id is of these columns alone."""
        self._constants = sorted(
            (field.name, str(field.constant))
            for field in orders[0].fields
            if field.name in _TELLING and not field.columns
        )
        self._fields = [sorted(field.name for field in order.fields if field.columns) for order in orders]
        self._places: list[tuple[str, int]] = []
        if group_by:
            own = {folded(field.column): field.name for field in orders[0].fields if field.column}
            self._fields = [sorted({own[folded(name)] for name in group_by if folded(name) in own})]
            self._places = sorted((folded(name), columns.place(name)) for name in group_by if folded(name) not in own)
        self._seen = sqlite3.connect("")
        self._seen.execute("PRAGMA synchronous = OFF")
        self._seen.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID")

    def of(self, records: Sequence[Mapping[str, Any]], cells: Cells) -> str:
        """Return the id of the next order of this content: what was made of a row, and its cells."""
        orders = [record for record in records if record["kind"] == "order"]
        made = [
            [(name, _value(record.get(name))) for name in names]
            for record, names in zip(orders, self._fields, strict=True)
        ]
        content = [self._constants, made, [(name, cells[place].strip()) for name, place in self._places]]
        digest = hashlib.sha256(json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
        name = id_of_row(digest[:20], 1)
        try:
            self._seen.execute("INSERT INTO seen VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET n = n + 1", (name,))
            (n,) = self._seen.execute("SELECT n FROM seen WHERE id = ?", (name,)).fetchone()
        except sqlite3.Error as error:
            raise WriteFailed(f"there is no room to work in ({error}); nothing was added") from error
        return id_of_row(digest[:20], n)

    def close(self) -> None:
        """Let go of the temporary file."""
        self._seen.close()


def _value(value: Any) -> Any:
    """Return a value without how it was written: an exact amount is its number."""
    if not isinstance(value, dict):
        return value
    return value["n"] if value["qualifier"] == "exact" else [value["n"], value["qualifier"]]
