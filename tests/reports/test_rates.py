from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

import ledger
from ledger import Ledger
from ledger.errors import Refused
from ledger.index.measures import BITS, SPECIFIED
from ledger.model.course import course_of
from ledger.model.moments import day_text
from ledger.model.postings import Fold
from ledger.model.quantities import qualifier, show
from ledger.model.statuses import OWN_RULES, RESTRICTED, STATUSES
from ledger.reports.sums import added
from ledger.reports.timing.rates import ACTED, Amount, Parts, Standing, TargetRates, order_rates, over_orders, standings
from tests.strategies import (
    FIRST,
    Record,
    admissible,
    facts,
    folded,
    follow_up,
    moments,
    order,
    orders,
    response,
    stories,
)

CALM: Final = settings(max_examples=120, deadline=None)
FEW: Final = settings(max_examples=12, deadline=None)


def parts(found: Fold) -> Parts:
    """Return the marks of an order's balance as the index has them."""
    log = found.balance.marks_log[-1][1] if found.balance.marks_log else {}
    kind = found.balance.kind
    return {
        (kind, status or SPECIFIED): tuple(int(bool(marks & bit)) for bit in BITS)  # type: ignore[misc]
        for status, marks in log.items()
    }


def stand(*records: Record) -> Standing:
    found = folded(*records)
    return standings(course_of(found).moves, parts(found))["account"]


def text(amount: Amount) -> str:
    return show(amount.n, qualifier(amount.n, amount.marks))


def ever_and_still(found: Standing) -> tuple[str, str, str, str]:
    """Return withheld ever and still, acted on ever and still, as they are shown."""
    amounts = (found.ever_withheld, found.held(RESTRICTED), found.ever_acted, found.held(ACTED))
    return tuple(map(text, amounts))  # type: ignore[return-value]


FIVE: Final = order(specified=5)


def test_what_was_lifted_was_withheld_once_and_is_so_no_more() -> None:
    found = stand(FIVE, response("withheld", count=3), response("unblocked", "2021-02-03", count=2))
    assert ever_and_still(found) == ("3", "1", "3", "1")


def test_what_is_lifted_and_restricted_again_counts_once() -> None:
    again = response("blocked", "2021-02-04", all=True)
    found = stand(FIVE, response("withheld", count=3), response("unblocked", "2021-02-03", count=2), again)
    assert ever_and_still(found) == ("5", "5", "5", "5")
    moved = stand(FIVE, response("withheld", count=3), response("blocked", "2021-02-03", count=2))
    assert ever_and_still(moved) == ("5", "5", "5", "5")


def test_own_rules_are_acted_on_and_not_withheld_by_law() -> None:
    named = order(targets=["@a", "@b"])
    found = stand(named, response("suspended", targets=["@a"]), response("withheld", targets=["@b"]))
    assert ever_and_still(found) == ("1", "1", "2", "2")
    after = stand(named, response("withheld", targets=["@a"]), response("suspended", "2021-02-03", targets=["@a"]))
    assert ever_and_still(after) == ("1", "0", "1", "1")


def test_a_suspended_account_that_came_back_and_was_then_withheld_was_withheld_once() -> None:
    found = stand(
        order(targets=["@a"]),
        response("suspended", targets=["@a"]),
        response("unblocked", "2021-02-03", targets=["@a"]),
        response("withheld", "2021-02-04", targets=["@a"]),
    )
    assert ever_and_still(found) == ("1", "1", "1", "1")


def test_an_exact_level_makes_what_is_still_there_and_was_ever_there_exact_alike() -> None:
    story = (
        order(specified=300),
        response("withheld", count="about 100"),
        response("withheld", "2021-02-03", so_far=250),
    )
    assert ever_and_still(stand(*story)) == ("250", "250", "250", "250")
    lifted = stand(*story, response("unblocked", "2021-02-04", count=50))
    assert ever_and_still(lifted) == ("≈250", "200", "≈250", "200")


def test_an_amount_that_was_not_stated_counts_as_an_order_that_was_withheld() -> None:
    found = stand(order(specified="some"), response("withheld", count="some"))
    assert ever_and_still(found)[:2] == ("some", "some")
    assert order_rates([found]) == (True, True, True, True, True)


def test_what_is_not_there_is_nothing_to_act_on() -> None:
    gone = stand(FIVE, response("not-found", count=3), response("already-removed", "2021-02-03", count=2))
    refused = stand(FIVE, response("not-found", count=3), response("refused", "2021-02-03", count=2))
    assert not any(order_rates([gone]))
    assert order_rates([refused]) == (True, False, False, False, False)
    rates = TargetRates()
    for found in (gone, refused):
        rates.add(found, "account", {})
    figures = rates.figures()
    numbers = {name: figures[name]["n"] for name in ("specified", "already_removed", "not_found", "of")}
    assert numbers == {"specified": 10, "already_removed": 2, "not_found": 6, "of": 2}


