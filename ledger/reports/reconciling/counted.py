"""What the ledger counts for named measures, each report asked for once.

Nothing is counted here: every figure is one of the report, or, for what no report tells at once (an authority within a
jurisdiction, a total over several periods), the sum of such figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple

from ledger.reports.reconciling.bounds import Bounds, bounds_of
from ledger.reports.reconciling.claims import Claim, Span
from ledger.reports.reconciling.named_measures import Measure, Report
from ledger.reports.sums import Quantity, added, quantity

# Gives the report of a period: begin and end as ordinals, the way of grouping or None, the kind of target, whether with times.
Ask = Callable[[int, int, str | None, str, bool], Report]
_Values = tuple[str, ...]
_NONE: Final = quantity(0, 0)
_ORDER: Final = "order"


class Figure(NamedTuple):
    """A figure of the ledger: how many, of how many where it is a rate; `why` says why it has none, if so."""

    n: Quantity
    of: Quantity | None = None
    why: str = ""

    def bounds(self) -> Bounds:
        """Return between which numbers it lies, a rate as a share of 1."""
        part = bounds_of(self.n)
        return part if self.of is None else _ratio(part, bounds_of(self.of))


class Counted:
    """The ledger's figures.

    `orders` gives the orders as `ledger orders` does; it is asked only where a table tells several things apart at once.
    `kind` is asked for where a measure counts orders.
    """

    def __init__(
        self, ask: Ask, orders: Callable[[], Sequence[Mapping[str, Any]]], kind: str, claims: Iterable[Claim]
    ) -> None:
        self._ask, self._orders, self._kind = ask, orders, kind
        self._reports: dict[tuple[int, int, str, str], Report] = {}
        self._keys: dict[_Values, dict[str, _Values]] = {}
        self._found: dict[tuple[int, int, _Values, str, bool], dict[_Values, list[Report]]] = {}
        # A report by anything has the totals too: where the table asks for one, the totals are read from it.
        self._ways: dict[tuple[int, int], str] = {}
        self._timed: set[tuple[int, int]] = set()
        for claim in claims:
            if claim.period is not None and claim.placed:
                place = (claim.period.begin, claim.period.end)
                if len(claim.key) == 1:
                    self._ways.setdefault(place, claim.key[0][0])
                if claim.measure is not None and claim.measure.base.timed:
                    self._timed.add(place)

    def total(self, span: Span, measure: Measure) -> Figure:
        """Return the figure over all orders."""
        report = self._report(span, self._ways.get((span.begin, span.end), ""), measure)
        block = report["times"]["totals"] if measure.base.timed else report["totals"]
        return _figure(report, [block], measure)

    def groups(self, span: Span, ways: _Values, measure: Measure) -> dict[_Values, Figure]:
        """Return the figures by the values of one or several ways, of those that have any."""
        return {values: _figure({}, blocks, measure) for values, blocks in self._blocks(span, ways, measure).items()}

    def _report(self, span: Span, way: str, measure: Measure) -> Report:
        asked = (span.begin, span.end, way, measure.kind or self._kind)
        if asked not in self._reports:
            timed = (span.begin, span.end) in self._timed
            self._reports[asked] = self._ask(span.begin, span.end, way or None, asked[3], timed)
        return self._reports[asked]

    def _blocks(self, span: Span, ways: _Values, measure: Measure) -> dict[_Values, list[Report]]:
        timed = measure.base.timed
        asked = (span.begin, span.end, ways, measure.kind or self._kind, timed)
        if asked not in self._found:
            found = self._found[asked] = {}
            single = len(ways) == 1
            report = self._report(span, ways[0] if single else _ORDER, measure)
            for block in report["times"]["groups"] if timed else report["groups"]:
                values = (block["key"],) if single else self._values(ways)[block["key"]]
                found.setdefault(values, []).append(block)
        return self._found[asked]

    def _values(self, ways: _Values) -> dict[str, _Values]:
        if ways not in self._keys:
            self._keys[ways] = {row[_ORDER]: tuple(row[way] or "" for way in ways) for row in self._orders()}
        return self._keys[ways]


def nothing(measure: Measure) -> Figure:
    """Return the figure of orders of which there are none."""
    return Figure(_NONE) if measure.base.whole is None else _without_whole()


def total_of(figures: Sequence[Figure], measure: Measure) -> Figure:
    """Return the sum of figures; of rates, that of both their sides."""
    why = next((figure.why for figure in figures if figure.why and figure.of is None), "")
    if why:
        return Figure(_NONE, why=why)
    if not figures:
        return nothing(measure)
    n = added(figure.n for figure in figures)
    if measure.base.whole is None:
        return Figure(n)
    return _rate(n, added(figure.of for figure in figures if figure.of is not None))


def _figure(report: Report, blocks: Sequence[Report], measure: Measure) -> Figure:
    base = measure.base
    if base.courses and (published := sum(block["published_totals"]["orders"] for block in blocks)):
        return Figure(_NONE, why=f"{published:,} of the orders are known by a published total alone, not one by one")
    n = added(base.read(report, block) for block in blocks)
    return Figure(n) if base.whole is None else _rate(n, added(map(base.whole, blocks)))


def _rate(n: Quantity, of: Quantity) -> Figure:
    return Figure(n, of) if of != _NONE else _without_whole()


def _without_whole() -> Figure:
    return Figure(_NONE, _NONE, "the ledger holds nothing in the period that this could be a share of")


def _ratio(part: Bounds, whole: Bounds) -> Bounds:
    if part.about or whole.about:
        share = part.low / whole.low if whole.low else Fraction(0)
        return Bounds(share, share, about=True)
    high = None if part.high is None or not whole.low else min(part.high / whole.low, Fraction(1))
    return Bounds(part.low / whole.high if whole.high else Fraction(0), high)
