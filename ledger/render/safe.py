"""Stored text made harmless wherever it is printed; what is stored stays as it is."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Joiners are part of how words are spelled in many scripts.
_JOINERS: Final = "\u200c\u200d"
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>#|~])")


def plain(text: str) -> str:
    """Return text on one line in which nothing acts: controls, overrides and surrogates stand as their code points."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char in "\n\t":
        return " "
    if char in _JOINERS or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return char
    return f"<U+{ord(char):04X}>"


def cell(value: object) -> object:
    """Return a value for a spreadsheet: text that would be taken for a formula gets an apostrophe before it.

    So does text that begins with one itself: texts that differ stay different, and taking one away gives the text back.
    """
    if isinstance(value, str):
        value = plain(value)
        return f"'{value}" if value.startswith(("'", "=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠")) else value
    return value


def markdown(text: str) -> str:
    """Return text that Markdown takes as text."""
    return _MARKDOWN.sub(r"\\\1", plain(text))
