"""`ledger cosign`: a second person, who trusts neither the keeper nor the file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ledger.evidence.checkpoint import Checkpoint, parse_checkpoint, read_checkpoint
from ledger.evidence.proof import Consistency, format_consistency
from ledger.evidence.signing.note import Note, VerifierKey, check_signatures, format_note, parse_note, parse_vkey
from ledger.evidence.tree import consistency, node, split
from ledger.journal.line import encode_line, leaf, leaf_hash
from tests.conftest import Done, Run, invoke_configured, put_copy

ADDED = ["add-order", "--authority", "MeitY", "--jurisdiction", "IN", "--platform", "twitter", "--requires", "block",
         "--issued", "2021-02-01"]  # fmt: skip
SEEN = "auditor/auditor.key.seen/example.com%2Flog"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give away two signed checkpoints, `one` of 2 lines and `two` of 4, and make the auditor's key; return the folder."""
    folder = tmp_path_factory.mktemp("kept")
    (folder / "auditor").mkdir()
    for command in (
        ("init", "--origin", "example.com/log"),
        ("key", "new"),
        (*ADDED, "@a"),
        ("checkpoint", "-o", "one"),
        (*ADDED, "@b"),
        (*ADDED, "@c"),
        ("checkpoint", "-o", "two"),
        ("key", "new", "--cosigner", "--name", "auditor.example", "-o", "auditor/auditor.key"),
    ):
        assert invoke_configured(folder, *command).code == 0
    return folder


@pytest.fixture
def keeper(ask: Run, kept: Path, tmp_path: Path) -> Run:
    """Run the command line where the two checkpoints and the auditor's key are."""
    put_copy(kept, tmp_path)
    return ask


@pytest.fixture
def away(keeper: Run, tmp_path: Path) -> Run:
    """Take the ledger away: the auditor has checkpoints and proofs alone."""
    (tmp_path / "ledger.jsonl").rename(tmp_path / "away.jsonl")
    for path in tmp_path.glob("ledger.jsonl*"):
        path.unlink()
    return keeper


def vkey(ask: Run, *where: str) -> VerifierKey:
    return parse_vkey(ask("key", "show", *where).out.strip())


def auditor(ask: Run) -> VerifierKey:
    return vkey(ask, "auditor/auditor.key")


def cosign(ask: Run, checkpoint: str, *more: str) -> Done:
    return ask("cosign", checkpoint, "--key", "auditor/auditor.key", *more)


def leaves(path: Path) -> list[bytes]:
    return [leaf(raw) for raw in path.read_bytes().split(b"\n")[:-1]]


def root(hashes: list[bytes]) -> bytes:
    return (
        hashes[0] if len(hashes) == 1 else node(root(hashes[: split(len(hashes))]), root(hashes[split(len(hashes)) :]))
    )


def prove(path: Path, old: int, checkpoint: Path, out: Path) -> None:
    """Write the proof that a checkpoint continues the first so many lines of a ledger."""
    hashes = leaves(path)
    state, note = read_checkpoint(checkpoint)
    proof = tuple(consistency(old, state.size, lambda begin, end: root(hashes[begin:end])))
    out.write_bytes(format_consistency(Consistency(old, proof, Note(note.text, note.signatures))))


def forked(path: Path) -> None:
    """Change the second line and make the others fit again."""
    entries = [json.loads(raw) for raw in path.read_bytes().split(b"\n")[:-1]]
    entries[1]["note"] = "changed"
    lines, before = [], ""
    for entry in entries:
        del entry["~"]
        raw = encode_line(entry | {"prev": before})
        lines.append(raw + b"\n")
        before = leaf_hash(raw)
    path.write_bytes(b"".join(lines))


def test_it_adds_a_line_that_says_when(keeper: Run, tmp_path: Path) -> None:
    before = int(time.time())
    done = cosign(keeper, "one", "--first", "--log-key", keeper("key", "show").out.strip())
    assert (done.code, done.err) == (0, "")
    note = parse_note(done.out.encode())
    assert done.out.startswith((tmp_path / "one").read_text())
    assert len(note.signatures) == 2
    log, second = check_signatures(note, [vkey(keeper), auditor(keeper)]).signers
    assert (log.name, log.time) == ("example.com/log", None)
    assert second.name == "auditor.example"
    assert second.time is not None
    assert before <= second.time <= int(time.time())


