"""A double-entry ledger of orders to block, and of what platforms did about them.

import ledger

with ledger.open("ledger.jsonl") as book:
    book.append({"kind": "order", "authority": "MeitY", ...})
    book.table("orders").search(where("authority") == "MeitY")
"""

from __future__ import annotations

from ledger.batch import Receipt
from ledger.book import Imported, Ledger
from ledger.book import open_ledger as open  # noqa: A004 - ledger.open() is what people expect
from ledger.errors import Damaged, LedgerError, Locked, Missing, Refused, WriteFailed
from ledger.model.incoming import Incoming

__version__ = "0.1.0"
__all__ = [
    "Damaged",
    "Imported",
    "Incoming",
    "Ledger",
    "LedgerError",
    "Locked",
    "Missing",
    "Receipt",
    "Refused",
    "WriteFailed",
    "open",
]
