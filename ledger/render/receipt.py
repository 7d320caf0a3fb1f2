"""Receipts: what was recorded, and what it moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.model.quantities import qualifier, show
from ledger.render.safe import plain

if TYPE_CHECKING:
    from ledger.batch import Receipt


def moves(receipt: Receipt) -> list[dict[str, Any]]:
    """Return what an entry moved, summed by kind and statuses."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for posting in receipt.postings:
        if posting.source.status != posting.to.status or posting.source.where != posting.to.where:
            held = sums.setdefault((posting.kind, posting.source.status, posting.to.status), [0, 0])
            held[0] += posting.n
            held[1] |= posting.marks
    return [
        {"kind": kind, "from": before or None, "to": to, "n": n, "qualifier": qualifier(n, marks)}
        for (kind, before, to), (n, marks) in sums.items()
    ]


def as_text(receipt: Receipt, file: str) -> str:
    """Return a receipt as printed."""
    what = {
        "order": "order {}",
        "response": "response to {}",
        "follow-up": "follow-up to {}",
        "correction": "correction under {}",
    }
    kind = str(receipt.record["kind"])
    lines = [f"entry {receipt.seq}: {what[kind].format(plain(receipt.order))}, recorded in {plain(file)}"]
    for move in moves(receipt):
        n = show(move["n"], move["qualifier"])
        lines.append(f"  {n} {move['kind']}: {move['from'] or 'ordered'} → {move['to']}")
    if kind in ("response", "follow-up") and not receipt.postings:
        lines.append("  nothing moved")
    lines += [f"  note: {plain(note)}" for note in receipt.notes]
    return "\n".join(lines) + "\n"


def as_record(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt for programs."""
    return {
        "seq": receipt.seq,
        "kind": receipt.record["kind"],
        "order": receipt.order,
        "moves": moves(receipt),
        "notes": receipt.notes,
        "entry": {name: value for name, value in receipt.record.items() if name != "prev"},
    }
