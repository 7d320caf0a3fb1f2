"""Days and instants: times that carry their precision (DESIGN, section 2, rule 10)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, NamedTuple

from ledger.errors import Refused

_FORM: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    # Newer Pythons read 24:00 as the next day, and all of them +05:60 as +06:00; neither is what was meant.
    r"(?:T((?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)(Z|[+-][0-9]{2}:[0-5][0-9])?)?"
)
# The last day of the calendar, as an ordinal.
LAST_DAY: Final = date.max.toordinal()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_HINT: Final = "write a day like 2021-02-01 or an instant like 2021-02-01T21:40+05:30"


class Moment(NamedTuple):
    """A day or an instant.

    `text` as it was given; `day` is its ordinal in the reporting zone; `at` is microseconds since 1970
    in UTC, None for a day.
    """

    text: str
    day: int
    at: int | None


@lru_cache(maxsize=16)
def zone_info(name: str) -> tzinfo:
    """Return a time zone by its name; raises `Refused` for one that is not known."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    refused = Refused(f"{name!r} is no time zone: use a name like Asia/Kolkata, Europe/Berlin or UTC")
    # Names of files beside the zones; `localtime` is another one on each machine.
    if name in ("localtime", "posixrules", "Factory") or name.startswith(("posix/", "right/")):
        raise refused
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise refused from None


@lru_cache(maxsize=4096)
def read_moment(text: str, zone: str) -> Moment:
    """Read a day or an instant with its zone; the day is that of the reporting zone. Raises `Refused`."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise Refused(f"{text!r} is no date: {_HINT}")
    day, clock, offset = match.groups()
    if clock and not offset:
        raise Refused(f"{text!r} has no time zone: add the zone, e.g. +05:30 or Z")
    if day < "1000":
        raise Refused(f"{text!r} is before the year 1000: {_HINT}")
    try:
        if not clock:
            return Moment(text, date.fromisoformat(day).toordinal(), None)
        instant = datetime.fromisoformat(text)
        local = instant.astimezone(zone_info(zone))
    except (ValueError, OverflowError):
        raise Refused(f"{text!r} is no date of the calendar: {_HINT}") from None
    return Moment(text, local.toordinal(), (instant - _EPOCH) // _MICROSECOND)


@lru_cache(maxsize=4096)
def day_start(day: int, zone: str) -> int:
    """Return when a day of the reporting zone begins, in microseconds since 1970 in UTC."""
    start = datetime.fromordinal(day).replace(tzinfo=zone_info(zone))
    return (start - _EPOCH) // _MICROSECOND


def day_end(day: int, zone: str) -> int:
    """Return when a day of the reporting zone is over, in microseconds since 1970 in UTC."""
    if day < LAST_DAY:
        return day_start(day + 1, zone)
    return day_start(day, zone) + 24 * 3600 * 1_000_000


def day_text(day: int) -> str:
    """Return a day's ordinal as an ISO date."""
    return date.fromordinal(day).isoformat()


def resolve(text: str, now: datetime, zone: str) -> str:
    """Return a time as people type it (`today`, `yesterday`, `now`, `-7d`, or ISO) in its ISO form.

    `now` must be aware. Raises `Refused` for anything else; nothing is guessed.
    """
    local = now.astimezone(zone_info(zone))
    word = text.strip()
    back = re.fullmatch(r"-([0-9]{1,6})d", word)
    if word == "now":
        stamp = local.isoformat(timespec="seconds")
        return stamp[:-6] + "Z" if zone == "UTC" else stamp
    if word in ("today", "yesterday") or back:
        days = int(back[1]) if back else int(word == "yesterday")
        if days >= local.toordinal():
            raise Refused(f"{text!r} is before all dates: {_HINT}")
        return day_text(local.toordinal() - days)
    return read_moment(word, zone).text


def now_in(zone: str, now: datetime) -> int:
    """Return the ordinal of the day that it is in a zone."""
    return now.astimezone(zone_info(zone)).toordinal()


def elapsed(start: Moment, end: Moment) -> str:
    """Say how much time lies between: in hours only from instants, else in days."""
    if start.at is not None and end.at is not None:
        minutes = abs(end.at - start.at) // 60_000_000
        hours, rest = divmod(minutes, 60)
        if hours < 48:
            text = f"{hours} h {rest:02} min" if hours else f"{rest} min"
        else:
            text = f"{hours // 24} days {hours % 24} h"
        return f"{text} before" if end.at < start.at else text
    days = end.day - start.day
    if days == 0:
        return "same day"
    text = f"{abs(days):,} day" + ("" if abs(days) == 1 else "s")
    return f"{text} before" if days < 0 else text


def utc_text(now: datetime) -> str:
    """Return an aware time as it is recorded: UTC, to the second."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
