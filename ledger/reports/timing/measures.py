"""One clock over a cohort: how many were answered, how many are open, and the medians."""

from __future__ import annotations

from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from ledger.model.quantities import ABOUT
from ledger.model.statuses import CLOSED as CLOSED_STATUSES
from ledger.model.statuses import OPEN as OPEN_STATUSES
from ledger.reports.sums import quantity
from ledger.reports.timing.incidence import DONE, OPEN, OTHER, Ends, median

if TYPE_CHECKING:
    from ledger.reports.timing.clocks import Span, Targets
    from ledger.reports.timing.rates import Standing

_SECOND: Final = 1_000_000
# The end of a span with its time, as the medians take it, and those of which no time is known.
_BY_CLOCK: Final = itemgetter(1, 0)
_BY_DAY: Final = itemgetter(2, 0)
_UNKNOWN: Final = tuple((None, end) for end in (DONE, OTHER, OPEN))


class OverOrders:
    """A clock of which each order has one."""

    __slots__ = ("_oldest", "_spans")

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._oldest: tuple[int, int] | None = None

    def add(self, span: Span, age: int) -> None:
        """Count one; `age` is how many days ago it was received, or issued where the receipt is not stated."""
        self._spans.append(span)
        if span.end == OPEN:
            self._age(span, age)

    def _age(self, span: Span, age: int) -> None:
        known = (age, -1 if span.clock is None else span.clock)
        if self._oldest is None or known > self._oldest:
            self._oldest = known

    def merge(self, other: OverOrders) -> None:
        """Count what another one counts."""
        self._spans += other._spans
        self._oldest = max((each for each in (self._oldest, other._oldest) if each), default=None)

    def figures(self) -> dict[str, Any]:
        """Return its figures, of whole numbers."""
        clocks, days = Counter(map(_BY_CLOCK, self._spans)), Counter(map(_BY_DAY, self._spans))
        numbers = [0, 0, 0]
        for (_, end), n in days.items():
            numbers[end] += n
        for unknown in _UNKNOWN:
            del clocks[unknown], days[unknown]
        return {
            "answered": numbers[DONE],
            "closed": numbers[OTHER],
            "open": numbers[OPEN],
            "oldest_open": self._oldest_open(),
            "no_clock_time": sum(numbers) - sum(clocks.values()),
            **_medians(clocks, days),
        }

    def _oldest_open(self) -> dict[str, int | None] | None:
        if self._oldest is None:
            return None
        days, clock = self._oldest
        return {"days": days, "seconds": None if clock < 0 else clock // _SECOND}


class OverTargets(OverOrders):
    """A clock of which each target of one kind, or of every kind, has one."""

    __slots__ = ("_clocks", "_days", "_inexact", "_marks", "_no_clock", "_no_clock_marks", "_numbers", "_unknown")

    def __init__(self) -> None:
        super().__init__()
        self._numbers, self._marks = [0, 0, 0], [0, 0, 0]
        self._clocks: dict[tuple[int, int], int] = {}
        self._days: dict[tuple[int, int], int] = {}
        self._no_clock = 0
        self._no_clock_marks = self._unknown = 0
        # Whether any of those with a clock time, and of those with a day, is of an inexact amount.
        self._inexact = [False, False]

    def add_targets(self, targets: Targets, standing: Standing, age: int) -> None:
        """Count those of one kind under an order; where any amount is unknown they are in no median."""
        if standing.marks:
            self._marks[OTHER] |= standing.held(CLOSED_STATUSES).marks
            self._marks[OPEN] |= standing.held(OPEN_STATUSES).marks
        self._marks[DONE] |= targets.done_marks
        self._unknown += targets.unknown
        for span in targets.spans:
            self._numbers[span.end] += span.n
            if not targets.unknown:
                self._add(span, age, inexact=targets.inexact, doubtful=targets.doubtful)

    def _add(self, span: Span, age: int, *, inexact: bool, doubtful: bool) -> None:
        end, clock, days, n = span
        if clock is None:
            self._no_clock += n
        else:
            self._clocks[clock, end] = self._clocks.get((clock, end), 0) + n
        if days is not None:
            self._days[days, end] = self._days.get((days, end), 0) + n
        if inexact or doubtful:
            self._inexact[0] |= clock is not None
            self._inexact[1] |= days is not None
            self._no_clock_marks |= ABOUT if clock is None and inexact else 0
        if end == OPEN:
            self._age(span, age)

    def merge_targets(self, other: OverTargets) -> None:
        """Count what another one counts."""
        self.merge(other)
        for mine, more in ((self._clocks, other._clocks), (self._days, other._days)):
            for key, n in more.items():
                mine[key] = mine.get(key, 0) + n
        self._numbers = [one + another for one, another in zip(self._numbers, other._numbers, strict=True)]
        self._no_clock += other._no_clock
        self._unknown += other._unknown
        self._no_clock_marks |= other._no_clock_marks
        self._marks = [one | another for one, another in zip(self._marks, other._marks, strict=True)]
        self._inexact = [one or another for one, another in zip(self._inexact, other._inexact, strict=True)]

    def figures(self) -> dict[str, Any]:
        """Return its figures, of quantities but for the number of orders without any."""
        ends = [quantity(n, marks) for n, marks in zip(self._numbers, self._marks, strict=True)]
        return {
            "answered": ends[DONE],
            "closed": ends[OTHER],
            "open": ends[OPEN],
            "oldest_open": self._oldest_open(),
            "no_clock_time": quantity(self._no_clock, self._no_clock_marks),
            "amount_unknown": self._unknown,
            **_medians(self._clocks, self._days, *self._inexact),
        }


def _medians(clocks: Ends, days: Ends, clock_inexact: bool = False, day_inexact: bool = False) -> dict[str, Any]:
    by_clock, by_day = ("about" if inexact else "exact" for inexact in (clock_inexact, day_inexact))
    answered = {key: n for key, n in clocks.items() if key[1] == DONE}
    return {
        "median": _median("seconds", clocks, _SECOND, by_clock),
        "median_answered": _median("seconds", answered, _SECOND, by_clock),
        "median_days": _median("days", days, 1, by_day),
    }


def _median(unit: str, ends: Ends, size: int, qualifier: str) -> dict[str, Any]:
    """Return a median in whole units, rounded down, and of how many it is."""
    found = median(ends)
    return {
        unit: None if found is None else found // size,
        "reached": found is not None,
        "of": sum(ends.values()),
        "qualifier": qualifier,
    }
