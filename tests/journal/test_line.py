"""The canonical line, against an encoder and a check written here from RFC 8785 and DESIGN alone."""

from __future__ import annotations

import json
import struct
from hashlib import sha256
from typing import Any
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.errors import Damaged, Refused
from ledger.exchange.foreign import parse_json
from ledger.journal.line import (
    DEEPEST,
    LARGEST,
    check_line,
    check_members,
    content_digest,
    decode_line,
    encode_line,
    is_canonical,
    leaf_hash,
)

# However slow the machine, the verdict is the same.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

SHORT = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


def canonical(value: Any) -> str:
    """Encode as RFC 8785 says, one rule at a time."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        letters = (SHORT.get(ord(letter)) or (f"\\u{ord(letter):04x}" if letter < " " else letter) for letter in value)
        return f'"{"".join(letters)}"'
    if isinstance(value, list):
        return f"[{','.join(map(canonical, value))}]"
    # Members are sorted by their UTF-16 code units (section 3.2.3).
    names = sorted(value, key=lambda name: struct.unpack(f">{len(name)}H", name.encode("utf-16-be")))
    return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"


NAMES = st.text("ABCXYZabcxyz0189_-", min_size=1, max_size=8)
# st.text never draws lone surrogates' code points when they are excluded; everything else is fair.
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.text('\x00\x08\x1f\x7f\x80\u2028"\\/é한\U0001f600')
SCALARS = st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
ENTRIES = st.dictionaries(NAMES, VALUES, min_size=1, max_size=6)


@CALM
@given(ENTRIES)
def test_a_line_is_the_rfc_8785_form_with_its_check_last(entry: dict[str, Any]) -> None:
    check_members(entry)
    body = canonical(entry)[:-1].encode()
    assert encode_line(entry) == body + f',"~":"{crc32(body):08x}"}}'.encode()
    assert encode_line(entry) == canonical(json.loads(encode_line(entry))).encode()


@CALM
@given(ENTRIES)
def test_an_entry_survives_write_read_and_write(entry: dict[str, Any]) -> None:
    line = encode_line(entry)
    assert b"\n" not in line
    assert check_line(line)
    assert decode_line(line) == entry
    assert encode_line(decode_line(line)) == line
    assert is_canonical(line)


@CALM
@given(ENTRIES, st.data())
def test_one_changed_byte_anywhere_is_found(entry: dict[str, Any], data: st.DataObject) -> None:
    line = bytearray(encode_line(entry))
    place = data.draw(st.integers(0, len(line) - 1))
    line[place] ^= data.draw(st.integers(1, 255))
    assert not check_line(bytes(line))
    assert not is_canonical(bytes(line))
    with pytest.raises(Damaged):
        decode_line(bytes(line))


def test_every_flipped_bit_of_a_line_is_found() -> None:
    line = encode_line({"kind": "order", "seq": 1, "note": "a\u202eb é"})
    for place in range(len(line)):
        for bit in range(8):
            assert not check_line(line[:place] + bytes([line[place] ^ 1 << bit]) + line[place + 1 :])


def test_every_beginning_of_a_line_is_no_line() -> None:
    line = encode_line({"kind": "order", "nested": {"seq": 1}, "seq": 1})
    for end in range(len(line)):
        assert not check_line(line[:end])


def test_the_worked_line_can_be_checked_by_hand() -> None:
    line = encode_line({"seq": 1, "kind": "statement"})
    assert line == b'{"kind":"statement","seq":1,"~":"699b82f9"}'
    assert leaf_hash(line) == sha256(b"\x00" + line).hexdigest()


@pytest.mark.parametrize(
    "code", [*range(0x20), 0x22, 0x2F, 0x5C, 0x7F, 0x80, 0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFF, 0x1F600]
)
def test_each_character_is_escaped_as_rfc_8785_says(code: int) -> None:
    entry = {"a": f"x{chr(code)}y"}
    assert encode_line(entry).startswith(canonical(entry)[:-1].encode())


def sealed(body: bytes) -> bytes:
    """Return a line whose check fits though its content may be anything."""
    return body + b',"~":"%08x"}' % crc32(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"b":1,"a":2',
        b'{"a": 1',
        b'{"a":1,"a":1',
        b'{"a":1.0',
        b'{"a":1e3',
        b'{"a":-0',
        b'{"a":9007199254740993',
        b'{"a":"\\u0041"',
        b'{"a":"\\/"',
        b'{"a":"\\u001F"',
        b'{"a b":1',
        b'{"":1',
        b'{"a":1,"~":"00000000"',
    ],
)
def test_a_line_with_a_fitting_check_but_another_spelling_is_not_canonical(body: bytes) -> None:
    assert check_line(sealed(body))
    assert not is_canonical(sealed(body))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[1",
        b'{"a":{"b":1',
        b'{"a":"\xff"',
        b'{"a":"\\ud800"',
        b'{"a":' + b"[" * 100_000,
        b"1",
        b'\xef\xbb\xbf{"a":1',
    ],
)
def test_what_is_no_object_is_damaged_though_its_check_fits(body: bytes) -> None:
    with pytest.raises(Damaged):
        decode_line(sealed(body))
    assert not is_canonical(sealed(body))


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": {"b": [1, 0.5]}}, "a.b[1]"),
        ({"a": float("nan")}, "a"),
        ({"a": LARGEST + 1}, "a"),
        ({"a": [-LARGEST - 1]}, "a[0]"),
        ({"a": "x\ud800"}, "a"),
        ({"a": ["plain", "\udfff"]}, "a[1]"),
        ({"a": {"b c": 1}}, "a"),
        ({"": 1}, "record"),
        ({"~": 1}, "record"),
        ({"é": 1}, "record"),
        ({"a\n": 1}, "record"),
        ({1: 1}, "record"),
        ({"a": b"bytes"}, "a"),
        ({"a": {1, 2}}, "a"),
    ],
)
def test_what_a_line_cannot_carry_is_refused_with_its_place(value: object, path: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_members(value)
    message = str(refusal.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message


def test_the_limits_themselves_are_admitted() -> None:
    check_members({"a": LARGEST, "b": -LARGEST, "c": None, "d": True, "Z_-9": ""})
    check_members(nested(DEEPEST))
    with pytest.raises(Refused, match="nested more than 32 deep"):
        check_members(nested(DEEPEST + 1))
    with pytest.raises(Refused, match="nested more than 32 deep"):
        check_members(nested(100_000))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"a":1,"a":2}', "twice"),
        (b'{"x":{"a":1,"b":2,"a":1}}', "twice"),
        (b'{"a":1.0}', "not a whole number"),
        (b'{"a":1e2}', "not a whole number"),
        (b'{"a":NaN}', "not a whole number"),
        (b'{"a":-Infinity}', "not a whole number"),
        (b'{"a":"\xff"}', "not UTF-8 at byte 7"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b'{"a":1} {', "not JSON"),
        (b'{"a":', "not JSON"),
        (b"", "not JSON"),
        (b'{"a":"\n"}', "not JSON"),
        (b"1" * 5000, "too many digits"),
        (b"[" * 100_000, "nested"),
    ],
)
def test_foreign_json_is_read_strictly(text: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason) as refusal:
        parse_json(text)
    assert "\n" not in str(refusal.value)


def test_a_broken_foreign_line_names_its_column() -> None:
    with pytest.raises(Refused, match="line 1, column 9"):
        parse_json(b'{"a": 1,}')


@CALM
@given(ENTRIES)
def test_foreign_json_gives_what_was_written(entry: dict[str, Any]) -> None:
    assert parse_json(json.dumps(entry).encode()) == entry


@CALM
@given(ENTRIES)
def test_the_content_digest_leaves_out_only_what_the_ledger_added(entry: dict[str, Any]) -> None:
    bare = {name: value for name, value in entry.items() if name not in {"seq", "prev", "recorded_at"}}
    digest = content_digest(bare)
    assert len(digest) == 16
    assert content_digest(bare | {"seq": 5, "prev": "ab", "recorded_at": "2021-02-01", "~": "0"}) == digest
    assert content_digest(bare | {"note": "another one"}) != digest


def test_an_order_is_told_apart_without_its_id_and_nothing_else_is() -> None:
    order = {"kind": "order", "authority": "MeitY"}
    assert content_digest(order) == content_digest(order | {"id": "ord-0001"})
    response = {"kind": "response", "order": "x"}
    assert content_digest(response) != content_digest(response | {"id": "y"})
