"""What a refused bundle leaves behind in a batch, for a batch cannot give back a part of what it took in.

A batch with leftovers is never committed: everything is taken in once more, without the bundle. Until then, whatever is
refused and speaks of the same orders may be refused because of them, so that is no judgement yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

# With more of them than this, all that follows is doubted.
MOST: Final = 100_000
_NAMES: Final = ("id", "order", "relates_to")


class Leftovers:
    """The orders that leftovers are about: their ids, and the references by which others are told apart from them."""

    def __init__(self) -> None:
        self._names: set[tuple[str, str]] = set()
        self._all = False

    def __bool__(self) -> bool:
        """Whether there are any."""
        return self._all or bool(self._names)

    def put(self, records: Iterable[Mapping[str, Any] | None]) -> None:
        """Take in the entries of a bundle that was refused, or that builds on one that was."""
        for record in records:
            if record is None:
                continue
            names = _names(record)
            # The number that names an order without an id, and what a correction or an alias changes, can be anything.
            if record.get("kind") not in ("order", "response", "follow-up") or (
                record.get("kind") == "order" and ("id", record.get("id")) not in names
            ):
                self._all = True
            self._names.update(names)
        if len(self._names) > MOST:
            self._all = True
            self._names.clear()

    def touch(self, records: Iterable[Mapping[str, Any] | None]) -> bool:
        """Tell whether entries speak of what leftovers are about."""
        if self._all:
            return True
        return any(
            record is not None
            and (record.get("kind") in ("correction", "alias") or not self._names.isdisjoint(_names(record)))
            for record in records
        )


def _names(record: Mapping[str, Any]) -> set[tuple[str, str]]:
    found = {("id", value) for name in _NAMES if isinstance(value := record.get(name), str)}
    reference = record.get("reference")
    return found | {("reference", reference)} if isinstance(reference, str) else found
