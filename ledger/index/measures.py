"""What the index counts beside the statuses, and how its columns say how exact a figure is."""

from __future__ import annotations

from typing import Final

from ledger.model.quantities import ABOUT, AT_LEAST, UNDER, UNKNOWN

# The marks in the order of their columns.
BITS: Final = (ABOUT, AT_LEAST, UNDER, UNKNOWN)

ORDERS: Final = "orders"
SPECIFIED: Final = "specified"
NAMED: Final = "named"
NOT_STATED: Final = "not stated"
