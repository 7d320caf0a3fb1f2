"""Take foreign entries into a batch: those that the ledger holds already are found, and not added again."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from ledger.batch import Batch, Matching
from ledger.errors import LedgerError, Refused
from ledger.journal.line import check_members
from ledger.model.entries import ENVELOPE, normalise
from ledger.model.incoming import Incoming, Labels


class Imported(NamedTuple):
    """What an import did: how many entries were added, were there already, were refused (where, why).

    `fit` is how many could be added, though none was if another was refused; `created` whether it began the ledger.
    """

    added: int
    fit: int
    found: int
    refused: list[tuple[str, str]]
    created: bool


@contextmanager
def uncollected() -> Iterator[None]:
    """Do without the search for what refers to itself: nothing here does, and it takes three seconds of a hundred."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def take(batch: Batch, source: Iterable[Incoming], now: str) -> Imported:
    """Add foreign entries to a batch; if one is refused, the batch adds none."""
    matching = Matching(batch)
    labels = Labels()
    added = found = 0
    refused: list[tuple[str, str]] = []
    for item in source:
        try:
            record = _own(item, labels)
            seq, same, digest = matching.find(record)
            if seq is None:
                seq = batch.add(record, now, digest).seq
                added += 1
            elif same:
                found += 1
            else:
                raise Refused(f"id: {record['id']} is entry {seq} already, with other content")
            labels.put(item, seq)
        except LedgerError as error:
            refused.append((item.where, str(error)))
    fit = added
    if refused:
        batch.added = added = 0
    return Imported(added, fit, found, refused, batch.tail.seq < 0 and added > 0)


def _own(item: Incoming, labels: Labels) -> dict[str, Any]:
    """Return a foreign record as one of this ledger: its number dropped, its reference to another rewritten."""
    if item.record is None:
        raise Refused(item.problem)
    record = {name: value for name, value in item.record.items() if name not in ENVELOPE}
    check_members(record)
    if record.get("kind") == "correction" and (of := labels.number(item)) is not None:
        record["of"] = of
    return normalise(record)
