"""Which private values are disclosed to others, in a copy or along with a proof."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ledger.errors import Refused
from ledger.index.database import Index
from ledger.journal.sealing import digests_in, target_digests, texts_of
from ledger.model.targets import key_text, possible_keys


class Choice:
    """Which private values are to be disclosed: those of fields, of targets, or `all`.

    Raises `Refused` for what is neither a private field of the ledger nor a private target in it.
    """

    def __init__(self, index: Index, wanted: Sequence[str]) -> None:
        self.vault = index.vault
        if wanted and self.vault is None:
            raise Refused("disclose: this ledger has no private fields: all that it holds is published as it is")
        fields = self.vault.fields if self.vault is not None else frozenset[str]()
        names = {text.strip().replace("-", "_") for text in wanted}
        self.fields = set(fields) if "all" in names else names & fields
        texts = [text for text in wanted if text.strip().replace("-", "_") not in {"all", *fields}]
        self.targets = {digest for text in texts for digest in self._digests(index, text)}

    def _digests(self, index: Index, text: str) -> set[str]:
        found = set()
        for (platform,) in index.db.execute("SELECT DISTINCT platform FROM names").fetchall():
            names = [text, *map(key_text, possible_keys(text, [platform]))]
            query = "SELECT n.digest FROM json_each(?) j CROSS JOIN names n ON n.platform = ? AND n.value = j.value"
            found |= {row[0] for row in index.db.execute(query, (msgspec.json.encode(names).decode(), platform))}
        if not found:
            raise Refused(
                f"disclose: {text!r} is neither a private field of this ledger, nor a private target that it still discloses"
            )
        return found

    def of(self, record: dict[str, Any]) -> set[str]:
        """Return the digests in a record that are to be disclosed."""
        if self.vault is None:
            return set()
        targets = {*target_digests(record)}
        if "targets" not in self.fields:
            targets &= self.targets
        found = targets | {given for target, given in texts_of(record) if target in targets}
        others = self.fields - {"targets"}
        if others and (digests := set(digests_in(record)) - targets):
            found |= {digest for digest, (name, _) in self.vault.look(digests).items() if name in others}
        return found
