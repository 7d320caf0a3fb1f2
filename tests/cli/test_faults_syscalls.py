"""Every system call of an append made to fail in turn: the ledger is as it was, or has the whole entry, and the exit code tells which.

A fault is injected by strace into real processes (see syscalls.py). What is injected is chosen by what was recorded:

- of the calls on the ledger, its lock, its folder and the two outputs, each position by itself;
- of those on the index, which is a cache, the first, the middle one and the last of each call on each of its files;
- calls that only ask (stat, seek, ...) fail with EIO, reads with EINTR too: no code tells one error from another there,
  and a process killed at one of them leaves what it leaves when it is killed at the next call that changes something.

A close is made to fail after it closed, as on Linux. What Python itself asks about its outputs is not the program's.

A count that is claimed though nothing was done (`retval=`) is a disk that lies. Writes that are really short are had by
a limit to the length of files: test_faults_writing.py has them, and here the undoing of them fails too.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from itertools import count, product
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from ledger.book import Ledger
from ledger.cli.app import app
from ledger.journal.line import check_line
from tests.cli.syscalls import CALLS, STAMP, TOGETHER, Call, Ended, Processes, missing

if reason := missing():
    pytest.skip(f"system calls cannot be made to fail: {reason}", allow_module_level=True)

ORDER = (
    "add-order", "--id", "NEW", "--authority", "Example Office", "--jurisdiction", "IN", "--platform", "twitter",
    "--received", "2021-02-01", "--note", "as announced", "@example_one",
)  # fmt: skip
NEXT = tuple("NEXT" if word == "NEW" else word for word in ORDER)
OLD = tuple(tuple(f"OLD-{number}" if word == "NEW" else word for word in ORDER) for number in range(3))
PRIVATE = ("init", "--private", "targets,note")
RESPONSE = ("respond", "OLD-1", "blocked", "@example_one", "--at", "2021-02-02")
TORN: Final = b'{"action":"acknow'

# Calls by which something changes, or by which it is known that it did.
CHANGING: Final = {
    "openat", "open", "write", "pwrite64", "ftruncate", "fsync", "fdatasync", "flock", "rename", "unlink", "fchown", "fchmod"
}  # fmt: skip
INDEX: Final = "ledger.jsonl.index"


class Scene(NamedTuple):
    """What lies there before, made by commands, and the command that is run."""

    words: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = OLD
    torn: bytes = b""
    indexed: bool = True


SCENES: Final = {
    "an order": Scene(ORDER),
    "a response": Scene(RESPONSE),
    "a first entry": Scene(ORDER, before=()),
    "an order after an unfinished line": Scene(ORDER, torn=TORN),
    "an order without an index": Scene(ORDER, indexed=False),
    "an order with private fields": Scene(ORDER, before=(PRIVATE, *OLD)),
    "a first order with private fields": Scene(ORDER, before=(PRIVATE,), indexed=False),
}


def quietly(path: Path, *words: str) -> Ended:
    """Run the command line in this process."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = app(["--file", str(path), *words])
    return Ended(code, out.getvalue(), err.getvalue())


def contents(raw: bytes) -> list[dict[str, object]] | None:
    """Return what whole lines say in clear, but for what differs each time; None if one is not whole."""
    if not raw.endswith(b"\n") or not all(map(check_line, raw.split(b"\n")[:-1])):
        return None
    varying = ["recorded_at", "created", "id", "origin", "prev", "~", "_sd"]
    entries = [json.loads(line) for line in raw.split(b"\n")[:-1]]
    varying += ["targets"] if b'"_sd"' in raw else []
    return [
        {name: value for name, value in entry.items() if name not in varying or (name == "id" and value == "NEW")}
        for entry in entries
    ]


