"""JSON from elsewhere, read piece by piece: a file of any length needs the memory of its largest piece.

The reader goes into the outer objects and lists that the caller names, and reads what stands in them whole. Its places
are lines and columns from 1, in characters. What no line of a ledger can carry (the same member twice, a fraction, NaN)
spoils the piece that it stands in; what is no JSON ends the reading.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import IO, Any, Final, NamedTuple

from ledger.errors import Refused
from ledger.exchange.foreign import strict_decoder

# What is read at once, and the longest piece, in characters.
_CHUNK: Final = 1 << 20
_LONGEST: Final = 64 << 20
# An error nearer to the end of what was read may be one of what was not read yet: the longest literal has 9 characters,
# two escapes of a character beyond the first plane 12.
_NEAR: Final = 16
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_REST_OF_NUMBER: Final = re.compile(r"[-+.eE0-9]*")
_SKIMMER: Final = JSONDecoder(parse_int=len, parse_float=len, parse_constant=len)


class Place(NamedTuple):
    """Where something stands: line and column, from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        """Say it as messages do."""
        return f"line {self.line}, column {self.column}"


class JsonText:
    """A stream of JSON texts; all methods raise `Refused` with line and column for what is none."""

    def __init__(self, stream: IO[bytes], decoder: JSONDecoder | None = None) -> None:
        self._stream = stream
        self._decoder = decoder or strict_decoder()
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0
        # Up to here the lines are counted.
        self._counted = 0
        self._line = self._column = 1
        self._ended = False
        while not self._text and self._more():
            pass
        self._text = self._text.removeprefix("\ufeff")

    def place(self) -> Place:
        """Return where the next thing stands."""
        self._space()
        return self._place(self._at)

    def at_end(self) -> bool:
        """Tell whether nothing but white space follows."""
        return self._peek() == ""

    def opens(self, bracket: str) -> bool:
        """Tell whether an object (`{`) or a list (`[`) begins here."""
        return self._peek() == bracket

    def members(self) -> Iterator[tuple[str, Place]]:
        """Give the name of each member of the object that begins here; read its value before going on."""
        for _ in self._inside("{", "}"):
            place = self.place()
            if self._peek() != '"':
                raise self._refusal("a name in quotation marks is needed here")
            name, _ = self.value()
            self._expect(":")
            yield str(name), place

    def items(self) -> Iterator[Place]:
        """Give the place of each item of the list that begins here; read it before going on."""
        for _ in self._inside("[", "]"):
            yield self.place()

    def value(self) -> tuple[Any, str]:
        """Read what stands here whole; return it, and why it cannot be carried if it cannot."""
        try:
            return self._read(self._decoder), ""
        except _Spoiled as error:
            self._read(_SKIMMER)
            return None, str(error)

    def _inside(self, begin: str, end: str) -> Iterator[None]:
        self._expect(begin)
        if self._peek() == end:
            self._at += 1
            return
        while True:
            yield
            found = self._peek()
            if found not in (",", end) or not found:
                raise self._refusal(f"'{end}' or ',' is needed here")
            self._at += 1
            if found == end:
                return

    def _read(self, decoder: JSONDecoder) -> Any:
        self._space()
        while True:
            try:
                found, end = decoder.raw_decode(self._text, self._at)
            except JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated string") or error.pos > len(self._text) - _NEAR
                if not cut or self._ended:
                    raise Refused(f"not JSON at {self._place(error.pos)}: {error.msg}") from None
            except Refused as error:
                raise _Spoiled(str(error)) from None
            except RecursionError:
                raise self._refusal("nested too deep") from None
            except ValueError:
                raise _Spoiled("a number has too many digits: write it as text") from None
            else:
                # A number at the end of what was read may go on.
                rest = _REST_OF_NUMBER.match(self._text, end)
                if rest is None or rest.end() < len(self._text) or self._ended:
                    self._at = end
                    return found
            if len(self._text) - self._at > _LONGEST:
                raise self._refusal(f"longer than {_LONGEST >> 20} Mi characters: this is no file of entries")
            self._more()

    def _peek(self) -> str:
        self._space()
        return self._text[self._at : self._at + 1]

    def _expect(self, char: str) -> None:
        if self._peek() != char:
            raise self._refusal(f"{char!r} is needed here")
        self._at += 1

    def _refusal(self, why: str) -> Refused:
        ends = " (the file ends)" if self._at >= len(self._text) else ""
        return Refused(f"not JSON as it should be at {self._place(self._at)}: {why}{ends}")

    def _space(self) -> None:
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text) or not self._more():
                return

    def _place(self, at: int) -> Place:
        """Return the place of a character that is not before those counted."""
        line, column = self._line, self._column
        breaks = self._text.count("\n", self._counted, at)
        if breaks:
            line += breaks
            column = at - self._text.rindex("\n", self._counted, at)
        else:
            column += at - self._counted
        if at <= self._at:
            self._line, self._column, self._counted = line, column, at
        return Place(line, column)

    def _more(self) -> bool:
        """Read on; tell whether there was more. What is done with is forgotten."""
        if self._ended:
            return False
        self._place(self._at)
        self._text, self._at, self._counted = self._text[self._at :], 0, 0
        # Twice what is held: a long piece costs its length, not the square of it.
        raw = self._stream.read(max(_CHUNK, len(self._text)))
        self._ended = not raw
        try:
            self._text += self._utf8.decode(raw, final=self._ended)
        except UnicodeDecodeError as error:
            self._text += error.object[: error.start].decode("utf-8")
            raise Refused(f"{self._place(len(self._text))}: not UTF-8") from error
        return not self._ended


class _Spoiled(Exception):
    """A piece holds what no line can carry."""
