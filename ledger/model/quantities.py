"""Amounts as people state them, and how exact their sums are (DESIGN, section 2)."""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from ledger.errors import Refused

ABOUT: Final = 1
AT_LEAST: Final = 2
UNDER: Final = 4
UNKNOWN: Final = 8

QUALIFIER_MARK: Final = {"exact": 0, "about": ABOUT, "at-least": AT_LEAST, "under": UNDER, "unknown": UNKNOWN}
LARGEST: Final = 2**53 - 1

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
    ("some", "several", "many", "a few", "few", "unknown", "a number of", "an unknown number", "not stated", "unspecified")
)
# Groups of three, or of two before the last three as in India: 1,178; 1,00,000.
_DIGITS: Final = r"(?:[0-9]{1,3}(?:[,    ][0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}|[0-9]+)"
_AMOUNT: Final = re.compile(rf"(?P<sign>[^0-9]*?)\s*(?P<digits>{_DIGITS})(?P<more>\s*\+|\s+or more)?")


def parse_quantity(value: str | int) -> Quantity:
    """Read an amount in the words it was stated in; raises `Refused` for what is none.

    >>> parse_quantity("nearly 1,200")
    Quantity(n=1200, qualifier='about', words='nearly 1,200')
    """
    words = str(value)
    said = " ".join(words.casefold().split()) if words.isascii() else words.strip().casefold()
    if said in _UNSAID:
        return Quantity(0, "unknown", words)
    match = _AMOUNT.fullmatch(said)
    qualifier = _SIGNS.get(match["sign"].strip()) if match else None
    if match is None or qualifier is None or not match["digits"].isascii() and not _separated(match["digits"]):
        raise Refused(
            f"{words!r} is not an amount: say it like 257, 'nearly 1,200', 'about 250', 'more than 500', 500+, "
            "'up to 40' or some"
        )
    if match["more"]:
        if qualifier != "exact":
            raise Refused(f"{words!r} says two things at once: say it like 500+ or 'more than 500'")
        qualifier = "at-least"
    n = int(re.sub("[^0-9]", "", match["digits"]))
    if n > LARGEST:
        raise Refused(f"{words!r} is too large to be counted exactly")
    return Quantity(n, qualifier, words)


def _separated(digits: str) -> bool:
    return all(char in "0123456789,    " for char in digits)


def check_quantity(quantity: Quantity) -> Quantity:
    """Hold an amount given as a record against the rules; raises `Refused`."""
    if not 0 <= quantity.n <= LARGEST:
        raise Refused(f"n: {quantity.n} is no amount: it must be 0 or more, and at most 2^53 - 1")
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
    """Return the marks at the end that a quantity leaves: of what is left, at least and under change places."""
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
    return f"{'≈' if qualifier == 'about' else '<' if qualifier == 'under' else ''}{n:,}{'+' if qualifier == 'at-least' else ''}"
