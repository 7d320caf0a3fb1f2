"""What is due: the open orders with their deadlines, soonest first, and the restrictions that no order demands any more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby
from math import inf
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

from ledger.model.course import Course, decode_course
from ledger.model.dated_rules import Rules
from ledger.model.deadlines import Deadline, judge
from ledger.model.moments import day_text
from ledger.model.zones import instant_text, local_day
from ledger.reports.sums import Quantity, Sums

SCHEMA: Final = "ledger-due/1"
_SECOND: Final = 1_000_000
# What comes after the last order.
_NONE: Final[tuple[float, Iterator[Any]]] = (inf, iter(()))


class Standing(NamedTuple):
    """How many targets of an order wait: in `pending` and in `not-enough-info`, of the kind it counts and beside it."""

    pending: Quantity
    pending_beside: int
    asked: Quantity
    asked_beside: int


class Open(NamedTuple):
    """An open order; `last` is the number of its last entry."""

    order_no: int
    id: str
    authority: str
    jurisdiction: str
    platform: str
    basis: str
    duty: str
    kind: str
    confidential: bool
    course: Course
    last: int
    standing: Standing


def open_now(db: sqlite3.Connection) -> Iterator[Open]:
    """Give the orders that are open as the ledger stands, from the index alone."""
    # Both come by the order's number, so that no more than one order is in hand.
    standing = groupby(db.execute(sql("due_standing.sql")), key=itemgetter(0))
    number, rows = next(standing, _NONE)
    for row in db.execute(sql("due.sql")):
        while number < row[0]:
            number, rows = next(standing, _NONE)
        kinds: dict[str, Sums] = {}
        if number == row[0]:
            for _, kind, status, n, *counts in rows:
                sums = kinds.setdefault(kind, Sums())
                sums.add(status, n)
                sums.add_parts(status, counts)
        yield opened(row, decode_course(row[9]), _standing(kinds, row[7]))


def opened(row: tuple[Any, ...], course: Course, standing: Standing) -> Open:
    """Return an open order from its row in the index."""
    number, order, authority, jurisdiction, platform, basis, duty, kind, confidential, _, last = row
    frame = (number, order, authority, jurisdiction, platform, basis, duty, kind)
    return Open(*frame, bool(confidential), course, last, standing)


def _standing(kinds: dict[str, Sums], counted: str) -> Standing:
    own, beside = Sums(), {"pending": 0, "not-enough-info": 0}
    for kind, sums in kinds.items():
        for status in beside:
            if counted in ("any", kind):
                own.add(status, sums.n(status))
                own.add_parts(status, sums.parts.get(status, ()))
            else:
                beside[status] += sums.n(status)
    return Standing(
        own.quantity("pending"), beside["pending"], own.quantity("not-enough-info"), beside["not-enough-info"]
    )


def due(
    orders: Iterable[Open], rules: Rules, zone: str, at: int, within: int | None = None, *, day: int | None = None
) -> dict[str, Any]:
    """Return the open orders as rows, soonest first, as judged at a time in microseconds since 1970 in UTC.

    Then come those without a time, the oldest first, and last those that demand nothing any more. With `within`, in
    seconds, only what is due by then or overdue. What is left out is counted. Ages in days count up to `day`, else up to
    that of `at`: a day ends as the next one begins.
    """
    left_out = {"later": 0, "without_due": 0, "totals": 0}
    today = local_day(at, zone) if day is None else day
    found: list[tuple[tuple[bool, bool, int, int], dict[str, Any]]] = []
    for order in orders:
        if order.course.stands_for != 1:
            left_out["totals"] += 1
            continue
        deadline = judge(order.course, rules, zone, at)
        if within is not None and not deadline.overdue:
            if deadline.due is None:
                left_out["without_due"] += 1
                continue
            if deadline.due > at + within * _SECOND:
                left_out["later"] += 1
                continue
        undated = deadline.due is None
        key = ("ended" in deadline.marks, undated, deadline.start if undated else deadline.due or 0, order.order_no)
        found.append((key, due_row(order, deadline, zone, at, today)))
    return {
        "schema": SCHEMA,
        "at": instant_text(at, zone),
        "timezone": zone,
        "within_seconds": within,
        "rows": [each for _, each in sorted(found, key=lambda pair: pair[0])],
        "to_lift": [],
        "left_out": left_out,
    }


def overdue(course: str, rules: Rules, zone: str, at: int) -> dict[str, Any] | None:
    """Return by which rule an open order is overdue, and with which marks; None if it is not.

    Its course is as the index has it. What stands for several orders, or for none, never is.
    """
    read = decode_course(course)
    deadline = judge(read, rules, zone, at)
    if read.stands_for != 1 or not deadline.overdue:
        return None
    return {"overdue_by": deadline.rule, "marks": list(deadline.marks)}


def due_row(order: Open, deadline: Deadline, zone: str, at: int, today: int) -> dict[str, Any]:
    """Return one open order with its deadline, with every key that such a row has."""
    course, standing, rule = order.course, order.standing, deadline.applied
    return {
        "order": order.id,
        "due": None if deadline.due is None else instant_text(deadline.due, zone),
        "rule": deadline.rule,
        "seconds_left": deadline.seconds_left,
        "pending": standing.pending,
        "acknowledged": any(event.what == "acknowledged" for event in course.events),
        "overdue": deadline.overdue,
        "marks": list(deadline.marks),
        "verified": None if rule is None else rule.verified,
        "cautious": "cautious" in deadline.marks,
        "paused": "paused" in deadline.marks,
        "demanded": "ended" not in deadline.marks,
        "counts_from": day_text(course.day) if course.at is None else instant_text(course.at, zone),
        # Hours come only from instants.
        "age_seconds": None if course.at is None else (at - course.at) // _SECOND,
        "age_days": today - course.day,
        "authority": order.authority,
        "jurisdiction": order.jurisdiction,
        "platform": order.platform,
        "basis": order.basis or None,
        "asks": order.duty,
        "counts": order.kind,
        "pending_beside": standing.pending_beside,
        "not_enough_info": standing.asked,
        "not_enough_info_beside": standing.asked_beside,
        "rule_hours": None if rule is None else rule.hours,
        "rule_text": None if rule is None else rule.text,
        "source": None if rule is None else rule.source,
        "remark": None if rule is None else rule.remark or None,
        "last_entry": order.last,
        "confidential": order.confidential,
    }


def sql(name: str) -> str:
    """Return a query that lies beside this file."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
