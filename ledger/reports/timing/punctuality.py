"""Whether an order was settled by its due time: met, missed, not due yet, or not to be told.

Settled is an order of which nothing is open any more, whether it was acted on, refused or ended. It is judged by the
deadline as it stood when it was settled, pauses and extensions up to then counted; while it is open, as it stands at
the end. What demands nothing any more keeps what became of its deadline before. What is settled on a day without an
hour, or was only observed to be settled by some time, met its deadline if it did so whenever it was, and missed it if it
missed it whenever it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from ledger.model.dated_rules import versions_of
from ledger.model.deadlines import judge
from ledger.model.moments import day_end, day_start
from ledger.model.statuses import ENDING_EVENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.model.course import Course, Event, Move
    from ledger.model.dated_rules import Rules
    from ledger.model.deadlines import Deadline
    from ledger.reports.timing.clocks import Clocks, Date

MET: Final = "met"
MISSED: Final = "missed"
NOT_DUE: Final = "open"
CANNOT_BE_TOLD: Final = "cannot_be_told"
NO_DEADLINE: Final = "no_deadline"
VERDICTS: Final = (MET, MISSED, NOT_DUE, CANNOT_BE_TOLD, NO_DEADLINE)


class Verdict(NamedTuple):
    """What became of a deadline, whether its rule was read in no source, and whether a time was taken at its most cautious."""

    what: str
    unverified: bool = False
    cautious: bool = False


def punctuality(course: Course, clocks: Clocks, date: Date, rules: Rules, zone: str) -> Verdict:
    """Return whether an order met its deadline, as known at a date."""
    if not (course.due or course.reply_by or versions_of(rules, course.basis) or _extended(course)):
        return Verdict(NO_DEADLINE)
    if clocks.settled is None:
        # What happens at the very end belongs to the next day.
        found = judge(course, rules, zone, min(date.at, day_end(date.end - 1, zone) - 1), though_ended=True)
        if found.seconds_left is None:
            return Verdict(NO_DEADLINE)
        return _verdict(MISSED if found.overdue else NOT_DUE, found)
    assert clocks.settled_within is not None  # noqa: S101 - it is settled
    course = _as_settled(course, clocks.settled)
    instants = _instants(course, zone, *clocks.settled_within)
    found_at = [_settled(course, rules, zone, at, known) for at, known in instants]
    whats = {each.what for each in found_at}
    if len(whats) > 1 and MISSED not in whats:
        # What had no deadline at first, and met the one that it got.
        whats = {MET}
    return Verdict(
        whats.pop() if len(whats) == 1 else CANNOT_BE_TOLD,
        any(each.unverified for each in found_at),
        any(each.cautious for each in found_at),
    )


def _instants(course: Course, zone: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Give the instants at which an order may have been settled that tell all others, each with up to when facts are known.

    Between two facts the deadline stands, or moves on with the time: what is met at both ends is met all along.
    """
    if first < last:
        # What has this day alone, and came before, has happened by its first instant.
        yield first, first
        turns = {
            turn
            for event in course.events
            for turn in ((day_start(event.day, zone), day_end(event.day, zone)) if event.at is None else (event.at,))
        }
        for at in turns:
            if first < at < last:
                yield at, at - 1
                yield at + 1, at
    yield last, last - 1


def _extended(course: Course) -> bool:
    return any(event.what == "deadline-extended" for event in course.events)


def _as_settled(course: Course, settled: Event | Move) -> Course:
    """Return a course without what has a day alone and did not come before the order was settled; hours tell it themselves."""
    events = course.events
    place = max((number for number, event in enumerate(events) if event == settled), default=len(events))
    if 0 < place < len(events):
        before = events[place - 1]
        # It is the end of the order that settled it.
        if before.what in ENDING_EVENTS and (before.day, before.at) == (settled.day, settled.at):
            place -= 1
    kept = tuple(event for number, event in enumerate(events) if number < place or event.at is not None)
    return msgspec.structs.replace(course, events=kept)


def _settled(course: Course, rules: Rules, zone: str, at: int, known: int) -> Verdict:
    """Judge an order as settled at an instant, by what had happened by `known`."""
    found = judge(course, rules, zone, known, though_ended=True)
    if found.seconds_left is None:
        return Verdict(NO_DEADLINE)
    missed = found.overdue if found.due is None else at > found.due
    return _verdict(MISSED if missed else MET, found)


def _verdict(what: str, found: Deadline) -> Verdict:
    ruled = found.applied is not None
    cautious = "cautious" in found.marks or "observed" in found.marks or (ruled and "from-issue" in found.marks)
    return Verdict(what, "unverified" in found.marks, cautious)
