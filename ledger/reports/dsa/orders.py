"""The orders of Member States that a period's table counts, each reduced to what its cells need.

Which orders: those booked in the period (rule 1) that a Member State's authority sent to the service. Left out, and
counted beside: orders of other countries, of other services, voided ones, repeats of another order (`confirms`,
`duplicate`), and orders found `invalid`, which no authority sent. An order that lacks what its figures need is named with
what it lacks, so that it can be mended; then there is no table.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from ledger.errors import Refused
from ledger.index.reading import folded, records
from ledger.model.categories import NOT_SPECIFIED, OTHER, check_category, check_keyword
from ledger.model.entries import FollowUp, Order
from ledger.model.member_states import MEMBER_STATES, eurostat_code
from ledger.model.quantities import qualifier, show
from ledger.model.statuses import RESTORING_EVENTS
from ledger.model.targets import platform_key
from ledger.reports.dsa.order_times import Taken, times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.index.reading import Source
    from ledger.model.postings import Fold

# How many days before the period orders are looked for that may have come in it.
_BEFORE: Final = 31
_TERROR: Final = "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY with KEYWORD_TERRORIST_CONTENT"


_BOOKED: Final = "SELECT order_no, jurisdiction, stands_for FROM orders WHERE day >= ? AND day < ? ORDER BY order_no"


class Counted(NamedTuple):
    """What one entry of an order adds to the table.

    `state` as Eurostat writes it; `keyword` is empty for a category that has none. `orders` is how many orders the entry
    stands for, `items` how many items of information they name; an order to provide information has no items. `described`
    says that its authority's keyword is `KEYWORD_OTHER` itself, and not that none was recorded. `provision_alone` says that it
    cites a provision and no basis.
    """

    id: str
    state: str
    category: str
    keyword: str
    described: bool
    informs: bool
    orders: int
    items: int
    single: bool
    informed: Taken
    effect: Taken
    basis: str
    confidential: bool
    provision_alone: bool = False


class Lack(NamedTuple):
    """What an order lacks; its entry stands for so many `orders`."""

    order: str
    seq: int
    orders: int
    what: tuple[str, ...]


class Cohort(NamedTuple):
    """The orders of a period: those that count, those that lack something, and how many orders are left out.

    `abroad` counts the orders left out by jurisdiction, `elsewhere` those by service. `doubtful` names orders that were
    issued in the month before the period and whose receipt is not recorded: they may have come in it.
    """

    counted: list[Counted]
    lacking: list[Lack]
    abroad: Counter[str]
    elsewhere: Counter[str]
    repeats: int
    invalid: int
    void: int
    doubtful: tuple[str, ...] = ()


def cohort(source: Source, begin: int, end: int, service: str) -> Cohort:
    """Return the orders booked from day `begin` up to day `end` (ordinals of the reporting zone) for a service.

    An order that names another service never counts. One that names none goes by its platform; where none of the period
    names a service and all are of one platform, all count. Raises `Refused` where there are orders, but none of `service`.
    """
    found = Cohort([], [], Counter(), Counter(), 0, 0, 0)
    repeats = invalid = void = 0
    by_service: dict[str, list[Counted | Lack]] = {}
    named = False
    for order_no, jurisdiction, number in source.db.execute(_BOOKED, (begin, end)).fetchall():
        if jurisdiction != "EU" and jurisdiction not in MEMBER_STATES:
            found.abroad[jurisdiction] += number
            continue
        fold, _ = folded(source.db, source.read_line, order_no, source.zone)
        if fold is None:
            void += number
        elif fold.repeats:
            repeats += number
        elif _is_invalid(fold):
            invalid += number
        else:
            named = named or bool(fold.order.service)
            name = fold.order.service or fold.platform
            by_service.setdefault(name, []).append(judged(fold, hides=_hides(source, fold)))
    served = _served(by_service, service, found.elsewhere, named=named)
    for name in served:
        found.counted.extend(item for item in by_service[name] if isinstance(item, Counted))
        found.lacking.extend(item for item in by_service[name] if isinstance(item, Lack))
    doubtful = tuple(_doubtful(source, begin, {*map(_folded, served), *_wanted(service)}))
    return found._replace(repeats=repeats, invalid=invalid, void=void, doubtful=doubtful)


def _doubtful(source: Source, begin: int, names: set[str]) -> Iterator[str]:
    """Give the orders of some services that were issued shortly before the period, and whose receipt is not recorded."""
    for order_no, jurisdiction, _ in source.db.execute(_BOOKED, (begin - _BEFORE, begin)).fetchall():
        if jurisdiction != "EU" and jurisdiction not in MEMBER_STATES:
            continue
        fold, _ = folded(source.db, source.read_line, order_no, source.zone)
        if fold is None or fold.order.received is not None or fold.repeats or _is_invalid(fold):
            continue
        if _folded(fold.order.service or fold.platform) in names:
            yield fold.id


def _served(
    by_service: dict[str, list[Counted | Lack]], service: str, elsewhere: Counter[str], *, named: bool
) -> list[str]:
    """Return the names under which the orders of a service stand; count the others.

    `named` says that some of them name a service themselves.
    """
    if len(by_service) < 2 and not named:
        return list(by_service)
    wanted = _wanted(service)
    own = [name for name in by_service if _folded(name) in wanted]
    if not own:
        names = ", ".join(sorted(by_service))
        several = "several services" if len(by_service) > 1 else "another service"
        raise Refused(
            f"service: {service!r}: the orders of the period are those of {several}, {names}: a table is of one "
            "service, so name one of them"
        )
    elsewhere.update(
        {name: sum(item.orders for item in items) for name, items in by_service.items() if name not in own}
    )
    return own


def _wanted(service: str) -> set[str]:
    return {_folded(service), platform_key(service)}


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _is_invalid(fold: Fold) -> bool:
    """Tell whether the whole order was found to be none, and not restored."""
    verdict = False
    for step in fold.steps:
        if isinstance(step.entry, FollowUp) and not step.entry.targets:
            verdict = step.entry.event == "invalid" or (verdict and step.entry.event not in RESTORING_EVENTS)
    return verdict


def judged(fold: Fold, *, hides: bool = False) -> Counted | Lack:
    """Return what a folded order of a Member State adds to the table, or what it lacks.

    `hides` says that the legal ground it cites may be among the fields that are not disclosed here.
    """
    order = fold.order
    lacks: list[str] = []
    if order.jurisdiction not in MEMBER_STATES:
        lacks.append("a Member State: its jurisdiction is EU, and the table is by the one whose authority sent it")
    if order.received is None:
        lacks.append(
            f"a day of receipt: it was issued {order.issued}, and whether it came in the period is not recorded"
        )
    if hides:
        lacks.append("a legal ground that can be read: some of its fields are not disclosed in this copy of the ledger")
    category, keyword = _category(order, lacks)
    items = 0 if order.informs else _items(fold, lacks)
    if lacks:
        return Lack(fold.id, fold.seq, order.stands_for, tuple(lacks))
    took = times(fold)
    return Counted(
        fold.id,
        eurostat_code(order.jurisdiction),
        category,
        keyword,
        order.keyword is not None,
        order.informs,
        order.stands_for,
        items,
        order.stands_for == 1,
        took.informed,
        took.effect,
        order.basis or "",
        order.confidential,
        provision_alone=bool(order.provision and not order.basis),
    )


def _category(order: Order, lacks: list[str]) -> tuple[str, str]:
    """Return the category and the keyword under which an order stands."""
    cited = order.basis or order.provision
    if not order.category:
        if order.keyword:
            lacks.append(f"a category: it has the keyword {order.keyword} alone")
        elif cited:
            hint = f"; orders under it are {_TERROR}" if order.basis == "EU-TCO" else ""
            lacks.append(f"a category: it cites {cited}{hint}")
        return NOT_SPECIFIED, ""
    try:
        category = check_category(order.category)
        if category == NOT_SPECIFIED and cited:
            lacks.append(f"a category: it cites {cited}, so {NOT_SPECIFIED} does not fit")
        if order.keyword:
            return category, check_keyword(order.keyword, category)
    except Refused as error:
        lacks.append(f"a category or keyword of the table: {error}")
        return NOT_SPECIFIED, ""
    return category, "" if category == NOT_SPECIFIED else OTHER


def _items(fold: Fold, lacks: list[str]) -> int:
    """Return how many items of information an order names: its amount, and names of other kinds on top (rule 1)."""
    ordered = [post for post in fold.balance.postings if post.seq == fold.seq and not post.source.status]
    n, marks = sum(post.n for post in ordered), 0
    for post in ordered:
        marks |= post.marks
    if marks:
        amount = fold.order.specified
        said = f"specifies {amount.words or show(n, qualifier(n, marks))}" if amount else "names none"
        lacks.append(f"an exact number of items: it {said}")
    lacks += [f"a number of items that fits its list: {problem}" for problem in fold.outcomes[fold.seq].problems]
    return n


def _hides(source: Source, fold: Fold) -> bool:
    """Tell whether an order that cites no legal ground may cite one that is not disclosed here."""
    order = fold.order
    if order.category or order.basis or order.provision:
        return False
    lines = [msgspec.json.decode(record.raw) for record in records(source.db, source.read_line, fold.seq)]
    return any(line.get("_sd") or (line.get("set") or {}).get("_sd") for line in lines)
