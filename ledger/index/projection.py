"""The rows that one order has in the index: a pure function of its fold."""

from __future__ import annotations

from typing import Final, NamedTuple, Self

import msgspec

from ledger.index.measures import BITS, NAMED, NOT_STATED, ORDERS, SPECIFIED
from ledger.model.balance import Place, Posting
from ledger.model.course import course_of
from ledger.model.entries import Order
from ledger.model.postings import Fold
from ledger.model.statuses import RESTRICTED
from ledger.model.targets import parse_targets

_encode: Final = msgspec.json.Encoder().encode
History = tuple[str, str, str, int, str]
Row = tuple[object, ...]


ORDER_COLUMNS: Final = (
    "order_no", "id", "authority", "reference", "jurisdiction", "platform", "basis", "duty", "kind", "relation", "day",
    "booked", "due", "confidential", "is_open", "demanded", "relates_to", "stands_for", "to_lift", "course",
)  # fmt: skip
# Between which places the targets of an order stand.
PLACES: Final = ("first_place", "last_place")


class Rows(NamedTuple):
    """One order's rows by relation.

    `members` holds how many targets share each of the `histories`, and their keys as a list in JSON.
    """

    order: Row
    flows: list[Row]
    places: list[Row]
    histories: list[History]
    members: list[tuple[int, str]]
    problems: list[tuple[int, int, str]]
    days: set[int]

    def numbered(self, first: int) -> Self:
        """Return the rows of an order that was folded as entry 0 under the number that it has got; facts follow it."""
        return self._replace(
            order=(first, *self.order[1:]),
            flows=[(first, *row[1:]) for row in self.flows],
            places=[(first, *row[1:]) for row in self.places],
            problems=[(first, first + seq, problem) for _, seq, problem in self.problems],
        )


class _Tallies:
    """Sums of postings by some key: delta, entered, four counts of inexact postings, four of inexact balances."""

    def __init__(self) -> None:
        self.rows: dict[tuple[object, ...], list[int]] = {}

    def at(self, key: tuple[object, ...]) -> list[int]:
        row = self.rows.get(key)
        if row is None:
            row = self.rows[key] = [0] * 10
        return row

    def leave(self, key: tuple[object, ...], n: int) -> None:
        self.at(key)[0] -= n

    def enter(self, key: tuple[object, ...], n: int, marks: int) -> None:
        row = self.at(key)
        row[0] += n
        row[1] += n
        if marks:
            for place, bit in enumerate(BITS, 2):
                row[place] += bool(marks & bit)

    def mark(self, key: tuple[object, ...], before: int, now: int) -> None:
        row = self.at(key)
        for place, bit in enumerate(BITS, 6):
            row[place] += bool(now & bit) - bool(before & bit)

    def rows_after(self, order_no: int) -> list[Row]:
        # That an entry stands for no order is something to be told too.
        return [(order_no, *key, *row) for key, row in self.rows.items() if any(row) or ORDERS in key]


def project(fold: Fold) -> Rows:
    """Return the rows of one order."""
    flows, places = _Tallies(), _Tallies()
    first = fold.steps[0]
    speaker = fold.order.speaker
    jurisdiction = fold.order.jurisdiction
    flows.enter((fold.moment.day, "", ORDERS, speaker), fold.order.stands_for, 0)
    # How exact the amounts of the countries are that the order has reached.
    reached = {jurisdiction: 0}
    places.enter((jurisdiction, fold.moment.day, "", ORDERS), fold.order.stands_for, 0)
    seen: set[str] = set()
    for posting in fold.balance.postings:
        _flow(flows, posting)
        _place(places, posting, fold.order, reached)
        if posting.names:
            before = len(seen)
            seen.update(posting.names)
            if len(seen) > before:
                flows.enter((posting.day, posting.kind, NAMED, posting.speaker), len(seen) - before, 0)
    _marks(fold, flows, places)
    histories, members = _repeated(fold) if fold.repeats else _histories(fold)
    order = fold.order
    row = (
        first.seq,
        order.id,
        order.authority,
        order.reference,
        jurisdiction,
        fold.platform,
        order.basis or "",
        "information" if order.informs else "act",
        fold.balance.kind,
        order.relation,
        fold.moment.day,
        order.booked,
        fold.due,
        int(order.confidential),
        int(fold.is_open),
        int(fold.demanded),
        order.relates_to,
        order.stands_for,
        int(not order.informs and _to_lift(fold, histories)),
        _encode(course_of(fold)).decode(),
    )
    problems = [
        (fold.seq, seq, problem)
        for seq, outcome in fold.outcomes.items()
        for problem in (*outcome.problems, *outcome.forced)
    ]
    days = {int(str(key[0])) for key in flows.rows}
    named = [(len(names), _encode(names).decode()) for names in members]
    return Rows(row, flows.rows_after(fold.seq), places.rows_after(fold.seq), histories, named, problems, days)


def _to_lift(fold: Fold, histories: list[History]) -> bool:
    """Tell whether anything stands restricted that the order demands no more."""
    if any(status in RESTRICTED and not demanded for _, _, status, demanded, _ in histories):
        return True
    balance = fold.balance
    return not fold.demanded and any(
        balance.marks.get(status) or balance.unnamed_in((status,)) for status in RESTRICTED
    )


