"""`ledger checkpoint`, as a new user, and against one who rewrites the ledger between two of them."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ledger.cli.app import app
from ledger.evidence.checkpoint import Checkpoint, parse_checkpoint
from ledger.evidence.signing.note import check_signatures, parse_note, parse_vkey
from ledger.evidence.tree import Tree
from ledger.journal.line import encode_line, leaf, leaf_hash
from tests.conftest import Done, Run, invoke_configured, put_copy

posix = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
KEY = "cfg/compliance-ledger/keys/example.com%2Flog.key"
SIGNED = f"{KEY}.signed"
NOBODY = 65534


@pytest.fixture(scope="module")
def begun_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("begun")
    assert invoke_configured(folder, "init", "--origin", "example.com/log").code == 0
    (folder / "orders.jsonl").write_text("".join(map(order, range(1, 4))))
    assert invoke_configured(folder, "import", "orders.jsonl").code == 0
    return folder


@pytest.fixture(scope="module")
def signing_folder(begun_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signing")
    put_copy(begun_folder, folder)
    assert invoke_configured(folder, "key", "new").code == 0
    return folder


@pytest.fixture
def begun(ask: Run, begun_folder: Path, tmp_path: Path) -> Run:
    """Begin a ledger of four lines."""
    put_copy(begun_folder, tmp_path)
    return ask


@pytest.fixture
def signing(ask: Run, signing_folder: Path, tmp_path: Path) -> Run:
    """Begin a ledger of four lines, with a key."""
    put_copy(signing_folder, tmp_path)
    return ask


def order(number: int) -> str:
    record = {"kind": "order", "id": f"o{number}", "authority": "MeitY", "jurisdiction": "IN", "platform": "twitter",
              "requires": ["block"], "issued": "2021-02-01", "targets": [f"@x{number}"]}  # fmt: skip
    return json.dumps(record) + "\n"


def added(name: str) -> list[str]:
    return ["add-order", "--id", name, "--authority", "MeitY", "--jurisdiction", "IN", "--platform", "twitter",
            "--requires", "block", "--issued", "2021-02-01", f"@{name}"]  # fmt: skip


def add(ask: Run, name: str, *more: str) -> None:
    done = ask(*added(name), *more)
    assert done.code == 0, done.err


def state(done: Done) -> Checkpoint:
    assert done.code == 0, done.err
    return parse_checkpoint(parse_note(done.out.encode()).text)


def root(path: Path) -> bytes:
    tree = Tree()
    for raw in path.read_bytes().split(b"\n")[:-1]:
        tree.add(leaf(raw))
    return tree.root()


def rewritten(path: Path, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """Change a ledger's entries, and make every line after fit again, as one would who can write the file."""
    entries = [json.loads(raw) for raw in path.read_bytes().split(b"\n")[:-1]]
    change(entries)
    lines, before = [], ""
    for seq, entry in enumerate(entries):
        del entry["~"]
        raw = encode_line(entry | {"seq": seq, "prev": before})
        lines.append(raw + b"\n")
        before = leaf_hash(raw)
    path.write_bytes(b"".join(lines))


def test_it_states_size_and_root(begun: Run, tmp_path: Path) -> None:
    assert state(begun("checkpoint")) == Checkpoint("example.com/log", 4, root(tmp_path / "ledger.jsonl"))


def test_unsigned_it_says_what_that_is_worth_and_how_to_sign(begun: Run) -> None:
    done = begun("checkpoint")
    assert parse_note(done.out.encode()).signatures == ()
    assert "is not signed: it proves nothing about who made it" in done.err
    assert "ledger key new" in done.err
    begun("key", "new")
    assert "leave --unsigned out" in begun("checkpoint", "--unsigned").err


def test_signed_it_verifies_with_the_public_key(signing: Run) -> None:
    done = signing("checkpoint")
    assert done.err == ""
    key = parse_vkey(signing("key", "show").out.strip())
    assert [found.key for found in check_signatures(parse_note(done.out.encode()), [key]).signers] == [key]


