"""On media that nobody may write to, every answer is the same, and nothing is left behind; an entry is refused in one line."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import ledger as package
from ledger.cli.app import app

if os.name != "posix":
    pytest.skip("permissions as POSIX has them", allow_module_level=True)

SAMPLES = Path(__file__).resolve().parents[2] / "sample_orders"
ANSWERS = (
    ("report", "--as-of", "2025-12-31", "-O", "json"),
    ("timeline", "@kisanektamorcha", "-O", "json"),
    ("orders", "-O", "json"),
    ("check", "-O", "json"),
    ("verify", "-O", "json"),
)
APPEND = ("respond", "IN-MEITY-2021-02-04", "unblocked", "--count", "100", "--at", "2021-03-01")
NOBODY = 65534


class Said(NamedTuple):
    code: int
    out: str
    err: str


class Place:
    """A folder with a ledger in it that an ordinary user owns, and the command line as that user sees it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.ledger = folder / "ledger.jsonl"
        self.index = folder / "ledger.jsonl.index"

    def ask(self, *arguments: str) -> Said:
        self.capsys.readouterr()
        with ordinary():
            code = app(["--file", str(self.ledger), *arguments])
        return Said(code, *self.capsys.readouterr())

    def answers(self) -> list[tuple[int, str]]:
        return [self.ask(*question)[:2] for question in ANSWERS]

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def protect(self, folder: int = 0o555, **modes: int) -> None:
        """Set the permissions of the files, by what follows `ledger.jsonl` in their names, then of the folder."""
        for suffix, mode in modes.items():
            path = self.ledger if suffix == "ledger" else self.folder / f"ledger.jsonl.{suffix}"
            path.chmod(mode)
        self.folder.chmod(folder)


@contextmanager
def ordinary() -> Iterator[None]:
    """Be no administrator for a while: to one, nothing is read-only."""
    if os.geteuid() != 0:
        yield
        return
    os.setresgid(NOBODY, NOBODY, 0)
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)


@pytest.fixture
def place(capsys: pytest.CaptureFixture[str]) -> Iterator[Place]:
    # Not below pytest's own folder, which is closed to others.
    folder = Path(tempfile.mkdtemp(prefix="ledger-"))
    try:
        folder.chmod(0o755)
        with ordinary():
            readable = os.access(Path(package.__file__).parent / "index" / "schema.sql", os.R_OK)
        if not readable:
            pytest.skip("the program's own files are closed to an ordinary user here")
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        found = Place(folder, capsys)
        # With the rights of the tests' own user first: what is loaded late may be closed to others.
        warm = ["--file", str(folder / "warm.jsonl")]
        for arguments in (["import", str(SAMPLES)], *map(list, ANSWERS)):
            app([*warm, *arguments])
        shutil.copy(folder / "warm.jsonl", found.ledger)
        for path in folder.glob("warm.jsonl*"):
            path.unlink()
        if os.geteuid() == 0:
            os.chown(found.ledger, NOBODY, NOBODY)
        yield found
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def grown(place: Place) -> None:
    """Let the ledger grow by an entry that its index has not seen."""
    kept = place.index.read_bytes()
    assert place.ask(*APPEND).code == 0
    place.index.write_bytes(kept)


def nothing(place: Place) -> None:
    assert place.index.exists()


def without_index(place: Place) -> None:
    place.index.unlink()


def garbage(place: Place) -> None:
    place.index.write_bytes(b"garbage")


@pytest.mark.parametrize("before", [nothing, grown, without_index, garbage])
def test_a_read_only_folder_changes_no_answer_and_keeps_its_files(
    place: Place, before: Callable[[Place], None]
) -> None:
    assert place.ask("report").code == 0
    before(place)
    shutil.copytree(place.folder, copy := place.folder.with_name(place.folder.name + "-copy"))
    try:
        if os.geteuid() == 0:
            for path in (copy, *copy.iterdir()):
                os.chown(path, NOBODY, NOBODY)
        expected = Place(copy, place.capsys).answers()[:-1]
    finally:
        shutil.rmtree(copy)
    names = place.names()
    files = {name: 0o444 for name in ("ledger", "index", "lock") if name == "ledger" or f"ledger.jsonl.{name}" in names}
    place.protect(**files)
    assert place.answers()[:-1] == expected
    assert place.names() == names


