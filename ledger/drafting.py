"""An order and what followed it, worked out before its turn comes: what needs nothing else that the ledger holds.

A draft is a pure function of the entries. Whatever it does not cover is decided on in turn, with the reason if it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from ledger.deciding import admitted
from ledger.errors import Refused
from ledger.index.projection import Rows, project
from ledger.journal.line import LONGEST_LINE, check_members, content_digest
from ledger.model.entries import ENVELOPE, FollowUp, Order, Response, normalise
from ledger.model.postings import Fold

# How much of a line is left for what the ledger adds.
_ENVELOPE: Final = 1 << 10

_encode: Final = msgspec.json.Encoder().encode


class Draft(NamedTuple):
    """Entries that can be added if their order is free to have its names: its id, its reference and its authority.

    `records` are the entries as they are stored, without what the ledger adds, `digests` those of their contents, and
    `rows` those of their order under the number 0.
    """

    names: tuple[str, str | None, str]
    records: list[dict[str, Any]]
    digests: list[bytes]
    rows: Rows


def own(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a foreign record as one of this ledger, without the numbers of another. Raises `Refused`."""
    found = {name: value for name, value in record.items() if name not in ENVELOPE}
    check_members(found)
    return normalise(found)


def draft(entries: list[Mapping[str, Any]], zone: str, now: str) -> Draft | None:
    """Return what comes of an order and what followed it, decided on at a time.

    None if that takes a look at others, or there is nothing to be drafted.
    """
    if not entries:
        return None
    try:
        records = [own(entry) for entry in entries]
        order, targets = admitted(records[0], zone, now)
        # What has no id gets one of the ledger, and what relates to another depends on that one.
        if not isinstance(order, Order) or order.id is None or order.relates_to is not None:
            return None
        folded = Fold(0, order, zone, targets)
        for seq, record in enumerate(records[1:], 1):
            fact, _ = admitted(record, zone, now)
            if not isinstance(fact, Response | FollowUp) or fact.order != order.id or not folded.follows(fact):
                return None
            folded.apply(seq, fact)
    except Refused:
        return None
    if any(outcome.problems for outcome in folded.outcomes.values()):
        return None
    if any(len(_encode(record)) > LONGEST_LINE - _ENVELOPE for record in records):
        return None
    names = (order.id, order.reference, order.authority)
    return Draft(names, records, [content_digest(record) for record in records], project(folded))
