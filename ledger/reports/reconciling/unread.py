"""Which totals the rows that could not be read may be parts of: nothing is said to be equal without them.

A country that cannot be read is none of those that can; a period that cannot be read may be any.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ledger.reports.reconciling.claims import ALL_MEASURES, MEASURE, PERIOD, Claim

# Where a claim stands: its measure, its period and its value in each column, None where it is a total over it.
_Place = dict[str, Any]
_Names = tuple[str, ...]


class Unread:
    """The claims of which it could not be read what they are figures of."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        self._sorts: dict[_Names, list[Claim]] = {}
        self._found: dict[tuple[_Names, _Names], dict[tuple[Any, ...], list[Claim]]] = {}
        for claim in claims:
            if not claim.placed:
                self._sorts.setdefault(claim.unread, []).append(claim)

    def parts_of(self, whole: Claim, over: _Names, parts: Sequence[Claim]) -> list[Claim]:
        """Return those that may be parts of a total beside those that are known; `over` is what the parts tell apart."""
        if not self._sorts:
            return []
        place = _place(whole)
        known = {_at(_place(part), over) for part in parts}
        found = []
        for unread, claims in self._sorts.items():
            if any(
                name != PERIOD and place.get(name) is not None and name not in over
                for name in unread
                if name != MEASURE
            ):
                continue
            fixed = tuple(name for name in place if name not in over and name not in unread)
            for claim in self._alike(unread, fixed, claims).get(_at(place, fixed), []):
                told = _place(claim)
                read = [name for name in over if name not in unread]
                # What has its part already has no other one.
                if all(told.get(name) is not None for name in read) and (
                    len(read) < len(over) or _at(told, over) not in known
                ):
                    found.append(claim)
        return found

    def _alike(self, unread: _Names, fixed: _Names, claims: Sequence[Claim]) -> dict[tuple[Any, ...], list[Claim]]:
        sort = (unread, fixed)
        if sort not in self._found:
            found = self._found[sort] = {}
            for claim in claims:
                found.setdefault(_at(_place(claim), fixed), []).append(claim)
        return self._found[sort]


def _place(claim: Claim) -> _Place:
    name = None if claim.name == ALL_MEASURES else claim.name
    return {MEASURE: name, PERIOD: claim.period} | claim.alike


def _at(place: _Place, names: Iterable[str]) -> tuple[Any, ...]:
    return tuple(place.get(name) for name in names)
