"""Which rows of a table a mapping leaves out, and why: `leave_out` under `[rows]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ledger.errors import Refused
from ledger.exchange.tables.fields import check_keys, check_text, check_texts
from ledger.exchange.tables.table import folded

_WHERE: Final = "[rows], leave_out"


class Rule(NamedTuple):
    """Which rows are left out: those whose cell of a column is one of these, or begins like one; and why."""

    column: str
    cells: frozenset[str]
    beginnings: tuple[str, ...]
    why: str

    def fits(self, cell: str) -> bool:
        """Tell whether a row with this cell is left out."""
        said = folded(cell)
        return said in self.cells or (bool(self.beginnings) and said.startswith(self.beginnings))


def read_rules(said: Any) -> tuple[Rule, ...]:
    """Read what `leave_out` says; raises `Refused`."""
    if not isinstance(said, list) or not all(isinstance(rule, dict) for rule in said):
        raise Refused(f'{_WHERE}: a list is needed, such as [{{column = "Status", is = ["Draft"], because = "…"}}]')
    return tuple(map(_rule, said))


def _rule(said: Mapping[str, Any]) -> Rule:
    check_keys(said, ("column", "is", "begins_with", "because"), _WHERE)
    cells = frozenset(map(folded, check_texts(said.get("is", []), _WHERE)))
    beginnings = tuple(map(folded, check_texts(said.get("begins_with", []), _WHERE)))
    if not cells and not any(beginnings):
        raise Refused(f"{_WHERE}: say which rows: is = […] or begins_with = […]")
    why = check_text(said.get("because"), f"{_WHERE}, because")
    return Rule(check_text(said.get("column"), f"{_WHERE}, column"), cells, beginnings, why)
