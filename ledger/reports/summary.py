"""How many were ordered, blocked, unblocked or withheld: the report as plain rows (DESIGN, section 5)."""

from __future__ import annotations

import json
import sqlite3
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

from ledger.index.measures import BITS, NAMED, ORDERS, SPECIFIED
from ledger.model.effective import effective
from ledger.model.moments import day_text
from ledger.model.periods import parse_period, periods_between
from ledger.model.quantities import qualifier, swapped
from ledger.model.statuses import OPEN, RESTRICTED, STATUSES

SCHEMA: Final = "ledger-report/1"
WAYS: Final = ("order", "authority", "jurisdiction", "country", "platform", "basis", "kind")

_COLUMNS: Final = {
    None: "''",
    "order": "o.id",
    "authority": "o.authority",
    "jurisdiction": "o.jurisdiction",
    "country": "f.country",
    "platform": "o.platform",
    "basis": "o.basis",
    "kind": "f.kind",
}
_LABELS: Final = {"day": "r.day", "week": "d.week", "month": "d.month", "quarter": "d.quarter", "year": "d.year"}


class Question(NamedTuple):
    """What a report is asked: days as ordinals, `end` exclusive, `begin` None for the whole ledger.

    `grain` is day, week, month, quarter or year; `by` one of WAYS or None; `kind` a kind of target or `all`.
    """

    begin: int | None
    end: int
    grain: str = "week"
    by: str | None = None
    kind: str = "account"


class Sums:
    """Sums by measure: an amount and the marks that say how exact it is."""

    def __init__(self) -> None:
        self.amounts: dict[str, int] = {}
        self.counts: dict[str, list[int]] = {}

    def add(self, measure: str, n: int, counts: tuple[int, ...]) -> None:
        """Add to one measure an amount and the changes in how many inexact parts it has."""
        self.amounts[measure] = self.amounts.get(measure, 0) + n
        held = self.counts.setdefault(measure, [0, 0, 0, 0])
        for place, count in enumerate(counts):
            held[place] += count

    def marks(self, *measures: str) -> int:
        """Return how exact a sum over measures is."""
        marks = 0
        for measure in measures:
            for bit, count in zip(BITS, self.counts.get(measure, ()), strict=False):
                marks |= bit if count > 0 else 0
        return marks

    def n(self, *measures: str) -> int:
        """Return the sum of measures."""
        return sum(self.amounts.get(measure, 0) for measure in measures)

    def quantity(self, *measures: str) -> dict[str, Any]:
        """Return the sum of measures as a quantity."""
        return quantity(self.n(*measures), self.marks(*measures))

    def totals(self) -> dict[str, Any]:
        """Return the block that totals and groups share."""
        missing = self.n(SPECIFIED) - self.n(*RESTRICTED)
        marks = self.marks(SPECIFIED) | swapped(self.marks(*RESTRICTED))
        return {
            "orders": self.n(ORDERS),
            "specified": self.quantity(SPECIFIED),
            "named": self.n(NAMED),
            "status": {status: self.quantity(status) for status in STATUSES},
            "restricted": self.quantity(*RESTRICTED),
            "not_restricted": quantity(missing, marks),
        }


def quantity(n: int, marks: int) -> dict[str, Any]:
    """Return a quantity as reports give it."""
    return {"n": n, "qualifier": qualifier(n, marks)}


def summary(db: sqlite3.Connection, asked: Question) -> dict[str, Any]:
    """Return the report on orders to act, under the fixed keys of its schema, and what it leaves out beside them."""
    values = {"kind": asked.kind, "end": asked.end, "duty": "act", "begin": asked.begin}
    totals = _balance(db, asked, None, "act").get("", Sums()).totals()
    totals["distinct"] = _distinct(db, asked)
    groups = []
    if asked.by is not None:
        kind = "all" if asked.by == "kind" else asked.kind
        by_name = _balance(db, asked._replace(kind=kind), asked.by, "act")
        by_name.pop("", None)
        groups = [{"key": name} | sums.totals() for name, sums in sorted(by_name.items())]
    information = _balance(db, asked._replace(kind="all"), None, "information").get("", Sums())
    return {
        "schema": SCHEMA,
        "as_of": day_text(asked.end - 1),
        "begin": None if asked.begin is None else day_text(asked.begin),
        "end": day_text(asked.end),
        "kind": asked.kind,
        "by": asked.by,
        "grain": asked.grain,
        "totals": totals,
        "groups": groups,
        "periods": _periods(db, asked, values),
        "information": information.totals(),
        "left_out": _left_out(db, asked),
        "stated_by": _speakers(db, asked),
    }


