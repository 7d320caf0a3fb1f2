"""Entries written by hand as TOML: `[[order]]`, `[[response]]`, `[[follow-up]]`, `[[correction]]`."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ledger.errors import Refused
from ledger.model.entries import KINDS
from ledger.model.incoming import Incoming, label
from ledger.model.moments import day_start, read_moment

_HEADER: Final = re.compile(r"^[ \t]*\[\[?[ \t]*\"?([a-z-]+)\"?[ \t]*\]\]?[ \t]*(?:#.*)?$", re.MULTILINE)


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file's tables; raises `Refused` with line and column."""
    return read_toml_text(path)[0]


def read_toml_text(path: Path) -> tuple[dict[str, Any], str]:
    """Return a TOML file's tables, and its text with LF at the ends of lines; raises `Refused` with line and column."""
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        return tomllib.loads(text), text
    except OSError as error:
        raise Refused(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Refused(f"{path}, line {line}: not UTF-8 at byte {error.start + 1}") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Refused(f"{path}: not TOML: {error}") from error


def is_mapping(tables: dict[str, Any]) -> bool:
    """Tell whether a TOML file is a mapping of a table, by what its first line says."""
    return str(tables.get("schema", "")).startswith("ledger-mapping/")


def one_order(path: Path) -> dict[str, Any]:
    """Return the one order that a file holds, under `[order]`, `[[order]]` or at its top; raises `Refused`."""
    tables = read_toml(path)
    found = tables.get("order", tables if "authority" in tables else None)
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if not isinstance(found, dict) or (found is not tables and len(tables) > 1):
        raise Refused(f"{path}: holds other than one order: use `ledger import {path}`")
    record = _plain({name: value for name, value in found.items() if name != "ref"})
    return {"kind": "order"} | dict(record)


def toml_entries(paths: list[Path], zone: str) -> list[Incoming]:
    """Return the entries of all files by time, then by kind; orders come first on their day, corrections last.

    What cannot be read comes as an entry without a record.
    """
    found: list[tuple[tuple[int, int, int, int], Incoming]] = []
    for path in paths:
        try:
            entries = list(_entries(path))
        except Refused as error:
            problem = str(error).removeprefix(f"{path}: ")
            entries = [Incoming(str(path), None, problem=problem, file=str(path), rows=0)]
        found += [(_time(item.record, zone), item) for item in entries]
    found.sort(key=lambda pair: pair[0])
    return [item for _, item in found]


def _entries(path: Path) -> Iterator[Incoming]:
    tables, text = read_toml_text(path)
    lines: dict[str, list[int]] = {}
    for match in _HEADER.finditer(text):
        lines.setdefault(match[1], []).append(text.count("\n", 0, match.start()) + 1)
    if not tables:
        raise Refused("holds no entries")
    if is_mapping(tables):
        raise Refused("is a mapping, and holds no entries: give it with --map, beside the table that it is for")
    for kind, content in tables.items():
        if kind not in KINDS:
            raise Refused(
                f"{kind!r} is no kind of entry: write [[order]], [[response]], [[follow-up]], [[correction]] or [[alias]]"
            )
        items = content if isinstance(content, list) else [content]
        # A header inside a text would put the lines out of step: then the count says where.
        known = lines.get(kind, [])
        for number, item in enumerate(items, 1):
            line = known[number - 1] if len(known) == len(items) else None
            where = f"{path}, [[{kind}]] {number}" if line is None else f"{path}, line {line}"
            if not isinstance(item, dict):
                yield Incoming(where, None, problem=f"{kind}: must be a table, [[{kind}]]", file=str(path), line=line)
                continue
            record = {"kind": kind} | _plain(
                {name: value for name, value in item.items() if name not in ("ref", "kind")}
            )
            yield Incoming(
                where, record, str(path), label(item.get("ref")), label(item.get("of")), file=str(path), line=line
            )


def _plain(value: Any) -> Any:
    """Return a value with TOML's own dates as the text they were written in."""
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _time(record: Any, zone: str) -> tuple[int, int, int, int]:
    kind = record["kind"] if record else ""
    if kind not in KINDS or kind == "correction":
        return (1, 0, 0, 0)
    text = record.get("at") or record.get("received") or record.get("issued")
    try:
        moment = read_moment(text, zone)
    except (Refused, TypeError):
        return (1, 0, 0, 0)
    if kind == "order":
        return (0, moment.day, 0, 0)
    at = day_start(moment.day, zone) if moment.at is None else moment.at
    return (0, moment.day, at, KINDS.index(kind))
