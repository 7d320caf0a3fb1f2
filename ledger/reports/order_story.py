"""The events of one order by time, as one of its targets or the whole order sees them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ledger.index.reading import Source, records
from ledger.model.balance import Posting
from ledger.model.corrections import Recorded, View
from ledger.model.entries import Alias, Correction, Entry, Order, Response, amended
from ledger.model.moments import day_start, elapsed, read_moment
from ledger.model.postings import Fold, Step
from ledger.model.statuses import MOVES, STATUSES
from ledger.model.targets import key_text, possible_keys
from ledger.reports.described import described, frame, moves_of, verb
from ledger.reports.sums import quantity


class OrderStory:
    """The events of one order, as a target or the whole order sees them."""

    def __init__(self, source: Source, fold: Fold, view: View, order_no: int) -> None:
        self.fold, self.view, self.zone = fold, view, source.zone
        self.entries = records(source.db, source.read_line, order_no)
        self.postings: dict[int, list[Posting]] = {}
        for posting in fold.balance.postings:
            self.postings.setdefault(posting.seq, []).append(posting)
        self.void = view.void

    def frame(self) -> dict[str, Any]:
        """Return what an order is, its allegation marked as such, and how it stands."""
        balance = self.fold.balance
        return frame(self.fold.order, self.fold.seq) | {
            "due": self.fold.due,
            "kind": balance.kind,
            "specified": quantity(balance.total, balance.marks.get("", 0)),
            "status": {
                status: quantity(balance.in_status(status), balance.marks.get(status, 0))
                for status in STATUSES
                if balance.in_status(status) or balance.marks.get(status)
            },
            "beside": _beside(self.fold),
            "open": self.fold.is_open,
            "demanded": self.fold.demanded,
        }

    def events_of(self, key: str) -> Iterator[tuple[tuple[int, int, int], dict[str, Any]]]:
        """Give the events that move a target, name it, or are about the whole order."""
        status = None
        for step in self.fold.steps:
            moves = [post for post in self.postings.get(step.seq, []) if key in post.names]
            before = status
            if moves:
                first, status = moves[0].source.status, moves[-1].to.status
                before = before if before is not None else (first or None)
            elif not self._concerns(step.entry, key):
                continue
            where = list(moves[-1].to.where) if moves else []
            event = self._event(step)
            told = {
                "name": key_text(key),
                "before": before,
                "after": status,
                "where": where,
                "joined": _joined(step, moves),
            }
            yield _when(step), {**event, **told}
        yield from void_rows(self.entries, self.view, key, self.zone, self.fold)

    def _concerns(self, entry: Entry, key: str) -> bool:
        if isinstance(entry, Response) and entry.action in MOVES and not entry.targets:
            return False
        texts = getattr(entry, "targets", [])
        if isinstance(entry, Order) or not texts:
            return True
        return any(key in possible_keys(text, [self.fold.platform]) for text in texts)

    def all_events(self) -> Iterator[tuple[tuple[int, int, int], dict[str, Any]]]:
        """Give every event of the order with the quantities it moved."""
        for step in self.fold.steps:
            moves = moves_of(self.postings.get(step.seq, []))
            outcome = self.fold.outcomes[step.seq]
            yield (
                _when(step),
                self._event(step) | {"moves": moves, "problems": [*outcome.problems, *outcome.forced]},
            )
        yield from void_rows(self.entries, self.view, None, self.zone, self.fold)

    def _event(self, step: Step) -> dict[str, Any]:
        entry = step.entry
        since: dict[str, Any] | None = None
        if not isinstance(entry, Order) and self.fold.order.at_kind != "observed-by":
            first, then = self.fold.moment, step.moment
            instants = first.at is not None and then.at is not None
            text = elapsed(first, then)
            since = {
                "text": f"at most {text}" if entry.at_kind == "observed-by" else text,
                "days": then.day - first.day,
                "seconds": ((then.at or 0) - (first.at or 0)) // 1_000_000 if instants else None,
            }
        return described(step.seq, entry, self.fold.id) | {
            "since_order": since,
            "corrections": self._corrections(step.seq),
        }

    def _corrections(self, seq: int) -> list[dict[str, Any]]:
        by_seq = {item.seq: item for item in self.entries}
        before = msgspec.json.decode(by_seq[seq].raw)
        found = []
        for number in self.view.trail.get(seq, []):
            correction = by_seq[number].entry
            if isinstance(correction, Correction) and number not in self.void:
                was = {name: before.get(name) for name in correction.set}
                before = amended(before, [correction])
                found.append(
                    {"seq": number, "void": False, "set": correction.set, "was": was, "reason": correction.reason}
                )
        return found

    def footnotes(self, key: str) -> list[str]:
        """Say what later moves of unnamed units may or may not have meant this target."""
        last = max((at for at, step in enumerate(self.fold.steps) if self._moves(step, key)), default=0)
        later = [
            step
            for step in self.fold.steps[last + 1 :]
            if isinstance(step.entry, Response)
            and not step.entry.all
            and any(not post.names and post.n and post.source.status for post in self.postings.get(step.seq, []))
        ]
        if not later:
            return []
        moved = ", ".join(f"{verb(step.entry)} {step.moment.text}" for step in later[:3])
        more = f" and {len(later) - 3} more" if len(later) > 3 else ""
        return [
            f"{self.fold.id}: {len(later)} later "
            + ("entry moves" if len(later) == 1 else "entries move")
            + f" targets without naming them ({moved}{more}); whether this one was among them is not recorded"
        ]

    def _moves(self, step: Step, key: str) -> bool:
        return any(key in post.names for post in self.postings.get(step.seq, []))


def _joined(step: Step, moves: list[Posting]) -> str | None:
    """Return how a target that the order did not name came under it."""
    if isinstance(step.entry, Order):
        return None
    if any(not post.source.status for post in moves):
        return "admitted"
    return "identified" if any(post.source == post.to for post in moves) else None


def _when(step: Step) -> tuple[int, int, int]:
    return step.moment.day, step.at, step.seq


def void_rows(
    entries: Iterable[Recorded], view: View, key: str | None, zone: str, fold: Fold | None = None
) -> Iterator[tuple[tuple[int, int, int], dict[str, Any]]]:
    """Give the entries that no longer hold, each with the correction that voided it."""
    by_seq = {item.seq: item for item in entries}
    for seq in sorted(view.void):
        entry = by_seq[seq].entry
        if isinstance(entry, Correction | Alias):
            continue
        if key is not None and fold is not None:
            texts = getattr(entry, "targets", [])
            if texts and not any(key in possible_keys(text, [fold.platform]) for text in texts):
                continue
        moment = read_moment(entry.booked if isinstance(entry, Order) else entry.at, zone)
        by = view.trail.get(seq, [])
        correction = by_seq[by[-1]].entry if by else None
        reason = correction.reason if isinstance(correction, Correction) else ""
        order_id = entry.id if isinstance(entry, Order) else entry.order
        voided: dict[str, Any] = {"seq": by[-1] if by else None, "void": True, "set": {}, "was": {}, "reason": reason}
        at = moment.at if moment.at is not None else day_start(moment.day, zone)
        yield (moment.day, at, seq), described(seq, entry, order_id or "") | {"void": True, "corrections": [voided]}


def _beside(fold: Fold) -> dict[str, dict[str, int]]:
    """Return how the names of other kinds than the order's amount stand."""
    found: dict[str, dict[str, int]] = {}
    for name, kind in fold.balance.beside.items():
        status = fold.balance.named[name].status
        held = found.setdefault(kind, {})
        held[status] = held.get(status, 0) + 1
    return found
