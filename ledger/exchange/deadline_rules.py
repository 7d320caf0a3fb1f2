"""Dated rules as TOML: those of the package, and a user's own, which replace all versions of a key.

Each is a table `[[rule]]`: `key`, `text`, `starts`, `source` and `remark` (may be left out) are texts; `hours` is a number
above 0 or "none"; `begin` and `end`, its first and last day in force, are dates and may be left out; `verified` and
`reply_by` (may be left out) are true or false.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from pathlib import Path
from typing import Any, Final

from ledger.errors import Refused
from ledger.exchange.toml import read_toml_text
from ledger.model import deadlines
from ledger.model.dated_rules import Rule, Rules, by_key, folded_key, overlap
from ledger.model.deadlines import EXTENDED, OWN

SUFFIX: Final = ".deadlines.toml"
_TEXTS: Final = ("key", "text", "starts", "source", "remark")
_NEEDED: Final = ("key", "text", "starts", "hours", "verified", "source")
_KNOWN: Final = (*_TEXTS, "hours", "begin", "end", "verified", "reply_by")
# More than eleven years: whoever writes more has mistaken the unit.
_MOST: Final = 100_000
_HEADER: Final = re.compile(r"^[ \t]*\[\[[ \t]*rule[ \t]*\]\]", re.MULTILINE)


def packaged_rules() -> Rules:
    """Return the rules that come with the program."""
    return by_key(_read(Path(deadlines.__file__).with_name("deadlines.toml")))


def rules_for(book: Path, given: Path | None) -> tuple[Rules, str | None]:
    """Return the rules to judge a ledger's orders by, and the user's file that was used beside those of the package.

    That is the one given, else `<ledger>.deadlines.toml` if it is there. Raises `Refused` for what is wrong in it.
    """
    path = given
    if path is None:
        beside = book.with_name(book.name + SUFFIX)
        path = beside if beside.exists() or beside.is_symlink() else None
    packaged = packaged_rules()
    if path is None:
        return packaged, None
    return {**packaged, **by_key(_read(path))}, str(path)


def _read(path: Path) -> list[Rule]:
    """Return the rules of a file; raises `Refused` with line, table and field."""
    tables, text = read_toml_text(path)
    found = tables.pop("rule", None)
    if tables:
        raise Refused(f"{path}: {next(iter(tables))!r} is unknown: rules are tables [[rule]]")
    if not isinstance(found, list) or not found:
        raise Refused(f"{path}: holds no rules: write each as a table [[rule]]")
    lines = [text.count("\n", 0, match.start()) + 1 for match in _HEADER.finditer(text)]
    rules: list[Rule] = []
    for number, table in enumerate(found, 1):
        # A header inside a text would put the lines out of step.
        line = f", line {lines[number - 1]}" if len(lines) == len(found) else ""
        where = f"{path}{line}, [[rule]] {number}"
        rules.append(_rule(table, where))
        same = [rule for rule in rules if folded_key(rule.key) == folded_key(rules[-1].key)]
        if clash := overlap(same):
            raise Refused(f"{where}: begin: {rules[-1].key} is in force twice: {_span(clash[0])} and {_span(clash[1])}")
    return rules


def _rule(table: Any, where: str) -> Rule:
    if not isinstance(table, dict):
        raise Refused(f"{where}: must be a table")
    for name in table:
        if name not in _KNOWN:
            raise Refused(f"{where}: {name}: is unknown: a rule has {', '.join(_KNOWN)}")
    for name in _NEEDED:
        if name not in table:
            more = ': a number, or "none" where the rule gives none' if name == "hours" else ""
            raise Refused(f"{where}: {name}: is missing{more}")
    for name in _TEXTS:
        value = table.get(name, "")
        if not isinstance(value, str) or (name in _NEEDED and not value.strip()):
            raise Refused(f"{where}: {name}: a text is needed, not {value!r}")
    if folded_key(table["key"]) in (OWN, EXTENDED):
        raise Refused(f"{where}: key: {table['key']!r} is what an order's own deadline is called: choose another")
    for name in ("verified", "reply_by"):
        if not isinstance(table.get(name, False), bool):
            raise Refused(f"{where}: {name}: true or false is needed, not {table[name]!r}")
    begin, end = _day(table, "begin", where), _day(table, "end", where)
    if begin is not None and end is not None and end < begin:
        raise Refused(f"{where}: end: {table['end']} is before its begin, {table['begin']}")
    return Rule(
        table["key"].strip(),
        table["text"],
        table["starts"],
        _hours(table["hours"], where),
        begin,
        end,
        table["verified"],
        table["source"],
        table.get("remark", ""),
        table.get("reply_by", False),
    )


def _hours(value: Any, where: str) -> int | float | None:
    if value == "none":
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    # Less than a second is no time that anybody gives.
    if not is_number or not 1 / 3600 <= value <= _MOST:
        raise Refused(f'{where}: hours: a number above 0 and up to {_MOST:,} is needed, or "none", not {value!r}')
    return int(value) if value == int(value) else float(value)


def _day(table: dict[str, Any], name: str, where: str) -> int | None:
    value = table.get(name)
    if value is None:
        return None
    try:
        if type(value) is dt.date:
            return value.toordinal()
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return dt.date.fromisoformat(value).toordinal()
    except ValueError:
        pass
    raise Refused(f"{where}: {name}: a day is needed, such as 2026-02-20, not {value}")


def _span(rule: Rule) -> str:
    begin = "the beginning" if rule.begin is None else dt.date.fromordinal(rule.begin).isoformat()
    end = "now" if rule.end is None else dt.date.fromordinal(rule.end).isoformat()
    return f"{begin} to {end}"
