"""Sums by measure, with the marks that say how exact each is (DESIGN, section 2)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ledger.index.measures import BITS, NAMED, ORDERS, SPECIFIED
from ledger.model.quantities import QUALIFIER_MARK, qualifier, swapped
from ledger.model.statuses import RESTRICTED, STATUSES

Quantity = Mapping[str, Any]
# Most figures of most periods are this one.
_NOTHING: Final[Quantity] = {"n": 0, "qualifier": "exact"}


class Sums:
    """Amounts by measure, and of how many inexact parts of each sort they are made."""

    __slots__ = ("amounts", "parts")

    def __init__(self) -> None:
        self.amounts: dict[str, int] = {}
        self.parts: dict[str, list[int]] = {}

    def __bool__(self) -> bool:
        """Tell whether there is anything in it, be it an amount without a number."""
        return any(self.amounts.values()) or any(self.marks(measure) for measure in self.parts)

    def add(self, measure: str, n: int) -> None:
        """Add an amount to a measure."""
        self.amounts[measure] = self.amounts.get(measure, 0) + n

    def add_parts(self, measure: str, counts: Iterable[int]) -> None:
        """Add the changes in how many inexact parts a measure has, in the order of `BITS`."""
        held = self.parts.setdefault(measure, [0, 0, 0, 0])
        for place, count in enumerate(counts):
            held[place] += count

    def n(self, *measures: str) -> int:
        """Return the sum of measures."""
        return sum(self.amounts.get(measure, 0) for measure in measures)

    def marks(self, *measures: str) -> int:
        """Return how exact a sum over measures is."""
        marks = 0
        for measure in measures:
            for bit, count in zip(BITS, self.parts.get(measure, ()), strict=False):
                marks |= bit if count > 0 else 0
        return marks

    def quantity(self, *measures: str) -> Quantity:
        """Return the sum of measures as a quantity."""
        return quantity(self.n(*measures), self.marks(*measures) if self.parts else 0)

    def statuses(self) -> dict[str, Quantity]:
        """Return the quantity in every status."""
        found = dict.fromkeys(STATUSES, _NOTHING)
        found |= {status: quantity(n, 0) for status, n in self.amounts.items() if n and status in found}
        found |= {status: self.quantity(status) for status in self.parts if status in found}
        return found

    def totals(self) -> dict[str, Any]:
        """Return the block that a report's totals and groups share."""
        missing = self.n(SPECIFIED) - self.n(*RESTRICTED)
        marks = self.marks(SPECIFIED) | swapped(self.marks(*RESTRICTED))
        return {
            "orders": self.n(ORDERS),
            "specified": self.quantity(SPECIFIED),
            "named": self.n(NAMED),
            "status": self.statuses(),
            "restricted": self.quantity(*RESTRICTED),
            "not_restricted": quantity(missing, marks),
        }


def of_order(db: sqlite3.Connection, order_no: int, kind: str) -> Sums:
    """Return the amounts of one order by status, of targets of the kind that it counts."""
    query = (
        "SELECT status, SUM(delta), SUM(is_about), SUM(is_at_least), SUM(is_under), SUM(is_unknown) "
        "FROM flows WHERE order_no = ? AND (kind = ? OR ? = 'any') GROUP BY status"
    )
    sums = Sums()
    for status, n, *counts in db.execute(query, (order_no, kind, kind)):
        sums.add(status, n)
        sums.add_parts(status, counts)
    return sums


def quantity(n: int, marks: int) -> Quantity:
    """Return a quantity as reports give it."""
    return {"n": n, "qualifier": qualifier(n, marks)} if n or marks else _NOTHING


def added(quantities: Iterable[Quantity]) -> Quantity:
    """Return the sum of quantities, exact only if all of them are."""
    n = marks = 0
    for held in quantities:
        n += held["n"]
        marks |= QUALIFIER_MARK[held["qualifier"]]
    return quantity(n, marks)
