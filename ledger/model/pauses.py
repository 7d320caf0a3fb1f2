"""When the clock of an order stands still, and what that does to its deadline.

It stands still from `clarification-asked` to `clarified`, from `stayed` to `stay-vacated` or `reinstated`, and while the
order demands nothing: from its end, or from `unblock-requested`, to `reinstated` or `stay-vacated`. What is about named
targets alone stops no clock. Of a day without an hour the instant is taken that makes the pause shortest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from ledger.model.course import Event
from ledger.model.moments import day_start
from ledger.model.statuses import ENDING_EVENTS, RESTORING_EVENTS
from ledger.model.zones import first_instant, last_end

# What begins each sort of pause, and what ends it.
_SORTS: Final[tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]] = (
    ("clarification", ("clarification-asked",), ("clarified",)),
    ("stay", ("stayed",), RESTORING_EVENTS),
    ("ended", (*ENDING_EVENTS, "unblock-requested"), RESTORING_EVENTS),
)

_BEGINNING: Final = frozenset(what for _, begins, _ in _SORTS for what in begins)


class Pauses(NamedTuple):
    """When the clock stood still, in microseconds since 1970 in UTC, by time and without overlap; the last may run on.

    `running` says of which sorts there is one now. `by_day` and `observed` say that a time they rest on is a day without
    an hour, or is only known to have passed by then.
    """

    spans: list[tuple[int, int | None]]
    running: frozenset[str]
    by_day: bool = False
    observed: bool = False


def happened(event: Event, at: int, zone: str) -> bool:
    """Tell whether an event had happened at a time; what has a day alone counts from the start of that day."""
    return (day_start(event.day, zone) if event.at is None else event.at) <= at


def pauses(events: Iterable[Event], zones: tuple[str, ...]) -> Pauses:
    """Return the pauses that events make, which are given in the order of time."""
    told = [event for event in events if not event.names]
    if not any(event.what in _BEGINNING for event in told):
        # Nearly every order: its clock never stood still.
        return Pauses([], frozenset())
    spans: list[tuple[int, int | None]] = []
    running, used = set(), []
    for sort, begins, ends in _SORTS:
        begun: int | None = None
        for event in told:
            if begun is None and event.what in begins:
                begun = last_end(event.day, zones) if event.at is None else event.at
                used.append(event)
            elif begun is not None and event.what in ends:
                ended = first_instant(event.day, zones) if event.at is None else event.at
                used.append(event)
                if ended > begun:
                    spans.append((begun, ended))
                begun = None
        if begun is not None:
            spans.append((begun, None))
            running.add(sort)
    return Pauses(
        _union(spans),
        frozenset(running),
        any(event.at is None for event in used),
        any(event.observed for event in used),
    )


def _union(spans: list[tuple[int, int | None]]) -> list[tuple[int, int | None]]:
    """Return spans that overlap or touch as one."""
    found: list[tuple[int, int | None]] = []
    for begin, end in sorted(spans, key=lambda span: span[0]):
        if not found:
            found.append((begin, end))
            continue
        first, last = found[-1]
        if last is None:
            break
        if begin > last:
            found.append((begin, end))
        else:
            found[-1] = (first, None if end is None else max(last, end))
    return found


class Clock(NamedTuple):
    """Where a clock stands: when it runs out, None while it stands still; how much was left when it stopped, else None."""

    due: int | None
    left: int | None


def run(due: int, origin: int, spans: list[tuple[int, int | None]], at: int) -> Clock:
    """Return where a clock stands at a time that would run out at `due` without pauses; what was before `origin` is none.

    Once it ran out no later pause makes up for it; at the very instant it has not yet. All in microseconds since 1970 in UTC.
    """
    for begin, end in spans:
        stopped = max(begin, origin)
        if stopped > at:
            break
        if end is None:
            return Clock(None, due - stopped)
        if stopped <= due and stopped < end:
            due += end - stopped
    return Clock(due, None)
