"""docs/threats.md is held against the tests that it names; and the limits that it states are shown here."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from ledger.journal.line import encode_line
from tests.conftest import Done, Run
from tests.examples import ROOT, code, text_of

ORDER = ("add-order", "--authority", "Example Office", "--jurisdiction", "IN", "--platform", "twitter")


# --- The page


def rows() -> list[list[str]]:
    """Return the rows of all tables, without their heads."""
    lines = text_of("threats.md").splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for before, line in pairwise(lines)
        if line.startswith("|") and before.startswith("|") and not line.startswith("|---")
    ]


def names_of_tests(path: Path) -> set[str]:
    """Return the names of a file's tests."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return {name for name in found if name.startswith("test_")}


def test_every_test_that_is_named_exists() -> None:
    named = [name.split("::") for row in rows() for name in code(row[-1])]
    assert len(named) > 80
    known = {path: names_of_tests(ROOT / path) for path in {path for path, _ in named}}
    assert [f"{path}::{name}" for path, name in named if name not in known[path]] == []


def test_every_row_names_a_test_or_says_that_nothing_finds_it() -> None:
    assert {len(row) for row in rows()} == {3}
    assert [what for what, finds, tests in rows() if not code(tests) and "**Nothing" not in finds] == []
    assert [tests for *_, tests in rows() if " ".join(f"`{name}`" for name in code(tests)) != tests] == []


def test_every_limit_that_is_shown_here_is_on_the_page() -> None:
    here = {name for name in names_of_tests(Path(__file__)) if not name.startswith("test_every")}
    named = {
        name.split("::")[1] for row in rows() for name in code(row[-1]) if name.startswith("tests/test_threats.py")
    }
    assert named == here


# --- The limits


def add(ask: Run, file: str, name: str, *more: str) -> None:
    assert ask("--file", file, *ORDER, "--id", name, "--received", "2021-02-01", *more).code == 0


def verdicts(done: Done) -> list[str | None]:
    return [one["verdict"] and one["verdict"]["kind"] for one in json.loads(done.out)["checkpoints"]]


def test_a_false_date_is_recorded_and_verifies(ask: Run) -> None:
    """It was received on 1 March, and nobody but the keeper knows."""
    add(ask, "ledger.jsonl", "EX-1")
    assert ask("verify").code == 0
    assert ask("check").code == 0


def test_two_ledgers_kept_from_the_start_verify_each_by_itself_and_not_together(ask: Run) -> None:
    for file, name in (("one.jsonl", "EX-1"), ("two.jsonl", "EX-2")):
        assert ask("--file", file, "init", "--origin", "Example Platform").code == 0
        add(ask, file, name)
        assert ask("--file", file, "checkpoint", "-o", f"{file}.checkpoint").code == 0
        assert ask("--file", file, "verify", "--checkpoint", f"{file}.checkpoint").code == 0
    held = ("--checkpoint", "one.jsonl.checkpoint", "--checkpoint", "two.jsonl.checkpoint")
    both = ask("--file", "one.jsonl", "verify", *held, "-O", "json")
    assert (both.code, verdicts(both)) == (1, [None, "forked"])


def test_a_key_whose_memory_was_deleted_signs_a_fork_that_shows_when_both_are_compared(
    ask: Run, tmp_path: Path
) -> None:
    pytest.importorskip("cryptography", reason="pip install 'compliance-ledger[sign]'")
    for file, name in (("one.jsonl", "EX-1"), ("two.jsonl", "EX-2")):
        assert ask("--file", file, "init", "--origin", "Example Platform").code == 0
        add(ask, file, name)
    (tmp_path / "k").mkdir()
    vkey = ask("--file", "one.jsonl", "key", "new", "-o", "k/own.key").out.strip()
    sign = ("checkpoint", "--key", "k/own.key", "-o")
    assert ask("--file", "one.jsonl", *sign, "one").code == 0
    assert ask("--file", "two.jsonl", *sign, "two").code == 1
    (tmp_path / "k" / "own.key.signed").unlink()
    assert ask("--file", "two.jsonl", *sign, "two").code == 0
    assert ask("--file", "two.jsonl", "verify", "--checkpoint", "two", "--key", vkey).code == 0
    both = ("verify", "--checkpoint", "one", "--checkpoint", "two", "--key", vkey, "-O", "json")
    assert verdicts(ask("--file", "two.jsonl", *both)) == ["forked", None]


def test_the_first_cosignature_confirms_whatever_is_given(ask: Run, tmp_path: Path) -> None:
    pytest.importorskip("cryptography", reason="pip install 'compliance-ledger[sign]'")
    invented = "Example Platform\n257\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    (tmp_path / "invented").write_text(invented)
    assert ask("key", "new", "--cosigner", "--name", "auditor", "-o", "auditor.key").code == 0
    done = ask("cosign", "invented", "--key", "auditor.key", "--first")
    assert done.code == 0
    assert done.out.startswith(f"{invented}\n— auditor ")
    assert "IS NOT SIGNED BY THE LEDGER" in done.err


