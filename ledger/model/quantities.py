"""Amounts as people state them, and how exact their sums are (DESIGN, section 2)."""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from ledger.errors import Refused, quoted

ABOUT: Final = 1
AT_LEAST: Final = 2
UNDER: Final = 4
UNKNOWN: Final = 8

# An amount that is about, or under, what is said is used up with it; of one that is at least that, there may be more.
USED_UP: Final = ABOUT | UNDER
ALL_MARKS: Final = ABOUT | AT_LEAST | UNDER | UNKNOWN

QUALIFIER_MARK: Final = {"exact": 0, "about": ABOUT, "at-least": AT_LEAST, "under": UNDER, "unknown": UNKNOWN}
# Sums over millions of orders stay whole numbers of 64 bits.
LARGEST: Final = 10**12

Qualifier = Literal["exact", "about", "at-least", "under", "unknown"]


class Quantity(msgspec.Struct, frozen=True):
    """An amount: `n`, how exact it is, and the words it was stated in."""

    n: int
    qualifier: Qualifier = "exact"
    words: str = ""


_SIGNS: Final[dict[str, Qualifier]] = {
    "": "exact",
    "exactly": "exact",
    "about": "about",
    "nearly": "about",
    "almost": "about",
    "around": "about",
    "approximately": "about",
    "approx": "about",
    "approx.": "about",
    "roughly": "about",
    "circa": "about",
    "ca.": "about",
    "c.": "about",
    "some": "about",
    "close to": "about",
    "~": "about",
    "≈": "about",
    "more than": "at-least",
    "over": "at-least",
    "at least": "at-least",
    "no fewer than": "at-least",
    "no less than": "at-least",
    "upwards of": "at-least",
    ">": "at-least",
    ">=": "at-least",
    "≥": "at-least",
    "up to": "under",
    "fewer than": "under",
    "less than": "under",
    "under": "under",
    "below": "under",
    "at most": "under",
    "no more than": "under",
    "<": "under",
    "<=": "under",
    "≤": "under",
}
_UNSAID: Final = frozenset(
    (
        "some",
        "several",
        "many",
        "a few",
        "few",
        "unknown",
        "a number of",
        "an unknown number",
        "not stated",
        "unspecified",
    )
)
# As escapes: in the source they look like plain spaces, and a plain one separates two figures, not thousands.
_SPACES: Final = r"\u00a0\u2009\u202f"
# Groups of three, or of two before the last three as in India: 1,178; 1,00,000.
_THREES: Final = rf"[0-9]{{1,3}}(?P<mark>[,{_SPACES}])[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*"
_TWOS: Final = "[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}"
_DIGITS: Final = f"{_THREES}|{_TWOS}|[0-9]+"
_LONGEST: Final = 200
_AMOUNT: Final = re.compile(rf"(?P<sign>[^0-9]*?)\s*(?P<digits>{_DIGITS})(?P<more>\s*\+|\s+or\s+more)?")


def parse_quantity(value: str | int) -> Quantity:
    """Read an amount in the words it was stated in; raises `Refused` for what is none.

    >>> parse_quantity("nearly 1,200")
    Quantity(n=1200, qualifier='about', words='nearly 1,200')
    """
    if not isinstance(value, str):
        # An int with thousands of digits cannot even be printed.
        check_quantity(Quantity(value))
    words = str(value)
    said = words.strip().casefold()
    if " ".join(said.split()) in _UNSAID:
        return Quantity(0, "unknown", words)
    match = _AMOUNT.fullmatch(said) if len(said) <= _LONGEST else None
    qualifier = _SIGNS.get(" ".join(match["sign"].split())) if match else None
    if match is None or qualifier is None:
        raise Refused(
            f"{quoted(words)} is not an amount: say it like 257, 'nearly 1,200', 'about 250', "
            "'more than 500', 500+, 'up to 40' or some"
        )
    if match["more"]:
        if qualifier != "exact":
            raise Refused(f"{quoted(words)} says two things at once: say it like 500+ or 'more than 500'")
        qualifier = "at-least"
    n = int(re.sub("[^0-9]", "", match["digits"]))
    if n > LARGEST:
        raise Refused(f"{quoted(words)} is too large to be counted exactly: the most is {LARGEST:,}")
    return Quantity(n, qualifier, words)


def check_quantity(quantity: Quantity) -> Quantity:
    """Hold an amount given as a record against the rules; raises `Refused`."""
    if isinstance(quantity.n, bool):
        raise Refused(f"n: {quantity.n} is no amount: it must be a number, 0 or more")
    if quantity.n < 0:
        raise Refused("n: less than nothing is no amount: it must be 0 or more")
    if quantity.n > LARGEST:
        raise Refused(f"n: too large to be counted exactly: the most is {LARGEST:,}")
    try:
        said = parse_quantity(quantity.words) if quantity.words else quantity
    except Refused:
        # Words of another language, or of none of ours, say what they say.
        said = quantity
    if (said.n, said.qualifier) != (quantity.n, quantity.qualifier):
        raise Refused(
            f"words: {quoted(quantity.words)} says {show(said.n, said.qualifier)}, not {show(quantity.n, quantity.qualifier)}"
        )
    if quantity.qualifier == "unknown" and quantity.n:
        raise Refused(f"n: an unknown amount has n 0, not {quantity.n}")
    return quantity


def qualifier(n: int, marks: int) -> Qualifier:
    """Return how exact a sum is, from the marks of its parts: exact only if all of them are."""
    if not marks or (marks == UNDER and n == 0):
        return "exact"
    if marks == UNKNOWN and n == 0:
        return "unknown"
    if not marks & ~(AT_LEAST | UNKNOWN):
        return "at-least"
    return "under" if marks == UNDER else "about"


def swapped(marks: int) -> int:
    """Return the marks at the end that a quantity leaves: at least and under change places there."""
    left = marks & ABOUT
    if marks & (AT_LEAST | UNKNOWN):
        left |= UNDER
    if marks & UNDER:
        left |= AT_LEAST
    return left


def show(n: int, qualifier: str) -> str:
    """Return an amount as it is printed: 257, ≈1,200, 500+, <40, some."""
    if qualifier == "unknown":
        return "some"
    before = {"about": "≈", "under": "<"}.get(qualifier, "")
    after = "+" if qualifier == "at-least" else ""
    return f"{before}{n:,}{after}"