def over_targets(*found: Standing) -> dict[str, str]:
    """Return of how many the rates over targets are, ever withheld and ever acted on, as they are shown."""
    rates = TargetRates()
    for standing in found:
        rates.add(standing, "account", {("account", status): bits(marks) for status, marks in standing.marks.items()})
    figures = rates.figures()
    amounts = {
        "of": figures["of"],
        "withheld": figures["withheld"]["ever"],
        "acted": figures["acted"]["ever"],
    }
    return {name: show(amount["n"], amount["qualifier"]) for name, amount in amounts.items()}


def bits(marks: int) -> tuple[int, int, int, int]:
    return tuple(int(bool(marks & bit)) for bit in BITS)  # type: ignore[return-value]


def test_what_was_acted_on_is_part_of_what_the_rates_are_of_even_where_it_is_not_found_in_the_end() -> None:
    withheld = response("withheld", all=True)
    gone = response("not-found", "2021-02-03", targets=["@a", "@b"], anyway=True)
    found = stand(order(targets=["@a", "@b"]), withheld, gone)
    other = stand(order(targets=["@c"]), withheld)
    assert over_targets(found, other) == {"of": "3", "withheld": "3", "acted": "3"}
    assert order_rates([found]) == (True, True, False, True, False)


def test_what_was_never_acted_on_and_is_not_found_stays_outside_beside_what_was() -> None:
    three = order(targets=["@a", "@b", "@c"])
    withheld = response("withheld", targets=["@a"])
    gone = response("not-found", "2021-02-03", targets=["@a", "@b"], anyway=True)
    moved = response("already-removed", "2021-02-04", targets=["@a"])
    back = response("withheld", "2021-02-05", targets=["@a"])
    for story in ((withheld, gone), (withheld, gone, moved), (withheld, gone, moved, back)):
        assert over_targets(stand(three, *story)) == {"of": "2", "withheld": "1", "acted": "1"}
    only = response("not-found", targets=["@a", "@b"])
    assert over_targets(stand(three, only)) == {"of": "1", "withheld": "0", "acted": "0"}
    assert over_targets(stand(three, only, back)) == {"of": "2", "withheld": "1", "acted": "1"}


def test_what_is_not_found_without_a_name_is_part_of_what_the_rates_are_of_where_it_was_acted_on() -> None:
    withheld = response("withheld", count=3)
    rest = response("not-found", "2021-02-03", count=1)
    gone = response("not-found", "2021-02-04", count=4, anyway=True)
    assert over_targets(stand(FIVE, withheld, rest)) == {"of": "4", "withheld": "3", "acted": "3"}
    assert over_targets(stand(FIVE, withheld, rest, gone)) == {"of": "3", "withheld": "3", "acted": "3"}
    twice = (response("refused", "2021-02-03", all=True, anyway=True), response("not-found", all=True, anyway=True))
    by_force = stand(FIVE, response("withheld", all=True), *twice)
    assert over_targets(by_force) == {"of": "5", "withheld": "5", "acted": "5"}


def test_what_the_rates_are_of_is_as_inexact_as_what_was_acted_on_and_is_not_found() -> None:
    withheld = response("withheld", count="about 3")
    all_gone = response("not-found", "2021-02-04", so_far=5, anyway=True)
    assert over_targets(stand(FIVE, withheld, all_gone)) == {"of": "≈3", "withheld": "≈3", "acted": "≈3"}
    some = stand(order(specified="some"), response("withheld", count="some"), all_gone | {"so_far": None, "all": True})
    assert order_rates([some]) == (True, True, False, True, False)


def test_over_orders_each_counts_once() -> None:
    lifted = stand(FIVE, response("withheld", all=True), response("unblocked", "2021-02-03", all=True))
    ended = stand(FIVE, follow_up("revoked"))
    counts = Counter(
        [order_rates([lifted]), order_rates([stand(FIVE, response("withheld", count=1))]), order_rates([ended])]
    )
    assert over_orders(counts) == {
        "nothing_to_act_on": 0,
        "of": 3,
        "withheld": {"ever": 2, "still": 1},
        "acted": {"ever": 2, "still": 1},
    }


def without_force(record: Record) -> Record:
    return {name: value for name, value in record.items() if name != "anyway"}


@CALM
@given(orders(), st.lists(facts(moments(st.integers(3, 20))).map(without_force), max_size=7))
def test_nobody_is_still_withheld_who_never_was_and_nobody_counts_twice(first: Record, later: list[Record]) -> None:
    found = folded(first, *later)
    for standing in standings(course_of(found).moves, parts(found)).values():
        withheld, acted = standing.ever_withheld.n, standing.ever_acted.n
        assert standing.held(RESTRICTED).n <= withheld <= acted <= standing.numbers.get(SPECIFIED, 0)
        assert standing.held(ACTED).n <= acted
        assert acted - withheld <= sum(post.n for post in found.balance.postings if post.to.status in OWN_RULES)


