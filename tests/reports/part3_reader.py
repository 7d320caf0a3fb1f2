"""Read a part 3 file anew, by RFC 4180 and the template alone: every total is made again from its parts.

It shares no code with what writes the file: the rows of a block are those of the official template.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

COUNTS = (6, 7, 10)
MEDIANS = (8, 9, 11, 12)


class Block(NamedTuple):
    """The rows of one scope by their place: category, and keyword or nothing."""

    scope: str
    rows: dict[tuple[str, str], list[str]]


def cells(raw: bytes) -> list[list[str]]:
    """Return the cells of each record, read one character after the other as RFC 4180 says; anything else fails."""
    assert not raw.startswith(b"\xef\xbb\xbf")
    text = raw.decode("utf-8")
    records: list[list[str]] = []
    record: list[str] = []
    place = 0
    while place < len(text):
        if text[place] == '"':
            value = ""
            while True:
                end = text.index('"', place + 1)
                value += text[place + 1 : end]
                place = end + 1
                if text[place] != '"':
                    break
                value += '"'
        else:
            found = re.compile('[^",\r\n]*').match(text, place)
            assert found
            value, place = found[0], found.end()
        record.append(value)
        if text[place] == ",":
            place += 1
        else:
            assert text[place : place + 2] == "\r\n", text[place : place + 20]
            records.append(record)
            record, place = [], place + 2
    assert not record
    return records


def blocks(raw: bytes) -> Iterator[Block]:
    """Give the blocks of a file in their order."""
    scope, category, rows = "", "", dict[tuple[str, str], list[str]]()
    for row in cells(raw)[1:]:
        code = row[3]
        if code == "TOTAL":
            if rows:
                yield Block(scope, rows)
            scope, rows = row[5], {}
        if not code.startswith("KEYWORD_"):
            category = code
        key = (category, code if code.startswith("KEYWORD_") else "")
        assert key not in rows
        assert row[5] == scope
        rows[key] = row
    yield Block(scope, rows)


def differences(raw: bytes, template: bytes) -> list[str]:
    """Return what does not hold in a file beside the official template: its columns, its rows, its sums."""
    found: list[str] = []
    # The template's lines end otherwise, and its cells hold no line ends.
    official = cells(template.replace(b"\n", b"\r\n"))
    if cells(raw)[0] != official[0]:
        found.append("columns")
    listed = [row[3] for row in official[1:] if row[5] == "TOTAL"]
    read = list(blocks(raw))
    for block in read:
        if [row[3] for row in block.rows.values()] != listed:
            found.append(f"{block.scope}: rows")
        found += [f"{block.scope}: {what}" for what in _within(block)]
    if read[0].scope != "TOTAL" or [block.scope for block in read[1:]] != sorted(block.scope for block in read[1:]):
        found.append("scopes")
    for key, row in read[0].rows.items():
        for place in COUNTS:
            if int(row[place]) != sum(int(block.rows[key][place]) for block in read[1:]):
                found.append(f"{key}: column {place} is not the sum of the Member States")
    return found


def _within(block: Block) -> Iterator[str]:
    categories = [key for key in block.rows if key[0] != "TOTAL" and not key[1]]
    for place in COUNTS:
        number = {key: int(row[place]) for key, row in block.rows.items()}
        if number["TOTAL", ""] != sum(number[key] for key in categories):
            yield f"column {place}: the categories do not add up"
        for category, _ in categories:
            parts = [n for key, n in number.items() if key[0] == category and key[1]]
            if parts and number[category, ""] != sum(parts):
                yield f"column {place}: the keywords of {category} do not add up"
    for key, row in block.rows.items():
        if any(not re.fullmatch("0|[1-9][0-9]*", row[place]) for place in COUNTS):
            yield f"{key}: a count is no whole number"
        if any(not re.fullmatch(r"|(0|[1-9][0-9]*)\.[0-9]{2}", row[place]) for place in MEDIANS):
            yield f"{key}: a median is no number of hours"
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}/[0-9]{4}-[0-9]{2}-[0-9]{2}", row[2]):
            yield f"{key}: the period"