def test_how_a_withheld_line_counts_is_covered_by_no_hash(ask: Run, tmp_path: Path) -> None:
    add(ask, "ledger.jsonl", "EX-1", "--specified", "5", "--confidential")
    assert ask("checkpoint", "-o", "held").code == 0
    assert ask("publish", "-o", "public").code == 0
    path = tmp_path / "public" / "ledger.jsonl"
    first, line, _ = path.read_bytes().split(b"\n")
    record = json.loads(line)
    record["record"]["specified"] |= {"n": 2, "words": "2"}
    del record["~"]
    path.write_bytes(b"%s\n%s\n" % (first, encode_line(record)))
    public = ("--file", "public/ledger.jsonl")
    assert ask(*public, "verify", "--checkpoint", "held").code == 0
    report = ask(*public, "report", "-O", "json")
    assert json.loads(report.out)["totals"]["specified"]["n"] == 2
    assert "lines that this copy withholds: 1;" in report.err


def test_an_imported_line_that_is_withheld_is_refused(ask: Run, tmp_path: Path) -> None:
    add(ask, "ledger.jsonl", "EX-1")
    before = (tmp_path / "ledger.jsonl").read_bytes()
    (tmp_path / "more.jsonl").write_text('{"kind":"withheld","leaf":"' + "0" * 64 + '"}\n')
    assert ask("import", "more.jsonl").code == 2
    assert (tmp_path / "ledger.jsonl").read_bytes() == before


def test_a_guess_at_a_private_value_cannot_be_tried(ask: Run, tmp_path: Path) -> None:
    """Its digest takes the salt, which stands in the private file alone and is another one in each ledger."""
    found = []
    for file in ("one.jsonl", "two.jsonl"):
        assert ask("--file", file, "init", "--origin", "Example Platform", "--private", "targets").code == 0
        add(ask, file, "EX-1", "@example_one")
        ledger = (tmp_path / file).read_bytes()
        (disclosure,) = (tmp_path / f"{file}.private").read_bytes().split()
        digest = base64.urlsafe_b64encode(hashlib.sha256(disclosure).digest()).rstrip(b"=")
        salt, name = json.loads(base64.urlsafe_b64decode(disclosure + b"=="))
        assert (name, len(base64.urlsafe_b64decode(salt + "=="))) == ("@example_one", 16)
        assert ledger.count(digest) == 1
        assert salt.encode() not in ledger
        found.append(digest)
    assert found[0] != found[1]


def forge(path: Path) -> None:
    """Put a hash that nothing has into a ledger's index, with the check that fits it."""
    with closing(sqlite3.connect(f"{path}.index")) as db, db:
        genesis = hashlib.sha256(b"\0" + path.read_bytes().split(b"\n")[0]).hexdigest()
        forged = hashlib.sha256(b"forged").digest()
        check = hashlib.sha256(genesis.encode() + (0).to_bytes(8) + forged).digest()[:16]
        assert db.execute("UPDATE subtrees SET hash = ? WHERE number = 0", (forged + check,)).rowcount == 1


def long(ask: Run) -> None:
    """Begin a ledger of some 300 entries."""
    add(ask, "ledger.jsonl", "EX-1")
    response = '{"kind":"response","order":"EX-1","action":"acknowledged","at":"2021-02-02","note":"%d"}\n'
    stories = "".join(response % number for number in range(300))
    assert ask("import", "-", "--format", "jsonl", stdin=stories.encode()).code == 0


def test_hashes_forged_in_the_index_are_never_signed(ask: Run, tmp_path: Path) -> None:
    long(ask)
    honest = ask("checkpoint").out
    assert ask("key", "new").code == 0
    forge(tmp_path / "ledger.jsonl")
    first = ask("checkpoint")
    assert (first.code, first.out.split("\n\n")[0] + "\n") == (0, honest)
    forge(tmp_path / "ledger.jsonl")
    # The root over what was signed before shows that they are false.
    assert ask("checkpoint").out == first.out


def test_hashes_forged_in_the_index_give_a_checkpoint_that_fails_when_it_is_verified(ask: Run, tmp_path: Path) -> None:
    """Whoever can write the index can make its checks anew."""
    long(ask)
    honest = ask("checkpoint").out
    forge(tmp_path / "ledger.jsonl")
    assert ask("checkpoint", "-o", "false").code == 0
    assert (tmp_path / "false").read_text() != honest
    done = ask("verify", "--no-index", "--checkpoint", "false", "-O", "json")
    assert (done.code, verdicts(done)) == (1, ["rewritten"])
