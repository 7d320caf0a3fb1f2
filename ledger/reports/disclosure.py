"""What is made for others: confidential orders appear in it as counts alone (DESIGN, section 2, rule 11)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, Final

from ledger.reports.sums import added

TOGETHER: Final = "confidential orders"


# The ways of grouping whose names an order gives; beside these, countries are names.
_NAMED_BY: Final = {
    "order": "id",
    "authority": "authority",
    "jurisdiction": "jurisdiction",
    "platform": "platform",
    "basis": "basis",
}


def secret_names(db: sqlite3.Connection, by: str | None) -> set[str]:
    """Return the names of groups that hold confidential orders alone."""
    if by == "country":
        # Where targets stand, which an order may have in several countries.
        source = "places JOIN orders USING (order_no)"
    elif by in _NAMED_BY:
        source = "orders"
    else:
        return set()
    column = _NAMED_BY.get(by, by)
    query = f"SELECT {column} FROM {source} WHERE duty <> 'void' GROUP BY {column} HAVING MIN(confidential) = 1"
    return {row[0] for row in db.execute(query)}


def open_report(report: Mapping[str, Any], db: sqlite3.Connection) -> dict[str, Any]:
    """Return a report in which the groups that hold confidential orders alone are one."""
    secret = secret_names(db, report["by"])
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


def open_reconciliation(found: Mapping[str, Any], db: sqlite3.Connection) -> dict[str, Any]:
    """Return a reconciliation that names none whose orders are all confidential, but for those that the table names."""
    secret = {by: secret_names(db, by) for by in _NAMED_BY}
    names = set().union(*secret.values())

    def shown(row: Mapping[str, Any]) -> dict[str, Any]:
        told = {text: row[text] for text in ("why", "note") if any(name and name in row[text] for name in names)}
        return {**row, **{text: said.partition(": ")[0] for text, said in told.items()}}

    kept = [row for row in found["not_in_table"] if not any(row["key"].get(by) in secret[by] for by in secret)]
    notes = list(found["notes"])
    if hidden := len(found["not_in_table"]) - len(kept):
        notes.append(f"of confidential orders alone, and not in the table: {hidden:,} figures, left out here")
    comparisons = [shown(row) for row in found["comparisons"]]
    return {**found, "not_in_table": kept, "comparisons": comparisons, "notes": notes}
