"""The rule book: fold an order and its entries into postings (DESIGN, section 2, rules 1 to 9).

Folding never fails. What an entry could not do is kept beside it as a problem; whoever adds an entry refuses one
that has problems, and whoever reads lists them.
"""

from __future__ import annotations

from typing import NamedTuple

from ledger.errors import Refused
from ledger.model.admission import counted_kind
from ledger.model.balance import OUTSIDE, PENDING, Balance
from ledger.model.ending import Ended, release
from ledger.model.entries import Entry, FollowUp, Order, Response
from ledger.model.moments import Moment, day_start, read_moment
from ledger.model.moving import apply_response
from ledger.model.naming import mention, resolve
from ledger.model.quantities import QUALIFIER_MARK
from ledger.model.statuses import ENDING_EVENTS, MOVES, OPEN, REPEATS, RESTORING_EVENTS
from ledger.model.targets import Target, parse_targets, platform_key


class Outcome:
    """What one entry did.

    `problems` are what it could not do (empty when all went well), `forced` what the rules do not admit and --anyway
    did all the same, `notes` are for its receipt.
    """

    __slots__ = ("forced", "notes", "problems")

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.forced: list[str] = []
        self.notes: list[str] = []


class Step(NamedTuple):
    """One live entry in the order of its time."""

    at: int
    seq: int
    moment: Moment
    entry: Order | Response | FollowUp


