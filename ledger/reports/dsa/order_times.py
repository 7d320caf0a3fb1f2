"""How long the platform took over one order: to acknowledge its receipt, and to give effect to it.

Both are clocks of `reports/timing`, as the orders stand today. What has no time says why, in one of the words below.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.model.course import course_of
from ledger.model.moments import LAST_DAY
from ledger.model.statuses import CLOSED, OWN_RULES
from ledger.reports.timing.clocks import Date, clocks, is_first_act
from ledger.reports.timing.incidence import DONE

if TYPE_CHECKING:
    from ledger.model.course import Course
    from ledger.model.postings import Fold
    from ledger.reports.timing.clocks import Span

# Why there is no time; the closed statuses say themselves why nothing was acted on.
NONE_RECORDED: Final = "none recorded"
NO_CLOCK: Final = "no clock time"
STILL_OPEN: Final = "open"
SEVERAL: Final = "several"
NO_TARGETS: Final = "no targets"
TOTAL: Final = "total"

# Whatever is recorded counts; how long open orders have waited is not asked.
_EVER: Final = Date(LAST_DAY + 1, LAST_DAY, 0)


class Taken(NamedTuple):
    """How long something took in microseconds, or None and `why` there is no such time.

    `partly` says that some targets were closed without an act, `own_rules` that some were acted on under the platform's
    own rules.
    """

    time: int | None
    why: str = ""
    partly: bool = False
    own_rules: bool = False


class Times(NamedTuple):
    """The two times of an order."""

    informed: Taken
    effect: Taken


def times(fold: Fold) -> Times:
    """Return how long it took to acknowledge an order and to act on the last of its targets."""
    course = course_of(_as_ordered(fold))
    if course.stands_for != 1:
        return Times(Taken(None, TOTAL), Taken(None, TOTAL))
    shown = clocks(course, _EVER, fold.zone)
    told = shown.acknowledged
    return Times(
        _taken(told) if told.end == DONE else Taken(None, NONE_RECORDED),
        Taken(None, STILL_OPEN) if fold.is_open else _effect(fold, course, shown.acted),
    )


def _as_ordered(fold: Fold) -> Fold:
    """Return a fold whose postings move nothing that was not in the order, and came under it later."""
    if not fold.admitted:
        return fold
    postings = []
    for posting in fold.balance.postings:
        names = tuple(name for name in posting.names if name not in fold.admitted)
        less = len(names) < len(posting.names)
        kept = posting._replace(names=names, n=len(names)) if less else posting
        if names or kept.n or kept.marks:
            postings.append(kept)
    ordered = copy(fold)
    ordered.balance = copy(fold.balance)
    ordered.balance.postings = postings
    return ordered


def _taken(span: Span) -> Taken:
    return Taken(span.clock, NO_CLOCK if span.clock is None else "")


def _effect(fold: Fold, course: Course, acted: Span) -> Taken:
    closed = {status for status in _standing(fold) if status in CLOSED}
    if acted.end != DONE:
        return Taken(None, next(iter(closed)) if len(closed) == 1 else SEVERAL if closed else NO_TARGETS)
    own = any(move.to in OWN_RULES and is_first_act(move) for move in course.moves)
    return _taken(acted)._replace(partly=bool(closed), own_rules=own)


def _standing(fold: Fold) -> Iterable[str]:
    """Give the statuses in which anything stands."""
    balance = fold.balance
    yield from (status for status, n in balance.tally.items() if n or balance.marks.get(status))
    yield from (balance.named[name].status for name in balance.beside)
