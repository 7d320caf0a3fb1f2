"""Proofs to hand over: that an entry is in a ledger, and that a ledger continues an earlier state of itself.

The proof of one entry is a C2SP tlog-proof:

    c2sp.org/tlog-proof@v1
    extra eyJhY3Rpb24iOiJibG9ja2VkIiwiYXQiOi…
    index 5
    gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
    B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=

    Example Platform
    7
    sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=

The entry's number, the hashes of its RFC 6962 inclusion proof, its neighbour's first, and after an empty line the
checkpoint, signed or not, as it is. What `extra` holds is the entry's line as it stands in the file, LF, and then the
disclosures of private fields that are given along, each with LF. Base64 is that of RFC 4648, section 4, with padding.
Several proofs may follow one another; each is whole in itself.

The proof that one checkpoint continues another is the body of a C2SP tlog-witness add-checkpoint request: the number of
entries of the older one, the hashes of the RFC 6962 consistency proof, an empty line, the newer checkpoint.

    old 3
    PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=

    Example Platform
    7
    sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final, NamedTuple

from ledger.errors import Refused
from ledger.evidence.checkpoint import Checkpoint, parse_checkpoint
from ledger.evidence.signing.note import Note, decode_base64, encode_base64, format_note, parse_note
from ledger.evidence.tree import holds_consistency, holds_inclusion

HEADER: Final = "c2sp.org/tlog-proof@v1"
# So long is the path to a leaf in the largest tree, and so many hashes a witness takes.
_MOST_HASHES: Final = 63
_HASH: Final = 32
_number: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII).fullmatch
_disclosure: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII).fullmatch


class Inclusion(NamedTuple):
    """That an entry has a number under a checkpoint: its line without LF, hashes of 32 bytes, the checkpoint's note.

    With them go the disclosures of private fields that are given along, as base64url texts.
    """

    seq: int
    line: bytes
    hashes: tuple[bytes, ...]
    note: Note
    disclosures: tuple[str, ...] = ()

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint that it leads to."""
        return parse_checkpoint(self.note.text)

    @property
    def leaf(self) -> bytes:
        """The hash of the line; that of the bytes, also where they claim to stand for a line that is withheld."""
        return sha256(b"\0" + self.line).digest()


class Consistency(NamedTuple):
    """That the ledger of a newer checkpoint begins with the `old` entries of an older one."""

    old: int
    hashes: tuple[bytes, ...]
    note: Note

    @property
    def checkpoint(self) -> Checkpoint:
        """The newer checkpoint."""
        return parse_checkpoint(self.note.text)


def format_inclusion(proof: Inclusion) -> bytes:
    """Return the bytes of a proof; raises `Refused` for what could not be read again as the same."""
    extra = b"".join(part + b"\n" for part in (proof.line, *(text.encode() for text in proof.disclosures)))
    head = [HEADER, f"extra {encode_base64(extra)}", f"index {proof.seq}", *map(encode_base64, proof.hashes)]
    raw = _joined(head, proof.note)
    if parse_inclusions(raw) != [proof]:
        raise Refused("proof: its checkpoint or its entry cannot stand in a proof")
    return raw


def parse_inclusions(raw: bytes, where: str = "proof") -> list[Inclusion]:
    """Read one proof or several; raises `Refused` for what is none."""
    text = _text(raw, where)
    if not text.startswith(f"{HEADER}\n"):
        raise Refused(f"{where}: is no proof: it does not begin with {HEADER!r}")
    # No line of a checkpoint that can be in a proof is the first one of a proof.
    parts = re.split(f"^{re.escape(HEADER)}\n", text, flags=re.MULTILINE)[1:]
    many = len(parts) > 1
    return [
        _parse_inclusion(part, f"{where}, proof {number} of {len(parts)}" if many else where)
        for number, part in enumerate(parts, 1)
    ]


