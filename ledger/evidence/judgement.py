"""What happened to a ledger that does not fit what others hold of it, as far as that can be known.

Two things speak: checkpoints, each of which binds the first so many entries, and the links between the lines, which
break where what follows a change was not hashed anew. A checkpoint that holds shows that the entries it counts are as
they were; one that does not, that one of its entries is not. So a change lies between the newest that still holds and
the oldest that does not. What kind of change it was, the links alone can tell: where all was hashed anew, an edit, an
insertion, a deletion, a move and a ledger that was continued twice from one point look the same, and are said to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from ledger.evidence.chain import Change
from ledger.evidence.checkpoint import Checkpoint

_SHOWN: Final = 5


class Verdict(NamedTuple):
    """What happened, in one word and in a sentence; the first change lies between two entries (from 0) if they are known.

    The word is edited, deleted, inserted, reordered, cut, forked, rewritten (one of these, or several: it cannot be told
    which), another-ledger; or, of a checkpoint alone, not-signed or forged-signature.
    """

    kind: str
    first: int | None
    last: int | None
    text: str


class Given(NamedTuple):
    """A checkpoint that somebody holds, and the name it goes by."""

    name: str
    checkpoint: Checkpoint


class State(NamedTuple):
    """The ledger as it is: its origin (empty if it does not say), its number of entries, its roots over the first so many of them.

    `back` lists the lines (from 1) that were recorded before the line before them, `changes` what the links show.
    """

    origin: str
    size: int
    roots: dict[int, bytes]
    back: Sequence[int] = ()
    changes: Sequence[Change] = ()


def holds(given: Given, state: State) -> bool:
    """Tell whether a ledger extends a checkpoint."""
    checkpoint = given.checkpoint
    return _is_of(given, state) and state.roots.get(checkpoint.size) == checkpoint.root


def judge_links(state: State, first: int = 0, before: int | None = None) -> Verdict | None:
    """Return what the links alone show to have happened, from one entry on and before another; None if nothing.

    The entries before `first` are known to be as they were.
    """
    found = [change for change in state.changes if change.at >= first and (before is None or change.at < before)]
    if not found:
        return None
    kinds = {change.kind for change in found}
    kind = found[0].kind if len(kinds) == 1 else "rewritten"
    said = "; ".join(change.text for change in found[:_SHOWN])
    more = f"; and {len(found) - _SHOWN} more places" if len(found) > _SHOWN else ""
    last = found[0].last if before is None else min(found[0].last, before - 1)
    earlier = ". Or the change is older, and what follows it was hashed anew up to there" if first < found[0].at else ""
    return Verdict(kind, first, last, f"{kind}: {said}{more}{earlier}")


def judge(given: Sequence[Given], state: State) -> list[Verdict | None]:
    """Return for each checkpoint what happened to the ledger since, or None where it holds."""
    return [None if holds(item, state) else _judge(item, given, state) for item in given]


def _judge(item: Given, given: Sequence[Given], state: State) -> Verdict:
    checkpoint = item.checkpoint
    if not _is_of(item, state):
        return _of_another(item, state)
    others = [other for other in given if other.checkpoint.origin == checkpoint.origin]
    good = [other for other in others if holds(other, state)]
    known = max((other for other in good if other.checkpoint.size < checkpoint.size), key=_size, default=None)
    first = known.checkpoint.size if known else 0
    if (other := _contradicting(item, others, good)) is not None:
        return _forked(item, other, first, known)
    bad = [other.checkpoint.size for other in others if not holds(other, state)]
    before = min(size for size in bad if size > first)
    shown = judge_links(state, first, before)
    if checkpoint.size > state.size:
        return _shorter(item, state, known, shown, rewritten=before <= state.size)
    if shown is not None:
        return shown._replace(text=shown.text + _as_they_were(known))
    return Verdict("rewritten", first, before - 1, _rewritten(first, before - 1, known) + _back(state, first, before))


def _is_of(item: Given, state: State) -> bool:
    """Tell whether a checkpoint may be of this ledger: one whose first line is damaged does not say what it is."""
    return state.origin in ("", item.checkpoint.origin)


def _size(item: Given) -> int:
    return item.checkpoint.size


def _of_another(item: Given, state: State) -> Verdict:
    origin, root = item.checkpoint.origin, item.checkpoint.root
    text = f"another ledger: the checkpoint is of {origin!r}, this one is {state.origin!r}"
    if state.roots.get(item.checkpoint.size) == root:
        text += "; its root is that of this ledger all the same, so the checkpoint's own text was changed"
    return Verdict("another-ledger", None, None, text)


def _contradicting(item: Given, others: Sequence[Given], good: Sequence[Given]) -> Given | None:
    """Return a checkpoint that no ledger can have together with this one."""
    size, root = item.checkpoint.size, item.checkpoint.root
    for other in others:
        if other.checkpoint.size == size and other.checkpoint.root != root:
            return other
    # One that holds binds all the entries that this one counts, and they are other ones.
    return next((other for other in good if other.checkpoint.size > size), None)


def _forked(item: Given, other: Given, first: int, known: Given | None) -> Verdict:
    size = item.checkpoint.size
    text = (
        f"forked: no ledger has both this checkpoint and {other.name}: two histories were shown, which part "
        f"{_between(first, size - 1)}"
    )
    return Verdict("forked", first, size - 1, text + _as_they_were(known))


def _shorter(item: Given, state: State, known: Given | None, shown: Verdict | None, *, rewritten: bool) -> Verdict:
    """Judge a ledger that has fewer entries than a checkpoint counts."""
    size, first = item.checkpoint.size, known.checkpoint.size if known else 0
    numbers = f"the checkpoint counts {size:,} entries, the ledger has {state.size:,}"
    if shown is not None:
        return shown._replace(text=f"{shown.text}. {numbers[0].upper()}{numbers[1:]}{_as_they_were(known)}")
    if not state.size:
        return Verdict("cut", 0, size - 1, f"cut: {numbers}: nothing is left")
    if first == state.size:
        # All that is left is as it was at another checkpoint; whether this one is of the same history, no root shows.
        text = (
            f"cut: {numbers}: the end is gone; or this checkpoint is of another history, which parts from the ledger's "
            f"at any entry: then the ledger was forked{_as_they_were(known)}"
        )
        return Verdict("cut", None, size - 1, text)
    if rewritten:
        text = f"rewritten: {numbers}, and those are not what they were{_as_they_were(known)}"
        return Verdict("rewritten", first, size - 1, text)
    text = (
        f"cut: {numbers}: the end is gone, or entries before it were taken out and the rest hashed anew, or the "
        f"checkpoint is of another history and the ledger was forked; whether the entries from {first} on are as they were, this checkpoint cannot show{_as_they_were(known)}"
    )
    return Verdict("cut", first, size - 1, text + _back(state, first, size))


def _rewritten(first: int, last: int, known: Given | None) -> str:
    return (
        f"rewritten: an entry {_between(first, last)} was edited, inserted, deleted or moved and all that follows hashed "
        f"anew, or the ledger was forked there: which, the file does not show{_as_they_were(known)}"
    )


def _between(first: int, last: int) -> str:
    return f"at entry {first}" if first == last else f"between {first} and {last}"


def _as_they_were(known: Given | None) -> str:
    if known is None:
        return ". No older checkpoint that was given holds, so it may be any entry up to there"
    size = known.checkpoint.size
    return (
        f". Entry 0 is as it was at {known.name}"
        if size == 1
        else f". Entries 0 to {size - 1} are as they were at {known.name}"
    )


def _back(state: State, first: int, before: int) -> str:
    lines = [line for line in state.back if first < line <= before]
    if not lines:
        return ""
    return f". {backward(lines)}"


def backward(lines: Sequence[int]) -> str:
    """Say of lines that were recorded before the line before them what that may mean."""
    where = ", ".join(map(str, lines[:_SHOWN])) + (" and more" if len(lines) > _SHOWN else "")
    return f"recorded_at goes back at line {where}: a sign that lines were added or moved there, or that a clock was set back"
