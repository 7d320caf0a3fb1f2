"""Notices that were exported come back as what the ledger knew: no amount lost, no name lost, no demand made another."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.exchange.notices.authorities import Naming, read_naming
from ledger.exchange.notices.lumen_export import notice_line
from ledger.exchange.notices.lumen_notices import lumen_entries
from ledger.exchange.notices.lumen_works import NOTHING, Works, format_works, parse_works
from ledger.model.admission import counted_kind
from ledger.model.entries import Order, convert, normalise
from ledger.model.incoming import Incoming
from ledger.model.quantities import Quantity
from ledger.model.targets import parse_target, parse_targets
from tests.strategies import ID, Record, folded, order, response

KNOWN = read_naming()._replace(observed="2021-03-01")


def read(text: str, naming: Naming = KNOWN) -> list[Incoming]:
    return list(lumen_entries("in.jsonl", io.BytesIO(text.encode()), naming))


def back(*story: Record) -> list[dict[str, Any]]:
    """Return the entries that an exported order is read back as."""
    found = read(notice_line(folded(*story), ID))
    assert [item.problem for item in found if item.problem] == []
    return [normalise(item.record) for item in found if item.record is not None]


def meaning(record: Record) -> tuple[set[str], int | None, str, str, bool]:
    """Return what an order names, how much of which kind it specifies, and whether it asks for information."""
    entry = convert(normalise(record))
    assert isinstance(entry, Order)
    targets = parse_targets(entry.targets, "twitter")
    amount = entry.specified
    n, exact = (amount.n, amount.qualifier) if amount else (None, "")
    return {target.key for target in targets}, n, exact, counted_kind(entry, targets), entry.informs


@pytest.mark.parametrize(
    "fields",
    [
        {"specified": 257, "targets": ["@a", "@b"]},
        {"specified": 257},
        {"specified": "nearly 1,200", "specified_of": "url", "targets": ["hashtag:x"]},
        {"specified": "some", "targets": ["@a"]},
        {"specified": "up to 40"},
        {"specified": {"n": 107, "qualifier": "exact", "words": "107 (75)"}},
        {"specified": 3, "specified_of": "any", "targets": ["@a", "domain:page.example"]},
        {"targets": ["domain:page.example"]},
        {"targets": ["@home", "app:com.example", "account:a,b", "https://page.example/1"]},
        {"specified": 2, "targets": ["@a"], "requires": ["information"]},
        {"targets": ["@a"], "requires": ["information"]},
    ],
)
def test_an_exported_order_is_read_back_with_its_amount_and_its_names(fields: dict[str, Any]) -> None:
    made = order(**fields)
    assert meaning(back(made)[0]) == meaning(made)


@pytest.mark.parametrize(("action", "booked"), [("provided", "provided"), ("refused", "refused")])
def test_a_demand_for_information_comes_back_as_one_and_is_never_restricted(action: str, booked: str) -> None:
    first, answer = back(order(requires=["information"], targets=["@a"]), response(action, all=True))
    assert first["requires"] == ["information"]
    assert answer["action"] == booked


NAMES = (
    "@a",
    "@home",
    "hashtag:x",
    "domain:page.example",
    "app:com.example",
    "url:https://page.example/,",
    "account:a,b",
)


@given(
    st.none() | st.builds(Quantity, st.integers(1, 10**6), st.sampled_from(("exact", "about", "at-least", "under"))),
    st.sampled_from(("account", "url", "any", "app-store")),
    st.lists(st.sampled_from(NAMES), max_size=4, unique=True),
)
def test_a_description_has_one_spelling_that_is_read_back(amount: Quantity | None, kind: str, texts: list[str]) -> None:
    keys = [parse_target(text, "twitter").key for text in texts]
    text = format_works(amount, kind, keys)
    if text == NOTHING:
        assert parse_works(text) is None
        return
    found = parse_works(text)
    assert found is not None
    assert [parse_target(name, "twitter").key for name in found.names] == keys
    if amount is None:
        assert found == Works(None, "", found.names)
    else:
        assert found.amount is not None
        assert (found.amount.n, found.amount.qualifier, found.kind) == (amount.n, amount.qualifier, kind)


@pytest.mark.parametrize(
    "text", ["", "pages", "not stated", "many pages specified (url)", "257 specified", "257 specified (url); x"]
)
def test_the_words_of_others_are_no_amount(text: str) -> None:
    assert parse_works(text) is None


def test_urls_that_lumen_hid_leave_no_exact_amount() -> None:
    notice = json.loads(notice_line(folded(order(specified=257, targets=["@a", "@b"])), ID))
    notice["notice"]["works_attributes"][0]["infringing_urls_attributes"] = [{"url": "twitter.com - 2 URLs"}]
    record = normalise(read(json.dumps(notice))[0].record or {})
    assert meaning(record)[1:4] == (257, "at-least", "any")


def test_a_recipient_that_is_no_platform_known_is_refused_where_names_would_count_twice() -> None:
    line = notice_line(folded(order(addressed_to="Example Ltd", specified=2, targets=["@a", "@b"])), ID)
    (item,) = read(line)
    assert '[platforms] twitter = ["Example Ltd"]' in item.problem
    named = KNOWN._replace(platforms={**KNOWN.platforms, "exampleltd": "twitter"})
    record = normalise(read(line, named)[0].record or {})
    assert meaning(record)[1:4] == (2, "exact", "account")


def test_an_order_exported_again_after_its_status_changed_has_the_same_id() -> None:
    made = order(targets=["@a"])
    before, after = back(made), back(made, response("blocked", all=True))
    assert before[0] == after[0]
    assert len(after) == len(before) + 1
