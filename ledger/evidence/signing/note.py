"""Signed notes: a text, and who signed it (C2SP signed-note).

    go.sum database tree
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — sum.golang.org Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=

A text that ends in LF, an empty line, and a line for each signature: an em dash, a space, the key's name, a space, and
the base64 (RFC 4648, section 4) of the key's id, 4 bytes, and the signature. The last empty line parts text from
signatures. All is UTF-8 without control characters below U+0020 but LF. A name is not empty, and has neither `+` nor
white space. The key above is given to those who check as

    sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8

that is, name, key id in hex, and the base64 of the algorithm's byte and the public key. The key's id is the first 4
bytes of the SHA-256 of name, LF, algorithm's byte and public key.

Two liberties are taken. A text without signature lines is read too, as an unsigned note. Of each thing one spelling
alone is read: small hex digits, base64 without stray bits.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from ledger.errors import Refused
from ledger.evidence.signing import ed25519
from ledger.evidence.signing.cosignature import cosigned_at

# The algorithms of keys: signatures over the text, and cosignatures.
ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
# A log with all its witnesses has a few dozen; whoever checks must not be kept busy by a file.
MOST_SIGNATURES: Final = 100
MOST_BYTES: Final = 1 << 20

_ID: Final = 4
_MARK: Final = "— "
_control: Final = re.compile(r"[\x00-\x09\x0b-\x1f]").search
_hex: Final = re.compile(r"[0-9a-f]{8}").fullmatch


class Signature(NamedTuple):
    """A signature as it stands in a note: the key's name, its id (4 bytes), and the bytes that follow."""

    name: str
    key_id: bytes
    blob: bytes


class Note(NamedTuple):
    """A text that ends in LF, and its signatures; none for a note that is not signed."""

    text: str
    signatures: tuple[Signature, ...] = ()


class VerifierKey(NamedTuple):
    """A public key of 32 bytes with its name, its id (4 bytes) and its algorithm."""

    name: str
    key_id: bytes
    algorithm: int
    public: bytes


class Signer(NamedTuple):
    """A key that was found to have signed; of a cosignature also when, in seconds since 1970."""

    key: VerifierKey
    time: int | None

    @property
    def name(self) -> str:
        """The key's name."""
        return self.key.name

    @property
    def algorithm(self) -> int:
        """The key's algorithm."""
        return self.key.algorithm


class Checked(NamedTuple):
    """Which of the keys signed a note, each once, and the signatures of other keys, about which nothing is known."""

    signers: tuple[Signer, ...]
    unknown: tuple[Signature, ...]


def encode_base64(data: bytes) -> str:
    """Return standard base64 with padding."""
    return binascii.b2a_base64(data, newline=False).decode()


def decode_base64(text: str) -> bytes | None:
    """Return the bytes of standard base64 with padding, or None when it is not spelled as `encode_base64` does."""
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    return data if encode_base64(data) == text else None


def is_name(text: str) -> bool:
    """Tell whether a text can be the name of a key."""
    return bool(text) and "+" not in text and not any(map(str.isspace, text)) and _control(text) is None


def key_name(origin: str) -> str:
    """Return the name of the key that signs for an origin: white space and `+` become `-`."""
    return "".join("-" if char == "+" or char.isspace() else char for char in origin)


def parse_note(raw: bytes, where: str = "note") -> Note:
    """Read a note, signed or not; raises `Refused` saying where and why."""
    if len(raw) > MOST_BYTES:
        raise Refused(f"{where}: has more than {MOST_BYTES:,} bytes, so it is no note")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise Refused(f"{where}: is not UTF-8 at byte {error.start + 1}") from error
    if (found := _control(text)) is not None:
        raise Refused(f"{where}: holds the control character U+{ord(found[0]):04X}, which no note can")
    if not text.endswith("\n"):
        raise Refused(f"{where}: does not end in a line break: is a part of it missing?")
    body, mark, block = text.rpartition("\n\n")
    lines = block.split("\n")[:-1]
    if not any(line.startswith(_MARK) for line in lines):
        return Note(text)
    if not mark:
        raise Refused(f"{where}: has signatures, but no text and empty line before them")
    if len(lines) > MOST_SIGNATURES:
        raise Refused(f"{where}: has {len(lines):,} signatures, the most is {MOST_SIGNATURES}")
    return Note(f"{body}\n", tuple(_parse_signature(line, where) for line in lines))


