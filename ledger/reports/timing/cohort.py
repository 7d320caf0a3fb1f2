"""The orders that belong together in a report, and the figures of times, deadlines, rates and users over them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from ledger.reports.timing.incidence import DONE
from ledger.reports.timing.measures import OverOrders, OverTargets
from ledger.reports.timing.punctuality import MET, VERDICTS, Verdict
from ledger.reports.timing.rates import OrderRates, Parts, Standing, TargetRates, over_orders
from ledger.reports.timing.told import STATES

if TYPE_CHECKING:
    from ledger.reports.timing.clocks import Clocks


class OfOrder(NamedTuple):
    """What is told of one order as a whole."""

    clocks: Clocks
    rates: OrderRates
    verdict: Verdict
    told: str


class JudgedOrder(NamedTuple):
    """One order as it stood: how many it stands for, how many days ago it was received, its targets by kind.

    `whole` is None for what stands for a published total or repeats another.
    """

    stands_for: int
    age: int
    standings: dict[str, Standing]
    parts: Parts
    whole: OfOrder | None


class Cohort:
    """The figures of the orders that belong together, of one kind of target or of `all`.

    `of_kind` leaves out what is told of whole orders, `informs` what is told of orders to act alone.
    """

    __slots__ = (
        "_acknowledged",
        "_acted",
        "_first_effect",
        "_informs",
        "_kind",
        "_of_kind",
        "_published",
        "_rates",
        "_sorts",
        "_target_rates",
        "_targets",
        "_told",
        "_verdicts",
    )  # fmt: skip

    def __init__(self, kind: str, *, of_kind: bool = False, informs: bool = False) -> None:
        self._kind, self._of_kind, self._informs = kind, of_kind, informs
        # How many there are of orders, of repeats, of entries that stand for published totals, and for how many orders.
        self._sorts = [0, 0, 0, 0]
        self._acknowledged, self._first_effect, self._acted = OverOrders(), OverOrders(), OverOrders()
        self._targets = OverTargets()
        self._rates: Counter[OrderRates] = Counter()
        self._target_rates = TargetRates()
        # By whether they were acted on, too.
        self._verdicts: Counter[tuple[Verdict, bool]] = Counter()
        self._told: Counter[str] = Counter()

    def add(self, order: JudgedOrder) -> None:
        """Count an order."""
        standings, whole, age = order.standings, order.whole, order.age
        kinds = standings if self._kind == "all" else (self._kind,) if self._kind in standings else ()
        for kind in kinds:
            self._target_rates.add(standings[kind], kind, order.parts)
        if whole is None:
            self._leave_out(order.stands_for)
            return
        self._sorts[0] += 1
        clocks = whole.clocks
        for kind in kinds:
            self._targets.add_targets(clocks.targets[kind], standings[kind], age)
        if self._of_kind:
            return
        self._acknowledged.add(clocks.acknowledged, age)
        self._first_effect.add(clocks.first_effect, age)
        self._acted.add(clocks.acted, age)
        self._rates[whole.rates] += 1
        self._told[whole.told] += 1
        self._verdicts[whole.verdict, clocks.acted.end == DONE] += 1

    def _leave_out(self, stands_for: int) -> None:
        if stands_for == 1:
            self._sorts[1] += 1
        else:
            self._sorts[2] += 1
            self._sorts[3] += stands_for

    def merge(self, other: Cohort) -> None:
        """Count the orders of another cohort of the same kind."""
        self._sorts = [mine + more for mine, more in zip(self._sorts, other._sorts, strict=True)]
        self._acknowledged.merge(other._acknowledged)
        self._first_effect.merge(other._first_effect)
        self._acted.merge(other._acted)
        self._targets.merge_targets(other._targets)
        self._target_rates.merge(other._target_rates)
        self._rates.update(other._rates)
        self._verdicts.update(other._verdicts)
        self._told.update(other._told)

    def figures(self) -> dict[str, Any]:
        """Return its figures; null stands for those that it has not."""
        orders, repeats, entries, published = self._sorts
        whole = not self._of_kind
        rates = {"orders": over_orders(self._rates) if whole else None, "targets": self._target_rates.figures()}
        return {
            "orders": orders,
            "repeats": repeats,
            "published_totals": {"entries": entries, "orders": published},
            "acknowledged_in": self._acknowledged.figures() if whole else None,
            "first_effect_in": self._first_effect.figures() if whole else None,
            "acted_in": self._acted.figures() if whole else None,
            "targets_acted_in": self._targets.figures(),
            "deadlines": self._deadlines() if whole else None,
            "rates": None if self._informs else rates,
            "users": {state: self._told[state] for state in STATES} if whole else None,
        }

    def _deadlines(self) -> dict[str, Any]:
        found: dict[str, Any] = dict.fromkeys(VERDICTS, 0) | {"met_without_action": 0}
        found |= {name: dict.fromkeys(VERDICTS[:-1], 0) for name in ("unverified", "cautious")}
        for (verdict, acted), n in self._verdicts.items():
            found[verdict.what] += n
            for name in ("unverified", "cautious"):
                if getattr(verdict, name):
                    found[name][verdict.what] += n
            if verdict.what == MET and not acted:
                found["met_without_action"] += n
        return found
