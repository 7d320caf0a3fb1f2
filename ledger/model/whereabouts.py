"""In which countries a restriction holds, and what a response makes of that (DESIGN, section 2, rule 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.model.balance import Place, Where
from ledger.model.countries import WORLDWIDE
from ledger.model.entries import Response
from ledger.model.naming import listed
from ledger.model.statuses import OWN_RULES, RESTRICTED
from ledger.model.targets import key_text

if TYPE_CHECKING:
    from ledger.model.postings import Fold, Outcome


def where_text(where: Where) -> str:
    """Say where a restriction holds, to stand behind a status: ` in IN`, ` worldwide except DE`, nothing if unstated."""
    held = ", ".join(country for country in where if not country.startswith("-"))
    lifted = ", ".join(country[1:] for country in where if country.startswith("-"))
    text = f" {held}" if held == WORLDWIDE else f" in {held}" if held else ""
    return f"{text} except in {lifted}" if lifted else text


def holds_in(source: Place, response: Response) -> bool:
    """Tell whether a lift in some countries is about what stands in a place; any other move is about all."""
    given = set(response.countries)
    if response.action != "unblocked" or not given or source.status not in RESTRICTED or not source.where:
        return True
    return WORLDWIDE in given or WORLDWIDE in source.where or not given.isdisjoint(source.where)


def destination(
    fold: Fold, source: Place, response: Response, outcome: Outcome, group: list[str] | None
) -> Place | None:
    """Return where units of one place go; None, with a problem, when that cannot be told (rule 7)."""
    action = response.action
    given = tuple(sorted(set(response.countries)))
    if action == "unblocked":
        return _lifted(source, given, outcome, group)
    if action in OWN_RULES:
        return Place(action, given)
    if action not in RESTRICTED:
        return Place(action)
    if source.status == action and not given:
        return source
    if not given:
        return Place(action, (fold.order.jurisdiction,) if action == "withheld" else ())
    held = set(source.where) if source.status in RESTRICTED else set()
    held = {country for country in held if country.removeprefix("-") not in given} | set(given)
    if WORLDWIDE in held:
        held = {WORLDWIDE, *(country for country in held if country.startswith("-") and WORLDWIDE not in given)}
    return Place(action, tuple(sorted(held)))


def _lifted(source: Place, given: Where, outcome: Outcome, group: list[str] | None) -> Place | None:
    if not given or WORLDWIDE in given or source.status not in RESTRICTED:
        return Place("unblocked")
    who = listed([key_text(name) for name in group]) if group else "unnamed units"
    held = set(source.where)
    if not held:
        outcome.problems.append(
            f"{who}: {source.status} without a statement of where, so it cannot be lifted in {', '.join(given)} alone: "
            "leave the country out, or correct the earlier entry to name its countries"
        )
        return None
    if WORLDWIDE in held:
        lifted = held | {f"-{country}" for country in given}
    else:
        lifted = held - set(given)
        if lifted == held:
            outcome.problems.append(f"{who}: {source.status}{where_text(source.where)}, not in {', '.join(given)}")
            return None
    if not lifted:
        return Place("unblocked")
    if group is None:
        outcome.problems.append(
            f"unnamed units are {source.status}{where_text(source.where)}; to lift it in {', '.join(given)} alone, "
            "name the targets"
        )
        return None
    return Place(source.status, tuple(sorted(lifted)))
