"""Published totals beside what the ledger counts, and what the ledger counts that the table does not tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import combinations
from typing import Any, Final, NamedTuple

from ledger.reports.reconciling.adding_up import outermost
from ledger.reports.reconciling.bounds import CANNOT_TELL, EQUAL, NOT_COMPARED, Judgement, judge
from ledger.reports.reconciling.claims import MEASURE, PERIOD, Claim, Published, Span, compared
from ledger.reports.reconciling.counted import Counted, Figure, nothing, total_of
from ledger.reports.reconciling.named_measures import Measure
from ledger.reports.sums import Quantity, quantity

Key = tuple[tuple[str, str], ...]
# A period, and a key that the table has there.
_Told = tuple[Span | None, Key]
_NONE: Final = quantity(0, 0)
_JURISDICTION: Final = "jurisdiction"


class Comparison(NamedTuple):
    """A published figure beside the ledger's, None where it has none to compare: then `why` says why."""

    claim: Claim
    counted: Figure | None
    judged: Judgement
    why: str = ""
    note: str = ""


class Missing(NamedTuple):
    """What the ledger counts in a period that the table covers, under a key that it does not have there.

    It is a difference where the table states the total of which it must be a part, and no row of it that could not be
    read may be about it; `unread` are the lines of such rows.
    """

    period: Span
    key: Key
    measure: Measure
    counted: Quantity
    differs: bool
    unread: tuple[int, ...] = ()


def comparisons(published: Published, counted: Counted) -> list[Comparison]:
    """Hold each claim of a table against the ledger, in the order of the table."""
    periods = _periods(published.claims)
    unread = [claim for claim in published.claims if PERIOD in claim.unread or MEASURE in claim.unread]
    told = {(claim.period, claim.key) for claim in published.claims}
    return [
        _with_unread(_compared(claim, counted, periods.get(claim.name, []), published.jurisdictions, told), unread)
        for claim in published.claims
    ]


def missing(published: Published, counted: Counted) -> list[Missing]:
    """Return what the ledger counts in the table's periods under keys that the table lacks there."""
    held: dict[tuple[Span, tuple[str, ...], str], set[Key]] = {}
    measures: dict[str, Measure] = {}
    stated: set[tuple[Span, str, Key]] = set()
    # What the table says something of, if only of a part.
    told: dict[str, set[tuple[Span, Key]]] = {}
    unread = [claim for claim in published.claims if not claim.placed]
    for claim in published.claims:
        measure = claim.measure
        if (
            not claim.placed
            or measure is None
            or claim.period is None
            or not measure.base.grouped
            or measure.base.whole is not None
        ):
            continue
        measures[measure.name] = measure
        if claim.key:
            ways = tuple(way for way, _ in claim.key)
            key = _alike(claim.key)
            held.setdefault((claim.period, ways, measure.name), set()).add(key)
            told.setdefault(measure.name, set()).update((claim.period, part) for part in _parts(key))
        if not claim.why and claim.value is not None:
            stated.add((claim.period, measure.name, _alike(claim.key)))
    found = []
    for (span, ways, name), known in held.items():
        inside = {part for period, part in told[name] if period.within(span)}
        divided = {part for key in known for part in _parts(key)}
        for values, figure in sorted(counted.groups(span, ways, measures[name]).items()):
            key = tuple(zip(ways, values, strict=True))
            if figure.n == _NONE or _alike(key) in inside or not _within(key, published.jurisdictions):
                continue
            wholes = [part for part in ((), *_parts(_alike(key))) if len(part) < len(key)]
            if any(whole and (span, name, whole) in stated and whole not in divided for whole in wholes):
                # The table states the whole of it, and divides it no further.
                continue
            perhaps = tuple(line for claim in unread if _may_be(claim, span, key, name) for line in claim.lines)
            differs = not perhaps and any((span, name, whole) in stated for whole in wholes)
            found.append(Missing(span, key, measures[name], figure.n, differs, perhaps))
    return found


def _parts(key: Key) -> Iterator[Key]:
    """Give what a key says, whole and in parts."""
    return (part for size in range(1, len(key) + 1) for part in combinations(key, size))


def duplicates(published: Published) -> list[list[Claim]]:
    """Return the claims that are about the same, each time all of them."""
    found: dict[tuple[Any, ...], list[Claim]] = {}
    for claim in filter(lambda claim: claim.placed, published.claims):
        found.setdefault((claim.name, claim.period, *claim.alike.items()), []).append(claim)
    return [claims for claims in found.values() if len(claims) > 1]


def _compared(
    claim: Claim, counted: Counted, periods: list[Span] | None, universe: tuple[str, ...], told: set[_Told]
) -> Comparison:
    measure = claim.measure
    why = claim.why or _obstacle(claim, periods, universe)
    if why or claim.value is None or measure is None:
        return _not_compared(claim, why or "the table states no figure")
    spans = periods or [] if claim.period is None else [claim.period]
    figures, notes = [], [claim.note]
    for span in spans:
        figure, note = _figure(claim, measure, span, counted, universe, told)
        figures.append(figure)
        notes.append(note)
    held = total_of(figures, measure) if len(figures) != 1 else figures[0]
    if held.why:
        return _not_compared(claim, held.why)
    judged = judge(claim.value, held.bounds())
    if len(spans) > 1 or (judged.result == EQUAL and held.n == _NONE):
        # That the ledger has no such orders in one of the periods, or none at all, says nothing more.
        notes = [claim.note]
    return Comparison(claim, held, judged, "", "; ".join(dict.fromkeys(filter(None, notes))))


