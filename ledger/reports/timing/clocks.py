"""How long after its receipt what one order asks for was done, as it stood at a date.

Four clocks start when an order is received: until its receipt is acknowledged, until anything is acted on, until the
last of its targets is, and for each target until it is acted on. Only what was done first counts. An action ends a clock
whenever it comes; a refusal, `not-found`, `already-removed` or the end of the order does so only while it stands.

A clock runs in microseconds only between two instants, and in days only between two days that are known. What is known
by the day alone has no clock time; what was only observed by then, received at a time not stated, or recorded as before
its receipt has neither. So has a first or last action where one without a clock time may have come before or after it.
Where only the end is not known so well, it is known between which times it lies: what has no time is not left out.
Where units leave a closed status again, those that came there first are taken to have left: a convention, and marked
where others stay that came there at another time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from ledger.model.course import REOPENED, SETTLED
from ledger.model.moments import day_end, day_start
from ledger.model.quantities import UNKNOWN
from ledger.model.statuses import CLOSED, ENDING_EVENTS, LIFTED, OWN_RULES, RESTORING_EVENTS, RESTRICTED
from ledger.model.statuses import OPEN as OPEN_STATUSES
from ledger.reports.timing.incidence import DONE, OPEN, OTHER

if TYPE_CHECKING:
    from ledger.model.course import Course, Event, Move

    Fact: TypeAlias = Event | Move
    # The first or the last of several.
    Pick: TypeAlias = Callable[[Iterable[int]], int]

ACTED: Final = frozenset((*RESTRICTED, *OWN_RULES, "provided"))
# What stands lifted had been acted on.
_LIFTED: Final = frozenset(LIFTED)
_HAD_EFFECT: Final = ACTED | _LIFTED
_CLOSED: Final = frozenset(CLOSED)
_OPEN: Final = frozenset(OPEN_STATUSES)


class Date(NamedTuple):
    """When it is judged: `end` is the ordinal of the first day that counts no more, `day` and `at` how far time has come.

    `at` is microseconds since 1970; it is the end of the last day, or now if that is earlier.
    """

    end: int
    day: int
    at: int


# The earliest and the latest that something may have been, both included.
Within = tuple[int, int]
# From the receipt: what is recorded as done before it.
_BEFORE: Final = (-1, 0)


class Span(NamedTuple):
    """How `n` came to an end (`DONE`, `OTHER`, `OPEN`), after how many microseconds and days; None where not known.

    `clock_within` and `days_within` say between which times it was where it is not known, but the start is.
    """

    end: int
    clock: int | None
    days: int | None
    n: int = 1
    clock_within: Within | None = None
    days_within: Within | None = None


class Targets(NamedTuple):
    """The targets of one kind under an order: their spans, and how exact their numbers are.

    `done_marks` are those of the number acted on; `inexact` and `unknown` tell that any amount of them is; `doubtful`
    that it is a convention which of them were closed when.
    """

    spans: tuple[Span, ...]
    done_marks: int
    inexact: bool
    unknown: bool
    doubtful: bool = False


class Clocks(NamedTuple):
    """The clocks of an order, and after what nothing was open any more; `settled` is None while anything is.

    `settled_within` are the earliest and the latest instant of it, in microseconds since 1970.
    """

    acknowledged: Span
    first_effect: Span
    acted: Span
    targets: dict[str, Targets]
    settled: Fact | None
    settled_within: Within | None


def clocks(course: Course, date: Date, zone: str) -> Clocks:
    """Return what an order's clocks show at a date, days being those of a zone."""
    end = date.end
    events = [event for event in course.events if event.day < end]
    moves = [move for move in course.moves if move.day < end]
    start = _Start(course, date, zone)
    settled = _settled(course, events, moves)
    acts = [move for move in moves if move.to in _HAD_EFFECT and is_first_act(move)]
    ends: list[Fact] = [settled] if settled else []
    last: list[Move] = acts
    if not any(map(_is_by, acts)) and all(move.at is not None and not move.observed for move in moves):
        # Then they stand in the order of their instants.
        acts, last = acts[:1], acts[-1:]
    elif settled:
        ends += [move for move in _until(settled, moves, course.day) if move.source in _OPEN]
    if acts:
        first = start.first(acts)
        acted = start.last(DONE, last) if settled else start.waiting()
    else:
        first = acted = start.last(OTHER, ends) if settled else start.waiting()
    targets = _targets(moves, start)
    return Clocks(_acknowledged(events, start), first, acted, targets, settled, start.reach(ends) if settled else None)


