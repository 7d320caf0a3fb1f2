"""What was open, and what was to be lifted, at a moment in the past: as the facts of then say, corrections taken in.

The index says which orders may be concerned. Each of these is folded anew with the facts up to that moment.
"""

from __future__ import annotations

import sqlite3
from typing import Any, Final, NamedTuple

from ledger.index.aliases import Aliases
from ledger.index.reading import ReadLine, records
from ledger.model.corrections import corrected
from ledger.model.course import REOPENED, SETTLED, Course, course_of, decode_course
from ledger.model.postings import Fold, fold
from ledger.model.statuses import CLOSED, ENDING_EVENTS, RESTRICTED
from ledger.model.zones import local_day
from ledger.reports.deadlines.due import Open, Standing, opened, sql
from ledger.reports.sums import quantity
from ledger.reports.unneeded import lifting

_LETS_GO: Final = (*ENDING_EVENTS, "stayed", "unblock-requested")


class Then(NamedTuple):
    """A ledger up to a moment: `until`, in microseconds since 1970 in UTC, is the first instant that is not part of it."""

    db: sqlite3.Connection
    read_line: ReadLine
    zone: str
    until: int

    @property
    def day(self) -> int:
        """The last day of it."""
        return local_day(self.until - 1, self.zone)

    def folded(self, order_no: int) -> Fold | None:
        """Fold one order with the facts up to then; None if it is void or came later."""
        facts = corrected(records(self.db, self.read_line, order_no)).facts
        if not facts or facts[0][0] != order_no:
            return None
        whole = fold(facts, self.zone)
        # A fact of a day alone has its place among the others, which the fold of all of them knows.
        known = {step.seq for step in whole.steps if step.at < self.until}
        if order_no not in known:
            return None
        return whole if len(known) == len(whole.steps) else fold([f for f in facts if f[0] in known], self.zone)


def open_then(then: Then) -> list[Open]:
    """Return the orders that were open."""
    found = []
    for row in then.db.execute(sql("back_then.sql"), {"day": then.day}).fetchall():
        if may_be_open(decode_course(row[9]), then.day):
            folded = then.folded(row[0])
            if folded is not None and folded.is_open:
                found.append(opened(row, course_of(folded), _standing(folded)))
    return found


def may_be_open(course: Course, day: int) -> bool:
    """Tell whether an order may have been open at some time of a day: whether it was before, or something changed that day."""
    is_open = course.opens
    for event in course.events:
        at = max(event.day, course.day)
        if event.what in (SETTLED, REOPENED) and at <= day:
            if at == day:
                return True
            is_open = event.what == REOPENED
    return is_open


def _standing(folded: Fold) -> Standing:
    balance = folded.balance

    def held(status: str) -> dict[str, Any]:
        return dict(quantity(balance.in_status(status), balance.marks.get(status, 0)))

    def beside(status: str) -> int:
        return sum(balance.named[name].status == status for name in balance.beside) if balance.kind != "any" else 0

    return Standing(held("pending"), beside("pending"), held("not-enough-info"), beside("not-enough-info"))


def unneeded_then(then: Then) -> list[dict[str, Any]]:
    """Return what was restricted though no order demanded it any more, as `unneeded` does for now."""
    folds: dict[int, Fold | None] = {}

    def folded(order_no: int) -> Fold | None:
        if order_no not in folds:
            folds[order_no] = then.folded(order_no)
        return folds[order_no]

    found = []
    for number, order, authority, _, platform, _, duty, kind, confidential, text, _ in then.db.execute(
        sql("back_then.sql"), {"day": then.day}
    ).fetchall():
        if duty != "act" or not may_be_to_lift(decode_course(text), then.day) or (held := folded(number)) is None:
            continue
        frame = (order, number, authority, kind, platform, confidential)
        for name, place in sorted(held.balance.named.items()):
            if place.status in RESTRICTED and not held.demands(name):
                others = [folded(other) for other in _orders_of(then.db, name)]
                if not any(other is not None and _demands(other, then.db, name) for other in others):
                    found.append(lifting(frame, name, place.status, 1, 0))
        if not held.demanded and not any(
            repeat is not None and repeat.demanded and repeat.repeats
            for repeat in map(folded, _repeats_of(then.db, order))
        ):
            found += [lifting(frame, None, *unnamed) for unnamed in _unnamed(held)]
    return found


def may_be_to_lift(course: Course, day: int) -> bool:
    """Tell whether anything may have stood restricted on a day that the order demanded no more."""
    return any(event.what in _LETS_GO and event.day <= day for event in course.events) and any(
        move.to in RESTRICTED and move.day <= day for move in course.moves
    )


def _orders_of(db: sqlite3.Connection, name: str) -> list[int]:
    """Return the numbers of the orders that are about a target, under any of its names."""
    query = "SELECT DISTINCT order_no FROM statuses WHERE target = ?"
    return sorted({row[0] for key in Aliases(db).group((name,)) for row in db.execute(query, (key,))})


def _repeats_of(db: sqlite3.Connection, order: str) -> list[int]:
    query = "SELECT order_no FROM orders WHERE relates_to = ? AND duty <> 'void'"
    return [row[0] for row in db.execute(query, (order,))]


def _demands(other: Fold, db: sqlite3.Connection, name: str) -> bool:
    """Tell whether an order demands something of a target: one that repeats another does by what it lists."""
    if other.repeats:
        return other.demanded
    return not other.order.informs and any(
        other.demands(key) and other.balance.named[key].status not in CLOSED
        for key in Aliases(db).group((name,))
        if key in other.balance.named
    )


def _unnamed(held: Fold) -> list[tuple[str, int, int]]:
    balance = held.balance
    return [
        (status, n, balance.marks.get(status, 0))
        for status in RESTRICTED
        if (n := sum(units for _, units in balance.unnamed_in((status,)))) or balance.marks.get(status)
    ]