class Stage:
    """A ledger that is brought back to the same state before each case; its file stays the same, as the index asks."""

    def __init__(self, path: Path, scene: Scene) -> None:
        self.path, self.scene = path, scene
        self.index = path.with_name(f"{path.name}.index")
        for words in scene.before:
            assert quietly(path, *words).code == 0
        self.whole = self.found()
        self.before = self.whole + scene.torn
        self._index = self.index.read_bytes() if self.index.exists() else b""
        self._kept = {
            item: (self.before if item == path else item.read_bytes(), item.stat().st_mtime_ns)
            for item in (path, path.with_name(f"{path.name}.private"))
            if item.exists()
        }
        self._after: dict[tuple[object, ...], str] = {}

    def set(self) -> None:
        """Bring everything back."""
        for item in self.path.parent.iterdir():
            if item not in self._kept:
                item.unlink()
        for item, (content, changed) in self._kept.items():
            # The same file with the same time: another would have its index made anew.
            with item.open("r+b") as file:
                file.truncate(0)
                file.write(content)
            os.utime(item, ns=(changed, changed))
        if self.scene.indexed and self._index:
            self.index.write_bytes(self._index)
            self.index.chmod(0o600)

    def found(self) -> bytes:
        return self.path.read_bytes() if self.path.exists() else b""

    def unchanged(self, raw: bytes) -> bool:
        """Tell whether nothing was added; an unfinished line may have been saved and cut."""
        copy = self.path.with_name(f"{self.path.name}.torn-{STAMP}-1")
        cut = self.scene.torn and raw == self.whole and copy.exists() and copy.read_bytes() == self.scene.torn
        return raw == self.before or bool(cut)

    def wrong(self, said: Ended, expected: Ended, entry: list[dict[str, object]], *, doubtful: bool) -> str:
        """Say what is wrong after a case; with `doubtful` the program may say that it could not undo what it did."""
        raw = self.found()
        there = raw.startswith(self.whole) and contents(raw[len(self.whole) :]) == entry
        lines = said.err.split("\n")[:-1]
        if "Traceback" in said.err or len(lines) > 4 or not all(line.startswith("ledger: ") for line in lines):
            return "stderr is no plain line"
        if doubtful and said.code == 4 and re.search("could not be cut back|does not confirm it", said.err):
            if not raw.startswith(self.whole):
                return "what was there before is not"
        elif not there and not self.unchanged(raw):
            return f"the ledger is something between: {raw[len(self.whole) :]!r}"
        elif said.code == 0 and not (there and said.out == expected.out):
            return "exit code 0, but the entry or its receipt is not there"
        elif said.code == 4 and "stands" in said.err and not there:
            return "it says that the entry stands, but it does not"
        elif said.code > 0 and not (said.code == 4 and "stands" in said.err) and there:
            return "the entry is there, and the exit code does not say so"
        elif said.code > 0 and not lines:
            return "it failed without a word"
        left = self._left()
        if left not in self._after:
            self._after[left] = self._try(raw, there=there)
        return self._after[left]

    def _left(self) -> tuple[object, ...]:
        """Return all that is there, down to what the index knows its ledger by: the same is tried once."""
        found = self.path.stat() if self.path.exists() else None
        changed = str(found.st_mtime_ns).encode() if found else b"-"
        files = sorted(self.path.parent.iterdir())
        whole = [(item.name, item.stat().st_mode, item.read_bytes().replace(changed, b"its time")) for item in files]
        return (found and found.st_ino, *whole)

    def _try(self, raw: bytes, *, there: bool) -> str:
        """Say what is wrong with what can be done then."""
        if (raw.endswith(b"\n") and (checked := quietly(self.path, "verify")).code) or (
            (checked := quietly(self.path, *NEXT)).code or (checked := quietly(self.path, "verify")).code
        ):
            return f"afterwards: {checked}"
        with Ledger(self.path) as book:
            added = [
                (entry.get("note"), entry.get("targets"))
                for entry in book.table("entries").all()
                if entry.get("id") == "NEW"
            ]
        if added != ([("as announced", ["@example_one"])] if there and self.scene.words is ORDER else []):
            return f"what the entry says is {added}"
        left = {item.name.removeprefix(self.path.name) for item in self.path.parent.iterdir()}
        if more := {
            name for name in left if not re.fullmatch(r"(|\.lock|\.private|\.index(-wal|-shm)?|\.torn-\w+-1)", name)
        }:
            return f"files are left: {more}"
        return ""


def is_index(call: Call) -> bool:
    return INDEX in call.place