def is_first_act(move: Move) -> bool:
    """Tell whether a move acts on units that nothing was done about before."""
    return move.to in _HAD_EFFECT and move.source not in _HAD_EFFECT and (move.n > move.again_acted or bool(move.marks))


def _settled(course: Course, events: Iterable[Event], moves: Sequence[Move]) -> Fact | None:
    """Return after what nothing is open any more; what is closed by the entry that adds it never was."""
    settled: Fact | None = None
    if moves and not course.opens:
        settled = next((move for move in reversed(moves) if move.source in _OPEN), moves[-1])
    for event in events:
        if event.what == SETTLED:
            settled = event
        elif event.what == REOPENED:
            settled = None
    return settled


def _until(settled: Fact, moves: Sequence[Move], first_day: int) -> Sequence[Move]:
    """Return the moves up to the entry that settled the order: what is touched later was open no more."""
    # No move counts before the order itself.
    day = max(settled.day, first_day)
    for place in range(len(moves), 0, -1):
        move = moves[place - 1]
        if move.day < day or (move.day == day and move.at == settled.at and move.observed == settled.observed):
            return moves[:place]
    return ()


class _Start:
    """When an order's clocks start, as far as that is known."""

    __slots__ = ("at", "date", "day", "earliest", "zone")

    def __init__(self, course: Course, date: Date, zone: str) -> None:
        known = course.received and not course.observed
        self.at = course.at if known else None
        self.day = course.day if known else None
        # Nothing is done about an order that has not begun.
        self.earliest = day_start(course.day, zone) if self.at is None else self.at
        self.date, self.zone = date, zone

    def waiting(self, n: int = 1) -> Span:
        """Return the time that has passed."""
        at, day = self.at, self.day
        clock = None if at is None else max(0, self.date.at - at)
        return Span(OPEN, clock, None if day is None else max(0, self.date.day - day), n)

    def first(self, facts: Sequence[Fact]) -> Span:
        """Return the time up to the first of them; what was observed by some time may have been before any."""
        return self._several(DONE, min, facts)

    def last(self, end: int, facts: Sequence[Fact]) -> Span:
        """Return the time up to the last of them."""
        return self._several(end, max, facts)

    def single(self, end: int, fact: Fact, n: int = 1) -> Span:
        """Return the time up to a fact."""
        return _span(end, *self._lasted(fact), n)

    def reach(self, facts: Sequence[Fact]) -> Within | None:
        """Return the earliest and the latest instant at which the last of them may have been."""
        return _together(max, [self._when(fact) for fact in facts])

    def _several(self, end: int, pick: Pick, facts: Sequence[Fact]) -> Span:
        lasted = [self._lasted(fact) for fact in facts]
        return _span(
            end, _together(pick, [clock for clock, _ in lasted]), _together(pick, [days for _, days in lasted])
        )

    def _lasted(self, fact: Fact) -> tuple[Within | None, Within | None]:
        """Return between which microseconds and days after the receipt a fact was; None where that is not known."""
        if self.day is None:
            return None, None
        first, last = self._when(fact)
        if fact.day < self.day or (self.at is not None and last < self.at):
            return _BEFORE if self.at is not None else None, _BEFORE
        clock = None if self.at is None else (max(0, first - self.at), last - self.at)
        day = fact.day - self.day
        return clock, (0 if _is_by(fact) else day, day)

    def _when(self, fact: Fact) -> Within:
        """Return the earliest and the latest instant at which a fact may have been."""
        if fact.at is not None:
            first = last = fact.at
        else:
            first, last = day_start(fact.day, self.zone), day_end(fact.day, self.zone) - 1
        return (min(first, self.earliest), last) if _is_by(fact) else (first, last)


