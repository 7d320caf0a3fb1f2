"""How a response moves targets: names, counts, levels and countries (DESIGN, section 2, rules 2 to 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.model.balance import Place
from ledger.model.countries import WORLDWIDE
from ledger.model.entries import Response
from ledger.model.naming import cannot, listed, resolve
from ledger.model.quantities import ALL_MARKS, QUALIFIER_MARK, UNKNOWN, USED_UP, show, swapped
from ledger.model.statuses import OWN_RULES, RESTRICTED, STATUSES, admits, draws
from ledger.model.targets import key_text
from ledger.model.whereabouts import destination, holds_in, where_text

if TYPE_CHECKING:
    from ledger.model.postings import Fold, Outcome


def apply_response(fold: Fold, response: Response, outcome: Outcome) -> None:
    """Move what a response says; keep as problems what cannot be moved."""
    action = response.action
    if fold.order.informs and (action in RESTRICTED or action in OWN_RULES or action == "unblocked"):
        outcome.problems.append(f"the order asks for information: it can be provided or refused, not {action}")
        return
    if action == "provided" and not fold.order.informs:
        outcome.problems.append("the order asks for an act, not for information: nothing can be provided under it")
        return
    if fold.repeats:
        outcome.problems.append(f"the order only repeats {fold.order.relates_to}: respond to that one")
        return
    if response.countries and action not in (*RESTRICTED, *OWN_RULES, "unblocked"):
        outcome.notes.append(f"{', '.join(response.countries)}: said of {action}, which holds in no country")
    if response.all:
        _move_all(fold, response, outcome)
        return
    level = response.so_far
    missing = level.n - fold.balance.in_status(action) if level else None
    names = resolve(fold, response.targets, outcome, response, missing) if response.targets else []
    if names:
        _move_names(fold, names, response, outcome, missing)
    if response.count is not None:
        _move_count(fold, response, outcome)
    if response.so_far is not None:
        _reach_level(fold, response, outcome)


def _move_names(fold: Fold, names: list[str], response: Response, outcome: Outcome, missing: int | None) -> None:
    action = response.action
    for source, group in fold.balance.by_place(names).items():
        to = destination(fold, source, response, outcome, group)
        if to is None:
            continue
        if to == source:
            _already(group, source, outcome)
        elif source.status == action or admits(action, source.status) or response.anyway:
            if source.status != action and not admits(action, source.status):
                outcome.forced.append(
                    f"{listed([key_text(name) for name in group])}: moved from {source.status} to {action}"
                )
            movers = group
            if missing is not None and source.status != action:
                movers, missing = _within_level(fold, group, missing, response, outcome)
            if movers:
                fold.balance.move_named(movers, source, to)
        else:
            outcome.problems.append(
                f"{listed([key_text(name) for name in group])}: {source.status} under this order, "
                f"and {cannot(action)} (--anyway records it all the same)"
            )


def _within_level(
    fold: Fold, group: list[str], missing: int, response: Response, outcome: Outcome
) -> tuple[list[str], int]:
    """Return the names that must move to reach a level, and what is then missing.

    Once the level is reached, a name was one of its unnamed units (rule 4).
    """
    balance, movers, beyond, exchanged = fold.balance, [], [], []
    for name in group:
        if balance.counts(name) and missing <= 0:
            places = balance.unnamed_in((response.action,))
            if places:
                place = places[0][0]
                balance.exchange(name, place)
                exchanged.append(key_text(name))
                to = destination(fold, place, response, outcome, [name])
                if to is not None and to != place:
                    balance.move_named([name], place, to)
            else:
                beyond.append(key_text(name))
            continue
        movers.append(name)
        missing -= balance.counts(name)
    if exchanged:
        outcome.notes.append(f"{listed(exchanged)}: taken as one of those that are {response.action} already")
    if beyond and response.so_far is not None:
        level = response.so_far.words or response.so_far.n
        outcome.problems.append(f"{listed(beyond)}: the {level} so far are others, all of them named: raise the level")
    return movers, missing


def _already(group: list[str], place: Place, outcome: Outcome) -> None:
    where = where_text(place.where)
    outcome.notes.append(f"{listed([key_text(name) for name in group])}: already {place.status}{where}; nothing moved")


def _move_all(fold: Fold, response: Response, outcome: Outcome) -> None:
    action, balance = response.action, fold.balance
    sources = draws(action)
    if response.anyway:
        sources = tuple(status for status in STATUSES if status != action)
    takes = {*sources, action} if response.countries else set(sources)
    moved = False
    beyond: set[str] = set()
    for source, group in balance.by_place(list(balance.named)).items():
        if source.status in takes and holds_in(source, response):
            to = destination(fold, source, response, outcome, group)
            if to is not None and to != source:
                balance.move_named(group, source, to, ALL_MARKS)
                beyond.add(source.status)
                moved = True
    for source, n in balance.unnamed_in(tuple(status for status in STATUSES if status in takes)):
        to = destination(fold, source, response, outcome, None) if holds_in(source, response) else None
        if to is not None and to != source:
            balance.move_unnamed(n, source, to, drains=ALL_MARKS)
            beyond.add(source.status)
            moved = True
    for status in sources:
        if balance.marks.get(status) and not balance.in_status(status):
            to = destination(fold, Place(status), response, outcome, None)
            if to is not None:
                balance.move_unnamed(0, Place(status), to, drains=ALL_MARKS)
                moved = True
    beyond.difference_update(draws(action), (action,))
    if beyond:
        outcome.forced.append(f"all {action}, those in {', '.join(sorted(beyond))} too")
    if moved or outcome.problems:
        return
    if balance.in_status(action) or any(place.status == action for place in balance.named.values()):
        outcome.notes.append(f"all are {action} already; nothing moved")
    else:
        outcome.problems.append(f"nothing to move: no target of the order stands in {', '.join(sources)}")


def _sources(response: Response) -> tuple[str, ...]:
    sources = draws(response.action)
    if response.anyway:
        sources += tuple(status for status in STATUSES if status not in sources and status != response.action)
    return sources


def _unnamed(fold: Fold, response: Response) -> list[tuple[Place, int]]:
    """Return the unnamed units that a response can draw from, in the order in which it does.

    A lift in some countries draws from what holds in these alone, then from what it cannot lift whole.
    """
    places = fold.balance.unnamed_in(_sources(response))
    given = set(response.countries)
    if response.action != "unblocked" or not given or WORLDWIDE in given:
        return places
    whole = [(place, n) for place, n in places if place.where and given.issuperset(place.where)]
    partly = [
        (place, n)
        for place, n in places
        if (place, n) not in whole
        and (not place.where or WORLDWIDE in place.where or not given.isdisjoint(place.where))
    ]
    return [*whole, *partly]


def _draw(fold: Fold, n: int, response: Response, marks: int, outcome: Outcome) -> None:
    """Draw unnamed units in the order of rule 3."""
    for place, there in _unnamed(fold, response):
        if n <= 0:
            break
        to = destination(fold, place, response, outcome, None)
        if to is None:
            return
        fold.balance.move_unnamed(min(n, there), place, to, marks, 0 if marks else USED_UP)
        n -= min(n, there)


def _move_count(fold: Fold, response: Response, outcome: Outcome) -> None:
    count, balance = response.count, fold.balance
    if count is None:
        return
    marks = QUALIFIER_MARK[count.qualifier]
    available = sum(n for _, n in _unnamed(fold, response))
    if marks == UNKNOWN:
        _move_some(fold, response, count.words or "some", outcome)
        return
    if count.n > available and response.action != "unblocked" and fold.inexact:
        fold.shortfall(count.n - available, outcome)
    elif count.n > available:
        outcome.problems.append(_too_many(fold, response, f"{count.n:,}", available))
    regular = sum(n for _, n in balance.unnamed_in(draws(response.action)))
    if response.anyway and count.n > regular:
        outcome.forced.append(
            f"{count.n:,} {response.action}, though only {regular:,} stood in {', '.join(draws(response.action))}"
        )
    if count.n == 0:
        outcome.notes.append("a count of 0: nothing moved")
    _draw(fold, count.n, response, marks, outcome)


def _move_some(fold: Fold, response: Response, words: str, outcome: Outcome) -> None:
    """Move units of which no number is stated."""
    balance = fold.balance
    marked = [Place(status) for status in _sources(response) if balance.marks.get(status)]
    source = next((place for place, _ in _unnamed(fold, response)), marked[0] if marked else None)
    if source is None:
        outcome.problems.append(_too_many(fold, response, words, 0))
        return
    to = destination(fold, source, response, outcome, None)
    if to is not None:
        balance.move_unnamed(0, source, to, UNKNOWN, 0)


def _too_many(fold: Fold, response: Response, wanted: str, available: int) -> str:
    balance, action = fold.balance, response.action
    sources = _sources(response)
    named = sum(1 for name, place in balance.named.items() if place.status in sources and balance.counts(name))
    standing = ", ".join(f"{status} {n:,}" for status in STATUSES if (n := balance.in_status(status)))
    hint = f"; {named:,} more stand there by name: name them, or say --all" if named else ""
    return (
        f"{wanted} cannot be {action}: {available:,} unnamed stand in {', '.join(sources)}{hint} "
        f"(the order holds {balance.total:,}: {standing or 'nothing'})"
    )


def _reach_level(fold: Fold, response: Response, outcome: Outcome) -> None:
    """Move what is missing to reach a level in a status (rule 4)."""
    level, balance, action = response.so_far, fold.balance, response.action
    if level is None:
        return
    stated = QUALIFIER_MARK[level.qualifier]
    reached = balance.in_status(action)
    missing = level.n - reached
    if missing < 0:
        if level.qualifier in ("at-least", "unknown"):
            outcome.notes.append(
                f"{reached:,} are {action} already, which {level.words or 'the level'!r} allows; nothing moved"
            )
            return
        booked = show(reached, "about" if balance.marks.get(action) else "exact")
        outcome.problems.append(
            f"{level.words or level.n} so far is below the {booked} that are booked as {action}: "
            "record what was lifted, or correct the earlier entry"
        )
        return
    if not level.n and not stated and balance.marks.get(action, 0) & UNKNOWN and balance.marks.get(""):
        outcome.problems.append(f"0 so far is below the some that are booked as {action}: correct the earlier entry")
        return
    if stated == UNKNOWN:
        if reached or balance.marks.get(action):
            outcome.notes.append(f"{show(reached, 'exact') if reached else 'some'} are {action} already; nothing moved")
        else:
            _move_some(fold, response, level.words or "some", outcome)
        return
    marks = stated | swapped(balance.marks.get(action, 0))
    if missing:
        _close_gap(fold, response, missing, marks, outcome)
    else:
        outcome.notes.append(f"{level.n:,} are {action} already; nothing moved")
    if not stated and not outcome.problems:
        balance.clear(action)
        if balance.in_status(action) == balance.total and not balance.marks.get(""):
            # The whole of an exact amount stands here, so there is nothing anywhere else.
            for status in list(balance.marks):
                balance.clear(status)
    elif stated and missing:
        balance.marks[action] = balance.marks.get(action, 0) | stated


def _close_gap(fold: Fold, response: Response, missing: int, marks: int, outcome: Outcome) -> None:
    balance = fold.balance
    sources = _sources(response)
    unnamed = sum(n for _, n in _unnamed(fold, response))
    named = [name for name, place in balance.named.items() if place.status in sources and balance.counts(name)]
    if missing > unnamed + len(named) and fold.inexact and response.action != "unblocked":
        fold.shortfall(missing - unnamed - len(named), outcome)
        unnamed = missing - len(named)
    whole = balance.in_status(response.action) + missing == balance.total
    regular = sum(n for _, n in balance.unnamed_in(draws(response.action)))
    regular += sum(1 for name in named if balance.named[name].status in draws(response.action))
    if response.anyway and missing > regular:
        outcome.forced.append(
            f"{missing:,} more {response.action}, though only {regular:,} stood in {', '.join(draws(response.action))}"
        )
    if missing > unnamed + len(named):
        outcome.problems.append(_too_many(fold, response, f"{missing:,} more", unnamed))
    elif missing > unnamed and not whole:
        outcome.problems.append(
            f"{missing - unnamed:,} of the {missing:,} that are missing must be among the {len(named):,} that stand there by name: "
            "name them"
        )
    elif missing > unnamed:
        for source, group in balance.by_place(named).items():
            to = destination(fold, source, response, outcome, group)
            if to is not None:
                balance.move_named(group, source, to)
                missing -= len(group)
    _draw(fold, missing, response, marks, outcome)
