from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("rfc3161_client", reason="pip install 'compliance-ledger[timestamp]'")

from cryptography.x509.oid import ExtendedKeyUsageOID

from ledger.cli import timestamp
from ledger.errors import WriteFailed
from ledger.evidence.signing.note import Note, Signature, format_note
from ledger.evidence.timestamp import parse_request
from tests.evidence.authority import Authority, response

Run = Callable[..., Any]

TEXT = "Example Platform, Trust and Safety\n12\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
SIGNED = format_note(Note(TEXT, (Signature("Example", b"abcd", b"e" * 64),)))
AUTHORITY = Authority()
CURL = "curl -sS -H 'Content-Type: application/timestamp-query'"
NOTHING = "NOTHING IS PROVED: it is not known whose word this is"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where commands run; it holds a signed checkpoint, a genuine reply about it and the root."""
    (tmp_path / "cp.txt").write_bytes(SIGNED)
    (tmp_path / "reply.tsr").write_bytes(AUTHORITY.reply(SIGNED, accuracy=(1, 500, None)))
    (tmp_path / "root.pem").write_bytes(AUTHORITY.root.pem)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def taken(run: Run, *more: str) -> Any:
    return run("timestamp", "cp.txt", "--reply", "reply.tsr", "--root", "root.pem", *more)


# --- Requests


def test_a_request_is_written_beside_the_checkpoint_and_it_says_how_to_send_it(run: Run, folder: Path) -> None:
    done = run("timestamp", "cp.txt")
    request = parse_request((folder / "cp.txt.tsq").read_bytes())
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "wrote cp.txt.tsq: it asks for a timestamp of cp.txt, a checkpoint with 1 signature, byte for byte",
        f"  sha256 {request.digest.hex()}",
        "send it to a time-stamping authority that you and your readers trust, at its address:",
        f"  {CURL} --data-binary @cp.txt.tsq -o reply.tsr https://tsa.example/",
        "then take its reply in:",
        "  ledger timestamp cp.txt --request cp.txt.tsq --reply reply.tsr --root ROOT.pem",
    ]


def test_a_request_says_that_a_checkpoint_is_unsigned(run: Run, folder: Path) -> None:
    (folder / "cp.txt").write_text(TEXT)
    assert "cp.txt, an unsigned checkpoint, byte for byte" in run("timestamp", "cp.txt", "-o", "x.tsq").out
    assert (folder / "x.tsq").exists()
    assert not (folder / "cp.txt.tsq").exists()


def test_a_request_that_is_under_way_is_never_overwritten(run: Run, folder: Path) -> None:
    assert run("timestamp", "cp.txt").code == 0
    first = (folder / "cp.txt.tsq").read_bytes()
    done = run("timestamp", "cp.txt")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("ledger: cp.txt.tsq: is there already, and stays as it is; ")
    assert (folder / "cp.txt.tsq").read_bytes() == first


def test_the_lines_to_type_hold_for_names_that_a_shell_would_take_apart(run: Run, folder: Path) -> None:
    (folder / "a b;c.txt").write_bytes(SIGNED)
    curl, _, again = run("timestamp", "a b;c.txt").out.splitlines()[3:]
    assert "@a b;c.txt.tsq" in shlex.split(curl)
    assert shlex.split(again)[:5] == ["ledger", "timestamp", "a b;c.txt", "--request", "a b;c.txt.tsq"]


# --- Replies


def test_a_reply_that_holds_is_told_and_kept_beside_the_checkpoint(run: Run, folder: Path) -> None:
    done = taken(run)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "cp.txt: a checkpoint with 1 signature of 12 entries of Example Platform, Trust and Safety",
        "it existed, and so did every entry under it, by 2021-02-12T12:00:00Z, give or take 1.5 s",
        "says CN=Authority Stamps,O=Example (serial 4711, policy 1.2.3.4.1)",
        "whose certificate, as of that time, leads to CN=Authority Root,O=Example",
        "not compared with a request (--request)",
        "kept in cp.txt.tsr",
    ]
    assert (folder / "cp.txt.tsr").read_bytes() == (folder / "reply.tsr").read_bytes()
    assert names(folder) == ["cp.txt", "cp.txt.tsr", "reply.tsr", "root.pem"]


def test_a_reply_is_kept_once_and_can_be_checked_again_where_it_is_kept(run: Run, folder: Path) -> None:
    first = taken(run)
    assert taken(run) == first
    again = run("timestamp", "cp.txt", "--reply", "cp.txt.tsr", "--root", "root.pem")
    assert again == first
    assert taken(run, "-o", "elsewhere.tsr").out.endswith("kept in elsewhere.tsr\n")
    assert (folder / "elsewhere.tsr").read_bytes() == (folder / "reply.tsr").read_bytes()


def test_another_reply_that_is_kept_is_never_overwritten_and_this_one_is_told_all_the_same(
    run: Run, folder: Path
) -> None:
    (folder / "cp.txt.tsr").write_bytes(b"another")
    done = taken(run)
    assert done.code == 2
    assert "it existed, and so did every entry under it, by 2021-02-12T12:00:00Z" in done.out
    assert done.out.endswith("not kept\n")
    assert done.err == "ledger: cp.txt.tsr: is there already, and stays as it is; choose another name with -o\n"
    assert (folder / "cp.txt.tsr").read_bytes() == b"another"


def test_a_reply_that_cannot_be_kept_is_told_all_the_same(run: Run, folder: Path) -> None:
    done = taken(run, "-o", "missing/cp.tsr")
    assert done.code == 4
    assert "it existed, and so did every entry under it" in done.out
    assert done.err == "ledger: missing/cp.tsr: cannot be written (No such file or directory)\n"
    assert not (folder / "missing").exists()


def test_without_a_root_it_says_loudly_that_nothing_is_proved(run: Run, folder: Path) -> None:
    done = run("timestamp", "cp.txt", "--reply", "reply.tsr")
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith(NOTHING)
    assert "it claims that this existed at 2021-02-12T12:00:00Z" in done.out
    assert "it existed" not in done.out
    assert not (folder / "cp.txt.tsr").exists()


def test_a_reply_to_the_request_holds_and_one_to_another_does_not(run: Run, folder: Path) -> None:
    run("timestamp", "cp.txt")
    nonce = parse_request((folder / "cp.txt.tsq").read_bytes()).nonce
    (folder / "reply.tsr").write_bytes(AUTHORITY.reply(SIGNED, nonce=nonce))
    done = taken(run, "--request", "cp.txt.tsq")
    assert done.code == 0
    assert "it answers cp.txt.tsq\n" in done.out
    run("timestamp", "cp.txt", "-o", "other.tsq")
    done = taken(run, "--request", "other.tsq")
    assert done.code == 1
    assert "it answers another request" in done.out


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (AUTHORITY.reply(SIGNED + b"\n"), "it is about other bytes (sha256 "),
        (Authority("Authority").reply(SIGNED), "do not lead to a given root"),
        (Authority(purposes=(ExtendedKeyUsageOID.SERVER_AUTH,)).reply(SIGNED), ""),
        (response(b"", 2, "no\x1b[31m such policy"), "did not grant it: rejected (no<U+001B>[31m such policy)"),
        (AUTHORITY.reply(SIGNED, time="20220212120000Z"), "certificate has expired"),
    ],
    ids=["another file", "another authority", "another purpose", "rejected", "another year"],
)
def test_a_reply_that_does_not_hold_is_one_line_and_is_not_kept(run: Run, folder: Path, reply: bytes, why: str) -> None:
    (folder / "reply.tsr").write_bytes(reply)
    done = taken(run)
    assert (done.code, done.err) == (1, "")
    assert done.out.count("\n") == 1
    assert done.out.startswith("reply.tsr: does not hold: ")
    assert why in done.out
    assert not (folder / "cp.txt.tsr").exists()


def test_a_signature_that_was_added_since_is_told(run: Run, folder: Path) -> None:
    signatures = [Signature("Example", b"abcd", b"e" * 64), Signature("Second", b"abcd", b"f" * 64)]
    (folder / "cp.txt").write_bytes(format_note(Note(TEXT, tuple(signatures))))
    done = taken(run)
    assert done.code == 1
    assert done.out == (
        "reply.tsr: does not hold: it is about this checkpoint with the first 1 of the 2 signatures in it\n"
    )


@pytest.mark.parametrize("option", ["--reply", "--request", "--root"])
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"some text\n", "(is no|holds no) "),
        (b"", "(is no|holds no) "),
        (b"0" * (3 << 20), "has more than 1,048,576 bytes: is it the right file?"),
        (None, r"cannot be read \("),
    ],
    ids=["text", "empty", "huge", "folder"],
)
def test_files_that_are_something_else_are_refused_in_one_line(
    run: Run, folder: Path, option: str, content: bytes | None, why: str
) -> None:
    if content is None:
        (folder / "odd").mkdir()
    else:
        (folder / "odd").write_bytes(content)
    given = {"--reply": "reply.tsr", "--root": "root.pem"} | {option: "odd"}
    done = run("timestamp", "cp.txt", *(word for pair in given.items() for word in pair))
    assert (done.code, done.out) == (2, "")
    assert re.fullmatch(rf"ledger: odd: {why}.*\n", done.err)


def test_what_is_no_checkpoint_is_refused_before_anything_is_written(run: Run, folder: Path) -> None:
    for content in (b"", b"some text\n", SIGNED[:40], b"\n" * (3 << 20)):
        (folder / "cp.txt").write_bytes(content)
        for arguments in (("-o", "x.tsq"), ("--reply", "reply.tsr", "--root", "root.pem")):
            done = run("timestamp", "cp.txt", *arguments)
            assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert names(folder) == ["cp.txt", "reply.tsr", "root.pem"]


def test_options_that_would_do_nothing_are_refused(run: Run, folder: Path) -> None:
    del folder
    for arguments in (("--root", "root.pem"), ("--request", "cp.txt.tsq")):
        done = run("timestamp", "cp.txt", *arguments)
        assert done.code == 2
        assert "give it with --reply" in done.err
    assert run("timestamp", "cp.txt", "-O", "csv").code == 2


def test_names_in_a_reply_do_nothing_on_a_terminal(run: Run, folder: Path) -> None:
    hostile = Authority("\x1b[31mred\u202e [bold]\n")
    (folder / "reply.tsr").write_bytes(hostile.reply(SIGNED))
    (folder / "root.pem").write_bytes(hostile.root.pem)
    done = taken(run)
    assert done.code == 0
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    assert done.out.count("\n") == 6


# --- JSON


def test_json_has_the_same_keys_always_and_says_whether_it_holds(run: Run, folder: Path) -> None:
    asked = json.loads(run("timestamp", "cp.txt", "-O", "json").out)
    holds = json.loads(taken(run, "-O", "json").out)
    unknown = json.loads(run("timestamp", "cp.txt", "--reply", "reply.tsr", "-O", "json").out)
    (folder / "reply.tsr").write_bytes(response(b"", 2))
    rejected = json.loads(taken(run, "-O", "json").out)
    found = [asked, holds, unknown, rejected]
    assert [list(record) for record in found] == [list(holds)] * 4
    assert [record["schema"] for record in found] == ["ledger-timestamp/1"] * 4
    assert [record["ok"] for record in found] == [None, True, False, False]
    assert [record["time"] for record in found] == [None, "2021-02-12T12:00:00Z", "2021-02-12T12:00:00Z", None]
    assert [record["problem"] is None for record in found] == [True, True, False, False]
    assert unknown["problem"].startswith(NOTHING)
    assert holds | {"sha256": None} == {
        "schema": "ledger-timestamp/1",
        "ok": True,
        "problem": None,
        "checkpoint": "cp.txt",
        "signatures": 1,
        "sha256": None,
        "origin": "Example Platform, Trust and Safety",
        "size": 12,
        "root": "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62",
        "request": None,
        "reply": "reply.tsr",
        "kept": "cp.txt.tsr",
        "time": "2021-02-12T12:00:00Z",
        "accuracy_microseconds": 1_500_000,
        "by": "CN=Authority Stamps,O=Example",
        "serial": "4711",
        "policy": "1.2.3.4.1",
        "trusted_root": "CN=Authority Root,O=Example",
    }


# --- Where it runs


def test_without_the_library_it_says_how_to_get_it(run: Run, folder: Path) -> None:
    (folder / "without").mkdir()
    text = "raise ModuleNotFoundError('', name='rfc3161_client')\n"
    (folder / "without" / "rfc3161_client.py").write_text(text)
    env = {"PYTHONPATH": str(folder / "without")}
    for arguments in ((), ("--reply", "reply.tsr")):
        done = run("timestamp", "cp.txt", *arguments, env=env)
        assert (done.code, done.out) == (2, "")
        assert "rfc3161_client is not installed: pip install 'compliance-ledger[timestamp]'" in done.err


def test_a_disk_that_fails_leaves_nothing_under_the_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, f"No space left on device ({descriptor > 0})")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(WriteFailed, match="No space left"):
        timestamp._keep(b"bytes", folder / "new.tsr", "")
    assert names(folder) == ["cp.txt", "reply.tsr", "root.pem"]


# --- An authority of another make


CONFIGURATION = """
[tsa]
default_tsa = here
[here]
serial = ./serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1, millisecs:500, microsecs:100
clock_precision_digits = 0
ordering = yes
tsa_name = yes
ess_cert_id_chain = yes
ess_cert_id_alg = sha256
"""


def openssl(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["openssl", "ts", *arguments], cwd=folder, capture_output=True, check=True)
    return done.stdout.decode()


@pytest.fixture
def openssl_authority(folder: Path) -> Path:
    """Return the folder with what `openssl ts` needs to reply as of now."""
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command line is not installed: apt-get install openssl")
    now = datetime.now(UTC)
    authority = Authority("Now", begin=now - timedelta(days=1), end=now + timedelta(days=1))
    for name, content in {
        "root.pem": authority.root.pem,
        "between.pem": authority.between.pem,
        "signer.pem": authority.signer.pem,
        "signer.key": authority.signer.key_pem,
        "tsa.cnf": CONFIGURATION.encode(),
        "serial": b"01\n",
    }.items():
        (folder / name).write_bytes(content)
    return folder


SIGN = ("-config", "tsa.cnf", "-signer", "signer.pem", "-inkey", "signer.key", "-chain", "between.pem")


def test_openssl_answers_a_request_and_its_reply_holds(run: Run, openssl_authority: Path) -> None:
    assert run("timestamp", "cp.txt").code == 0
    shown = openssl(openssl_authority, "-query", "-in", "cp.txt.tsq", "-text")
    nonce = parse_request((openssl_authority / "cp.txt.tsq").read_bytes()).nonce
    assert f"Nonce: 0x{nonce:X}" in shown.replace("0x0", "0x")
    assert "Certificate required: yes" in shown
    openssl(openssl_authority, "-reply", "-queryfile", "cp.txt.tsq", *SIGN, "-out", "reply.tsr")
    done = taken(run, "--request", "cp.txt.tsq", "-O", "json")
    assert done.code == 0, done.out
    record = json.loads(done.out)
    assert (record["ok"], record["serial"], record["accuracy_microseconds"]) == (True, "2", 1_500_100)
    assert (record["by"], record["trusted_root"]) == ("CN=Now Stamps,O=Example", "CN=Now Root,O=Example")
    assert (record["kept"], record["request"]) == ("cp.txt.tsr", "cp.txt.tsq")


def test_openssl_agrees_about_a_reply_that_is_kept(run: Run, openssl_authority: Path) -> None:
    run("timestamp", "cp.txt")
    openssl(openssl_authority, "-reply", "-queryfile", "cp.txt.tsq", *SIGN, "-out", "reply.tsr")
    assert taken(run).code == 0
    check = ("-verify", "-CAfile", "root.pem", "-untrusted", "between.pem")
    assert "OK" in openssl(openssl_authority, *check, "-in", "cp.txt.tsr", "-data", "cp.txt")
    with pytest.raises(subprocess.CalledProcessError):
        openssl(openssl_authority, *check, "-in", "cp.txt.tsr", "-data", "root.pem")


def test_openssl_refuses_and_that_is_told(run: Run, openssl_authority: Path) -> None:
    run("timestamp", "cp.txt")
    (openssl_authority / "tsa.cnf").write_text(CONFIGURATION.replace("digests = sha256", "digests = sha512"))
    openssl(openssl_authority, "-reply", "-queryfile", "cp.txt.tsq", *SIGN, "-out", "reply.tsr")
    done = taken(run)
    assert done.code == 1
    assert "did not grant it: rejected (Message digest algorithm is not supported" in done.out


def test_openssl_takes_the_authority_of_these_tests_for_a_genuine_one(openssl_authority: Path) -> None:
    (openssl_authority / "root.pem").write_bytes(AUTHORITY.root.pem)
    moment = "1613131200"
    check = ("-verify", "-CAfile", "root.pem", "-attime", moment, "-in", "reply.tsr", "-data", "cp.txt")
    assert "OK" in openssl(openssl_authority, *check)
