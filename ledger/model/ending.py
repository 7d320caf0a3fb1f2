"""What the end of an order does to its open units, and what undoing it does (DESIGN, section 2, rule 9)."""

from __future__ import annotations

from ledger.model.balance import Balance, Place
from ledger.model.quantities import ALL_MARKS, USED_UP
from ledger.model.statuses import OPEN

WITHDRAWN = Place("withdrawn")


def release(balance: Balance, sources: tuple[str, ...], to: Place, names: list[str] | None) -> None:
    """Move the units of an order that stand in some statuses, whatever there is, or named ones alone."""
    for source, group in balance.by_place(list(balance.named) if names is None else names).items():
        if source.status in sources:
            balance.move_named(group, source, to, ALL_MARKS if names is None else USED_UP)
    if names is None:
        for source, n in balance.unnamed_in(sources):
            balance.move_unnamed(n, source, to, drains=ALL_MARKS)
        for status in sources:
            if balance.marks.get(status) and not balance.in_status(status):
                balance.move_unnamed(0, Place(status), to, drains=ALL_MARKS)


class Ended:
    """Where the units stood that the end of an order withdrew; what the platform called withdrawn is none of them."""

    __slots__ = ("named", "unnamed")

    def __init__(self) -> None:
        self.named: dict[str, Place] = {}
        self.unnamed: dict[Place, int] = {}

    def end(self, balance: Balance, names: list[str] | None) -> None:
        """Withdraw what is open, or of it the named ones alone."""
        chosen = balance.named if names is None else names
        self.named |= {name: place for name in chosen if (place := balance.named[name]).status in OPEN}
        if names is None:
            for status in OPEN:
                if balance.marks.get(status):
                    self.unnamed.setdefault(Place(status), 0)
            for place, n in balance.unnamed_in(OPEN):
                self.unnamed[place] = self.unnamed.get(place, 0) + n
        release(balance, OPEN, WITHDRAWN, names)

    def restore(self, balance: Balance, names: list[str] | None) -> None:
        """Bring what was withdrawn back to where it stood, or of it the named ones alone."""
        groups: dict[Place, list[str]] = {}
        for name in list(self.named) if names is None else names:
            place = self.named.pop(name, None)
            if balance.named[name] != WITHDRAWN:
                continue
            if place is None and names is not None:
                # It has its name only since, and was one of the unnamed.
                place = next((place for place, n in self.unnamed.items() if n > 0), None)
                if place is not None:
                    self.unnamed[place] -= 1
            if place is not None:
                groups.setdefault(place, []).append(name)
        for place, group in groups.items():
            balance.move_named(group, WITHDRAWN, place, ALL_MARKS)
        if names is None:
            for place, n in self.unnamed.items():
                there = min(n, balance.unnamed.get(WITHDRAWN, 0))
                marks = balance.marks.get(WITHDRAWN.status, 0)
                if there or marks:
                    balance.move_unnamed(there, WITHDRAWN, place, marks, ALL_MARKS)
            self.unnamed = {}
