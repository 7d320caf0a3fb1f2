"""What the links between lines tell about a change that was made without hashing anew what follows it.

Each line states its number and the leaf hash of the line before it. Where these do not fit, what stands around the place
says what happened: a line is gone, one was put in, one stands elsewhere, or one is not what the next says it was.
Whoever hashes all that follows anew leaves no such place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from ledger.journal.line import WITHHELD, check_line, leaf_hash

# So many changes are told apart; a file with more is another one.
_MOST: Final = 100


class Change(NamedTuple):
    """What happened (edited, deleted, inserted, reordered), between which entries (from 0), and that in words."""

    kind: str
    at: int
    last: int
    text: str


class _Line(NamedTuple):
    """What one line says: None where it does not say it; `prev` is None too where the line is withheld."""

    seq: int | None
    prev: str | None
    leaf: str
    sound: bool


class _Stated(msgspec.Struct):
    seq: int | None = None
    prev: str | None = None


_stated: Final = msgspec.json.Decoder(_Stated)


def changes(lines: Iterable[bytes]) -> list[Change]:
    """Return what the links show, in the order of the entries; lines are without LF."""
    walk = _Walk()
    before: _Line | None = None
    for line in map(_read, lines):
        if before is not None:
            walk.take(before, line)
        before = line
    if before is not None:
        walk.take(before, None)
    return walk.changes()


def _read(raw: bytes) -> _Line:
    try:
        stated = _stated.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Line(None, None, leaf_hash(raw), sound=False)
    prev = None if raw.startswith(WITHHELD) else stated.prev
    return _Line(stated.seq, prev, leaf_hash(raw), check_line(raw))


class _Walk:
    """A walk along the chain as it was: `expected` is the next number of it, `head` the hash before it if known."""

    def __init__(self) -> None:
        self.place = -1
        self.expected = 0
        self.head: str | None = ""
        # By number: what is to be said. Missing ones are told apart from those that stand elsewhere at the end.
        self.edited: dict[int, Change] = {}
        self.missing: dict[int, int] = {}
        self.strays: list[tuple[int, int | None]] = []
        self.seen: dict[int, _Line] = {}

    def take(self, line: _Line, following: _Line | None) -> None:
        """Take the next line, knowing the one that follows it."""
        self.place += 1
        goes_on = following is not None and following.seq == self.expected and self._fits(following)
        replaced = following is not None and following.seq == self.expected + 1
        if line.seq == self.expected:
            self._expected(line, stray=goes_on)
        elif goes_on:
            self._stray(line)
        elif (
            line.seq is not None and line.seq < self.expected and following is not None and following.prev == line.leaf
        ):
            # The chain goes on from this one, and not from the one before it with the same number.
            self.strays.append((self.place - 1, line.seq))
            self.head = line.leaf
        elif line.seq is None or (replaced and line.prev == self.head):
            self._edit(self.expected, sound=line.sound)
            self._accept(self.expected, None if line.seq is None else line.leaf)
        elif replaced:
            self._miss(self.expected, self.expected)
            self._stray(line)
            self._accept(self.expected, None)
        elif line.seq > self.expected:
            self._miss(self.expected, line.seq - 1)
            self._accept(line.seq, line.leaf)
        else:
            self._stray(line)

    def _fits(self, line: _Line) -> bool:
        return line.prev is None or self.head is None or line.prev == self.head

    def _expected(self, line: _Line, *, stray: bool) -> None:
        """Take a line that has the number that is due."""
        fits = self._fits(line)
        if not fits and stray:
            self._stray(line)
            return
        if not fits:
            self._edit(max(self.expected - 1, 0), sound=True)
        if not line.sound:
            self._edit(self.expected, sound=False)
        self._accept(self.expected, line.leaf)

    def _stray(self, line: _Line) -> None:
        self.strays.append((self.place, line.seq))
        if line.seq is not None and len(self.seen) < _MOST:
            self.seen[line.seq] = line

    def _accept(self, seq: int, head: str | None) -> None:
        self.expected, self.head = seq + 1, head

    def _edit(self, seq: int, *, sound: bool) -> None:
        if len(self.edited) >= _MOST:
            return
        if sound:
            # The link between two entries does not fit: which of its ends was changed, it does not say.
            text = f"entry {seq} is not what entry {seq + 1} says that it was: one of the two was changed"
            self.edited.setdefault(seq, Change("edited", seq, seq + 1, text))
        else:
            self.edited[seq] = Change("edited", seq, seq, f"entry {seq} does not fit its own check")

    def _miss(self, first: int, last: int) -> None:
        if len(self.missing) < _MOST:
            self.missing[first] = last

    def changes(self) -> list[Change]:
        """Return what was found, moved lines told apart from missing and added ones."""
        # The end of the chain may stand elsewhere.
        while (tail := self.seen.get(self.expected)) is not None and tail.prev == self.head:
            self._miss(self.expected, self.expected)
            self._accept(self.expected, tail.leaf)
        found = list(self.edited.values())
        moved = set()
        for place, seq in self.strays[:_MOST]:
            if seq is not None and self._is_missing(seq):
                moved.add(seq)
                found.append(
                    Change("reordered", min(place, seq), max(place, seq), f"entry {seq} stands on line {place + 1}")
                )
            else:
                found.append(Change("inserted", place, place, f"line {place + 1} is none of the chain's"))
        for first, last in self.missing.items():
            for begin, end in _without(first, last, moved):
                what = f"entry {begin} is" if begin == end else f"entries {begin} to {end} are"
                found.append(Change("deleted", begin, end, f"{what} missing"))
        return sorted(found, key=lambda change: change.at)

    def _is_missing(self, seq: int) -> bool:
        return any(first <= seq <= last for first, last in self.missing.items())


def _without(first: int, last: int, taken: set[int]) -> Iterator[tuple[int, int]]:
    """Give the runs of numbers from the first to the last that are left without those taken."""
    begin = first
    for seq in sorted(seq for seq in taken if first <= seq <= last):
        if begin < seq:
            yield begin, seq - 1
        begin = seq + 1
    if begin <= last:
        yield begin, last
