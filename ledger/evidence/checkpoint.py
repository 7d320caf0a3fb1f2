"""Checkpoints: how long a ledger was at a moment, and the one hash over all its entries (C2SP tlog-checkpoint).

    example.com/behind-the-sofa
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

The origin, which is not empty; the number of entries, decimal without leading zeros; the base64 of the RFC 6962 root
over their leaf hashes; then, if any, extension lines that are not empty. Each line ends in LF. It is the text of a note,
which others may sign (see `note`).
"""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from ledger.errors import Refused
from ledger.evidence.signing.note import MOST_BYTES, Note, decode_base64, encode_base64, parse_note

# Others keep the number in 63 bits.
LARGEST: Final = 2**63 - 1
# The tree head over no leaves (RFC 6962, section 2.1).
EMPTY: Final = sha256(b"").digest()
ROOT_SIZE: Final = 32

_size: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII).fullmatch
_control: Final = re.compile(r"[\x00-\x1f\ud800-\udfff]").search


class Checkpoint(NamedTuple):
    """The state of a ledger: its origin, its number of entries, the RFC 6962 root (32 bytes), and lines beyond that."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """Return the text of the note; raises `Refused` for what could not be read again as the same."""
    lines = (checkpoint.origin, str(checkpoint.size), encode_base64(checkpoint.root), *checkpoint.extensions)
    text = "".join(f"{line}\n" for line in lines)
    if parse_checkpoint(text) != checkpoint:
        raise Refused(f"checkpoint: one of {checkpoint.origin[:100]!r} cannot be written: a line has a line break")
    return text


def parse_checkpoint(text: str, where: str = "checkpoint") -> Checkpoint:
    """Read the text of a note; raises `Refused` saying where and what is wrong."""
    *lines, rest = text.split("\n")
    if rest or len(lines) < 3 or not all(lines):
        raise Refused(
            f"{where}: is no checkpoint: it has an origin, a size and a root, each on a line, and none is empty"
        )
    if any(map(_control, lines)):
        raise Refused(f"{where}: is no checkpoint: it holds a control character")
    origin, size, coded, *extensions = lines
    if not _size(size) or int(size) > LARGEST:
        raise Refused(f"{where}: line 2: {size[:40]!r} is no number of entries")
    root = decode_base64(coded)
    if root is None or len(root) != ROOT_SIZE:
        raise Refused(f"{where}: line 3: {coded[:60]!r} is no root (the base64 of {ROOT_SIZE} bytes)")
    if not int(size) and root != EMPTY:
        raise Refused(f"{where}: line 3: is no root of a ledger without entries: one of the two lines was changed")
    return Checkpoint(origin, int(size), root, tuple(extensions))


def read_checkpoint(path: str | os.PathLike[str]) -> tuple[Checkpoint, Note]:
    """Return the checkpoint in a file, and the note that it is the text of; raises `Refused` for anything else.

    No signature is checked.
    """
    note = parse_note(read_limited(path), str(path))
    return parse_checkpoint(note.text, str(path)), note


def read_limited(path: str | os.PathLike[str]) -> bytes:
    """Return what a file holds, up to a byte more than a note may have; raises `Refused` when it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refused(f"{path}: cannot be read ({error.strerror})") from error
