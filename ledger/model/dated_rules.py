"""Rules that give a time to act, each with the days it was in force: an order is judged by the rule of the day it was received."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

_SECOND: Final = 1_000_000


class Rule(NamedTuple):
    """A rule while it was in force.

    `key` is what orders name as their basis; `text` says what it asks for, `starts` what starts its clock. `hours` is
    None where it gives no number. `begin` and `end` are the ordinals of its first and its last day, None where there is
    none. `verified` says that it was read in its `source`. With `reply_by`, an order's own date to reply by counts as its
    deadline.
    """

    key: str
    text: str
    starts: str
    hours: int | float | None
    begin: int | None
    end: int | None
    verified: bool
    source: str
    remark: str = ""
    reply_by: bool = False

    @property
    def length(self) -> int | None:
        """The time it gives, in microseconds: whole seconds."""
        return None if self.hours is None else round(self.hours * 3600) * _SECOND

    def holds_on(self, day: int) -> bool:
        """Tell whether it was in force on a day."""
        return (self.begin is None or self.begin <= day) and (self.end is None or day <= self.end)


# The versions of each rule by its key without case, the earliest first.
Rules = Mapping[str, tuple[Rule, ...]]


def by_key(rules: Iterable[Rule]) -> Rules:
    """Return rules by their keys, which are compared without case; the versions of each by time."""
    found: dict[str, list[Rule]] = {}
    for rule in sorted(rules, key=lambda rule: rule.begin or 0):
        found.setdefault(folded_key(rule.key), []).append(rule)
    return {key: tuple(versions) for key, versions in found.items()}


def folded_key(key: str) -> str:
    """Return a key as it is compared."""
    return key.strip().casefold()


def versions_of(rules: Rules, basis: str) -> tuple[Rule, ...]:
    """Return every version of the rule that a legal basis names; none where it names no rule."""
    return rules.get(folded_key(basis), ())


def overlap(rules: Iterable[Rule]) -> tuple[Rule, Rule] | None:
    """Return two versions of one rule that would both be in force on some day."""
    before: Rule | None = None
    for rule in sorted(rules, key=lambda rule: rule.begin or 0):
        if before is not None and (before.end is None or rule.begin is None or rule.begin <= before.end):
            return before, rule
        before = rule
    return None
