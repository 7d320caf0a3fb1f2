"""What holds of every ledger, whatever is brought to it and in whatever order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ledger
from ledger import Ledger
from ledger.errors import Refused
from ledger.index.comparison import compare
from ledger.model.corrections import Recorded, corrected
from ledger.model.entries import ENVELOPE, Alias, Correction, Order
from ledger.model.moments import day_text
from ledger.model.periods import GRAINS, period_of
from ledger.model.postings import Fold, fold
from ledger.model.statuses import OPEN, RESTRICTED, STATUSES, STRENGTH
from tests.strategies import FIRST, Expected, Record, day, entry, facts, order, orders, quantity, response, stories

KINDS = ("account", "hashtag", "any", "all")
START = FIRST.toordinal()
DAYS = st.integers(START, START + 22)
CALM = settings(max_examples=30, deadline=None)


@contextmanager
def empty() -> Iterator[Ledger]:
    """Give a ledger that is about to begin, in a zone of its own."""
    with (
        TemporaryDirectory() as folder,
        Ledger(Path(folder, "l.jsonl"), clock=lambda: datetime(2022, 1, 1, tzinfo=UTC)) as book,
    ):
        book.create(origin="example", timezone="Asia/Kolkata")
        yield book


def bring(book: Ledger, records: list[Record]) -> list[Record]:
    """Bring records to a ledger one by one; return those that it took."""
    taken = []
    for record in records:
        before = book.path.read_bytes()
        try:
            book.append(record)
        except Refused:
            assert book.path.read_bytes() == before
        else:
            taken.append(record)
            assert book.path.read_bytes().startswith(before)
    return taken


def differences(book: Ledger) -> list[str]:
    """Return what the index says otherwise than a fresh fold."""
    compared = compare(book.file)
    assert compared.done
    return compared.differences


def lines(book: Ledger) -> list[Record]:
    """Return the records of a ledger, without what it adds to them and without its own first line."""
    found = [json.loads(line) for line in book.path.read_bytes().splitlines()]
    return [{name: value for name, value in line.items() if name not in ENVELOPE} for line in found[1:]]


def folds(book: Ledger) -> list[Fold]:
    """Fold every order of a ledger anew, from its lines alone."""
    recorded: dict[str, list[Recorded]] = {}
    whose: dict[int, str] = {}
    for seq, record in enumerate(lines(book), 1):
        made = entry(record)
        assert not isinstance(made, Alias)
        name = whose[made.of] if isinstance(made, Correction) else made.id if isinstance(made, Order) else made.order
        whose[seq] = str(name)
        recorded.setdefault(whose[seq], []).append(Recorded(seq, made, json.dumps(record).encode()))
    live = [corrected(records).facts for records in recorded.values()]
    return [fold(facts, "Asia/Kolkata") for facts in live if facts]


@CALM
@given(stories())
def test_each_orders_statuses_sum_to_what_was_ordered_whatever_is_recorded(story: list[Record]) -> None:
    with empty() as book:
        bring(book, story)
        for kind in KINDS:
            report = ledger.report(book, by="order", kind=kind)
            for block in (report["totals"], *report["groups"]):
                assert sum(held["n"] for held in block["status"].values()) == block["specified"]["n"]
                assert all(held["n"] >= 0 for held in block["status"].values())
                restricted = sum(block["status"][status]["n"] for status in RESTRICTED)
                assert block["restricted"]["n"] == restricted
                assert block["not_restricted"]["n"] == block["specified"]["n"] - restricted


@CALM
@given(stories())
def test_the_index_and_a_fresh_fold_agree_whatever_is_recorded(story: list[Record]) -> None:
    with empty() as book:
        bring(book, story)
        assert differences(book) == []


@CALM
@given(stories(), st.sampled_from((0, 1, 100_000)))
def test_entries_added_together_give_what_they_give_one_by_one(story: list[Record], kept: int) -> None:
    with empty() as book, empty() as other, mock.patch("ledger.deciding.KEPT", kept):
        taken = bring(book, story)
        receipts = other.append_all(taken)
        assert lines(other) == lines(book)
        assert len(receipts) == len(taken)
        assert differences(other) == []
        assert ledger.report(other, by="order", kind="all") == ledger.report(book, by="order", kind="all")


@CALM
@given(
    orders(st.just(day(0))),
    st.lists(st.tuples(st.integers(1, 18), facts(st.just(day(0)))), unique_by=lambda fact: fact[0], max_size=6),
    st.data(),
)
def test_the_order_of_recording_facts_that_do_not_overlap_changes_nothing(
    ordered: Record, drawn: list[tuple[int, Record]], data: st.DataObject
) -> None:
    first = [record | {"at": day(number)} for number, record in sorted(drawn, key=lambda pair: pair[0])]
    with empty() as book, empty() as other:
        taken = bring(book, [order(id="EX-0", received=day(0)), ordered, *first])
        left = data.draw(st.permutations(taken[2:]))
        bring(other, taken[:2])
        while left:
            done = bring(other, left)
            left = [record for record in left if record not in done]
            if not done:
                return
        for grain in GRAINS:
            asked: dict[str, Any] = {"grain": grain, "by": "order", "kind": "all"}
            assert ledger.report(other, **asked) == ledger.report(book, **asked)


@CALM
@given(stories(), DAYS, st.sampled_from(KINDS))
def test_a_report_as_of_a_date_is_the_sum_of_the_postings_up_to_it(story: list[Record], end: int, kind: str) -> None:
    with empty() as book:
        bring(book, story)
        expected = Expected(folds(book), kind).balance(end)
        totals = ledger.report(book, end=day_text(end), kind=kind)["totals"]
        assert {"": totals["specified"], **totals["status"]} == expected


@CALM
@given(stories(), DAYS, DAYS, st.sampled_from(KINDS))
def test_any_periods_net_flows_are_the_difference_of_its_two_balances(
    story: list[Record], one: int, two: int, kind: str
) -> None:
    begin, end = sorted((one, two))
    with empty() as book:
        bring(book, story)
        flows = dict.fromkeys(("", *STATUSES), 0)
        for each in folds(book):
            for post in each.balance.postings:
                if not each.order.informs and begin <= post.day < end and kind in ("all", post.kind):
                    flows[post.to.status] += post.n
                    flows[post.source.status] += post.n if not post.source.status else -post.n
        totals = [ledger.report(book, end=day_text(at), kind=kind)["totals"] for at in (begin, end)]
        before, after = ({"": held["specified"], **held["status"]} for held in totals)
        assert {status: after[status]["n"] - before[status]["n"] for status in flows} == flows


@CALM
@given(stories(), st.sampled_from(GRAINS), st.sampled_from(KINDS), st.booleans())
def test_sums_over_days_and_orders_are_those_of_every_longer_period_marks_too(
    story: list[Record], grain: str, kind: str, whole: bool
) -> None:
    begin, end = START - 10, START + 25
    with empty() as book:
        bring(book, story)
        expected = Expected(folds(book), kind)
        first = None if whole else day_text(begin)
        periods = ledger.report(book, begin=first, end=day_text(end), grain=grain, kind=kind)["periods"]
        for period in periods:
            own = period_of(date.fromisoformat(period["begin"]).toordinal(), grain)
            span = (own.begin if whole else max(begin, own.begin), min(end, own.end))
            assert (period["label"], period["orders"]) == (own.label, expected.orders(*span))
            assert {"": period["ordered"], **period["moved"]} == expected.moved(*span)
            assert period["balance"] == {status: n for status, n in expected.balance(span[1]).items() if status}
        shown = {period["label"] for period in periods}
        for number in range(begin, end):
            if any(n != quantity(0, 0) for n in expected.moved(number, number + 1).values()):
                assert period_of(number, grain).label in shown


@CALM
@given(stories(), st.sampled_from(("order", "authority", "jurisdiction", "platform", "kind")), DAYS)
def test_the_groups_of_a_report_sum_to_its_totals_marks_too(story: list[Record], way: str, end: int) -> None:
    with empty() as book:
        bring(book, story)
        report = ledger.report(book, end=day_text(end), by=way, kind="all")
        found = folds(book)
        for status in STATUSES:
            parts = [group["status"][status] for group in report["groups"]]
            assert sum(part["n"] for part in parts) == report["totals"]["status"][status]["n"]
            exact = all(part["qualifier"] == "exact" for part in parts)
            assert exact or report["totals"]["status"][status]["qualifier"] != "exact"
        if way == "order":
            for group in report["groups"]:
                own = Expected([each for each in found if each.id == group["key"]], "all").balance(end)
                assert {"": group["specified"], **group["status"]} == own


@CALM
@given(stories(), DAYS)
def test_a_target_counts_once_over_all_orders_by_its_strongest_status(story: list[Record], end: int) -> None:
    with empty() as book:
        bring(book, story)
        found: dict[str, list[str]] = {}
        for each in folds(book):
            until = [post for post in each.balance.postings if post.day < end and not each.order.informs]
            for name, status in {name: post.to.status for post in until for name in post.names}.items():
                found.setdefault(name, []).append(status)
        strongest = [min(statuses, key=STRENGTH.index) for statuses in found.values()]
        for begin in (None, day_text(START - 10)):
            counted = ledger.report(book, begin=begin, end=day_text(end), kind="all")["totals"]["distinct"]
            assert counted == {"targets": len(found), "effective": {each: strongest.count(each) for each in STATUSES}}


@CALM
@given(stories())
def test_by_country_a_target_counts_in_each_where_it_is_restricted_and_else_where_it_was_ordered(
    story: list[Record],
) -> None:
    with empty() as book:
        bring(book, story)
        expected: dict[str, dict[str, int]] = {}
        for each in folds(book):
            units = [(place, 1) for place in each.balance.named.values()] + [*each.balance.unnamed.items()]
            for (status, where), n in [] if each.order.informs else units:
                countries = [country for country in where if country[0] != "-"] or ["not stated"]
                for country in countries if status in RESTRICTED else [each.order.jurisdiction]:
                    held = expected.setdefault(country, dict.fromkeys(STATUSES, 0))
                    held[status] += n
        groups = ledger.report(book, by="country", kind="all")["groups"]
        counted = {group["key"]: {status: n["n"] for status, n in group["status"].items()} for group in groups}
        nothing = dict.fromkeys(STATUSES, 0)
        assert all(counted.get(country, nothing) == held for country, held in expected.items())
        assert all(expected.get(country, nothing) == held for country, held in counted.items())


@CALM
@given(stories())
def test_the_list_of_orders_and_the_list_of_problems_are_those_of_the_folds(story: list[Record]) -> None:
    with empty() as book:
        bring(book, story)
        found = folds(book)
        listed = {row["order"]: row for row in ledger.orders(book)}
        assert listed.keys() == {each.id for each in found}
        for each in found:
            row, held = listed[each.id], each.balance
            assert row["specified"]["n"] == held.total
            assert row["restricted"]["n"] == sum(map(held.in_status, RESTRICTED))
            assert row["open_targets"]["n"] == sum(map(held.in_status, OPEN))
            assert row["demanded"] == each.demanded
        problems = [(seq, text) for each in found for seq, done in each.outcomes.items() for text in done.problems]
        forced = [(seq, text) for each in found for seq, done in each.outcomes.items() for text in done.forced]
        reported = [(row["seq"], row["text"]) for row in ledger.check(book) if row["kind"] == "cannot-be-booked"]
        assert sorted(reported) == sorted(problems + forced)


@CALM
@given(stories(), st.dictionaries(st.sampled_from(("x-one", "x_2", "colour")), st.none() | st.text() | st.booleans()))
def test_a_record_survives_write_read_and_write(story: list[Record], unknown: Record) -> None:
    with empty() as book, empty() as other:
        bring(book, [story[0] | unknown, *story[1:]])
        written = lines(book)
        assert {name: written[0].get(name) for name in unknown} == unknown
        other.append_all(written)
        assert lines(other) == written
        for document, record in zip(list(book.table("entries"))[1:], written, strict=True):
            assert dict(document).items() >= record.items()


def test_a_week_in_which_some_were_blocked_is_a_week_with_activity() -> None:
    with empty() as book:
        book.append_all([order(specified=5), response("blocked", "2021-02-10", count="some")])
        periods = ledger.report(book)["periods"]
        assert [period["moved"]["blocked"]["qualifier"] for period in periods] == ["exact", "unknown"]


def test_orders_without_a_basis_are_a_group_of_the_report_by_basis() -> None:
    with empty() as book:
        book.append_all([order(specified=5), order(id="EX-2", specified=3, basis="IN-69A")])
        report = ledger.report(book, by="basis")
        assert sum(group["specified"]["n"] for group in report["groups"]) == report["totals"]["specified"]["n"] == 8


@pytest.mark.parametrize("field", ["due", "reply_by", "valid_until", "preserve_until", "confidential_until"])
def test_the_last_day_of_the_calendar_is_a_day_like_any(field: str) -> None:
    with empty() as book:
        book.append(order(**{field: "9999-12-31"}))
        assert ledger.report(book)["totals"]["orders"] == 1
