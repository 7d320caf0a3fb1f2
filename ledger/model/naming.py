"""Which targets an entry names: those of the order, unnamed ones that get a name, extras (DESIGN, section 2, rule 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.model.balance import PENDING
from ledger.model.entries import FollowUp, Response
from ledger.model.statuses import OPEN, RESTORING_EVENTS, RESTRICTED, STATUSES, admits, draws
from ledger.model.targets import Target, key_text, parse_targets

if TYPE_CHECKING:
    from ledger.model.postings import Fold, Outcome


def resolve(
    fold: Fold,
    texts: list[str],
    outcome: Outcome,
    entry: Response | FollowUp,
    missing: int | None = None,
) -> list[str]:
    """Return the keys of the targets that a response or follow-up names (rule 2).

    A name that is not on the list identifies an unnamed unit, is admitted as an extra, or becomes a problem with
    the nearest name as a hint.
    """
    targets = parse_targets(texts, fold.platform)
    keys = [target.key for target in targets]
    named = fold.balance.named
    if named.keys() >= set(keys):
        # Nearly always all are on the list.
        return keys
    keys = []
    identified: dict[bool, list[str]] = {True: [], False: []}
    for target in targets:
        if target.key in named:
            keys.append(target.key)
        elif _place_name(fold, target, entry, missing, outcome):
            keys.append(target.key)
            identified[target.key in fold.admitted].append(target.text)
        else:
            outcome.problems.append(_stranger(fold, target, entry, hint=not outcome.problems))
    if identified[False]:
        outcome.notes.append(f"{listed(identified[False])}: not named before; taken as one of the unnamed")
    if identified[True]:
        outcome.notes.append(f"{listed(identified[True])}: admitted, though not on the order's list")
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
            outcome.problems.append(_stranger(fold, target, response, hint=not outcome.problems))


def _place_name(fold: Fold, target: Target, entry: Response | FollowUp, missing: int | None, outcome: Outcome) -> bool:
    """Find room for a name that is not on the list; return whether there was any."""
    balance = fold.balance
    if fold.covers(target.kind):
        first = _looked_for(entry, missing)
        rest = tuple(status for status in STATUSES if status not in first)
        places = [place for place, _ in balance.unnamed_in((*first, *rest))]
        usable = [place for place in places if _takes(entry, place.status)]
        anyway = isinstance(entry, Response) and entry.anyway
        if not usable and anyway:
            usable = places
        if not usable and fold.inexact and (anyway or _takes(entry, PENDING.status)):
            fold.shortfall(1, outcome)
            usable = [PENDING]
        if usable:
            balance.identify(target.key, usable[0])
            return True
    if isinstance(entry, Response) and entry.extra:
        outcome.forced.append(f"{target.text}: not on the order's list")
        balance.admit(target.key, target.kind)
        fold.admitted.add(target.key)
        return True
    return False


def _looked_for(entry: Response | FollowUp, missing: int | None) -> tuple[str, ...]:
    """Return the statuses in which a name is looked for first among the unnamed."""
    if isinstance(entry, Response):
        sources = draws(entry.action)
        return (entry.action, *sources) if missing is not None and missing <= 0 else (*sources, entry.action)
    if entry.event in ("unblock-requested", "stayed"):
        return RESTRICTED
    if entry.event in RESTORING_EVENTS:
        return ("withdrawn",)
    return ("not-enough-info",) if entry.event == "clarified" else OPEN


def _takes(entry: Response | FollowUp, status: str) -> bool:
    """Tell whether an entry can be about a target in a status: what an authority says can be about any."""
    return isinstance(entry, FollowUp) or status == entry.action or admits(entry.action, status)


def _stranger(fold: Fold, target: Target, entry: Response | FollowUp, *, hint: bool) -> str:
    from difflib import get_close_matches

    known = {key_text(key): key for key in fold.balance.named} if hint and len(fold.balance.named) <= 20_000 else {}
    near = get_close_matches(key_text(target.key), known, n=1, cutoff=0.75)
    meant = f"; did you mean {near[0]}?" if near else ""
    admits = " (--extra admits it)" if isinstance(entry, Response) else ""
    kind = fold.balance.kind
    left = [place.status for place, _ in fold.balance.unnamed_in(STATUSES)] if fold.covers(target.kind) else []
    if kind not in ("any", target.kind):
        why = f"is no {kind}, which the unnamed are"
    elif left and isinstance(entry, Response):
        why = f"the unnamed stand in {', '.join(dict.fromkeys(left))}, and {cannot(entry.action)}"
    else:
        why = f"no unnamed {kind} is left to be it"
    return f"{target.text} is not on the order's list, and {why}{meant}{admits}"


def cannot(action: str) -> str:
    """Say from which statuses alone an action takes."""
    if action == "unblocked":
        return "only what is restricted can be unblocked"
    return f"{action} takes from {', '.join(draws(action))}"


def listed(names: list[str]) -> str:
    """Return some names as a message shows them: three, and how many more."""
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3:,} more"
