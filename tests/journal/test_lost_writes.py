"""A machine that stops: whatever of the unsynced writes the disk kept, every entry whose receipt was out is there, whole.

What an append does to files is recorded, and replayed up to any point at which the power may fail. The disk then holds
what was synced, and of what came after

- of each file's writes and truncations any selection; of a write the whole, a beginning, or one end with zeros for the
  other, since a file may grow before its bytes arrive, and pages arrive in any order;
- of names made, replaced or deleted in the folder any selection.

Which files these are is seen from the record. The index is left out: it is a cache, and missing after the crash. A process
that is killed is no crash: what it wrote stays in memory, and is as unsynced for the next one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from ledger.book import Ledger
from ledger.cli.app import app
from ledger.errors import Damaged
from ledger.journal.line import check_line

if os.name != "posix":
    pytest.skip("descriptors as POSIX has them", allow_module_level=True)

from tests.journal.disk import Disk, Fates, Files, Op, Recorder, cut, ends, zeros

NAME: Final = "ledger.jsonl"
# How a ledger is begun; each must hold.
BEGINNINGS: Final = {"as it comes": (), "private fields": ("init", "--private", "targets,note")}
SAMPLES: Final = Path(__file__).resolve().parents[2] / "sample_orders"


def order(name: str) -> tuple[str, ...]:
    words = (
        "--authority",
        "Example Office",
        "--jurisdiction",
        "IN",
        "--platform",
        "twitter",
        "--received",
        "2021-02-01",
    )
    return ("add-order", "--id", name, *words, "--note", f"about {name}", "@example_one", f"@of_{name.lower()}")


FATES: Final = pytest.mark.parametrize("fates", [cut, zeros, ends])


def run(folder: Path, *words: str) -> int:
    code: int = app(["--file", str(folder / NAME), *words])
    return code


def lines(raw: bytes) -> list[bytes]:
    """Return the whole lines of a file; those that hold."""
    return [line for line in raw.split(b"\n")[:-1] if check_line(line)]


def record(folder: Path, *commands: tuple[str, ...]) -> list[Op]:
    """Run commands in a folder; return what they did, with their receipts."""
    recorder = Recorder(folder)
    for words in commands:
        with recorder.recording():
            assert run(folder, *words) == 0
        recorder.ops.append(Op("receipt", at=len(lines((folder / NAME).read_bytes()))))
    return recorder.ops


def left(folder: Path) -> Files:
    """Return the files of a folder, but for the lock and the index."""
    found = {
        item.name: item for item in folder.iterdir() if not item.name.endswith(".lock") and ".index" not in item.name
    }
    return {name: item.read_bytes() for name, item in found.items()}


def lay(folder: Path, files: Files) -> Path:
    """Make a folder that holds these files and no others."""
    folder.mkdir(exist_ok=True)
    for item in folder.iterdir():
        item.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    return folder


def entries(folder: Path) -> list[dict[str, Any]]:
    """Return what the ledger says, private fields in clear; nothing where it is not begun."""
    with Ledger(folder / NAME) as book:
        if not book.exists() or book.file.state().seq < 0:
            return []
        return [dict(entry) for entry in book.table("entries").all()]


def acknowledged_lost(files: Files, acknowledged: int) -> bool:
    """Tell whether a line that had its receipt does not hold."""
    return not all(map(check_line, files[NAME].split(b"\n")[:acknowledged]))


def wrong(folder: Path, files: Files, made: list[dict[str, Any]], acknowledged: int) -> str:
    """Say what is wrong with a ledger after a crash; the next append is part of it."""
    lay(folder, files)
    try:
        found = entries(folder)
    except Damaged as error:
        if any(b"\0" in line for line in files[NAME].split(b"\n")[:-2]):
            # Of several lines the first was lost and the last is there: that is for a person to decide.
            return "" if not acknowledged_lost(files, acknowledged) and left(folder) == files else "was changed"
        return f"cannot be read: {error!r}"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        return f"cannot be read: {error!r}"
    if found != made[: len(found)]:
        return "what is read was never entered"
    if len(found) < acknowledged:
        return f"{acknowledged} entries had receipts, {len(found)} are there"
    if code := run(folder, *order("AFTER")):
        return f"the next entry is refused: {code}"
    after = entries(folder)
    if after[: len(found)] != found or [entry.get("id") for entry in after[len(found) :]][-1:] != ["AFTER"]:
        return "the next entry changed what was there"
    if len(after) != len(found) + 1 + (not found):
        return "the next entry brought others with it"
    return "" if run(folder, "verify") == 0 else "verify does not hold"


def find(folder: Path, ops: list[Op], made: list[dict[str, Any]], fates: Fates, begin: int = 0) -> list[Found]:
    """Let the power fail after each operation from one on, in every way; return what went wrong."""
    seen: set[tuple[int, tuple[tuple[str, bytes], ...]]] = set()
    found = []
    for end in range(begin, len(ops) + 1):
        acknowledged = max((op.at for op in ops[:end] if op.kind == "receipt"), default=0)
        for files in Disk(ops[:end]).states(fates):
            key = (acknowledged, tuple(sorted(files.items())))
            if key in seen:
                continue
            seen.add(key)
            if problem := wrong(folder, files, made, acknowledged):
                found.append(Found(ops[end - 1] if end else Op("start"), files, problem))
    assert seen
    return found


class Found(NamedTuple):
    """After which operation the power failed, what it left, and what is wrong then."""

    after: Op
    files: Files
    problem: str


def said(found: list[Found]) -> str:
    """Return findings, one of each kind."""
    kinds: dict[str, Found] = {}
    for item in found:
        kinds.setdefault(item.problem[:60], item)
    return "\n".join([f"{len(found)} states, such as", *map(str, kinds.values())])


@pytest.fixture(params=list(BEGINNINGS))
def beginning(request: pytest.FixtureRequest) -> list[tuple[str, ...]]:
    words = BEGINNINGS[request.param]
    return [words] if words else []


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    folder = tmp_path / "kept"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def _quiet(capsys: pytest.CaptureFixture[str]) -> None:
    """Let thousands of receipts go nowhere."""
    del capsys


def test_the_record_of_an_append_is_all_that_it_did(kept: Path, beginning: list[tuple[str, ...]]) -> None:
    ops = record(
        kept, *beginning, order("A-1"), order("A-2"), ("respond", "A-1", "blocked", "--all", "--at", "2021-02-02")
    )
    assert Disk(ops).kept() == left(kept)
    assert any(op.kind == "sync" and op.name == NAME for op in ops)


@FATES
def test_a_crash_loses_no_entry_whose_receipt_was_out(
    kept: Path, tmp_path: Path, beginning: list[tuple[str, ...]], fates: Fates
) -> None:
    response = ("respond", "A-1", "blocked", "@example_one", "--at", "2021-02-02", "--note", "done")
    begun = record(kept, *beginning, order("A-1"))
    ops = begun + record(kept, response, order("A-2"))
    found = find(tmp_path / "crashed", ops, entries(kept), fates, len(begun))
    assert found == [], said(found)


@FATES
def test_a_crash_while_a_ledger_is_begun_hinders_no_other_beginning(
    kept: Path, tmp_path: Path, beginning: list[tuple[str, ...]], fates: Fates
) -> None:
    ops = record(kept, *beginning, order("A-1"))
    found = find(tmp_path / "crashed", ops, entries(kept), fates)
    assert found == [], said(found)


@FATES
def test_a_crash_in_a_batch_leaves_a_prefix_of_it(
    kept: Path, tmp_path: Path, beginning: list[tuple[str, ...]], fates: Fates
) -> None:
    begun = record(kept, *beginning, order("A-1"))
    batch = record(kept, ("import", str(SAMPLES / "2021-india-twitter.toml")))
    found = find(tmp_path / "crashed", begun + batch, entries(kept), fates, len(begun))
    assert found == [], said(found)


def test_a_crash_while_an_unfinished_line_is_saved_and_cut_loses_nothing(
    kept: Path, tmp_path: Path, beginning: list[tuple[str, ...]]
) -> None:
    begun = record(kept, *beginning, order("A-1"))
    begun += [Op("write", NAME, (kept / NAME).stat().st_size, b'{"acti'), Op("sync", NAME)]
    with (kept / NAME).open("ab") as file:
        file.write(begun[-2].data)
    ops = begun + record(kept, order("A-2"))
    found = find(tmp_path / "crashed", ops, entries(kept), cut, len(begun))
    assert found == [], said(found)


def test_what_a_killed_process_left_unsynced_is_synced_by_the_next(
    kept: Path, tmp_path: Path, beginning: list[tuple[str, ...]]
) -> None:
    """A kill keeps all in memory; the power fails after the receipt of the next entry."""
    ops = record(kept, *beginning, order("A-1"))
    found = []
    for end in range(1, len(ops)):
        if ops[end].kind == "receipt":
            continue
        folder = lay(tmp_path / "killed", Disk(ops[:end]).kept())
        whole = [*ops[:end], *record(folder, order("A-2"))]
        found += find(tmp_path / "crashed", whole, entries(folder), cut, len(whole))
    assert found == [], said(found)
