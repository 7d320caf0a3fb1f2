"""`prove` and `verify-proof`: what is handed over, what it shows to whom, what is said where it shows nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.evidence.checkpoint import read_checkpoint
from ledger.evidence.signing import ed25519
from ledger.evidence.signing.cosignature import cosign
from ledger.evidence.signing.note import (
    COSIGNATURE,
    ED25519,
    Note,
    Signature,
    format_note,
    format_vkey,
    key_name,
    verifier_key,
)
from tests.conftest import ROOT, Done, Run, invoke, put_copy

ORDER = "EX-DK-2025-31"
ORIGIN = "Example Platform"


class Party:
    """Somebody with a key."""

    def __init__(self, name: str, algorithm: int = ED25519) -> None:
        self.private = ed25519.new()
        self.key = verifier_key(name, algorithm, ed25519.public_of(self.private))
        self.vkey = format_vkey(self.key)

    def sign(self, path: Path, time: int = 1_700_000_000) -> None:
        """Add a signature to a checkpoint's file."""
        note = read_checkpoint(path)[1]
        blob = (
            cosign(self.private, note.text, time)
            if self.key.algorithm == COSIGNATURE
            else ed25519.sign(self.private, note.text.encode())
        )
        path.write_bytes(
            format_note(Note(note.text, (*note.signatures, Signature(self.key.name, self.key.key_id, blob))))
        )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a ledger of the samples with a checkpoint, `old`, then one entry more, and `new`; return the folder."""
    folder = tmp_path_factory.mktemp("kept")
    for command in (
        ("init", "--origin", ORIGIN),
        ("import", str(ROOT / "sample_orders")),
        ("checkpoint", "--unsigned", "-o", "old"),
        ("respond", ORDER, "acknowledged", "--at", "2025-12-30"),
        ("checkpoint", "--unsigned", "-o", "new"),
    ):
        assert invoke(folder, *command).code == 0
    return folder


@pytest.fixture
def at(kept: Path, tmp_path: Path) -> Path:
    """Return a folder with a copy of the ledger and its checkpoints."""
    put_copy(kept, tmp_path)
    return tmp_path


def alone(run: Run, at: Path, *arguments: str) -> Done:
    """Run `verify-proof` in a folder that holds no ledger."""
    (at / "ledger.jsonl").rename(at / "gone")
    try:
        return run("verify-proof", *arguments)
    finally:
        (at / "gone").rename(at / "ledger.jsonl")


# --- One entry


def test_a_proof_of_an_entry_shows_it_as_show_does_to_who_holds_the_checkpoint(run: Run, at: Path) -> None:
    assert run("prove", "3", "--checkpoint", "old", "-o", "p") == Done(0, "", "")
    done = alone(run, at, "p", "--checkpoint", "old")
    assert (done.code, done.err) == (0, "")
    size = read_checkpoint(at / "old")[0].size
    assert done.out.startswith(
        f"PROVED: entry 3 of the ledger {ORIGIN!r}, as its checkpoint of {size} entries states it"
    )
    assert "byte for byte" in done.out
    assert "That checkpoint is the same as old, which you trust." in done.out
    assert "Not proved:\n- that what the entry says is true\n" in done.out
    assert run("show", "3").out in done.out


def test_without_anything_to_trust_nothing_is_proved_though_the_proof_fits(run: Run, at: Path) -> None:
    run("prove", "3", "--checkpoint", "old", "-o", "p")
    done = alone(run, at, "p")
    assert done.code == 1
    assert done.out.startswith("NOTHING IS PROVED")
    assert "\nPROVED:" not in done.out
    record = json.loads(run("verify-proof", "p", "-O", "json").out)
    assert (record["ok"], record["same_as"], record["signed_by"]) == (False, [], [])


def test_the_json_of_a_proof_has_all_that_the_text_says(run: Run, at: Path) -> None:
    run("prove", "3", "--checkpoint", "old", "-o", "p")
    done = run("verify-proof", "p", "--checkpoint", "old", "-O", "json")
    assert done.code == 0
    record = json.loads(done.out)
    entry = json.loads(run("show", "3", "-O", "json").out)
    assert (record["schema"], record["ok"], record["kind"]) == ("ledger-proof/1", True, "inclusion")
    assert (record["origin"], record["same_as"], record["signed"]) == (ORIGIN, ["old"], False)
    assert record["root"] == read_checkpoint(at / "old")[0].root.hex()
    assert len(record["entries"]) == 1
    assert record["entries"][0]["entry"] == entry["entry"]
    assert record["entries"][0]["leaf_hash"] == entry["leaf_hash"]


def test_without_an_output_file_the_same_proof_is_printed(run: Run, at: Path) -> None:
    run("prove", "3", "--checkpoint", "old", "-o", "p")
    assert run("prove", "3", "--checkpoint", "old").out == (at / "p").read_text(encoding="utf-8")


def test_the_first_and_the_last_entry_can_be_proved(run: Run, at: Path) -> None:
    last = read_checkpoint(at / "new")[0].size - 1
    for seq in (0, last):
        assert run("prove", str(seq), "--checkpoint", "new", "-o", "p").code == 0
        done = run("verify-proof", "p", "--checkpoint", "new")
        assert done.code == 0
        assert run("show", str(seq)).out in done.out


def test_an_entry_beyond_the_checkpoint_is_refused_with_what_to_do(run: Run, at: Path) -> None:
    size = read_checkpoint(at / "old")[0].size
    done = run("prove", str(size), "--checkpoint", "old", "-o", "p")
    assert (done.code, done.out) == (2, "")
    assert "make a newer checkpoint with `ledger checkpoint`" in done.err
    assert not (at / "p").exists()
    done = run("prove", str(size + 1), "--checkpoint", "old")
    assert done.code == 2
    assert f"there is no entry {size + 1}" in done.err


def test_a_checkpoint_of_another_size_needs_another_proof_and_that_is_said(run: Run, at: Path) -> None:
    run("prove", "3", "--checkpoint", "new", "-o", "p")
    done = alone(run, at, "p", "--checkpoint", "old")
    assert (done.code, done.out) == (1, "")
    assert "check first that one continues the other" in done.err


# --- An order


def test_a_proof_of_an_order_holds_all_its_entries_each_whole_in_itself(run: Run, within: Run, at: Path) -> None:
    assert run("prove", ORDER, "--checkpoint", "new", "-o", "p").err == ""
    done = run("verify-proof", "p", "--checkpoint", "new", "-O", "json")
    shown = [entry["seq"] for entry in json.loads(done.out)["entries"]]
    events = json.loads(run("timeline", "--order", ORDER, "-O", "json").out)["events"]
    corrections = {correction["seq"] for event in events for correction in event["corrections"]}
    assert corrections
    assert shown == sorted({event["seq"] for event in events} | corrections)
    parts = (at / "p").read_bytes().split(b"c2sp.org/tlog-proof@v1\n")[1:]
    assert len(parts) == len(shown)
    for seq, part in zip(shown, parts, strict=True):
        (at / "one").write_bytes(b"c2sp.org/tlog-proof@v1\n" + part)
        assert f"PROVED: entry {seq} " in within("verify-proof", "one", "--checkpoint", "new").out


def test_entries_of_an_order_that_the_checkpoint_does_not_count_are_named(run: Run, at: Path) -> None:
    size = read_checkpoint(at / "old")[0].size
    done = run("prove", ORDER, "--checkpoint", "old", "-o", "p")
    assert done.code == 0
    assert f"left out are its entries {size}," in done.err
    assert run("verify-proof", "p", "--checkpoint", "old").code == 0


def test_an_order_that_is_not_there_or_not_yet_counted_is_refused(run: Run, at: Path) -> None:
    assert at.exists()
    assert run("prove", "EX-DK-2025-3", "--checkpoint", "old").code == 2
    new = ("--authority", "Board", "--jurisdiction", "NZ", "--platform", "x", "--received", "2025-03-03", "@one")
    assert run("add-order", "--id", "LATE", *new).code == 0
    done = run("prove", "LATE", "--checkpoint", "old")
    assert done.code == 2
    assert "make a newer checkpoint" in done.err


# --- Keys


def test_a_key_that_signed_is_trusted_and_one_that_did_not_is_not(run: Run, at: Path) -> None:
    keeper, auditor, stranger = Party(key_name(ORIGIN)), Party("auditor.example", COSIGNATURE), Party(key_name(ORIGIN))
    keeper.sign(at / "old")
    auditor.sign(at / "old", 1_700_000_000)
    run("prove", "3", "--checkpoint", "old", "-o", "p")
    (at / "key").write_text(keeper.vkey + "\n", encoding="utf-8")
    for given in ("key", keeper.vkey):
        done = alone(run, at, "p", "--key", given)
        assert done.code == 0
        assert f"signed by {keeper.key.name}, whose key you trust" in done.out
        assert "WERE NOT CHECKED" in done.out
        assert f"{auditor.key.name}+{auditor.key.key_id.hex()}" in done.out
    done = run("verify-proof", "p", "--key", auditor.vkey, "--key", keeper.vkey)
    assert (
        "cosigned by auditor.example, whose key you trust, and who states to have seen it at 2023-11-14T22:13:20Z"
        in done.out
    )
    assert "WERE NOT CHECKED" not in done.out
    done = alone(run, at, "p", "--key", stranger.vkey)
    assert (done.code, done.out) == (1, "")
    assert "nothing is proved" in done.err


def test_a_signature_that_is_forged_is_never_accepted(run: Run, at: Path) -> None:
    keeper = Party(key_name(ORIGIN))
    keeper.sign(at / "old")
    shutil.copy(at / "old", at / "true")
    note = read_checkpoint(at / "old")[1]
    one = note.signatures[0]
    (at / "old").write_bytes(format_note(note._replace(signatures=(one._replace(blob=bytes(64)),))))
    run("prove", "3", "--checkpoint", "old", "-o", "p")
    done = run("verify-proof", "p", "--key", keeper.vkey)
    assert (done.code, done.out) == (1, "")
    assert "does not hold" in done.err


def test_a_ledgers_key_says_nothing_about_another_ledger(run: Run, at: Path) -> None:
    other = Party("Another-Platform")
    other.sign(at / "old")
    run("prove", "3", "--checkpoint", "old", "-o", "p")
    assert run("verify-proof", "p", "--key", other.vkey).code == 1


def test_signatures_that_were_added_later_to_the_readers_own_copy_count(run: Run, at: Path) -> None:
    run("prove", "3", "--checkpoint", "old", "-o", "p")
    auditor = Party("auditor.example", COSIGNATURE)
    auditor.sign(at / "old")
    assert run("verify-proof", "p", "--key", auditor.vkey).code == 1
    assert run("verify-proof", "p", "--key", auditor.vkey, "--checkpoint", "old").code == 0


def test_what_is_no_key_is_refused(run: Run, at: Path) -> None:
    run("prove", "3", "--checkpoint", "old", "-o", "p")
    (at / "empty").write_bytes(b"\n")
    for given in ("nothing", "empty", "old"):
        done = run("verify-proof", "p", "--key", given)
        assert (done.code, done.out) == (2, "")
        assert "key:" in done.err


# --- Between two checkpoints


def test_a_proof_between_checkpoints_shows_that_nothing_was_changed_in_between(run: Run, at: Path) -> None:
    assert run("prove", "--since", "old", "--checkpoint", "new", "-o", "p") == Done(0, "", "")
    done = alone(run, at, "p", "--checkpoint", "old")
    assert done.code == 0
    assert "none of them was changed, moved or taken out, and none put in among them" in done.out
    assert "So who made that checkpoint is not shown" in done.out
    for given in (("--checkpoint", "old", "--checkpoint", "new"), ("--checkpoint", "new", "--checkpoint", "old")):
        done = alone(run, at, "p", *given)
        assert done.code == 0
        assert "That checkpoint is the same as new, which you trust." in done.out
    record = json.loads(run("verify-proof", "p", "--checkpoint", "old", "-O", "json").out)
    assert (record["kind"], record["old"]["file"], record["old"]["size"] + 1) == ("consistency", "old", record["size"])


def test_without_the_older_checkpoint_a_proof_between_two_shows_nothing(run: Run, at: Path) -> None:
    run("prove", "--since", "old", "--checkpoint", "new", "-o", "p")
    for given in ((), ("--checkpoint", "new")):
        done = alone(run, at, "p", *given)
        assert (done.code, done.out) == (1, "")
        assert "without it nothing is proved" in done.err


def test_a_proof_between_checkpoints_is_not_made_backwards(run: Run, at: Path) -> None:
    assert at.exists()
    done = run("prove", "--since", "new", "--checkpoint", "old")
    assert (done.code, done.out) == (2, "")
    assert "the older one goes with --since" in done.err


# --- What is refused


def test_a_checkpoint_that_the_ledger_does_not_extend_is_refused_with_what_happened(run: Run, at: Path) -> None:
    raw = (at / "ledger.jsonl").read_bytes()
    (at / "ledger.jsonl").write_bytes(b"".join(raw.splitlines(keepends=True)[:20]))
    for command in (("prove", "3"), ("prove", "--since", "old")):
        done = run(*command, "--checkpoint", "new", "-o", "p")
        assert (done.code, done.out) == (1, "")
        assert "cut: the checkpoint counts" in done.err
        assert not (at / "p").exists()
    with (at / "old").open("r+", encoding="utf-8") as file:
        file.write("Example Platforn")
    done = run("prove", "3", "--checkpoint", "old")
    assert done.code == 1
    assert "another ledger" in done.err


@pytest.mark.parametrize("arguments", [(), ("3", "--since", "old")])
def test_it_must_be_said_what_to_prove(run: Run, at: Path, arguments: tuple[str, ...]) -> None:
    assert at.exists()
    done = run("prove", *arguments, "--checkpoint", "new")
    assert done.code == 2
    assert "not both" in done.err


def test_a_file_that_is_no_proof_is_refused(run: Run, at: Path) -> None:
    for name in ("old", "ledger.jsonl", "nothing", "."):
        done = run("verify-proof", name, "--checkpoint", "old")
        assert (done.code, done.out) == (2, "")
        assert len(done.err.splitlines()) == 1
    assert at.exists()


def test_a_check_that_fails_is_one_line_and_in_json_a_record(run: Run, at: Path) -> None:
    run("prove", "3", "--checkpoint", "old", "-o", "p")
    raw = (at / "p").read_bytes()
    (at / "p").write_bytes(raw.replace(b"index 3", b"index 4"))
    done = run("verify-proof", "p", "--checkpoint", "old")
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert "does not lead from the entry to its checkpoint" in done.err
    done = run("verify-proof", "p", "--checkpoint", "old", "-O", "json")
    assert done.code == 1
    record = json.loads(done.out)
    assert (record["schema"], record["ok"]) == ("ledger-proof/1", False)
    assert "does not lead" in record["problem"]


def test_a_proof_is_put_whole_in_the_place_of_what_was_there_or_not_at_all(run: Run, at: Path) -> None:
    (at / "p").write_bytes(b"c2sp.org/tlog-proof@v1\nbefore")
    assert run("prove", "3", "--checkpoint", "old", "-o", "p").code == 0
    assert (at / "p").read_bytes().startswith(b"c2sp.org/tlog-proof@v1\n")
    done = run("prove", "3", "--checkpoint", "old", "-o", "no/p")
    assert done.code == 4
    assert "cannot be written" in done.err
    assert [path.name for path in at.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("name", ["ledger.jsonl", "old", "own.key", "ledger.jsonl.index", "thesis"])
def test_a_result_never_takes_the_place_of_a_ledger_a_key_or_a_checkpoint(run: Run, at: Path, name: str) -> None:
    assert run("key", "new", "-o", "own.key").code == 0
    (at / "thesis").write_text("a hundred pages")
    before = (at / name).read_bytes()
    for command in (
        ("prove", "3", "--checkpoint", "old", "-o", name),
        ("prove", "--since", "old", "--checkpoint", "old", "-o", name),
        *(
            []
            if name in ("old", "thesis")
            else [("verify", "-O", "json", "-o", name), ("report", "-O", "json", "-o", name)]
        ),
    ):
        done = run(*command)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith(f"ledger: output: {name}: ")
        assert (at / name).read_bytes() == before


def test_what_is_printed_is_the_same_bytes_in_every_encoding(run: Run, at: Path) -> None:
    assert run("key", "new", "-o", "own.key").code == 0
    assert run("checkpoint", "--key", "own.key", "-o", "signed").code == 0
    for encoding in ("utf-8", "cp1252", "ascii"):
        for command, file in (
            (("checkpoint", "--key", "own.key"), "signed"),
            (("prove", "3", "--checkpoint", "signed"), "p"),
        ):
            assert run(*command, *(() if file == "signed" else ("-o", file))).code == 0
            env = {**os.environ, "PYTHONIOENCODING": encoding}
            done = subprocess.run(
                [sys.executable, "-m", "ledger", *command], cwd=at, env=env, capture_output=True, check=True
            )
            assert done.stdout == (at / file).read_bytes()


def test_an_entry_that_is_withheld_cannot_be_proved_from_the_copy(run: Run, at: Path) -> None:
    from ledger.journal.line import encode_line, leaf_hash

    lines = (at / "ledger.jsonl").read_bytes().split(b"\n")[:-1]
    lines[3] = encode_line({"kind": "withheld", "leaf": leaf_hash(lines[3]), "seq": 3})
    (at / "copy.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    done = run("--file", "copy.jsonl", "prove", "3", "--checkpoint", "old")
    assert (done.code, done.out) == (2, "")
    assert "withheld" in done.err