class Fold:
    """One order as its entries leave it.

    `targets` are those of the order, where they have been read already. `balance` holds the quantities and the
    postings, `steps` the entries by time, `outcomes` what each did, `openness` when anything was open.
    `demanded` is false once the order no longer holds, `exceptions` names targets for which it is the other way round,
    `admitted` those that came under it though they are not on its list.
    """

    __slots__ = (
        "_latest",
        "admitted",
        "balance",
        "demanded",
        "due",
        "ended",
        "exceptions",
        "moment",
        "openness",
        "order",
        "outcomes",
        "platform",
        "seq",
        "steps",
        "zone",
    )

    def __init__(self, seq: int, order: Order, zone: str, targets: list[Target] | None = None) -> None:
        self.seq, self.order, self.zone = seq, order, zone
        self.platform = platform_key(order.platform)
        self.moment = read_moment(order.booked, zone)
        self.demanded = True
        self.exceptions: set[str] = set()
        self.ended = Ended()
        self.admitted: set[str] = set()
        self.due = order.due
        self.outcomes: dict[int, Outcome] = {}
        self.steps: list[Step] = []
        # Whether anything is open, by the entries after which that changed.
        self.openness: list[tuple[int, bool]] = []
        self._latest: dict[int, int] = {}
        if targets is None:
            targets = parse_targets(order.targets, self.platform)
        self.balance = Balance(counted_kind(order, targets))
        at = self._time(self.moment)
        self._open(Step(at, seq, self.moment, order))
        self._enter(targets)
        self._close()

    @property
    def id(self) -> str:
        """The order's id."""
        return self.order.id or ""

    @property
    def inexact(self) -> bool:
        """Whether the order may hold more than was said, so that a shortfall is entered first (rule 5)."""
        amount = self.order.specified
        if amount is None:
            return not self.order.targets and not self.repeats
        return amount.qualifier in ("about", "at-least", "unknown")

    @property
    def repeats(self) -> bool:
        """Whether the order only repeats another one and posts nothing (rule 9)."""
        return self.order.relation in REPEATS

    @property
    def amount_marks(self) -> int:
        """How exact the order's amount is."""
        amount = self.order.specified
        return QUALIFIER_MARK["unknown" if amount is None else amount.qualifier]

    def moment_of(self, text: str) -> Moment:
        """Read a moment in the ledger's zone."""
        return read_moment(text, self.zone)

    def follows(self, entry: Response | FollowUp) -> bool:
        """Tell whether an entry comes after all that is folded, so that it can simply be applied."""
        moment = self.moment_of(entry.at)
        return self._key(moment) >= self.steps[-1].at

    def apply(self, seq: int, entry: Response | FollowUp) -> Outcome:
        """Book one entry that follows all others in time; return what it did."""
        moment = self.moment_of(entry.at)
        step = Step(self._time(moment), seq, moment, entry)
        return self._apply(step)

    def _apply(self, step: Step) -> Outcome:
        outcome = self._open(step)
        entry = step.entry
        if self._before(step.moment):
            early = f"{step.moment.text} is before the order, which counts from {self.order.booked}"
            if isinstance(entry, Response) and entry.anyway:
                outcome.forced.append(early)
            else:
                outcome.problems.append(
                    f"{early}: mend the date" + (", or --anyway" if isinstance(entry, Response) else "")
                )
        if not outcome.problems:
            try:
                self._book(entry, outcome)
            except Refused as error:
                # A target that can no longer be read, since the order's platform was corrected.
                outcome.problems.append(str(error))
        return self._close()

    def _book(self, entry: Entry, outcome: Outcome) -> None:
        if isinstance(entry, FollowUp):
            self._follow_up(entry, outcome)
        elif isinstance(entry, Response) and entry.action in MOVES:
            apply_response(self, entry, outcome)
        elif isinstance(entry, Response) and entry.targets:
            mention(self, entry.targets, entry, outcome)

    def _before(self, moment: Moment) -> bool:
        if moment.at is not None and self.moment.at is not None:
            return moment.at < self.moment.at
        return moment.day < self.moment.day

    def _key(self, moment: Moment) -> int:
        """Return the time an entry is folded at (rule 6), never before the order itself."""
        at = moment.at
        if at is None:
            at = self._latest.get(moment.day)
            if at is None:
                at = day_start(moment.day, self.zone)
        return max(at, self.steps[0].at) if self.steps else at

    def _time(self, moment: Moment) -> int:
        at = self._key(moment)
        if moment.at is not None:
            self._latest[moment.day] = max(moment.at, self._latest.get(moment.day, moment.at))
        return at

    def _open(self, step: Step) -> Outcome:
        self.steps.append(step)
        entry = step.entry
        self.balance.open_entry(step.seq, max(step.moment.day, self.moment.day), entry.speaker)
        outcome = self.outcomes[step.seq] = Outcome()
        return outcome

    def _close(self) -> Outcome:
        self.balance.close_entry()
        seq, is_open = self.steps[-1].seq, self.is_open
        if not self.openness or self.openness[-1][1] != is_open:
            self.openness.append((seq, is_open))
        return self.outcomes[seq]

    @property
    def is_open(self) -> bool:
        """Whether any target still waits for an action."""
        tally, marks = self.balance.tally, self.balance.marks
        for status in OPEN:
            if tally.get(status) or marks.get(status):
                return True
        named = self.balance.named
        return any(named[name].status in OPEN for name in self.balance.beside)

    def _enter(self, targets: list[Target]) -> None:
        """Post the order's amount into `pending` (rule 1)."""
        if self.repeats:
            return
        balance = self.balance
        counted = [target.key for target in targets if target.kind == balance.kind]
        balance.beside = {target.key: target.kind for target in targets if target.kind != balance.kind}
        if counted:
            balance.move_named(counted, OUTSIDE, PENDING)
        if balance.beside:
            balance.move_named(list(balance.beside), OUTSIDE, PENDING)
        amount = self.order.specified
        if amount is None and targets:
            return
        within = len(targets) if balance.kind == "any" else len(counted)
        unnamed = max(0, (amount.n if amount else 0) - within)
        if unnamed or self.amount_marks:
            balance.move_unnamed(unnamed, OUTSIDE, PENDING, self.amount_marks)
        if amount and amount.qualifier == "exact" and within > amount.n:
            self.outcomes[self.seq].problems.append(f"{amount.n} are specified but {within} are named")

    def _follow_up(self, entry: FollowUp, outcome: Outcome) -> None:
        event = entry.event
        if self.repeats and event != "deadline-extended":
            # What it repeats is where its targets stand.
            self.demanded = event in RESTORING_EVENTS or (self.demanded and event not in ENDING_EVENTS)
            return
        names = resolve(self, entry.targets, outcome, entry) if entry.targets else None
        if entry.targets and not names:
            return
        if event in ENDING_EVENTS:
            self._demand(names, demanded=False)
            self.ended.end(self.balance, names)
        elif event in ("unblock-requested", "stayed"):
            self._demand(names, demanded=False)
        elif event in RESTORING_EVENTS:
            self._demand(names, demanded=True)
            self.ended.restore(self.balance, names)
        elif event == "clarified":
            release(self.balance, ("not-enough-info",), PENDING, names)
        elif event == "deadline-extended" and names is None:
            self.due = entry.due

    def _demand(self, names: list[str] | None, *, demanded: bool) -> None:
        if names is None:
            self.demanded = demanded
            self.exceptions = set()
        elif demanded == self.demanded:
            self.exceptions.difference_update(names)
        else:
            self.exceptions.update(names)

    def demands(self, name: str) -> bool:
        """Tell whether the order still asks for something about a target."""
        return self.demanded != (name in self.exceptions)

    def covers(self, kind: str) -> bool:
        """Tell whether a target of this kind can be one of the unnamed units."""
        return self.balance.kind in ("any", kind)

    def shortfall(self, n: int, outcome: Outcome) -> None:
        """Enter units that the order must have held, since its amount was not exact (rule 5)."""
        self.balance.move_unnamed(n, OUTSIDE, PENDING, self.amount_marks)
        amount = self.order.specified
        said = f"says {amount.words or amount.qualifier!r}" if amount else "states no amount"
        outcome.notes.append(f"{n:,} more than was booked: entered into pending first, since the order {said}")


def fold(facts: list[tuple[int, Entry]], zone: str) -> Fold:
    """Fold an order and its live entries, the order first, by time and then by entry (rule 6).

    The moments' day is that of `zone`. What an entry cannot do is kept as its problem; raises `Refused` only for an
    order or a time that `check` does not admit.
    """
    seq, order = facts[0]
    if not isinstance(order, Order):
        raise TypeError("the first fact of a fold is its order")
    folded = Fold(seq, order, zone)
    steps = []
    for number, entry in facts[1:]:
        if isinstance(entry, Response | FollowUp):
            moment = read_moment(entry.at, zone)
            steps.append(Step(folded._time(moment), number, moment, entry))  # noqa: SLF001
    steps.sort(key=lambda step: (step.at, step.seq))
    for step in steps:
        folded._apply(step)  # noqa: SLF001
    return folded
