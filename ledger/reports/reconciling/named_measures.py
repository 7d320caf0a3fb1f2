"""The measures that published totals can be held against, by name: each is one figure of the report, counted nowhere else.

A name is `orders`, or a kind of target and what is counted of it: `accounts specified`, `posts removed at end`. The kinds
are `accounts`, `posts`, `urls`, `hashtags`, any other that the ledger has with an s at its end (`channels`) and, for every
kind together, `targets`; without one it is the kind that the command is asked for. Case does not count, nor whether words
are divided by spaces, hyphens or underscores.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from typing import Any, Final, NamedTuple

from ledger.model.statuses import RESTRICTED, STATUSES
from ledger.reports.sums import Quantity, added

Report = Mapping[str, Any]
PLURALS: Final = {"accounts": "account", "posts": "post", "urls": "url", "hashtags": "hashtag", "targets": "all"}
_SINGULAR: Final = {kind: plural for plural, kind in PLURALS.items()} | {"any": "targets of any kind"}


class Base(NamedTuple):
    """What is counted: in a sentence, and where in a report it stands.

    `grouped` says that a report tells it by jurisdiction, authority and so on too, from the block of a group; `of_kind`
    that it counts targets of one kind. `adds_by_key` and `adds_by_period` say whether the figures of parts add up to
    that of the whole by what they count. A `timed` one stands in the report's `times`; `whole` is what a rate is a rate
    of; `courses` says that orders of which only published totals are known are not in it.
    """

    says: str
    read: Callable[[Report, Report], Quantity]
    whole: Callable[[Report], Quantity] | None = None
    timed: bool = False
    courses: bool = False
    grouped: bool = True
    of_kind: bool = True
    adds_by_key: bool = True
    adds_by_period: bool = False


class Measure(NamedTuple):
    """A measure of one kind of target; `kind` is empty for what counts orders."""

    name: str
    kind: str
    base: Base


def _exactly(n: int) -> Quantity:
    return {"n": n, "qualifier": "exact"}


def _standing(status: str) -> Base:
    says = f"of the targets of orders received in the period, those that stand in {status} at its end"
    return Base(says, lambda _, block: block["status"][status])


def _moved(status: str) -> Base:
    says = f"moves into {status} within the period, under all orders: a target that comes back counts again"
    return Base(
        says,
        lambda report, _: added(period["moved"][status] for period in report["periods"]),
        grouped=False,
        adds_by_period=True,
    )


def _balance(status: str) -> Base:
    says = f"targets in {status} at the end of the period under all orders, whenever they were received"
    return Base(says, lambda report, _: report["periods"][-1]["balance"][status], grouped=False)


def _effective(status: str) -> Base:
    says = f"distinct targets named in orders received in the period that are {status} at its end, over all orders"
    return Base(
        says,
        lambda report, _: _exactly(report["totals"]["distinct"]["effective"][status]),
        grouped=False,
        adds_by_key=False,
    )


# What the rates of a report count, in words.
_DONE: Final = {
    "withheld": "restricted by law",
    "acted": "acted on, by law or under the platform's own rules",
}
_WHEN: Final = {"ever": "at any time up to the end of the period", "still": "at its end"}


def _rates() -> Iterator[tuple[str, Base]]:
    """Give the measures that the rates of a report are made of, and the rates."""
    for done, said in _DONE.items():
        for when, then in _WHEN.items():
            verb = "acted on" if done == "acted" else "restricted"
            rate = "action" if done == "acted" else done
            orders = partial(_rate, "orders", done, when)
            targets = partial(_rate, "targets", done, when)
            says = f"orders received in the period any target of which was {said}, {then}"
            yield f"orders {verb} {when}", Base(says, orders, timed=True, courses=True, of_kind=False)
            says = f"of the orders received in the period that had anything to act on, the share any target of which was {said}, {then}"
            yield (
                f"orders {rate} rate {when}",
                Base(says, orders, partial(_rate_of, "orders"), timed=True, courses=True, of_kind=False),
            )
            says = f"of the targets of orders received in the period, those {said}, {then}"
            # The other one is what stands restricted at the end.
            if (done, when) != ("withheld", "still"):
                yield f"{verb} {when}", Base(says, targets, timed=True)
            says = f"of the targets of orders received in the period, less those not found or removed already, the share {said}, {then}"
            yield f"{rate} rate {when}", Base(says, targets, partial(_rate_of, "targets"), timed=True)


def _rate(over: str, done: str, when: str, _: Report, block: Report) -> Quantity:
    return _quantity(block["rates"][over][done][when])


def _rate_of(over: str, block: Report) -> Quantity:
    return _quantity(block["rates"][over]["of"])


def _quantity(value: Any) -> Quantity:
    """Return a figure of a report as a quantity: orders are whole numbers there."""
    return value if isinstance(value, Mapping) else _exactly(value)


BASES: Final[dict[str, Base]] = {
    "orders": Base(
        "orders to act received in the period, whatever kind of target they are about, repeats included",
        lambda _, block: _exactly(block["orders"]),
        of_kind=False,
        adds_by_period=True,
    ),
    "orders without repeats": Base(
        "orders to act received in the period, less those that confirm or duplicate another one, or are about no target",
        lambda _, block: _exactly(block["orders"] + block["published_totals"]["orders"]),
        timed=True,
        of_kind=False,
        adds_by_period=True,
    ),
    "information orders": Base(
        "orders to provide information received in the period",
        lambda report, _: _exactly(report["information"]["orders"]),
        grouped=False,
        of_kind=False,
        adds_by_period=True,
    ),
    "specified": Base(
        "targets that the orders received in the period are about, named or not, once under each order",
        lambda _, block: block["specified"],
        adds_by_period=True,
    ),
    "named": Base(
        "targets named in the orders received in the period, once under each order",
        lambda _, block: _exactly(block["named"]),
        adds_by_period=True,
    ),
    "restricted at end": Base(
        "of the targets of orders received in the period, those restricted by law at its end: "
        f"{', '.join(RESTRICTED[:-1])} or {RESTRICTED[-1]}",
        lambda _, block: block["restricted"],
    ),
    "not restricted at end": Base(
        "of the targets of orders received in the period, those not restricted by law at its end",
        lambda _, block: block["not_restricted"],
    ),
    "distinct": Base(
        "distinct targets named in the orders received in the period, once however many orders name them",
        lambda report, _: _exactly(report["totals"]["distinct"]["targets"]),
        grouped=False,
        adds_by_key=False,
    ),
    **dict(_rates()),
    **{f"{status} at end": _standing(status) for status in STATUSES},
    **{f"{status} moves": _moved(status) for status in STATUSES},
    **{f"{status} balance": _balance(status) for status in STATUSES},
    **{f"{status} distinct": _effective(status) for status in STATUSES},
}


def measure_named(text: str, kind: str, kinds: Iterable[str] = ()) -> Measure | None:
    """Return the measure of a name, of targets of `kind` where the name says none; None if there is none such.

    `kinds` are those that the ledger has beside the usual ones: a name may begin with their plural too.
    """
    words = _words(text)
    if words in _by_words():
        return _measure(_by_words()[words], kind)
    for plural, known in (PLURALS | {f"{other}s": other for other in kinds}).items():
        name = _by_words().get(words.removeprefix(f"{_words(plural)} "))
        if name is not None and BASES[name].of_kind:
            return _measure(name, known)
    return None


def near_measure(text: str) -> str | None:
    """Return the name of a measure that may have been meant."""
    from difflib import get_close_matches

    known = [*_by_words(), *(f"{plural} {words}" for plural in PLURALS for words in _by_words())]
    near = get_close_matches(_words(text), known, n=1)
    return near[0] if near else None


def _measure(name: str, kind: str) -> Measure:
    base = BASES[name]
    if not base.of_kind:
        return Measure(name, "", base)
    return Measure(f"{_SINGULAR.get(kind, f'{kind}s')} {name}", kind, base)


def _words(text: str) -> str:
    return " ".join(re.split(r"[\s_-]+", text.strip().casefold()))


@cache
def _by_words() -> dict[str, str]:
    return {_words(name): name for name in BASES}
