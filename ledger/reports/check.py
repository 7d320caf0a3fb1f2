"""What does not fit together in what is recorded (DESIGN, section 2, rules 5, 6 and 8)."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from ledger.model.quantities import show
from ledger.model.targets import key_text
from ledger.reports.unneeded import unneeded


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
    for row in unneeded(db):
        put("no-longer-demanded", row["order"], _lift(row), target=row["target"])
    for key, order, status, other in db.execute(_sql("elsewhere.sql")):
        text = f"{key_text(key)} is unblocked under this order, but {status} under {other}"
        put("restricted-elsewhere", order, text, target=key_text(key))
    return found


def _lift(row: dict[str, Any]) -> str:
    """Say what is restricted without an order that demands it, and what to do about it."""
    if row["target"] is not None:
        return (
            f"{row['target']} is still {row['status']}, though no order demands it any more: "
            "unblock it, or record that it was"
        )
    if not row["amount"]["n"]:
        return f"some may still be {row['status']}, though the order demands nothing any more"
    n = show(row["amount"]["n"], row["amount"]["qualifier"])
    return (
        f"{n} unnamed are still {row['status']}, though the order demands nothing any more: "
        "unblock them, or record that they were"
    )


def _sql(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
