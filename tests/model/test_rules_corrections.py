"""Corrections: what holds once they are taken in, which are admitted, and what they do to other entries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ledger
from ledger import Ledger
from ledger.errors import Refused
from ledger.index.comparison import compare
from ledger.model.corrections import Recorded, View, corrected
from ledger.model.entries import Order, Response, normalise
from ledger.model.postings import Fold, fold
from tests.strategies import Record, correction, entry, folded, follow_up, names, order, response, stands

FIVE = order(specified=5, targets=["@a"], reference="R-1")


def view(*records: Record) -> View:
    """Return the corrected view of records that were recorded in this order, from number 1 on."""
    return corrected(
        Recorded(seq, entry(record), msgspec.json.encode(normalise(record))) for seq, record in enumerate(records, 1)
    )


def live(*records: Record) -> list[int]:
    return [seq for seq, _ in view(*records).facts]


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    with ledger.open(tmp_path / "ledger.jsonl", clock=lambda: datetime(2022, 1, 1, tzinfo=UTC)) as opened:
        yield opened


def record(book: Ledger, *records: Record) -> list[str]:
    """Record entries one by one, from number 1 on; return the notes of the last receipt."""
    return [book.append(each) for each in records][-1].notes


def agrees(book: Ledger) -> bool:
    """Tell whether the index says what a fresh fold does."""
    compared = compare(book.file)
    assert compared.done
    return compared.differences == []


def standing(book: Ledger) -> Fold:
    """Fold the only order of a ledger anew."""
    documents = book.table("entries").all()
    facts = corrected(
        Recorded(int(document["seq"]), entry(dict(document)), msgspec.json.encode(dict(document)))
        for document in documents
        if document["kind"] != "genesis"
    ).facts
    return fold(facts, "UTC")


def test_a_void_entry_does_not_hold_and_a_void_correction_restores_it() -> None:
    blocked = response("blocked", count=2)
    assert live(FIVE, blocked, correction(2, void=True)) == [1]
    assert live(FIVE, blocked, correction(2, void=True), correction(3, void=True)) == [1, 2]
    thrice = (correction(2, void=True), correction(3, void=True), correction(4, void=True))
    assert live(FIVE, blocked, *thrice) == [1]


@given(st.integers(0, 8))
def test_each_correction_of_a_correction_turns_it_over(depth: int) -> None:
    chain = [correction(seq, void=True) for seq in range(2, 2 + depth)]
    found = view(FIVE, response("blocked", count=2), *chain)
    assert [seq for seq, _ in found.facts] == ([1, 2] if depth % 2 == 0 else [1])
    assert found.void == {seq for seq in range(2, 2 + depth) if (1 + depth - seq) % 2 == 0}


@pytest.mark.parametrize(
    ("corrections", "at", "count"),
    [
        ([], "2021-02-02", 2),
        ([{"set": {"at": "2021-02-05"}}], "2021-02-05", 2),
        ([{"set": {"at": "2021-02-05"}}, {"set": {"count": "3"}}], "2021-02-05", 3),
        ([{"set": {"at": "2021-02-05"}}, {"set": {"at": "2021-02-06"}}], "2021-02-06", 2),
        ([{"set": {"at": "2021-02-05"}}, {"set": {"at": "2021-02-06"}}, {"of": 4, "void": True}], "2021-02-05", 2),
        ([{"set": {"at": "2021-02-05"}}, {"set": {"at": "2021-02-06"}}, {"of": 3, "void": True}], "2021-02-06", 2),
        ([{"set": {"at": "2021-02-05", "count": 4}}, {"of": 3, "void": True}], "2021-02-02", 2),
    ],
)
def test_an_amended_entry_reads_as_its_live_corrections_leave_it(
    corrections: list[Record], at: str, count: int
) -> None:
    made = [correction(**({"of": 2} | fields)) for fields in corrections]
    found = dict(view(FIVE, response("blocked", count=2, note="as stated"), *made).facts)[2]
    assert isinstance(found, Response)
    assert found.count is not None
    assert (found.at, found.count.n, found.note) == (at, count, "as stated")


def test_a_field_set_to_null_is_taken_away() -> None:
    found = dict(view(FIVE, correction(1, set={"specified": None, "targets": ["@b"]})).facts)[1]
    assert isinstance(found, Order)
    assert found.specified is None
    assert stands(fold([(1, found)], "UTC")) == {"pending": "1"}


@pytest.mark.parametrize("field", ["id", "kind", "order", "of", "seq", "prev", "recorded_at", "~", "colour"])
def test_what_says_which_entry_it_is_cannot_be_amended(book: Ledger, field: str) -> None:
    record(book, FIVE, response("blocked", count=1))
    for of in (1, 2):
        with pytest.raises(Refused, match="set: "):
            book.append(correction(of, set={field: "x"}))
    assert len(book.table("entries")) == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"of": 0, "void": True},
        {"of": 3, "void": True},
        {"of": 9, "void": True},
        {"of": 2, "void": True, "reason": ""},
        {"of": 2, "void": True, "set": {"at": "2021-02-03"}},
        {"of": 2},
        {"of": 2, "set": {}},
        {"of": 2, "set": {"at": "2021-02-30"}},
        {"of": 2, "set": {"at": None}},
        {"of": 2, "set": {"at": "2022-02-01"}},
        {"of": 2, "set": {"count": "umpteen"}},
        {"of": 2, "set": {"count": 6}},
        {"of": 2, "set": {"action": "bloked"}},
        {"of": 2, "set": {"all": True}},
        {"of": 2, "set": {"at": "2021-01-31"}},
        {"of": 1, "set": {"specified": 1, "targets": ["@a", "@b"]}},
        {"of": 1, "set": {"authority": ""}},
        {"of": 1, "set": {"received": None}},
        {"of": 1, "set": {"jurisdiction": "XX"}},
        {"of": 1, "set": {"relation": "amends"}},
        {"of": 1, "set": {"relates_to": "EX-9", "relation": "amends"}},
    ],
)
def test_an_entry_is_not_amended_into_one_that_would_be_refused(book: Ledger, fields: Record) -> None:
    record(book, FIVE, response("blocked", count=1))
    before = book.path.read_bytes()
    with pytest.raises(Refused):
        book.append({"kind": "correction", "reason": "a slip of the pen"} | fields)
    assert book.path.read_bytes() == before


def test_a_reference_that_another_order_of_the_authority_has_is_not_given_by_a_correction(book: Ledger) -> None:
    record(book, FIVE, order(id="EX-2", reference="R-2"))
    with pytest.raises(Refused, match="EX-1"):
        book.append(correction(2, set={"reference": "R-1"}))


def test_an_order_with_live_facts_cannot_be_voided_and_one_without_can_and_comes_back(book: Ledger) -> None:
    record(book, FIVE, response("acknowledged"))
    with pytest.raises(Refused, match="live facts"):
        book.append(correction(1, void=True))
    record(book, correction(2, void=True), correction(1, void=True))
    for refused in (response("acknowledged"), correction(3, void=True), correction(1, void=True)):
        with pytest.raises(Refused):
            book.append(refused)
    record(book, correction(4, void=True), correction(3, void=True), response("blocked", count=1))
    assert stands(standing(book)) == {"pending": "4", "blocked": "1"}
    assert agrees(book)


def test_a_voided_order_gives_its_reference_free_until_it_comes_back(book: Ledger) -> None:
    record(book, FIVE, correction(1, void=True), order(id="EX-2", reference="R-1"))
    with pytest.raises(Refused, match="EX-2"):
        book.append(correction(2, void=True))


def test_a_voided_order_gives_its_reference_free_within_one_batch_too(book: Ledger) -> None:
    book.append_all([FIVE, correction(1, void=True), order(id="EX-2", reference="R-1")])
    assert len(book.table("entries")) == 4


@pytest.mark.parametrize(
    ("facts", "mend", "after", "impossible"),
    [
        # The amount or the list of an order below what was moved.
        ([response("blocked", count=4)], {"of": 1, "set": {"specified": 3}}, {"pending": "1", "blocked": "2"}, [2]),
        ([response("blocked", so_far=4)], {"of": 1, "set": {"specified": 3}}, {"pending": "1", "blocked": "2"}, [2]),
        ([response("blocked", all=True)], {"of": 1, "set": {"specified": 3}}, {"blocked": "3"}, []),
        ([response("blocked", targets=["@a"])], {"of": 1, "set": {"targets": []}}, {"pending": "4", "blocked": "1"}, []),
        (
            [response("blocked", targets=["@a"])],
            {"of": 1, "set": {"targets": ["@b"], "specified": None}},
            {"pending": "1"},
            [2],
        ),
        # What a later fact stands on.
        ([response("blocked", count=4), response("unblocked", count=3)], {"of": 2, "void": True}, {"pending": "5"}, [3]),
        (
            [response("blocked", count=4), response("unblocked", count=3)],
            {"of": 2, "set": {"count": 2}},
            {"pending": "3", "unblocked": "2"},
            [3],
        ),
        (
            [response("blocked", "2021-02-02", count=2), response("blocked", "2021-02-03", so_far=3)],
            {"of": 2, "set": {"count": 4}},
            {"pending": "1", "blocked": "4"},
            [3],
        ),
        # The order's date after its facts.
        ([response("blocked", count=4)], {"of": 1, "set": {"received": "2021-02-03"}}, {"pending": "5"}, [2]),
        # From one kind of duty to another.
        ([response("blocked", count=4)], {"of": 1, "set": {"requires": ["information"]}}, {"pending": "5"}, [2]),
    ],
)  # fmt: skip
def test_what_a_correction_makes_impossible_moves_what_it_still_can_and_check_reports_it(
    book: Ledger, facts: list[Record], mend: Record, after: dict[str, str], impossible: list[int]
) -> None:
    record(book, FIVE, *facts)
    notes = record(book, correction(**mend))
    assert stands(standing(book)) == after
    assert [row["seq"] for row in ledger.check(book) if row["kind"] == "cannot-be-booked"] == impossible
    assert [int(note.split()[1]) for note in notes if note.startswith("entry ")] == impossible
    assert notes[-1].startswith("the order now stands: ")
    assert agrees(book)
    seq = len(book.table("entries")) - 1
    record(book, correction(seq, void=True))
    assert ledger.check(book) == []


def test_an_order_may_come_to_only_repeat_another_and_its_facts_then_move_nothing(book: Ledger) -> None:
    other = order(id="EX-2", received="2021-01-30", specified=5)
    record(
        book,
        other,
        FIVE,
        response("blocked", count=2),
        correction(2, set={"relates_to": "EX-2", "relation": "confirms"}),
    )
    assert [row["seq"] for row in ledger.check(book)] == [3]
    assert agrees(book)


def test_a_name_that_can_no_longer_be_read_is_a_problem_of_its_entry_and_no_failure(book: Ledger) -> None:
    elsewhere = order(specified=5, platform="example")
    record(book, elsewhere, response("blocked", targets=["account:https://twitter.com/a/status/1"]))
    record(book, correction(1, set={"platform": "twitter"}))
    assert [row["seq"] for row in ledger.check(book)] == [2]


def test_late_facts_corrections_names_and_countries_together() -> None:
    story = [
        order(specified=4, targets=["@a"]),
        response("withheld", "2021-02-05", targets=["@new"], countries=["US"]),
        response("withheld", "2021-02-03", count=3, countries=["IN"]),
        response("unblocked", "2021-02-06", targets=["@new"], countries=["IN"]),
        follow_up("revoked", "2021-02-04", targets=["@a"]),
        correction(3, set={"at": "2021-02-07", "count": 2}),
    ]
    before = folded(*story[:5])
    assert names(before) == {"a": "withdrawn", "new": "withheld"}
    assert before.balance.named["twitter account new"].where == ("US",)
    assert stands(before) == {"withheld": "3", "withdrawn": "1"}
    # Once the three were withheld later, @new was withheld in the United States alone, and never in India.
    after = fold(view(*story).facts, "UTC")
    assert names(after) == {"a": "withdrawn", "new": "withheld"}
    assert stands(after) == {"withheld": "3", "withdrawn": "1"}
    assert [seq for seq, outcome in after.outcomes.items() if outcome.problems] == [4]
    assert fold(view(*story, correction(6, void=True)).facts, "UTC").balance.postings == before.balance.postings


@settings(deadline=None)
@given(
    st.permutations(
        [correction(2, set={"at": "2021-02-04"}), correction(2, set={"count": 3}), correction(1, set={"specified": 9})]
    )
)
def test_corrections_of_different_fields_may_come_in_any_order(made: list[Record]) -> None:
    found = fold(view(FIVE, response("blocked", count=2), *made).facts, "UTC")
    assert stands(found) == {"pending": "6", "blocked": "3"}
