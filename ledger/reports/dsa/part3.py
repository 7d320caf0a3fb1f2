"""The table of Member States' orders, row by row: what is counted, and how the medians are made.

The part 3 of the transparency report under Regulation (EU) 2022/2065, article 15(1)(a), by the template of Commission
Implementing Regulation (EU) 2024/2835, Annex I. A block of rows for all Member States and one for each that sent an order:
its total, then each category, then each keyword of that. Every figure is made from the orders themselves, a median never
from medians.

Times are in hours with two decimals, half to even: an instant is known to the second at best, often to the minute, and
0.01 h is 36 seconds. The median of an even number of times is the mean of the two in the middle, exact before it is
rounded.
"""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.model.categories import CATEGORIES, OTHER
from ledger.reports.dsa.order_times import NO_CLOCK, NO_TARGETS, NONE_RECORDED, SEVERAL, STILL_OPEN, TOTAL, Taken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.reports.dsa.orders import Counted

ALL: Final = "TOTAL"
_HOUR: Final = 3_600_000_000


class Row(NamedTuple):
    """One row: its category or keyword, what `KEYWORD_OTHER` holds, its scope, then the figures and what qualifies them.

    Numbers are counts, texts are hours or words; an empty text is a median that there is not.
    """

    code: str
    description: str
    scope: str
    act_orders: int
    act_items: int
    act_informed: str
    act_effect: str
    info_orders: int
    info_informed: str
    info_effect: str
    about_act_orders: str
    about_act_items: str
    about_act_informed: str
    about_act_effect: str
    about_info_orders: str
    about_info_informed: str
    about_info_effect: str


def codes() -> Iterator[tuple[str, str]]:
    """Give the rows of a block in their order: category and keyword, the total and whole categories without a keyword."""
    yield ALL, ""
    for category, keywords in CATEGORIES.items():
        yield category, ""
        for keyword in keywords:
            yield category, keyword


def table(counted: list[Counted], *, receipts_as_zero: bool, confidential: bool) -> list[Row]:
    """Return the rows of the table.

    With `receipts_as_zero`, a receipt acknowledged within an hour counts as acknowledged at once. Without `confidential`,
    what confidential orders cite is not named.
    """
    groups: dict[tuple[str, str, str], list[Counted]] = {}
    for order in counted:
        for scope in (ALL, order.state):
            for key in {(ALL, ""), (order.category, ""), (order.category, order.keyword)}:
                groups.setdefault((scope, *key), []).append(order)
    states = sorted({order.state for order in counted})
    return [
        _row(
            keyword or category,
            scope,
            groups.get((scope, category, keyword), []),
            receipts_as_zero=receipts_as_zero,
            confidential=confidential,
        )
        for scope in (ALL, *states)
        for category, keyword in codes()
    ]


def _row(code: str, scope: str, orders: list[Counted], *, receipts_as_zero: bool, confidential: bool) -> Row:
    acts = [order for order in orders if not order.informs]
    asks = [order for order in orders if order.informs]
    description = _described(orders, confidential=confidential) if code == OTHER and orders else ""
    items = sum(order.items for order in acts)
    lumped = sum(order.items for order in acts if not order.single)
    act_informed, about_act_informed = _informed(acts, receipts_as_zero=receipts_as_zero)
    act_effect, about_act_effect = _effect(acts)
    info_informed, about_info_informed = _informed(asks, receipts_as_zero=receipts_as_zero)
    info_effect, about_info_effect = _effect(asks)
    return Row(
        code,
        description,
        scope,
        _number(acts),
        items,
        act_informed,
        act_effect,
        _number(asks),
        info_informed,
        info_effect,
        _lumped(acts),
        f"{lumped} of these are known as totals only" if lumped else "",
        about_act_informed,
        about_act_effect,
        _lumped(asks),
        about_info_informed,
        about_info_effect,
    )


def _number(orders: list[Counted]) -> int:
    return sum(order.orders for order in orders)


