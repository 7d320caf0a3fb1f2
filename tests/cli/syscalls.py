"""Real processes of the command line in which one chosen system call fails, by strace's injection.

strace can make the N-th call of each traced process fail, with N fixed when it starts. So that one strace, and one start
of the interpreter, serve many cases, a server forks a process for each of them, which first makes as many calls of that
kind on a file of no meaning as are missing to N. N is as small as can be for each kind, and no other kinds are traced:
what is traced is slow. All paths are absolute: strace compares them as texts.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

import ledger
from tests.forked import leave

# Greater than any process has: what the program names after its process has then a name that is known before.
PID: Final = 99_999_999
STAMP: Final = "20210201T000000Z"

_SERVER: Final = """
import errno, fcntl, gc, json, mmap, os, resource, signal, sys
from contextlib import suppress

replies, tally, scratch = int(sys.argv[1]), sys.argv[2], sys.argv[3]
import ledger.journal.file as journal_file
from ledger.cli import main
from ledger.cli.app import app

os.getpid = lambda: PID

class Fixed(journal_file.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2021, 2, 1, tzinfo=tz)

journal_file.datetime = Fixed

# Everything that a process needs is loaded before it is forked.
order = ["add-order", "--authority", "A", "--jurisdiction", "IN", "--platform", "twitter", "--received", "2021-02-01", "@a"]
response = ["respond", "ord-0001", "blocked", "@a", "--at", "2021-02-02"]
for words in (["init", "--private", "targets,note"], [*order, "--note", "n"], response, ["orders"]):
    assert app(["--file", scratch, *words]) == 0
with open(scratch, "ab") as file:
    file.write(b"{")
assert app(["--file", scratch, *order]) == 0
sys.stdout.flush()

held = os.open(tally, os.O_RDWR)
folder = os.path.dirname(tally)

def close_badly(left=[0]):
    # As on Linux: the descriptor is gone all the same, which strace, that skips the call, cannot show.
    close, left[0] = os.close, case["close"]

    def closing(descriptor):
        close(descriptor)
        left[0] -= 1
        if not left[0]:
            os.write(replies, b"closed ")
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    os.close = closing

LEAVE

def map_first():
    mmap.mmap(held, 1)

def list_first():
    with os.scandir(folder) as names:
        next(names)

def unlink():
    with suppress(FileNotFoundError):
        os.unlink(tally + ".none")

CALLS = {
    # Not closed: that would be another call to be counted.
    "openat": lambda: os.open(tally, os.O_RDONLY), "open": lambda: os.open(tally, os.O_RDONLY),
    "read": lambda: os.read(held, 1), "pread64": lambda: os.pread(held, 1, 0),
    "write": lambda: os.write(held, b""), "pwrite64": lambda: os.pwrite(held, b"", 0),
    "fsync": lambda: os.fsync(held), "fdatasync": lambda: os.fdatasync(held), "ftruncate": lambda: os.ftruncate(held, 1),
    "flock": lambda: fcntl.flock(held, fcntl.LOCK_UN), "fcntl": lambda: fcntl.fcntl(held, fcntl.F_GETFD),
    "lseek": lambda: os.lseek(held, 0, 0), "newfstatat": lambda: os.stat(tally), "fstat": lambda: os.fstat(held),
    "stat": lambda: os.stat(tally), "lstat": lambda: os.lstat(tally), "ioctl": lambda: os.isatty(held),
    "fchown": lambda: os.fchown(held, -1, -1), "fchmod": lambda: os.fchmod(held, 0o600),
    "rename": lambda: os.rename(tally, tally), "unlink": unlink,
    # By themselves: Python makes other calls for them too.
    "mmap": map_first, "getdents64": list_first,
}

