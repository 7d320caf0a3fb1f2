"""Restrictions that no order demands any more: after a revocation the duty runs the other way (DESIGN, section 2, rule 8)."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from ledger.model.statuses import RESTRICTED
from ledger.model.targets import key_text
from ledger.reports.sums import of_order, quantity

_FRAME = "SELECT id, order_no, authority, kind, platform, confidential, demanded FROM orders WHERE to_lift = 1 ORDER BY order_no"
_REPEATED = (
    "SELECT 1 FROM orders r WHERE r.relates_to = ? AND r.demanded = 1 AND r.duty <> 'void' "
    "AND r.relation IN ('confirms', 'duplicate')"
)


def unneeded(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return each target that is restricted though no order demands it, and how many unnamed ones, by their orders.

    A named one has its `target` and the `amount` 1; `target` is None for unnamed ones.
    """
    frames = {row[0]: row for row in db.execute(_FRAME).fetchall()}
    query = Path(__file__).with_name("unneeded.sql").read_text(encoding="utf-8")
    found: dict[str, list[dict[str, Any]]] = {order: [] for order in frames}
    for key, status, order in db.execute(query) if frames else ():
        found[order].append(lifting(frames[order][:6], key, status, 1, 0))
    for order, (_, order_no, _, kind, _, _, demanded) in frames.items():
        if not demanded and db.execute(_REPEATED, (order,)).fetchone() is None:
            found[order] += [lifting(frames[order][:6], None, *held) for held in unnamed_restricted(db, order_no, kind)]
    return [row for rows in found.values() for row in rows]


def lifting(frame: tuple[Any, ...], key: str | None, status: str, n: int, marks: int) -> dict[str, Any]:
    """Return a row of what is to be lifted, from an order's id, number, authority, kind, platform, confidentiality."""
    order, _, authority, kind, platform, confidential = frame
    return {
        "order": order,
        "target": None if key is None else key_text(key),
        "kind": kind if key is None else key.split(" ", 2)[1],
        "status": status,
        "amount": quantity(n, marks),
        "authority": authority,
        "platform": platform,
        "confidential": bool(confidential),
    }


def unnamed_restricted(db: sqlite3.Connection, order_no: int, kind: str) -> list[tuple[str, int, int]]:
    """Return how many unnamed units of an order stand in each restricted status, and how exact that number is."""
    sums = of_order(db, order_no, kind)
    named = dict(
        db.execute(
            "SELECT h.status, COUNT(*) FROM orders o "
            "JOIN statuses s ON s.place BETWEEN o.first_place AND o.last_place "
            "JOIN histories h ON h.history = s.history WHERE o.order_no = ? AND (h.kind = ? OR ? = 'any') GROUP BY h.status",
            (order_no, kind, kind),
        )
    )
    return [
        (status, n, sums.marks(status))
        for status in RESTRICTED
        if (n := sums.n(status) - named.get(status, 0)) > 0 or sums.marks(status)
    ]
