"""Which foreign entries belong together: units are added or refused as one, stories are of one order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ledger.model.incoming import Incoming

Unit = list[Incoming]
Story = list[Unit]
Entries = list[Mapping[str, Any]]

# What an entry weighs, in targets that are named.
_ENTRY: Final = 20
# How many units are held together at the most.
_LONGEST: Final = 100


def units(source: Iterable[Incoming]) -> Iterator[Unit]:
    """Give what is added or refused together."""
    held: list[Incoming] = []
    for item in source:
        # The first of a bundle accounts for its rows: a file may be given twice.
        if held and (item.rows or item.bundle != held[0].bundle):
            yield held
            held = []
        if item.bundle:
            held.append(item)
        else:
            yield [item]
    if held:
        yield held


def stories(units: Iterable[Unit]) -> Iterator[Story]:
    """Give units by the order that they are of, as far as they stand next to each other."""
    story: Story = []
    name: object = None
    for unit in units:
        first = unit[0]
        if story and (name is None or first.bundle or _said(first, "order") != name or len(story) >= _LONGEST):
            yield story
            story = []
        if not story:
            name = _said(first, "id") if not first.bundle and _said(first, "kind") == "order" else None
        story.append(unit)
    if story:
        yield story


def _said(item: Incoming, field: str) -> object:
    return None if item.record is None else item.record.get(field)


def weight(story: Story) -> int:
    """Return how much it takes to decide on a story, in targets that are named."""
    found = 0
    for unit in story:
        for item in unit:
            targets = _said(item, "targets")
            found += _ENTRY + (len(targets) if isinstance(targets, list) else 0)
    return found


def entries_of(story: Story) -> Entries:
    """Return the entries of an order that comes whole, in a bundle or with what follows it; else none.

    An order by itself is kept in mind for its answers, which may come soon: so it is not settled ahead of them.
    """
    items = [item for unit in story for item in unit]
    if len(story) == 1 and not items[0].bundle:
        return []
    records = [item.record for item in items if item.record is not None]
    return records if len(records) == len(items) else []