# Otherwise each process copies all that it has in common with the others when it ends.
gc.collect()
gc.freeze()
os.write(replies, b"ready\\n")
for text in sys.stdin:
    case = json.loads(text)
    child = os.fork()
    if not child:
        if case["room"] is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (case["room"], case["room"]))
        if case["close"]:
            close_badly()
        if case["call"]:
            for _ in range(case["more"]):
                CALLS[case["call"]]()
        sys.argv[1:] = case["words"]
        try:
            main()
        except SystemExit as ended:
            leave(ended.code)
    os.write(replies, b"%d\\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

# Where a recorded call goes: the first path among its words, or the path of the first descriptor (`strace -y`).
_RECORDED: Final = re.compile(r"^\d+\s+(\w+)\((.*)$")
_PLACE: Final = re.compile(r'"(/[^"]*)"|\d+<([^>]*)>')
CALLS: Final = tuple(re.findall(r'"(\w+)": (?:lambda|unlink|map_first|list_first)', _SERVER))
TOGETHER: Final = tuple(name for name in CALLS if name not in ("mmap", "getdents64"))


class Call(NamedTuple):
    """One call that a process made: its name, the how many-th of that name it was, on which file."""

    name: str
    nth: int
    place: str


class Ended(NamedTuple):
    """What a process left: its exit code (negative: the signal), and what it printed."""

    code: int
    out: str
    err: str


@cache
def missing() -> str:
    """Return why nothing can be injected here; an empty text if it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    trial = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-o",
        os.devnull,
        "-e",
        "trace=read",
        "-e",
        "inject=read:error=EIO:when=1000",
    ]
    done = subprocess.run([*trial, "true"], capture_output=True, text=True, check=False)
    said = done.stderr.strip().split("\n")[-1]
    return f"strace cannot trace and inject here: {said}" if done.returncode or done.stderr else ""


class Processes:
    """A server of real processes for one ledger, in all of which the call of each kind that `at` numbers fails in one way.

    `injection` is what strace is told, as in `error=EIO`; with `onwards` all later calls of the kind fail too. Without
    an injection the calls are recorded. `calls` are the kinds, as in `fsync`; `at` has a number for each.
    """

    def __init__(
        self,
        folder: Path,
        injection: str = "",
        calls: tuple[str, ...] = TOGETHER,
        *,
        at: Mapping[str, int] | None = None,
        onwards: bool = False,
        outputs: bool = True,
    ) -> None:
        self.folder = folder
        self.path = folder / "kept" / "ledger.jsonl"
        self.injection, self.calls, self.at = injection, calls, at or {}
        self.onwards, self.outputs = onwards, outputs
        # Whether the last process came to the close that was to fail.
        self.closed = False
        self.record = folder / "trace"
        self._out, self._err = folder / "out", folder / "err"

    def __enter__(self) -> Self:
        tally = self.folder / "tally" / "file"
        for part in ("kept", "tally", "scratch"):
            (self.folder / part).mkdir(parents=True)
        tally.write_bytes(b"\n")
        suffixes = ["", ".lock", ".private", f".torn-{STAMP}-1"]
        index = [".index", f".index.new-{PID}"]
        suffixes += [part + end for part in index for end in ("", "-wal", "-shm", "-journal")]
        paths = [f"{self.path}{suffix}" for suffix in suffixes]
        paths += [str(path) for path in (self.path.parent, tally, f"{tally}.none", tally.parent)]
        if self.outputs:
            paths += [str(self._out), str(self._err)]
        command = ["strace", "-f", "-o", str(self.record), "-e", f"trace={self._names()}"]
        if not self.injection:
            # To look up the path of each descriptor takes time.
            command += ["-y"]
        for name in self.calls if self.injection else ():
            when = f"{self.at[name]}+" if self.onwards else f"{self.at[name]}"
            command += ["-e", f"inject=?{name}:{self.injection}:when={when}"]
        if "signal" not in self.injection:
            # Faster, but signals are then not sent.
            command += ["--seccomp-bpf"]
        command += [word for path in paths for word in ("-P", path)]
        reads, writes = os.pipe()
        words = [str(writes), str(tally), str(self.folder / "scratch" / "ledger.jsonl")]
        environment = {name: value for name, value in os.environ.items() if name != "COMPLIANCE_LEDGER"}
        with self._out.open("ab") as out, self._err.open("ab") as err:
            self._process = subprocess.Popen(
                [
                    *command,
                    sys.executable,
                    "-c",
                    _SERVER.replace("PID", str(PID)).replace("LEAVE", inspect.getsource(leave)),
                    *words,
                ],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                pass_fds=[writes],
                text=True,
                cwd=self.folder,
                env=environment
                | {
                    "PYTHONPATH": str(Path(ledger.__file__).parents[1]),
                    "PYTHONIOENCODING": "utf-8",
                    "PYTHONHASHSEED": "0",
                    # A process whose files may not grow must not leave a part of what it compiled.
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
            )
        os.close(writes)
        self._replies = os.fdopen(reads)
        assert self._replies.readline() == "ready\n", self._err.read_text()
        return self

    def _names(self) -> str:
        # Not every machine has each of them.
        return ",".join(f"?{name}" for name in self.calls)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._replies.close()

    def run(self, *words: str, call: str = "", nth: int = 0, close: int = 0, room: int | None = None) -> Ended:
        """Run one command; the `nth` call of that name fails, or the `close`-th close of a descriptor by Python.

        `room` is how long a file may become, in bytes.
        """
        assert self._process.stdin is not None
        for path in (self._out, self._err):
            os.truncate(path, 0)
        more = self.at[call] - nth if call else 0
        case = {"words": ["--file", str(self.path), *words], "call": call, "more": more, "close": close, "room": room}
        self._process.stdin.write(json.dumps(case) + "\n")
        self._process.stdin.flush()
        reply = self._replies.readline()
        assert reply, self._err.read_text()
        out, err = (path.read_text("utf-8").replace(str(self.path.parent), "") for path in (self._out, self._err))
        self.closed = reply.startswith("closed")
        return Ended(int(reply.split()[-1]), out, err)

    def recorded(self) -> list[list[Call]]:
        """Return the calls of each process in turn; after the server's end."""
        by_process: dict[str, list[Call]] = {}
        counts: dict[tuple[str, str], int] = {}
        for line in self.record.read_text("utf-8", "replace").split("\n"):
            found = _RECORDED.match(line)
            if found is None or (place := _PLACE.search(found[2])) is None:
                continue
            process, name = line.split()[0], found[1]
            counts[process, name] = counts.get((process, name), 0) + 1
            call = Call(name, counts[process, name], (place[1] or place[2]).removeprefix(f"{self.folder}/"))
            by_process.setdefault(process, []).append(call)
        # The server itself opened the tally, and touched nothing else.
        return [calls for calls in by_process.values() if not calls[0].place.startswith("tally")]

    def injected(self) -> int:
        """Return in how many processes a call failed as it was told to; after the server's end."""
        lines = self.record.read_text("utf-8", "replace").splitlines()
        return len({line.split(maxsplit=1)[0] for line in lines if "(INJECTED)" in line})
