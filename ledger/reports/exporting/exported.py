"""The rows of exported tables: postings, targets, or orders, as `exported_columns` describes them.

Their sums are the figures of a report over the same orders: what moved, from the rows of postings by `to`; how it stood
at the end, from the rows of targets by `status`, or from those of orders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from ledger.index.measures import BITS, NAMED, ORDERS, SPECIFIED
from ledger.model.balance import Place, Posting
from ledger.model.entries import Response
from ledger.model.moments import day_text
from ledger.model.postings import Fold, Step
from ledger.model.quantities import qualifier
from ledger.model.statuses import INFORMATION, OWN_RULES, RESTRICTED, STATUSES
from ledger.model.targets import parse_targets
from ledger.reports.exporting.exported_columns import FIELDS
from ledger.reports.exporting.selection import Selection, Standing
from ledger.reports.sums import Sums

_ACTED: Final = (*RESTRICTED, *OWN_RULES, *INFORMATION)


class Rows(NamedTuple):
    """Rows that are alike but for the name of the target: what they share, and the names; of no name there is one row."""

    shared: tuple[object, ...]
    names: Sequence[str]


_UNNAMED: Final = ("",)


def rows_of(table: str, standing: Standing, asked: Selection) -> Iterator[Rows]:
    """Give the rows that one order has in a table: `postings`, `targets` or `orders`."""
    return _MAKERS[table](standing, asked)


def _frame(fold: Fold) -> tuple[object, ...]:
    order = fold.order
    asks = "information" if order.informs else "act"
    return (order.authority, order.jurisdiction, fold.platform, order.basis, asks, order.confidential)


def _where(place: Place) -> tuple[str, str]:
    """Return where a status holds, and where it was lifted, as texts."""
    held = [country for country in place.where if not country.startswith("-")]
    lifted = [country[1:] for country in place.where if country.startswith("-")]
    return "; ".join(held), "; ".join(lifted)


def _by_kind(names: Sequence[str], fold: Fold) -> dict[str, list[str]]:
    """Return the canonical names of targets by their kind."""
    found: dict[str, list[str]] = {}
    if fold.balance.kind != "any" and not fold.balance.beside:
        # All are of the kind that the order counts, and of its platform.
        start = len(f"{fold.platform} {fold.balance.kind} ")
        return {fold.balance.kind: [name[start:] for name in names]}
    for name in names:
        _, kind, canonical = name.split(" ", 2)
        found.setdefault(kind, []).append(canonical)
    return found


def _postings(standing: Standing, asked: Selection) -> Iterator[Rows]:
    fold = standing.fold
    steps = {step.seq: step for step in fold.steps}
    after = (standing.received, *_frame(fold))
    for number, posting in enumerate(fold.balance.postings, 1):
        if posting.day < (asked.begin or 0) or not asked.counts(posting.kind):
            continue
        step = steps[posting.seq]
        source, to = posting.source, posting.to
        before = (standing.id, number, posting.seq, day_text(posting.day), step.moment.text, _at_kind(step))
        moves = source.status != to.status
        n = posting.n if moves else 0
        exact = qualifier(posting.n, posting.marks)
        places = (*_where(source), *_where(to), posting.speaker)
        sure = exact if moves else "exact"
        if not posting.names:
            figures = (n, sure, posting.n, exact)
            yield Rows((*before, posting.kind, "", "", source.status, to.status, *figures, *places, *after), _UNNAMED)
            continue
        for kind, names in _by_kind(posting.names, fold).items():
            figures = (min(n, 1), sure, 1, "exact")
            yield Rows((*before, posting.kind, kind, "", source.status, to.status, *figures, *places, *after), names)


def _at_kind(step: Step) -> str:
    return step.entry.at_kind or "occurred"


class _Named(NamedTuple):
    """Where a target was first named, where it stands, since when, and who says so last."""

    first: str
    first_day: int
    place: Place
    since: int
    seq: int
    speaker: str


def _advanced(held: _Named | None, posting: Posting) -> _Named:
    to, day, seq, speaker = posting.to, posting.day, posting.seq, posting.speaker
    if held is None:
        return _Named(to.status, day, to, day, seq, speaker)
    since = held.since if held.place.status == to.status else day
    return _Named(held.first, held.first_day, to, since, seq, speaker)


def _targets(standing: Standing, asked: Selection) -> Iterator[Rows]:
    fold, balance = standing.fold, standing.fold.balance
    frame = _frame(fold)
    if fold.repeats:
        for kind, names in _repeated(fold).items():
            if asked.counts(kind):
                nothing = ("", None, 0, "exact", None, None, None, None, "", "", None, None)
                yield Rows((standing.id, kind, kind, *nothing, fold.demanded, *frame), names)
        return
    held: dict[str, _Named] = {}
    for posting in balance.postings:
        if posting.names:
            # Nearly always all of them stand together.
            after = {before: _advanced(before, posting) for before in set(map(held.get, posting.names))}
            held |= {name: after[held.get(name)] for name in posting.names}
    groups: dict[tuple[_Named, str, str, bool], list[str]] = {}
    for name, state in held.items():
        kind = balance.beside.get(name, balance.kind)
        one_with = standing.one_with.get(name, "")
        groups.setdefault((state, kind, one_with, fold.demands(name)), []).append(name)
    for (state, kind, one_with, demanded), members in groups.items():
        if not asked.counts(kind):
            continue
        for target_kind, names in _by_kind(members, fold).items():
            state_row = (state.first, day_text(state.first_day), state.place.status, day_text(state.since))
            said = (*_where(state.place), state.seq, state.speaker)
            same = one_with.partition(" ")[2].partition(" ")[2]
            yield Rows(
                (standing.id, kind, target_kind, "", same, 1, "exact", *state_row, *said, demanded, *frame), names
            )
    if asked.counts(balance.kind):
        for place, n, exact in _unnamed(fold):
            stood = (balance.kind, "", "", None, n, exact, None, None, place.status, None, *_where(place), None, None)
            yield Rows((standing.id, *stood, fold.demanded, *frame), _UNNAMED)


def _repeated(fold: Fold) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for target in parse_targets(fold.order.targets, fold.platform):
        found.setdefault(target.kind, []).append(target.key.split(" ", 2)[2])
    return found


def _unnamed(fold: Fold) -> Iterator[tuple[Place, int, str]]:
    """Give the unnamed units by where they stand, each with how exact their number is.

    A status whose number is inexact though all in it are named has a row of none, which says so.
    """
    balance = fold.balance
    told = set()
    for place, n in balance.unnamed.items():
        if n > 0:
            told.add(place.status)
            yield place, n, qualifier(n, balance.marks.get(place.status, 0))
    for status, marks in balance.marks.items():
        if status and status not in told and (exact := qualifier(balance.in_status(status), marks)) != "exact":
            yield Place(status), 0, exact


def order_sums(fold: Fold, asked: Selection) -> Sums:
    """Return the figures of one order, those of the kind that is asked for."""
    sums = Sums()
    sums.add(ORDERS, fold.order.stands_for)
    seen: set[str] = set()
    for posting in fold.balance.postings:
        if not asked.counts(posting.kind):
            continue
        source, to = posting.source.status, posting.to.status
        if source != to:
            sums.add(source or SPECIFIED, -posting.n if source else posting.n)
            sums.add(to, posting.n)
        seen.update(posting.names)
    sums.add(NAMED, len(seen))
    if asked.counts(fold.balance.kind):
        for status, marks in fold.balance.marks.items():
            sums.add_parts(status or SPECIFIED, [int(bool(marks & bit)) for bit in BITS])
    return sums


def _orders(standing: Standing, asked: Selection) -> Iterator[Rows]:
    fold, order = standing.fold, standing.fold.order
    totals = order_sums(fold, asked).totals()
    row: list[object] = [standing.id, fold.seq, day_text(fold.moment.day), *_frame(fold), order.emergency]
    fields = {name: getattr(order, name) for name in FIELDS}
    if order.relates_to in asked.hidden.ids:
        fields |= {"relates_to": None, "relation": None}
    row += fields.values()
    row += [order.sources, [f"{document.name} {document.sha256}" for document in order.documents], fold.balance.kind]
    amount = order.specified
    row += [(amount.words or str(amount.n)) if amount else None, totals["orders"], *_pair(totals["specified"])]
    row.append(totals["named"])
    for quantity in (
        *(totals["status"][status] for status in STATUSES),
        totals["restricted"],
        totals["not_restricted"],
    ):
        row += _pair(quantity)
    row += [fold.is_open, fold.demanded, fold.due]
    for step in _times(fold):
        row += [step.moment.text, _at_kind(step)] if step is not None else [None, None]
    yield Rows((*row, len(fold.steps) - 1), _UNNAMED)


def _pair(quantity: Any) -> tuple[int, str]:
    return quantity["n"], quantity["qualifier"]


def _times(fold: Fold) -> tuple[Step | None, Step | None, Step | None]:
    """Return the entries that first acknowledge the order, first act on a target, and settle the last open one."""
    steps = {step.seq: step for step in fold.steps}
    said = (step for step in fold.steps if isinstance(step.entry, Response) and step.entry.action == "acknowledged")
    acted = (
        steps[posting.seq]
        for posting in fold.balance.postings
        if posting.to.status in _ACTED and posting.source.status != posting.to.status and (posting.n or posting.marks)
    )
    settled = steps[fold.openness[-1][0]] if len(fold.openness) > 1 and not fold.is_open else None
    return next(said, None), next(acted, None), settled


_MAKERS: Final[dict[str, Callable[[Standing, Selection], Iterator[Rows]]]] = {
    "postings": _postings,
    "targets": _targets,
    "orders": _orders,
}