@pytest.mark.parametrize("before", [nothing, grown, without_index])
def test_a_sound_ledger_on_read_only_media_is_verified(place: Place, before: Callable[[Place], None]) -> None:
    assert place.ask("report").code == 0
    before(place)
    place.protect(ledger=0o444)
    said = place.ask("verify")
    assert (said.code, said.err) == (0, "")
    assert "delete it" not in said.out


@pytest.mark.parametrize("mode", [0o444, 0o000])
@pytest.mark.parametrize("before", [nothing, grown])
def test_an_index_that_may_not_be_written_or_read_changes_no_answer(
    place: Place, before: Callable[[Place], None], mode: int
) -> None:
    assert place.ask("report").code == 0
    before(place)
    place.protect(0o755, index=mode)
    found = [place.ask(*question)[:2] for question in ANSWERS[:-1]]
    place.protect(0o755, index=0o644)
    place.index.unlink()
    assert found == place.answers()[:-1]


@pytest.mark.parametrize("mode", [0o644, 0o444, 0o000])
def test_an_index_that_may_not_be_written_costs_no_entry(place: Place, mode: int) -> None:
    """The folder is closed, so that the index cannot be made anew either; ledger and lock are open."""
    assert place.ask(*APPEND).code == 0
    place.protect(0o555, index=mode)
    said = place.ask(*APPEND)
    assert said.code == 0
    assert said.out.startswith("entry 58: ")
    assert place.index.name in said.err
    place.protect(0o755, index=0o644)
    assert place.ask("verify", "--no-index").code == 0
    assert place.ledger.read_bytes().count(b"\n") == 59


@pytest.mark.parametrize(
    ("modes", "code", "says"),
    [
        ({"folder": 0o555, "ledger": 0o444}, 4, "cannot be"),
        ({"folder": 0o555, "ledger": 0o644}, 4, "cannot be"),
        ({"folder": 0o755, "ledger": 0o444}, 4, "cannot be written"),
        ({"folder": 0o755, "ledger": 0o000}, 3, "cannot be read"),
        ({"folder": 0o000}, 3, "cannot be read"),
    ],
    ids=["all", "folder", "ledger", "unreadable", "closed folder"],
)
def test_an_entry_that_may_not_be_written_is_refused_in_one_line(
    place: Place, modes: dict[str, Any], code: int, says: str
) -> None:
    before = place.ledger.read_bytes()
    place.protect(**modes)
    said = place.ask(*APPEND)
    assert (said.code, said.out) == (code, "")
    assert said.err.count("\n") == 1
    assert says in said.err
    place.folder.chmod(0o755)
    place.ledger.chmod(0o644)
    assert place.ledger.read_bytes() == before


@pytest.mark.parametrize("question", [*ANSWERS, APPEND], ids=lambda question: question[0])
@pytest.mark.parametrize("how", ["--file", "COMPLIANCE_LEDGER"])
def test_a_ledger_that_may_not_be_read_is_unreadable_however_it_was_chosen(
    place: Place, monkeypatch: pytest.MonkeyPatch, question: tuple[str, ...], how: str
) -> None:
    place.protect(0o755, ledger=0o000)
    chosen = ["--file", str(place.ledger)] if how == "--file" else []
    if not chosen:
        monkeypatch.setenv(how, str(place.ledger))
    place.capsys.readouterr()
    with ordinary():
        code = app([*chosen, *question])
    out, err = place.capsys.readouterr()
    assert (code, out) == (3, "")
    assert "cannot be read" in err


def test_files_are_closed_to_others(place: Place) -> None:
    assert place.ask("init").code == 2
    fresh = place.folder / "fresh.jsonl"
    assert app(["--file", str(fresh), "add-order", "--authority", "A", "--jurisdiction", "IN", "--platform", "x"]) == 0
    for path in place.folder.glob("fresh.jsonl*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
