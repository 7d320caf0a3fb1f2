"""Tables as text: one row a line, cells between delimiters (RFC 4180 and what real files make of it).

The bytes may be UTF-8 with or without a byte-order mark, UTF-16 with one, or, where they are no UTF-8, Windows-1252.
Lines end in LF, CRLF or CR. The delimiter is the one of `,` `;` tab `|` that stands most often in the header, or what
a first line `sep=;` says. A cell that holds a delimiter, a quote or a line break stands in quotes; a quote in it is
doubled. A row in which no cell holds anything is no row. Cells beyond the last column may stand there if they are empty.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import partial
from itertools import chain, count, islice
from operator import itemgetter
from typing import IO, Any, Final, NamedTuple

from ledger.errors import Refused
from ledger.exchange.tables.controls import control_in, may_hold_controls
from ledger.exchange.tables.encodings import text_encoding

DELIMITERS: Final = (",", ";", "\t", "|")
_BLOCK: Final = 1 << 20
# How many characters of lines are looked at together.
_TOGETHER: Final = 1 << 16
# Longer cells are no cells: a quote was left open.
_LONGEST: Final = 131_072


class Row(NamedTuple):
    """One row: the line of the file where it begins (from 1), and its cells as they stand there."""

    line: int
    cells: list[str]


class Block(NamedTuple):
    """Rows that stand on lines of their own, one after the other; several are as wide as the header, one may be ragged."""

    line: int
    rows: list[list[str]]


class Table(NamedTuple):
    """A table: its name, the header without white space at the ends, the header's line, the rows, remarks on how it was read."""

    name: str
    header: tuple[str, ...]
    header_line: int
    blocks: Iterator[Block]
    notes: tuple[str, ...] = ()
    # Whether control characters may stand in cells.
    controls: bool = False

    def rows(self) -> Iterator[Row]:
        """Give the rows one by one; they are read once."""
        for line, rows in self.blocks:
            yield from map(_row, zip(count(line), rows, strict=False))


_first: Final = itemgetter(0)
_row: Final = partial(tuple.__new__, Row)


def open_table(
    name: str,
    stream: IO[bytes],
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_line: int | None = None,
    header: tuple[str, ...] | None = None,
    ragged: bool = False,
) -> Table:
    """Return a table whose rows are read as they are asked for.

    `header_line` says where the header stands if titles stand above it; `header` gives names to a table without one.
    `ragged` lets rows through that have more or fewer cells than the header; else they are refused.
    Raises `Refused` with line and column, now or while rows are read.
    """
    if not stream.seekable():
        # How its bytes are to be read is known only at its end.
        raise Refused(f"{name}: cannot be read twice: save it as a file first")
    chosen, notes = text_encoding(name, stream, encoding)
    controls = may_hold_controls(stream, chosen)
    # The stream stays open when the text over it is let go.
    lines = _Lines(name, io.TextIOWrapper(io.BufferedReader(_Kept(stream), _BLOCK), chosen, newline=""))
    delimiter = delimiter or lines.stated()
    if header is not None:
        names, at = header, 0
        delimiter = delimiter or lines.delimiter(lines.peek())
    else:
        names, at, delimiter = _header(lines, delimiter, header_line)
        if header_line is not None and header_line > 1:
            notes.append(f"lines 1 to {header_line - 1}, above the header, are not read")
    return Table(name, names, at, _blocks(lines, delimiter, len(names), ragged=ragged), tuple(notes), controls)


def folded(header: str) -> str:
    """Return a header as it is compared: without case, and without white space beside one blank between words."""
    return " ".join(header.split()).casefold()


