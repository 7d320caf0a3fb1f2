"""The course of an order: its facts with their times, from which deadlines, times and rates are judged as of any date.

It is what the fold says, summed so that one short record an order is enough, however many targets it has.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Final

import msgspec

from ledger.errors import Refused
from ledger.model.entries import FollowUp, Order, Response
from ledger.model.quantities import AT_LEAST, UNKNOWN
from ledger.model.statuses import ENDING_EVENTS, LIFTED, OWN_RULES, RESTORING_EVENTS, RESTRICTED
from ledger.model.targets import Target, parse_targets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.model.balance import Posting
    from ledger.model.postings import Fold, Step
    from ledger.model.quantities import Quantity

# What is kept of entries that say something beside what they move.
ACTS: Final = ("acknowledged", "clarification-asked", "effect-reported", "user-notified", "challenged")
EVENTS: Final = (*ENDING_EVENTS, *RESTORING_EVENTS, "stayed", "clarified", "deadline-extended", "unblock-requested")
# When something open was left for the last time so far, and when it was there again.
SETTLED: Final = "settled"
REOPENED: Final = "reopened"
# When targets had been acted on and their users been told of it, both for the first time.
REACHED: Final = "reached"
_ACTED: Final = (*RESTRICTED, *OWN_RULES, "provided")
_HAD_EFFECT: Final = frozenset((*_ACTED, *LIFTED))


class Event(msgspec.Struct, frozen=True, array_like=True):
    """Something that happened: an action that moves nothing, a follow-up, `settled`, `reopened` or `reached`.

    `day` is an ordinal in the reporting zone; `at` microseconds since 1970 in UTC, None for a day-only time. `observed`
    says that it happened by then and not then. `text` is the new date of a deadline that is extended. `names` is how
    many targets it is about, named or counted, 0 for the whole order; of an amount that is not exact, as many as are sure.
    """

    day: int
    at: int | None
    what: str
    observed: bool = False
    text: str = ""
    names: int = 0


class Move(msgspec.Struct, frozen=True, array_like=True):
    """A quantity that one entry moved from a status to another; from "" is what was ordered.

    `n` and `marks` as in a posting, of targets of one kind. Of these, `again_restricted` had been restricted by law and
    `again_acted` acted on before.
    """

    day: int
    at: int | None
    observed: bool
    kind: str
    source: str
    to: str
    n: int
    marks: int
    again_restricted: int = 0
    again_acted: int = 0


class Course(msgspec.Struct, frozen=True, array_like=True):
    """What one order's deadline, times and rates depend on.

    `received` says whether its receipt is stated (else `day` and `at` are those of its issue), `opens` whether anything
    was open at first: an order that repeats another has nothing of its own. Events and moves stand in the order of time.
    """

    day: int
    at: int | None
    observed: bool
    received: bool
    opens: bool
    informs: bool
    stands_for: int
    basis: str
    jurisdiction: str
    due: str | None
    reply_by: str | None
    confidential: bool
    confidential_until: str | None
    events: tuple[Event, ...]
    moves: tuple[Move, ...]


# Reads a course as the index keeps it.
decode_course: Final = msgspec.json.Decoder(Course).decode


def course_of(fold: Fold) -> Course:
    """Return the course of a folded order."""
    order = fold.order
    steps = {step.seq: step for step in fold.steps}
    events = [_event(step, fold.platform) for step in fold.steps if _tells(step.entry)]
    opens = fold.openness[0][1]
    for seq, is_open in fold.openness[1:]:
        step = steps[seq]
        what = REOPENED if is_open else SETTLED
        events.append(Event(step.moment.day, step.moment.at, what, step.entry.at_kind == "observed-by"))
    place = {step.seq: number for number, step in enumerate(fold.steps)}
    placed = [*zip(events, _places(fold, place), strict=True), *_reached(fold, place)]
    ordered = sorted(placed, key=lambda pair: pair[1])
    return Course(
        fold.moment.day,
        fold.moment.at,
        order.at_kind == "observed-by",
        order.received is not None,
        opens,
        order.informs,
        order.stands_for,
        order.basis or "",
        order.jurisdiction,
        order.due,
        order.reply_by,
        order.confidential,
        order.confidential_until,
        tuple(event for event, _ in ordered),
        tuple(_moves(fold, steps)),
    )


def _tells(entry: Order | Response | FollowUp) -> bool:
    if isinstance(entry, Response):
        return entry.action in ACTS
    return isinstance(entry, FollowUp) and entry.event in EVENTS


def _places(fold: Fold, place: dict[int, int]) -> list[tuple[int, int]]:
    """Return where each event stands in time: those of entries, then those of what was open after an entry."""
    told = [(place[step.seq], 0) for step in fold.steps if _tells(step.entry)]
    return told + [(place[seq], 1) for seq, _ in fold.openness[1:]]


def _event(step: Step, platform: str) -> Event:
    entry = step.entry
    what = entry.action if isinstance(entry, Response) else entry.event if isinstance(entry, FollowUp) else ""
    text = entry.due or "" if isinstance(entry, FollowUp) else ""
    names = 0 if isinstance(entry, Order) or _is_whole(entry) else _about(entry, platform)
    return Event(step.moment.day, step.moment.at, what, entry.at_kind == "observed-by", text, names)


def _is_whole(entry: Response | FollowUp) -> bool:
    """Tell whether an entry is about the order as a whole."""
    if isinstance(entry, FollowUp):
        return not entry.targets
    return entry.all or not (entry.targets or entry.count or entry.so_far)


def _about(entry: Response | FollowUp, platform: str) -> int:
    """Return how many targets an entry is about that is not about all: names come on top of a count, not of a level."""
    n = 1 if len(entry.targets) == 1 else len(_named(entry, platform))
    if isinstance(entry, Response):
        n = max(n + _sure(entry.count), _sure(entry.so_far))
    # Of nothing is not of the whole order.
    return max(1, n)


def _named(entry: Response | FollowUp, platform: str) -> list[Target]:
    """Return the targets that an entry names, each once."""
    try:
        return parse_targets(entry.targets, platform)
    except Refused:
        # They can be read no more, since the order's platform was corrected: then it could not be booked either.
        return []


def _sure(quantity: Quantity | None) -> int:
    """Return how many a quantity is for sure; an amount that is not exact is taken to be one at least."""
    if quantity is None:
        return 0
    return quantity.n if quantity.qualifier in ("exact", "at-least") else 1


def _reached(fold: Fold, place: dict[int, int]) -> list[tuple[Event, tuple[int, int]]]:
    """Return of how many targets that were acted on users were told, and when both was so, from notices of some alone."""
    notices = [
        (step, step.entry)
        for step in fold.steps
        if isinstance(step.entry, Response) and step.entry.action == "user-notified" and not _is_whole(step.entry)
    ]
    if not notices:
        return []
    acted, unnamed = _first_acted(fold, place)
    told: set[str] = set()
    # How many users were told, whether or not anything was done about them.
    people = 0
    reached: Counter[int] = Counter()
    for step, entry in notices:
        now = place[step.seq]
        for target in _named(entry, fold.platform):
            if target.key in told:
                continue
            told.add(target.key)
            people += 1
            at = acted.get(target.key)
            if at is None and target.key not in fold.balance.named and fold.covers(target.kind):
                # It may be one of the unnamed, as long as there are any that no other name was taken for.
                at = next(unnamed, None)
            if at is not None:
                reached[max(now, at)] += 1
        more = _sure(entry.count)
        more += max(0, _sure(entry.so_far) - people - more)
        people += more
        reached[now] += more
    found = []
    for at, n in reached.items():
        if n:
            moment = fold.steps[at].moment
            found.append((Event(max(moment.day, fold.moment.day), moment.at, REACHED, names=n), (at, 1)))
    return found


def _first_acted(fold: Fold, place: dict[int, int]) -> tuple[dict[str, int], Iterator[int]]:
    """Return at which place in time each name that was ever acted on first was, and each unit that has no name.

    Of units acted on at several times nobody says which of them got a name later: the first ones are taken away, and
    the name counts from the last, so that no user counts as told too early.
    """
    acted: dict[str, int] = {}
    unnamed: Counter[int] = Counter()
    latest = identified = 0
    for posting in fold.balance.postings:
        now = place[posting.seq]
        source, to = posting.source.status, posting.to.status
        if not posting.names:
            if to in _HAD_EFFECT and source not in _HAD_EFFECT:
                # Of an amount without a number it was one at least.
                unnamed[now] += posting.n or bool(posting.marks & (AT_LEAST | UNKNOWN))
                latest = now
            continue
        if not posting.n:
            for name in posting.names:
                # What was done about it was done about the unnamed unit with which it changes places.
                at = acted.pop(name, None)
                if at is not None:
                    unnamed[at] += 1
        if to in _HAD_EFFECT:
            from_unnamed = source == to or not posting.n
            for name in posting.names:
                if name not in acted:
                    acted[name] = latest if from_unnamed else now
                    identified += from_unnamed
    units = chain.from_iterable(repeat(at, unnamed[at]) for at in sorted(unnamed))
    return acted, islice(units, identified, None)


def _moves(fold: Fold, steps: dict[int, Step]) -> list[Move]:
    restricted: set[str] = set()
    acted: set[str] = set()
    sums: dict[tuple[int, str, str, str], list[int]] = {}
    for posting in fold.balance.postings:
        source, to = posting.source.status, posting.to.status
        again = _again(posting, restricted, acted)
        if posting.names:
            if not posting.n:
                # It changed places with an unnamed unit, and was that one all along.
                restricted.difference_update(posting.names)
                acted.difference_update(posting.names)
            # What is lifted, and stood under no rules of the platform's own, had been restricted.
            if to in RESTRICTED or (to in LIFTED and source not in OWN_RULES):
                restricted.update(posting.names)
            if to in _ACTED or to in LIFTED:
                acted.update(posting.names)
        if source == to or not (posting.n or posting.marks):
            continue
        held = sums.setdefault((posting.seq, posting.kind, source, to), [0, 0, 0, 0])
        held[0] += posting.n
        held[1] |= posting.marks
        held[2] += again[0]
        held[3] += again[1]
    found = []
    for (seq, kind, source, to), (n, marks, again_restricted, again_acted) in sums.items():
        step = steps[seq]
        observed = step.entry.at_kind == "observed-by"
        day = max(step.moment.day, fold.moment.day)
        found.append(Move(day, step.moment.at, observed, kind, source, to, n, marks, again_restricted, again_acted))
    return found


def _again(posting: Posting, restricted: set[str], acted: set[str]) -> tuple[int, int]:
    """Return how many of the units that move were restricted, and acted on, before.

    Unnamed units that stand restricted or lifted were; those that stand elsewhere were not, since own rules move names.
    """
    if posting.names:
        if not acted:
            return 0, 0
        return len(restricted.intersection(posting.names)), len(acted.intersection(posting.names))
    before = posting.source.status in RESTRICTED or posting.source.status in LIFTED
    acted_before = before or posting.source.status in _ACTED
    return posting.n * before, posting.n * acted_before
