"""Ed25519 (RFC 8032), and the cipher that keeps private keys: the one place that asks the library `cryptography`.

A private key is its seed of 32 bytes, a public key 32 bytes, a signature 64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ledger.errors import Refused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher

PUBLIC_SIZE: Final = 32
SIGNATURE_SIZE: Final = 64


# The field of the curve, and the one coordinate of the eight points of small order.
_FIELD: Final = 2**255 - 19
_OF_ORDER_8: Final = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
_SMALL: Final = frozenset((0, 1, _FIELD - 1, _OF_ORDER_8, _FIELD - _OF_ORDER_8))


def is_weak(public: bytes) -> bool:
    """Tell whether a public key is one with which anybody can sign, or is spelled as no key is.

    These are the points of small order, for which signatures hold that no private key made.
    """
    height = int.from_bytes(public, "little") & (2**255 - 1)
    return height >= _FIELD or height in _SMALL


def need() -> None:
    """Raise `Refused`, saying how to get it, where the library that signs is missing."""
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: F401
    except ImportError as error:
        raise Refused(
            "signatures need the package cryptography, which is not installed: pip install 'compliance-ledger[sign]'"
        ) from error


def new() -> bytes:
    """Return a new private key."""
    need()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate().private_bytes_raw()


def public_of(private: bytes) -> bytes:
    """Return the public key of a private one."""
    need()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def sign(private: bytes, message: bytes) -> bytes:
    """Return the signature over a message."""
    need()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(private).sign(message)


def holds(public: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether a signature over a message is that of a public key."""
    need()
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if len(public) != PUBLIC_SIZE or len(signature) != SIGNATURE_SIZE or is_weak(public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def cipher(key: bytes, first: bytes) -> Cipher[Any]:
    """Return AES-256 in CBC mode with a key of 32 bytes and a first block of 16."""
    need()
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES256
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    return Cipher(AES256(key), CBC(first))
