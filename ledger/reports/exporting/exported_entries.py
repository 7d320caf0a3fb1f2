"""The entries of chosen orders as they were recorded, in the order of the ledger, so that they can be imported again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from ledger.index.reading import Source
from ledger.model.entries import KINDS
from ledger.reports.exporting.selection import Selection, condition

# What ties an entry to its place in one file, and is none of another.
_OF_ITS_FILE: Final = ("prev", "~")


class Recorded(NamedTuple):
    """An entry as the keeper sees it, with its number, and how many of its private values are not disclosed here."""

    record: dict[str, Any]
    undisclosed: int


def recorded(source: Source, asked: Selection) -> Iterator[Recorded]:
    """Give every entry of the orders that were received in the period, later ones too, and of all aliases that join their targets.

    Voided orders have no day: they are given with all orders, and left out of a period. Erasures are not given, nor what the selection hides.
    """
    values: dict[str, Any] = {"begin": asked.begin or 0, "end": asked.end}
    whole = asked.begin is None and not asked.only
    aliases = "true" if whole else _sql("exported_aliases.sql").format(filters=condition(asked, values, "r"))
    query = _sql("exported_entries.sql").format(filters=condition(asked, values), aliases=aliases)
    for seq, start, size in source.db.execute(query, values):
        if seq in asked.hidden.entries:
            continue
        record: dict[str, Any] = msgspec.json.decode(source.read_line(start, size))
        if record.get("kind") in KINDS:
            yield Recorded(*_own(record))


def _own(record: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Return a record without what holds in its own file alone, and how many digests were dropped."""
    dropped = 0
    for name in _OF_ITS_FILE:
        record.pop(name, None)
    for members in (record, record.get("set")):
        if isinstance(members, dict):
            dropped += len(_digests(members))
    return record, dropped


def _digests(members: dict[str, Any]) -> list[Any]:
    digests = members.pop("_sd", [])
    return digests if isinstance(digests, list) else []


def _sql(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
