"""Whether the parts of a published table add up to its totals: by period, by each of its other columns, by total columns.

Nothing here asks the ledger: it is the table held against itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any, Final, NamedTuple

from ledger.reports.reconciling.bounds import (
    CANNOT_TELL,
    CONSISTENT,
    DIFFERS,
    NOTHING_SAID,
    Bounds,
    Judgement,
    judge,
    together,
)
from ledger.reports.reconciling.claims import ALL_MEASURES, MEASURE, PERIOD, Claim, Published, Span
from ledger.reports.reconciling.unread import Unread

COLUMNS: Final = "columns"
MEASURES: Final = "measures"
# Where a claim stands: its period and its value in each column, None where it is a total over it.
_Place = dict[str, Any]
# A period, and what stands in the columns that are told apart.
_Told = tuple[Span | None, tuple[Any, ...]]
# What a table may tell apart beside the parts of a total: something that stands by its own parts alone, or in longer
# periods alone, so that it may be a part or not.
_SOME: Final = "some"
_LONGER: Final = "longer"
# How long each sort of period is at the most, in days: months and years differ.
_LENGTHS: Final = (("day", 1), ("week", 7), ("month", 31), ("quarter", 92), ("half", 184), ("year", 366))


class Addition(NamedTuple):
    """A published total beside the sum of its parts; `over` is what the parts tell apart."""

    over: tuple[str, ...]
    whole: Claim
    parts: tuple[Claim, ...]
    added: Bounds
    judged: Judgement


def additions(published: Published) -> list[Addition]:
    """Return every total that a table states beside the sum of its parts, in the order of the totals' lines."""
    counts = [claim for claim in published.claims if not claim.share]
    placed = [claim for claim in counts if claim.placed]
    unread = Unread(counts)
    found = [*_over_rows(placed), *_over_measures(placed), *_over_columns(counts, published)]
    return sorted((_with_unread(addition, unread) for addition in found), key=lambda addition: addition.whole.lines)


def _with_unread(addition: Addition, unread: Unread) -> Addition:
    """Return a sum with what could not be read: it may be any number, and only a total below the others is wrong."""
    whole, over, parts = addition.whole, addition.over, addition.parts
    # Columns are added up within a row, and periods inside another one leave no room for more.
    if over != (COLUMNS,) and not (over == (PERIOD,) and whole.period is not None):
        told = tuple(MEASURE if name == MEASURES else name for name in over)
        parts = (*parts, *unread.parts_of(whole, told, parts))
    if not any(part.unread for part in parts):
        return addition
    added = _sum(parts)
    judged = judge(_value(whole), added)
    base = None if whole.measure is None else whole.measure.base
    if judged.result != DIFFERS or addition.judged.result == CANNOT_TELL or not (base is None or base.adds_by_key):
        judged = Judgement(CANNOT_TELL)
    return addition._replace(parts=parts, added=added, judged=judged)


def outermost(spans: Iterable[Span]) -> list[Span] | None:
    """Return the periods that lie in no other one, in their order; None if some of these overlap."""
    known = {(span.begin, span.end): span for span in spans}.values()
    found: list[Span] = []
    for span in sorted(known, key=lambda span: (span.begin, -span.end)):
        if found and span.end <= found[-1].end:
            continue
        if found and span.begin < found[-1].end:
            return None
        found.append(span)
    return found