def test_into_the_file_itself_and_again_it_is_replaced_and_not_doubled(keeper: Run, tmp_path: Path) -> None:
    done = cosign(keeper, "one", "--first", "-o", "one")
    assert (done.code, done.out) == (0, "")
    for _ in range(2):
        assert cosign(keeper, "one", "-o", "one").code == 0
    _, note = read_checkpoint(tmp_path / "one")
    assert [found.name for found in note.signatures] == ["example.com/log", "auditor.example"]
    assert len(check_signatures(note, [vkey(keeper), auditor(keeper)]).signers) == 2


def test_two_cosigners_stand_side_by_side(keeper: Run, tmp_path: Path) -> None:
    keeper("key", "new", "--cosigner", "--name", "court.example", "-o", "court.key")
    assert cosign(keeper, "one", "--first", "-o", "one").code == 0
    assert keeper("cosign", "one", "--first", "--key", "court.key", "-o", "one").code == 0
    _, note = read_checkpoint(tmp_path / "one")
    keys = [vkey(keeper), auditor(keeper), vkey(keeper, "court.key")]
    assert [found.key for found in check_signatures(note, keys).signers] == keys


def test_the_first_must_be_said(keeper: Run, tmp_path: Path) -> None:
    done = cosign(keeper, "one")
    assert (done.code, done.out) == (2, "")
    assert "--first" in done.err
    assert not (tmp_path / SEEN).exists()


def test_from_then_on_it_knows_what_it_saw(keeper: Run, tmp_path: Path) -> None:
    assert cosign(keeper, "one", "--first").code == 0
    assert read_checkpoint(tmp_path / SEEN)[0].size == 2
    assert cosign(keeper, "two").code == 0
    assert read_checkpoint(tmp_path / SEEN)[0].size == 4
    done = cosign(keeper, "one")
    assert (done.code, done.out) == (1, "")
    assert "has 2 entries, fewer than the 4" in done.err
    assert cosign(keeper, "one", "--first").code == 1


def test_the_last_one_may_be_given(keeper: Run) -> None:
    assert cosign(keeper, "two", "--last", "one").code == 0
    assert cosign(keeper, "one", "--last", "two").code == 1


def test_a_checkpoint_of_another_history_is_not_cosigned(keeper: Run, tmp_path: Path) -> None:
    """The keeper rewrites the ledger, and signs it with the memory of the key removed."""
    assert cosign(keeper, "one", "--first").code == 0
    before = (tmp_path / SEEN).read_bytes()
    forked(tmp_path / "ledger.jsonl")
    (tmp_path / "cfg/compliance-ledger/keys/example.com%2Flog.key.signed").unlink()
    assert keeper("checkpoint", "-o", "other").code == 0
    done = cosign(keeper, "other")
    assert (done.code, done.out) == (1, "")
    assert "the first 2 are not those of" in done.err
    assert (tmp_path / SEEN).read_bytes() == before


def test_a_fork_of_the_same_size_is_not_cosigned(keeper: Run, tmp_path: Path) -> None:
    assert cosign(keeper, "two", "--first").code == 0
    forked(tmp_path / "ledger.jsonl")
    (tmp_path / "cfg/compliance-ledger/keys/example.com%2Flog.key.signed").unlink()
    assert keeper("checkpoint", "-o", "other").code == 0
    done = cosign(keeper, "other")
    assert (done.code, done.out) == (1, "")
    assert "their content differs" in done.err


def test_a_checkpoint_that_the_ledger_does_not_bear_out_is_not_cosigned(keeper: Run, tmp_path: Path) -> None:
    forked(tmp_path / "ledger.jsonl")
    done = cosign(keeper, "two", "--first")
    assert (done.code, done.out) == (1, "")
    assert "does not state what the first 4 entries" in done.err
    (tmp_path / "ledger.jsonl").write_bytes(
        b"".join((tmp_path / "ledger.jsonl").read_bytes().splitlines(keepends=True)[:3])
    )
    done = cosign(keeper, "two", "--first")
    assert (done.code, done.out) == (1, "")
    assert "entries were cut off" in done.err


def test_a_proof_does_without_the_ledger(away: Run, tmp_path: Path) -> None:
    prove(tmp_path / "away.jsonl", 2, tmp_path / "two", tmp_path / "proof")
    assert cosign(away, "one", "--first").code == 0
    done = cosign(away, "two")
    assert (done.code, done.out) == (2, "")
    assert "--proof" in done.err
    assert cosign(away, "two", "--proof", "proof").code == 0
    assert read_checkpoint(tmp_path / SEEN)[0].size == 4


