"""Take foreign entries into a batch: those that the ledger holds already are found, and not added again.

What is added or refused together is a unit: an entry by itself, or the entries of a bundle. Each row that is read ends
in one of four ways, so `read = fit + found + refused + total`, always.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Final, NamedTuple, Protocol

from ledger.batch import Batch, Matching
from ledger.clerk import drafted
from ledger.drafting import Draft, own
from ledger.errors import Refused
from ledger.further import Further
from ledger.leftovers import Leftovers
from ledger.model.incoming import Incoming, Labels, twins_of
from ledger.model.numbers import Numbers
from ledger.stories import Story, Unit, units

# How many of the refused entries are kept to be shown; a file of a million bad rows must not fill the memory.
KEPT: Final = 1_000
# How many of the rows that are left out for one reason are kept to be shown.
KEPT_ASIDE: Final = 10
# Why a row is left out that says no other reason.
TOTAL: Final = "sums other rows"


class Rows(NamedTuple):
    """What became of the rows of the source: `read` is the sum of the others.

    `fit` could be added, `found` are in the ledger already, `total` are left out: rows that sum others, or that a mapping
    leaves out.
    """

    read: int
    fit: int
    found: int
    refused: int
    total: int


class Imported(NamedTuple):
    """What an import did: how many entries were added, were there already, were refused (where, why).

    `fit` is how many could be added, though none was if another was refused; `created` whether it began the ledger.
    `refused` holds the first thousand, `more` says how many there are beyond them. A bundle is refused once. `aside`
    says why rows were left out, and how many for each reason; they are the `total` of the rows. `aside_at` says of each
    reason the file and the line (None if it has none) of the first ten.
    """

    added: int
    fit: int
    found: int
    refused: list[tuple[str, str]]
    created: bool
    rows: Rows
    aside: dict[str, int]
    more: int = 0
    aside_at: Mapping[str, list[tuple[str, int | None]]] = {}


class Rejects(Protocol):
    """Where each refused entry goes, one after the other."""

    def restart(self) -> None:
        """Forget all: the import begins anew."""

    def put(self, item: Incoming, reason: str) -> None:
        """Take one, with why it was refused."""


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


class Taking:
    """Takes foreign entries into a batch; if one is refused, the batch adds none, or with `keep_going` all others.

    `again` says that a bundle was refused of which the batch had taken in a part: take everything once more, into a new
    batch and from the beginning of the source, and what was refused stays out.
    """

    def __init__(self, *, keep_going: bool = False, rejects: Rejects | None = None) -> None:
        self.keep_going = keep_going
        self.rejects = rejects
        self.again = False
        self._running = False
        # The units that were refused.
        self._barred = Numbers()
        self._refused: list[tuple[str, str]] = []
        self._more = 0

    def take(self, batch: Batch, source: Iterable[Incoming], now: str) -> Imported:
        """Take in all that can be added, or nothing."""
        if self._running:
            # The last time was broken off by what befell the index: what it refused may have been its fault.
            self._forget()
        self._running, self.again = True, False
        entering, left, tally = _Entering(batch, now), Leftovers(), _Tally()
        number = 0
        with closing(drafted(units(source), batch.writing.zone, now)) as stories:
            for story, draft in stories:
                numbers = range(number, number := number + len(story))
                free = not left and not any(map(self._barred.__contains__, numbers))
                if draft is not None and free and entering.enter_draft(story, draft):
                    for unit in story:
                        tally.count(unit, new=len(unit))
                    continue
                for place, unit in zip(numbers, story, strict=True):
                    self._take_unit(place, unit, entering, left, tally)
        self._running = False
        self.again = bool(left)
        added = tally.added
        if self.again or (self._refused and not self.keep_going):
            batch.added = added = 0
        created = batch.tail.seq < 0 and added > 0
        account = (tally.rows(), tally.aside, self._more, tally.aside_at)
        return Imported(added, tally.added, tally.found, self._refused, created, *account)

    def _take_unit(self, number: int, unit: Unit, entering: _Entering, left: Leftovers, tally: _Tally) -> None:
        if unit[0].total:
            tally.leave_out(unit)
            return
        if number in self._barred:
            tally.refuse(unit)
            return
        doubtful = bool(left) and left.touch(item.record for item in unit)
        new = known = 0
        for item in unit:
            try:
                if entering.enter(item):
                    new += 1
                else:
                    known += 1
            except Refused as error:
                tally.refuse(unit)
                if not doubtful:
                    self._bar(number, item, str(error))
                doubtful = doubtful or new + known > 0
                break
        else:
            tally.count(unit, new, known)
        if doubtful:
            left.put(item.record for item in unit)

    def _bar(self, number: int, item: Incoming, reason: str) -> None:
        self._barred.add(number)
        if len(self._refused) < KEPT:
            self._refused.append((item.where, reason))
        else:
            self._more += 1
        if self.rejects is not None:
            self.rejects.put(item, reason)

    def _forget(self) -> None:
        self._barred.clear()
        self._refused, self._more = [], 0
        if self.rejects is not None:
            self.rejects.restart()


class _Tally:
    """Counts what becomes of entries, and of the rows that they account for."""

    def __init__(self) -> None:
        self.added = self.found = 0
        self._fit = self._found = self._refused = 0
        self.aside: dict[str, int] = {}
        self.aside_at: dict[str, list[tuple[str, int | None]]] = {}

    def count(self, unit: Unit, new: int, known: int = 0) -> None:
        """Count a unit of which so many entries are new, and so many there already."""
        self.added += new
        self.found += known
        if new:
            self._fit += _rows(unit)
        else:
            self._found += _rows(unit)

    def refuse(self, unit: Unit) -> None:
        """Count a unit that is refused."""
        self._refused += _rows(unit)

    def leave_out(self, unit: Unit) -> None:
        """Count a row that is left out, by the reason."""
        why = unit[0].problem or TOTAL
        self.aside[why] = self.aside.get(why, 0) + _rows(unit)
        if len(shown := self.aside_at.setdefault(why, [])) < KEPT_ASIDE:
            shown.append((unit[0].file or unit[0].where, unit[0].line))

    def rows(self) -> Rows:
        """Return what became of all rows."""
        total = sum(self.aside.values())
        read = self._fit + self._found + self._refused + total
        return Rows(read, self._fit, self._found, self._refused, total)


def _rows(unit: Unit) -> int:
    return unit[0].rows if len(unit) == 1 else sum(item.rows for item in unit)


class _Entering:
    """Enters foreign entries into a batch, each once."""

    def __init__(self, batch: Batch, now: str) -> None:
        self._batch, self._now = batch, now
        self._matching, self._labels = Matching(batch), Labels()
        self._further = Further(batch, self._matching)
        # The entries of the ledger that an order with an id was found to be.
        self._met = Numbers()

    def enter(self, item: Incoming) -> bool:
        """Add an entry to the batch unless the ledger holds it; tell whether it is new. Raises `Refused`."""
        record = _own(item, self._labels)
        seq, same, digest = self._matching.find(record)
        new = seq is None
        if seq is None:
            rest = self._further.rest(record) if item.bundle and self._matching.last > 0 else record
            if rest is None:
                return False
            seq = self._batch.add(rest, self._now, digest if rest is record else None).seq
        elif not same:
            raise Refused(f"id: {record['id']} is entry {seq} already, with other content")
        elif record["kind"] == "order" and "id" in record:
            self._meet(seq, record["id"])
        self._labels.put(item, seq)
        return new

    def enter_draft(self, story: Story, draft: Draft) -> bool:
        """Add what was drafted of some units; tell whether that could be done. If not, each is to be entered by itself."""
        first = self._batch.seq + 1
        # Of one of several alike it is looked at what is there of the others.
        alike = self._matching.last > 0 and next(twins_of(draft.names[0]), draft.names[0]) != draft.names[0]
        if alike or not self._batch.add_draft(draft, self._now):
            return False
        for seq, item in enumerate((item for unit in story for item in unit), first):
            self._labels.put(item, seq)
        return True

    def _meet(self, seq: int, name: object) -> None:
        """Refuse an order that comes twice, as it was when it was new: what belongs to the second one is not there."""
        if seq in self._met:
            raise Refused(f"id: {name} comes twice in this import: give the other one an id of its own")
        self._met.add(seq)


def _own(item: Incoming, labels: Labels) -> dict[str, Any]:
    """Return a foreign record as one of this ledger: its number dropped, its reference to another rewritten."""
    if item.record is None:
        raise Refused(item.problem)
    record = own(item.record)
    if record.get("kind") == "correction" and (of := labels.number(item)) is not None:
        record["of"] = of
    return record
