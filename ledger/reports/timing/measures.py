"""One clock over a cohort: how many were answered, how many are open, and the medians."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ledger.model.quantities import ABOUT
from ledger.model.statuses import CLOSED as CLOSED_STATUSES
from ledger.model.statuses import OPEN as OPEN_STATUSES
from ledger.reports.sums import quantity
from ledger.reports.timing.incidence import DONE, OPEN, OTHER
from ledger.reports.timing.medians import Scale

if TYPE_CHECKING:
    from ledger.reports.timing.clocks import Span, Targets
    from ledger.reports.timing.rates import Standing

_SECOND: Final = 1_000_000


class OverOrders:
    """A clock of which each order has one."""

    __slots__ = ("_clocks", "_days", "_numbers", "_oldest", "_timed")

    def __init__(self) -> None:
        self._numbers = [0, 0, 0]
        self._clocks, self._days = Scale(), Scale()
        # How many have a clock time.
        self._timed = 0
        self._oldest: tuple[int, int] | None = None

    def add(self, span: Span, age: int) -> None:
        """Count one; `age` is how many days ago it was received, or issued where the receipt is not stated."""
        self._numbers[span.end] += span.n
        self._time(span, age)

    def _time(self, span: Span, age: int, *, inexact: bool = False) -> None:
        self._clocks.add(span.end, span.clock, span.clock_within, span.n, inexact=inexact)
        self._days.add(span.end, span.days, span.days_within, span.n, inexact=inexact)
        if span.clock is not None:
            self._timed += span.n
        if span.end == OPEN:
            self._age(span, age)

    def _age(self, span: Span, age: int) -> None:
        known = (age, -1 if span.clock is None else span.clock)
        if self._oldest is None or known > self._oldest:
            self._oldest = known

    def merge(self, other: OverOrders) -> None:
        """Count what another one counts."""
        self._numbers = [one + another for one, another in zip(self._numbers, other._numbers, strict=True)]
        self._clocks.merge(other._clocks)
        self._days.merge(other._days)
        self._timed += other._timed
        self._oldest = max((each for each in (self._oldest, other._oldest) if each), default=None)

    def figures(self) -> dict[str, Any]:
        """Return its figures, of whole numbers."""
        return {
            "answered": self._numbers[DONE],
            "closed": self._numbers[OTHER],
            "open": self._numbers[OPEN],
            "oldest_open": self._oldest_open(),
            "no_clock_time": sum(self._numbers) - self._timed,
            **self._medians(),
        }

    def _medians(self) -> dict[str, Any]:
        return {
            "median": self._clocks.median("seconds", _SECOND),
            "median_answered": self._clocks.median("seconds", _SECOND, answered=True),
            "median_days": self._days.median("days", 1),
        }

    def _oldest_open(self) -> dict[str, int | None] | None:
        if self._oldest is None:
            return None
        days, clock = self._oldest
        return {"days": days, "seconds": None if clock < 0 else clock // _SECOND}


class OverTargets(OverOrders):
    """A clock of which each target of one kind, or of every kind, has one."""

    __slots__ = ("_marks", "_no_clock", "_no_clock_marks", "_unknown")

    def __init__(self) -> None:
        super().__init__()
        self._marks = [0, 0, 0]
        self._no_clock = self._no_clock_marks = self._unknown = 0

    def add_targets(self, targets: Targets, standing: Standing, age: int) -> None:
        """Count those of one kind under an order; where any amount is unknown they are in no median."""
        if standing.marks:
            self._marks[OTHER] |= standing.held(CLOSED_STATUSES).marks
            self._marks[OPEN] |= standing.held(OPEN_STATUSES).marks
        self._marks[DONE] |= targets.done_marks
        self._unknown += targets.unknown
        for span in targets.spans:
            self._numbers[span.end] += span.n
            if targets.unknown:
                continue
            self._time(span, age, inexact=targets.inexact or targets.doubtful)
            if span.clock is None:
                self._no_clock += span.n
                self._no_clock_marks |= ABOUT if targets.inexact else 0

    def merge_targets(self, other: OverTargets) -> None:
        """Count what another one counts."""
        self.merge(other)
        self._no_clock += other._no_clock
        self._unknown += other._unknown
        self._no_clock_marks |= other._no_clock_marks
        self._marks = [one | another for one, another in zip(self._marks, other._marks, strict=True)]

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
            **self._medians(),
        }
