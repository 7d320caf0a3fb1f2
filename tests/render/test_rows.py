"""Rows in pieces are the same text as rows at once."""

from __future__ import annotations

import csv
import io
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from ledger.render.rows import as_csv, as_json, formatted, json_pieces

NAMES = st.text("abc", min_size=1, max_size=3)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=5)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, VALUES, max_size=4))
@example({"a": "\x80", "b": "\x7f"})
def test_json_in_pieces_is_that_of_the_whole(record: dict[str, Any]) -> None:
    assert "".join(json_pieces(record)) == as_json(record)
    once = {name: iter(value) if isinstance(value, list) else value for name, value in record.items()}
    assert "".join(json_pieces(once)) == as_json(record)


def test_a_table_without_rows_has_all_its_columns() -> None:
    assert list(csv.reader(io.StringIO("".join(as_csv([], ("a", "b"), ("b",)))))) == [["a", "b", "b_qualifier"]]


def test_rows_may_come_one_by_one() -> None:
    rows: list[dict[str, Any]] = [
        {"a": 1, "b": {"n": 2, "qualifier": "about"}},
        {"a": None, "b": {"n": 3, "qualifier": "exact"}},
    ]
    for form in ("jsonl", "csv", "md"):
        whole = "".join(formatted(rows, ("a", "b"), form))
        assert "".join(formatted(iter(rows), ("a", "b"), form, ("b",))) == whole
        assert len(list(formatted(iter(rows), ("a", "b"), form, ("b",)))) >= 2
