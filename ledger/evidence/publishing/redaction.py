"""What a published copy says of an entry that it does not show: what its figures need, and nothing else.

Whom, why, under which reference and by which authority is left out; targets stand under names made for the copy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ledger.model.quantities import show
from ledger.model.statuses import REPEATS

WITHHELD: Final = "withheld"
# What the rule book counts by; times, amounts, states and countries.
# fmt: off
_KEPT: Final = frozenset((
    "kind", "jurisdiction", "platform", "requires", "received", "issued", "due", "specified_of", "confidential",
    "action", "event", "at", "at_kind", "all", "countries", "extra", "anyway", "stated_by", "of", "void",
))
# fmt: on
_AMOUNTS: Final = ("specified", "count", "so_far")


def redacted(record: Mapping[str, Any], name: str, pseudonym: Callable[[str], str]) -> dict[str, Any]:
    """Return what figures need of an entry, its order under another name.

    `pseudonym` returns the name under which a target, as text, stands in the copy.
    """
    found = _members(record, pseudonym)
    match record.get("kind"):
        case "order":
            found |= {"id": name, "authority": WITHHELD}
            if record.get("relation") in REPEATS:
                # It counts nothing, whichever order it repeats.
                found |= {"relation": record["relation"], "relates_to": WITHHELD}
        case "correction":
            found |= {"reason": WITHHELD}
            if isinstance(record.get("set"), Mapping):
                found["set"] = _amended(record["set"], pseudonym)
        case "erasure":
            found |= {"reason": WITHHELD, "erased": []}
        case _:
            found |= {"order": name}
    return found


def _members(record: Mapping[str, Any], pseudonym: Callable[[str], str]) -> dict[str, Any]:
    found = {name: value for name, value in record.items() if name in _KEPT}
    for name in _AMOUNTS:
        amount = record.get(name)
        if isinstance(amount, Mapping):
            words = show(amount["n"], amount["qualifier"])
            found[name] = {"n": amount["n"], "qualifier": amount["qualifier"], "words": words}
    if isinstance(record.get("targets"), list):
        found["targets"] = [pseudonym(text) for text in record["targets"]]
    return found


def _amended(changes: Mapping[str, Any], pseudonym: Callable[[str], str]) -> dict[str, Any]:
    found = _members(changes, pseudonym)
    for name in (*_AMOUNTS, "targets"):
        if name in changes and changes[name] is None:
            found[name] = None
    if changes.get("relation") in REPEATS:
        found |= {"relation": changes["relation"], "relates_to": WITHHELD}
    elif "relation" in changes:
        found |= {"relation": None, "relates_to": None}
    return found
