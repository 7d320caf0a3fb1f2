"""Plain rows as JSON, JSON Lines, CSV, Markdown, or a table for the terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from ledger.model.quantities import show
from ledger.render.safe import cell, markdown, plain

# DEL acts on a terminal too.
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7e]+")
FORMATS: Final = ("table", "json", "jsonl", "csv", "md")
# What is made for others too: confidential orders appear there as counts alone.
PUBLIC_FORMATS: Final = (*FORMATS, "html")


def amount(quantity: Mapping[str, Any]) -> str:
    """Return a quantity as it is printed."""
    return show(int(quantity["n"]), str(quantity["qualifier"]))


def as_json(value: object) -> str:
    """Return JSON for readers: indented, in ASCII, so that nothing in it acts on a terminal."""
    # The standard library's encoder is slow where it indents; msgspec's writes other scripts as they are.
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return (_BEYOND_ASCII.sub(_escape, text) if _BEYOND_ASCII.search(text) else text) + "\n"


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]


def json_pieces(value: Mapping[str, Any]) -> Iterator[str]:
    """Give what `as_json` returns of a record, each item of its lists by itself; iterators stand for lists."""
    before = "{"
    for name, member in value.items():
        yield f"{before}\n  {json.dumps(name)}: "
        before = ","
        if not isinstance(member, list | Iterator):
            yield _within(member, 2)
            continue
        count = 0
        for count, item in enumerate(member, 1):
            yield ("," if count > 1 else "[") + "\n    " + _within(item, 4)
        yield "\n  ]" if count else "[]"
    yield "\n}\n" if value else "{}\n"


def _within(value: object, indent: int) -> str:
    # Line breaks within texts are escaped in JSON.
    return as_json(value)[:-1].replace("\n", "\n" + " " * indent)


def as_jsonl(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Give one object a line, in ASCII."""
    return (json.dumps(row, ensure_ascii=True, separators=(",", ":")) + "\n" for row in rows)


def as_csv(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str], quantities: Sequence[str] | None = None
) -> Iterator[str]:
    """Give RFC 4180 CSV with a header; quantities become two columns, lists are joined by a space and a semicolon.

    Without `quantities` these are the columns in which any row has one.
    """
    import csv
    import io

    header: list[str] = []
    if quantities is None:
        rows = list(rows)
        quantities = [name for name in columns if any(_is_quantity(row.get(name)) for row in rows)]
    for name in columns:
        header += [name, f"{name}_qualifier"] if name in quantities else [name]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        cells: list[object] = []
        for name in columns:
            value = row.get(name)
            if name in quantities:
                cells += [value["n"], value["qualifier"]] if isinstance(value, Mapping) else ["", ""]
            else:
                cells.append(cell(_text(value)))
        writer.writerow(cells)
        yield out.getvalue()
        out.seek(0)
        out.truncate()
    yield out.getvalue()


def as_markdown(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    """Give a Markdown table."""
    yield "| " + " | ".join(columns) + " |\n|" + "---|" * len(columns) + "\n"
    for row in rows:
        yield "| " + " | ".join(markdown(str(_shown(row.get(name)))) for name in columns) + " |\n"


def _is_quantity(value: object) -> bool:
    return isinstance(value, Mapping) and "qualifier" in value


def _text(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(str(item) for item in value)
    return value


def _shown(value: object) -> object:
    if isinstance(value, Mapping) and "qualifier" in value:
        return amount(value)
    return plain(str(_text(value)))


def formatted(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str], form: str, quantities: Sequence[str] | None = None
) -> Iterator[str]:
    """Give rows in one of the formats but `table` and `json`, in pieces; `quantities` as of `as_csv`."""
    if form == "jsonl":
        return as_jsonl(rows)
    return as_csv(rows, columns, quantities) if form == "csv" else as_markdown(rows, columns)
