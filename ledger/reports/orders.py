"""The orders, one row each, with how their amount stands now."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ledger.index.measures import SPECIFIED
from ledger.model.statuses import OPEN, RESTRICTED
from ledger.reports.sums import of_order


def orders(
    db: sqlite3.Connection, *, open_only: bool = False, keeps: Callable[[str], Mapping[str, Any] | None] | None = None
) -> Iterator[dict[str, Any]]:
    """Give orders by the day they count from.

    `keeps` returns, by an order's course as the index has it, what more is to be said of it; None leaves the order out.

    Amounts are of the kind of target that each order counts.
    """
    query = Path(__file__).with_name("orders.sql").read_text(encoding="utf-8")
    for row in db.execute(query, {"open": int(open_only)}):
        said = keeps(row[14]) if keeps is not None else {}
        if said is None:
            continue
        sums = of_order(db, row[13], row[7])
        beside = db.execute(
            "SELECT COALESCE(SUM(delta), 0) FROM flows WHERE order_no = ? AND kind <> ? AND ? <> 'any' AND status IN (?, ?)",
            (row[13], row[7], row[7], *OPEN),
        ).fetchone()[0]
        yield {
            "order": row[0],
            "reference": row[1],
            "authority": row[2],
            "jurisdiction": row[3],
            "platform": row[4],
            "basis": row[5] or None,
            "asks": row[6],
            "counts": row[7],
            "booked": row[8],
            "due": row[9],
            "specified": sums.quantity(SPECIFIED),
            "restricted": sums.quantity(*RESTRICTED),
            "open_targets": sums.quantity(*OPEN),
            "open_beside": beside,
            "confidential": bool(row[10]),
            "open": bool(row[11]),
            "demanded": bool(row[12]),
            "overdue_by": None,
            "marks": [],
        } | dict(said)