FORCED: Final = st.builds(
    lambda action, at, which: response(action, at, anyway=True, **which),
    st.sampled_from(["withheld", "suspended", "refused", "not-found", "already-removed"]),
    moments(st.integers(3, 20)),
    st.sampled_from([{"all": True}, {"count": 2}, {"so_far": 3}, {"targets": ["@a", "@d"]}]),
).filter(admissible)


@CALM
@given(orders(), st.lists(st.one_of(FORCED, facts(moments(st.integers(3, 20)))), max_size=7))
def test_no_rate_is_over_one_even_where_moves_are_forced(first: Record, later: list[Record]) -> None:
    found = folded(first, *later)
    stood = standings(course_of(found).moves, parts(found))
    rates = TargetRates()
    for kind, standing in stood.items():
        rates.add(standing, kind, parts(found))
    figures = rates.figures()
    for name in ("withheld", "acted"):
        assert (
            figures[name]["still"]["n"] <= figures[name]["ever"]["n"] <= figures["of"]["n"] <= figures["specified"]["n"]
        )
    assert figures["specified"]["n"] - figures["of"]["n"] <= figures["already_removed"]["n"] + figures["not_found"]["n"]
    over = over_orders(Counter([order_rates(stood.values())]))
    assert max(over["withheld"]["ever"], over["acted"]["ever"]) <= over["of"]


@CALM
@given(orders(), st.lists(facts(moments(st.integers(3, 20))), max_size=7))
def test_the_courses_moves_add_up_to_the_balance(first: Record, later: list[Record]) -> None:
    found = folded(first, *later)
    stood = standings(course_of(found).moves, parts(found))
    tally = found.balance.tally
    for status in STATUSES:
        kinds = (
            stood.values() if found.balance.kind == "any" else [stood[k] for k in (found.balance.kind,) if k in stood]
        )
        assert sum(standing.numbers.get(status, 0) for standing in kinds) == tally.get(status, 0)


def compared(times: dict[str, Any], block: dict[str, Any], *, whole: bool = True) -> None:
    """Hold the figures of a cohort against those of the report's own block."""
    targets = times["rates"]["targets"]
    assert targets["specified"] == block["specified"]
    assert targets["withheld"]["still"] == block["restricted"]
    assert targets["acted"]["still"] == added(block["status"][status] for status in ACTED)
    assert targets["not_found"] == block["status"]["not-found"]
    assert targets["already_removed"] == block["status"]["already-removed"]
    if whole:
        assert times["orders"] + times["repeats"] + times["published_totals"]["orders"] == block["orders"]
        clock = times["acted_in"]
        assert clock["answered"] + clock["closed"] + clock["open"] == times["orders"]
        verdicts = ("met", "missed", "open", "cannot_be_told", "no_deadline")
        assert sum(times["deadlines"][verdict] for verdict in verdicts) == times["orders"]
        assert sum(times["users"].values()) == times["orders"]


@FEW
@given(
    stories(),
    st.integers(0, 22),
    st.sampled_from(("order", "authority", "jurisdiction", "platform", "basis", "kind")),
    st.sampled_from(("account", "all", "hashtag")),
)
def test_the_figures_agree_with_those_that_the_report_has_of_itself(
    story: list[Record], number: int, by: str, kind: str
) -> None:
    with (
        TemporaryDirectory() as folder,
        Ledger(Path(folder, "l.jsonl"), clock=lambda: datetime(2022, 1, 1, tzinfo=UTC)) as book,
    ):
        book.create(origin="example", timezone="Asia/Kolkata")
        for record in story:
            try:
                book.append(record)
            except Refused:
                continue
        end = day_text(FIRST.toordinal() + number + 1)
        for begin in (None, "2021-01-20", day_text(FIRST.toordinal() + 2)):
            if begin and begin >= end:
                continue
            report = ledger.report(book, begin=begin, end=end, by=by, kind=kind, times=True)
            times = report["times"]
            compared(times["totals"], report["totals"])
            groups = {group["key"]: group for group in times["groups"]}
            for block in report["groups"]:
                if block["key"] in groups:
                    compared(groups[block["key"]], block, whole=by != "kind")
                else:
                    # Orders that repeat another name kinds of targets of which nothing is booked.
                    assert by == "kind"
                    assert block["specified"] == {"n": 0, "qualifier": "exact"}
            received = [period["orders"] for period in report["periods"] if period["orders"]]
            mine = [sum((p["orders"], p["repeats"], p["published_totals"]["orders"])) for p in times["periods"]]
            assert [n for n in mine if n] == received
