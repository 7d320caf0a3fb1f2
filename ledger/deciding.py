"""Whether an entry may be added: the rule book held against what the ledger says now."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final, NamedTuple

from ledger.errors import Refused
from ledger.index.reading import unknown_order
from ledger.index.writing import Writing
from ledger.model.admission import check, check_past, remarks
from ledger.model.balance import Posting
from ledger.model.corrections import Recorded, View, corrected
from ledger.model.entries import (
    Alias,
    Correction,
    Entry,
    FollowUp,
    Order,
    Response,
    convert,
    fields_of,
)
from ledger.model.postings import Fold, fold
from ledger.model.statuses import REPEATS
from ledger.model.targets import Target

# Folds kept between the entries of a batch, by the targets and entries that they hold together.
KEPT: Final = 20_000


class Decided(NamedTuple):
    """An entry that may be added: its record, its struct, its order's id, and what to say about it."""

    record: dict[str, Any]
    entry: Entry
    order: str
    postings: list[Posting]
    notes: list[str]
    fold: Fold | None


def admitted(record: dict[str, Any], zone: str, now: str) -> tuple[Entry, list[Target]]:
    """Read a normalised record and hold it against what needs no other entry; return its targets too. Raises `Refused`."""
    entry = convert(record)
    targets = check(entry, zone)
    check_past(entry, now)
    return entry, targets


