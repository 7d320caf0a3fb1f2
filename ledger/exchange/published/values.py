"""Figures as published tables write them, and between which numbers each lies.

What `ledger.exchange.tables.numbers` reads, and ranges such as `0-99`, `1 – 10` and `100 to 199`, both ends included.
`<100` and its words leave 100 out, `up to 100` and `≤100` do not; `>100` and `more than 100` leave it out, `100+` does
not. `38%` is any share that rounds to it, [37.5 %, 38.5 %), `<5%` one below 5 %; both stand as shares of 1.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from ledger.errors import Refused
from ledger.exchange.tables.numbers import Amount, read_amount
from ledger.reports.reconciling.bounds import NOTHING_SAID, Bounds, exactly

_RANGE: Final = re.compile(r"(?P<low>[0-9][^-–—]*?)\s*(?:[-–—]|\bto\b)\s*(?P<high>[0-9].*)")
_BELOW: Final = ("<", "fewer than", "less than", "under", "below")
_ABOVE: Final = (">", "more than", "over", "upwards of")
_INCLUDED: Final = ("<=", ">=")


class Figure(NamedTuple):
    """A figure: its bounds, None if the cell states none; whether it is a share of 1; what else the cell holds.

    `why` says why a figure that is stated has no bounds here.
    """

    value: Bounds | None
    share: bool = False
    note: str = ""
    why: str = ""


def read_figure(text: str, *, thousands: str = ",", decimal: str = ".") -> Figure:
    """Read a cell that holds a figure; raises `Refused` for what is none."""
    words = " ".join(text.split())
    if (ends := _RANGE.fullmatch(words)) is not None:
        low, high = (read_amount(ends[name], thousands=thousands, decimal=decimal) for name in ("low", "high"))
        if not all(end.n is not None and end.qualifier == "exact" and not end.brackets for end in (low, high)):
            raise Refused(f"{text!r} is no range of whole numbers: write it like 0-99")
        if (low.n or 0) > (high.n or 0):
            raise Refused(f"{text!r} ends below where it begins")
        return Figure(Bounds(Fraction(low.n or 0), Fraction(high.n or 0)), note=_note(high))
    amount = read_amount(words, thousands=thousands, decimal=decimal)
    if amount.value is None:
        return Figure(None, note=_note(amount))
    if amount.share:
        return Figure(_share(words.casefold(), amount), share=True, note=_note(amount))
    if amount.qualifier != "unknown" and amount.n is None:
        return Figure(
            None, note=_note(amount), why="it is no whole number: the ledger counts, and gives rates in per cent"
        )
    return Figure(_count(words.casefold(), amount), note=_note(amount))


def _count(words: str, amount: Amount) -> Bounds:
    n = Fraction(amount.n or 0)
    if amount.qualifier == "unknown":
        return NOTHING_SAID
    if amount.qualifier == "under":
        return Bounds(Fraction(0), n - (_excludes(words, _BELOW) and n > 0))
    if amount.qualifier == "at-least":
        return Bounds(n + _excludes(words, _ABOVE), None)
    return exactly(n)._replace(about=amount.qualifier == "about")


def _excludes(words: str, beginnings: tuple[str, ...]) -> bool:
    return words.startswith(beginnings) and not words.startswith(_INCLUDED)


def _share(words: str, amount: Amount) -> Bounds:
    value = amount.value or Decimal(0)
    # A bound is no rounded figure.
    if amount.qualifier == "under":
        return Bounds(Fraction(0), Fraction(value) / 100, open=_excludes(words, _BELOW) and value > 0)
    if amount.qualifier == "at-least":
        return Bounds(Fraction(value) / 100, None)
    exponent = value.as_tuple().exponent
    half = Fraction(1, 2 * 10**-exponent) if isinstance(exponent, int) and exponent < 0 else Fraction(1, 2)
    low, high = (Fraction(value) + side for side in (-half, half))
    return Bounds(max(low, Fraction(0)) / 100, high / 100, open=True, about=amount.qualifier != "exact")


def _note(amount: Amount) -> str:
    found = [f"({amount.brackets}) beside it is not compared"] if amount.brackets else []
    found += [f"footnote {amount.marks}"] if amount.marks else []
    return "; ".join(found)