@pytest.mark.usefixtures("away")
def test_every_line_of_a_proof_matters(within: Run, tmp_path: Path) -> None:
    prove(tmp_path / "away.jsonl", 2, tmp_path / "two", tmp_path / "proof")
    raw = (tmp_path / "proof").read_bytes()
    assert cosign(within, "one", "--first").code == 0
    before = (tmp_path / SEEN).read_bytes()
    lines = raw.split(b"\n")
    for number, line in enumerate(lines[:6]):
        for other in (line[:-1] + bytes([line[-1] ^ 1]) if line else b"x", b"A" + line[1:], None):
            if other == line:
                continue
            changed = [*lines[:number], *([] if other is None else [other]), *lines[number + 1 :]]
            (tmp_path / "proof").write_bytes(b"\n".join(changed))
            done = cosign(within, "two", "--proof", "proof")
            assert done.code in (1, 2), (number, other)
            assert done.out == ""
            assert "Traceback" not in done.err
    assert (tmp_path / SEEN).read_bytes() == before


def test_the_proof_of_another_history_shows_nothing(away: Run, tmp_path: Path) -> None:
    """The keeper proves that the new history continues itself, not what was seen."""
    assert cosign(away, "one", "--first").code == 0
    forked(tmp_path / "away.jsonl")
    hashes = leaves(tmp_path / "away.jsonl")
    state = Checkpoint("example.com/log", 4, root(hashes))
    (tmp_path / "two").write_text((tmp_path / "two").read_text().split("\n\n")[0] + "\n")
    text = (tmp_path / "two").read_text().split("\n")
    text[2] = format_root(state)
    (tmp_path / "two").write_text("\n".join(text))
    prove(tmp_path / "away.jsonl", 2, tmp_path / "two", tmp_path / "proof")
    done = cosign(away, "two", "--proof", "proof")
    assert (done.code, done.out) == (1, "")
    assert "the proof does not show" in done.err


def format_root(state: Checkpoint) -> str:
    from ledger.evidence.checkpoint import format_checkpoint

    return format_checkpoint(state).split("\n")[2]


def test_a_forged_last_checkpoint_does_not_hide_what_was_cosigned(away: Run, tmp_path: Path) -> None:
    """Somebody passes off a larger one as the last that was seen."""
    assert cosign(away, "one", "--first").code == 0
    forged = f"example.com/log\n3\n{'A' * 43}=\n"
    (tmp_path / "forged").write_text(forged)
    done = cosign(away, "forged", "--last", "forged")
    assert (done.code, done.out) == (2, "")
    assert "auditor.key.seen" in done.err
    assert read_checkpoint(tmp_path / SEEN)[0].size == 2


def test_without_the_ledgers_key_it_is_said_loudly_that_nobody_knows_who_signed(keeper: Run, tmp_path: Path) -> None:
    assert "WHO SIGNED WAS NOT CHECKED" in cosign(keeper, "one", "--first").err
    (tmp_path / "bare").write_text(keeper("checkpoint", "--unsigned").out)
    done = cosign(keeper, "bare")
    assert done.code == 0
    assert "IS NOT SIGNED BY THE LEDGER" in done.err
    (tmp_path / "cosigned").write_text(done.out)
    assert "IS NOT SIGNED BY THE LEDGER" in cosign(keeper, "cosigned").err


def test_with_the_ledgers_key_an_unsigned_or_forged_one_is_refused(keeper: Run, tmp_path: Path) -> None:
    key = keeper("key", "show").out.strip()
    keeper("key", "new", "--name", "example.com/log", "-o", "forger.key")
    (tmp_path / "bare").write_text(keeper("checkpoint", "--unsigned").out)
    _, one = read_checkpoint(tmp_path / "one")
    _, two = read_checkpoint(tmp_path / "two")
    (tmp_path / "moved").write_bytes(format_note(Note(one.text, two.signatures)))
    (tmp_path / "cfg/compliance-ledger/keys/example.com%2Flog.key.signed").unlink()
    keeper("checkpoint", "--key", "forger.key", "-o", "forged")
    for name in ("bare", "moved", "forged"):
        done = cosign(keeper, name, "--first", "--log-key", key)
        assert (done.code, done.out) == (1, ""), name
        assert "nothing was signed" in done.err
    assert not (tmp_path / SEEN).exists()
    assert cosign(keeper, "one", "--first", "--log-key", key).code == 0
    (tmp_path / "key.pub").write_text(f"{key}\n")
    assert cosign(keeper, "one", "--log-key", "key.pub").err == ""
    assert cosign(keeper, "bare", "--log-key", "key.pub").code == 1