def test_the_same_ledger_gives_the_same_checkpoint(signing: Run) -> None:
    assert signing("checkpoint") == signing("checkpoint")


def test_as_json_it_has_all_that_the_note_has(begun: Run) -> None:
    for signed in (False, True):
        if signed:
            begun("key", "new")
        note, record = begun("checkpoint"), json.loads(begun("checkpoint", "-O", "json").out)
        found = state(note)
        assert record == {
            "schema": "ledger-checkpoint/1",
            "origin": found.origin,
            "size": found.size,
            "root": found.root.hex(),
            "root_base64": note.out.split("\n")[2],
            "signed_by": [{"name": found.origin, "cosigned_at": None}] if signed else [],
            "keys": [begun("key", "show").out.strip()] if signed else [],
            "note": note.out,
        }


def test_another_format_is_refused(begun: Run) -> None:
    done = begun("checkpoint", "-O", "csv")
    assert (done.code, done.out) == (2, "")
    assert "neither note nor json" in done.err


def test_it_goes_into_a_file_that_it_then_must_extend(signing: Run, tmp_path: Path) -> None:
    assert signing("checkpoint", "-o", "a.checkpoint") == Done(0, "", "")
    first = (tmp_path / "a.checkpoint").read_text()
    add(signing, "o4")
    assert signing("checkpoint", "-o", "a.checkpoint").code == 0
    assert (tmp_path / "a.checkpoint").read_text() != first
    assert signing("checkpoint", "-o", "a.json").code == 0
    assert json.loads((tmp_path / "a.json").read_text())["note"] == (tmp_path / "a.checkpoint").read_text()
    add(signing, "o5")
    assert signing("checkpoint", "-o", "a.json").code == 0
    assert not list(tmp_path.glob(".a*"))


