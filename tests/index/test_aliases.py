"""Names that are one target: groups follow every alias and every correction, and distinct targets are counted once."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import questions
from ledger.book import Ledger
from ledger.errors import Refused
from ledger.index.comparison import compare

NAMES = ("@one_name", "@two_name", "@three_name", "@four_name", "@five_name")


def clock() -> datetime:
    return datetime(2022, 1, 1, tzinfo=UTC)


def order(number: int, *names: str) -> dict[str, Any]:
    return {
        "kind": "order",
        "id": f"EX-{number}",
        "authority": "Example Board",
        "jurisdiction": "NZ",
        "platform": "twitter",
        "received": "2021-02-01",
        "targets": list(names),
    }


def alias(one: str, other: str) -> dict[str, Any]:
    return {"kind": "alias", "targets": [one, other], "platform": "twitter", "reason": "renamed"}


@pytest.fixture
def book(tmp_path: Path) -> Any:
    with Ledger(tmp_path / "ledger.jsonl", clock=clock) as found:
        yield found


def distinct(book: Ledger, **asked: Any) -> dict[str, int]:
    found = questions.report(book, **asked)["totals"]["distinct"]
    assert found["targets"] == sum(found["effective"].values())
    return {status: n for status, n in found["effective"].items() if n}


def test_two_names_that_are_one_count_once_as_the_stronger_status_of_both(book: Ledger) -> None:
    book.append(order(1, "@one_name"))
    book.append(order(2, "@two_name"))
    book.append({"kind": "response", "order": "EX-2", "action": "blocked", "at": "2021-02-02", "all": True})
    assert distinct(book) == {"pending": 1, "blocked": 1}
    book.append(alias("@ONE_name", "https://x.com/two_name"))
    assert distinct(book) == {"blocked": 1}


def test_an_alias_holds_as_of_days_before_it_was_recorded(book: Ledger) -> None:
    book.append(order(1, "@one_name"))
    book.append(order(2, "@two_name"))
    book.append(alias("@one_name", "@two_name"))
    assert distinct(book, as_of="2021-02-01") == {"pending": 1}
    assert distinct(book, begin="2021-02-01", end="2021-02-02") == {"pending": 1}


def test_orders_that_come_after_an_alias_count_with_it(book: Ledger) -> None:
    book.append(alias("@one_name", "@two_name"))
    book.append(order(1, "@one_name"))
    book.append(order(2, "@two_name", "@three_name"))
    assert distinct(book) == {"pending": 2}
    assert questions.timeline(book, "@one_name")["targets"][0]["orders"] == ["EX-1", "EX-2"]


def test_aliases_chain_and_a_voided_one_parts_what_it_joined(book: Ledger) -> None:
    book.append(order(1, *NAMES[:4]))
    book.append(alias(NAMES[0], NAMES[1]))
    middle = book.append(alias(NAMES[1], NAMES[2])).seq
    book.append(alias(NAMES[2], NAMES[3]))
    assert distinct(book) == {"pending": 1}
    book.append({"kind": "correction", "of": middle, "void": True, "reason": "they are two"})
    assert distinct(book) == {"pending": 2}
    again = book.append({"kind": "correction", "of": middle + 2, "void": True, "reason": "they are one after all"})
    assert again.notes == ["the two names are one again"]
    assert distinct(book) == {"pending": 1}


def test_an_alias_that_is_amended_joins_the_names_it_says_now(book: Ledger) -> None:
    book.append(order(1, *NAMES[:3]))
    seq = book.append(alias(NAMES[0], NAMES[1])).seq
    book.append({"kind": "correction", "of": seq, "set": {"targets": [NAMES[0], NAMES[2]]}, "reason": "wrong name"})
    story = questions.timeline(book, NAMES[2])
    assert story["targets"][0]["aliases"][0]["targets"] == [NAMES[0], NAMES[2]]
    assert questions.timeline(book, NAMES[1])["targets"][0]["aliases"] == []


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        (["@one_name", "@One_Name"], "two spellings of one name already"),
        (["@one_name"], "an alias is of two names"),
        (["@one_name", "@two_name", "@three_name"], "an alias is of two names"),
        (["@one_name", "hashtag:one_name"], "of kind account"),
        (["@one_name", "two names"], "white space"),
    ],
)
def test_what_is_no_pair_of_names_is_refused(book: Ledger, targets: list[str], said: str) -> None:
    with pytest.raises(Refused, match=said):
        book.append(alias("@a_name", "@b_name") | {"targets": targets})
    assert not book.exists()


def test_what_is_recorded_as_one_already_is_refused_again(book: Ledger) -> None:
    book.append(alias("@one_name", "@two_name"))
    book.append(alias("@two_name", "@three_name"))
    with pytest.raises(Refused, match="recorded as one already"):
        book.append(alias("@three_name", "@one_name"))


Acts = st.one_of(
    st.tuples(st.just("order"), st.sets(st.sampled_from(NAMES), min_size=1, max_size=3)),
    st.tuples(st.just("alias"), st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True)),
    st.tuples(st.just("void"), st.integers(1, 12)),
)


@settings(max_examples=20, deadline=None)
@given(st.lists(Acts, min_size=1, max_size=12))
def test_whatever_is_said_in_whatever_order_the_index_counts_as_a_fresh_one_and_as_a_person(acts: list[Any]) -> None:
    with TemporaryDirectory() as folder, Ledger(Path(folder, "ledger.jsonl"), clock=clock) as book:
        for number, (what, said) in enumerate(acts):
            record = order(number, *sorted(said)) if what == "order" else {}
            if what == "alias":
                record = alias(*said)
            elif what == "void":
                record = {"kind": "correction", "of": said, "void": True, "reason": "not so"}
            with suppress(Refused):
                book.append(record)
        if not book.exists():
            return
        live = {entry["seq"]: entry for entry in book.table("entries").all()[1:]}
        # From the last to the first: a correction is only ever undone by a later one.
        for seq in sorted(live, reverse=True):
            if seq in live and live[seq]["kind"] == "correction":
                live.pop(live[seq]["of"], None)
        groups = [{name} for entry in live.values() if entry["kind"] == "order" for name in entry["targets"]]
        for entry in live.values():
            if entry["kind"] == "alias":
                one, other = entry["targets"]
                together = {one, other}.union(*(group for group in groups if group & {one, other}))
                groups = [group for group in groups if not group & {one, other}] + [together]
        named = {name for entry in live.values() if entry["kind"] == "order" for name in entry["targets"]}
        expected = len({frozenset(group) for group in groups if group & named})
        assert questions.report(book)["totals"]["distinct"]["targets"] == expected
        assert questions.report(book, begin="2021-01-01")["totals"]["distinct"]["targets"] == expected
        assert compare(book.file).differences == []
