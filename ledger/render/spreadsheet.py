"""Rows as CSV that is written while they are made: RFC 4180, CRLF at the end of each line; no formula acts.

A value that is not stated is an empty field, a list is joined by semicolons, a flag is `true` or `false`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ledger.render.safe import cell

# How much text is made before it is handed on.
_BLOCK: Final = 1 << 16
_END: Final = "\r\n"


def csv_text(
    columns: Sequence[str], rows: Iterable[tuple[Sequence[object], Sequence[str]]], varies: int | None
) -> Iterator[str]:
    """Give the text of a table in blocks: its header, then its rows.

    Each of `rows` is what some of them share, and the values of the one column, at the place `varies`, in which they
    differ: one row for each.
    """
    found = [_fields(columns) + _END]
    size = 0
    for shared, values in rows:
        if varies is None:
            found.append(_fields(shared) + _END)
        else:
            before = _fields(shared[:varies]) + "," if varies else ""
            after = ("," + _fields(shared[varies + 1 :]) if varies + 1 < len(shared) else "") + _END
            found += [before + _field(value) + after for value in values]
        size += len(values)
        if size * len(found[-1]) >= _BLOCK:
            yield "".join(found)
            found, size = [], 0
    yield "".join(found)


def _fields(values: Sequence[object]) -> str:
    """Return values as fields of one line, without its end."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([cell(_text(value)) for value in values])
    return out.getvalue()


def _field(value: str) -> str:
    text = str(cell(value))
    if "," in text or '"' in text or "\n" in text or "\r" in text:
        quoted = text.replace('"', '""')
        return f'"{quoted}"'
    return text


def _text(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    return value
