"""A file cut or flipped at every byte, a lock that is held: what is there stays, and what is wrong is found and said."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import ledger
from ledger.book import Ledger
from ledger.cli.app import app
from ledger.evidence.verification import verify_file
from ledger.journal.file import JournalFile
from ledger.journal.line import encode_line

posix = pytest.mark.skipif(os.name != "posix", reason="signals and locks as POSIX has them")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "COMPLIANCE_LEDGER"} | {
    "PYTHONPATH": str(Path(ledger.__file__).parents[1]),
    "PYTHONIOENCODING": "utf-8",
}
ORDER = (
    "add-order", "--id", "F-1", "--authority", "Example Office", "--jurisdiction", "IN", "--platform", "twitter",
    "--received", "2021-02-01", "@example_one", "@example_two",
)  # fmt: skip
NEW = {
    "kind": "order",
    "id": "F-2",
    "authority": "Example Office",
    "jurisdiction": "IN",
    "platform": "twitter",
    "received": "2021-02-01",
}
SAID = ("respond", "F-1", "acknowledged", "--at", "2021-02-02")
BLOCKED = ("respond", "F-1", "blocked", "@example_one", "--at", "2021-02-03")


class Said(NamedTuple):
    code: int
    out: str
    err: str


Ask = Callable[..., Said]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


@pytest.fixture
def ask(path: Path, capfd: pytest.CaptureFixture[str]) -> Ask:
    """Run the command line in this process, which tries a thousand cuts in the time of a few processes."""

    def invoke(*arguments: str) -> Said:
        capfd.readouterr()
        code = app(["--file", str(path), *arguments])
        return Said(code, *capfd.readouterr())

    return invoke


@pytest.fixture
def filled(path: Path, ask: Ask) -> bytes:
    """Return a ledger of an order, something said, something done, and the first said again."""
    for command in (ORDER, SAID, BLOCKED, SAID):
        assert ask(*command).code == 0
    return path.read_bytes()


def start(path: Path, *arguments: str, program: str = "") -> subprocess.Popen[str]:
    """Start a real process; `program` runs before the command line does."""
    code = f"{program}\nfrom ledger.cli import main\nmain()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "--file", str(path), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
        cwd=path.parent,
    )


def end(process: subprocess.Popen[str]) -> Said:
    out, err = process.communicate(timeout=60)
    return Said(process.returncode, out, err)


def put(path: Path, content: bytes) -> None:
    """Give a file another content. To empty it first would make some disks wait each time."""
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()


# Cut


def last_lines(content: bytes) -> int:
    """Return where the last three lines begin."""
    return len(b"".join(content.splitlines(keepends=True)[:-3]))


def test_a_file_cut_at_any_byte_is_opened_added_to_and_verified(
    path: Path, filled: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The disk need not confirm what nobody will pull the plug on.
    monkeypatch.setattr(os, "fsync", lambda _: None)
    begun = filled[: last_lines(filled)]
    last = filled.rindex(b"\n", 0, -1)
    # Each byte of the last line, and each fifth of the two before: the tests of the journal cut at every one.
    for cut in (*range(len(begun), last, 5), *range(last, len(filled))):
        content = filled[:cut]
        whole = content[: content.rfind(b"\n") + 1]
        put(path, content)
        with Ledger(path) as book:
            receipt = book.append(NEW)
            assert receipt.seq == whole.count(b"\n")
            assert verify_file(book.file).findings == []
        assert path.read_bytes().startswith(whole)
        kept = [*path.parent.glob("ledger.jsonl.torn-*")]
        assert [item.read_bytes() for item in kept] == ([content[len(whole) :]] if whole != content else [])
        for item in kept:
            item.unlink()


@pytest.mark.parametrize("indexed", [False, True])
def test_a_cut_file_goes_on_whole_with_an_index_that_is_ahead_or_none(
    path: Path, ask: Ask, filled: bytes, *, indexed: bool
) -> None:
    index = path.with_name("ledger.jsonl.index")
    ahead = index.read_bytes()
    for cut in range(last_lines(filled), len(filled), 53):
        path.write_bytes(filled[:cut])
        index.unlink(missing_ok=True)
        if indexed:
            index.write_bytes(ahead)
        said = ask(*ORDER[:2], "F-2", *ORDER[3:])
        assert said.code == 0
        assert ("unfinished" in said.err) == (not filled[:cut].endswith(b"\n"))
        verified = ask("verify")
        assert (verified.code, verified.err) == (0, "")


def test_readers_pass_over_an_unfinished_line_and_leave_it(path: Path, ask: Ask, filled: bytes) -> None:
    expected = ask("report", "--as-of", "2021-12-31")
    for cut in (1, 40, 150):
        path.write_bytes(filled + filled[:cut])
        assert ask("report", "--as-of", "2021-12-31") == expected
        assert ask("verify").code == 1
        assert path.read_bytes() == filled + filled[:cut]


@pytest.mark.parametrize("command", [("import", "--dry-run", "more.jsonl"), ("import", "more.jsonl")])
def test_only_what_adds_an_entry_cuts_an_unfinished_line(
    path: Path, ask: Ask, filled: bytes, command: tuple[str, ...]
) -> None:
    more = path.with_name("more.jsonl")
    more.write_text('{"kind":"response","order":"F-1","action":"acknowledged","at":"2021-02-04"}\n')
    path.write_bytes(filled + b'{"kind"')
    assert ask(*command[:-1], str(more)).code == 0
    assert path.read_bytes().startswith(filled + (b'{"kind"' if "--dry-run" in command else b'{"action"'))


def test_a_receipt_says_what_was_cut_and_where_it_is_kept(path: Path, filled: bytes) -> None:
    path.write_bytes(filled + b'{"action":"ack')
    said = end(start(path, *SAID))
    assert said.code == 0
    assert said.out.startswith("entry 5: response to F-1")
    (kept,) = path.parent.glob("ledger.jsonl.torn-*")
    assert kept.read_bytes() == b'{"action":"ack'
    assert kept.name in said.err
    assert kept.stat().st_mode & 0o777 == 0o600


# Flipped


def test_any_flipped_byte_is_found(path: Path, filled: bytes) -> None:
    missed = []
    for at in range(len(filled)):
        put(path, filled[:at] + bytes([filled[at] ^ 1 << at % 8]) + filled[at + 1 :])
        with closing(JournalFile(path)) as file:
            missed += [] if verify_file(file).findings else [at]
    assert missed == []


@pytest.mark.parametrize("options", [(), ("--no-index",)])
@pytest.mark.parametrize("indexed", [False, True])
def test_verify_names_the_line_of_a_flipped_byte(
    path: Path, ask: Ask, filled: bytes, options: tuple[str, ...], *, indexed: bool
) -> None:
    if not indexed:
        path.with_name("ledger.jsonl.index").unlink()
    places = {*range(0, len(filled), 41), *(at for at, byte in enumerate(filled) if byte == ord("\n")), len(filled) - 2}
    for at in sorted(places):
        flipped = filled[:at] + bytes([filled[at] ^ 1]) + filled[at + 1 :]
        path.write_bytes(flipped)
        said = ask("verify", *options)
        line = filled.count(b"\n", 0, at) + 1
        assert (said.code, said.err) == (1, "")
        assert said.out.startswith(f"line {line} ")
        assert path.read_bytes() == flipped


def test_lines_taken_out_moved_or_repeated_are_found(path: Path, ask: Ask, filled: bytes) -> None:
    lines = filled.splitlines(keepends=True)
    for changed in (
        [*lines[:1], *lines[2:]],
        [*lines[:2], *lines[3:]],
        [*lines[:2], lines[3], lines[2]],
        [*lines[:3], *lines[2:]],
        lines[1:],
        [*lines, lines[0]],
        [*lines, b"\n"],
        [*lines[:2], b"\n", *lines[2:]],
        [lines[0].replace(b"\n", b"\r\n"), *lines[1:]],
    ):
        path.write_bytes(b"".join(changed))
        assert ask("verify", "--no-index").code == 1
        assert ask("verify").code == 1


def test_an_id_that_two_orders_have_is_found_and_said(path: Path, ask: Ask, filled: bytes) -> None:
    """Written by another program, each line is sound: what does not fit is between them."""
    with closing(JournalFile(path)) as file:
        tail = file.state()
        twice = NEW | {"id": "F-1", "seq": tail.seq + 1, "prev": tail.head, "recorded_at": "2021-02-01T00:00:00Z"}
        file.append([encode_line(twice)], tail)
    said = ask("verify", "--no-index")
    assert (said.code, said.err) == (1, "")
    assert said.out.startswith(f"line {tail.seq + 2} ")
    assert "F-1" in said.out
    assert path.read_bytes().startswith(filled)


def test_damage_in_the_middle_is_never_repaired_nor_added_to_silently(path: Path, ask: Ask, filled: bytes) -> None:
    changed = filled.replace(b"@example_one", b"@example_six", 1)
    path.write_bytes(changed)
    said = ask(*BLOCKED[:3], "@example_two", *BLOCKED[4:])
    assert said.code == 3
    assert "verify" in said.err
    assert path.read_bytes() == changed


# Held


@pytest.fixture
def held(path: Path, filled: bytes) -> Iterator[Any]:
    """Hold the ledger's lock, as another process does that is writing."""
    import fcntl

    assert filled
    with path.with_name("ledger.jsonl.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lambda: fcntl.flock(lock, fcntl.LOCK_UN)


@posix
def test_an_entry_waits_for_the_lock_and_readers_do_not(path: Path, filled: bytes, held: Callable[[], None]) -> None:
    process = start(path, *SAID)
    for question in (("report",), ("timeline", "@example_one"), ("check",), ("verify",)):
        assert end(start(path, *question)).code == 0
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    assert path.read_bytes() == filled
    held()
    said = end(process)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("entry 5: ")


IMPATIENT = "import ledger.book; ledger.book.Ledger.__init__.__kwdefaults__['timeout'] = 0.05"


@posix
@pytest.mark.parametrize("command", [SAID, ("import", str(Path(__file__).parents[2] / "sample_orders"))])
def test_a_lock_that_is_kept_is_said_to_be_so(
    path: Path, filled: bytes, held: Callable[[], None], command: tuple[str, ...]
) -> None:
    said = end(start(path, *command, program=IMPATIENT))
    assert (said.code, said.out) == (3, "")
    assert "another process" in said.err
    assert "nothing was added" in said.err
    assert said.err.count("\n") == 1
    assert path.read_bytes() == filled
    held()
