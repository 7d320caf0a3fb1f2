"""Between which numbers a figure lies, and how two figures stand to each other.

A published `0-99` and a counted `500+` say less than a number; nothing here makes them say more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple

EQUAL: Final = "equal"
WITHIN: Final = "within"
CONSISTENT: Final = "consistent"
CANNOT_TELL: Final = "cannot-tell"
DIFFERS: Final = "differs"
NOT_COMPARED: Final = "not-compared"
# In the order in which they are told, and what each says.
RESULTS: Final = {
    EQUAL: "both are exact, and the same number",
    WITHIN: "the ledger's exact number lies in the range, or rounds to the percentage, that is published",
    CONSISTENT: "one of them is not exact, and they do not contradict each other",
    CANNOT_TELL: "one of them says too little: about, or no number at all",
    DIFFERS: "they contradict each other, by the difference shown",
    NOT_COMPARED: "they do not count the same, or one of them is missing: the reason is shown",
}


class Bounds(NamedTuple):
    """A figure: from `low` to `high`, both included; `high` None has no bound, and is itself excluded where `open`.

    `about` says that it lies near these numbers, on either side.
    """

    low: Fraction
    high: Fraction | None
    open: bool = False
    about: bool = False

    @property
    def exact(self) -> bool:
        """Tell whether it is one number."""
        return self.low == self.high and not self.about

    @property
    def says_nothing(self) -> bool:
        """Tell whether any number would do."""
        return self.low == 0 and self.high is None

    def contains(self, n: Fraction) -> bool:
        """Tell whether a number lies in it."""
        return self.low <= n and (self.high is None or n < self.high or (n == self.high and not self.open))


NOTHING_SAID: Final = Bounds(Fraction(0), None)


def exactly(n: int | Fraction) -> Bounds:
    """Return the bounds of one number."""
    return Bounds(Fraction(n), Fraction(n))


def bounds_of(quantity: Mapping[str, Any]) -> Bounds:
    """Return between which numbers a quantity of a report lies."""
    n, qualifier = Fraction(quantity["n"]), quantity["qualifier"]
    if qualifier == "at-least":
        return Bounds(n, None)
    if qualifier == "under":
        return Bounds(Fraction(0), n)
    if qualifier == "unknown":
        return NOTHING_SAID
    return Bounds(n, n, about=qualifier != "exact")


def together(figures: Iterable[Bounds]) -> Bounds:
    """Return the sum of figures; it is no more exact than the least exact of them."""
    low, high, excluded, about = Fraction(0), Fraction(0), False, False
    bounded = True
    for figure in figures:
        low += figure.low
        if figure.high is None:
            bounded = False
        else:
            high += figure.high
        excluded = excluded or figure.open
        about = about or figure.about
    return Bounds(low, high if bounded else None, excluded and bounded, about)


class Judgement(NamedTuple):
    """How two figures stand to each other, and by how much they differ at the least: published less counted."""

    result: str
    difference: Fraction | None = None
    at_least: bool = False


def judge(published: Bounds, counted: Bounds) -> Judgement:
    """Hold a published figure against a counted one; only two exact numbers can be equal."""
    if published.about or counted.about:
        same = (published.low, published.high) == (counted.low, counted.high)
        return Judgement(CONSISTENT if same else CANNOT_TELL)
    if published.exact and counted.exact:
        if published.low == counted.low:
            return Judgement(EQUAL)
        return Judgement(DIFFERS, published.low - counted.low)
    if published.says_nothing or counted.says_nothing:
        return Judgement(CANNOT_TELL)
    if _below(published, counted):
        return Judgement(DIFFERS, _high(published) - counted.low, at_least=True)
    if _below(counted, published):
        return Judgement(DIFFERS, published.low - _high(counted), at_least=True)
    return Judgement(WITHIN if counted.exact else CONSISTENT)


def _below(one: Bounds, other: Bounds) -> bool:
    """Tell whether all of one lies below all of the other."""
    return one.high is not None and (one.high < other.low or (one.high == other.low and one.open))


def _high(figure: Bounds) -> Fraction:
    return figure.low if figure.high is None else figure.high
