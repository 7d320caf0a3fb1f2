"""A second process that drafts orders while the first one reads and writes.

It is a matter of time alone: where it cannot be had or ends early, orders are decided on in turn as ever, and whatever it
says is held against what the ledger holds by then.
"""

from __future__ import annotations

import gc
import marshal
import os
import struct
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Final, Self

from ledger.drafting import Draft, draft
from ledger.index.projection import Rows
from ledger.stories import Entries, Story, Unit, entries_of, stories, weight

if TYPE_CHECKING:
    from subprocess import Popen

# A second process is worth its start once stories of this weight were read.
WORTH: Final = 40_000
# How much is handed over at once; it should fit into a pipe, so that nobody waits to hand it over.
_TOGETHER: Final = 2_000
# What comes before each message: a word by which it is known for one, and how long it is.
_HEAD: Final = struct.Struct("<8sQ")
_WORD: Final = b"drafting"
# What the second process runs: the same program, wherever it was found.
_PROGRAM: Final = "import sys; sys.path[:] = sys.argv[3:]; from ledger.clerk import serve; serve(*sys.argv[1:3])"


def drafted(units: Iterable[Unit], zone: str, now: str) -> Generator[tuple[Story, Draft | None]]:
    """Give all units in turn, those of one order together, with a draft of them where there is one."""
    given = stories(units)
    seen = 0
    for story in given:
        yield story, None
        seen += weight(story)
        if seen >= WORTH:
            break
    if seen < WORTH or _processors() < 2:
        yield from ((story, None) for story in given)
        return
    with Clerk(zone, now) as clerk:
        before: list[Story] = []
        made: list[Draft | None] = []
        while after := _some(given):
            entries = [entries_of(story) for story in after]
            own: list[Draft | None] = []
            while len(own) < len(entries) and not clerk.is_ready():
                own.append(draft(entries[len(own)], zone, now))
            made += clerk.drafts()
            clerk.hand(entries[len(own) :])
            yield from zip(before, made, strict=True)
            before, made = after, own
        yield from zip(before, made + clerk.drafts(), strict=True)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _some(given: Iterator[Story]) -> list[Story]:
    found = []
    together = 0
    for story in given:
        found.append(story)
        together += weight(story)
        if together >= _TOGETHER:
            break
    return found


class Clerk:
    """The second process, seen from the first: what is handed over comes back as drafts, in the same order."""

    def __init__(self, zone: str, now: str) -> None:
        self._handed = 0
        self._process: Popen[bytes] | None = None
        if not sys.executable:
            return
        # Most imports are over before this is needed.
        import subprocess

        with suppress(OSError, ValueError):
            # In a session of its own: an interrupt at the terminal is for the first process, which ends this one.
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                [sys.executable, *_flags(), "-P", "-c", _PROGRAM, zone, now, *filter(_is_text, sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()

    def is_ready(self) -> bool:
        """Tell whether there is no need to wait for the drafts of what was handed over last."""
        if self._process is None or self._process.stdout is None or not self._handed:
            return True
        import select

        try:
            return bool(select.select([self._process.stdout], [], [], 0)[0])
        except (OSError, ValueError):
            # Where pipes cannot be asked, or too many files are open.
            return True

    def hand(self, units: list[Entries]) -> None:
        """Hand over the entries of some units; the drafts of those before have been taken back."""
        self._handed = len(units)
        if self._process is None or self._process.stdin is None or not units:
            return
        try:
            _put(self._process.stdin, units)
        except (OSError, ValueError):
            # It has ended, or holds what no line can carry.
            self._end()

    def drafts(self) -> list[Draft | None]:
        """Return the drafts of what was handed over last; None where there is none."""
        nothing: list[Draft | None] = [None] * self._handed
        if self._process is None or self._process.stdout is None or not self._handed:
            return nothing
        try:
            found = _take(self._process.stdout)
        except (OSError, ValueError, EOFError):
            found = None
        if found is None:
            self._end()
            return nothing
        return [None if made is None else _opened(*made) for made in found]


def _opened(names: Any, records: Any, digests: Any, rows: Any) -> Draft:
    return Draft(names, records, digests, Rows(*rows))


def serve(zone: str, now: str) -> None:
    """Draft what comes in by standard input until it ends."""
    # Nothing here refers to itself.
    gc.disable()
    # Python's own may be without a buffer, and then write a part.
    given, out = os.fdopen(0, "rb"), os.fdopen(1, "wb")
    while (units := _take(given)) is not None:
        made = (draft(entries, zone, now) for entries in units)
        _put(out, [None if one is None else (*one[:-1], tuple(one.rows)) for one in made])


def _flags() -> list[str]:
    """Return how this Python was started, as far as that keeps it from reading or writing what it should not."""
    flags = {
        "-E": sys.flags.ignore_environment,
        "-s": sys.flags.no_user_site,
        "-B": sys.flags.dont_write_bytecode,
    }
    return [flag for flag, is_set in flags.items() if is_set]


def _is_text(place: object) -> bool:
    return isinstance(place, str)


def _put(pipe: IO[bytes], content: Any) -> None:
    data = marshal.dumps(content)
    pipe.write(_HEAD.pack(_WORD, len(data)) + data)
    pipe.flush()


def _take(pipe: IO[bytes]) -> Any:
    """Return what came through a pipe; None at its end, or when something else came."""
    head = pipe.read(_HEAD.size)
    if not head.startswith(_WORD) or len(head) < _HEAD.size:
        return None
    _, size = _HEAD.unpack(head)
    data = pipe.read(size)
    return marshal.loads(data) if len(data) == size else None  # noqa: S302 - written by this program