@pytest.mark.parametrize(
    "content", [b"", b"my thesis\n", b"{}", b'{"note":1}', b'{"note":"x"}', b"\xff", b"{" * 100_000]
)
def test_a_file_that_holds_anything_else_is_not_overwritten(begun: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    done = begun("checkpoint", "-o", "a")
    assert (done.code, done.out) == (2, "")
    assert "holds no checkpoint" in done.err
    assert "Traceback" not in done.err
    assert (tmp_path / "a").read_bytes() == content


def test_the_ledger_itself_is_not_overwritten(signing: Run, tmp_path: Path) -> None:
    before = (tmp_path / "ledger.jsonl").read_bytes()
    assert signing("checkpoint", "-o", "ledger.jsonl").code == 2
    assert signing("checkpoint", "-o", KEY).code == 2
    assert (tmp_path / "ledger.jsonl").read_bytes() == before
    assert signing("checkpoint").code == 0


@posix
def test_what_is_no_file_is_not_overwritten(begun: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder", "/dev/null"):
        done = begun("checkpoint", "-o", name)
        assert (done.code, done.out) == (2, "")
        assert "is not a file" in done.err


def test_a_checkpoint_of_another_ledger_is_not_overwritten(begun: Run) -> None:
    begun("init", "--file", "other", "--origin", "other")
    begun("checkpoint", "--file", "other", "-o", "a")
    for option in ("-o", "--since"):
        done = begun("checkpoint", option, "a")
        assert (done.code, done.out) == (2, "")
        assert "'other'" in done.err


def test_what_others_signed_of_the_same_state_stays(signing: Run, tmp_path: Path) -> None:
    signing("checkpoint", "-o", "a")
    signing("key", "new", "--cosigner", "--name", "auditor", "-o", "auditor.key")
    assert signing("cosign", "a", "--first", "--key", "auditor.key", "-o", "a").code == 0
    cosigned = (tmp_path / "a").read_text()
    assert signing("checkpoint", "-o", "a").code == 0
    assert sorted((tmp_path / "a").read_text().split("\n")) == sorted(cosigned.split("\n"))


def edited(entries: list[dict[str, Any]]) -> None:
    entries[1]["note"] = "changed"


def removed(entries: list[dict[str, Any]]) -> None:
    del entries[1]


def cut(entries: list[dict[str, Any]]) -> None:
    del entries[2:]


def swapped(entries: list[dict[str, Any]]) -> None:
    entries[1], entries[2] = entries[2], entries[1]


def inserted(entries: list[dict[str, Any]]) -> None:
    entries.insert(2, entries[1] | {"id": "another"})


def begun_anew(entries: list[dict[str, Any]]) -> None:
    entries[0]["id"] = "0" * 32


ATTACKS = [edited, removed, cut, swapped, inserted, begun_anew]


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("grown", [False, True], ids=["at once", "and added to"])
@pytest.mark.usefixtures("signing")
def test_a_rewritten_ledger_gets_no_checkpoint(
    within: Run, tmp_path: Path, attack: Callable[[list[dict[str, Any]]], object], *, grown: bool
) -> None:
    """Every line fits the one before again, so the file alone shows nothing: the last checkpoint does."""
    assert within("checkpoint", "-o", "given-away").code == 0
    kept = {name: (tmp_path / name).read_bytes() for name in ("given-away", SIGNED)}
    rewritten(tmp_path / "ledger.jsonl", attack)
    if grown:
        (tmp_path / "orders.jsonl").write_text("".join(map(order, range(7, 10))))
        assert within("import", "orders.jsonl").code == 0
    assert within("verify").code == 0
    for arguments in (["-o", "other"], ["--unsigned", "--since", "given-away"], ["--unsigned", "-o", "given-away"]):
        done = within("checkpoint", *arguments)
        assert (done.code, done.out) == (1, ""), done
        assert "nothing was signed" in done.err
        assert "ledger verify --checkpoint" in done.err
    assert not (tmp_path / "other").exists()
    assert {name: (tmp_path / name).read_bytes() for name in kept} == kept


@pytest.mark.parametrize("attack", [edited, removed, swapped])
def test_a_ledger_that_was_changed_and_does_not_fit_is_damaged(
    signing: Run, tmp_path: Path, attack: Callable[[list[dict[str, Any]]], object]
) -> None:
    """The lines are changed, and nothing after them."""
    path = tmp_path / "ledger.jsonl"
    entries = [json.loads(raw) for raw in path.read_bytes().split(b"\n")[:-1]]
    attack(entries)
    lines = [encode_line({name: value for name, value in entry.items() if name != "~"}) + b"\n" for entry in entries]
    path.write_bytes(b"".join(lines))
    done = signing("checkpoint")
    assert (done.code, done.out) == (3, "")
    assert not (tmp_path / SIGNED).exists()


def test_what_was_added_later_may_be_changed_before_the_next_checkpoint(signing: Run, tmp_path: Path) -> None:
    """A checkpoint binds what it counts, and nothing after."""
    signing("checkpoint")
    add(signing, "o4")
    rewritten(tmp_path / "ledger.jsonl", lambda entries: entries[4].update(note="changed"))
    assert state(signing("checkpoint")).size == 5


def test_a_ledger_put_back_gets_its_checkpoint_again(signing: Run, tmp_path: Path) -> None:
    first = signing("checkpoint").out
    shutil.copy(tmp_path / "ledger.jsonl", tmp_path / "backup")
    rewritten(tmp_path / "ledger.jsonl", edited)
    assert signing("checkpoint").code == 1
    shutil.copy(tmp_path / "backup", tmp_path / "ledger.jsonl")
    assert signing("checkpoint").out == first


def test_an_older_copy_is_refused_by_size(signing: Run, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "ledger.jsonl", tmp_path / "older")
    add(signing, "o4")
    signing("checkpoint")
    done = signing("checkpoint", "--file", "older")
    assert (done.code, done.out) == (1, "")
    assert "has 4 entries, fewer than the 5" in done.err


def test_an_unfinished_last_line_is_no_part_of_it(signing: Run, tmp_path: Path) -> None:
    before = state(signing("checkpoint", "--unsigned"))
    with (tmp_path / "ledger.jsonl").open("ab") as file:
        file.write(b'{"kind":"order",')
    assert state(signing("checkpoint")) == before
    assert (tmp_path / "ledger.jsonl").read_bytes().endswith(b'{"kind":"order",')


def test_a_key_that_is_not_the_ledgers_signs_nothing(begun: Run, tmp_path: Path) -> None:
    begun("key", "new", "--name", "other.example", "-o", "other.key")
    begun("key", "new", "--cosigner", "--name", "example.com/log", "-o", "cosigner.key")
    for key, says in (("other.key", "'other.example'"), ("cosigner.key", "cosigner's key")):
        done = begun("checkpoint", "--key", key)
        assert (done.code, done.out) == (2, "")
        assert says in done.err
    assert not list(tmp_path.glob("*.signed"))


def test_a_key_signs_for_one_origin(ask: Run) -> None:
    """Two origins that lead to one name of a key."""
    ask("init", "--file", "a", "--origin", "two words")
    ask("init", "--file", "b", "--origin", "two-words")
    assert ask("key", "new", "--file", "a").code == 0
    assert ask("checkpoint", "--file", "a").code == 0
    done = ask("checkpoint", "--file", "b")
    assert (done.code, done.out) == (2, "")
    assert "'two words'" in done.err


def test_key_and_unsigned_contradict_each_other(signing: Run) -> None:
    assert signing("checkpoint", "--key", KEY, "--unsigned").code == 2


def test_what_was_signed_last_is_for_its_owner_alone(signing: Run, tmp_path: Path) -> None:
    signing("checkpoint")
    assert (tmp_path / SIGNED).read_text() == signing("checkpoint").out
    assert os.name != "posix" or stat.S_IMODE((tmp_path / SIGNED).stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"x", b"example.com/log\n1\nAAAA\n"])
def test_with_what_was_signed_last_damaged_nothing_is_signed(signing: Run, tmp_path: Path, content: bytes) -> None:
    signing("checkpoint")
    (tmp_path / SIGNED).write_bytes(content)
    done = signing("checkpoint")
    assert (done.code, done.out) == (3, "")
    assert "was changed" in done.err
    assert (tmp_path / SIGNED).read_bytes() == content
    assert signing("checkpoint", "--unsigned").code == 0


def test_an_unsigned_one_in_the_place_of_what_was_signed_last_is_refused(signing: Run, tmp_path: Path) -> None:
    signing("checkpoint")
    (tmp_path / SIGNED).write_text(signing("checkpoint", "--unsigned").out)
    assert signing("checkpoint").code == 3


def test_without_a_ledger_there_is_nothing_to_state(ask: Run, tmp_path: Path) -> None:
    done = ask("checkpoint")
    assert (done.code, done.out) == (3, "")
    (tmp_path / "ledger.jsonl").write_bytes(b"")
    assert ask("checkpoint").code == 3
    (tmp_path / "ledger.jsonl").write_bytes(b"no ledger\n")
    assert ask("checkpoint").code == 3


def test_an_origin_that_is_not_printable_gets_no_checkpoint(ask: Run, tmp_path: Path) -> None:
    ask("init", "--origin", "a")
    rewritten(tmp_path / "ledger.jsonl", lambda entries: entries[0].update(origin="a\u202eb"))
    done = ask("checkpoint")
    assert (done.code, done.out) == (3, "")
    assert "\u202e" not in done.err


@pytest.mark.parametrize("size", [255, 256, 257, 600])
def test_the_root_is_that_of_the_whole_file_and_old_roots_are_found_again(ask: Run, tmp_path: Path, size: int) -> None:
    """Around whole runs of 256 entries, of which the hashes are kept."""
    ask("init", "--origin", "example.com/log")
    ask("key", "new")
    (tmp_path / "orders.jsonl").write_text("".join(map(order, range(1, size))))
    assert ask("import", "orders.jsonl").code == 0
    found = state(ask("checkpoint", "-o", "a")._replace(out=(tmp_path / "a").read_text()))
    assert found == Checkpoint("example.com/log", size, root(tmp_path / "ledger.jsonl"))
    add(ask, "last")
    assert state(ask("checkpoint", "--since", "a")) == Checkpoint(
        "example.com/log", size + 1, root(tmp_path / "ledger.jsonl")
    )
    rewritten(tmp_path / "ledger.jsonl", edited)
    assert ask("checkpoint").code == 1


def start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "ledger", *arguments],
        cwd=folder,
        env=os.environ | {"XDG_CONFIG_HOME": str(folder / "cfg")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_two_who_sign_at_the_same_time_sign_no_fork(signing: Run, tmp_path: Path) -> None:
    """Two copies of the ledger went different ways: whoever signs first, the other one gets no signature."""
    shutil.copy(tmp_path / "ledger.jsonl", tmp_path / "copy.jsonl")
    add(signing, "left")
    add(signing, "right", "--file", "copy.jsonl")
    running = [start(tmp_path, "checkpoint", "--file", name) for name in ("ledger.jsonl", "copy.jsonl") * 4]
    done = [(process.communicate()[0].decode(), process.returncode) for process in running]
    signed = {out for out, code in done if code == 0}
    assert len(signed) == 1
    assert [out for out, code in done if code != 0] == [""] * 4
    assert {code for _, code in done} == {0, 1}
    assert (tmp_path / SIGNED).read_text() in signed


@pytest.mark.usefixtures("signing")
def test_who_signs_while_others_add_signs_what_stays(tmp_path: Path) -> None:
    commands = [arguments for number in range(4) for arguments in (added(f"n{number}"), ["checkpoint"])]
    running = [start(tmp_path, *arguments) for arguments in commands]
    done = [(process.communicate(), process.returncode) for process in running]
    assert [code for _, code in done] == [0] * len(commands), done
    leaves = [leaf(raw) for raw in (tmp_path / "ledger.jsonl").read_bytes().split(b"\n")[:-1]]
    for (out, _), _ in done[1::2]:
        found = parse_checkpoint(parse_note(out).text)
        tree = Tree()
        for one in leaves[: found.size]:
            tree.add(one)
        assert tree.root() == found.root


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


@posix
def test_where_nothing_can_be_kept_nothing_is_signed(
    signing: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The key's folder is read-only: the next time it could not be known what was signed."""
    # Not below pytest's own folder, which is closed to others.
    folder = Path(tempfile.mkdtemp(prefix="ledger-"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "cfg"))

    def ask(*arguments: str) -> Done:
        with ordinary():
            code = app(["--file", str(folder / "ledger.jsonl"), *arguments])
        return Done(code, *capsys.readouterr())

    try:
        # With the rights of the tests' own user first: what is loaded late may be closed to others.
        warm = ["--file", str(tmp_path / "ledger.jsonl"), "checkpoint"]
        assert app([*warm, "--key", str(tmp_path / KEY)]) == app([*warm, "--unsigned"]) == 0
        capsys.readouterr()
        shutil.copytree(tmp_path / "cfg", folder / "cfg")
        for name in (SIGNED, f"{KEY}.lock"):
            (folder / name).unlink()
        shutil.copy(tmp_path / "ledger.jsonl", folder)
        if os.geteuid() == 0:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
        keys = (folder / KEY).parent
        keys.chmod(0o500)
        done = ask("checkpoint")
        assert (done.code, done.out) == (4, "")
        assert "example.com%2Flog.key" in done.err
        assert ask("checkpoint", "--unsigned").code == 0
        # The lock is there by now, and still nothing new can be kept.
        keys.chmod(0o700)
        (folder / f"{KEY}.lock").touch()
        if os.geteuid() == 0:
            os.chown(folder / f"{KEY}.lock", NOBODY, NOBODY)
        keys.chmod(0o500)
        done = ask("checkpoint")
        assert (done.code, done.out) == (4, "")
        assert "not given away" in done.err
        assert sorted(path.name for path in keys.iterdir()) == ["example.com%2Flog.key", "example.com%2Flog.key.lock"]
        keys.chmod(0o700)
        assert ask("checkpoint").out == signing("checkpoint").out
    finally:
        (folder / KEY).parent.chmod(0o700)
        shutil.rmtree(folder)