def _lumped(orders: list[Counted]) -> str:
    lumped = sum(order.orders for order in orders if not order.single)
    return f"{lumped} of these are known as totals only, not one by one" if lumped else ""


def _described(orders: list[Counted], *, confidential: bool) -> str:
    """Say what the orders under "Other" are: that no keyword was recorded, and which laws they cite."""
    number = _number(orders)
    kept = [order for order in orders if order.described]
    text = "Recorded as none of the keywords of this category"
    if len(kept) < len(orders):
        text = "No keyword of this category is recorded"
        text += f" for {number - _number(kept)} of {number} orders" if kept else ""
    shown = [order for order in orders if order.basis and (confidential or not order.confidential)]
    bases = Counter[str]()
    for order in shown:
        bases[order.basis] += order.orders
    named = [f"{basis} ({n})" for basis, n in sorted(bases.items()) if n]
    cited = sum(order.orders for order in orders if order.basis or order.provision_alone)
    hidden, unstated = cited - sum(bases.values()), number - cited
    if named:
        named += [f"{what} ({n})" for what, n in (("not stated", unstated), ("not shown", hidden)) if n]
    return text + (f"; legal basis: {', '.join(named)}" if named else "")


def median(times: list[int]) -> str:
    """Return the median of times in microseconds as hours; empty for none."""
    if not times:
        return ""
    ordered = sorted(times)
    twice = ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]
    return str((Decimal(twice) / (2 * _HOUR)).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN))


def _informed(orders: list[Counted], *, receipts_as_zero: bool) -> tuple[str, str]:
    """Return the median time to acknowledge, and what qualifies it."""
    times = [order.informed.time for order in orders if order.informed.time is not None]
    at_once = sum(time <= _HOUR for time in times) if receipts_as_zero else 0
    if receipts_as_zero:
        times = [0 if time <= _HOUR else time for time in times]
    why = _reasons(orders, [order.informed for order in orders])
    parts = [
        _said(why[NONE_RECORDED], "without a recorded acknowledgement"),
        _said(why[NO_CLOCK], "without clock times"),
        _said(why[TOTAL], "known as totals only"),
        _said(at_once, "acknowledged within one hour of receipt and counted as 0"),
    ]
    return median(times), _qualified(len(times), _number(orders), parts)


def _effect(orders: list[Counted]) -> tuple[str, str]:
    """Return the median time to act on the last item, and what qualifies it."""
    times = [order.effect.time for order in orders if order.effect.time is not None]
    found = [order.effect for order in orders]
    why = _reasons(orders, found)
    parts = [
        _said(why[STILL_OPEN], "still open"),
        _said(why[NO_CLOCK], "without clock times"),
        _said(why["already-removed"], "with everything already removed"),
        _said(why["refused"], "refused"),
        _said(why["not-found"], "with nothing found"),
        _said(why["withdrawn"], "withdrawn before any action"),
        _said(why[SEVERAL], "closed without any action for several of these reasons"),
        _said(why[NO_TARGETS], "that name nothing"),
        _said(why[TOTAL], "known as totals only"),
        _said(
            sum(taken.partly for taken in found if taken.time is not None),
            "acted on in part, its other items closed without action",
        ),
        _said(
            sum(taken.own_rules for taken in found if taken.time is not None),
            "acted on at least in part under the service's own rules",
        ),
    ]
    return median(times), _qualified(len(times), _number(orders), parts)


def _reasons(orders: list[Counted], found: list[Taken]) -> Counter[str]:
    why = Counter[str]()
    for order, taken in zip(orders, found, strict=True):
        why[taken.why] += order.orders
    return why


def _said(n: int, what: str) -> str:
    return f"{n} {what}" if n else ""


def _qualified(timed: int, number: int, parts: list[str]) -> str:
    """Say of how many orders a median is and what became of the others; empty where nothing qualifies it."""
    said = [part for part in parts if part]
    if not said or timed == number:
        return "; ".join(said)
    return "; ".join([f"median of {timed} of {number} orders" if timed else "no median", *said])
