"""A double-entry ledger of orders to block, and of what platforms did about them.

import ledger

with ledger.open("ledger.jsonl") as book:
    book.append({"kind": "order", "authority": "MeitY", ...})
    book.table("orders").search(where("authority") == "MeitY")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ledger.book import Ledger
    from ledger.book import open_ledger as open  # noqa: A004 - ledger.open() is what people expect
    from ledger.errors import Damaged, LedgerError, Locked, Missing, Refused, WriteFailed
    from ledger.importing import Imported
    from ledger.model.incoming import Incoming
    from ledger.model.receipt import Receipt
    from ledger.questions import check, order_timeline, orders, report, timeline

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
    "check",
    "open",
    "order_timeline",
    "orders",
    "report",
    "timeline",
]

# Loaded when they are asked for: the command line imports this package at every start.
_HOMES = {
    "Receipt": ("model.receipt", "Receipt"),
    "Imported": ("importing", "Imported"),
    "Incoming": ("model.incoming", "Incoming"),
    "Ledger": ("book", "Ledger"),
    "open": ("book", "open_ledger"),
    **{name: ("questions", name) for name in ("check", "order_timeline", "orders", "report", "timeline")},
}


def __getattr__(name: str) -> Any:
    """Load a public name from where it lives."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES.get(name, ("errors", name))
    return getattr(import_module(f"{__name__}.{module}"), attribute)
