"""A checklist as it is read: what the law asks for, whether it is recorded, and what is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger.render.safe import plain
from ledger.render.terminal import Grid, Pages

_STYLES = {"present": "", "missing": "bold", "cannot be told": "dim"}
# How many of several values are shown; -O json gives them all.
_SHOWN = 3


def as_page(page: Pages, checklist: Mapping[str, Any]) -> str:
    """Return a checklist as a table."""
    page.say(
        f"Order {plain(checklist['order'] or '')} · {plain(checklist['authority'])} ({plain(checklist['jurisdiction'])})",
        "bold",
    )
    if checklist["caution"]:
        page.say(checklist["caution"], "bold")
    page.say(f"What an order to act must carry: {checklist['law']}")
    page.say()
    grid = Grid("asked for", "recorded", "what is there", left=3, folds=(2,))
    for item in checklist["items"]:
        grid.add(item["item"], item["state"], _found(item), style=_STYLES[item["state"]])
    page.table(grid)
    page.say()
    page.say(str(checklist["note"]))
    return page.text()


def _found(item: Mapping[str, Any]) -> str:
    found = [plain(text) for text in item["found"]]
    more = f" and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
    # What an authority gives as its grounds is what it alleges.
    alleged = "alleged: " if item["field"] == "grounds" and found else ""
    text = alleged + "; ".join(found[:_SHOWN]) + more
    if not item["remark"]:
        return text
    return f"{text} ({plain(item['remark'])})" if text else plain(item["remark"])