def _balance(db: sqlite3.Connection, asked: Question, by: str | None, duty: str) -> dict[str, Sums]:
    values = {"kind": asked.kind, "duty": duty, "begin": asked.begin or 0, "end": asked.end}
    if asked.begin is None and by not in ("order", "kind"):
        query = _sql("balance_all.sql")
        values["way"] = by or "total"
    else:
        query = _sql("balance_cohort.sql").format(name=_COLUMNS[by], relation="places" if by == "country" else "flows")
    found: dict[str, Sums] = {}
    for name, status, n, *counts in db.execute(query, values):
        found.setdefault(name, Sums()).add(status, n, tuple(counts))
    return found


def _periods(db: sqlite3.Connection, asked: Question, values: dict[str, Any]) -> list[dict[str, Any]]:
    query = _sql("moves.sql").format(label=_LABELS[asked.grain])
    begin = asked.begin or 0
    moved: dict[str, Sums] = {}
    change: dict[str, Sums] = {}
    for label, status, entered, *rest in db.execute(query, values | {"begin": begin}):
        name = day_text(label) if asked.grain == "day" else label
        moved.setdefault(name, Sums()).add(status, entered, tuple(rest[:4]))
        change.setdefault(name, Sums()).add(status, rest[4], tuple(rest[5:]))
    held = Sums()
    if asked.begin is not None:
        held = _balance(db, Question(None, asked.begin, kind=asked.kind), None, "act").get("", Sums())
        spans = list(periods_between(asked.begin, asked.end, asked.grain))
    else:
        spans = [parse_period(label) for label in moved]
    periods = []
    for span in spans:
        flow, delta = moved.get(span.label, Sums()), change.get(span.label, Sums())
        for status, n in delta.amounts.items():
            held.add(status, n, tuple(delta.counts[status]))
        if asked.begin is None and not any(flow.amounts.values()):
            continue
        periods.append(
            {
                "label": span.label,
                "begin": day_text(span.begin),
                "end": day_text(min(span.end, asked.end)),
                "orders": flow.n(ORDERS),
                "ordered": flow.quantity(SPECIFIED),
                "moved": {status: flow.quantity(status) for status in STATUSES},
                "balance": {status: held.quantity(status) for status in STATUSES},
            }
        )
    return periods


def _distinct(db: sqlite3.Connection, asked: Question) -> dict[str, Any]:
    """Count distinct targets by their effective status at the end (rule 8)."""
    counts = dict.fromkeys(STATUSES, 0)
    if asked.begin is None:
        rows = db.execute(
            "SELECT status, SUM(delta) FROM distinct_targets WHERE day < :end AND (kind = :kind OR :kind = 'all') "
            "GROUP BY status",
            {"end": asked.end, "kind": asked.kind},
        )
        counts |= dict(rows)
    else:
        values = {"kind": asked.kind, "begin": asked.begin, "end": asked.end}
        found = db.execute(_sql("distinct_cohort.sql"), values)
        for _, group in groupby(found, key=lambda row: row[0]):
            changes = effective([json.loads(row[2]) for row in group])
            standing = [status for day, status in changes if day < asked.end]
            if standing:
                counts[standing[-1]] += 1
    return {"targets": sum(counts.values()), "effective": counts}


def _left_out(db: sqlite3.Connection, asked: Question) -> dict[str, Any]:
    """Return what the report does not count: other kinds of targets, and what lies after its end."""
    others = db.execute(
        "SELECT kind, SUM(delta) FROM rollup WHERE way = 'total' AND duty = 'act' AND status = :specified AND day < :end "
        "AND kind <> :kind AND :kind <> 'all' GROUP BY kind",
        {"specified": SPECIFIED, "end": asked.end, "kind": asked.kind},
    )
    later = db.execute(
        "SELECT SUM(entered) FROM rollup WHERE way = 'total' AND status = :orders AND day >= :end",
        {"orders": ORDERS, "end": asked.end},
    ).fetchone()[0]
    moves = db.execute(
        f"SELECT SUM(entered) FROM rollup WHERE way = 'total' AND duty = 'act' AND day >= :end AND status IN ({_marks()})",
        {"end": asked.end, **_named()},
    ).fetchone()[0]
    return {
        "kinds": {kind: n for kind, n in others if n},
        "later_orders": later or 0,
        "later_moves": moves or 0,
    }


def _speakers(db: sqlite3.Connection, asked: Question) -> dict[str, int]:
    """Return how many moves of the report rest on whose statement."""
    rows = db.execute(
        f"SELECT name, SUM(entered) FROM rollup WHERE way = 'speaker' AND duty = 'act' AND day >= :begin AND day < :end "
        f"AND (kind = :kind OR :kind = 'all') AND status IN ({_marks()}) GROUP BY name",
        {"begin": asked.begin or 0, "end": asked.end, "kind": asked.kind, **_named()},
    )
    return {name: n for name, n in rows if n}


_MOVED: Final = tuple(status for status in STATUSES if status not in OPEN[:1])


def _marks() -> str:
    return ", ".join(f":s{place}" for place in range(len(_MOVED)))


def _named() -> dict[str, str]:
    return {f"s{place}": status for place, status in enumerate(_MOVED)}


def _sql(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
