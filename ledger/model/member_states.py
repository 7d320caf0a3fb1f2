"""The Member States of the European Union, and the codes by which its own tables name them."""

from __future__ import annotations

from typing import Final

# ISO 3166-1 alpha-2, as of 2020-02-01.
MEMBER_STATES: Final = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)
# Where Eurostat's code differs from that of the standard.
_OWN: Final = {"GR": "EL"}


def eurostat_code(code: str) -> str:
    """Return the code of a Member State as Eurostat writes it.

    >>> eurostat_code("GR")
    'EL'
    """
    return _OWN.get(code, code)
