"""How a response moves targets: names, counts, levels and countries (DESIGN, section 2, rules 2 to 7)."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from ledger.model.balance import PENDING, Place, Where
from ledger.model.countries import WORLDWIDE
from ledger.model.entries import Response
from ledger.model.quantities import ALL_MARKS, QUALIFIER_MARK, UNKNOWN, USED_UP, show, swapped
from ledger.model.statuses import OWN_RULES, RESTRICTED, STATUSES, admits, draws
from ledger.model.targets import Target, key_text, parse_targets

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


def resolve(
    fold: Fold,
    texts: list[str],
    outcome: Outcome,
    response: Response | None = None,
    missing: int | None = None,
) -> list[str]:
    """Return the keys of the targets that a response or follow-up names (rule 2).

    A name that is not on the list identifies an unnamed unit, is admitted as an extra, or becomes a problem with
    the nearest name as a hint.
    """
    keys = []
    identified: dict[bool, list[str]] = {True: [], False: []}
    named = fold.balance.named
    for target in parse_targets(texts, fold.platform):
        if target.key in named:
            keys.append(target.key)
        elif _place_name(fold, target, response, missing, outcome):
            keys.append(target.key)
            identified[target.key in fold.admitted].append(target.text)
        else:
            outcome.problems.append(_stranger(fold, target, extra=response is not None))
    if identified[False]:
        outcome.notes.append(f"{_list(identified[False])}: not named before; taken as one of the unnamed")
    if identified[True]:
        outcome.notes.append(f"{_list(identified[True])}: admitted, though not on the order's list")
    return keys


def mention(fold: Fold, texts: list[str], response: Response, outcome: Outcome) -> None:
    """Hold the names in a statement, which moves nothing, against those of the order."""
    strangers = [target for target in parse_targets(texts, fold.platform) if target.key not in fold.balance.named]
    unnamed = fold.inexact or any(n > 0 for n in fold.balance.unnamed.values())
    for target in strangers:
        if unnamed and fold.covers(target.kind):
            outcome.notes.append(f"{target.text}: not named in the order; it may be one of the unnamed")
        elif response.extra or response.anyway:
            outcome.notes.append(f"{target.text}: not on the order's list")
        else:
            outcome.problems.append(_stranger(fold, target, extra=True))


def _place_name(fold: Fold, target: Target, response: Response | None, missing: int | None, outcome: Outcome) -> bool:
    """Find room for a name that is not on the list; return whether there was any."""
    balance = fold.balance
    action = response.action if response else "withdrawn"
    if fold.covers(target.kind):
        sources = draws(action)
        if missing is not None and missing <= 0:
            sources = (action, *sources)
        rest = tuple(status for status in STATUSES if status not in sources)
        places = balance.unnamed_in((*sources, action, *rest))
        usable = [place for place, _ in places if place.status == action or admits(action, place.status)]
        if not usable and fold.inexact:
            fold.shortfall(1, outcome)
            usable = [PENDING]
        if not usable and places and response is not None and response.anyway:
            usable = [places[0][0]]
        if usable:
            balance.identify(target.key, usable[0])
            return True
    if response is not None and response.extra:
        outcome.forced.append(f"{target.text}: not on the order's list")
        balance.admit(target.key, target.kind)
        fold.admitted.add(target.key)
        return True
    return False


def _stranger(fold: Fold, target: Target, *, extra: bool) -> str:
    known = {key_text(key): key for key in fold.balance.named}
    near = get_close_matches(key_text(target.key), known, n=1, cutoff=0.75) if len(known) <= 20_000 else []
    hint = f"; did you mean {near[0]}?" if near else ""
    admits = " (--extra admits it)" if extra else ""
    return (
        f"{target.text} is not on the order's list, and no unnamed {fold.balance.kind} is left to be it{hint}{admits}"
    )


def _by_place(fold: Fold, names: list[str]) -> dict[Place, list[str]]:
    named = fold.balance.named
    places = list(map(named.__getitem__, names))
    if len(set(places)) == 1:
        # Nearly always all stand together.
        return {places[0]: names}
    groups: dict[Place, list[str]] = {}
    for name, place in zip(names, places, strict=True):
        groups.setdefault(place, []).append(name)
    return groups


def _move_names(fold: Fold, names: list[str], response: Response, outcome: Outcome, missing: int | None) -> None:
    action = response.action
    for source, group in _by_place(fold, names).items():
        to = _destination(fold, source, response, outcome, group)
        if to is None:
            continue
        if to == source:
            _already(group, source, outcome)
        elif source.status == action or admits(action, source.status) or response.anyway:
            if source.status != action and not admits(action, source.status):
                outcome.forced.append(
                    f"{_list([key_text(name) for name in group])}: moved from {source.status} to {action}"
                )
            movers = group
            if missing is not None and source.status != action:
                movers, missing = _within_level(fold, group, missing, response, outcome)
            if movers:
                fold.balance.move_named(movers, source, to)
        else:
            outcome.problems.append(
                f"{_list([key_text(name) for name in group])}: {source.status} under this order, "
                f"and {_cannot(action)} (--anyway records it all the same)"
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
                balance.exchange(name, places[0][0])
                exchanged.append(key_text(name))
            else:
                beyond.append(key_text(name))
            continue
        movers.append(name)
        missing -= balance.counts(name)
    if exchanged:
        outcome.notes.append(f"{_list(exchanged)}: taken as one of those that are {response.action} already")
    if beyond and response.so_far is not None:
        level = response.so_far.words or response.so_far.n
        outcome.problems.append(f"{_list(beyond)}: the {level} so far are others, all of them named: raise the level")
    return movers, missing


def _cannot(action: str) -> str:
    if action == "unblocked":
        return "only what is restricted can be unblocked"
    return f"{action} takes from {', '.join(draws(action))}"


def _already(group: list[str], place: Place, outcome: Outcome) -> None:
    where = f" in {', '.join(place.where)}" if place.where else ""
    outcome.notes.append(f"{_list([key_text(name) for name in group])}: already {place.status}{where}; nothing moved")


def _destination(
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
    who = _list([key_text(name) for name in group]) if group else "unnamed units"
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
            outcome.problems.append(f"{who}: {source.status} in {', '.join(source.where)}, not in {', '.join(given)}")
            return None
    if not lifted:
        return Place("unblocked")
    if group is None:
        outcome.problems.append(
            f"unnamed units are {source.status} in {', '.join(source.where)}; to lift it in {', '.join(given)} alone, "
            "name the targets"
        )
        return None
    return Place(source.status, tuple(sorted(lifted)))


def _move_all(fold: Fold, response: Response, outcome: Outcome) -> None:
    action, balance = response.action, fold.balance
    sources = draws(action)
    if response.anyway:
        sources = tuple(status for status in STATUSES if status != action)
    takes = {*sources, action} if response.countries else set(sources)
    moved = False
    for source, group in _by_place(fold, list(balance.named)).items():
        if source.status in takes:
            to = _destination(fold, source, response, outcome, group)
            if to is not None and to != source:
                balance.move_named(group, source, to, ALL_MARKS)
                moved = True
    for source, n in balance.unnamed_in(tuple(status for status in STATUSES if status in takes)):
        to = _destination(fold, source, response, outcome, None)
        if to is not None and to != source:
            balance.move_unnamed(n, source, to, drains=ALL_MARKS)
            moved = True
    for status in sources:
        if balance.marks.get(status) and not balance.in_status(status):
            to = _destination(fold, Place(status), response, outcome, None)
            if to is not None:
                balance.move_unnamed(0, Place(status), to)
                moved = True
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


def _draw(fold: Fold, n: int, response: Response, marks: int, outcome: Outcome) -> None:
    """Draw unnamed units in the order of rule 3."""
    for place, there in fold.balance.unnamed_in(_sources(response)):
        if n <= 0:
            break
        to = _destination(fold, place, response, outcome, None)
        if to is None:
            return
        fold.balance.move_unnamed(min(n, there), place, to, marks, 0 if marks else USED_UP)
        n -= min(n, there)


def _move_count(fold: Fold, response: Response, outcome: Outcome) -> None:
    count, balance = response.count, fold.balance
    if count is None:
        return
    marks = QUALIFIER_MARK[count.qualifier]
    places = balance.unnamed_in(_sources(response))
    available = sum(n for _, n in places)
    if marks == UNKNOWN:
        marked = [Place(status) for status in _sources(response) if balance.marks.get(status)]
        source = places[0][0] if places else (marked[0] if marked else None)
        if source is None:
            outcome.problems.append(_too_many(fold, response, count.words or "some", available))
            return
        to = _destination(fold, source, response, outcome, None)
        if to is not None:
            balance.move_unnamed(0, source, to, marks, 0)
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


def _too_many(fold: Fold, response: Response, wanted: str, available: int) -> str:
    balance, action = fold.balance, response.action
    sources = _sources(response)
    named = sum(1 for place in balance.named.values() if place.status in sources)
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
    if stated == UNKNOWN:
        places = balance.unnamed_in(_sources(response))
        if reached or not places:
            outcome.notes.append(f"{reached:,} are {action} already; nothing moved")
            return
        balance.move_unnamed(0, places[0][0], Place(action), stated, 0)
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
    elif stated:
        balance.marks[action] = balance.marks.get(action, 0) | stated


def _close_gap(fold: Fold, response: Response, missing: int, marks: int, outcome: Outcome) -> None:
    balance = fold.balance
    sources = _sources(response)
    unnamed = sum(n for _, n in balance.unnamed_in(sources))
    named = [name for name, place in balance.named.items() if place.status in sources and balance.counts(name)]
    if missing > unnamed + len(named) and fold.inexact and response.action != "unblocked":
        fold.shortfall(missing - unnamed - len(named), outcome)
        unnamed = missing - len(named)
    whole = balance.in_status(response.action) + missing == balance.total
    if missing > unnamed + len(named):
        outcome.problems.append(_too_many(fold, response, f"{missing:,} more", unnamed))
    elif missing > unnamed and not whole:
        outcome.problems.append(
            f"{missing - unnamed:,} of the {missing:,} that are missing must be among the {len(named):,} that stand there by name: "
            "name them"
        )
    elif missing > unnamed:
        for source, group in _by_place(fold, named).items():
            to = _destination(fold, source, response, outcome, group)
            if to is not None:
                balance.move_named(group, source, to)
                missing -= len(group)
    _draw(fold, missing, response, marks, outcome)


def release(fold: Fold, sources: tuple[str, ...], to: str, names: list[str] | None) -> None:
    """Move open units of an order, or the named ones alone, as an authority's or a court's act does."""
    balance = fold.balance
    chosen = list(balance.named) if names is None else names
    for source, group in _by_place(fold, chosen).items():
        if source.status in sources:
            balance.move_named(group, source, Place(to), ALL_MARKS if names is None else USED_UP)
    if names is None:
        for source, n in balance.unnamed_in(sources):
            balance.move_unnamed(n, source, Place(to), drains=ALL_MARKS)
        for status in sources:
            if balance.marks.get(status) and not balance.in_status(status):
                balance.move_unnamed(0, Place(status), Place(to), drains=ALL_MARKS)


def _list(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3:,} more"
