"""Whether the users whose accounts or posts were acted on were told, order by order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ledger.model.moments import day_end, read_moment

if TYPE_CHECKING:
    from ledger.model.course import Course
    from ledger.reports.clocks import Date
    from ledger.reports.rates import Amount

TOLD: Final = "told"
IN_PART: Final = "told_in_part"
MAY_NOT: Final = "may_not_be_told"
TO_BE_TOLD: Final = "to_be_told"
NOTHING: Final = "nothing_to_tell"
STATES: Final = (TOLD, IN_PART, MAY_NOT, TO_BE_TOLD, NOTHING)


def told(course: Course, date: Date, zone: str, acted: Amount) -> str:
    """Return which of the states an order is in, `acted` being how many of its targets were ever acted on.

    Users are told in part where each notice names fewer targets than were acted on.
    """
    notices = [event.names for event in course.events if event.what == "user-notified" and event.day < date.end]
    if any(not names or (names >= acted.n and not acted.marks) for names in notices):
        return TOLD
    if notices:
        return IN_PART
    if not acted.holds():
        return NOTHING
    return MAY_NOT if kept_secret(course, date, zone) else TO_BE_TOLD


def kept_secret(course: Course, date: Date, zone: str) -> bool:
    """Tell whether an order is confidential at a date; a day until which it is so belongs to that time."""
    if not course.confidential or course.confidential_until is None:
        return course.confidential
    until = read_moment(course.confidential_until, zone)
    return date.at < (day_end(until.day, zone) if until.at is None else until.at)
