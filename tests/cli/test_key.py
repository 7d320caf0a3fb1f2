"""`ledger key`, as a new user and as one who makes mistakes."""

from __future__ import annotations

import os
import re
import select
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Done, Run, invoke_configured, put_copy

posix = pytest.mark.skipif(os.name != "posix", reason="permissions and terminals of POSIX")
VKEY = re.compile(r"example\.com/log\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}\n")
FILE = "cfg/compliance-ledger/keys/example.com%2Flog.key"


@pytest.fixture(scope="module")
def begun_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("begun")
    assert invoke_configured(folder, "init", "--origin", "example.com/log").code == 0
    return folder


@pytest.fixture
def begun(ask: Run, begun_folder: Path, tmp_path: Path) -> Run:
    """Run the command line where a ledger is begun."""
    put_copy(begun_folder, tmp_path)
    return ask


@pytest.fixture(scope="module")
def equipped_folder(begun_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("equipped")
    put_copy(begun_folder, folder)
    for command in (
        ("key", "new"),
        ("checkpoint", "-o", "a"),
        ("key", "new", "--cosigner", "--name", "auditor", "-o", "auditor.key"),
    ):
        assert invoke_configured(folder, *command).code == 0
    return folder


@pytest.fixture
def equipped(ask: Run, equipped_folder: Path, tmp_path: Path) -> Run:
    """Run the command line where a ledger has a key and a checkpoint `a`, and an auditor a key."""
    put_copy(equipped_folder, tmp_path)
    return ask


def test_a_new_key_is_named_after_the_ledger_and_kept_away_from_it(begun: Run, tmp_path: Path) -> None:
    done = begun("key", "new")
    assert done.code == 0
    assert VKEY.fullmatch(done.out)
    assert str(tmp_path / FILE) in done.err
    assert "give it to those who check" in done.err
    assert (tmp_path / FILE).read_text().startswith("private key of a compliance ledger")
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("ledger.jsonl")) == ["cfg"]


@posix
def test_nobody_else_can_read_it(begun: Run, tmp_path: Path) -> None:
    begun("key", "new")
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    for folder in ("cfg", "cfg/compliance-ledger", "cfg/compliance-ledger/keys"):
        assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o700


def test_the_public_key_is_shown_again(begun: Run, tmp_path: Path) -> None:
    made = begun("key", "new").out
    assert begun("key", "show") == Done(0, made, "")
    assert begun("key", "show", FILE).out == made
    assert begun("key", "show", "--name", "example.com/log").out == made
    (tmp_path / FILE).chmod(0o644)
    assert begun("key", "show").out == made


def test_a_key_is_never_made_twice(begun: Run, tmp_path: Path) -> None:
    begun("key", "new")
    before = (tmp_path / FILE).read_bytes()
    done = begun("key", "new")
    assert (done.code, done.out) == (2, "")
    assert "never overwritten" in done.err
    assert (tmp_path / FILE).read_bytes() == before


def test_without_a_ledger_a_name_must_be_given(ask: Run) -> None:
    done = ask("key", "new")
    assert (done.code, done.out) == (2, "")
    assert "ledger.jsonl (the default)" in done.err
    assert "--name" in done.err
    assert ask("key", "new", "--name", "example.com/log").code == 0


@pytest.mark.parametrize("name", ["", "two words", "a+b", "tab\there", "x" * 201])
def test_a_name_that_cannot_be_is_refused(ask: Run, tmp_path: Path, name: str) -> None:
    done = ask("key", "new", "--name", name)
    assert (done.code, done.out) == (2, "")
    assert "cannot be that of a key" in done.err
    assert not (tmp_path / "cfg").exists()


@pytest.mark.parametrize("name", ["../../escaped", "/etc/x", "..", "a/b/c", "con", ".hidden"])
def test_a_name_makes_no_folders(ask: Run, tmp_path: Path, name: str) -> None:
    assert ask("key", "new", "--name", name).code == 0
    assert [path.parent for path in tmp_path.rglob("*.key")] == [tmp_path / "cfg/compliance-ledger/keys"]
    assert ask("key", "show", "--name", name).out.startswith(f"{name}+")


