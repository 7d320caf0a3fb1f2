"""What the private fields of a ledger say, as far as this copy holds their disclosures: kept in the index, by digest."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec

from ledger.errors import Damaged, Refused
from ledger.journal.durable import sync_folder
from ledger.journal.private import PrivateFile, State
from ledger.journal.sealing import Disclosure, digest_of, read_disclosure, seal, sealed_targets, unseal
from ledger.model.targets import parse_target

_encode: Final = msgspec.json.Encoder().encode
# Disclosures entered in one go.
_TOGETHER: Final = 1_000
_NOTED: Final = ("private_length", "private_changed", "private_inode")


class Vault:
    """The private values of one ledger, read and added to within the index's transaction.

    `length` is how many bytes of the file of disclosures are entered.
    """

    def __init__(
        self, db: sqlite3.Connection, file: PrivateFile, fields: Iterable[str], meta: Mapping[str, str]
    ) -> None:
        self.db, self.file, self.fields = db, file, frozenset(fields)
        self.length = int(meta.get("private_length", "0"))
        # The state of the file before it was read: what was changed since then is read anew.
        self.seen = self.file.state()
        self.half_wiped = meta.get("private_half_wiped", "0") == "1"

    def is_noted(self, meta: Mapping[str, str]) -> bool:
        """Tell whether the file of disclosures is as it was when the index last looked, but for an unfinished line."""
        state = self.file.state()
        length, changed, inode = (int(meta.get(name, "0")) for name in _NOTED)
        if state.length == length:
            return (state.changed, state.inode) == (changed, inode)
        return state.length > length and self._is_kept(state, inode) and not any(self.file.scan(length))

    def has_grown(self, meta: Mapping[str, str]) -> bool:
        """Tell whether lines were added to it since, as an addition to the ledger does, and nothing else."""
        state = self.file.state()
        length, _, inode = (int(meta.get(name, "0")) for name in _NOTED)
        return state.length > length and self._is_kept(state, inode)

    def _is_kept(self, state: State, inode: int) -> bool:
        # A published file is replaced as a whole; only the keeper's own is added to.
        return self.file.path == self.file.own and inode in (state.inode, 0)

    def note(self, meta: dict[str, str]) -> None:
        """Note the state of the file of disclosures."""
        # An unfinished line is not entered, and looked at again when it is whole.
        noted = State(min(self.seen.length, self.length), self.seen.changed, self.seen.inode)
        meta |= dict(zip(_NOTED, map(str, noted), strict=True))
        meta["private_half_wiped"] = str(int(self.half_wiped))

    def added(self, length: int) -> None:
        """Take note that lines of one's own were added, up to a length; the ledger's lock is held."""
        self.length = length
        self.seen = self.file.state()

    def lost(self) -> int:
        """Return how many targets are neither disclosed here nor erased."""
        query = (
            "SELECT COUNT(*) FROM names n WHERE n.value IS NULL "
            "AND NOT EXISTS (SELECT 1 FROM erasures e WHERE e.digest = n.digest)"
        )
        return int(self.db.execute(query).fetchone()[0])

    def catch_up(self) -> None:
        """Enter the disclosures that were added since; a line that is none is passed over: `verify` reports it."""
        if not self.length and self.file.path == self.file.own and self.file.own.exists():
            # Whoever made it may have been killed before its name was durable.
            with suppress(OSError):
                sync_folder(self.file.own)
        self.seen = self.file.state()
        found = []
        for at, line in self.file.scan(self.length):
            self.length = at + len(line) + 1
            # No disclosure holds a blank: its overwriting was stopped.
            self.half_wiped = self.half_wiped or (b" " in line and bool(line.strip(b" ")))
            with suppress(Refused, UnicodeDecodeError):
                found.append((at, read_disclosure(line.decode("ascii"))))
            if len(found) == _TOGETHER:
                self._enter(found)
                found = []
        self._enter(found)

    def _enter(self, disclosures: Iterable[tuple[int, Disclosure]]) -> None:
        rows = [
            (item.digest, item.name, item.value if item.name is None else _encode(item.value).decode(), at)
            for at, item in disclosures
        ]
        self.db.executemany("INSERT OR IGNORE INTO disclosures VALUES (?, ?, ?, ?)", rows)

    def texts(self, digests: Iterable[str]) -> list[str]:
        """Return the disclosures of those digests that are disclosed here, in the order of their file."""
        query = "SELECT d.start, d.digest FROM json_each(?) j CROSS JOIN disclosures d ON d.digest = j.value ORDER BY d.start"
        rows = self.db.execute(query, (_encode(list(digests)).decode(),)).fetchall()
        found = [line.decode("ascii", "replace") for line in self.file.at(start for start, _ in rows)] if rows else []
        for (_, digest), text in zip(rows, found, strict=True):
            if not text.isascii() or digest_of(text) != digest:
                raise Damaged(f"{self.file.path}: is not what it was; run ledger verify")
        return found

    def look(self, digests: Iterable[str]) -> dict[str, tuple[str | None, Any]]:
        """Return the name and value of those digests that are disclosed here."""
        query = "SELECT d.digest, d.name, d.value FROM json_each(?) j CROSS JOIN disclosures d ON d.digest = j.value"
        rows = self.db.execute(query, (_encode(list(digests)).decode(),)).fetchall()
        return {digest: (name, value if name is None else json.loads(value)) for digest, name, value in rows}

    def clear(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record with what is disclosed in clear."""
        return unseal(record, self.look)

    def read(self, raw: bytes) -> bytes:
        """Return a line with what is disclosed in clear; it has no check member of its own any more."""
        record = msgspec.json.decode(raw)
        return _encode(self.clear(record))

    def name(self, record: Mapping[str, Any], platform: str) -> None:
        """Remember the digests of the targets in a sealed record, so that each keeps its salt.

        Raises `Damaged` where what is disclosed of a target is of another kind, or its text as given of another target.
        """
        targets = list(sealed_targets(record))
        said = self.look([digest for _, *both in targets for digest in both if digest]) if targets else {}
        for kind, digest, given in targets:
            texts = [said[one][1] for one in (digest, given) if one in said and digest in said]
            keys = {parse_target(text, platform)[:2] for text in texts if isinstance(text, str)}
            if (texts and {key[1] for key in keys} != {kind}) or len(keys) > 1:
                raise Damaged(f"{self.file.path}: what it says of a target is of another one; do not believe it")
        digests = [digest for _, digest, _ in targets]
        if digests:
            self.db.execute(
                "INSERT OR IGNORE INTO names SELECT ?, d.value, j.value FROM json_each(?) j "
                "LEFT JOIN disclosures d ON d.digest = j.value AND d.name IS NULL",
                (platform, _encode(digests).decode()),
            )

    def seal(self, record: Mapping[str, Any], platform: str, put: Callable[[bytes], int]) -> dict[str, Any]:
        """Return a record as it stands in its line, and take in what is new; raises `Refused` as `seal` does.

        `put` keeps a disclosure for its file, and returns the offset that it will have there.
        """
        sealed = seal(record, platform, self.fields, lambda texts: self._known(platform, texts), os.urandom)
        self._enter([(put(item.text.encode("ascii")), item) for item in sealed.disclosures])
        self.name(sealed.record, platform)
        return sealed.record

    def _known(self, platform: str, texts: Iterable[str]) -> dict[str, str]:
        wanted = list(texts)
        query = (
            "SELECT j.value, n.digest FROM json_each(?2) j "
            "CROSS JOIN names n ON n.platform = ?1 AND n.value = j.value "
            "UNION SELECT n.digest, n.digest FROM json_each(?2) j CROSS JOIN names n ON n.digest = j.value"
        )
        return dict(self.db.execute(query, (platform, _encode(wanted).decode())).fetchall())
