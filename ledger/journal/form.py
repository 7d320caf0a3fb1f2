"""Tell at one look that a line is in canonical form, for the lines that hold only what this version knows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal
from zlib import crc32

import msgspec

from ledger.journal.line import LARGEST
from ledger.model.entries import QUANTITIES, struct_of

STAMP: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
# A correction may set a field to anything: it is looked at member by member.
_KINDS: Final = ("order", "response", "follow-up", "alias")


class _Quantity(msgspec.Struct, gc=False):
    n: Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST)]
    qualifier: str
    words: str


def _reader(kind: str) -> Callable[[bytes], Any]:
    """Return what reads the lines of a kind, each field of its type and no other; the rest raises `MsgspecError`.

    Its fields are in the order of the canonical form, so that encoding what was read gives the same bytes only for
    a line in that form.
    """
    fields: list[Any] = [("kind", Literal[kind]), ("seq", int), ("prev", str), ("recorded_at", str)]
    for field in msgspec.structs.fields(struct_of(kind)):
        type_ = _Quantity if field.name in QUANTITIES else field.type
        fields.append((field.name, type_) if field.required else (field.name, type_ | msgspec.UnsetType, msgspec.UNSET))
    digests = ("digests", list[str] | msgspec.UnsetType, msgspec.UNSET)
    fields = [digests, *sorted(fields, key=lambda field: str(field[0])), ("check", str)]
    names = {"digests": "_sd", "check": "~"}
    line = msgspec.defstruct("Line", fields, kw_only=True, gc=False, rename=names, forbid_unknown_fields=True)
    return msgspec.json.Decoder(line).decode


def form() -> Callable[[bytes, int, str], str | None]:
    """Return what tells whether all is surely well with a line, given its number and the hash of the line before.

    It returns the id of an order, an empty text for another entry, and None where it cannot tell: such a line may be
    well too, and is to be looked at member by member.
    """
    readers = [(b'"kind":"%s"' % kind.encode(), _reader(kind)) for kind in _KINDS]
    encode = msgspec.json.Encoder().encode
    errors = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
    stamp = ""

    def holds(raw: bytes, seq: int, before: str) -> str | None:
        nonlocal stamp
        for needle, read in readers:
            if needle not in raw:
                continue
            try:
                line = read(raw)
            except errors:
                return None
            if line.recorded_at != stamp:
                if not STAMP.fullmatch(line.recorded_at):
                    return None
                stamp = line.recorded_at
            if (
                line.seq == seq
                and line.prev == before
                and encode(line) == raw
                and raw[-16:] == b',"~":"%08x"}' % crc32(raw[:-16])
            ):
                return line.id or "" if line.kind == "order" else ""
            return None
        return None

    return holds
