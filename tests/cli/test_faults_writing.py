"""A disk that is full, fails, or takes a part: exit code 4, the file as it was; what befalls the index costs no entry."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import ledger
from ledger.book import Ledger
from ledger.cli.app import app

if os.name != "posix":
    pytest.skip("limits as POSIX has them", allow_module_level=True)

SAMPLES = Path(__file__).resolve().parents[2] / "sample_orders"
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "COMPLIANCE_LEDGER"} | {
    "PYTHONPATH": str(Path(ledger.__file__).parents[1]),
    "PYTHONIOENCODING": "utf-8",
    # What is compiled on the way is no business of a full disk.
    "PYTHONDONTWRITEBYTECODE": "1",
}
ORDER = (
    "add-order", "--authority", "Example Office", "--jurisdiction", "IN", "--platform", "twitter",
    "--received", "2021-02-01", "@example_one",
)  # fmt: skip
LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
"""
FAILING = """
import errno, os, sys
fault, path = sys.argv.pop(1), os.path.realpath(sys.argv[2])
write, fsync = os.write, os.fsync

def is_ledger(descriptor):
    return os.path.exists(path) and os.path.samestat(os.fstat(descriptor), os.stat(path))

def faulty_write(descriptor, data):
    if is_ledger(descriptor):
        if fault == "write":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if fault == "short write":
            return write(descriptor, bytes(data)[: len(data) // 2])
        if fault == "no write":
            return len(data)
        if fault == "double write":
            write(descriptor, data)
    return write(descriptor, data)

def faulty_fsync(descriptor):
    if fault == "fsync" and is_ledger(descriptor):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    if fault == "folder" and os.path.isdir(f"/dev/fd/{descriptor}"):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    fsync(descriptor)

os.write, os.fsync = faulty_write, faulty_fsync
"""


class Said(NamedTuple):
    code: int
    out: str
    err: str