def _parse_inclusion(text: str, where: str) -> Inclusion:
    head, note = _parted(text, where)
    extra = decode_base64(head[0].removeprefix("extra ")) if head and head[0].startswith("extra ") else None
    if extra is None:
        raise Refused(f"{where}: holds no entry that could be shown (no line `extra BASE64`)")
    if len(head) < 2 or not head[1].startswith("index ") or not _number(head[1].removeprefix("index ")):
        raise Refused(f"{where}: says no number of an entry (no line `index NUMBER`)")
    line, *rest = extra.split(b"\n")
    if not line or not rest or rest.pop():
        raise Refused(f"{where}: its extra data is no line of a ledger")
    disclosures = tuple(part.decode("ascii", "replace") for part in rest)
    if not all(map(_disclosure, disclosures)):
        raise Refused(f"{where}: its extra data holds what is no disclosure")
    return Inclusion(int(head[1].removeprefix("index ")), line, _hashes(head[2:], where), note, disclosures)


def format_consistency(proof: Consistency) -> bytes:
    """Return the bytes of a proof; raises `Refused` for what could not be read again as the same."""
    raw = _joined([f"old {proof.old}", *map(encode_base64, proof.hashes)], proof.note)
    if parse_consistency(raw) != proof:
        raise Refused("proof: its checkpoint cannot stand in a proof")
    return raw


def parse_consistency(raw: bytes, where: str = "proof") -> Consistency:
    """Read the proof that one checkpoint continues another; raises `Refused` for what is none."""
    head, note = _parted(_text(raw, where), where)
    if not head or not head[0].startswith("old ") or not _number(head[0].removeprefix("old ")):
        raise Refused(f"{where}: is no proof: it does not begin with `old NUMBER`")
    return Consistency(int(head[0].removeprefix("old ")), _hashes(head[1:], where), note)


def parse_proof(raw: bytes, where: str = "proof") -> list[Inclusion] | Consistency:
    """Read a file of either kind; raises `Refused` for one that is no proof."""
    if raw.startswith(b"old "):
        return parse_consistency(raw, where)
    if raw.startswith(HEADER.encode()):
        return parse_inclusions(raw, where)
    raise Refused(
        f"{where}: is no proof: it begins neither with {HEADER!r} nor with `old NUMBER`; `ledger prove` makes one"
    )


def inclusion_holds(proof: Inclusion) -> bool:
    """Tell whether the hashes lead from the entry's line to the root of the checkpoint that stands in the proof."""
    size, root = proof.checkpoint.size, proof.checkpoint.root
    return holds_inclusion(proof.leaf, proof.seq, size, proof.hashes, root)


def consistency_holds(proof: Consistency, old: Checkpoint) -> bool:
    """Tell whether the hashes show that the checkpoint in the proof continues this older one of the same ledger."""
    new = proof.checkpoint
    if old.origin != new.origin or old.size != proof.old:
        return False
    return holds_consistency(old.size, new.size, proof.hashes, old.root, new.root)


def _joined(head: list[str], note: Note) -> bytes:
    return "".join(f"{line}\n" for line in (*head, "")).encode() + format_note(note)


def _text(raw: bytes, where: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Refused(f"{where}: is no proof: it is not UTF-8 at byte {error.start + 1}") from error


def _parted(text: str, where: str) -> tuple[list[str], Note]:
    """Return the lines before the empty one, and the checkpoint after it."""
    head, mark, rest = text.partition("\n\n")
    if not mark:
        raise Refused(f"{where}: holds no checkpoint: is a part of it missing?")
    note = parse_note(rest.encode(), f"{where}, checkpoint")
    parse_checkpoint(note.text, f"{where}, checkpoint")
    return head.split("\n"), note


def _hashes(lines: list[str], where: str) -> tuple[bytes, ...]:
    found = tuple(map(decode_base64, lines))
    hashes = tuple(item for item in found if item is not None and len(item) == _HASH)
    if len(hashes) != len(found):
        raise Refused(f"{where}: holds a line that is no hash (the base64 of {_HASH} bytes)")
    if len(hashes) > _MOST_HASHES:
        raise Refused(f"{where}: has {len(hashes):,} hashes, the most is {_MOST_HASHES}")
    return hashes
