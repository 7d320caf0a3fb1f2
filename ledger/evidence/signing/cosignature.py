"""Cosignatures: a second party states when it saw a checkpoint that extends all those it saw before.

C2SP tlog-cosignature, version `cosignature/v1`, key type 0x04. What stands after the key id in the note's signature line
is the time in seconds since 1970 as 8 bytes, most significant first, and 64 bytes of an Ed25519 signature over

    cosignature/v1
    time 1679315147
    example.com/behind-the-sofa
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

that is, over two lines and the note's text.
"""

from __future__ import annotations

from typing import NamedTuple

from ledger.errors import Refused
from ledger.evidence.signing import ed25519

LATEST = 2**63 - 1
_TIME = 8


class Cosignature(NamedTuple):
    """A time in seconds since 1970, and the signature of 64 bytes."""

    time: int
    signature: bytes


def format_cosignature(cosignature: Cosignature) -> bytes:
    """Return what stands after the key id; raises `Refused` for a time or a signature that cannot be."""
    time, signature = cosignature
    if not 0 <= time <= LATEST or len(signature) != ed25519.SIGNATURE_SIZE:
        raise Refused(f"cosignature: has the time {time} and {len(signature)} bytes of signature, not 64")
    return time.to_bytes(_TIME) + signature


def parse_cosignature(blob: bytes, where: str = "cosignature") -> Cosignature:
    """Return time and signature; raises `Refused` for anything else."""
    if len(blob) != _TIME + ed25519.SIGNATURE_SIZE:
        raise Refused(f"{where}: a cosignature has {_TIME + ed25519.SIGNATURE_SIZE} bytes, this one has {len(blob)}")
    time = int.from_bytes(blob[:_TIME])
    if time > LATEST:
        raise Refused(f"{where}: the cosignature's time is beyond what can be")
    return Cosignature(time, blob[_TIME:])


def message(text: str, time: int) -> bytes:
    """Return the bytes that a cosigner signs for a note's text."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def cosign(private: bytes, text: str, time: int) -> bytes:
    """Return a cosignature's bytes over a note's text, at a time in seconds since 1970."""
    return format_cosignature(Cosignature(time, ed25519.sign(private, message(text, time))))


def cosigned_at(public: bytes, blob: bytes, text: str) -> int | None:
    """Return when a note's text was cosigned with this key, or None when the cosignature does not hold."""
    try:
        time, signature = parse_cosignature(blob)
    except Refused:
        return None
    return time if ed25519.holds(public, signature, message(text, time)) else None
