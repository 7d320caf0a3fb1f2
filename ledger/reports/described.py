"""Orders and entries as plain rows: what they say, with every key that such a row has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ledger.model.balance import Place, Posting
from ledger.model.entries import Entry, FollowUp, Order, Response
from ledger.model.statuses import REPEATS
from ledger.reports.sums import quantity


def frame(order: Order, seq: int) -> dict[str, Any]:
    """Return what an order is, its allegation marked as such."""
    return {
        "order": order.id,
        "seq": seq,
        "reference": order.reference,
        "authority": order.authority,
        "jurisdiction": order.jurisdiction,
        "platform": order.platform,
        "basis": order.basis,
        "requires": order.requires,
        "alleged": order.grounds,
        "received": order.received,
        "issued": order.issued,
        "due": order.due,
        "confidential": order.confidential,
        "relation": order.relation,
        "relates_to": order.relates_to,
        "repeats": order.relation in REPEATS,
        "stated_by": order.speaker,
        "sources": order.sources,
        "stated": order.specified.words or str(order.specified.n) if order.specified else None,
        "kind": None,
        "specified": quantity(0, 0),
        "status": {},
        "beside": {},
        "open": False,
        "demanded": False,
        "void": False,
    }


def described(seq: int, entry: Entry, order: str) -> dict[str, Any]:
    """Return what an entry says, with every key that an event has."""
    said = {
        name: quantity.words or str(quantity.n)
        for name in ("count", "so_far")
        if (quantity := getattr(entry, name, None)) is not None
    }
    return {
        "seq": seq,
        "kind": str(entry.__struct_config__.tag),
        "what": verb(entry),
        "at": entry.booked if isinstance(entry, Order) else getattr(entry, "at", None),
        "at_kind": entry.at_kind or "occurred",
        "order": order,
        "name": None,
        "since_order": None,
        "targets": list(getattr(entry, "targets", [])),
        "all": getattr(entry, "all", False),
        "count": said.get("count"),
        "so_far": said.get("so_far"),
        "countries": list(getattr(entry, "countries", [])),
        "due": getattr(entry, "due", None),
        "before": None,
        "after": None,
        "where": [],
        "joined": None,
        "moves": [],
        "problems": [],
        "reason": getattr(entry, "reason", None),
        "stated_by": getattr(entry, "speaker", None),
        "sources": list(entry.sources),
        "documents": [document.name for document in entry.documents],
        "note": entry.note,
        "void": False,
        "corrections": [],
    }


def moves_of(postings: Iterable[Posting]) -> list[dict[str, Any]]:
    """Return what postings moved, summed by kind and places; what was only named or exchanged moved nothing."""
    sums: dict[tuple[str, Place, Place], list[int]] = {}
    for posting in postings:
        if posting.source != posting.to and (posting.n or posting.marks):
            held = sums.setdefault((posting.kind, posting.source, posting.to), [0, 0])
            held[0] += posting.n
            held[1] |= posting.marks
    return [
        {
            "kind": kind,
            "from": before.status or None,
            "to": to.status,
            **quantity(n, marks),
            "from_where": list(before.where),
            "to_where": list(to.where),
        }
        for (kind, before, to), (n, marks) in sums.items()
    ]


def verb(entry: Entry) -> str:
    """Return what an entry is about in a word: an action, an event, `ordered`."""
    if isinstance(entry, Response):
        return entry.action
    return entry.event if isinstance(entry, FollowUp) else "ordered"