class _Kept(io.RawIOBase):
    """A stream that is not closed with what reads from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)


class _Lines:
    """The lines of a table, counted; the first ones may be looked at before they are read."""

    def __init__(self, name: str, text: io.TextIOWrapper) -> None:
        self.name = name
        self.text = text
        self.read = 0
        self._ahead: list[str] = []

    def peek(self) -> str:
        """Return the next line, and leave it there."""
        if not self._ahead:
            self._ahead.append(self.text.readline())
        return self._ahead[0]

    def stated(self) -> str:
        """Return the delimiter that a first line `sep=;` states, and pass over that line; an empty text without one."""
        line = self.peek()
        if line[:4].casefold() != "sep=" or len(line.rstrip("\r\n")) != 5:
            return ""
        self.next()
        return line[4]

    def next(self) -> str:
        """Return the next line; an empty text at the end."""
        line = self._ahead.pop() if self._ahead else self.text.readline()
        self.read += bool(line)
        return line

    def some(self) -> str:
        """Return the next lines, some hundreds of them, as one text; an empty one at the end."""
        ahead = "".join(self._ahead)
        self._ahead = []
        return ahead + self.text.read(_TOGETHER) + self.text.readline()

    def delimiter(self, line: str) -> str:
        """Return the delimiter that stands most often in a line, outside quotes."""
        bare = "".join(line.split('"')[::2])
        return max(DELIMITERS, key=bare.count)


def _header(lines: _Lines, delimiter: str | None, wanted: int | None) -> tuple[tuple[str, ...], int, str]:
    """Read up to the header; return its names, its line, and the delimiter."""
    while wanted is not None and lines.read < wanted - 1 and lines.next():
        pass
    while True:
        line = lines.next()
        if not line:
            raise Refused(f"{lines.name}: holds no {'header in line ' + str(wanted) if wanted else 'table'}")
        if line.strip(" \t\r\n,;|"):
            break
        if wanted is not None:
            raise Refused(f"{lines.name}, line {wanted}: holds no header: say the line of the names of the columns")
    at = lines.read
    # A name may hold line breaks, in quotes.
    while line.count('"') % 2 and (more := lines.next()):
        line += more
    delimiter = delimiter or lines.delimiter(line)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise Refused(f"{lines.name}: {delimiter!r} is no delimiter: say one character, such as , or ;")
    try:
        (cells,) = csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True)
    except (csv.Error, ValueError):
        raise Refused(f"{lines.name}, line {at}: the header's quotes are not closed") from None
    names = [" ".join(cell.split()) for cell in cells]
    for number, header in enumerate(names, 1):
        if found := control_in(header):
            raise Refused(
                f"{lines.name}, line {at}: the name of column {number} holds a control character "
                f"({found}): is the file a table, and in this encoding?"
            )
    while len(names) > 1 and not names[-1]:
        del names[-1]
    return tuple(names), at, delimiter


def _blocks(lines: _Lines, delimiter: str, width: int, *, ragged: bool) -> Iterator[Block]:
    line = lines.read + 1
    while some := lines.some():
        batch, count_of_lines, error = _plain_cells(some, delimiter) or _cells(some, lines.text, delimiter)
        if (
            error is None
            and count_of_lines == len(batch)
            and set(map(len, batch)) == {width}
            and (all(map(str.strip, map(_first, batch))) or all(map(str.strip, map("".join, batch))))
        ):
            yield Block(line, batch)
            line += len(batch)
            continue
        for cells in batch:
            at, line = line, line + 1 + sum(map(_breaks, cells))
            while len(cells) > width and not cells[-1].strip():
                del cells[-1]
            if not any(map(str.strip, cells)):
                continue
            if len(cells) != width and not ragged:
                raise Refused(f"{lines.name}, line {at}: {ragged_row(cells, width)}")
            yield Block(at, [cells])
        if error is not None:
            raise Refused(f"{lines.name}, line {line}: {_said(str(error))}")


# The rows of some lines, how many lines they took, and what broke them off.
_Cells = tuple[list[list[str]], int, csv.Error | None]


def _plain_cells(lines: str, delimiter: str) -> _Cells | None:
    """Split lines in which only delimiters and line ends mean anything, as of most tables; None if others do too."""
    text = lines.replace("\r\n", "\n")
    blank = delimiter != "\t" and (text[0] == " " or "\n " in text or f"{delimiter} " in text)
    if blank or '"' in text or "\r" in text or len(text) > _LONGEST:
        return None
    rows = [row.split(delimiter) for row in text.removesuffix("\n").split("\n")]
    return rows, len(rows), None


def _cells(text: str, rest: Iterator[str], delimiter: str) -> _Cells:
    """Read as many rows as there are lines: all of these, and what the rows that break within a cell take of the rest."""
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(chain(lines, rest), delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t")
    rows: list[list[str]] = []
    try:
        # Row by row this costs twice what reading them does.
        rows.extend(islice(reader, len(lines)))
    except csv.Error as error:
        return rows, reader.line_num, error
    return rows, reader.line_num, None


def _breaks(cell: str) -> int:
    """Count the line breaks in a cell."""
    return cell.count("\n") + cell.count("\r") - cell.count("\r\n")


def ragged_row(cells: list[str], width: int) -> str:
    """Say that a row has other columns than the header."""
    return f"has {len(cells)} cells, the header has {width}: is there a delimiter or a line break in a cell without quotes?"


def _said(error: str) -> str:
    if "field larger" in error:
        return f"has a cell of more than {_LONGEST:,} characters: is a quote left open?"
    if "unexpected end" in error:
        return "has a quote that is not closed before the file ends"
    if "expected after" in error:
        return "has something between a closing quote and the delimiter: double the quotes inside a cell"
    return f"is no row of a table ({error})"
