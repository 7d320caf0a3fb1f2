"""Private Ed25519 keys as PKCS #8 (RFC 5958, RFC 8410), plain or sealed with a passphrase (PBES2, RFC 8018).

Every such key has the same shape, so what may vary is known to the byte: plain, the 32 bytes of the key at the end of

    30 2e 02 01 00 30 05 06 03 2b 65 70 04 22 04 20

and sealed, the salt, the first block and the sealed key itself, between

    SEQUENCE { SEQUENCE { PBES2, SEQUENCE {
        SEQUENCE { PBKDF2, SEQUENCE { OCTET STRING (salt, 16 bytes), INTEGER 600000, SEQUENCE { hmacWithSHA256, NULL } } },
        SEQUENCE { aes256-CBC, OCTET STRING (first block, 16 bytes) } } },
      OCTET STRING (the plain form, sealed, 64 bytes) }

Other programs read both (`openssl pkey`). The rounds are as many as OWASP recommends for a passphrase (its password
storage cheat sheet, 2023); libraries write 2,048 where they offer no choice, which a guesser tries a few hundred times
as fast. The text form is PEM (RFC 7468): base64 in lines of 64 between two marks.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from typing import Final

from ledger.errors import Refused
from ledger.evidence.signing import ed25519
from ledger.evidence.signing.note import decode_base64, encode_base64

ROUNDS: Final = 600_000
_BLOCK: Final = 16
_PLAIN: Final = bytes.fromhex("302e020100300506032b657004220420")
_SALT_AFTER: Final = bytes.fromhex("3081a4306006092a864886f70d01050d3053303206092a864886f70d01050c30250410")
_FIRST_AFTER: Final = bytes.fromhex("02030927c0300c06082a864886f70d02090500301d060960864801650304012a0410")
_SEALED_AFTER: Final = bytes.fromhex("0440")
_SEALED_SIZE: Final = 64
_KINDS: Final = ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY")


def format_plain(private: bytes) -> bytes:
    """Return the plain form of a private key of 32 bytes."""
    return _PLAIN + private


def parse_plain(data: bytes) -> bytes | None:
    """Return the private key of the plain form, or None when it is anything else."""
    fits = data.startswith(_PLAIN) and len(data) == len(_PLAIN) + ed25519.PUBLIC_SIZE
    return data[len(_PLAIN) :] if fits else None


def seal(private: bytes, passphrase: str) -> bytes:
    """Return the form of a private key that needs a passphrase."""
    salt, first = os.urandom(_BLOCK), os.urandom(_BLOCK)
    plain = format_plain(private)
    filled = plain + bytes([_BLOCK]) * _BLOCK
    sealed = ed25519.cipher(_stretched(passphrase, salt), first).encryptor().update(filled)
    return _SALT_AFTER + salt + _FIRST_AFTER + first + _SEALED_AFTER + sealed


def is_sealed(data: bytes) -> bool:
    """Tell whether this is the form that needs a passphrase."""
    return _parts(data) is not None


def unseal(data: bytes, passphrase: str) -> bytes | None:
    """Return the private key, or None when the passphrase is another one or something was changed."""
    parts = _parts(data)
    if parts is None:
        return None
    salt, first, sealed = parts
    filled = ed25519.cipher(_stretched(passphrase, salt), first).decryptor().update(sealed)
    plain, fill = filled[:-_BLOCK], filled[-_BLOCK:]
    return parse_plain(plain) if fill == bytes([_BLOCK]) * _BLOCK else None


def _parts(data: bytes) -> tuple[bytes, bytes, bytes] | None:
    found = []
    for mark, size in ((_SALT_AFTER, _BLOCK), (_FIRST_AFTER, _BLOCK), (_SEALED_AFTER, _SEALED_SIZE)):
        if not data.startswith(mark):
            return None
        data = data[len(mark) :]
        found.append(data[:size])
        data = data[size:]
    salt, first, sealed = found
    return (salt, first, sealed) if len(sealed) == _SEALED_SIZE and not data else None


def _stretched(passphrase: str, salt: bytes) -> bytes:
    # Keyboards differ in how they compose a letter; what was meant is the same.
    secret = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogateescape")
    return hashlib.pbkdf2_hmac("sha256", secret, salt, ROUNDS)


def format_pem(data: bytes) -> str:
    """Return the text form of either; raises `Refused` for anything else."""
    if parse_plain(data) is None and not is_sealed(data):
        raise Refused("key: is no private key")
    kind = _KINDS[is_sealed(data)]
    coded = encode_base64(data)
    lines = "".join(f"{coded[at : at + 64]}\n" for at in range(0, len(coded), 64))
    return f"-----BEGIN {kind}-----\n{lines}-----END {kind}-----\n"


def parse_pem(text: str) -> bytes | None:
    """Return what a text form holds, or None when it is not spelled as `format_pem` does."""
    data = decode_base64("".join(text.split("\n")[1:-2]))
    if data is None or (parse_plain(data) is None and not is_sealed(data)):
        return None
    return data if format_pem(data) == text else None
