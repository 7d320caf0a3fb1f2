"""Courses of invented orders, and deadlines as they are read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ledger.model.course import Course, Event
from ledger.model.dated_rules import Rule, Rules, by_key
from ledger.model.deadlines import Deadline, judge
from ledger.model.moments import read_moment
from ledger.model.zones import instant_text

HOUR = 3_600_000_000


def rule(key: str, hours: float | None, begin: str = "", end: str = "", **more: bool) -> Rule:
    first, last = (date.fromisoformat(day).toordinal() if day else None for day in (begin, end))
    verified = more.pop("verified", True)
    return Rule(key, "Act", "receipt", hours, first, last, verified, "Example Act", "", **more)


RULES: Rules = by_key(
    (
        rule("IN-3-1-d", 36, "2021-02-25", "2026-02-19"),
        rule("IN-3-1-d", 3, "2026-02-20"),
        rule("DAY", 24),
        rule("HOUR", 1, "2022-06-07"),
        rule("SOON", None),
        rule("REPLY", None, reply_by=True),
        rule("RUMOUR", 24, verified=False),
    )
)


def event(what: str, at: str, *, zone: str = "UTC", text: str = "", names: int = 0, observed: bool = False) -> Event:
    moment = read_moment(at, zone)
    return Event(moment.day, moment.at, what, observed, text, names)


def course(
    received: str | None = "2025-03-03T10:00Z",
    *events: Event,
    basis: str = "",
    jurisdiction: str = "IN",
    due: str | None = None,
    reply_by: str | None = None,
    issued: str = "",
    observed: bool = False,
    zone: str = "UTC",
) -> Course:
    booked = read_moment(received or issued, zone)
    frame = (booked.day, booked.at, observed, received is not None, True, False, 1, basis, jurisdiction)
    return Course(*frame, due, reply_by, False, None, events, ())


def instant(text: str) -> int:
    at = read_moment(text, "UTC").at
    assert at is not None
    return at


def judged(found: Course, at: str = "2030-01-01T00:00Z", zone: str = "UTC") -> Deadline:
    return judge(found, RULES, zone, instant(at))


def due(found: Course, at: str = "2030-01-01T00:00Z", zone: str = "UTC") -> str | None:
    """Return the due time in UTC, as judged when all is over."""
    deadline = judged(found, at, zone)
    return None if deadline.due is None else instant_text(deadline.due, "UTC")


def pause(*times: str, sort: str = "clarification") -> Iterable[Event]:
    """Return the events that begin and end one pause after the other."""
    names = {"clarification": ("clarification-asked", "clarified"), "stay": ("stayed", "stay-vacated")}[sort]
    return [event(names[number % 2], at) for number, at in enumerate(times)]
