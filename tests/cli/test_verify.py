"""`verify` with checkpoints and keys: what it says, to people and to programs, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.evidence.checkpoint import read_checkpoint
from ledger.evidence.signing.note import COSIGNATURE, format_note, key_name
from tests.cli.test_prove import ORIGIN, Party
from tests.conftest import Run, invoke, put_copy


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a ledger of three entries with a checkpoint of two, `old`, and one of all, `new`; return the folder."""
    folder = tmp_path_factory.mktemp("kept")
    order = ("--authority", "Board", "--jurisdiction", "NZ", "--platform", "x", "--received", "2025-03-03", "@one")
    for command in (
        ("init", "--origin", ORIGIN),
        ("add-order", "--id", "A", *order),
        ("checkpoint", "--unsigned", "-o", "old"),
        ("respond", "A", "blocked", "--all", "--at", "2025-03-04"),
        ("checkpoint", "--unsigned", "-o", "new"),
    ):
        assert invoke(folder, *command).code == 0
    return folder


@pytest.fixture
def at(kept: Path, tmp_path: Path) -> Path:
    """Return a folder with a copy of the ledger and its checkpoints."""
    put_copy(kept, tmp_path)
    return tmp_path


def record(run: Run, *arguments: str) -> Any:
    return json.loads(run("verify", *arguments, "-O", "json").out)


def test_a_ledger_that_extends_its_checkpoints_is_said_to(run: Run, at: Path) -> None:
    done = run("verify", "--checkpoint", "old", "--checkpoint", "new")
    assert (done.code, done.err) == (0, "")
    assert "checkpoint old: the ledger extends it: its 2 entries are as they were\n" in done.out
    assert "checkpoint new: the ledger extends it: its 3 entries are as they were\n" in done.out
    found = record(run, "--checkpoint", "old", "--checkpoint", "new")
    assert found["ok"]
    assert [(one["file"], one["size"], one["holds"], one["verdict"]) for one in found["checkpoints"]] == [
        ("old", 2, True, None),
        ("new", 3, True, None),
    ]
    root = read_checkpoint(at / "new")[0].root.hex()
    assert (found["checkpoints"][1]["root"], found["root"], found["withheld"]) == (root, root, 0)


def test_checkpoints_that_nobody_signed_or_whose_signer_is_not_known_are_said_loudly(run: Run, at: Path) -> None:
    done = run("verify", "--checkpoint", "old")
    assert "checkpoint old: IS NOT SIGNED: it binds nobody" in done.out
    keeper = Party(key_name(ORIGIN))
    keeper.sign(at / "old")
    done = run("verify", "--checkpoint", "old")
    assert done.code == 0
    assert "checkpoint old: WHO SIGNED IT WAS NOT CHECKED" in done.out
    one = record(run, "--checkpoint", "old")["checkpoints"][0]
    assert (one["signed"], one["signed_by"]) == (True, [])
    assert one["unknown_keys"] == [f"{keeper.key.name}+{keeper.key.key_id.hex()}"]


def test_with_keys_a_checkpoint_must_be_signed_by_one_of_them(run: Run, at: Path) -> None:
    keeper, auditor, stranger = Party(key_name(ORIGIN)), Party("auditor.example", COSIGNATURE), Party(key_name(ORIGIN))
    done = run("verify", "--checkpoint", "old", "--key", keeper.vkey)
    assert done.code == 1
    assert "checkpoint old: DOES NOT HOLD: not signed by any key that was given" in done.out
    keeper.sign(at / "old")
    auditor.sign(at / "old")
    done = run("verify", "--checkpoint", "old", "--key", keeper.vkey, "--key", auditor.vkey)
    assert done.code == 0
    assert f"signed by {keeper.key.name}, auditor.example (cosigned 2023-11-14T22:13:20Z)" in done.out
    (at / "key").write_text(keeper.vkey, encoding="utf-8")
    assert run("verify", "--checkpoint", "old", "--key", "key").code == 0
    found = record(run, "--checkpoint", "old", "--key", stranger.vkey)
    assert (found["ok"], found["checkpoints"][0]["holds"]) == (False, True)
    assert found["checkpoints"][0]["verdict"]["kind"] == "not-signed"
    assert run("verify", "--checkpoint", "old", "--checkpoint", "new", "--key", keeper.vkey).code == 1


def test_a_signature_that_is_forged_fails(run: Run, at: Path) -> None:
    keeper = Party(key_name(ORIGIN))
    keeper.sign(at / "old")
    note = read_checkpoint(at / "old")[1]
    forged = note.signatures[0]._replace(blob=bytes(64))
    (at / "old").write_bytes(format_note(note._replace(signatures=(forged,))))
    found = record(run, "--checkpoint", "old", "--key", keeper.vkey)
    assert not found["ok"]
    assert found["checkpoints"][0]["verdict"]["kind"] == "forged-signature"


def test_what_is_no_checkpoint_or_no_key_is_refused(run: Run, at: Path) -> None:
    for arguments in (
        ("--checkpoint", "ledger.jsonl"),
        ("--checkpoint", "nothing"),
        ("--checkpoint", "old", "--key", "x"),
    ):
        done = run("verify", *arguments)
        assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    done = run("verify", "--key", Party("x").vkey)
    assert done.code == 2
    assert "give one with --checkpoint" in done.err
    assert at.exists()


def test_a_text_in_a_checkpoint_does_nothing_on_a_terminal(run: Run, at: Path) -> None:
    raw = (at / "old").read_text(encoding="utf-8")
    (at / "old").write_text(raw.replace(ORIGIN, "Example \u202e\x9bPlatform"), encoding="utf-8")
    done = run("verify", "--checkpoint", "old")
    assert done.code == 1
    assert "another ledger" in done.out
    assert "\u202e" not in done.out
    assert "\x9b" not in done.out


def test_what_happened_is_said_after_what_was_found(run: Run, at: Path) -> None:
    raw = (at / "ledger.jsonl").read_bytes()
    (at / "ledger.jsonl").write_bytes(b"".join(raw.splitlines(keepends=True)[::2]))
    done = run("verify")
    assert done.code == 1
    assert "what happened: deleted: entry 1 is missing" in done.out
    found = record(run, "--checkpoint", "new")
    assert found["verdict"]["kind"] == "deleted"
    assert (found["checkpoints"][0]["verdict"]["kind"], found["checkpoints"][0]["holds"]) == ("deleted", False)


def test_an_unfinished_last_line_is_no_attack_and_checkpoints_hold(run: Run, at: Path) -> None:
    with (at / "ledger.jsonl").open("ab") as file:
        file.write(b'{"unfinished')
    found = record(run, "--checkpoint", "new")
    assert (found["ok"], found["verdict"]) == (False, None)
    assert (found["checkpoints"][0]["holds"], found["checkpoints"][0]["verdict"]) == (True, None)