class _Rows:
    """The claims by measure and by what they are totals over, so that parts are found without reading all again."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self.places = [(claim, _place(claim)) for claim in claims]
        self._shapes: dict[tuple[str, frozenset[str]], list[tuple[Claim, _Place]]] = {}
        for claim, place in self.places:
            self._shapes.setdefault((claim.name, _free(place)), []).append((claim, place))
        self._found: dict[tuple[str, frozenset[str], tuple[str, ...]], dict[tuple[Any, ...], list[Claim]]] = {}
        self._told: dict[tuple[str, tuple[str, ...], tuple[str, ...]], dict[tuple[Any, ...], set[_Told]]] = {}

    def parts(self, claim: Claim, place: _Place, over: tuple[str, ...]) -> list[Claim]:
        """Return the claims that tell apart what a claim does not, and are like it in all else."""
        sort = (claim.name, _free(place) - set(over), over)
        if sort not in self._found:
            found = self._found[sort] = {}
            for part, where in self._shapes.get(sort[:2], []):
                found.setdefault(_rest(where, over), []).append(part)
        return self._found[sort].get(_rest(place, over), [])

    def lacks(self, place: _Place, over: tuple[str, ...], parts: Sequence[Claim]) -> str:
        """Tell whether the table tells more apart than these parts: nothing, `_SOME` or `_LONGER`."""
        names = tuple(name for name in over if name != PERIOD)
        fixed = tuple(name for name, value in place.items() if value is not None and name != PERIOD)
        sort = (parts[0].name, fixed, over)
        if sort not in self._told:
            told = self._told[sort] = {}
            for claim, where in self.places:
                if claim.name == sort[0] and all(where[name] is not None for name in over):
                    told.setdefault(_at(where, fixed), set()).add((claim.period, _at(where, names)))
        known = {(part.period, _at(_place(part), names)) for part in parts}
        groups = {at for _, at in known}
        whole, longer = place[PERIOD], False
        for span, at in self._told[sort].get(_at(place, fixed), ()):
            if whole is not None and (span is None or span.end <= whole.begin or whole.end <= span.begin):
                continue
            if whole is not None and span is not None and not span.within(whole):
                longer = longer or at not in groups
            elif (PERIOD in over and (span, at) not in known) or at not in groups:
                return _SOME
        return _LONGER if longer else ""


def _over_rows(claims: Sequence[Claim]) -> Iterator[Addition]:
    rows = _Rows(claims)
    for claim, place in rows.places:
        if claim.value is None:
            continue
        free = [name for name, value in place.items() if value is None]
        found: list[Addition] = []
        for size in range(1, len(free) + 1):
            found = [
                addition
                for over in combinations(free, size)
                if (parts := rows.parts(claim, place, over))
                and (addition := _held(_by_rows(claim, parts, over), rows.lacks(place, over, parts)))
            ]
            yield from found
            # Where single columns lead to subtotals, all columns together say the same again.
            if found:
                break
        if claim.period is not None and claim.measure is not None and claim.measure.base.adds_by_period:
            inside = list(_periods_inside(claim, claim.period, rows.parts(claim, place, (PERIOD,)), (PERIOD,)))
            yield from inside
            if not found and not inside and free and claim.measure.base.adds_by_key:
                yield from _shorter(claim, claim.period, place, rows, free)


def _outermost_parts(parts: Sequence[Claim], names: tuple[str, ...]) -> list[Claim] | None:
    """Return the parts whose periods lie in no other one of the same group; None if some overlap."""
    groups: dict[tuple[Any, ...], list[Claim]] = {}
    for part in parts:
        groups.setdefault(_at(_place(part), names), []).append(part)
    kept = []
    for group in groups.values():
        spans = outermost(part.period for part in group if part.period is not None)
        if spans is None:
            return None
        kept += [part for part in group if part.period in spans]
    return kept


def _shorter(claim: Claim, whole: Span, place: _Place, rows: _Rows, free: list[str]) -> Iterator[Addition]:
    """Give the sums of shorter periods that are told apart by other columns too, and have no totals over these."""
    for size in range(1, len(free) + 1):
        found: list[Addition] = []
        for names in combinations(free, size):
            over = (PERIOD, *names)
            found += [
                held
                for addition in _periods_inside(claim, whole, rows.parts(claim, place, over), over)
                if (held := _held(addition, rows.lacks(place, over, addition.parts)))
            ]
        yield from found
        if found:
            return


def _by_rows(claim: Claim, parts: list[Claim], over: tuple[str, ...]) -> Addition:
    base = None if claim.measure is None else claim.measure.base
    if PERIOD in over:
        kept = _outermost_parts(parts, tuple(name for name in over if name != PERIOD))
        parts = kept or parts
        # What stands at the end of one period may stand at the end of the next one too.
        if kept is None or (base is not None and not (base.grouped or base.adds_by_period)):
            return Addition(over, claim, tuple(parts), _sum(parts), Judgement(CANNOT_TELL))
    addition = _added(over, claim, parts)
    if base is not None and not base.adds_by_key and addition.judged.result != CANNOT_TELL:
        # A target of several parts counts once in the whole: the parts may add up to more, never to less.
        less = addition.judged.result == DIFFERS and (addition.judged.difference or 0) > 0
        return addition if less else addition._replace(judged=Judgement(CONSISTENT))
    return addition


def _held(addition: Addition, lack: str) -> Addition | None:
    """Return a sum whose total may be more than it, where parts may be lacking; None where too little is known of them.

    Whatever else is a part, a total that is less than those that are known is wrong.
    """
    difference = (addition.judged.difference or 0) if addition.judged.result == DIFFERS else 0
    if lack == _SOME and difference >= 0:
        return None
    return addition._replace(judged=Judgement(CANNOT_TELL)) if lack and difference > 0 else addition


def _periods_inside(claim: Claim, whole: Span, others: list[Claim], over: tuple[str, ...]) -> Iterator[Addition]:
    """Give the sum of the shorter periods that make up a period exactly, for each length of them."""
    inside: dict[str, list[Claim]] = {}
    for part in others:
        span = part.period
        if span is not None and span != whole and span.within(whole):
            inside.setdefault(_length(span), []).append(part)
    for parts in inside.values():
        spans = sorted({(part.period.begin, part.period.end) for part in parts if part.period is not None})
        if [whole.begin, *(end for _, end in spans)] == [*(begin for begin, _ in spans), whole.end]:
            yield _added(over, claim, parts)


def _over_measures(claims: Sequence[Claim]) -> Iterator[Addition]:
    places: dict[tuple[Any, ...], list[Claim]] = {}
    for claim in claims:
        places.setdefault(tuple(_place(claim).items()), []).append(claim)
    for held in places.values():
        parts = [claim for claim in held if claim.name != ALL_MEASURES]
        wholes = [claim for claim in held if claim.name == ALL_MEASURES and claim.value is not None]
        if parts:
            yield from (_added((MEASURES,), whole, parts) for whole in wholes)


def _over_columns(claims: Sequence[Claim], published: Published) -> Iterator[Addition]:
    rows: dict[tuple[int, ...], dict[str, Claim]] = {}
    for claim in claims:
        rows.setdefault(claim.lines, {})[claim.column] = claim
    for columns in rows.values():
        for sum_ in published.sums:
            whole = columns.get(sum_.whole)
            parts = [columns[name] for name in sum_.parts if name in columns]
            if whole is not None and whole.value is not None and parts:
                yield _added((COLUMNS,), whole, parts)


def _added(over: tuple[str, ...], whole: Claim, parts: Sequence[Claim]) -> Addition:
    added = _sum(parts)
    places = {(part.name, *_place(part).items()) for part in parts}
    # One figure that stands twice may be one part or two; columns are told apart by the mapping.
    twice = over != (COLUMNS,) and len(places) < len(parts)
    return Addition(over, whole, tuple(parts), added, Judgement(CANNOT_TELL) if twice else judge(_value(whole), added))


def _sum(parts: Iterable[Claim]) -> Bounds:
    return together(map(_value, parts))


def _value(claim: Claim) -> Bounds:
    return NOTHING_SAID if claim.value is None else claim.value


def _place(claim: Claim) -> _Place:
    return {PERIOD: claim.period} | claim.alike


def _free(place: _Place) -> frozenset[str]:
    return frozenset(name for name, value in place.items() if value is None)


def _at(place: _Place, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(place[name] for name in names)


def _rest(place: _Place, over: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(value for name, value in place.items() if name not in over)


def _length(span: Span) -> str:
    return next((name for name, most in _LENGTHS if span.end - span.begin <= most), "longer")