def chosen(calls: list[Call], wanted: Callable[[Call], bool]) -> list[Call]:
    """Return the positions to be tried: each on the journal's files, three of each call on each file of the index."""
    kept = [call for call in calls if wanted(call) and not is_index(call)]
    alike: dict[tuple[str, str], list[Call]] = {}
    for call in calls:
        if wanted(call) and is_index(call):
            alike.setdefault((call.name, call.place), []).append(call)
    for same in alike.values():
        kept += dict.fromkeys((same[0], same[len(same) // 2], same[-1]))
    return kept


class Trial(NamedTuple):
    """How calls fail, and which; with `onwards` all later calls of that name on the ledger's files fail too."""

    injection: str
    wanted: Callable[[Call], bool]
    onwards: bool = False


def is_output(call: Call) -> bool:
    return call.place in ("out", "err")


def is_receipt(call: Call) -> bool:
    return (call.name, call.place) == ("write", "out")


def journal(*names: str) -> Callable[[Call], bool]:
    """Return what chooses calls on the ledger's own files and its folder, and the writing of the receipt."""
    return lambda call: not is_index(call) and call.name in names and (not is_output(call) or is_receipt(call))


def index(*names: str) -> Callable[[Call], bool]:
    return lambda call: is_index(call) and call.name in names


def unseen(*names: str) -> Callable[[Call], bool]:
    """Return what chooses calls that may lie; a receipt that an output only claims to have taken is none of them."""
    return lambda call: call.name in names and not is_index(call) and not is_output(call)


TRIALS: Final = {
    "EIO": Trial("error=EIO", journal(*TOGETHER)),
    "EINTR": Trial("error=EINTR", journal(*CHANGING, "pread64", "read")),
    "ENOSPC": Trial("error=ENOSPC", journal(*CHANGING)),
    "a kill": Trial("signal=KILL", journal(*CHANGING)),
    "EIO from then on": Trial("error=EIO", journal(*CHANGING), onwards=True),
    "ENOSPC from then on": Trial("error=ENOSPC", journal("write", "fsync", "openat"), onwards=True),
    "nothing taken or given": Trial("retval=0", unseen("write", "pread64", "read")),
    "a part claimed": Trial("retval=7", unseen("write")),
    "EIO of the index": Trial("error=EIO", index(*TOGETHER)),
    "ENOSPC of the index": Trial("error=ENOSPC", index("openat", "write", "pwrite64", "ftruncate", "fdatasync")),
    "a kill at the index": Trial("signal=KILL", index("pwrite64", "ftruncate", "unlink", "rename", "fdatasync")),
    "EIO of the index from then on": Trial("error=EIO", index("openat", "pwrite64", "unlink", "rename"), onwards=True),
    "nothing taken or given by the index": Trial("retval=0", index("pwrite64", "pread64", "read")),
}
# By themselves, as Python makes other calls for them too.
SINGLE: Final = {
    "EIO of the index's map": Trial("error=EIO", index("mmap")),
    "EIO of the folder's names": Trial("error=EIO", journal("getdents64")),
}
PRIVATELY: Final = ("an order with private fields", "a first order with private fields")
OPENLY: Final = ("an order", "a first entry", "an order after an unfinished line")


def scenes(trial: str) -> list[str]:
    """Return the scenes in which a way to fail is tried."""
    if trial == "EIO of the index's map":
        return ["an order"]
    if trial == "EIO of the folder's names":
        return ["a first entry"]
    if "index" in trial:
        without = ["an order without an index"] if trial in ("EIO of the index", "a kill at the index") else []
        return ["an order", "a first entry", *without]
    responses = ["a response"] if trial in ("EIO", "EIO from then on") else []
    private = PRIVATELY if trial in ("EIO", "ENOSPC", "a kill", "EIO from then on", "a part claimed") else ()
    return [*OPENLY, *responses, *private]


class Control(NamedTuple):
    """What a process does that nothing befalls."""

    calls: list[Call]
    said: Ended
    entry: list[dict[str, object]]


@pytest.fixture(scope="module")
def controls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Control]:
    """Record, for each scene, the calls on the files that matter, what is printed and what is added."""
    found = {}
    for name, scene in SCENES.items():
        processes = Processes(tmp_path_factory.mktemp("record"), calls=CALLS)
        with processes:
            stage = Stage(processes.path, scene)
            stage.set()
            said = processes.run(*scene.words)
            entry = contents(stage.found()[len(stage.whole) :])
        assert (said.code, entry is None) == (0, False), said
        found[name] = Control(processes.recorded()[-1], said, entry or [])
    return found


def beyond(calls: list[Call], name: str) -> int:
    """Return a number that no call of a name has, even where a few more are made because another one failed."""
    return max((call.nth for call in calls if call.name == name), default=0) + 24


def attempt(folder: Path, names: Iterable[str], controls: dict[str, Control], how: Trial) -> tuple[int, list[str]]:
    """Let each chosen call fail in turn in some scenes; return how many there were, and what went wrong."""
    calls = {
        name: [call for call in chosen(controls[name].calls, how.wanted) if not (how.onwards and is_output(call))]
        for name in names
    }
    kinds = tuple(dict.fromkeys(call.name for made in calls.values() for call in made))
    at = {kind: max(beyond(controls[name].calls, kind) for name in calls) for kind in kinds}
    killing = how.injection == "signal=KILL"
    wrong = []
    with Processes(folder, how.injection, kinds, at=at, onwards=how.onwards, outputs=not how.onwards) as processes:
        for name, control in ((name, controls[name]) for name in calls):
            for left in processes.path.parent.iterdir():
                left.unlink()
            stage = Stage(processes.path, SCENES[name])
            for call in calls[name]:
                stage.set()
                said = processes.run(*stage.scene.words, call=call.name, nth=call.nth)
                problem = stage.wrong(said, control.said, control.entry, doubtful=how.onwards)
                if killing != (said.code < 0):
                    problem = problem or f"the process ended with {said.code}"
                if problem:
                    wrong.append(f"{name}, {call}: {problem}: {said}")
    # Each case was one: in its process a call did fail. Each scene has some.
    tried = sum(map(len, calls.values()))
    assert killing or processes.injected() >= tried
    assert all(calls.values())
    return tried, wrong


@pytest.mark.parametrize("trial", TRIALS | SINGLE)
def test_an_append_of_which_a_system_call_fails_adds_the_whole_entry_or_nothing(
    tmp_path: Path, controls: dict[str, Control], trial: str
) -> None:
    tried, wrong = attempt(tmp_path, scenes(trial), controls, (TRIALS | SINGLE)[trial])
    assert wrong == [], "\n".join(wrong)
    assert tried > 0


@pytest.mark.parametrize("name", ["a first entry", "an order after an unfinished line"])
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_a_warning_that_cannot_be_printed_leaves_the_exit_code_true(
    tmp_path: Path, controls: dict[str, Control], name: str, error: str
) -> None:
    how = Trial(f"error={error}", lambda call: (call.name, call.place) == ("write", "err"))
    tried, wrong = attempt(tmp_path, [name], controls, how)
    assert wrong == [], "\n".join(wrong)
    assert tried > 0


@pytest.mark.parametrize("name", [name for name in SCENES if "index" not in name])
def test_a_file_whose_close_fails_costs_no_entry_and_no_truth(
    tmp_path: Path, controls: dict[str, Control], name: str
) -> None:
    """The descriptor is gone all the same, as on Linux; what was to be closed may have been synced before."""
    scene, control = SCENES[name], controls[name]
    wrong = []
    with Processes(tmp_path) as processes:
        stage = Stage(processes.path, scene)
        for number in count(1):
            stage.set()
            said = processes.run(*scene.words, close=number)
            if not processes.closed:
                break
            if problem := stage.wrong(said, control.said, control.entry, doubtful=False):
                wrong.append(f"close {number}: {problem}: {said}")
    assert wrong == [], "\n".join(wrong)
    assert number > 4


# With private fields, that the disclosures cannot be synced ends it before.
@pytest.mark.parametrize(
    ("name", "call"),
    [*product(("an order", "a first entry"), ("ftruncate", "fsync")), ("an order with private fields", "ftruncate")],
)
def test_a_short_write_that_cannot_be_undone_is_said_and_harms_no_entry(
    tmp_path: Path, controls: dict[str, Control], name: str, call: str
) -> None:
    """The one case in which something between may stay; the next entry saves it beside the file and cuts it off."""
    scene, control = SCENES[name], controls[name]
    at = {call: beyond(control.calls, call)}
    # SQLite too truncates and syncs, but by other calls or on other files.
    with Processes(tmp_path, "error=EIO", (call,), at=at, onwards=True) as processes:
        stage = Stage(processes.path, scene)
        for room in (1, 100):
            stage.set()
            # What is said goes to a file too, and needs room there.
            said = processes.run(*scene.words, call=call, nth=1, room=max(len(stage.whole), 400) + room)
            assert (said.code, said.out) == (4, "")
            assert re.search("could not be cut back|does not confirm it", said.err)
            assert stage.wrong(said, control.said, control.entry, doubtful=True) == ""