def _with_unread(comparison: Comparison, unread: Iterable[Claim]) -> Comparison:
    """Return a comparison that tells nothing where it is over the table's periods, and not all of these could be read."""
    claim = comparison.claim
    if claim.period is not None or comparison.counted is None:
        return comparison
    lost = [line for other in unread if MEASURE in other.unread or other.name == claim.name for line in other.lines]
    if not lost:
        return comparison
    said = f"it is a total over periods, of which line {', '.join(map(str, dict.fromkeys(lost)))} cannot be read"
    return Comparison(claim, None, Judgement(CANNOT_TELL), "", "; ".join(filter(None, (claim.note, said))))


def _may_be(claim: Claim, span: Span, key: Key, name: str) -> bool:
    """Tell whether a claim that could not be read in full may be about a period, a key and a measure."""
    held = dict(claim.key)
    return (
        (PERIOD in claim.unread or claim.period in (None, span))
        and (MEASURE in claim.unread or claim.name == name)
        and all(
            way in claim.unread or _alike([(way, held.get(way, ""))]) == _alike([(way, value)]) for way, value in key
        )
    )


def _not_compared(claim: Claim, why: str) -> Comparison:
    return Comparison(claim, None, Judgement(NOT_COMPARED), why, claim.note)


def _obstacle(claim: Claim, periods: list[Span] | None, universe: tuple[str, ...]) -> str:
    """Say why a figure cannot be compared for what it counts; nothing if it can."""
    if claim.measure is None:
        return "the ledger has no such measure"
    name, base = claim.measure.name, claim.measure.base
    if claim.value is not None and claim.share != (base.whole is not None):
        return f"it is a share, and {name} a number" if claim.share else f"it is a number, and {name} a share"
    ways = [way for way, _ in claim.key] or ([_JURISDICTION] if universe else [])
    if ways and not base.grouped:
        return f"the report counts {name} over all orders alone, not by {' and '.join(ways)}"
    if claim.period is None:
        if not periods:
            return "it is a total over periods " + (
                "that overlap" if periods is None else "of which the table has none"
            )
        if not (base.grouped or base.adds_by_period):
            return f"{name} of several periods do not add up: what one counts the next may count too"
    return ""


def _figure(
    claim: Claim, measure: Measure, span: Span, counted: Counted, universe: tuple[str, ...], told: set[_Told]
) -> tuple[Figure, str]:
    """Return the ledger's figure for a period, and what is to be said about it."""
    key = claim.key
    ways = tuple(way for way, _ in key)
    if universe and _JURISDICTION not in ways:
        ways = (_JURISDICTION, *ways)
        inside = [
            figure
            for values, figure in counted.groups(span, ways, measure).items()
            if values[0] in universe and _alike(zip(ways[1:], values[1:], strict=True)) == _alike(key)
        ]
        return total_of(inside, measure), ""
    if not key:
        return counted.total(span, measure), ""
    groups = counted.groups(span, ways, measure)
    wanted = tuple(value for _, value in key)
    alike = [values for values in groups if _alike(zip(ways, values, strict=True)) == _alike(key)]
    others = [values for values in alike if values != wanted]
    if wanted in groups and all((claim.period, tuple(zip(ways, values, strict=True))) in told for values in others):
        # Where several are spelled alike, and the table has each of them, it tells them apart as the ledger does.
        return groups[wanted], ""
    if len(alike) > 1:
        names = ", ".join(map(" ".join, alike))
        return Figure(_NONE, why=f"the ledger holds several that are spelled alike: {names}"), ""
    if alike:
        return groups[alike[0]], f"in the ledger: {' '.join(alike[0])}"
    return nothing(measure), _nearest(wanted, groups)


def _nearest(wanted: tuple[str, ...], groups: Iterable[tuple[str, ...]]) -> str:
    near = get_close_matches(" ".join(wanted), map(" ".join, groups), n=1, cutoff=0.75)
    # Codes of countries are near each other without meaning it.
    hint = f": did you mean {near[0]}?" if near and len(near[0]) > 3 else ""
    return f"the ledger has no orders of {' '.join(wanted)} in the period{hint}"


def _periods(claims: Iterable[Claim]) -> dict[str, list[Span] | None]:
    """Return the periods of each measure that a total over periods is a total of; None where they overlap."""
    found: dict[str, set[Span]] = {}
    for claim in claims:
        if claim.period is not None and claim.period.known:
            found.setdefault(claim.name, set()).add(claim.period)
    return {name: outermost(spans) for name, spans in found.items()}


def _within(key: Key, universe: tuple[str, ...]) -> bool:
    return not universe or all(value in universe for way, value in key if way == _JURISDICTION)


def _alike(key: Iterable[tuple[str, str]]) -> Key:
    """Return a key as it is compared."""
    return tuple((way, compared(way, value)) for way, value in key)
