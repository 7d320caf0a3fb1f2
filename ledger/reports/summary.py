"""How many were ordered, blocked, unblocked or withheld: the report as plain rows (DESIGN, section 5)."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any, Final, NamedTuple

from ledger.index.measures import ORDERS, SPECIFIED
from ledger.model.effective import effective
from ledger.model.moments import LAST_DAY, day_text
from ledger.model.periods import parse_period, period_of, periods_between
from ledger.model.statuses import OPEN, STATUSES
from ledger.reports.sums import Quantity, Sums, added, quantity

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


class Question(NamedTuple):
    """What a report is asked: days as ordinals, `end` exclusive, `begin` None for the whole ledger.

    `grain` is day, week, month, quarter or year; `by` one of WAYS or None; `kind` a kind of target or `all`.
    """

    begin: int | None
    end: int
    grain: str = "week"
    by: str | None = None
    kind: str = "account"


def summary(db: sqlite3.Connection, asked: Question) -> dict[str, Any]:
    """Return the report on orders to act, under the fixed keys of its schema, and what it leaves out beside them."""
    before = Sums()
    if asked.begin is not None:
        before = _balance(db, asked._replace(begin=None, end=asked.begin), None).get("", Sums())
    flows = _flows(db, asked)
    periods, held = _periods(asked, flows, before)
    cohort = held if asked.begin is None else _balance(db, asked, None).get("", Sums())
    totals = cohort.totals()
    totals["distinct"] = _distinct(db, asked)
    groups = []
    if asked.by is not None:
        by_name = _balance(db, asked._replace(kind="all") if asked.by == "kind" else asked, asked.by)
        if asked.by == "kind":
            by_name.pop("", None)
            # An order that names several kinds is one of each.
            values = {"duty": "act", "begin": asked.begin or 0, "end": asked.end, "status": SPECIFIED}
            for kind, n in db.execute(_sql("orders_by_kind.sql"), values):
                by_name[kind].add(ORDERS, n)
        groups = [
            {"key": name} | sums.totals() for name, sums in sorted(by_name.items()) if sums or _is_told(db, asked, name)
        ]
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
        "periods": periods,
        "information": information.totals(),
        "left_out": _left_out(db, asked),
        "stated_by": _speakers(db, asked),
    }


def _is_told(db: sqlite3.Connection, asked: Question, name: str) -> bool:
    """Tell whether sums of nothing are those of entries that say so.

    Of orders that were voided such sums are left, until the index is made anew.
    """
    column = _COLUMNS[asked.by]
    if not column.startswith("o."):
        return False
    query = f"SELECT 1 FROM orders o WHERE {column} = ? AND o.duty = 'act' AND o.day >= ? AND o.day < ? AND o.stands_for = 0"
    return db.execute(query, (name, asked.begin or 0, asked.end)).fetchone() is not None


def _counts(asked: Question, kind: str) -> bool:
    """Tell whether figures of a kind are part of the answer; the number of orders is of none."""
    return asked.kind == "all" or kind in ("", asked.kind)


def _balance(db: sqlite3.Connection, asked: Question, by: str | None, duty: str = "act") -> dict[str, Sums]:
    """Return how the orders received in the period stood at its end, by name."""
    found: dict[str, Sums] = {}
    values = {"duty": duty, "begin": asked.begin or 0, "end": asked.end, "way": by or "total"}
    if asked.begin is None and by not in ("order", "kind"):
        for name, kind, status, n in db.execute(_sql("balance.sql"), values):
            if _counts(asked, kind):
                found.setdefault(name, Sums()).add(status, n)
        for name, kind, status, *parts in db.execute(_sql("balance_marks.sql"), values):
            if _counts(asked, kind):
                found[name].add_parts(status, parts)
        return found
    query = _sql("balance_cohort.sql").format(name=_COLUMNS[by], relation="places" if by == "country" else "flows")
    for name, kind, status, n, *parts in db.execute(query, values):
        if _counts(asked, kind):
            sums = found.setdefault(name, Sums())
            sums.add(status, n)
            if any(parts):
                sums.add_parts(status, parts)
    return found


class _Flow(NamedTuple):
    """What moved into each status within a period, and by how much each balance changed."""

    moved: Sums
    change: Sums


def _flows(db: sqlite3.Connection, asked: Question) -> dict[str, _Flow]:
    """Return what moved, by the label of each period in which anything did."""
    found: dict[str, _Flow] = {}
    labels: dict[int, str] = {}
    for way, begin, end in _spans(asked, "total", "month" if asked.grain not in ("day", "week") else asked.grain):
        values = {"way": way, "duty": "act", "begin": begin, "end": end}
        for day, kind, status, entered, delta in db.execute(_sql("moves.sql"), values):
            if _counts(asked, kind):
                label = labels.get(day)
                if label is None:
                    label = labels[day] = period_of(day, asked.grain).label
                flow = found.get(label)
                if flow is None:
                    flow = found[label] = _Flow(Sums(), Sums())
                flow.moved.add(status, entered)
                flow.change.add(status, delta)
        for day, kind, status, *parts in db.execute(_sql("moves_marks.sql"), values):
            if _counts(asked, kind):
                found[labels[day]].moved.add_parts(status, parts[:4])
                found[labels[day]].change.add_parts(status, parts[4:])
    return dict(sorted(found.items(), key=lambda item: parse_period(item[0]).begin))


def _spans(asked: Question, days: str, grain: str) -> list[tuple[str, int, int]]:
    """Return the ways of grouping that cover the period, each with its days: whole weeks or months, and what is left."""
    begin, end = asked.begin or 0, asked.end
    if grain == "day":
        return [(days, begin, end)]
    first = begin
    if begin and (span := period_of(begin, grain)).begin < begin:
        first = span.end
    last = period_of(end, grain).begin if end <= LAST_DAY else end
    if first >= last:
        return [(days, begin, end)]
    whole = grain if days == "total" else f"{days}-{grain}"
    return [(whole, first, last), *((days, one, other) for one, other in ((begin, first), (last, end)) if one < other)]


def _periods(asked: Question, flows: dict[str, _Flow], held: Sums) -> tuple[list[dict[str, Any]], Sums]:
    """Return the periods with their moves and balances, and what is held after the last, given what was held before."""
    if asked.begin is None:
        spans = [parse_period(label) for label in flows]
    else:
        spans = list(periods_between(asked.begin, asked.end, asked.grain))
    nothing = _Flow(Sums(), Sums())
    periods = []
    for span in spans:
        moved, change = flows.get(span.label, nothing)
        for status, n in change.amounts.items():
            held.add(status, n)
        for status, parts in change.parts.items():
            held.add_parts(status, parts)
        if asked.begin is None and not moved and not any(map(any, change.parts.values())):
            continue
        periods.append(
            {
                "label": span.label,
                "begin": day_text(span.begin),
                "end": day_text(min(span.end, asked.end)),
                "orders": moved.n(ORDERS),
                "ordered": moved.quantity(SPECIFIED),
                "moved": moved.statuses(),
                "balance": held.statuses(),
            }
        )
    return periods, held


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
        # Most targets share what became of them with many others.
        for together, n in db.execute(_sql("distinct_cohort.sql"), {"begin": asked.begin, "end": asked.end}).fetchall():
            numbers = sorted({int(number) for number in together.split(",")})
            histories = (
                f"SELECT changes FROM histories WHERE history IN ({','.join('?' * len(numbers))}) "
                "AND duty = 'act' AND (kind = ? OR ? = 'all')"
            )
            rows = db.execute(histories, (*numbers, asked.kind, asked.kind))
            standing = [status for day, status in effective([json.loads(row[0]) for row in rows]) if day < asked.end]
            if standing:
                counts[standing[-1]] += n
    return {"targets": sum(counts.values()), "effective": counts}


def _left_out(db: sqlite3.Connection, asked: Question) -> dict[str, Any]:
    """Return what the report does not count: other kinds of targets, and what lies after its end."""
    other = "way = 'total' AND name = '' AND duty = 'act' AND status = :measure "
    other += "AND day >= :begin AND day < :end AND kind <> :kind"
    values = {"measure": SPECIFIED, "begin": asked.begin or 0, "end": asked.end, "kind": asked.kind}
    later = "way = 'total' AND name = '' AND day >= :end"
    active = db.execute("SELECT 1 FROM days WHERE day >= :end LIMIT 1", values).fetchone()
    orders = f"SELECT COALESCE(SUM(entered), 0) FROM rollup WHERE {later} AND status = :measure"
    moves = _added(db, "''", _ENTERED, f"{later} AND duty = 'act' AND {_MOVED}", values) if active else {}
    return {
        "kinds": {} if asked.kind == "all" else _added(db, "kind", _HELD, other, values),
        "later_orders": db.execute(orders, values | {"measure": ORDERS}).fetchone()[0] if active else 0,
        "later_moves": moves.get("", quantity(0, 0)),
    }


def _speakers(db: sqlite3.Connection, asked: Question) -> dict[str, Quantity]:
    """Return how many moves of the report rest on whose statement."""
    found: dict[str, Quantity] = {}
    for way, begin, end in _spans(asked, "speaker", "month"):
        where = f"way = :way AND duty = 'act' AND day >= :begin AND day < :end AND (kind = :kind OR :kind = 'all') AND {_MOVED}"
        values = {"way": way, "begin": begin, "end": end, "kind": asked.kind}
        for name, held in _added(db, "name", _ENTERED, where, values).items():
            found[name] = added([found[name], held]) if name in found else held
    return found


# An amount, and the marks that go with it: what is held, or what has entered.
_HELD: Final = ("delta", "is")
_ENTERED: Final = ("entered", "in")
# Into any status but the one in which every target begins.
_MOVED: Final = "status IN (" + ", ".join(f"'{status}'" for status in STATUSES if status != OPEN[0]) + ")"


def _added(
    db: sqlite3.Connection, name: str, column: tuple[str, str], where: str, values: dict[str, Any]
) -> dict[str, Quantity]:
    """Return the sums of one column of the roll-up by name; names of which there is nothing are left out."""
    amount, prefix = column
    found: dict[str, Sums] = {}
    for key, n in db.execute(f"SELECT {name}, SUM({amount}) FROM rollup WHERE {where} GROUP BY {name}", values):
        found.setdefault(key, Sums()).add("", n)
    parts = ", ".join(f"SUM({prefix}_{mark})" for mark in ("about", "at_least", "under", "unknown"))
    for key, *counts in db.execute(f"SELECT {name}, {parts} FROM rollup_marks WHERE {where} GROUP BY {name}", values):
        found.setdefault(key, Sums()).add_parts("", counts)
    return {key: sums.quantity("") for key, sums in found.items() if sums.n("") or sums.marks("")}


def _sql(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