def run(path: Path, *arguments: str, before: str = "", words: tuple[str, ...] = ()) -> Said:
    """Run a real process; `before` is run in it first, and takes `words`."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{before}\nfrom ledger.cli import main\nmain()",
            *words,
            "--file",
            str(path),
            *arguments,
        ],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
        cwd=path.parent,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def within(path: Path, *arguments: str) -> int:
    """Run the command line in this process: what can be done once the disk is well again."""
    code: int = app(["--file", str(path), *arguments])
    return code


def limited(path: Path, limit: int, *arguments: str) -> Said:
    return run(path, *arguments, before=LIMITED, words=(str(limit),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, int]:
    """Return a ledger, and how many bytes its next entry takes."""
    path = tmp_path_factory.mktemp("sample") / "ledger.jsonl"
    for _ in range(3):
        assert app(["--file", str(path), *ORDER]) == 0
    whole = path.read_bytes()
    filled = whole[: whole[:-1].rindex(b"\n") + 1]
    return filled, len(whole) - len(filled)


@pytest.fixture
def filled(path: Path, sample: tuple[bytes, int]) -> bytes:
    """Put a ledger where the tests look for it, with its index; return its bytes."""
    path.write_bytes(sample[0])
    with Ledger(path) as book:
        assert book.index.length == len(sample[0])
    return sample[0]


@pytest.fixture
def length(sample: tuple[bytes, int]) -> int:
    return sample[1]


def names(path: Path) -> set[str]:
    """Return what lies beside the ledger, but for what SQLite keeps while it works and the lock."""
    return {item.name for item in path.parent.glob(f"{path.name}*")} - {
        path.name + suffix for suffix in (".lock", ".index", ".index-wal", ".index-shm")
    }


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize("share", [None, 0.0, 0.5, 0.99])
def test_a_disk_that_is_full_at_any_point_of_an_entry_adds_nothing(
    path: Path, filled: bytes, length: int, share: float | None, *, indexed: bool
) -> None:
    if not indexed:
        path.with_name("ledger.jsonl.index").unlink()
    limit = 0 if share is None else len(filled) + int(length * share)
    said = limited(path, limit, *ORDER)
    assert (said.code, said.out) == (4, "")
    assert "nothing was added" in said.err
    assert "Traceback" not in said.err
    assert path.read_bytes() == filled
    assert names(path) == {path.name}
    assert within(path, *ORDER) == 0


@pytest.mark.parametrize("limit", [0, 100, 300])
def test_a_disk_that_is_full_from_the_start_begins_no_ledger(path: Path, limit: int) -> None:
    said = limited(path, limit, *ORDER)
    assert (said.code, said.out) == (4, "")
    assert "nothing was added" in said.err
    assert names(path) == set()


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize("pages", [0, 4, 12])
def test_a_disk_with_room_for_the_entry_alone_costs_a_warning(
    path: Path, filled: bytes, length: int, pages: int, *, indexed: bool
) -> None:
    """The index is larger than the ledger here: what it needs is not there."""
    if not indexed:
        path.with_name("ledger.jsonl.index").unlink()
    said = limited(path, len(filled) + length + 4096 * pages, *ORDER)
    assert said.code == 0
    assert said.out.startswith("entry 3: ")
    assert "Traceback" not in said.err
    assert path.read_bytes().startswith(filled)
    assert names(path) == {path.name}
    assert within(path, "verify") == 0


def test_the_first_entry_needs_no_room_for_an_index(path: Path) -> None:
    said = limited(path, 4096, *ORDER)
    assert said.code == 0
    assert said.out.startswith("entry 1: ")
    assert within(path, "verify") == 0
    assert names(path) == {path.name}


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize("question", [("report",), ("orders",), ("verify",)])
def test_a_full_disk_changes_no_answer(path: Path, filled: bytes, question: tuple[str, ...], *, indexed: bool) -> None:
    expected = run(path, *question)
    if not indexed:
        path.with_name("ledger.jsonl.index").unlink()
    said = limited(path, 0, *question)
    assert (said.code, "Traceback" in said.err) == (expected.code, False)
    assert said.out == expected.out or question == ("verify",)
    assert path.read_bytes() == filled


def test_an_unfinished_line_that_cannot_be_saved_is_not_cut(path: Path, filled: bytes) -> None:
    torn = filled + b'{"action":"ack'
    path.write_bytes(torn)
    said = limited(path, 8, *ORDER)
    assert (said.code, said.out) == (4, "")
    assert path.read_bytes() == torn
    assert names(path) == {path.name}


def test_an_import_on_a_full_disk_adds_nothing(path: Path, filled: bytes) -> None:
    for room in (0, 200, 10_000):
        said = limited(path, len(filled) + room, "import", str(SAMPLES))
        assert (said.code, said.out) == (4, "")
        assert "nothing was added" in said.err
        assert path.read_bytes() == filled


@pytest.mark.parametrize("command", [ORDER, ("import", str(SAMPLES))], ids=["one entry", "import"])
@pytest.mark.parametrize("fault", ["write", "short write", "no write", "double write", "fsync"])
def test_a_disk_that_fails_leaves_the_file_as_it_was(
    path: Path, filled: bytes, fault: str, command: tuple[str, ...]
) -> None:
    said = run(path, *command, before=FAILING, words=(fault,))
    assert (said.code, said.out) == (4, "")
    assert said.err.count("\n") == 1
    assert path.name in said.err
    assert path.read_bytes() == filled
    assert within(path, *ORDER) == 0


@pytest.mark.parametrize("fault", ["write", "short write", "no write", "fsync", "folder"])
@pytest.mark.parametrize("command", [ORDER, ("init",)], ids=["first entry", "init"])
def test_a_ledger_that_cannot_be_begun_is_not_there(path: Path, fault: str, command: tuple[str, ...]) -> None:
    said = run(path, *command, before=FAILING, words=(fault,))
    assert (said.code, said.out) == (4, "")
    assert not path.exists() or path.stat().st_size == 0
    assert names(path) <= {path.name}
    assert within(path, *ORDER) == 0
    assert within(path, "verify") == 0
