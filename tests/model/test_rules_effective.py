"""Rule 8: a target's effective status over all orders, and the restrictions that no order demands any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ledger
from ledger import Ledger
from ledger.model.effective import effective
from ledger.model.statuses import STATUSES, STRENGTH
from tests.strategies import Record, follow_up, order, response

# As the rule has it, the closed ones in any order among themselves.
STRONGER = (
    "suspended policy-removed removed blocked withheld demoted pending not-enough-info unblocked".split(),
    "refused not-found already-removed withdrawn".split(),
)
HISTORIES = st.lists(
    st.dictionaries(st.integers(1, 6), st.sampled_from(STATUSES), min_size=1, max_size=4).map(
        lambda h: sorted(h.items())
    ),
    min_size=1,
    max_size=3,
)


def at(history: list[tuple[int, str]], day: int) -> str | None:
    """Return what a history says on a day."""
    past = [status for when, status in history if when <= day]
    return past[-1] if past else None


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    with ledger.open(tmp_path / "ledger.jsonl", clock=lambda: datetime(2022, 1, 1, tzinfo=UTC)) as opened:
        yield opened


def under(order_id: str, *facts: Record, **fields: object) -> list[Record]:
    """Return an order on @a and what followed it."""
    return [order(id=order_id, **({"targets": ["@a"]} | fields)), *(fact | {"order": order_id} for fact in facts)]


def now(book: Ledger, target: str = "@a") -> str:
    """Return a target's effective status, the same in its timeline and in the report."""
    (told,) = ledger.timeline(book, target)["targets"]
    assert [status for status, n in counted(book).items() if n] == [told["status"]]
    return str(told["status"])


def counted(book: Ledger, last: str = "2021-12-31") -> dict[str, int]:
    """Return how many distinct accounts stand where at the end of a day, whichever way the report counts them."""
    whole = ledger.report(book, as_of=last)["totals"]["distinct"]
    assert whole["targets"] == sum(whole["effective"].values())
    assert whole == ledger.report(book, begin="2021-01-01", as_of=last)["totals"]["distinct"]
    return dict(whole["effective"])


def listed(book: Ledger) -> list[tuple[str, str, str | None]]:
    """Return what `check` lists: its kind, the order, the target."""
    return [(row["kind"], row["order"], row["target"]) for row in ledger.check(book)]


def test_the_strength_of_statuses_is_that_of_the_rule() -> None:
    open_and_stronger, closed = STRONGER
    assert list(STRENGTH[: len(open_and_stronger)]) == open_and_stronger
    assert set(STRENGTH) == {*open_and_stronger, *closed, "provided"} == set(STATUSES)


def test_of_two_orders_the_stronger_status_holds() -> None:
    for strong, weak in combinations(STRENGTH, 2):
        assert effective([[(1, strong)], [(1, weak)]])[-1][1] == strong
        assert effective([[(1, weak)], [(1, strong)]])[-1][1] == strong
        assert effective([[(1, weak)], [(2, strong)]]) == [(1, weak), (2, strong)]
        assert effective([[(1, strong)], [(2, weak)]]) == [(1, strong)]


def test_of_several_changes_on_one_day_the_last_counts() -> None:
    pending_then_blocked = [(1, "pending"), (1, "blocked")]
    assert effective([pending_then_blocked, pending_then_blocked]) == [(1, "blocked")]
    assert effective([[(1, "withheld"), (1, "unblocked"), (2, "refused")], [(1, "not-found")]])[-1] == (2, "refused")


@given(HISTORIES)
def test_the_effective_status_of_each_day_is_the_strongest_of_that_day(histories: list[list[tuple[int, str]]]) -> None:
    found = effective(histories)
    assert [day for day, _ in found] == sorted({day for day, _ in found})
    for day in range(8):
        statuses = [status for history in histories if (status := at(history, day)) is not None]
        assert at(found, day) == (min(statuses, key=STRENGTH.index) if statuses else None)


