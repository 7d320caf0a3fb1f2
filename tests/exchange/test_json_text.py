"""JSON read piece by piece: the same as read whole, wherever the pieces are cut, and every error has its place."""

from __future__ import annotations

import io
import json
from json import JSONDecoder
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.exchange import json_text
from ledger.exchange.json_text import JsonText

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=12)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4), max_leaves=12
)  # fmt: skip


def whole(text: JsonText) -> Any:
    """Read what stands here by going into everything."""
    if text.opens("{"):
        return {name: whole(text) for name, _ in text.members()}
    if text.opens("["):
        return [whole(text) for _ in text.items()]
    value, problem = text.value()
    assert problem == ""
    return value


def read(raw: bytes, chunk: int = 1 << 20) -> Any:
    """Read one text to its end, with pieces of so many bytes at first."""
    before, json_text._CHUNK = json_text._CHUNK, chunk  # type: ignore[misc]
    try:
        text = JsonText(io.BytesIO(raw))
        found = whole(text)
        assert text.at_end()
    finally:
        json_text._CHUNK = before  # type: ignore[misc]
    return found


@given(VALUES, st.integers(1, 40), st.sampled_from([None, 1]), st.booleans())
def test_pieces_are_the_same_as_the_whole(value: Any, chunk: int, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert read(text.encode("utf-8", "surrogatepass") if ascii_only else text.encode(), chunk) == value


@given(st.lists(VALUES, max_size=4), st.integers(1, 40))
def test_pieces_are_read_whole_too(values: list[Any], chunk: int) -> None:
    raw = json.dumps({str(number): value for number, value in enumerate(values)}).encode()
    before, json_text._CHUNK = json_text._CHUNK, chunk  # type: ignore[misc]
    try:
        text = JsonText(io.BytesIO(raw))
        assert [text.value() for _ in text.members()] == [(value, "") for value in values]
    finally:
        json_text._CHUNK = before  # type: ignore[misc]


@given(VALUES, st.data())
def test_a_text_that_is_cut_short_is_refused(value: Any, data: st.DataObject) -> None:
    raw = json.dumps({"a": value, "b": "x"}).encode()
    end = data.draw(st.integers(0, len(raw) - 1))
    with pytest.raises(Refused, match="line 1, column "):
        read(raw[:end], 3)


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b'{"a": 1,\n "b" 2}', "line 2, column 6"),
        (b'{"a": [1,\n 2,\n x]}', "line 3, column 2"),
        (b'{"a": 1\n "b": 2}', "line 2, column 2"),
        (b"{1: 2}", "line 1, column 2"),
        (b"", "line 1, column 1"),
        (b"\xef\xbb\xbf{x", "line 1, column 2"),
        (b'{"a": "\n"}', "line 1, column 8"),
        ('{"é": 1,\n "€€": tru}'.encode(), "line 2, column 8"),
        (b'{"a": 1,\n "\xff": 2}', "line 2, column 3"),
        (b'{"a": "\xc3', "line 1, column 8"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 5, 1 << 20])
def test_what_is_no_json_is_refused_with_its_place(raw: bytes, place: str, chunk: int) -> None:
    with pytest.raises(Refused, match=place):
        read(raw, chunk)


@pytest.mark.parametrize("bracket", ["[", '{"a":'])
def test_what_is_nested_too_deep_is_refused_with_its_place(bracket: str) -> None:
    text = JsonText(io.BytesIO(b'{"a":\n ' + bracket.encode() * 100_000))
    next(text.members())
    with pytest.raises(Refused, match="line 2, column 2: nested too deep"):
        text.value()


@pytest.mark.parametrize(
    ("piece", "says"),
    [
        ('{"x": 1, "x": 2}', "'x': stands twice"),
        ("1.5", "1.5 is not a whole number"),
        ("[1, {}, 2e9]", "2e9 is not a whole number"),
        ("NaN", "NaN is not a whole number"),
        ("-Infinity", "-Infinity is not"),
        ("9" * 5_000, "too many digits"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 1 << 20])
def test_what_no_line_can_carry_spoils_its_own_piece_alone(piece: str, says: str, chunk: int) -> None:
    raw = f'{{"a": 1, "b": {piece}, "c": {{"d": 2}}}}'.encode()
    before, json_text._CHUNK = json_text._CHUNK, chunk  # type: ignore[misc]
    try:
        text = JsonText(io.BytesIO(raw))
        first, (nothing, problem), last = [text.value() for _ in text.members()]
    finally:
        json_text._CHUNK = before  # type: ignore[misc]
    assert (first, nothing, last) == ((1, ""), None, ({"d": 2}, ""))
    assert says in problem


def test_what_was_read_is_forgotten() -> None:
    raw = b'{"a": [' + b",".join(b'"%s"' % (b"x" * 1_000) for _ in range(8_000)) + b"]}"
    text = JsonText(io.BytesIO(raw), JSONDecoder())
    longest = 0
    for _ in text.members():
        for _ in text.items():
            text.value()
            longest = max(longest, len(text._text))
    assert longest < len(raw) // 2
