"""Receipts: what was recorded, and what it moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ledger.model.whereabouts import where_text
from ledger.render.rows import amount
from ledger.render.safe import plain
from ledger.reports.described import moves_of

if TYPE_CHECKING:
    from ledger.model.receipt import Receipt


def move_text(move: Mapping[str, Any]) -> str:
    """Return what moved as printed; where it holds only if nothing else changes."""
    within = move["from"] == move["to"]
    before, after = ((move[f"{end}_where"], move[end] or "ordered") for end in ("from", "to"))
    places = [f"{status}{where_text(tuple(where))}" if within else status for where, status in (before, after)]
    return f"{amount(move)} {move['kind']}: {' → '.join(places)}"


def as_text(receipt: Receipt, file: str) -> str:
    """Return a receipt as printed."""
    what = {
        "order": "order {}",
        "response": "response to {}",
        "follow-up": "follow-up to {}",
        "correction": "correction under {}" if receipt.order else "correction of an alias",
        "alias": "alias",
    }
    kind = str(receipt.record["kind"])
    lines = [f"entry {receipt.seq}: {what[kind].format(plain(receipt.order))}, recorded in {plain(file)}"]
    moves = moves_of(receipt.postings)
    lines += [f"  {move_text(move)}" for move in moves]
    if kind in ("response", "follow-up") and not moves:
        lines.append("  nothing moved")
    lines += [f"  note: {plain(note)}" for note in receipt.notes]
    return "\n".join(lines) + "\n"


def as_record(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt for programs."""
    return {
        "schema": "ledger-receipt/1",
        "seq": receipt.seq,
        "leaf_hash": receipt.leaf_hash,
        "kind": receipt.record["kind"],
        "order": receipt.order,
        "moves": moves_of(receipt.postings),
        "notes": receipt.notes,
        "entry": {name: value for name, value in receipt.record.items() if name != "prev"},
    }
