"""What is made for others: confidential orders appear in it as counts alone (DESIGN, section 2, rule 11)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, Final

from ledger.reports.sums import added

TOGETHER: Final = "confidential orders"


def open_report(report: Mapping[str, Any], db: sqlite3.Connection) -> dict[str, Any]:
    """Return a report in which all confidential orders are one group; other ways of grouping give counts already."""
    if report["by"] != "order":
        return dict(report)
    secret = {row[0] for row in db.execute("SELECT id FROM orders WHERE confidential = 1")}
    groups = [group for group in report["groups"] if group["key"] not in secret]
    hidden = [group for group in report["groups"] if group["key"] in secret]
    if hidden:
        groups.append({"key": TOGETHER} | _together(hidden))
    return {**report, "groups": groups}


def _together(groups: list[Mapping[str, Any]]) -> dict[str, Any]:
    sums = {name: added(group[name] for group in groups) for name in ("specified", "restricted", "not_restricted")}
    return {
        "orders": sum(group["orders"] for group in groups),
        "named": sum(group["named"] for group in groups),
        "status": {status: added(group["status"][status] for group in groups) for status in groups[0]["status"]},
        **sums,
    }


def open_orders(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """Return the orders that are not confidential, and how many are."""
    shown = [row for row in rows if not row["confidential"]]
    return shown, len(rows) - len(shown)
