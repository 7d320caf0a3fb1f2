"""Which entries hold once corrections are taken in; nothing is ever edited or erased (DESIGN, section 2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from ledger.model.entries import Correction, Entry, amended, convert


class Recorded(NamedTuple):
    """An entry as it stands in the file: its number, its content, its line."""

    seq: int
    entry: Entry
    raw: bytes


class View(NamedTuple):
    """The corrected view of one order: live facts by number, and what was done to each.

    `trail` maps the number of an entry to the numbers of the live corrections of it; `void` holds the
    numbers of entries and corrections that no longer hold.
    """

    facts: list[tuple[int, Entry]]
    trail: dict[int, list[int]]
    void: set[int]


def corrected(records: Iterable[Recorded]) -> View:
    """Return what holds after all corrections; voiding a correction restores what it changed."""
    entries = list(records)
    corrections = [record for record in entries if isinstance(record.entry, Correction)]
    void: set[int] = set()
    trail: dict[int, list[int]] = {}
    sets: dict[int, list[Correction]] = {}
    # From the last to the first: a correction is only ever undone by a later one.
    for seq, correction, _ in reversed(corrections):
        if seq in void or not isinstance(correction, Correction):
            continue
        trail.setdefault(correction.of, []).insert(0, seq)
        if correction.void:
            void.add(correction.of)
        else:
            sets.setdefault(correction.of, []).insert(0, correction)
    facts: list[tuple[int, Entry]] = []
    for seq, entry, raw in entries:
        if seq in void or isinstance(entry, Correction):
            continue
        facts.append((seq, convert(amended(msgspec.json.decode(raw), sets[seq])) if seq in sets else entry))
    return View(facts, trail, void)