def test_a_key_of_another_ledger_or_kind_is_no_log_key(keeper: Run) -> None:
    keeper("key", "new", "--name", "other.example", "-o", "other.key")
    for where in ("other.key", "auditor/auditor.key"):
        done = cosign(keeper, "one", "--first", "--log-key", keeper("key", "show", where).out.strip())
        assert (done.code, done.out) == (2, "")
        assert "log-key" in done.err
    assert cosign(keeper, "one", "--first", "--log-key", "nonsense").code == 2


def test_the_ledgers_own_key_cosigns_nothing(keeper: Run) -> None:
    done = keeper("cosign", "one", "--first", "--key", "cfg/compliance-ledger/keys/example.com%2Flog.key")
    assert (done.code, done.out) == (2, "")
    assert "--cosigner" in done.err


def test_another_ledger_here_is_no_hindrance_and_one_that_is_named_is_refused(away: Run) -> None:
    assert away("init", "--origin", "another").code == 0
    assert cosign(away, "one", "--first").code == 0
    done = cosign(away, "two", "--file", "ledger.jsonl")
    assert (done.code, done.out) == (2, "")
    assert "'another'" in done.err
    assert cosign(away, "two", "--file", "missing.jsonl").code == 3
    assert cosign(away, "two", "--file", "away.jsonl").code == 0


def test_what_is_to_be_overwritten_must_be_a_checkpoint_of_the_ledger(keeper: Run, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("my thesis\n")
    keeper("init", "--file", "b", "--origin", "b")
    keeper("checkpoint", "--file", "b", "-o", "of-b")
    for name in ("text", "of-b", "ledger.jsonl", "auditor/auditor.key"):
        before = (tmp_path / name).read_bytes()
        done = cosign(keeper, "one", "--first", "-o", name)
        assert (done.code, done.out) == (2, "")
        assert (tmp_path / name).read_bytes() == before
    assert not (tmp_path / SEEN).exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\n",
        b"a\n1\n",
        b"a\r\n1\r\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\r\n",
        b"a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        b"a\n9223372036854775808\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        b"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        b"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n" + b"\n" + "— a AAAAAAA=\n".encode() * 10_000,
        "a\u202eb\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n".encode(),
        b"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\x1b[2J\n",
        b"x" * (3 << 20),
    ],
)
def test_a_hostile_checkpoint_is_refused_in_one_line(keeper: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "hostile").write_bytes(content)
    done = cosign(keeper, "hostile", "--first")
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert "hostile" in done.err
    assert done.err.rstrip("\n").isprintable()


def test_a_file_that_is_not_there_is_refused(keeper: Run) -> None:
    assert cosign(keeper, "missing", "--first").code == 2
    assert cosign(keeper, "one", "--last", "missing").code == 2
    assert cosign(keeper, "one", "--first", "--proof", "missing").code == 2
    assert cosign(keeper, "one", "--first", "--proof", "one").code == 2
    assert keeper("cosign", "one", "--first").code == 2


def test_what_was_seen_and_is_damaged_is_not_passed_over(keeper: Run, tmp_path: Path) -> None:
    assert cosign(keeper, "one", "--first").code == 0
    (tmp_path / SEEN).write_bytes((tmp_path / "one").read_bytes())
    done = cosign(keeper, "two", "--first")
    assert (done.code, done.out) == (3, "")
    assert "was changed" in done.err


def test_two_who_cosign_two_histories_at_once_cosign_one(keeper: Run, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "ledger.jsonl", tmp_path / "fork.jsonl")
    forked(tmp_path / "fork.jsonl")
    (tmp_path / "fork").write_text(keeper("checkpoint", "--unsigned", "--file", "fork.jsonl").out)
    assert (tmp_path / "fork").read_text().split("\n")[:2] == (tmp_path / "two").read_text().split("\n")[:2]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "ledger", "cosign", name, "--first", "--key", "auditor/auditor.key", "--file", file],
            cwd=tmp_path,
            env=os.environ | {"XDG_CONFIG_HOME": str(tmp_path / "cfg")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for name, file in (("two", "ledger.jsonl"), ("fork", "fork.jsonl")) * 3
    ]
    done = [(process.communicate()[0], process.returncode) for process in running]
    assert sorted(code for _, code in done) == [0, 0, 0, 1, 1, 1]
    roots = {parse_checkpoint(parse_note(out).text).root for out, code in done if code == 0}
    assert len(roots) == 1


def test_help_says_what_a_cosignature_means(keeper: Run) -> None:
    done = keeper("cosign", "--help")
    assert done.code == 0
    assert "the newest state of the ledger that I saw" in " ".join(done.out.split())
    assert "Example: ledger cosign" in done.out