def _parse_signature(line: str, where: str) -> Signature:
    name, _, coded = line.removeprefix(_MARK).partition(" ")
    data = decode_base64(coded)
    if not line.startswith(_MARK) or not is_name(name) or data is None or len(data) <= _ID:
        raise Refused(f"{where}: {line[:100]!r} is no signature line (— NAME BASE64)")
    return Signature(name, data[:_ID], data[_ID:])


def format_note(note: Note) -> bytes:
    """Return a note's bytes; raises `Refused` for one that could not be read again as the same."""
    lines = [f"{_MARK}{name} {encode_base64(key_id + blob)}\n" for name, key_id, blob in note.signatures]
    text = note.text + ("\n" + "".join(lines) if lines else "")
    try:
        raw = text.encode()
    except UnicodeEncodeError as error:
        raise Refused("note: is not valid Unicode text") from error
    if parse_note(raw) != note:
        raise Refused("note: its text or a key's name cannot stand in a note")
    return raw


def key_id(name: str, algorithm: int, public: bytes) -> bytes:
    """Return the 4 bytes that a key has for an id."""
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:_ID]


def verifier_key(name: str, algorithm: int, public: bytes) -> VerifierKey:
    """Return a public key with the id that belongs to it."""
    return VerifierKey(name, key_id(name, algorithm, public), algorithm, public)


def format_vkey(key: VerifierKey) -> str:
    """Return a public key as it is given to those who check; raises `Refused` for one that is none."""
    text = f"{key.name}+{key.key_id.hex()}+{encode_base64(bytes([key.algorithm]) + key.public)}"
    if parse_vkey(text) != key:
        raise Refused(f"key: {text[:100]!r} is no key that can be given to others")
    return text


def parse_vkey(text: str) -> VerifierKey:
    """Read a public key; raises `Refused` with what is wrong about it."""
    shown = f"key: {text[:100]!r}"
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise Refused(f"{shown} is no public key (NAME+ID+KEY); `ledger key show` prints one")
    name, stated, coded = parts
    data = decode_base64(coded)
    if not is_name(name) or not _hex(stated) or not data:
        raise Refused(f"{shown} is no public key (NAME+ID+KEY): was it copied whole?")
    try:
        found = verifier_key(name, data[0], data[1:])
    except UnicodeEncodeError:
        raise Refused(f"{shown} is not valid Unicode text") from None
    if found.algorithm not in (ED25519, COSIGNATURE):
        raise Refused(f"{shown} is for the algorithm {found.algorithm:#04x}; Ed25519 alone is known: 0x01 and 0x04")
    if len(found.public) != ed25519.PUBLIC_SIZE:
        raise Refused(f"{shown} holds {len(found.public)} bytes of key, not {ed25519.PUBLIC_SIZE}")
    if ed25519.is_weak(found.public):
        raise Refused(f"{shown} is a key with which anybody can sign: it proves nothing")
    if found.key_id.hex() != stated:
        raise Refused(f"{shown} does not fit its id, which would be {found.key_id.hex()}: it was changed or mistyped")
    return found


def check_signatures(note: Note, keys: Sequence[VerifierKey], where: str = "note") -> Checked:
    """Find out which of the keys signed a note; of a key that cosigned it more than once, the latest time is told.

    Raises `Refused` when a signature that claims to be of one of the keys is not, and for two keys of one name and id.
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise Refused(f"key: two keys have the name {key.name!r} and the id {key.key_id.hex()}")
    signers: dict[VerifierKey, int | None] = {}
    unknown = []
    for signature in note.signatures:
        known_key = known.get((signature.name, signature.key_id))
        if known_key is None:
            unknown.append(signature)
            continue
        time = _signed_at(known_key, signature, note.text, where)
        if time is not None:
            signers[known_key] = max(time, signers.get(known_key) or 0)
        else:
            signers[known_key] = None
    return Checked(tuple(Signer(key, time) for key, time in signers.items()), tuple(unknown))


def _signed_at(key: VerifierKey, signature: Signature, text: str, where: str) -> int | None:
    """Return when a note was cosigned, or None for a plain signature; raises `Refused` when it does not hold."""
    if key.algorithm == COSIGNATURE:
        time = cosigned_at(key.public, signature.blob, text)
        if time is not None:
            return time
    elif key.algorithm == ED25519 and ed25519.holds(key.public, signature.blob, text.encode()):
        return None
    raise Refused(
        f"{where}: the signature of {key.name} does not hold: the text or the signature was changed, or it is forged"
    )
