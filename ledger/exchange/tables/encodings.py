"""How the bytes of a table are read: as what was said, as what they begin with, else as what they fit."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO, Final

from ledger.errors import Refused

_BLOCK: Final = 1 << 20
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Encodings of the names of hosts, in which no text is written.
_OF_NAMES: Final = ("idna", "punycode")


def text_encoding(name: str, stream: IO[bytes], declared: str | None) -> tuple[str, list[str]]:
    """Return how the bytes are read, and what to say about it; the stream stands at its start again.

    Raises `Refused` with line and byte where they are not as they were said to be, or as their beginning says.
    """
    start = stream.tell()
    first = stream.read(4)
    stream.seek(start)
    marked = next((chosen for mark, chosen in _MARKS if first.startswith(mark)), None)
    if first.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise Refused(f"{name}, line 1: is UTF-32, which is not read: save it as UTF-8")
    if marked is None and declared is None and b"\0" in first:
        raise Refused(f"{name}, line 1: holds bytes of 0: say the encoding of the table, such as utf-16-le")
    chosen = "utf-8-sig" if declared is None else _known(name, declared)
    if marked == "utf-16" and (declared is None or chosen.startswith("utf-16")):
        # The mark says which of the two orders it is.
        chosen = marked
    # Without a byte-order mark of their own these are of neither order; that of UTF-32 was met above.
    unmarked = first and ((chosen == "utf-16" and marked != chosen) or chosen == "utf-32")
    wrong = (1, 1) if unmarked else _undecodable(stream, chosen)
    stream.seek(start)
    if wrong is None:
        return chosen, []
    line, place = wrong
    if declared is not None or marked is not None:
        raise Refused(f"{name}, line {line}: byte {place} of it is no {declared or marked}: say the table's encoding")
    fallback = "cp1252" if _undecodable(stream, "cp1252") is None else "latin-1"
    stream.seek(start)
    said = {"cp1252": "Windows-1252", "latin-1": "Latin-1"}[fallback]
    return fallback, [f"is no UTF-8 (line {line}), and is read as {said}: say the encoding if it is another"]


def _known(name: str, declared: str) -> str:
    try:
        # Not every codec is one of text.
        b"ab".decode(declared, "ignore")
        codecs.getincrementaldecoder(declared)
        chosen = codecs.lookup(declared).name
    except (LookupError, ValueError):
        chosen = ""
    if not chosen or chosen in _OF_NAMES:
        raise Refused(f"{name}: {declared!r} is no known encoding: say one like utf-8 or windows-1252")
    return "utf-8-sig" if chosen == "utf-8" else chosen


def _undecodable(stream: IO[bytes], encoding: str) -> tuple[int, int] | None:
    """Return line and byte, both from 1, of the first thing that is no text of an encoding; None if all of it is."""
    start = at = stream.tell()
    decoder = codecs.getincrementaldecoder(encoding)()
    while True:
        block = stream.read(_BLOCK)
        text = ""
        try:
            text = decoder.decode(block, final=not block)
            # Some encodings let halves of characters through.
            text.encode()
        except UnicodeDecodeError as error:
            # The decoder may have kept the start of a character from the block before.
            size = at + error.start - (len(error.object) - len(block)) - start
            return _position(_pieces(stream, start, size, encoding), encoding)
        except UnicodeEncodeError as error:
            before = _pieces(stream, start, at - start, encoding)
            return _position(chain(before, [text[: error.start]]), encoding)
        if not block:
            return None
        at += len(block)


def _pieces(stream: IO[bytes], start: int, size: int, encoding: str) -> Iterator[str]:
    """Give the text of some bytes."""
    stream.seek(start)
    decoder = codecs.getincrementaldecoder(encoding)()
    while block := stream.read(min(size, _BLOCK)):
        size -= len(block)
        yield decoder.decode(block)


def _position(pieces: Iterable[str], encoding: str) -> tuple[int, int]:
    """Return line and byte, both from 1, of what stands behind a text; a byte-order mark is none of its bytes."""
    line, tail, last = 1, "", ""
    for text in pieces:
        line += _ends(text, last)
        start = max(text.rfind("\n"), text.rfind("\r")) + 1
        tail = text[start:] if start else tail + text
        last = text[-1:] or last
    return line, len(tail.encode(encoding, "replace")) - len("".encode(encoding)) + 1


def _ends(text: str, last: str) -> int:
    """Count the ends of lines: LF, CRLF (also where a piece ends between the two) and CR."""
    crlf = text.count("\r\n") + (last == "\r" and text.startswith("\n"))
    return text.count("\n") + text.count("\r") - crlf
