"""What whoever adds an entry gets back."""

from __future__ import annotations

from typing import Any, NamedTuple

from ledger.model.balance import Posting
from ledger.model.entries import Entry
from ledger.model.postings import Fold


class Receipt(NamedTuple):
    """What was recorded: the number and leaf hash of the entry, its record as written, its order, what it moved, what to say."""

    seq: int
    leaf_hash: str
    record: dict[str, Any]
    entry: Entry
    order: str
    postings: list[Posting]
    notes: list[str]
    fold: Fold | None
