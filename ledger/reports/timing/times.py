"""Times, deadlines, rates and users of the orders received in a period, as they stood at its end.

Every figure is of a cohort: the orders that were received in the period (rule 1), those of a group, or those of a week.
Entries that stand for a published total have no times, and orders that repeat another have nothing of their own: both
are counted apart. Orders to provide information are a block of their own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ledger.model.course import Course, decode_course
from ledger.model.moments import day_end, day_text, now_in, utc_text
from ledger.model.periods import parse_period, period_of, periods_between
from ledger.reports.disclosure import TOGETHER, secret_names
from ledger.reports.timing.clocks import Date, clocks
from ledger.reports.timing.cohort import Cohort, JudgedOrder, OfOrder
from ledger.reports.timing.incidence import DONE
from ledger.reports.timing.punctuality import punctuality
from ledger.reports.timing.rates import Amount, Parts, order_rates, standings
from ledger.reports.timing.told import told

if TYPE_CHECKING:
    from ledger.model.dated_rules import Rules
    from ledger.reports.summary import Question

_NAMES: Final = {
    "order": "o.id",
    "authority": "o.authority",
    "jurisdiction": "o.jurisdiction",
    "platform": "o.platform",
    "basis": "o.basis",
}
_NO_PARTS: Final[Parts] = {}
_PARTS: Final = (
    "SELECT kind, status, SUM(is_about), SUM(is_at_least), SUM(is_under), SUM(is_unknown) FROM flows "
    "WHERE order_no = ? AND day < ? GROUP BY kind, status"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NO_COUNTRIES: Final = (
    "times are of whole orders, and an order may be restricted in several countries: use by jurisdiction"
)


class Ruled(NamedTuple):
    """By what deadlines are judged: dated rules, the name of a file of own ones among them, the ledger's zone."""

    rules: Rules
    own: str | None
    zone: str


def date_of(end: int, zone: str, now: datetime) -> Date:
    """Return up to when a report that ends before a day (an ordinal) can tell; `now` must be aware."""
    at = min(day_end(end - 1, zone), int(now.timestamp() * 1_000_000))
    return Date(end, min(end - 1, now_in(zone, now)), at)


def times(
    db: sqlite3.Connection, asked: Question, ruled: Ruled, now: datetime, *, confidential: bool = True
) -> dict[str, Any]:
    """Return the `times` of a report, under the keys of docs/report-schema.md; `now` must be aware.

    Without `confidential`, groups that hold confidential orders alone are one.
    """
    date = date_of(asked.end, ruled.zone, now)
    information = Cohort("all", informs=True)
    groups: dict[str, Cohort] = {}
    periods: dict[str, Cohort] = {}
    labels: dict[int, str] = {}
    values = {"begin": asked.begin or 0, "end": asked.end}
    query = _sql("cohort.sql").format(name=_NAMES.get(asked.by or "", "''"))
    secret = set[str]() if confidential else secret_names(db, asked.by)
    for order_no, key, day, duty, text in db.execute(query, values):
        course = decode_course(text)
        marked = any(move.marks for move in course.moves)
        order = _judged(course, _parts(db, order_no, asked.end) if marked else _NO_PARTS, date, ruled)
        if duty != "act":
            information.add(order)
            continue
        label = labels.get(day)
        if label is None:
            label = labels[day] = period_of(day, asked.grain).label
            periods.setdefault(label, Cohort(asked.kind))
        periods[label].add(order)
        if asked.by == "kind":
            for kind in order.standings:
                groups.setdefault(kind, Cohort(kind, of_kind=True)).add(order)
        elif asked.by in _NAMES:
            groups.setdefault(TOGETHER if key in secret else key, Cohort(asked.kind)).add(order)
    totals = Cohort(asked.kind)
    for cohort in periods.values():
        totals.merge(cohort)
    spans: Iterable[str] = periods
    if asked.begin is not None:
        spans = [span.label for span in periods_between(asked.begin, asked.end, asked.grain)]
    # Of a long time by days most are empty, and all of these alike.
    nothing = Cohort(asked.kind).figures()
    figures = {label: cohort.figures() for label, cohort in periods.items()}
    return {
        "at": utc_text(_EPOCH + timedelta(microseconds=date.at)),
        "own_rules": ruled.own,
        "no_groups": NO_COUNTRIES if asked.by == "country" else None,
        "totals": totals.figures(),
        "groups": [{"key": key} | cohort.figures() for key, cohort in sorted(groups.items())],
        "periods": [_span(label, asked) | figures.get(label, nothing) for label in spans],
        "information": information.figures(),
    }


def _judged(course: Course, parts: Parts, date: Date, ruled: Ruled) -> JudgedOrder:
    stand = standings([move for move in course.moves if move.day < date.end], parts)
    whole = None
    if course.stands_for == 1 and (course.opens or stand):
        shown = clocks(course, date, ruled.zone)
        n = marks = 0
        for targets in shown.targets.values():
            n += sum([span.n for span in targets.spans if span.end == DONE])
            marks |= targets.done_marks
        state = told(course, date, ruled.zone, Amount(n, marks))
        verdict = punctuality(course, shown, date, ruled.rules, ruled.zone)
        whole = OfOrder(shown, order_rates(stand.values()), verdict, state)
    return JudgedOrder(course.stands_for, max(0, date.day - course.day), stand, parts, whole)


def _parts(db: sqlite3.Connection, order_no: int, end: int) -> Parts:
    """Return how many inexact parts each status of an order has."""
    return {
        (kind, status): (about, at_least, under, unknown)
        for kind, status, about, at_least, under, unknown in db.execute(_PARTS, (order_no, end))
    }


def _span(label: str, asked: Question) -> dict[str, Any]:
    span = parse_period(label)
    begin = span.begin if asked.begin is None else max(asked.begin, span.begin)
    return {"label": label, "begin": day_text(begin), "end": day_text(min(span.end, asked.end))}


def _sql(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
