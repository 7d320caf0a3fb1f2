"""The file that holds a private key: what it is, whose it is, and the key itself.

    private key of a compliance ledger: show it to nobody; others check with the public key, which is the next line
    example.com/log+b5a5c9a5+AfZ…
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VwBCIEIBzuk7LWO/8m42gMY+OdFKKCy0QJPuAhK6ZIuYyF5qE5
    -----END PRIVATE KEY-----

The first line is always the same. The public key is a vkey (see `note`): its name is the key's, and its algorithm tells
whether the key signs for a ledger (0x01) or cosigns (0x04). What follows is PKCS #8 (see `pkcs8`). UTF-8, LF.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from ledger.errors import Refused
from ledger.evidence.signing import ed25519, pkcs8
from ledger.evidence.signing.cosignature import cosign
from ledger.evidence.signing.note import (
    COSIGNATURE,
    ED25519,
    Note,
    Signature,
    VerifierKey,
    format_vkey,
    is_name,
    parse_vkey,
    verifier_key,
)

LONGEST_NAME: Final = 200
_FIRST: Final = (
    "private key of a compliance ledger: show it to nobody; others check with the public key, which is the next line"
)


class KeyFile(NamedTuple):
    """A public key, and the PKCS #8 bytes of its private key, which may be sealed."""

    key: VerifierKey
    private: bytes


class SigningKey(NamedTuple):
    """A public key and its private key, 32 bytes each: ready to sign."""

    key: VerifierKey
    private: bytes


def new_key(name: str, *, cosigner: bool) -> SigningKey:
    """Return a new key; raises `Refused` for a name that no key can have."""
    if not is_name(name) or not name.isprintable() or len(name) > LONGEST_NAME:
        raise Refused(
            f"name: {name[:100]!r} cannot be that of a key: it has 1 to {LONGEST_NAME} characters, and among them "
            "neither white space nor +"
        )
    private = ed25519.new()
    return SigningKey(verifier_key(name, COSIGNATURE if cosigner else ED25519, ed25519.public_of(private)), private)


def format_key_file(file: KeyFile) -> bytes:
    """Return the bytes of a key's file; raises `Refused` for a key that is none."""
    return f"{_FIRST}\n{format_vkey(file.key)}\n{pkcs8.format_pem(file.private)}".encode()


def parse_key_file(raw: bytes, where: str) -> KeyFile:
    """Read a key's file; raises `Refused` for one that is not just as it was made."""
    try:
        first, vkey, pem = raw.decode().split("\n", 2)
    except ValueError:
        first = vkey = pem = ""
    if first != _FIRST:
        raise Refused(f"{where}: is no private key that `ledger key new` made, or its first line was changed")
    private = pkcs8.parse_pem(pem)
    if private is None:
        raise Refused(f"{where}: the private key in it was changed or cut; take it from a copy")
    try:
        return KeyFile(parse_vkey(vkey), private)
    except Refused as error:
        raise Refused(f"{where}: {error}") from error


def locked(key: SigningKey, passphrase: str | None) -> KeyFile:
    """Return a key as it is kept, with a passphrase or without."""
    private = pkcs8.format_plain(key.private) if passphrase is None else pkcs8.seal(key.private, passphrase)
    return KeyFile(key.key, private)


def needs_passphrase(file: KeyFile) -> bool:
    """Tell whether the key is kept with a passphrase."""
    return pkcs8.is_sealed(file.private)


def unlocked(file: KeyFile, passphrase: str | None, where: str) -> SigningKey:
    """Return a key ready to sign; raises `Refused` for a wrong passphrase, or a private key of another public one."""
    if passphrase is not None and needs_passphrase(file):
        private = pkcs8.unseal(file.private, passphrase)
        if private is None:
            raise Refused(f"{where}: the passphrase is not that of this key")
    else:
        private = pkcs8.parse_plain(file.private)
        if private is None:
            raise Refused(f"{where}: needs its passphrase")
    if ed25519.public_of(private) != file.key.public:
        raise Refused(f"{where}: its private key is not that of {file.key.name}: it was changed; take it from a copy")
    return SigningKey(file.key, private)


def sign(key: SigningKey, text: str) -> Signature:
    """Return the signature over a note's text; the key must be one that signs for a ledger."""
    return Signature(key.key.name, key.key.key_id, ed25519.sign(key.private, text.encode()))


def sign_at(key: SigningKey, text: str, time: int) -> Signature:
    """Return a cosignature over a note's text at a time in seconds since 1970; the key must be a cosigner's."""
    return Signature(key.key.name, key.key.key_id, cosign(key.private, text, time))


def with_signatures(note: Note, signatures: Iterable[Signature]) -> Note:
    """Return a note with more signatures; earlier ones by the same keys give way to them."""
    added = tuple(signatures)
    same = {(found.name, found.key_id) for found in added}
    return Note(note.text, (*(found for found in note.signatures if (found.name, found.key_id) not in same), *added))
