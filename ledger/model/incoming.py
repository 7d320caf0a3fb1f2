"""Foreign entries on their way into a ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Incoming(NamedTuple):
    """A foreign entry: where it stands (file and line), its record, and what other entries of its file call it.

    `group` is the file that labels hold in; `of` is the label of the entry that a correction is about. Without a
    record, `problem` says why.
    """

    where: str
    record: Mapping[str, Any] | None
    group: str = ""
    label: int | str | None = None
    of: int | str | None = None
    problem: str = ""


def label(value: object) -> int | str | None:
    """Return what an entry can be called: a whole number or a text; None for anything else."""
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None
