"""Private keys: how they are written, where they are kept, and what each has signed last."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path, PurePath

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Damaged, Refused, WriteFailed
from ledger.evidence.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from ledger.evidence.cosigning import Show, check_log, cosigned, shown_by_nothing, shown_by_proof, shown_by_roots
from ledger.evidence.extending import Inconsistent, Known
from ledger.evidence.proof import Consistency
from ledger.evidence.remembered import Remembered
from ledger.evidence.signing import ed25519, pkcs8
from ledger.evidence.signing.key_file import (
    KeyFile,
    SigningKey,
    format_key_file,
    locked,
    needs_passphrase,
    new_key,
    parse_key_file,
    sign,
    sign_at,
    unlocked,
    with_signatures,
)
from ledger.evidence.signing.keyring import default_file, file_name, folder, load_key, save_key
from ledger.evidence.signing.note import COSIGNATURE, ED25519, Note, check_signatures, parse_note, verifier_key
from ledger.evidence.signing.whole import create_whole, replace_whole
from ledger.evidence.tree import Tree, consistency, node, split

CALM = settings(deadline=None)

posix = pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")

# RFC 8410, section 10.3, the first example.
PUBLISHED = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
"""
SEED = bytes(range(32))
LOG = SigningKey(verifier_key("example.com/log", ED25519, ed25519.public_of(SEED)), SEED)
AUDITOR = new_key("auditor.example/w", cosigner=True)


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretch passphrases but once: what is tested is the form."""
    monkeypatch.setattr(pkcs8, "ROUNDS", 1)


def test_the_published_private_key_is_read_and_written() -> None:
    data = pkcs8.parse_pem(PUBLISHED)
    assert data is not None
    private = pkcs8.parse_plain(data)
    assert private is not None
    assert private.hex() == "d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842"
    # The public key of section 10.1.
    assert ed25519.public_of(private).hex() == "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"
    assert pkcs8.format_pem(pkcs8.format_plain(private)) == PUBLISHED


def test_other_programs_read_our_keys() -> None:
    plain = format_key_file(locked(LOG, None))
    sealed = format_key_file(locked(LOG, "größer"))
    for raw, password in ((plain, None), (sealed, "größer".encode())):
        found = load_pem_private_key(raw, password)
        assert found.private_bytes_raw() == SEED  # type: ignore[union-attr]


@CALM
@given(st.binary(min_size=32, max_size=32))
def test_private_keys_are_read_as_they_are_written(private: bytes) -> None:
    pem = pkcs8.format_pem(pkcs8.format_plain(private))
    assert pkcs8.parse_plain(pkcs8.parse_pem(pem) or b"") == private


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("passphrase", ["x", "größer", " two words ", "密码", "a" * 1000, "\udcff"])
def test_a_sealed_key_opens_with_its_passphrase_alone(passphrase: str) -> None:
    data = pkcs8.seal(SEED, passphrase)
    assert pkcs8.parse_pem(pkcs8.format_pem(data)) == data
    assert pkcs8.unseal(data, passphrase) == SEED
    for other in ("", passphrase + " ", passphrase[:-1], passphrase.swapcase() + "x"):
        assert pkcs8.unseal(data, other) is None
    assert SEED not in data


@pytest.mark.usefixtures("fast")
def test_however_a_keyboard_composes_letters_the_passphrase_is_the_same() -> None:
    assert pkcs8.unseal(pkcs8.seal(SEED, "gr\u00f6\u00dfer"), "gro\u0308\u00dfer") == SEED


def test_a_guesser_must_do_600000_rounds() -> None:
    assert pkcs8.ROUNDS == 600_000
    assert pkcs8.ROUNDS.to_bytes(3) in pkcs8.seal(SEED, "x")


@pytest.mark.usefixtures("fast")
def test_two_seals_of_the_same_key_differ() -> None:
    assert pkcs8.seal(SEED, "x") != pkcs8.seal(SEED, "x")


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("passphrase", [None, "x"])
def test_every_byte_of_a_key_file_matters(passphrase: str | None) -> None:
    """Each byte is exchanged in turn: the file is refused, or it is the file of another key."""
    raw = format_key_file(locked(LOG, passphrase))
    assert unlocked(parse_key_file(raw, "key"), passphrase, "key") == LOG
    for at in range(len(raw)):
        for value in {raw[at] ^ bit for bit in (1, 2, 4, 8, 16, 32, 64, 128)} | {0x0A, 0x0D, 0x20, 0x41, 0x3D}:
            changed = raw[:at] + bytes([value]) + raw[at + 1 :]
            if changed == raw:
                continue
            try:
                found = unlocked(parse_key_file(changed, "key"), passphrase, "key")
            except Refused:
                continue
            pytest.fail(f"byte {at} as {value:#04x} is taken: {found.key.name}")
    for cut in range(len(raw)):
        with pytest.raises(Refused):
            parse_key_file(raw[:cut], "key")
    for longer in (raw + b"\n", b"\n" + raw, raw + raw, raw.replace(b"\n", b"\r\n")):
        with pytest.raises(Refused):
            parse_key_file(longer, "key")


def test_a_private_key_under_the_public_key_of_another_is_refused() -> None:
    with pytest.raises(Refused, match=r"not that of example\.com/log"):
        unlocked(KeyFile(LOG.key, pkcs8.format_plain(bytes(32))), None, "key")


@pytest.mark.usefixtures("fast")
def test_a_sealed_key_needs_its_passphrase() -> None:
    file = locked(LOG, "x")
    assert needs_passphrase(file)
    assert not needs_passphrase(locked(LOG, None))
    with pytest.raises(Refused, match="needs its passphrase"):
        unlocked(file, None, "key")
    with pytest.raises(Refused, match="is not that of this key"):
        unlocked(file, "y", "key")


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\u202eb", "a\x7f", "x" * 201])
def test_a_name_that_no_key_can_have_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="name"):
        new_key(name, cosigner=False)


def test_kinds_of_keys_have_ids_of_their_own() -> None:
    assert new_key("a", cosigner=False).key.algorithm == ED25519
    assert new_key("a", cosigner=True).key.algorithm == COSIGNATURE


def test_new_keys_differ() -> None:
    assert len({new_key("a", cosigner=False).private for _ in range(20)}) == 20


def test_a_signature_takes_the_place_of_an_earlier_one_by_the_same_key() -> None:
    text = "a\n"
    first, second = sign_at(AUDITOR, text, 1), sign_at(AUDITOR, text, 2)
    note = with_signatures(Note(text, (sign(LOG, text), first)), [second])
    assert note.signatures == (sign(LOG, text), second)


# Where keys are kept.


@CALM
@given(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8"), min_size=1))
def test_no_two_names_share_a_file_and_none_leaves_its_folder(name: str, other: str) -> None:
    found = file_name(name)
    assert PurePath(found).name == found
    assert found.isascii()
    assert not found.startswith(".")
    assert len(found) <= 160
    if name != other:
        assert found != file_name(other)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("example.com", "example.com"),
        ("example.com/log", "example.com%2Flog"),
        ("example.com%2Flog", "example.com%252Flog"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
        ("..", "%2E."),
        ("a\\b:c", "a%5Cb%3Ac"),
        ("münchen", "m%C3%BCnchen"),
        ("CON", "%43ON"),
        ("com1.example", "%63om1.example"),
        ("console", "console"),
        ("~", "%7E"),
    ],
)
def test_names_become_files_as_written_down(name: str, file: str) -> None:
    assert file_name(name) == file


def test_long_names_that_begin_alike_have_files_of_their_own() -> None:
    found = {file_name("x" * 190 + str(number)) for number in range(10)}
    assert len(found) == 10
    assert max(map(len, found)) < 200


@posix
def test_keys_are_kept_in_the_configuration_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert folder() == Path("/home/someone/.config/compliance-ledger/keys")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/etc/mine")
    assert folder() == Path("/etc/mine/compliance-ledger/keys")
    monkeypatch.setenv("XDG_CONFIG_HOME", "not/absolute")
    assert folder() == Path("/home/someone/.config/compliance-ledger/keys")
    assert default_file("a/b") == folder() / "a%2Fb.key"


def test_who_has_no_home_folder_is_told_what_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(Refused, match="--key or -o"):
        folder()


@posix
def test_windows_has_a_place_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("APPDATA", "/users/someone/roaming")
    assert folder() == Path("/users/someone/roaming/compliance-ledger/keys")
    monkeypatch.setenv("APPDATA", "")
    monkeypatch.setenv("HOME", "/users/someone")
    assert folder() == Path("/users/someone/AppData/Roaming/compliance-ledger/keys")


@posix
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_a_key_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    path = tmp_path / "config" / "keys" / "a.key"
    before = os.umask(mask)
    try:
        save_key(path, locked(LOG, None), with_folder=True)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [stat.S_IMODE(found.stat().st_mode) for found in (path.parent, path.parent.parent)] == [0o700, 0o700]
    assert load_key(path, to_sign=True) == locked(LOG, None)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(b"mine")
    with pytest.raises(Refused, match="never overwritten"):
        save_key(path, locked(LOG, None), with_folder=False)
    assert path.read_bytes() == b"mine"


@posix
def test_a_key_is_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "a.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused, match="never overwritten"):
        save_key(tmp_path / "a.key", locked(LOG, None), with_folder=False)
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_was_named_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no such folder"):
        save_key(tmp_path / "missing" / "a.key", locked(LOG, None), with_folder=False)


@posix
@pytest.mark.parametrize("mode", [0o640, 0o620, 0o604, 0o602, 0o660, 0o644, 0o777])
def test_a_key_that_others_can_read_signs_nothing(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a.key"
    save_key(path, locked(LOG, None), with_folder=False)
    path.chmod(mode)
    with pytest.raises(Refused, match="chmod 600"):
        load_key(path, to_sign=True)
    assert load_key(path, to_sign=False).key == LOG.key


@posix
def test_a_pipe_or_a_folder_is_no_key(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "missing"):
        with pytest.raises(Refused):
            load_key(path, to_sign=True)


@posix
def test_a_file_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk refuses at each step: what was there is there, and nothing is left behind."""
    path = tmp_path / "a"
    replace_whole(path, b"old")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    for step in ("write", "fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, step, full)
            with pytest.raises(OSError, match="No space"):
                replace_whole(path, b"new")
            if step != "replace":
                with pytest.raises(OSError, match="No space"):
                    create_whole(tmp_path / "b", b"new")
        assert path.read_bytes() == b"old"
        assert [found.name for found in tmp_path.iterdir()] == ["a"]


def test_what_a_dead_process_left_behind_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / f".a.{os.getpid()}").write_bytes(b"left")
    replace_whole(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert [found.name for found in tmp_path.iterdir()] == ["a"]


# What a key signed last.


def checkpoint(size: int, origin: str = "example.com/log") -> Checkpoint:
    return Checkpoint(origin, size, root(size))


LEAVES = [bytes([number]) * 32 for number in range(9)]


def subtree(begin: int, end: int) -> bytes:
    if end - begin == 1:
        return LEAVES[begin]
    middle = begin + split(end - begin)
    return node(subtree(begin, middle), subtree(middle, end))


def root(size: int) -> bytes:
    tree = Tree()
    for leaf in LEAVES[:size]:
        tree.add(leaf)
    return tree.root()


def note_of(state: Checkpoint, *keys: SigningKey) -> Note:
    text = format_checkpoint(state)
    return Note(text, tuple(sign(key, text) if key.key.algorithm == ED25519 else sign_at(key, text, 1) for key in keys))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    path = tmp_path / "auditor.key"
    save_key(path, locked(AUDITOR, None), with_folder=False)
    return path


def test_what_was_signed_last_is_kept_beside_the_key(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    remembered = Remembered(path, LOG.key, "example.com/log")
    assert remembered.path == Path(os.path.realpath(tmp_path)) / "a.key.signed"
    with remembered.held():
        assert remembered.read() is None
        remembered.write(note_of(checkpoint(3), LOG))
        assert remembered.read() == checkpoint(3)
    assert os.name != "posix" or stat.S_IMODE(remembered.path.stat().st_mode) == 0o600


@posix
def test_however_a_key_is_reached_it_remembers_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.key").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "a.key")
    Remembered(tmp_path / "a.key", LOG.key, "example.com/log").write(note_of(checkpoint(3), LOG))
    assert Remembered(tmp_path / "link", LOG.key, "example.com/log").read() == checkpoint(3)


def test_a_key_signs_for_one_ledger_alone(tmp_path: Path) -> None:
    """Two origins may give a key the same name."""
    Remembered(tmp_path / "a.key", LOG.key, "example.com log").write(note_of(checkpoint(3, "example.com log"), LOG))
    with pytest.raises(Refused, match="one ledger alone"):
        Remembered(tmp_path / "a.key", LOG.key, "example.com-log").read()


def test_every_byte_of_what_is_remembered_matters(tmp_path: Path) -> None:
    remembered = Remembered(tmp_path / "a.key", LOG.key, "example.com/log")
    remembered.write(note_of(checkpoint(3), LOG))
    raw = remembered.path.read_bytes()
    for at in range(len(raw)):
        remembered.path.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        with pytest.raises(Damaged, match="was changed"):
            remembered.read()
    for other in (b"", raw[:-1], note_of(checkpoint(3)).text.encode(), os.urandom(100)):
        remembered.path.write_bytes(other)
        with pytest.raises(Damaged, match="was changed"):
            remembered.read()


def test_what_cannot_be_kept_is_not_given_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteFailed, match="not given away"):
        Remembered(tmp_path / "a.key", LOG.key, "example.com/log").write(note_of(checkpoint(3), LOG))


# What a cosigner cosigns.


def by_roots(state: Checkpoint) -> Show:
    return shown_by_roots(state, root, "this")


def by_proof(old: int, state: Checkpoint) -> Show:
    hashes = tuple(consistency(old, state.size, subtree)) if old else ()
    return shown_by_proof(state, Consistency(old, hashes, note_of(state)), "proof", "this")


def cosign(
    place: Path, state: Checkpoint, show: Show, last: Note | None = None, *, first: bool = False, time: int = 7
) -> Note:
    pair = None if last is None else (Known("given", parse_checkpoint(last.text)), last)
    return cosigned(note_of(state, LOG), pair, show, AUDITOR, place, time, first=first)


def test_a_cosigner_adds_a_line_and_remembers(place: Path) -> None:
    note = cosign(place, checkpoint(3), by_roots(checkpoint(3)), first=True)
    checked = check_signatures(note, [LOG.key, AUDITOR.key])
    assert [(found.name, found.time) for found in checked.signers] == [
        ("example.com/log", None),
        ("auditor.example/w", 7),
    ]
    later = cosign(place, checkpoint(5), by_roots(checkpoint(5)))
    assert check_signatures(later, [AUDITOR.key]).signers[0].time == 7
    kept = parse_note((place.parent / "auditor.key.seen" / "example.com%2Flog").read_bytes())
    assert parse_checkpoint(kept.text) == checkpoint(5)


def test_the_first_must_be_said_and_does_no_harm_later(place: Path) -> None:
    with pytest.raises(Refused, match="--first"):
        cosign(place, checkpoint(3), by_roots(checkpoint(3)))
    cosign(place, checkpoint(3), by_roots(checkpoint(3)), first=True)
    with pytest.raises(Inconsistent, match="fewer than"):
        cosign(place, checkpoint(2), by_roots(checkpoint(2)), first=True)


@pytest.mark.parametrize("old", range(1, 9))
@pytest.mark.parametrize("new", range(1, 9))
def test_a_proof_does_as_well_as_the_ledger(place: Path, old: int, new: int) -> None:
    last = note_of(checkpoint(old), LOG)
    if new < old:
        with pytest.raises(Inconsistent, match="fewer than"):
            cosign(place, checkpoint(new), by_roots(checkpoint(new)), last)
    else:
        assert cosign(place, checkpoint(new), by_roots(checkpoint(new)), last)
        assert cosign(place, checkpoint(new), by_proof(old, checkpoint(new)), last)


def test_a_proof_from_another_size_does_not_do(place: Path) -> None:
    cosign(place, checkpoint(4), by_roots(checkpoint(4)), first=True)
    with pytest.raises(Refused, match="begins with 3 entries"):
        cosign(place, checkpoint(8), by_proof(3, checkpoint(8)))


def test_a_proof_about_another_checkpoint_is_refused() -> None:
    with pytest.raises(Refused, match="another checkpoint of 7"):
        shown_by_proof(checkpoint(8), Consistency(3, (), note_of(checkpoint(7))), "proof", "this")


def test_a_larger_last_checkpoint_does_not_hide_what_was_cosigned(place: Path) -> None:
    """Somebody gives a forged one for the last: what this key cosigned must still be extended."""
    cosign(place, checkpoint(3), by_roots(checkpoint(3)), first=True)
    forged = Checkpoint("example.com/log", 5, b"x" * 32)
    newer = Checkpoint("example.com/log", 5, b"x" * 32)
    with pytest.raises(Refused, match="begins with 5"):
        cosign(
            place,
            newer,
            shown_by_proof(newer, Consistency(5, (), note_of(newer)), "proof", "this"),
            note_of(forged, LOG),
        )
    with pytest.raises(Refused, match="--proof"):
        cosign(place, newer, shown_by_nothing(newer, "this"), note_of(forged, LOG))


def test_a_last_one_that_this_key_cosigned_elsewhere_speaks_for_those_before(place: Path) -> None:
    cosign(place, checkpoint(3), by_roots(checkpoint(3)), first=True)
    assert cosign(place, checkpoint(8), by_proof(5, checkpoint(8)), note_of(checkpoint(5), LOG, AUDITOR))


def test_the_smaller_of_two_counts_by_the_ledger_itself(place: Path) -> None:
    cosign(place, checkpoint(5), by_roots(checkpoint(5)), first=True)
    other = Checkpoint("example.com/log", 3, b"x" * 32)
    with pytest.raises(Inconsistent, match="given"):
        cosign(place, checkpoint(8), by_roots(checkpoint(8)), note_of(other, LOG))


def test_with_nothing_to_show_it_only_the_same_is_cosigned(place: Path) -> None:
    state = checkpoint(3)
    assert cosign(place, state, shown_by_nothing(state, "this"), first=True)
    assert cosign(place, state, shown_by_nothing(state, "this"))
    with pytest.raises(Refused, match="--proof"):
        cosign(place, checkpoint(4), shown_by_nothing(checkpoint(4), "this"))


def test_a_last_checkpoint_of_another_ledger_is_refused(place: Path) -> None:
    with pytest.raises(Refused, match="of the ledger 'other'"):
        cosign(place, checkpoint(3), by_roots(checkpoint(3)), note_of(checkpoint(2, "other")))


def test_a_cosigner_keeps_ledgers_apart(place: Path) -> None:
    for origin in ("example.com/log", "other"):
        cosign(place, checkpoint(3, origin), by_roots(checkpoint(3, origin)), first=True)
    assert sorted(found.name for found in (place.parent / "auditor.key.seen").iterdir()) == [
        "example.com%2Flog",
        "other",
    ]


def test_the_ledgers_own_signature_is_held_against_its_key() -> None:
    state = checkpoint(3)
    assert check_log(note_of(state, LOG), state.origin, [LOG.key], "this").signers
    assert not check_log(note_of(state, LOG), state.origin, [], "this").signers
    with pytest.raises(Inconsistent, match="not signed with the --log-key"):
        check_log(note_of(state), state.origin, [LOG.key], "this")
    forged = Note(format_checkpoint(checkpoint(4)), note_of(state, LOG).signatures)
    with pytest.raises(Inconsistent, match="does not hold"):
        check_log(forged, state.origin, [LOG.key], "this")
    with pytest.raises(Refused, match="cosigner's key"):
        check_log(note_of(state, LOG), state.origin, [AUDITOR.key], "this")
    with pytest.raises(Refused, match="and that of the ledger"):
        check_log(note_of(state, LOG), state.origin, [new_key("other", cosigner=False).key], "this")


@posix
def test_openssl_reads_our_keys(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    save_key(path, locked(LOG, "größer"), with_folder=False)
    try:
        done = subprocess.run(
            ["openssl", "pkey", "-in", str(path), "-passin", "pass:größer", "-outform", "DER"],
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("there is no openssl here")
    assert done.stdout == pkcs8.format_plain(SEED)
