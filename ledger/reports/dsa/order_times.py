"""How long the platform took over one order: to acknowledge its receipt, and to give effect to it.

Both run from the instant of receipt. Where a day without a clock time, or one by which something had been observed, could
change the answer, there is none. What has no time says why, in one of the words below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.model.course import course_of
from ledger.model.statuses import CLOSED, LIFTED, OWN_RULES, RESTRICTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.model.course import Course, Event, Move
    from ledger.model.postings import Fold

# Why there is no time; the closed statuses say themselves why nothing was acted on.
NONE_RECORDED: Final = "none recorded"
NO_CLOCK: Final = "no clock time"
STILL_OPEN: Final = "open"
SEVERAL: Final = "several"
NO_TARGETS: Final = "no targets"
TOTAL: Final = "total"

_ACTED: Final = (*RESTRICTED, *OWN_RULES, "provided")
_HAD_EFFECT: Final = (*_ACTED, *LIFTED)


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
    course = course_of(fold)
    if course.stands_for != 1:
        return Times(Taken(None, TOTAL), Taken(None, TOTAL))
    return Times(_informed(course), _effect(fold, course))


def _informed(course: Course) -> Taken:
    told = [event for event in course.events if event.what == "acknowledged"]
    if not told:
        return Taken(None, NONE_RECORDED)
    exact = [(event.at, event.day) for event in told if event.at is not None and not event.observed]
    if not exact:
        return Taken(None, NO_CLOCK)
    first, day = min(exact)
    return _since(course, first, doubted=any(_may_precede(event, first, day) for event in told))


def _may_precede(event: Event, first: int, day: int) -> bool:
    """Tell whether an acknowledgement that has no exact time may have come before the first one that has."""
    if event.observed:
        return event.day < day if event.at is None else event.at < first
    return event.at is None and event.day <= day


def _effect(fold: Fold, course: Course) -> Taken:
    if fold.is_open:
        return Taken(None, STILL_OPEN)
    acts = [move for move in course.moves if _is_first_act(move)]
    closed = {status for status in _standing(fold) if status in CLOSED}
    if not acts:
        return Taken(None, next(iter(closed)) if len(closed) == 1 else SEVERAL if closed else NO_TARGETS)
    exact = [(move.at, move.day) for move in acts if move.at is not None and not move.observed]
    if not exact:
        taken = Taken(None, NO_CLOCK)
    else:
        last, day = max(exact)
        taken = _since(course, last, doubted=any(_may_follow(move, last, day) for move in acts))
    return taken._replace(partly=bool(closed), own_rules=any(move.to in OWN_RULES for move in acts))


def _is_first_act(move: Move) -> bool:
    return move.to in _ACTED and move.source not in _HAD_EFFECT and (move.n > move.again_acted or bool(move.marks))


def _may_follow(move: Move, last: int, day: int) -> bool:
    """Tell whether an act that has no exact time may have come after the last one that has."""
    if move.at is None:
        return move.day >= day
    return move.observed and move.at > last


def _standing(fold: Fold) -> Iterable[str]:
    """Give the statuses in which anything stands."""
    balance = fold.balance
    yield from (status for status, n in balance.tally.items() if n or balance.marks.get(status))
    yield from (balance.named[name].status for name in balance.beside)


def _since(course: Course, at: int, *, doubted: bool) -> Taken:
    """Return the time since receipt; what lies before it has none."""
    if doubted or course.at is None or course.observed or not course.received or at < course.at:
        return Taken(None, NO_CLOCK)
    return Taken(at - course.at)
