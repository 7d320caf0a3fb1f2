"""Members of foreign objects, each held to what it must be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Unfit(Exception):
    """A member that cannot be booked: its path, what stands there, and why."""

    def __init__(self, column: str, value: object, reason: str) -> None:
        super().__init__(reason)
        self.column, self.value, self.reason = column, value, reason


def text_of(record: Mapping[str, Any], member: str, path: str = "") -> str | None:
    """Return a text without white space at its ends, None for none; raises `Unfit` for anything else."""
    value = record.get(member)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Unfit(f"{path}.{member}" if path else member, value, "a text is needed")
    return value.strip() or None


def list_of(record: Mapping[str, Any], member: str, path: str) -> list[Any]:
    """Return a list, empty for none; raises `Unfit` for anything else."""
    value = record.get(member)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unfit(path, value, "a list is needed")
    return value


def texts_of(record: Mapping[str, Any], member: str) -> list[str]:
    """Return a list of texts, which may be written as one with commas; raises `Unfit` for anything else."""
    value = record.get(member)
    if isinstance(value, str):
        value = value.split(",")
    texts = [] if value is None else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise Unfit(member, value, "a list of texts is needed")
    return [text.strip() for text in texts if text.strip()]
