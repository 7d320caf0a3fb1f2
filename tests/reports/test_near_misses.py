"""Names that differ by one slip are proposed as one target, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import questions
from ledger.book import Ledger
from ledger.reports.near_misses import is_slip

PAIRS = [
    ("kisnaektamorcha", "kisanektamorcha", True),
    ("farmergenocide", "farmersgenocide", True),
    ("example_org", "exampel_org", True),
    ("example_org", "exomple_org", True),
    ("user_1", "user_2", False),
    ("user_12", "user_21", False),
    ("user_1", "user_12", False),
    ("example_org", "example_org", False),
    ("example_org", "xeample_rog", False),
    ("example_org", "example", False),
]


@pytest.mark.parametrize(("one", "other", "slip"), PAIRS)
def test_a_slip_is_one_letter_left_out_put_in_changed_or_exchanged(one: str, other: str, slip: bool) -> None:
    assert is_slip(one, other) is slip
    assert is_slip(other, one) is slip


@given(st.text("abc", min_size=2, max_size=8), st.integers(0, 7), st.sampled_from("abc"))
def test_every_single_slip_is_found(name: str, place: int, letter: str) -> None:
    at = place % len(name)
    slips = {name[:at] + name[at + 1 :], name[:at] + letter + name[at:], name[:at] + letter + name[at + 1 :]}
    slips.add(name[:at] + name[at : at + 2][::-1] + name[at + 2 :])
    assert all(is_slip(name, slip) for slip in slips - {name})


def brought(tmp_path: Path, *orders: list[str], **more: Any) -> list[list[str]]:
    with Ledger(tmp_path / "ledger.jsonl", clock=lambda: datetime(2022, 1, 1, tzinfo=UTC)) as book:
        for targets in orders:
            record = {"kind": "order", "authority": "Example Board", "jurisdiction": "NZ", "platform": "twitter"}
            book.append(record | {"received": "2021-02-01", "targets": targets} | more)
        found, left = questions.near_misses(book)
        assert left == 0
        return [pair["targets"] for pair in found]


def test_names_of_two_orders_that_differ_by_a_slip_are_proposed(tmp_path: Path) -> None:
    found = brought(tmp_path, ["@example_news", "@unrelated"], ["@exmaple_news"], ["hashtag:example_news"])
    assert found == [["@example_news", "@exmaple_news"]]


def test_names_that_one_order_lists_side_by_side_are_two(tmp_path: Path) -> None:
    assert brought(tmp_path, ["@example_news", "@example_mews"], ["@example_news"]) == []


def test_short_names_numbers_and_posts_are_not_compared(tmp_path: Path) -> None:
    assert brought(tmp_path, ["@news", "post:1234567"], ["@mews", "post:1234568"]) == []
