"""What a row of a table states beyond what the ledger holds of its order: added as far as it is new, and never counted twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ledger.errors import Refused
from ledger.journal.line import content_digest
from ledger.model.corrections import corrected
from ledger.model.entries import Response
from ledger.model.incoming import twins_of

if TYPE_CHECKING:
    from ledger.batch import Batch, Matching

Record = dict[str, Any]
# What tells one count of an order's targets from another.
_ALIKE: Final = ("action", "at", "countries", "reason", "stated_by")


class Further:
    """Holds what comes new of an order against what was there before the import."""

    def __init__(self, batch: Batch, matching: Matching) -> None:
        self._batch, self._matching = batch, matching
        # The order that was asked for last: its id, the names by all that its responses state else, its counts.
        self._name = ""
        self._named: dict[bytes, set[str]] = {}
        self._counts: list[tuple[int, Response, bytes]] = []

    def rest(self, record: Record) -> Record | None:
        """Return what of a new response is to be added, None if nothing is; raises `Refused` where that is not known."""
        name = record.get("order")
        if not isinstance(name, str):
            return record
        self._check_twins(name, record)
        if record.get("kind") != "response" or (order_no := self._number(name)) is None:
            return record
        if name != self._name:
            self._read(name, order_no)
        if (targets := record.get("targets")) and isinstance(targets, list):
            held = self._named.get(_but_targets(record), set())
            more = [target for target in targets if target not in held]
            return record | {"targets": more} if more else None
        return None if self._is_counted(name, record) else record

    def _number(self, name: str) -> int | None:
        row = self._batch.db.execute("SELECT order_no FROM orders WHERE id = ?", (name,)).fetchone()
        return None if row is None or row[0] > self._matching.last else int(row[0])

    def _read(self, name: str, order_no: int) -> None:
        self._name, self._named, self._counts = name, {}, []
        records = self._batch.writing.records(order_no)
        raw = {record.seq: record.raw for record in records}
        view = corrected(records)
        for seq, entry in view.facts:
            if not isinstance(entry, Response) or seq > self._matching.last:
                continue
            content = msgspec.json.decode(raw[seq])
            if entry.count is not None:
                self._counts.append((seq, entry, content_digest(content)))
            elif seq not in view.trail:
                self._named.setdefault(_but_targets(content), set()).update(entry.targets)

    def _is_counted(self, name: str, record: Record) -> bool:
        """Tell whether a count is there, perhaps as it was corrected; refuse another one of the same action and time."""
        count = record.get("count")
        if count is None:
            return False
        for seq, entry, digest in self._counts:
            alike = all((getattr(entry, field) or None) == (record.get(field) or None) for field in _ALIKE)
            if not alike or self._matching.is_met(digest):
                continue
            if entry.count is not None and _number_of(count) == (entry.count.n, entry.count.qualifier):
                return True
            raise Refused(
                f"count: entry {seq} counts what was {entry.action} under {name} at that time already, and this would be added "
                "to it: correct that entry if it was wrong; a table that states how many so far is read with so_far"
            )
        return False

    def _check_twins(self, name: str, record: Record) -> None:
        """Refuse what may have been told already of another of several rows that are the same but for what became of them."""
        for twin in twins_of(name):
            if self._number(twin) is None:
                return
            if twin != name and self._matching.is_waiting(record | {"order": twin}):
                raise Refused(
                    f"order: {name} stands for one of several rows that are the same but for what became of them, and which "
                    "of them this is cannot be told: give each an id of its own"
                )


def _but_targets(record: Mapping[str, Any]) -> bytes:
    return content_digest({name: value for name, value in record.items() if name != "targets"})


def _number_of(count: Any) -> tuple[Any, Any]:
    return (count["n"], count["qualifier"]) if isinstance(count, dict) else (count, "exact")