@pytest.mark.parametrize(
    ("first", "second", "effectively"),
    [
        ([response("blocked", all=True)], [response("blocked", all=True)], "blocked"),
        ([response("blocked", all=True)], [], "blocked"),
        ([response("withheld", all=True)], [response("blocked", all=True)], "blocked"),
        ([response("blocked", all=True), response("unblocked", all=True)], [response("withheld", all=True)], "withheld"),
        ([response("refused", all=True)], [], "pending"),
        ([response("refused", all=True)], [response("not-found", all=True)], "refused"),
        ([response("suspended", targets=["@a"])], [response("removed", all=True)], "suspended"),
        ([response("blocked", all=True), follow_up("revoked")], [response("unblocked", all=True, anyway=True)], "blocked"),
        ([follow_up("revoked")], [response("blocked", all=True)], "blocked"),
        ([follow_up("revoked")], [response("blocked", all=True), response("unblocked", all=True)], "unblocked"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("day", ["2021-02-01", "2021-02-05"])
def test_the_effective_status_is_the_strongest_over_all_orders(
    book: Ledger, first: list[Record], second: list[Record], effectively: str, day: str
) -> None:
    dated = [[fact | {"at": day} for fact in facts] for facts in (first, second)]
    book.append_all([*under("EX-1", *dated[0]), *under("EX-2", *dated[1])])
    assert now(book) == effectively


def test_revoking_one_order_frees_nothing_that_another_holds(book: Ledger) -> None:
    blocked = response("blocked", all=True)
    book.append_all([*under("EX-1", blocked, follow_up("revoked")), *under("EX-2", blocked)])
    assert now(book) == "blocked"
    assert listed(book) == []
    book.append(follow_up("set-aside", order="EX-2"))
    assert now(book) == "blocked"
    assert listed(book) == [("no-longer-demanded", "EX-1", "@a"), ("no-longer-demanded", "EX-2", "@a")]


def test_one_target_counts_once_over_all_orders_and_each_kind_apart(book: Ledger) -> None:
    book.append_all([*under("EX-1", targets=["@a", "@b", "hashtag:x"]), *under("EX-2", targets=["https://x.com/A"])])
    assert {status: n for status, n in counted(book).items() if n} == {"pending": 2}


def test_the_effective_status_as_of_a_date_is_that_of_that_date(book: Ledger) -> None:
    facts = (response("blocked", "2021-02-03", all=True), response("unblocked", "2021-02-05", all=True))
    book.append_all([*under("EX-1", *facts), *under("EX-2", received="2021-02-04")])
    seen = [next(s for s, n in counted(book, f"2021-02-0{day}").items() if n) for day in range(1, 7)]
    assert seen == ["pending", "pending", "blocked", "blocked", "pending", "pending"]


@pytest.mark.parametrize(
    "event", ["revoked", "withdrawn", "set-aside", "invalid", "expired", "unblock-requested", "stayed"]
)
def test_check_lists_restrictions_that_no_order_demands_any_more(book: Ledger, event: str) -> None:
    blocked = response("blocked", targets=["@a"], count=2)
    book.append_all(under("EX-1", blocked, follow_up(event), specified=4))
    found = ledger.check(book)
    assert [(row["kind"], row["target"]) for row in found] == [
        ("no-longer-demanded", "@a"),
        ("no-longer-demanded", None),
    ]
    assert found[1]["text"].startswith("2 unnamed are still blocked")
    book.append(response("unblocked", "2021-02-04", all=True))
    assert listed(book) == []


@pytest.mark.parametrize("event", ["reinstated", "stay-vacated"])
@pytest.mark.parametrize("targets", [[], ["@a"]])
def test_check_lists_nothing_once_the_order_holds_again(book: Ledger, event: str, targets: list[str]) -> None:
    ended = (response("blocked", all=True), follow_up("revoked"))
    book.append_all(under("EX-1", *ended, follow_up(event, targets=targets)))
    assert listed(book) == []


def test_check_lists_what_one_order_released_by_name_alone(book: Ledger) -> None:
    facts = (response("blocked", all=True), follow_up("unblock-requested", targets=["@a"]))
    book.append_all(under("EX-1", *facts, targets=["@a", "@b"]))
    assert listed(book) == [("no-longer-demanded", "EX-1", "@a")]


@pytest.mark.parametrize("action", ["suspended", "policy-removed"])
def test_own_rules_need_no_order(book: Ledger, action: str) -> None:
    own = response(action, targets=["@a"])
    lifted = (response("blocked", all=True), response("unblocked", all=True))
    book.append_all([*under("EX-1", own, follow_up("revoked")), *under("EX-2", *lifted)])
    assert listed(book) == []


@pytest.mark.parametrize("action", ["withheld", "blocked", "removed", "demoted"])
def test_check_lists_what_is_unblocked_under_one_order_and_restricted_under_another(book: Ledger, action: str) -> None:
    lifted = (response("blocked", all=True), response("unblocked", all=True))
    book.append_all([*under("EX-1", *lifted), *under("EX-2", response(action, all=True))])
    assert listed(book) == [("restricted-elsewhere", "EX-1", "@a")]
    assert now(book) == action


def test_orders_for_information_have_no_part_in_an_effective_status(book: Ledger) -> None:
    asked = under("EX-1", response("provided", all=True), requires=["information"])
    book.append_all([*asked, *under("EX-2", response("refused", all=True))])
    assert now(book) == "refused"
