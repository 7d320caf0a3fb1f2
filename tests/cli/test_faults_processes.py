"""Processes that are killed, or add at once: what was acknowledged is there, once, and the chain is whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import ledger
from ledger.book import Ledger
from ledger.cli.app import app
from ledger.evidence.verification import verify_file
from ledger.journal.file import JournalFile

if os.name != "posix":
    pytest.skip("signals as POSIX has them", allow_module_level=True)

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "COMPLIANCE_LEDGER"} | {
    "PYTHONPATH": str(Path(ledger.__file__).parents[1]),
    "PYTHONIOENCODING": "utf-8",
}
ORDER = (
    "add-order", "--authority", "Example Office", "--jurisdiction", "IN", "--platform", "twitter",
    "--received", "2021-02-01", "@example_one",
)  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def start(program: str, *words: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def sound(path: Path) -> list[dict[str, Any]]:
    """Check that a ledger is whole, with the index that was left beside it; return its entries."""
    assert app(["--file", str(path), "verify"]) == 0
    with Ledger(path) as book:
        assert book.warnings == []
        return [dict(entry) for entry in book.table("entries").all()]


# Killed

# Runs the command line in a child for each round, and kills it while it adds. A receipt that came through is an acknowledgement.
KILLS = """
import json, os, random, signal, sys, time
path, rounds = sys.argv[1], int(sys.argv[2])
from ledger.cli.app import app
app(["--file", path, "init"])
random.seed(7)
acknowledged = []
for turn in range(rounds):
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(writes, 1)
        sys.stdout = open(1, "w", closefd=False)
        for number in range(1000):
            code = app(["--file", path, "add-order", "--id", f"K-{turn}-{number}", "--authority", "Example Office",
                        "--jurisdiction", "IN", "--platform", "twitter", "--received", "2021-02-01", f"@k{number}"])
            if code:
                os._exit(code)
        os._exit(0)
    os.close(writes)
    received = b""
    wanted = random.randrange(4)
    while received.count(b"entry ") < wanted:
        received += os.read(reads, 4096)
    time.sleep(random.random() * 0.012)
    os.kill(child, signal.SIGKILL)
    while part := os.read(reads, 4096):
        received += part
    os.close(reads)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    for line in received.split(b"\\n")[:-1]:
        if line.startswith(b"entry "):
            acknowledged.append((int(line.split()[1].rstrip(b":")), line.split()[3].rstrip(b",").decode()))
print(json.dumps(acknowledged), file=sys.stderr)
"""


def test_fifty_kills_lose_no_acknowledged_entry(path: Path) -> None:
    code, _, err = end(start(KILLS, path, 50))
    assert code == 0, err
    acknowledged = json.loads(err.splitlines()[-1])
    assert len(acknowledged) > 30
    assert app(["--file", str(path), *ORDER, "--id", "LAST"]) == 0
    ids = {entry["seq"]: entry.get("id") for entry in sound(path)}
    assert [(seq, name) for seq, name in acknowledged if ids.get(seq) != name] == []
    assert len(set(ids.values())) == len(ids)


# Kills itself at the n-th write to the ledger, after `share` of it, or at another point of the append.
KILLED = """
import os, signal, sys
path, moment, number = os.path.realpath(sys.argv[1]), sys.argv[2], int(sys.argv[3])
del sys.argv[1:4]
write, fsync = os.write, os.fsync
calls = [0]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def is_ledger(descriptor):
    return os.path.exists(path) and os.path.samestat(os.fstat(descriptor), os.stat(path))

