"""Receipts: what was recorded, and what it moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.model.balance import Place
from ledger.model.quantities import qualifier, show
from ledger.model.whereabouts import where_text
from ledger.render.safe import plain

if TYPE_CHECKING:
    from ledger.model.receipt import Receipt


def moves(receipt: Receipt) -> list[dict[str, Any]]:
    """Return what an entry moved, summed by kind and places; what was only named or exchanged moved nothing."""
    sums: dict[tuple[str, Place, Place], list[int]] = {}
    for posting in receipt.postings:
        if posting.source != posting.to and (posting.n or posting.marks):
            held = sums.setdefault((posting.kind, posting.source, posting.to), [0, 0])
            held[0] += posting.n
            held[1] |= posting.marks
    return [
        {
            "kind": kind,
            "from": before.status or None,
            "to": to.status,
            "n": n,
            "qualifier": qualifier(n, marks),
            "from_where": list(before.where),
            "to_where": list(to.where),
        }
        for (kind, before, to), (n, marks) in sums.items()
    ]


def _place(status: str | None, where: list[str], *, told: bool) -> str:
    return f"{status}{where_text(tuple(where))}" if told and status else status or "ordered"


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
        n, within = show(move["n"], move["qualifier"]), move["from"] == move["to"]
        before = _place(move["from"], move["from_where"], told=within)
        lines.append(f"  {n} {move['kind']}: {before} → {_place(move['to'], move['to_where'], told=within)}")
    if kind in ("response", "follow-up") and not moves(receipt):
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
        "moves": moves(receipt),
        "notes": receipt.notes,
        "entry": {name: value for name, value in receipt.record.items() if name != "prev"},
    }
