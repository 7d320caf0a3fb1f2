"""When an order is due: its own deadline, else the dated rule for its basis, moved by pauses and extensions.

The clock starts at receipt. Where only the issue is known it starts there; where a time is a day alone, the instant is
taken that makes the order due first. What was taken so is marked.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ledger.model.course import Course, Event
from ledger.model.dated_rules import Rule, Rules, versions_of
from ledger.model.moments import day_start, read_moment
from ledger.model.pauses import Clock, Pauses, happened, pauses, run
from ledger.model.zones import first_end, first_instant, last_end, local_day, zone_of

# What `Deadline.rule` says where the deadline is none of a rule's.
OWN: Final = "own"
EXTENDED: Final = "extended"
_SECOND: Final = 1_000_000


class Deadline(NamedTuple):
    """When an order is due, as judged at some time.

    `due` and `start`, when its clock starts, are microseconds since 1970 in UTC. `due` is None where no number is known,
    and while the clock stands still; `seconds_left` is then what was left when it stopped, None where there is no number.
    `rule` is the rule's key, `own`, `extended` or None; `applied` the rule itself.

    `marks` are words: `unverified` (the rule was not read in its source), `cautious` (a day without an hour was taken at
    its most cautious), `from-issue` (no receipt is stated), `observed` (a time is only known to have passed by then),
    `paused`, `ended` (the order demands nothing now), `not-in-force` (the rule was not, when the order was received),
    `named-only` (facts about some targets alone did not count).
    """

    due: int | None
    rule: str | None
    seconds_left: int | None
    start: int
    marks: tuple[str, ...] = ()
    applied: Rule | None = None

    @property
    def overdue(self) -> bool:
        """Whether the time had run out, be it before the clock was stopped."""
        return self.seconds_left is not None and self.seconds_left < 0


class _Stated(NamedTuple):
    """A deadline without pauses: when, by what, from which instant on pauses count, and how it was taken."""

    due: int
    rule: str
    origin: int
    cautious: bool
    applied: Rule | None = None
    # Whether the origin is the cautious end of a day: that matters where there are pauses.
    loose: bool = False


def judge(course: Course, rules: Rules, zone: str, at: int, *, though_ended: bool = False) -> Deadline:
    """Return the deadline of an order as it stood at a time, in microseconds since 1970 in UTC.

    `zone` is the ledger's reporting zone. Facts of a later time than `at` do not count. While an order demands nothing
    it has no deadline; `though_ended` asks for the one that it had, with what was left when it demanded nothing more.
    """
    authority = zone_of(course.jurisdiction) or zone
    zones = (zone,) if authority == zone else (zone, authority)
    events = [event for event in course.events if happened(event, at, zone)]
    stops = pauses(events, zones)
    start = first_instant(course.day, zones) if course.at is None else course.at
    marks = _marks(course, events, stops)
    if "ended" in stops.running and not though_ended:
        return Deadline(None, None, None, start, (*marks, "ended"))
    versions = versions_of(rules, course.basis)
    extension = next((e for e in reversed(events) if e.what == "deadline-extended" and e.text and not e.names), None)
    stated = _own(course, extension, zones)
    if stated is not None:
        clock = run(stated.due, stated.origin, stops.spans, at)
        return _deadline(stated, clock, start, (*marks, *_cautious(stated, stops)), at)
    found = _by_rule(course, versions, zones)
    numbered = [each for each in found if isinstance(each, _Stated)]
    if numbered:
        clocks = [(each, run(each.due, each.origin, stops.spans, at)) for each in numbered]
        stated, clock = min(clocks, key=lambda pair: at + (pair[1].left or 0) if pair[1].due is None else pair[1].due)
        return _deadline(stated, clock, start, (*marks, *_cautious(stated, stops)), at)
    unnumbered = next((each for each in found if isinstance(each, Rule)), None)
    if versions and unnumbered is None:
        marks = (*marks, "not-in-force")
    if stops.running:
        marks = (*marks, "paused")
    if unnumbered is None:
        return Deadline(None, None, None, start, marks)
    marks = marks if unnumbered.verified else (*marks, "unverified")
    return Deadline(None, unnumbered.key, None, start, marks, unnumbered)


def _marks(course: Course, events: list[Event], stops: Pauses) -> tuple[str, ...]:
    marks = () if course.received else ("from-issue",)
    if course.observed or stops.observed:
        marks = (*marks, "observed")
    partial = any(
        event.names and event.what in ("clarification-asked", "stayed", "unblock-requested", "deadline-extended")
        for event in events
    )
    return (*marks, "named-only") if partial else marks


def _cautious(stated: _Stated, stops: Pauses) -> tuple[str, ...]:
    return ("cautious",) if stated.cautious or stops.by_day or (stated.loose and stops.spans) else ()


def _deadline(stated: _Stated, clock: Clock, start: int, marks: tuple[str, ...], at: int) -> Deadline:
    if stated.applied is not None and not stated.applied.verified:
        marks = (*marks, "unverified")
    if clock.due is None:
        marks = (*marks, "paused")
    left = clock.left if clock.due is None else clock.due - at
    seconds = None if left is None else left // _SECOND
    return Deadline(clock.due, stated.rule, seconds, start, marks, stated.applied)


def _own(course: Course, extension: Event | None, zones: tuple[str, ...]) -> _Stated | None:
    """Return the deadline that the order or its extension states, if any does."""
    if extension is not None:
        return _dated(extension.text, EXTENDED, extension, zones)
    return _dated(course.due, OWN, course, zones) if course.due else None


def _dated(text: str, rule: str, since: Course | Event, zones: tuple[str, ...]) -> _Stated:
    """Return a deadline that is stated as a date; pauses count since the order was received, or its extension given."""
    # A pause that began before that counts from there, and shortest from the end of that day.
    origin = last_end(since.day, zones) if since.at is None else since.at
    moment = read_moment(text, zones[0])
    due = first_end(moment.day, zones) if moment.at is None else moment.at
    return _Stated(due, rule, origin, moment.at is None, loose=since.at is None)


def _by_rule(course: Course, versions: tuple[Rule, ...], zones: tuple[str, ...]) -> list[_Stated | Rule]:
    """Return what the rule in force on the day of receipt says; of a receipt by day, what each rule says that may be it.

    The day is that of the authority. A day of the reporting zone may be two of them, with a rule that changes in between.
    """
    if not versions:
        return []
    authority = zones[-1]
    first, last = (course.at, course.at) if course.at is not None else (
        first_instant(course.day, zones), last_end(course.day, zones) - 1
    )  # fmt: skip
    days = range(local_day(first, authority), local_day(last, authority) + 1)
    in_force = [next((version for version in versions if version.holds_on(day)), None) for day in days]
    found: list[_Stated | Rule] = []
    for day, rule in zip(days, in_force, strict=True):
        if rule is None:
            continue
        if rule.reply_by and course.reply_by:
            stated = _dated(course.reply_by, OWN, course, zones)
            found.append(stated._replace(cautious=stated.cautious or len(set(in_force)) > 1))
        elif rule.length is None:
            found.append(rule)
        else:
            start = max(first, day_start(day, authority))
            found.append(_Stated(start + rule.length, rule.key, start, course.at is None, rule))
    return found