def test_a_key_in_the_ledgers_folder_is_warned_of(begun: Run, tmp_path: Path) -> None:
    done = begun("key", "new", "-o", "here.key")
    assert done.code == 0
    assert "in the ledger's own folder" in done.err
    (tmp_path / "else").mkdir()
    assert "in the ledger's own folder" not in begun("key", "new", "-o", "else/here.key").err


def test_a_folder_that_is_not_there_is_not_made(begun: Run) -> None:
    done = begun("key", "new", "-o", "missing/a.key")
    assert (done.code, done.out) == (2, "")
    assert "no such folder" in done.err


def test_a_cosigner_says_who_it_is(begun: Run) -> None:
    done = begun("key", "new", "--cosigner")
    assert (done.code, done.out) == (2, "")
    assert "--name" in done.err
    done = begun("key", "new", "--cosigner", "--name", "auditor.example")
    assert done.code == 0
    # The base64 of a key whose first byte is 0x04, the kind that cosigns.
    assert done.out.split("+", 2)[2].startswith("B")


def test_a_passphrase_from_the_environment_seals_the_key(begun: Run, tmp_path: Path) -> None:
    secret = {"LEDGER_PASSPHRASE": "correct horse"}
    assert begun("key", "new", "--passphrase", env=secret).code == 0
    assert "BEGIN ENCRYPTED PRIVATE KEY" in (tmp_path / FILE).read_text()
    assert begun("key", "show").code == 0
    assert begun("checkpoint", env=secret).code == 0
    wrong = begun("checkpoint", env={"LEDGER_PASSPHRASE": "wrong horse"})
    assert (wrong.code, wrong.out) == (2, "")
    assert "is not that of this key" in wrong.err
    asked = begun("checkpoint")
    assert (asked.code, asked.out) == (2, "")
    assert "LEDGER_PASSPHRASE" in asked.err


def test_a_passphrase_is_needed_where_one_is_asked_for(begun: Run, tmp_path: Path) -> None:
    assert "LEDGER_PASSPHRASE" in begun("key", "new", "--passphrase").err
    empty = begun("key", "new", "--passphrase", env={"LEDGER_PASSPHRASE": ""})
    assert (empty.code, empty.out) == (2, "")
    assert "empty" in empty.err
    assert not (tmp_path / "cfg").exists()


def test_a_passphrase_in_the_environment_alone_seals_nothing(begun: Run, tmp_path: Path) -> None:
    assert begun("key", "new", env={"LEDGER_PASSPHRASE": "x"}).code == 0
    assert "BEGIN PRIVATE KEY" in (tmp_path / FILE).read_text()


def on_terminal(folder: Path, arguments: list[str], answers: list[bytes]) -> tuple[int, str]:
    """Run a command on a terminal, give each answer at a colon, return the exit code and all that was shown."""
    import pty

    outer, inner = pty.openpty()
    env = {name: value for name, value in os.environ.items() if name != "LEDGER_PASSPHRASE"}
    process = subprocess.Popen(
        [sys.executable, "-m", "ledger", *arguments],
        cwd=folder,
        env=env | {"XDG_CONFIG_HOME": str(folder / "cfg")},
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
    )
    os.close(inner)
    shown, end = b"", time.monotonic() + 60
    answered = 0
    while time.monotonic() < end:
        ready, _, _ = select.select([outer], [], [], 1)
        try:
            part = os.read(outer, 4096) if ready else b""
        except OSError:
            break
        shown += part
        if answered < len(answers) and shown.count(b": ") > answered and shown.endswith(b": "):
            os.write(outer, answers[answered] + b"\n")
            answered += 1
        if process.poll() is not None and not ready:
            break
    os.close(outer)
    return process.wait(timeout=60), shown.decode()


