"""One line of the ledger: canonical form, check member, leaf hash (DESIGN, section 3).

A line is the RFC 8785 form of an entry. Its last member is `"~"`: the CRC-32, as 8 lower-case hex digits, of the bytes
before the comma in front of it. The leaf hash is SHA-256(0x00 || the line without its LF), as in RFC 6962.

    {"kind":"statement","seq":1,"~":"699b82f9"}

Here the check is over `{"kind":"statement","seq":1`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final
from zlib import crc32

import msgspec

from ledger.errors import Damaged, Refused

# Up to here every integer is the same in every JSON reader.
LARGEST: Final = 2**53
DEEPEST: Final = 32
# A text of more characters is a document: it is kept as a file, and named here with its hash.
LONGEST_TEXT: Final = 1 << 20

# In bytes; readers take no line of more than 64 MiB for one of a ledger.
LONGEST_LINE: Final = 60 << 20

# `,"~":"xxxxxxxx"}`
_TAIL: Final = 16
_name: Final = re.compile(r"[A-Za-z0-9_-]+\Z").match
_stated: Final = re.compile(rb"[0-9a-f]{64}").match
_encoder: Final = msgspec.json.Encoder(order="sorted")


def check_members(value: object, path: str = "", depth: int = 0) -> None:
    """Hold a record against what canonical lines can carry; raises `Refused` with the path."""
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise Refused(
                f"{path}: has {len(value):,} characters, the most is {LONGEST_TEXT:,}: name the file as a document"
            )
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise Refused(f"{path}: is not valid Unicode text") from None
    elif isinstance(value, int):
        if not -LARGEST <= value <= LARGEST:
            raise Refused(f"{path}: {value} is beyond ±2^53: write it as text")
    elif isinstance(value, float):
        raise Refused(f"{path}: {value} is not a whole number: write it as text")
    elif depth >= DEEPEST:
        raise Refused(f"{path}: is nested more than {DEEPEST} deep")
    elif isinstance(value, Mapping):
        for name, member in value.items():
            if not isinstance(name, str) or not _name(name):
                raise Refused(f"{path or 'record'}: {name!r} is no member name: use letters, digits, _ and -")
            # Most members are plain texts, and need no look of their own.
            if type(member) is not str or not member.isascii() or len(member) > LONGEST_TEXT:
                check_members(member, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(value, list | tuple):
        if not _plain_texts(value):
            for place, item in enumerate(value):
                check_members(item, f"{path}[{place}]", depth + 1)
    else:
        raise Refused(f"{path}: a {type(value).__name__} cannot be kept in a record")


def _plain_texts(values: list[Any] | tuple[Any, ...]) -> bool:
    """Tell at one look that a list holds nothing but texts that any line can carry, as nearly all lists do."""
    try:
        together = "".join(values)
    except TypeError:
        return False
    return together.isascii() and len(together) <= LONGEST_TEXT


def encode_line(entry: Mapping[str, Any]) -> bytes:
    """Return the canonical line of an entry, with its check member, without LF."""
    body = _encoder.encode(entry)[:-1]
    return b'%s,"~":"%08x"}' % (body, crc32(body))


def check_line(raw: bytes) -> bool:
    """Tell whether a line's check member fits its bytes."""
    return raw[-_TAIL:] == b',"~":"%08x"}' % crc32(raw[:-_TAIL])


def decode_line(raw: bytes) -> dict[str, Any]:
    """Return a line's members without the check; raises `Damaged` when it does not fit."""
    if not check_line(raw):
        raise Damaged("the check of the line does not fit its content")
    try:
        entry = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Damaged(f"the line is not JSON: {error}") from error
    if not isinstance(entry, dict):
        raise Damaged("the line is not an object")
    del entry["~"]
    return entry


def is_canonical(raw: bytes) -> bool:
    """Tell whether a line is the canonical form of what it says, by encoding it again."""
    try:
        entry = decode_line(raw)
        check_members(entry)
    except (Damaged, Refused, RecursionError):
        return False
    return encode_line(entry) == raw


# How a line begins that was withheld from a published copy: of it the copy shows the leaf hash, and how it counts.
WITHHELD: Final = b'{"kind":"withheld","leaf":"'


def leaf(raw: bytes) -> bytes:
    """Return the leaf hash of a line (RFC 6962, section 2.1); that of a withheld line is the one it states."""
    if raw.startswith(WITHHELD) and (stated := _stated(raw, len(WITHHELD))):
        return bytes.fromhex(stated[0].decode())
    return sha256(b"\0" + raw).digest()


def leaf_hash(raw: bytes) -> str:
    """Return the leaf hash of a line, as lower-case hex."""
    return leaf(raw).hex()


def counted(raw: bytes) -> bytes:
    """Return what a withheld line counts as, under its number; any other line is what it counts as."""
    if not raw.startswith(WITHHELD):
        return raw
    entry = decode_line(raw)
    record = entry.get("record")
    return _encoder.encode({**record, "seq": entry.get("seq")}) if isinstance(record, dict) else raw


_ENVELOPE: Final = frozenset({"seq", "prev", "recorded_at", "~"})


def content_digest(entry: Mapping[str, Any]) -> bytes:
    """Return 16 bytes that tell contents apart: SHA-256 over what was recorded, without what the ledger added.

    An order's id is not part of it: the ledger may have given it. Targets are the same in whatever order they are named:
    tables are sorted anew.
    """
    order = entry.get("kind") == "order"
    content = {name: value for name, value in entry.items() if name not in _ENVELOPE and not (order and name == "id")}
    if isinstance(targets := content.get("targets"), list):
        # A private one may be an object where it is not disclosed.
        named = all(isinstance(target, str) for target in targets)
        content["targets"] = sorted(targets) if named else sorted(targets, key=str)
    return sha256(_encoder.encode(content)).digest()[:16]
