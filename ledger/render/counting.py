"""What is counted in words, shares, and tables of figures that are too wide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ledger.render.rows import amount

_PLURAL: Final = {"all": "targets of every kind", "any": "targets of any kind", "url": "URLs"}

Held = Mapping[str, Any]


def plural(kind: str) -> str:
    """Return what is counted, in the plural."""
    return _PLURAL.get(kind, f"{kind}s")


def counted(held: Held, kind: str) -> str:
    """Return a quantity with what it counts: 1 order, ≈50 posts."""
    one = {"any": "target of any kind", "all": "target", "url": "URL"}.get(kind, kind)
    return f"{amount(held)} {one if held == {'n': 1, 'qualifier': 'exact'} else plural(kind)}"


def share(part: Held, whole: Held) -> str:
    """Return a share in per cent, marked when either side is inexact; empty when it means nothing."""
    qualifiers = {part["qualifier"], whole["qualifier"]}
    if not whole["n"] or not qualifiers <= {"exact", "about"}:
        return ""
    rate = f"{100 * part['n'] / whole['n']:.1f} %"
    return rate if qualifiers == {"exact"} else f"≈{rate}"


def fitting(room: int, columns: Mapping[str, list[str]]) -> list[list[str]]:
    """Return which columns stand together in a table of figures that has this much room."""
    parts: list[list[str]] = [[]]
    left = room
    for name, figures in columns.items():
        size = max([len(name), *map(len, figures)]) + 2
        if size > left and parts[-1]:
            parts.append([])
            left = room
        parts[-1].append(name)
        left -= size
    return parts
