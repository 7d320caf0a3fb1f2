"""Who signed a checkpoint, as far as the keys tell that somebody trusts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ledger.errors import Refused
from ledger.evidence.signing import ed25519
from ledger.evidence.signing.note import (
    COSIGNATURE,
    MOST_BYTES,
    Note,
    VerifierKey,
    check_signatures,
    key_name,
    parse_vkey,
)


class Signed(NamedTuple):
    """What the signatures of a checkpoint say: whether there are any, whose hold, of which keys nothing is known.

    `by` has a name and, for a cosignature, when it was made, in seconds since 1970. The key of another ledger counts as
    one of which nothing is known. `forged` says what is wrong with a signature that claims to be of a key that was given,
    and is empty where none is.
    """

    signed: bool
    by: tuple[tuple[str, int | None], ...]
    unknown: tuple[str, ...]
    forged: str = ""


def read_keys(given: Sequence[str]) -> list[VerifierKey]:
    """Return the public keys that are given as NAME+ID+KEY, or as files that hold one a line; raises `Refused`."""
    found: list[VerifierKey] = []
    for text in given:
        path = Path(text)
        try:
            is_file = "\n" not in text and path.is_file()
        except (OSError, ValueError):
            is_file = False
        found += _keys_in(path) if is_file else [parse_vkey(text)]
    if found:
        ed25519.need()
    return found


def _keys_in(path: Path) -> list[VerifierKey]:
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES).decode()
    except OSError as error:
        raise Refused(f"key: {path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise Refused(f"key: {path}: holds no public key: it is not UTF-8") from error
    keys = [parse_vkey(line) for line in text.split("\n") if line.strip()]
    if not keys:
        raise Refused(f"key: {path}: is empty; `ledger key show` prints a public key")
    return keys


def signed(note: Note, keys: Sequence[VerifierKey], where: str) -> Signed:
    """Return who signed a note."""
    try:
        checked = check_signatures(note, keys, where)
    except Refused as error:
        return Signed(bool(note.signatures), (), (), str(error))
    # A cosigner may sign for any ledger; the key of one is named after it, and signs for that one alone.
    own = key_name(note.text.partition("\n")[0])
    signers = [one for one in checked.signers if one.algorithm == COSIGNATURE or one.name == own]
    others = [one.key for one in checked.signers if one not in signers]
    named = [(one.name, one.key_id) for one in others] + [(one.name, one.key_id) for one in checked.unknown]
    unknown = dict.fromkeys(f"{name}+{key_id.hex()}" for name, key_id in named)
    return Signed(bool(note.signatures), tuple((one.name, one.time) for one in signers), tuple(unknown))


def told(by: Sequence[tuple[str, int | None]]) -> str:
    """Say who signed, and when a cosignature says that it was made."""
    return ", ".join(f"{name} (cosigned {moment(time)})" if time is not None else name for name, time in by)


def moment(seconds: int) -> str:
    """Return a time in seconds since 1970 as text, in UTC; one beyond the calendar as the number that it is."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (OverflowError, ValueError, OSError):
        return f"{seconds} seconds after 1970"
