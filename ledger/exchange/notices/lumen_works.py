"""What the works of an exported notice say beside their URLs, in the one spelling that is read back.

    257 specified (account); named without a URL: #sample, app:com.example

Either part may be missing; without both it is `not stated`. The amount stands in the words that were used where these say
no more than its number; the kind is the one that the amount counts. Names are parted by a comma and a space.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ledger.errors import Refused
from ledger.model.quantities import Quantity, parse_quantity, show
from ledger.model.targets import key_text, parse_target

NOTHING: Final = "not stated"
_NAMED: Final = "named without a URL: "
_WORKS: Final = re.compile(
    rf"(?:(?P<amount>[^;]+) specified \((?P<kind>[a-z][a-z0-9-]*)\))?(?:(?:^|; ){_NAMED}(?P<names>\S.*))?"
)


class Works(NamedTuple):
    """An amount, the kind of target that it counts, and names that have no URL."""

    amount: Quantity | None
    kind: str
    names: list[str]


def format_works(amount: Quantity | None, kind: str, keys: list[str]) -> str:
    """Return the description of an order's works; `keys` are those of the targets that have no URL."""
    said = []
    if amount is not None:
        said.append(f"{_words(amount)} specified ({kind})")
    if keys:
        said.append(_NAMED + ", ".join(map(_name, keys)))
    return "; ".join(said) or NOTHING


def parse_works(text: str) -> Works | None:
    """Return what a description says that `format_works` wrote; None for any other."""
    match = _WORKS.fullmatch(text)
    if match is None or not text:
        return None
    names = match["names"].split(", ") if match["names"] else []
    if match["amount"] is None:
        return Works(None, "", names)
    try:
        return Works(parse_quantity(match["amount"]), match["kind"], names)
    except Refused:
        return None


def _words(amount: Quantity) -> str:
    """Return an amount in its own words if they are read back as what it is."""
    if amount.words:
        try:
            read = parse_quantity(amount.words)
        except Refused:
            read = None
        if read is not None and (read.n, read.qualifier) == (amount.n, amount.qualifier):
            return amount.words
    return show(amount.n, amount.qualifier)


def _name(key: str) -> str:
    """Return a target as people write it if that is read back as the same, else with its kind."""
    platform, kind, name = key.split(" ", 2)
    text = key_text(key)
    try:
        same = parse_target(text, platform).key == key
    except Refused:
        same = False
    return text if same else f"{kind}:{name}"
