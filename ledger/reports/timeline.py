"""What happened to one target, or under one order, as plain rows in the order of time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from ledger.errors import Refused
from ledger.index.projection import is_open
from ledger.index.reading import ReadLine, erasures, folded, records
from ledger.model.balance import Posting
from ledger.model.corrections import Recorded, View
from ledger.model.effective import effective
from ledger.model.entries import Correction, Entry, Order, Response, amended
from ledger.model.moments import day_start, elapsed, read_moment
from ledger.model.postings import Fold, Step
from ledger.model.statuses import MOVES, STATUSES
from ledger.model.targets import key_text, possible_keys
from ledger.reports.described import described, frame, moves_of, verb
from ledger.reports.sums import quantity

SCHEMA: Final = "ledger-timeline/1"


class Source(NamedTuple):
    """What timelines are read from: the index, the ledger's lines, its reporting zone."""

    db: sqlite3.Connection
    read_line: ReadLine
    zone: str


def target_timeline(source: Source, text: str, *, confidential: bool = True) -> dict[str, Any]:
    """Return the story of a target over all orders; raises `Refused` when no order names it.

    `targets` holds whom it is about, with the effective status (rule 8) and the orders of each; `orders` what frames
    the story, `events` its steps by time, `footnotes` what the story cannot tell. Without `confidential` it is told as
    if there were no confidential orders (rule 11).
    """
    platforms = [row[0] for row in source.db.execute("SELECT DISTINCT platform FROM orders WHERE platform <> ''")]
    found: dict[str, list[tuple[int, Fold, View]]] = {}
    for key in possible_keys(text, platforms or ["twitter"]):
        query = "SELECT order_no FROM statuses WHERE target = ? ORDER BY order_no"
        for (order_no,) in source.db.execute(query, (key,)).fetchall():
            fold, view = folded(source.db, source.read_line, order_no, source.zone)
            if fold is not None and (confidential or not fold.order.confidential):
                found.setdefault(key, []).append((order_no, fold, view))
    if not found:
        near = _nearest(source, text, platforms) if confidential else ""
        raise Refused(f"{text}: no order names it{near}; orders may cover it without naming it")
    story: dict[str, Any] = {"schema": SCHEMA, "target": text, "targets": [], "orders": [], "events": []}
    footnotes: list[str] = []
    moments: list[tuple[tuple[int, int, int], dict[str, Any]]] = []
    for key, folds in found.items():
        platform, kind, _ = key.split(" ", 2)
        trails = []
        for order_no, fold, view in folds:
            rows = _Story(source, fold, view, order_no)
            story["orders"].append(rows.frame() if confidential else _open(source, rows.frame()))
            moments += rows.events_of(key)
            footnotes += rows.footnotes(key)
            if not fold.order.informs:
                trails.append([(post.day, post.to.status) for post in fold.balance.postings if key in post.names])
        trails = [trail for trail in trails if trail]
        story["targets"].append(
            {
                "target": key_text(key),
                "kind": kind,
                "platform": platform,
                "status": effective(trails)[-1][1] if trails else None,
                "orders": [fold.id for _, fold, _ in folds],
            }
        )
    moments.sort(key=lambda pair: pair[0])
    story["events"] = [event for _, event in moments]
    return story | {"footnotes": footnotes}


def _open(source: Source, frame: dict[str, Any]) -> dict[str, Any]:
    """Return what an order is without naming a confidential one that it relates to."""
    query = "SELECT confidential FROM orders WHERE id = ?"
    row = source.db.execute(query, (frame["relates_to"],)).fetchone()
    return frame | {"relates_to": None, "relation": None} if row is not None and row[0] else frame


def _nearest(source: Source, text: str, platforms: list[str]) -> str:
    """Return a hint at the nearest name that the ledger holds, found by its first letters."""
    from difflib import get_close_matches

    near: dict[str, None] = {}
    for key in possible_keys(text, platforms or ["twitter"]):
        stem = key[: key.rfind(" ") + 3]
        query = "SELECT DISTINCT target FROM statuses WHERE target >= ? AND target < ? LIMIT 5000"
        names = [row[0] for row in source.db.execute(query, (stem, stem + "\U0010ffff"))]
        near |= dict.fromkeys(get_close_matches(key, names, n=1, cutoff=0.8))
    return f" (did you mean {key_text(next(iter(near)))}?)" if near else ""


def order_timeline(source: Source, order_no: int) -> dict[str, Any]:
    """Return the story of one order: every entry, what it moved, what was corrected."""
    fold, view = folded(source.db, source.read_line, order_no, source.zone)
    if fold is None:
        entries = records(source.db, source.read_line, order_no)
        order = entries[0].entry
        frames = [frame(order, order_no) | {"void": True}] if isinstance(order, Order) else []
        events = [event for _, event in sorted(_void_rows(entries, view, None, source.zone), key=lambda pair: pair[0])]
        footnotes = ["the order was voided; it counts nowhere"]
    else:
        rows = _Story(source, fold, view, order_no)
        frames = [rows.frame()]
        events = [event for _, event in sorted(rows.all_events(), key=lambda pair: pair[0])]
        footnotes = []
    return {
        "schema": SCHEMA,
        "target": None,
        "targets": [],
        "orders": frames,
        "events": events,
        "footnotes": [*footnotes, *_erased(source, order_no)],
    }


def _erased(source: Source, order_no: int) -> Iterator[str]:
    """Say which private values of an order's entries were erased."""
    for seq, entry in erasures(source.db, source.read_line, order_no):
        fields = ", ".join(entry.fields) or "private values"
        yield f"{fields} of entry {entry.of}: erased by entry {seq}: {entry.reason}"


class _Story:
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
            "open": is_open(self.fold),
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
            told = {"before": before, "after": status, "where": where, "joined": _joined(step, moves)}
            yield _when(step), {**event, **told}
        yield from _void_rows(self.entries, self.view, key, self.zone, self.fold)

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
        yield from _void_rows(self.entries, self.view, None, self.zone, self.fold)

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


def _void_rows(
    entries: Iterable[Recorded], view: View, key: str | None, zone: str, fold: Fold | None = None
) -> Iterator[tuple[tuple[int, int, int], dict[str, Any]]]:
    """Give the entries that no longer hold, each with the correction that voided it."""
    by_seq = {item.seq: item for item in entries}
    for seq in sorted(view.void):
        entry = by_seq[seq].entry
        if isinstance(entry, Correction):
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