def killing_write(descriptor, data):
    if is_ledger(descriptor):
        calls[0] += 1
        if moment == "write" and calls[0] == number:
            write(descriptor, bytes(data)[: len(data) // 3])
            die()
        if moment == "before" and calls[0] == number:
            die()
    return write(descriptor, data)

def killing_fsync(descriptor):
    if moment == "fsync" and is_ledger(descriptor):
        die()
    fsync(descriptor)
    if moment == "index" and is_ledger(descriptor):
        die()

os.write, os.fsync = killing_write, killing_fsync
from ledger.cli import main
main()
"""


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Return a file of entries that takes several writes; some are the same, some have no id, one is a correction."""
    lines: list[dict[str, Any]] = []
    for number in range(12):
        order: dict[str, Any] = {
            "kind": "order",
            "authority": "Example Office",
            "jurisdiction": "IN",
            "platform": "twitter",
        }
        order |= {"received": "2021-02-01", "targets": [f"@example_{number}"], "note": "n" * 300_000}
        lines.append(order | ({"id": f"L-{number}"} if number % 2 else {"note": "same" * 75_000}))
    said = {"kind": "response", "order": "L-1", "action": "acknowledged", "at": "2021-02-02"}
    lines += [said, said, {"kind": "correction", "of": len(lines) + 1, "void": True, "reason": "twice"}, said]
    file = tmp_path / "large.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def contents(path: Path) -> list[dict[str, Any]]:
    ours = ("seq", "prev", "recorded_at")
    return [{name: value for name, value in entry.items() if name not in ours} for entry in sound(path)[1:]]


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize(
    ("moment", "number"),
    [("before", 1), ("write", 1), ("before", 2), ("write", 2), ("write", 3), ("fsync", 1), ("index", 1)],
)
def test_an_import_that_was_killed_leaves_whole_entries_and_is_completed(
    path: Path, large: Path, moment: str, number: int, *, begun: bool
) -> None:
    if begun:
        assert app(["--file", str(path), *ORDER, "--id", "BEFORE"]) == 0
    other = path.with_name("other.jsonl")
    if begun:
        other.write_bytes(path.read_bytes())
    assert app(["--file", str(other), "import", str(large)]) == 0
    before = path.read_bytes() if begun else b""
    code, out, _ = end(start(KILLED, path, moment, number, "--file", path, "import", large))
    assert (code, out) == (-signal.SIGKILL, "")
    left = path.read_bytes() if path.exists() else b""
    assert left.startswith(before)
    whole = left[: left.rfind(b"\n") + 1]
    if whole:
        copy = path.with_name("whole.jsonl")
        copy.write_bytes(whole)
        with closing(JournalFile(copy)) as file:
            assert verify_file(file).findings == []
    assert app(["--file", str(path), "import", str(large)]) == 0
    assert path.read_bytes().startswith(whole)
    assert contents(path) == contents(other)
    again = path.read_bytes()
    assert app(["--file", str(path), "import", str(large)]) == 0
    assert path.read_bytes() == again


def test_an_index_that_was_killed_while_it_was_made_leaves_nothing_for_good(path: Path) -> None:
    assert app(["--file", str(path), *ORDER]) == 0
    index = path.with_name("ledger.jsonl.index")
    index.unlink()
    dying = "import os, signal; os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
    code, _, _ = end(start(f"{dying}from ledger.cli import main\nmain()", "--file", path, "report"))
    assert code == -signal.SIGKILL
    assert app(["--file", str(path), "report"]) == 0
    assert {item.name for item in path.parent.iterdir()} == {path.name, index.name, f"{path.name}.lock"}


# At once

ADDS = """
import sys
from ledger.cli.app import app
path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
for number in range(count):
    order = f"{name}-{number}"
    for words in (["add-order", "--id", order, "--authority", "Example Office", "--jurisdiction", "IN", "--platform", "twitter",
                   "--received", "2021-02-01", "@example_one", f"@{name}_{number}"],
                  ["respond", order, "blocked", "@example_one", "--at", "2021-02-02"]):
        code = app(["--file", path, *words])
        if code:
            sys.exit(code)
"""
READS = """
import os, sys
from ledger.cli.app import app
path, count = sys.argv[1], int(sys.argv[2])
sys.stdout = open(os.devnull, "w")
for number in range(count):
    for words in (["report", "-O", "json"], ["orders"], ["check"], ["timeline", "@example_one"], ["verify"]):
        code = app(["--file", path, *words])
        if code:
            print("exit", code, words, file=sys.stderr)
            sys.exit(code)
"""


@pytest.mark.parametrize("begun", [False, True])
def test_four_processes_that_add_at_once_lose_nothing(path: Path, *, begun: bool) -> None:
    if begun:
        assert app(["--file", str(path), *ORDER, "--id", "BEFORE"]) == 0
    done = [end(process) for process in [start(ADDS, path, f"p{number}", 8) for number in range(4)]]
    assert [code for code, _, _ in done] == [0] * 4
    entries = sound(path)
    assert [entry["seq"] for entry in entries] == list(range(1 + begun + 64))
    orders = Counter(entry.get("id") or entry.get("order") for entry in entries[1 + begun :])
    assert orders == {f"p{process}-{number}": 2 for process in range(4) for number in range(8)}
    assert sum("began a new ledger" in err for _, _, err in done) == (not begun)


def test_readers_are_right_and_silent_while_others_add(path: Path) -> None:
    assert app(["--file", str(path), *ORDER, "--id", "BEFORE"]) == 0
    adding = [start(ADDS, path, f"p{number}", 10) for number in range(3)]
    reading = [start(READS, path, 12) for _ in range(2)]
    done = [end(process) for process in [*adding, *reading]]
    assert [code for code, _, _ in done] == [0] * 5, done
    assert [err for _, _, err in done] == [""] * 5
    assert len(sound(path)) == 62


def test_an_index_taken_away_while_others_work_harms_nobody(path: Path) -> None:
    assert app(["--file", str(path), *ORDER, "--id", "BEFORE"]) == 0
    working = [start(ADDS, path, f"p{number}", 10) for number in range(2)] + [start(READS, path, 12)]
    index = path.with_name("ledger.jsonl.index")
    while any(process.poll() is None for process in working):
        index.unlink(missing_ok=True)
        try:
            working[0].wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    done = [end(process) for process in working]
    assert [code for code, _, _ in done] == [0, 0, 0], "\n".join(err for _, _, err in done)
    assert len(sound(path)) == 42
    assert app(["--file", str(path), "report"]) == 0
    assert len(sound(path)) == 42
    # Nothing is left but what SQLite keeps beside an index.
    left = {item.name.removeprefix(f"{path.name}.index") for item in path.parent.iterdir()}
    assert left <= {path.name, f"{path.name}.lock", "", "-wal", "-shm"}