@posix
def test_a_passphrase_is_typed_twice_and_not_shown(begun: Run, tmp_path: Path) -> None:
    code, shown = on_terminal(tmp_path, ["key", "new", "--passphrase"], [b"open sesame", b"open sesame"])
    assert code == 0, shown
    assert "sesame" not in shown
    assert "BEGIN ENCRYPTED PRIVATE KEY" in (tmp_path / FILE).read_text()
    code, shown = on_terminal(tmp_path, ["checkpoint"], [b"open sesame"])
    assert code == 0, shown
    assert "sesame" not in shown
    assert "— example.com/log " in shown
    code, shown = on_terminal(tmp_path, ["checkpoint"], [b"close sesame"])
    assert code == 2
    assert "is not that of this key" in shown
    assert begun("checkpoint", env={"LEDGER_PASSPHRASE": "open sesame"}).code == 0


@posix
@pytest.mark.parametrize("command", ["checkpoint", "cosign"])
def test_a_key_that_others_can_read_signs_nothing(equipped: Run, tmp_path: Path, command: str) -> None:
    for path in (tmp_path / FILE, tmp_path / "auditor.key"):
        path.chmod(0o640)
    arguments = ["checkpoint"] if command == "checkpoint" else ["cosign", "a", "--first", "--key", "auditor.key"]
    done = equipped(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "chmod 600" in done.err


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\xff\xfe", b"-----BEGIN PRIVATE KEY-----\n", b"x" * (1 << 20)])
def test_what_is_no_key_is_refused(begun: Run, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(content)
    path.chmod(0o600)
    for arguments in (["key", "show", "a.key"], ["checkpoint", "--key", "a.key"]):
        done = begun(*arguments)
        assert (done.code, done.out) == (2, "")
        assert "a.key" in done.err
        assert "Traceback" not in done.err


def test_a_key_that_is_not_there_is_refused_with_what_to_do(begun: Run) -> None:
    for arguments in (["key", "show"], ["key", "show", "a.key"], ["checkpoint", "--key", "a.key"]):
        done = begun(*arguments)
        assert (done.code, done.out) == (2, "")
        assert "ledger key new" in done.err


def test_help_says_what_each_is_for(ask: Run) -> None:
    whole = ask("key", "--help")
    assert whole.code == 0
    assert "new " in whole.out
    assert "show " in whole.out
    for one in ("new", "show"):
        done = ask("key", one, "--help")
        assert done.code == 0
        assert "Example: ledger key" in done.out
    assert ask("key").code == 2
    assert ask("key", "delete").code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["key", "new"],
        ["key", "new", "--cosigner", "--name", "b", "-o", "b.key"],
        ["checkpoint"],
        ["cosign", "a", "--first", "--key", "auditor.key"],
        ["cosign", "a", "--first", "--key", "auditor.key", "--log-key", "VKEY"],
    ],
)
def test_without_the_library_each_command_says_how_to_get_it(
    equipped: Run, tmp_path: Path, arguments: list[str]
) -> None:
    vkey = equipped("key", "show").out.strip()
    if arguments == ["key", "new"]:
        (tmp_path / FILE).unlink()
    lacking = tmp_path / "lacking"
    (lacking / "cryptography").mkdir(parents=True)
    (lacking / "cryptography" / "__init__.py").write_text("raise ImportError\n")
    without = {"PYTHONPATH": str(lacking)}
    done = equipped(*[vkey if word == "VKEY" else word for word in arguments], env=without)
    assert (done.code, done.out) == (2, "")
    assert "pip install 'compliance-ledger[sign]'" in done.err
    assert "Traceback" not in done.err


def test_without_the_library_what_needs_no_signature_works(begun: Run, tmp_path: Path) -> None:
    made = begun("key", "new").out
    (tmp_path / "lacking" / "cryptography").mkdir(parents=True)
    (tmp_path / "lacking" / "cryptography" / "__init__.py").write_text("raise ImportError\n")
    without = {"PYTHONPATH": str(tmp_path / "lacking")}
    assert begun("key", "show", env=without).out == made
    assert begun("checkpoint", "--unsigned", env=without).code == 0
