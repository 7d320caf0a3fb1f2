"""What does not fit together in what is recorded (DESIGN, section 2, rules 5, 6 and 8)."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from ledger.model.quantities import qualifier, show
from ledger.model.statuses import RESTRICTED
from ledger.model.targets import key_text
from ledger.reports.sums import Sums


def problems(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return contradictions, each with its order, entry and target where it has one, and a sentence that says what to do.

    `kind` is cannot-be-booked, no-longer-demanded or restricted-elsewhere.
    """
    found: list[dict[str, Any]] = []

    def put(kind: str, order: str, text: str, seq: int | None = None, target: str | None = None) -> None:
        found.append({"order": order, "seq": seq, "kind": kind, "target": target, "text": text})

    booked = "SELECT o.id, p.seq, p.problem FROM problems p JOIN orders o ON o.order_no = p.order_no ORDER BY p.seq, p.problem"
    for order, seq, problem in db.execute(booked):
        put("cannot-be-booked", order, problem, seq)
    for key, status, order in db.execute(_sql("unneeded.sql")):
        text = (
            f"{key_text(key)} is still {status}, though no order demands it any more: unblock it, or record that it was"
        )
        put("no-longer-demanded", order, text, target=key_text(key))
    for order_no, order, kind in db.execute(
        "SELECT o.order_no, o.id, o.kind FROM orders o WHERE o.demanded = 0 AND o.duty = 'act' AND NOT EXISTS ("
        "SELECT 1 FROM orders r WHERE r.relates_to = o.id AND r.demanded = 1 AND r.duty <> 'void' "
        "AND r.relation IN ('confirms', 'duplicate'))"
    ).fetchall():
        for status, n, text in _unnamed(db, order_no, kind):
            put(
                "no-longer-demanded",
                order,
                f"{text} unnamed are still {status}, though the order demands nothing any more: unblock them, or record that they were"
                if n
                else f"some may still be {status}, though the order demands nothing any more",
            )
    for key, order, status, other in db.execute(_sql("elsewhere.sql")):
        text = f"{key_text(key)} is unblocked under this order, but {status} under {other}"
        put("restricted-elsewhere", order, text, target=key_text(key))
    return found


def _unnamed(db: sqlite3.Connection, order_no: int, kind: str) -> list[tuple[str, int, str]]:
    """Return how many unnamed units of an order stand in each restricted status."""
    sums = Sums()
    flows = (
        "SELECT status, SUM(delta), SUM(is_about), SUM(is_at_least), SUM(is_under), SUM(is_unknown) "
        "FROM flows WHERE order_no = ? AND (kind = ? OR ? = 'any') GROUP BY status"
    )
    for status, n, *counts in db.execute(flows, (order_no, kind, kind)):
        sums.add(status, n)
        sums.add_parts(status, counts)
    named = dict(
        db.execute(
            "SELECT h.status, COUNT(*) FROM orders o "
            "JOIN statuses s ON s.place BETWEEN o.first_place AND o.last_place "
            "JOIN histories h ON h.history = s.history WHERE o.order_no = ? AND (h.kind = ? OR ? = 'any') GROUP BY h.status",
            (order_no, kind, kind),
        )
    )
    found = []
    for status in RESTRICTED:
        n, marks = sums.n(status) - named.get(status, 0), sums.marks(status)
        if n > 0 or marks:
            found.append((status, n, show(n, qualifier(n, marks))))
    return found


def _sql(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
