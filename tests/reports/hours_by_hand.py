"""How long the platform took over one order, counted from its moves and events alone, without the program's own clocks.

Both times run from the instant of receipt. Where a day without a clock time, or one by which something had been observed,
could change the answer, there is none.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Final

from ledger.model.statuses import CLOSED, LIFTED, OWN_RULES, RESTRICTED
from ledger.reports.dsa.order_times import (
    NO_CLOCK,
    NO_TARGETS,
    NONE_RECORDED,
    SEVERAL,
    STILL_OPEN,
    TOTAL,
    Taken,
    Times,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.model.course import Course, Event, Move
    from ledger.model.postings import Fold

_ACTED: Final = (*RESTRICTED, *OWN_RULES, "provided")
_HAD_EFFECT: Final = (*_ACTED, *LIFTED)


def named_alone(fold: Fold) -> Fold:
    """Return a fold that moved name by name, but for names that came under the order later, and its amounts as it did."""
    postings = []
    for posting in fold.balance.postings:
        names = [name for name in posting.names if name not in fold.admitted]
        postings += [posting._replace(names=(name,), n=min(posting.n, 1)) for name in names]
        if not posting.names or (posting.marks and not names):
            postings.append(posting._replace(names=(), n=0 if posting.names else posting.n))
    found = copy(fold)
    found.balance = copy(fold.balance)
    found.balance.postings = postings
    return found


def times(fold: Fold, course: Course) -> Times:
    """Return how long it took to acknowledge an order and to act on the last of the targets of its course."""
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
