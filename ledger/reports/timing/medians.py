"""The median of one cohort on one scale, hours or days, also where some times are not known but lie between two others.

What happened on a day without an hour is not left out of the hours: whether it is would hang on what became of it, and
half of all could seem done, or not, that were not, or were. It may have been at any time of that day. Where the median is
the same whenever it was, it is known; else it cannot be told.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ledger.reports.timing.incidence import DONE, Ends, is_half_done, median

if TYPE_CHECKING:
    from ledger.reports.timing.clocks import Within

    _Vague = Mapping[tuple[Within, int], int]
    Reading = Callable[[int, int], int]


class Scale:
    """How many came to which end after which time, or between which times; `inexact` where any number is not exact."""

    __slots__ = ("_exact", "_vague", "inexact")

    def __init__(self) -> None:
        self._exact: Counter[tuple[int, int]] = Counter()
        self._vague: Counter[tuple[Within, int]] = Counter()
        self.inexact = False

    def add(self, end: int, time: int | None, within: Within | None, n: int = 1, *, inexact: bool = False) -> None:
        """Count `n` that came to an end; those of which neither is known are not on this scale."""
        if time is not None:
            self._exact[time, end] += n
        elif within is not None:
            self._vague[within, end] += n
        self.inexact |= inexact and (time is not None or within is not None)

    def merge(self, other: Scale) -> None:
        """Count what another one counts."""
        self._exact.update(other._exact)
        self._vague.update(other._vague)
        self.inexact |= other.inexact

    def median(self, unit: str, size: int, *, answered: bool = False) -> dict[str, Any]:
        """Return the median in whole units, rounded down, and of how many it is; with `answered`, of what was done alone."""
        exact = {key: n for key, n in self._exact.items() if not answered or key[1] == DONE}
        vague = {key: n for key, n in self._vague.items() if not answered or key[1] == DONE}
        first, last = _between(exact, vague) if vague else (median(exact),) * 2
        told = first == last
        return {
            unit: first // size if told and first is not None else None,
            "reached": first is not None if told else None,
            "of": sum(exact.values()) + sum(vague.values()),
            "qualifier": "about" if self.inexact else "exact",
        }


def _between(exact: Ends, vague: _Vague) -> tuple[int | None, int | None]:
    """Return the earliest and the latest that the median may be; None where half may not have been done.

    Of all that the vague times may be, the share done by some time is largest if all that may have been done by then was
    done as late as that allows, and what ended otherwise as early as it may have: whoever waits longer has a share in what
    those stand for who are censored meanwhile, and whoever has left leaves that to the others. It is smallest the other way
    round. Both shares only grow with the time.
    """
    known = {time for time, _ in exact} | {time for within, _ in vague for time in within}
    # What is done at the time of one that is censored comes before it.
    times = sorted(known | {time + 1 for time in known})

    def most(time: int) -> bool:
        return is_half_done(_read(exact, vague, lambda first, last: min(last, max(first, time)), min), time)

    def least(time: int) -> bool:
        return is_half_done(_read(exact, vague, lambda first, last: first if last <= time else last, max), time)

    return _first(times, most), _first(times, least)


def _read(exact: Ends, vague: _Vague, done: Reading, other: Reading) -> Ends:
    """Return what there is if each vague time is as one function of its bounds says, or, where it ended otherwise, the other."""
    ends = Counter(exact)
    for (within, end), n in vague.items():
        ends[(done if end == DONE else other)(*within), end] += n
    return ends


def _first(times: list[int], holds: Callable[[int], bool]) -> int | None:
    """Return the first time at which something holds, that holds at all later ones too."""
    place = bisect_left(times, True, key=holds)
    return times[place] if place < len(times) else None
