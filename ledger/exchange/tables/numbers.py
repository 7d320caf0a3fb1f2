"""Amounts as tables write them.

`1,038` with the thousands mark that is said; `1 038` if it is a blank; `-`, `N/A` or nothing: not stated, which is not 0;
`≈1,200` `<10` `500+`: the signs and words of `ledger.model.quantities`; `38%`: a share, which is no amount;
`38*` `38 [2]` `38†`: footnote marks; `107 (75)`: a second figure in brackets. Groups of thousands are whole (three
digits, or the Indian two and three at the end), so that a decimal mark is never taken for a thousands mark.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, NamedTuple

from ledger.errors import Refused, quoted
from ledger.model.quantities import LARGEST, parse_quantity

# What tables write where nothing is stated, in any field; without case.
EMPTY: Final = frozenset(("", "-", "--", "–", "—", "−", "n/a", "n.a.", "not available", "not applicable"))
# The same where an amount is expected: in a column of countries NA is Namibia.
NOT_STATED: Final = EMPTY | {
    "na",
    "nan",
    "null",
    "none",
    "k.a.",
    "k. a.",
    "n.d.",
    "nd",
    "..",
    "...",
    "…",
    ":",
    "?",
    "x",
}

_LONGEST: Final = 200
_BLANKS: Final = " \u00a0\u2007\u2009\u202f"
_QUOTES: Final = "'\u2019"
_MARKED: Final = re.compile(
    r"(?P<body>.*?)\s*(?P<brackets>\((?P<inner>[^()]*)\))?\s*(?P<marks>(?:\s*(?:[*†‡§¶#]+|[¹²³⁰⁴-⁹]+|\[[^\[\]]{1,12}\]))*)"
)
_BODY: Final = re.compile(
    r"(?P<sign>[^0-9%]*?)\s*(?P<figure>[0-9](?:.*[0-9])?)(?P<rest>\s*\+|\s+or\s+more)?\s*(?P<share>%)?"
)


class Amount(NamedTuple):
    """What a cell says: `n`, None if nothing whole is stated; how exact it is; the figure itself; what stands around it.

    `value` is the figure with its decimals; of a share it is the per cents, and `n` is None. `brackets` is the text of
    a second figure.
    """

    n: int | None
    qualifier: str = "exact"
    value: Decimal | None = None
    share: bool = False
    marks: str = ""
    brackets: str = ""

    @property
    def stated(self) -> bool:
        """Whether the cell says anything."""
        return self.value is not None


def read_amount(text: str, *, thousands: str = ",", decimal: str = ".") -> Amount:
    """Read a cell of a table of numbers; raises `Refused` for what is none.

    >>> read_amount("≈1,200*").n
    1200
    """
    words = text.strip()
    if words.isascii() and words.isdigit() and len(words) <= 12:
        n = int(words)
        return Amount(n, value=Decimal(n))
    match = _MARKED.fullmatch(words) if len(words) <= _LONGEST else None
    if match is None:
        raise _none(text)
    # A word for "not stated" may end in what would be a mark.
    if words.casefold() in NOT_STATED or match["body"].casefold() in NOT_STATED:
        if match["brackets"]:
            raise _none(text)
        return Amount(None, marks=match["marks"].strip())
    if _unknown(match["body"]):
        return Amount(0, "unknown", Decimal(0), marks=match["marks"].strip())
    body = _BODY.fullmatch(match["body"])
    if body is None:
        raise _none(text)
    value = _figure(text, body["figure"], thousands, decimal)
    # Signs and words are those in which amounts are typed; the figure itself is read here.
    try:
        qualifier = parse_quantity(f"{body['sign']} 1{body['rest'] or ''}").qualifier
    except Refused:
        raise _none(text) from None
    marks, brackets = match["marks"].strip(), (match["inner"] or "").strip()
    if body["share"]:
        return Amount(None, qualifier, value, share=True, marks=marks, brackets=brackets)
    if value > LARGEST:
        raise Refused(f"{quoted(text)} is too large to be counted exactly: the most is {LARGEST:,}")
    # Three decimals of 0 are more likely thousands with another mark.
    whole = value == value.to_integral_value() and value.as_tuple().exponent != -3
    return Amount(int(value) if whole else None, qualifier, value, marks=marks, brackets=brackets)


def _unknown(text: str) -> bool:
    """Tell whether words say that there is an amount which is not known: some, unknown, several."""
    try:
        return parse_quantity(text).qualifier == "unknown"
    except Refused:
        return False


def check_marks(thousands: str, decimal: str) -> None:
    """Refuse marks that could be taken for each other or for digits."""
    for name, mark in (("thousands", thousands), ("decimal", decimal)):
        if len(mark) > 1 or mark.isalnum() or mark in tuple("+-%()[]<>~"):
            raise Refused(f"{name}: {mark!r} is no mark: say one character, such as , or .")
    if not decimal or thousands == decimal:
        raise Refused(f"decimal: {decimal!r} must be a mark, and another one than that of thousands")


def _figure(text: str, figure: str, thousands: str, decimal: str) -> Decimal:
    whole, mark, part = figure.partition(decimal)
    if mark and not (part.isascii() and part.isdigit()):
        raise _marks(text, thousands, decimal)
    groups = re.split(f"[{re.escape(_alike(thousands))}]", whole) if thousands else [whole]
    if not all(group.isascii() and group.isdigit() for group in groups):
        raise _marks(text, thousands, decimal)
    if len(groups) > 1:
        inner = {len(group) for group in groups[1:-1]}
        first = len(groups[0])
        whole_groups = (inner <= {3} and first <= 3) or (inner == {2} and first <= 2)
        # No thousands are written 0,015: the mark is one of decimals.
        if len(groups[-1]) != 3 or not whole_groups or groups[0].startswith("0"):
            raise _marks(text, thousands, decimal)
    return Decimal("".join(groups) + (f".{part}" if part else ""))


def _alike(mark: str) -> str:
    """Return the characters that are one mark: blanks of any width, straight and curved apostrophes."""
    return next((marks for marks in (_BLANKS, _QUOTES) if mark in marks), mark)


def _none(text: str) -> Refused:
    return Refused(f"{quoted(text)} is no amount: write it like 1038, ≈1,200, <10 or 500+; - where nothing is stated")


def _marks(text: str, thousands: str, decimal: str) -> Refused:
    said = f"thousands = {thousands!r}, decimal = {decimal!r}".replace("'", '"')
    return Refused(f"{quoted(text)} is no amount with {said}: if the marks are others, say them under [numbers]")