def _is_by(fact: Fact) -> bool:
    """Tell whether a fact is known to have been by a time, and not at it.

    What is lifted without having been acted on before was acted on at a time that nobody states.
    """
    return fact.observed or getattr(fact, "to", "") in _LIFTED


def _span(end: int, clock: Within | None, days: Within | None, n: int = 1) -> Span:
    at, day = _exact(clock), _exact(days)
    return Span(end, at, day, n, clock if at is None else None, days if day is None else None)


def _exact(within: Within | None) -> int | None:
    return within[0] if within is not None and within[0] == within[1] else None


def _together(pick: Pick, each: Sequence[Within | None]) -> Within | None:
    """Return within what the first or the last of several was."""
    known = [within for within in each if within is not None]
    return (pick([one for one, _ in known]), pick([other for _, other in known])) if known else None


def _acknowledged(events: Iterable[Event], start: _Start) -> Span:
    told: list[Event] = []
    ended = None
    for event in events:
        if event.what == "acknowledged":
            # What is observed later is the acknowledgement that is there already.
            if not (told and event.observed):
                told.append(event)
        elif event.what in ENDING_EVENTS and not event.names:
            ended = event
        elif event.what in RESTORING_EVENTS and not event.names:
            ended = None
    if told:
        return start.first(told)
    return start.last(OTHER, [ended]) if ended else start.waiting()


class _Tally:
    """What is counted of one kind of target."""

    __slots__ = ("closed", "done", "done_marks", "doubtful", "marks", "ordered")

    def __init__(self) -> None:
        self.ordered = self.done_marks = self.marks = 0
        self.doubtful = False
        self.done: list[Span] = []
        # What stands closed without an action, by status, the earliest first.
        self.closed: dict[str, list[Span]] = {}

    def take(self, n: int, status: str) -> list[Span]:
        """Take units out of a closed status."""
        lots = self.closed.get(status, [])
        taken = []
        while n > 0 and lots:
            first = lots.pop(0)
            part = min(n, first.n)
            n -= part
            taken.append(first._replace(n=part))
            if part < first.n:
                lots.insert(0, first._replace(n=first.n - part))
        if lots and any(lot[:3] != lots[0][:3] for lot in (*lots, *taken)):
            self.doubtful = True
        return taken


def _targets(moves: Iterable[Move], start: _Start) -> dict[str, Targets]:
    tallies: dict[str, _Tally] = {}
    for move in moves:
        tally = tallies.get(move.kind)
        if tally is None:
            tally = tallies[move.kind] = _Tally()
        tally.marks |= move.marks
        fresh = move.n - move.again_acted
        if not move.source:
            tally.ordered += move.n
        elif move.to in _HAD_EFFECT and is_first_act(move):
            tally.done.append(start.single(DONE, move, fresh))
            tally.done_marks |= move.marks
        elif move.to in _CLOSED and move.source not in _CLOSED:
            tally.closed.setdefault(move.to, []).append(start.single(OTHER, move, fresh))
        if move.source in _CLOSED:
            left = tally.take(fresh, move.source)
            if move.to in _CLOSED:
                # It was closed already, and stays so.
                tally.closed.setdefault(move.to, []).extend(left)
    found = {}
    for kind, tally in tallies.items():
        spans = [span for span in tally.done if span.n]
        for lots in tally.closed.values():
            spans += [span for span in lots if span.n]
        unended = tally.ordered - sum([span.n for span in spans])
        if unended > 0:
            spans.append(start.waiting(unended))
        marks = tally.marks
        found[kind] = Targets(tuple(spans), tally.done_marks, bool(marks), bool(marks & UNKNOWN), tally.doubtful)
    return found