def _flow(flows: _Tallies, posting: Posting) -> None:
    source, to = posting.source.status, posting.to.status
    if source == to:
        return
    if source:
        flows.leave((posting.day, posting.kind, source, posting.speaker), posting.n)
    else:
        flows.enter((posting.day, posting.kind, SPECIFIED, posting.speaker), posting.n, posting.marks)
    if source or posting.n or posting.marks:
        row = flows.at((posting.day, posting.kind, to, posting.speaker))
        if source:
            flows.enter((posting.day, posting.kind, to, posting.speaker), posting.n, posting.marks)
        else:
            # What is ordered stands in pending, and did not move there.
            row[0] += posting.n


def countries_of(place: Place, jurisdiction: str) -> tuple[str, ...]:
    """Return the countries that a unit counts in: where it is restricted, else where the order was made."""
    if not place.status:
        return ()
    if place.status not in RESTRICTED:
        return (jurisdiction,)
    return tuple(country for country in place.where if not country.startswith("-")) or (NOT_STATED,)


def _place(places: _Tallies, posting: Posting, order: Order, reached: dict[str, int]) -> None:
    if posting.source == posting.to or not (posting.n or posting.marks):
        return
    jurisdiction = order.jurisdiction
    before = countries_of(posting.source, jurisdiction)
    after = countries_of(posting.to, jurisdiction)
    source, to, day, kind = posting.source.status, posting.to.status, posting.day, posting.kind
    for country in before:
        if country not in after:
            places.leave((country, day, kind, SPECIFIED), posting.n)
        if country not in after or source != to:
            places.leave((country, day, kind, source), posting.n)
    for country in after:
        if country not in reached:
            reached[country] = 0
            places.enter((country, day, "", ORDERS), order.stands_for, 0)
        if country not in before:
            places.enter((country, day, kind, SPECIFIED), posting.n, posting.marks)
        if country in before and source == to:
            continue
        if source:
            places.enter((country, day, kind, to), posting.n, posting.marks)
        else:
            places.at((country, day, kind, to))[0] += posting.n
    if source and posting.marks:
        for country in {*before} ^ {*after}:
            known = reached.setdefault(country, 0)
            reached[country] = known | posting.marks
            places.mark((country, day, kind, SPECIFIED), known, reached[country])


def _marks(fold: Fold, flows: _Tallies, places: _Tallies) -> None:
    """Book how exact each status is, by day."""
    balance, jurisdiction = fold.balance, fold.order.jurisdiction
    before: dict[str, int] = {}
    for day, marks in balance.marks_log:
        for status in {*before, *marks}:
            old, now = before.get(status, 0), marks.get(status, 0)
            if old == now:
                continue
            measure = status or SPECIFIED
            flows.mark((day, balance.kind, measure, fold.order.speaker), old, now)
            for country in _marked_countries(fold, status, jurisdiction):
                places.mark((country, day, balance.kind, measure), old, now)
        before = marks


def _marked_countries(fold: Fold, status: str, jurisdiction: str) -> set[str]:
    """Return every country in which units of a status ever stood: an inexact amount makes each of them inexact."""
    if not status:
        return {jurisdiction}
    return {
        country
        for posting in fold.balance.postings
        for place in (posting.source, posting.to)
        if place.status == status
        for country in countries_of(place, jurisdiction)
    }


def _repeated(fold: Fold) -> tuple[list[History], list[list[str]]]:
    """Return the targets of an order that repeats another: it names them, and moves none."""
    members: dict[str, list[str]] = {}
    for target in parse_targets(fold.order.targets, fold.platform):
        members.setdefault(target.kind, []).append(target.key)
    return [(kind, "repeat", "", int(fold.demanded), "[]") for kind in members], list(members.values())


def _histories(fold: Fold) -> tuple[list[History], list[list[str]]]:
    """Return the distinct histories of an order's targets by day, and the targets of each."""
    balance = fold.balance
    trails: list[tuple[tuple[int, str], ...]] = [()]
    numbers: dict[tuple[tuple[int, str], ...], int] = {(): 0}
    current: dict[str, int] = {}

    def advanced(number: int, day: int, status: str) -> int:
        """Return the number of a trail with one more change; only the last change of a day counts."""
        trail = trails[number]
        if trail and trail[-1][1] == status:
            return number
        trail = (*(trail[:-1] if trail and trail[-1][0] == day else trail), (day, status))
        if trail not in numbers:
            numbers[trail] = len(trails)
            trails.append(trail)
        return numbers[trail]

    for posting in balance.postings:
        day, status = posting.day, posting.to.status
        before = set(map(current.get, posting.names))
        after = {number: advanced(number or 0, day, status) for number in before}
        if len(after) == 1:
            current.update(dict.fromkeys(posting.names, *after.values()))
        else:
            current |= {name: after[current.get(name)] for name in posting.names}
    duty = "information" if fold.order.informs else "act"
    members: dict[tuple[int, str, bool], list[str]] = {}
    if not balance.beside and balance.kind != "any" and not fold.exceptions:
        by_number: dict[int, list[str]] = {number: [] for number in current.values()}
        if len(by_number) == 1:
            # Nearly always all share one history.
            (number,) = by_number
            by_number[number] = list(current)
        else:
            for name, number in current.items():
                by_number[number].append(name)
        members = {(number, balance.kind, fold.demanded): names for number, names in by_number.items()}
    else:
        for name, number in current.items():
            members.setdefault((number, name.split(" ", 2)[1], fold.demands(name)), []).append(name)
    histories: list[History] = [
        (kind, duty, trails[number][-1][1], int(demanded), _encode(trails[number]).decode())
        for number, kind, demanded in members
    ]
    return histories, list(members.values())
