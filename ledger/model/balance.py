"""How many targets of one order stand in which status, and the postings that move them."""

from __future__ import annotations

from typing import NamedTuple

from ledger.model.quantities import USED_UP, qualifier, show, swapped
from ledger.model.statuses import STATUSES

# Where a restriction holds: country codes in order, `worldwide`, `-CC` for a country it was lifted in; empty when not stated.
Where = tuple[str, ...]


class Place(NamedTuple):
    """A status, and where it holds."""

    status: str
    where: Where = ()


# Where units come from before they are ordered.
OUTSIDE = Place("")
PENDING = Place("pending")


class Posting(NamedTuple):
    """A quantity of targets moved from one place to another under one order.

    A posting of 126 works like 126 postings of 1. `names` holds the keys of the targets that moved, and is empty for
    unnamed units; `marks` says how exact `n` is; `day` is an ordinal in the ledger's reporting zone.
    """

    seq: int
    day: int
    kind: str
    source: Place
    to: Place
    n: int
    marks: int
    names: tuple[str, ...]
    speaker: str


class Balance:
    """The quantities of one order by status; every change is a posting.

    `kind` is the kind of target that the order's amount counts; only quantities of that kind can be inexact.
    """

    __slots__ = (
        "beside",
        "day",
        "kind",
        "marks",
        "marks_log",
        "named",
        "postings",
        "seq",
        "speaker",
        "tally",
        "unnamed",
    )

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.named: dict[str, Place] = {}
        self.unnamed: dict[Place, int] = {}
        # Names of another kind than the amount's, by their own: on top of it, unless it counts `any`.
        self.beside: dict[str, str] = {}
        # Units of the counted kind by status, named and unnamed.
        self.tally: dict[str, int] = {}
        self.marks: dict[str, int] = {}
        self.marks_log: list[tuple[int, dict[str, int]]] = []
        self.postings: list[Posting] = []
        self.seq = self.day = 0
        self.speaker = ""

    def open_entry(self, seq: int, day: int, speaker: str) -> None:
        """Let the postings that follow be those of this entry."""
        self.seq, self.day, self.speaker = seq, day, speaker

    def close_entry(self) -> None:
        """Keep how exact each status is after this entry."""
        if not self.marks_log or self.marks_log[-1][1] != self.marks:
            self.marks_log.append((self.day, dict(self.marks)))

    @property
    def total(self) -> int:
        """Units of the counted kind under the order."""
        return sum(self.tally.values())

    def in_status(self, status: str) -> int:
        """Units of the counted kind that stand in a status."""
        return self.tally.get(status, 0)

    def standing(self) -> str:
        """Say how many stand in which status."""
        parts = [
            f"{status} {show(n, qualifier(n, self.marks.get(status, 0)))}"
            for status in STATUSES
            if (n := self.in_status(status)) or self.marks.get(status)
        ]
        return ", ".join(parts) or "nothing booked"

    def unnamed_in(self, statuses: tuple[str, ...]) -> list[tuple[Place, int]]:
        """Return the unnamed units in these statuses, in the order in which they are drawn."""
        return [
            (place, n) for status in statuses for place, n in self.unnamed.items() if place.status == status and n > 0
        ]

    def by_place(self, names: list[str]) -> dict[Place, list[str]]:
        """Return named targets by where they stand."""
        places = list(map(self.named.__getitem__, names))
        if len(set(places)) == 1:
            # Nearly always all stand together.
            return {places[0]: names}
        groups: dict[Place, list[str]] = {}
        for name, place in zip(names, places, strict=True):
            groups.setdefault(place, []).append(name)
        return groups

    def move_named(self, names: list[str], source: Place, to: Place, drains: int = USED_UP) -> None:
        """Move targets that are named and stand in one place; `drains` as in `move_unnamed`."""
        groups: dict[str, list[str]] = {}
        if self.beside:
            for name in names:
                groups.setdefault(self.beside.get(name, self.kind), []).append(name)
        else:
            groups[self.kind] = names
        for kind, keys in groups.items():
            self.named.update(dict.fromkeys(keys, to))
            counts = self.kind in ("any", kind)
            marks = self._shift(source.status, to.status, len(keys), 0, drains) if counts else 0
            self._post(kind, source, to, len(keys), marks, tuple(keys))

    def move_unnamed(self, n: int, source: Place, to: Place, marks: int = 0, drains: int = USED_UP) -> None:
        """Move unnamed units; `marks` says how exactly their number was stated.

        `drains` are the marks that go along when no unit is left: all of them where everything is moved, whatever
        there is.
        """
        if source is not OUTSIDE:
            self.unnamed[source] = self.unnamed.get(source, 0) - n
        self.unnamed[to] = self.unnamed.get(to, 0) + n
        marks = self._shift(source.status, to.status, n, marks, drains)
        self._post(self.kind, source, to, n, marks, ())

    def identify(self, name: str, place: Place) -> None:
        """Give a name to one of the unnamed units in a place."""
        self.unnamed[place] -= 1
        self.named[name] = place
        self._post(self.kind, place, place, 1, 0, (name,))

    def exchange(self, name: str, place: Place) -> None:
        """Let a named target change places with an unnamed unit: it was that unit all along."""
        source = self.named[name]
        self.unnamed[place] -= 1
        self.unnamed[source] = self.unnamed.get(source, 0) + 1
        self.named[name] = place
        self._post(self.beside.get(name, self.kind), source, place, 0, 0, (name,))

    def counts(self, name: str) -> bool:
        """Tell whether a named target is part of the order's amount."""
        return self.kind == "any" or name not in self.beside

    def admit(self, name: str, kind: str) -> None:
        """Enter a named target into `pending`."""
        if kind != self.kind:
            self.beside[name] = kind
        self.move_named([name], OUTSIDE, PENDING)

    def clear(self, status: str) -> None:
        """Take the marks off a status whose amount was stated exactly."""
        self.marks.pop(status, None)

    def _shift(self, source: str, to: str, n: int, marks: int, drains: int) -> int:
        """Book a quantity between two statuses, with the marks that it leaves; return how exact the posting is."""
        if source == to:
            return marks | self.marks.get(source, 0)
        tally = self.tally
        if source:
            left = tally.get(source, 0) - n
            tally[source] = left
            held = self.marks.pop(source, 0)
            carried = held & drains if left == 0 else 0
            if held & ~carried:
                self.marks[source] = held & ~carried
            # Of nothing booked, `some` leaves nothing more uncertain than it was.
            if marks and not carried and (n or left):
                self.marks[source] = self.marks.get(source, 0) | swapped(marks)
            marks |= carried
        elif marks:
            self.marks[""] = self.marks.get("", 0) | marks
        tally[to] = tally.get(to, 0) + n
        if marks:
            self.marks[to] = self.marks.get(to, 0) | marks
        return marks

    def _post(self, kind: str, source: Place, to: Place, n: int, marks: int, names: tuple[str, ...]) -> None:
        self.postings.append(Posting(self.seq, self.day, kind, source, to, n, marks, names, self.speaker))
