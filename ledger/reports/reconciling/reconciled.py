"""The reconciliation as plain rows, under the keys of `ledger-reconciliation/1` (docs/reconcile.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from ledger.model.moments import day_text
from ledger.reports.reconciling.adding_up import Addition, additions
from ledger.reports.reconciling.bounds import CANNOT_TELL, DIFFERS, NOT_COMPARED, RESULTS, Bounds, Judgement
from ledger.reports.reconciling.claims import Claim, Published, Span
from ledger.reports.reconciling.counted import Ask, Counted
from ledger.reports.reconciling.reconciliation import Comparison, Missing, comparisons, duplicates, missing

SCHEMA: Final = "ledger-reconciliation/1"
Row = Mapping[str, Any]


def reconciled(
    published: Published, ask: Ask, orders: Callable[[], Sequence[Row]], *, kind: str, timezone: str
) -> dict[str, Any]:
    """Return a published table beside the ledger, and beside itself.

    `ask` gives reports and `orders` the orders, as `Counted` has it; `kind` is of the targets that are counted where a
    measure says none, `timezone` the ledger's.
    """
    counted = Counted(ask, orders, kind, published.claims)
    compared = comparisons(published, counted)
    lacking = missing(published, counted)
    sums = additions(published)
    results = dict.fromkeys(RESULTS, 0)
    for comparison in compared:
        results[comparison.judged.result] += 1
    wrong = sum(addition.judged.result == DIFFERS for addition in sums)
    return {
        "schema": SCHEMA,
        "published": published.name,
        "kind": kind,
        "timezone": timezone,
        "results": results,
        "compared": len(compared) - results[NOT_COMPARED] - results[CANNOT_TELL],
        "unread_rows": published.unread_rows,
        "differences": results[DIFFERS] + wrong + sum(item.differs for item in lacking),
        "comparisons": [_comparison(comparison) for comparison in compared],
        "sums": [_addition(addition) for addition in sums],
        "not_in_table": [_missing(item) for item in lacking],
        "duplicates": [_duplicate(claims) for claims in duplicates(published)],
        "notes": list(published.notes),
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    counted = comparison.counted
    return {
        **_claim(comparison.claim),
        "counted": None if counted is None else dict(counted.n),
        "of": None if counted is None or counted.of is None else dict(counted.of),
        **_judged(comparison.judged),
        "why": comparison.why,
        "note": comparison.note,
    }


def _addition(addition: Addition) -> dict[str, Any]:
    parts = addition.parts
    return {
        "over": list(addition.over),
        **_claim(addition.whole),
        "parts": [{"lines": list(part.lines), "column": part.column, "published": part.text} for part in parts],
        "added": _bounds(addition.added),
        **_judged(addition.judged),
    }


def _missing(item: Missing) -> dict[str, Any]:
    return {
        "period": _period(item.period),
        "key": dict(item.key),
        "measure": item.measure.name,
        "counted": dict(item.counted),
        "difference": item.differs,
        "unread": list(item.unread),
    }


def _duplicate(claims: Sequence[Claim]) -> dict[str, Any]:
    return {
        "period": _period(claims[0].period),
        "key": dict(claims[0].key),
        "apart": _told(claims[0]),
        "measure": claims[0].name,
        "rows": [{"lines": list(claim.lines), "column": claim.column, "published": claim.text} for claim in claims],
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "lines": list(claim.lines),
        "column": claim.column,
        "period": _period(claim.period),
        "key": dict(claim.key),
        "apart": _told(claim),
        "measure": claim.name,
        "published": claim.text,
        "states": None if claim.value is None else _bounds(claim.value),
    }


def _told(claim: Claim) -> dict[str, str]:
    return {column: value for column, value in claim.apart if value is not None}


def _period(span: Span | None) -> dict[str, str | None] | None:
    """Return a period with its last day, as tables write it; None for a total over periods, no days if it is unread."""
    if span is None:
        return None
    first, last = (day_text(span.begin), day_text(span.end - 1)) if span.known else (None, None)
    return {"label": span.label, "first": first, "last": last}


def _bounds(bounds: Bounds) -> dict[str, Any]:
    return {"low": _number(bounds.low), "high": _number(bounds.high), "about": bounds.about}


def _judged(judged: Judgement) -> dict[str, Any]:
    return {"result": judged.result, "difference": _number(judged.difference), "at_least": judged.at_least}


def _number(value: Fraction | None) -> int | float | None:
    """Return a whole number as such, a share of 1 as the nearest number that JSON has."""
    if value is None:
        return None
    return value.numerator if value.denominator == 1 else float(value)
