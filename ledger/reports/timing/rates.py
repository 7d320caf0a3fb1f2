"""Two rates, each *ever* and *still*: withheld by law, and acted on under the law or under the platform's own rules.

What was restricted by law at any time up to the end counts as ever withheld, what stands so at the end as still withheld.
Nothing counts twice: what is lifted and restricted again was restricted once. What stands already removed or not found,
and was never acted on, left nothing to act on: it is outside the denominator. So both rates are of one number, which
holds whatever was ever acted on. Where nothing left the restricted statuses again, both numbers are one, with the same
qualifier.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ledger.index.measures import BITS, SPECIFIED
from ledger.model.quantities import AT_LEAST, UNKNOWN, swapped
from ledger.model.statuses import LIFTED, OWN_RULES, RESTRICTED
from ledger.reports.sums import Sums, quantity

if TYPE_CHECKING:
    from ledger.model.course import Move

ACTED: Final = (*RESTRICTED, *OWN_RULES)
NOTHING_TO_ACT_ON: Final = ("already-removed", "not-found")
_WITHHELD_SET: Final = frozenset(RESTRICTED)
_ACTED_SET: Final = frozenset(ACTED)
_OWN_SET: Final = frozenset(OWN_RULES)
_LIFTED_SET: Final = frozenset(LIFTED)
_HAD_EFFECT: Final = _ACTED_SET | _LIFTED_SET
_GONE_SET: Final = frozenset(NOTHING_TO_ACT_ON)
_ASIDE: Final = frozenset((SPECIFIED, *NOTHING_TO_ACT_ON))
# The numbers of inexact parts of each sort, in the order of `BITS`, by kind and status.
Parts = Mapping[tuple[str, str], tuple[int, int, int, int]]


class Amount(NamedTuple):
    """A number and the marks that say how exact it is."""

    n: int
    marks: int

    def holds(self) -> bool:
        """Tell whether there is anything."""
        return self.n > 0 or bool(self.marks & (AT_LEAST | UNKNOWN))


class Standing(NamedTuple):
    """The targets of one kind under one order.

    `numbers` holds how many stand in each status, and how many were specified; `marks` how exact these are, if they are
    not. Beside them how many were ever withheld, and ever acted on, and how many of those already removed or not found
    are among the latter.
    """

    numbers: dict[str, int]
    marks: dict[str, int]
    ever_withheld: Amount
    ever_acted: Amount
    acted_gone: Amount

    def held(self, statuses: Iterable[str]) -> Amount:
        """Return what stands in statuses."""
        n = sum(self.numbers.get(status, 0) for status in statuses)
        if not self.marks:
            return Amount(n, 0)
        marks = 0
        for status in statuses:
            marks |= self.marks.get(status, 0)
        return Amount(n, marks)


class OrderRates(NamedTuple):
    """Whether there was anything to act on under an order, and whether anything was, and still is, withheld or acted on."""

    something: bool
    withheld_ever: bool
    withheld_still: bool
    acted_ever: bool
    acted_still: bool


class _First:
    """What came into some statuses for the first time, and whether anything left them again."""

    __slots__ = ("left", "marks", "n")

    def __init__(self) -> None:
        self.n = self.marks = 0
        self.left = False

    def move(self, move: Move, fresh: int, *, inside: bool, enters: bool, lifts: bool) -> None:
        """Count a move of which `fresh` were never there: from inside, into the statuses, or to where it was lifted."""
        if inside and not enters:
            self.left = True
        if (enters or lifts) and (
            fresh > 0 or (move.marks and not move.n and not inside and move.source not in _LIFTED_SET)
        ):
            self.n += fresh
            self.marks |= move.marks
            # What stands lifted had been there: it counts when it is lifted, if no entry moved it there before.
            self.left |= lifts


class _Gone:
    """What came to stand already removed or not found though it had been acted on, and is there still."""

    __slots__ = ("marks", "n")

    def __init__(self) -> None:
        self.n = self.marks = 0

    def move(self, move: Move) -> None:
        """Count a move to or from there."""
        if move.to in _GONE_SET:
            self.n += move.again_acted
            if move.source in _HAD_EFFECT:
                self.marks |= move.marks
        if move.source in _GONE_SET:
            self.n -= move.again_acted

    def acted(self, standing: Standing) -> Amount:
        """Return how much of it stands there, and no less than leaves all that was acted on inside the denominator."""
        there = standing.held(NOTHING_TO_ACT_ON)
        # Units without a name that come and go by force cannot be told apart.
        outside = min(there.n - min(there.n, self.n), standing.numbers.get(SPECIFIED, 0) - standing.ever_acted.n)
        return Amount(there.n - outside, self.marks if there.holds() else 0)


def standings(moves: Iterable[Move], parts: Parts) -> dict[str, Standing]:
    """Return how the targets of an order stand after moves, by kind; `parts` are the inexact ones then."""
    tallies: dict[str, tuple[dict[str, int], _First, _First, _Gone]] = {}
    for move in moves:
        tally = tallies.get(move.kind)
        if tally is None:
            tally = tallies[move.kind] = ({}, _First(), _First(), _Gone())
        numbers, withheld, acted, gone = tally
        source, to, n = move.source, move.to, move.n
        numbers[to] = numbers.get(to, 0) + n
        if not source:
            numbers[SPECIFIED] = numbers.get(SPECIFIED, 0) + n
            continue
        numbers[source] = numbers.get(source, 0) - n
        if to in _GONE_SET or source in _GONE_SET:
            gone.move(move)
        if to in _ACTED_SET or source in _ACTED_SET or to in _LIFTED_SET:
            lifts, by_law = to in _LIFTED_SET, source in _WITHHELD_SET
            enters, own = to in _WITHHELD_SET, lifts and source not in _OWN_SET
            withheld.move(move, n - move.again_restricted, inside=by_law, enters=enters, lifts=own)
            inside, enters = source in _ACTED_SET, to in _ACTED_SET
            acted.move(move, n - move.again_acted, inside=inside, enters=enters, lifts=lifts)
    found = {}
    for kind, (numbers, withheld, acted, gone) in tallies.items():
        marks = {status: _marks(counts) for (of, status), counts in parts.items() if of == kind} if parts else {}
        # A name that was lifted by force, with nothing done about it before, and then restricted is seen twice.
        most = numbers.get(SPECIFIED, 0)
        ever = (Amount(min(withheld.n, most), withheld.marks), Amount(min(acted.n, most), acted.marks))
        standing = Standing(numbers, marks, *ever, Amount(0, 0))
        if marks:
            ever_withheld = standing.ever_withheld if withheld.left else standing.held(RESTRICTED)
            ever_acted = standing.ever_acted if acted.left else standing.held(ACTED)
            standing = standing._replace(ever_withheld=ever_withheld, ever_acted=ever_acted)
        if not _GONE_SET.isdisjoint(numbers):
            standing = standing._replace(acted_gone=gone.acted(standing))
        found[kind] = standing
    return found


def _marks(counts: Iterable[int]) -> int:
    return sum(bit for bit, count in zip(BITS, counts, strict=True) if count > 0)


def order_rates(kinds: Iterable[Standing]) -> OrderRates:
    """Return what is told of an order, over all its kinds of targets."""
    something = withheld = withheld_still = acted = acted_still = False
    for standing in kinds:
        if standing.marks:
            something |= standing.held([status for status in standing.numbers if status not in _ASIDE]).holds()
            withheld |= standing.ever_withheld.holds()
            acted |= standing.ever_acted.holds()
            withheld_still |= standing.held(RESTRICTED).holds()
            acted_still |= standing.held(ACTED).holds()
            continue
        withheld |= standing.ever_withheld.n > 0
        acted |= standing.ever_acted.n > 0
        for status, n in standing.numbers.items():
            if n > 0 and status not in _ASIDE:
                something = True
                withheld_still |= status in _WITHHELD_SET
                acted_still |= status in _ACTED_SET
    return OrderRates(something or acted, withheld, withheld_still, acted, acted_still)


def over_orders(orders: Counter[OrderRates]) -> dict[str, Any]:
    """Return the rates over orders, as whole numbers; a list says how many orders there are of each sort."""
    counts = [sum(n for rates, n in orders.items() if rates[place]) for place in range(len(OrderRates._fields))]
    return {
        "nothing_to_act_on": sum(orders.values()) - counts[0],
        "of": counts[0],
        "withheld": {"ever": counts[1], "still": counts[2]},
        "acted": {"ever": counts[3], "still": counts[4]},
    }


class TargetRates:
    """The two rates over targets."""

    __slots__ = ("_marks", "_numbers", "_sums")

    def __init__(self) -> None:
        self._sums = Sums()
        # Of what was ever withheld, ever acted on, and acted on though it stands already removed or not found.
        self._numbers, self._marks = [0, 0, 0], [0, 0, 0]

    def add(self, standing: Standing, kind: str, parts: Parts) -> None:
        """Count the targets of one kind under an order."""
        amounts = self._sums.amounts
        for status, n in standing.numbers.items():
            amounts[status] = amounts.get(status, 0) + n
        for (of, status), counts in parts.items():
            if of == kind:
                self._sums.add_parts(status, counts)
        for place, amount in enumerate((standing.ever_withheld, standing.ever_acted, standing.acted_gone)):
            self._numbers[place] += amount.n
            self._marks[place] |= amount.marks

    def merge(self, other: TargetRates) -> None:
        """Count what another one counts."""
        for status, n in other._sums.amounts.items():
            self._sums.add(status, n)
        for status, counts in other._sums.parts.items():
            self._sums.add_parts(status, counts)
        for place in range(3):
            self._numbers[place] += other._numbers[place]
            self._marks[place] |= other._marks[place]

    def figures(self) -> dict[str, Any]:
        """Return the rates: quantities."""
        sums = self._sums
        n = sums.n(SPECIFIED) - sums.n(*NOTHING_TO_ACT_ON) + self._numbers[2]
        marks = sums.marks(SPECIFIED) | swapped(sums.marks(*NOTHING_TO_ACT_ON)) | self._marks[2]
        found: dict[str, Any] = {
            "specified": sums.quantity(SPECIFIED),
            "already_removed": sums.quantity("already-removed"),
            "not_found": sums.quantity("not-found"),
            "of": quantity(n, marks),
        }
        for place, (name, statuses) in enumerate((("withheld", RESTRICTED), ("acted", ACTED))):
            ever = quantity(self._numbers[place], self._marks[place])
            found[name] = {"ever": ever, "still": sums.quantity(*statuses)}
        return found
