"""Whether the users whose accounts or posts were acted on were told, order by order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Final

from ledger.model.course import REACHED, Course, decode_course
from ledger.model.moments import day_end, now_in, read_moment
from ledger.reports.timing.clocks import Date, is_first_act
from ledger.reports.timing.rates import Amount

TOLD: Final = "told"
IN_PART: Final = "told_in_part"
MAY_NOT: Final = "may_not_be_told"
TO_BE_TOLD: Final = "to_be_told"
NOTHING: Final = "nothing_to_tell"
STATES: Final = (TOLD, IN_PART, MAY_NOT, TO_BE_TOLD, NOTHING)


def told(course: Course, date: Date, zone: str, acted: Amount) -> str:
    """Return which of the states an order is in, `acted` being how many of its targets were ever acted on.

    A notice is of the whole order, or tells users of some targets; of these only those that were acted on count.
    """
    events = [event for event in course.events if event.day < date.end]
    reached = sum([event.names for event in events if event.what == REACHED])
    if any(event.what == "user-notified" and not event.names for event in events):
        return TOLD
    if not acted.holds():
        return NOTHING
    if reached >= acted.n and not acted.marks:
        return TOLD
    if reached:
        return IN_PART
    return MAY_NOT if kept_secret(course, date, zone) else TO_BE_TOLD


def is_untold(text: str, zone: str, at: int) -> bool:
    """Tell of an order's course, as the index has it, whether users are still to be told at a time, and may be."""
    course = decode_course(text)
    if course.informs or course.stands_for != 1:
        return False
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    today = now_in(zone, now)
    first = [move for move in course.moves if is_first_act(move)]
    acted = Amount(sum(move.n - move.again_acted for move in first), reduce(or_, (move.marks for move in first), 0))
    date = Date(today + 1, today, at)
    state = told(course, date, zone, acted)
    return state == TO_BE_TOLD or (state == IN_PART and not kept_secret(course, date, zone))


def kept_secret(course: Course, date: Date, zone: str) -> bool:
    """Tell whether an order is confidential at a date; a day until which it is so belongs to that time."""
    if not course.confidential or course.confidential_until is None:
        return course.confidential
    until = read_moment(course.confidential_until, zone)
    return date.at < (day_end(until.day, zone) if until.at is None else until.at)