class Desk:
    """Decides on entries one after the other, each in view of those before it."""

    def __init__(self, writing: Writing) -> None:
        self.writing = writing
        self.zone = writing.zone
        self._folds: OrderedDict[int, tuple[Fold, int]] = OrderedDict()
        self._weight = 0
        self._now = ""
        # Orders that were corrected in this batch: their id, and their reference and authority unless they are void.
        self._corrected: dict[int, tuple[str, tuple[str, str] | None]] = {}
        self._voided: set[int] = set()

    def decide(self, record: dict[str, Any], seq: int, now: str) -> Decided:
        """Return the entry as it would be recorded under a number at a time; raises `Refused` with the reason.

        The record is normalised, and holds what a line can carry (`check_members`).
        """
        self._now = now
        entry, targets = admitted(record, self.zone, now)
        if isinstance(entry, Order):
            return self._order(record, entry, seq, targets)
        if isinstance(entry, Correction):
            return self._correction(record, entry, seq)
        if isinstance(entry, Alias):
            return self._alias(record, entry, targets)
        return self._fact(record, entry, seq)

    def _order(self, record: dict[str, Any], order: Order, seq: int, targets: list[Target]) -> Decided:
        if order.id is None:
            order.id = self._free_id(seq)
            record["id"] = order.id
        elif (earlier := self._find(order.id)) is not None:
            raise Refused(f"id: {order.id} is entry {earlier} already: choose another id, or correct that entry")
        self._related(order, seq)
        folded = Fold(seq, order, self.zone, targets)
        outcome = folded.outcomes[seq]
        if outcome.problems:
            raise Refused(outcome.problems[0])
        self._keep(seq, folded)
        notes = [*outcome.notes, *remarks(order)]
        return Decided(record, order, order.id, folded.balance.postings, notes, folded)

    def _free_id(self, seq: int) -> str:
        name = f"ord-{seq:04d}"
        while self._find(name) is not None:
            name += "a"
        return name

    def _find(self, order_id: str) -> int | None:
        row = self.writing.db.execute("SELECT order_no FROM orders WHERE id = ?", (order_id,)).fetchone()
        return None if row is None else int(row[0])

    def _related(self, order: Order, seq: int) -> None:
        """Refuse an order that relates to none, or has the reference of another that it does not relate to (rule 9)."""
        if order.relates_to is not None:
            self._other(order, seq)
        if order.reference is None:
            return
        same = self._referenced(order.reference, order.authority)
        same.pop(seq, None)
        if same and order.relates_to not in same.values():
            first = same[min(same)]
            raise Refused(
                f"reference: {order.authority} {order.reference} is recorded already as {first}: "
                f"if this is another order, say --relates-to {first}"
            )

    def _referenced(self, reference: str, authority: str) -> dict[int, str]:
        """Return the numbers and ids of the orders that hold and have this reference of this authority."""
        said = (reference, authority)
        query = "SELECT order_no, id FROM orders WHERE reference = ? AND authority = ? AND duty <> 'void'"
        same: dict[int, str] = dict(self.writing.db.execute(query, said).fetchall())
        # What corrections of this batch have changed is not in the index yet.
        for number, (name, held) in self._corrected.items():
            same.pop(number, None)
            if held == said:
                same[number] = name
        return same

    def is_free(self, order_id: str, reference: str | None, authority: str) -> bool:
        """Tell whether an order that relates to no other can have this id and this reference."""
        if self._find(order_id) is not None:
            return False
        return reference is None or not self._referenced(reference, authority)

    def _other(self, order: Order, seq: int) -> None:
        """Hold the order that this one relates to against rule 9: another, which holds, and is no repeat if repeated."""
        db = self.writing.db
        query = "SELECT order_no, relation, relates_to, duty FROM orders WHERE id = ?"
        row = db.execute(query, (order.relates_to,)).fetchone()
        if row is None:
            raise Refused(f"relates_to: {unknown_order(db, order.relates_to or '')}")
        if row[0] == seq:
            raise Refused(f"relates_to: {order.relates_to} is this order itself: give the id of the other one")
        void = row[3] == "void" if row[0] not in self._corrected else row[0] in self._voided
        if void:
            raise Refused(f"relates_to: {order.relates_to} was voided: relate to one that holds, or restore it first")
        if order.relation in REPEATS:
            if row[1] in REPEATS:
                raise Refused(f"relates_to: {order.relates_to} only repeats {row[2]}: relate to that one")
            self._unrepeated(order.id or "", "a repeat itself")

    def _unrepeated(self, order_id: str, what: str) -> None:
        """Refuse what would leave the orders that repeat this one without what they repeat."""
        query = (
            "SELECT id FROM orders WHERE relates_to = ? AND relation IN ('confirms', 'duplicate') AND duty <> 'void' "
            "ORDER BY order_no LIMIT 1"
        )
        row = self.writing.db.execute(query, (order_id,)).fetchone()
        if row is not None:
            raise Refused(f"{order_id} cannot be {what}: {row[0]} only repeats it; correct that one first")

    def _fact(self, record: dict[str, Any], entry: Response | FollowUp, seq: int) -> Decided:
        order_no = self._find(entry.order)
        if order_no is None:
            raise Refused(f"order: {unknown_order(self.writing.db, entry.order)}")
        folded = self._fold(order_no)
        if folded is None:
            raise Refused(f"order: {entry.order} was voided: restore it by voiding its correction first")
        notes: list[str] = []
        before = len(folded.balance.postings)
        if folded.follows(entry):
            outcome = folded.apply(seq, entry)
            postings = folded.balance.postings[before:]
        else:
            known = _problems(folded)
            view = corrected(self.writing.records(order_no))
            folded = fold([*view.facts, (seq, entry)], self.zone)
            outcome = folded.outcomes[seq]
            postings = [posting for posting in folded.balance.postings if posting.seq == seq]
            notes = _newly_impossible(folded, known, seq)
        if outcome.problems:
            self._drop(order_no)
            raise Refused(outcome.problems[0])
        self._keep(order_no, folded)
        return Decided(record, entry, entry.order, postings, [*outcome.notes, *notes], folded)

    def _alias(self, record: dict[str, Any], alias: Alias, targets: list[Target]) -> Decided:
        keys = [target.key for target in targets]
        if self.writing.aliases.are_one(*keys):
            raise Refused(f"targets: {alias.targets[0]} and {alias.targets[1]} are recorded as one already")
        return Decided(record, alias, "", [], self._named_by(targets), None)

    def _named_by(self, targets: list[Target]) -> list[str]:
        """Say how many orders name each of some targets."""
        query = "SELECT COUNT(DISTINCT order_no) FROM statuses WHERE target = ?"
        notes = []
        for target in targets:
            n = int(self.writing.db.execute(query, (target.key,)).fetchone()[0])
            notes.append(f"{target.text} is named by {n:,} order" + ("" if n == 1 else "s"))
        return notes

    def _alias_corrected(
        self, record: dict[str, Any], correction: Correction, before: View, records: list[Recorded], seq: int
    ) -> Decided:
        after = corrected([*records, Recorded(seq, correction, b"")])
        for _, entry in after.facts:
            check(entry, self.zone)
        note = "the alias is amended"
        if bool(before.facts) != bool(after.facts):
            note = "the two names are one again" if after.facts else "the two names are two again"
        return Decided(record, correction, "", [], [note], None)

    def _correction(self, record: dict[str, Any], correction: Correction, seq: int) -> Decided:
        row = self.writing.db.execute("SELECT order_no FROM entries WHERE seq = ?", (correction.of,)).fetchone()
        if row is None:
            what = "the ledger's own first line" if correction.of == 0 else "no entry of this ledger"
            raise Refused(f"of: {correction.of} is {what}: `ledger timeline --order ID` shows the numbers")
        order_no = int(row[0])
        records = self.writing.records(order_no)
        before = corrected(records)
        target = next((item for item in records if item.seq == correction.of), None)
        if target is None:
            raise Refused(
                f"of: entry {correction.of} is an erasure, or is withheld from this copy: it cannot be corrected"
            )
        self._correctable(correction, target, before)
        if isinstance(records[0].entry, Alias):
            return self._alias_corrected(record, correction, before, records, seq)
        root = correction.of
        entries = {item.seq: item.entry for item in records}
        while isinstance(inner := entries[root], Correction):
            root = inner.of
        after = corrected([*records, Recorded(seq, correction, b"")])
        amended = dict(after.facts).get(root)
        if amended is not None:
            check(amended, self.zone)
            check_past(amended, self._now)
        if order_no not in dict(after.facts):
            facts = [number for number, _ in after.facts]
            if facts:
                if correction.of != order_no:
                    raise Refused(
                        f"of: entry {facts[0]} would then hold, but its order is void: restore the order first"
                    )
                raise Refused(f"of: entry {correction.of} is an order with live facts ({facts[0]}): void those first")
            folded = None
        else:
            folded = fold(after.facts, self.zone)
        known = _problems(fold(before.facts, self.zone)) if before.facts else set()
        notes = []
        if folded is not None:
            outcome = folded.outcomes.get(root)
            new = [problem for problem in outcome.problems if (root, problem) not in known] if outcome else []
            if new:
                raise Refused(f"entry {root} could then not be: {new[0]}")
            notes = [*(outcome.notes if outcome else []), *_newly_impossible(folded, known, root)]
            notes.append(f"the order now stands: {folded.balance.standing()}")
        order = entries[order_no]
        order_id = order.id if isinstance(order, Order) and order.id else ""
        if root == order_no:
            self._order_corrected(order_no, order_id, dict(before.facts).get(root), dict(after.facts).get(root))
        self._drop(order_no)
        return Decided(record, correction, order_id, [], notes, folded)

    def _order_corrected(self, order_no: int, order_id: str, was: Entry | None, now: Entry | None) -> None:
        """Hold a corrected order against the others, and know it by what it is now."""
        if isinstance(now, Order):
            if not isinstance(was, Order) or _relation(was) != _relation(now):
                self._related(now, order_no)
            self._voided.discard(order_no)
        else:
            self._unrepeated(order_id, "voided")
            self._voided.add(order_no)
        said = (now.reference, now.authority) if isinstance(now, Order) and now.reference is not None else None
        self._corrected[order_no] = (order_id, said)

    def _correctable(self, correction: Correction, target: Recorded, view: View) -> None:
        of = correction.of
        if of in view.void:
            by = view.trail.get(of, [])
            raise Refused(f"of: entry {of} is void already" + (f", by entry {by[-1]}" if by else ""))
        if isinstance(target.entry, Correction):
            if not correction.void:
                raise Refused(f"of: entry {of} is a correction: void it, and correct the entry itself anew")
            return
        kind = str(target.entry.__struct_config__.tag)
        for field in correction.set:
            if field not in fields_of(kind):
                from difflib import get_close_matches

                near = get_close_matches(field, fields_of(kind), n=1)
                hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(fields_of(kind))}"
                raise Refused(f"set: {field!r} is no field of a {kind}: {hint}")

    def _fold(self, order_no: int) -> Fold | None:
        kept = self._folds.get(order_no)
        if kept is not None:
            self._folds.move_to_end(order_no)
            return kept[0]
        view = corrected(self.writing.records(order_no))
        if not view.facts or view.facts[0][0] != order_no:
            return None
        return fold(view.facts, self.zone)

    def _keep(self, order_no: int, folded: Fold) -> None:
        self._drop(order_no)
        weight = len(folded.balance.named) + 10 * len(folded.steps)
        self._folds[order_no] = (folded, weight)
        self._weight += weight
        while self._weight > KEPT and len(self._folds) > 1:
            self._settle(next(iter(self._folds)))

    def settle(self) -> None:
        """Hand all folds on to the index: there is nothing more to decide."""
        for order_no in list(self._folds):
            self._settle(order_no)

    def _settle(self, order_no: int) -> None:
        self.writing.settle(order_no, self._folds[order_no][0])
        self._drop(order_no)

    def _drop(self, order_no: int) -> None:
        gone = self._folds.pop(order_no, None)
        if gone is not None:
            self._weight -= gone[1]


def _relation(order: Order) -> tuple[str | None, ...]:
    return order.reference, order.authority, order.relates_to, order.relation


def _problems(folded: Fold) -> set[tuple[int, str]]:
    return {(seq, problem) for seq, outcome in folded.outcomes.items() for problem in outcome.problems}


def _newly_impossible(folded: Fold, known: set[tuple[int, str]], but: int) -> list[str]:
    """Say which recorded entries can no longer do what they say (rule 6)."""
    return [
        f"entry {seq} can now no longer be booked whole: {problem} (ledger check lists it)"
        for seq, problem in sorted(_problems(folded) - known)
        if seq != but
    ]
