"""Which cells say that their row sums others.

A cell is compared by its bare words: compatibility forms (fullwidth letters) as plain ones, without case, footnote marks
(`*` `†` `¹` `[1]` `(a)`), punctuation and dashes at the ends, and a year, half-year or quarter: `TOTAL*`, `- Total -`,
`Total for 2021`. A cell that only begins or ends with such a word is one of two things, a sum (`Total for India`) or a
name (`Total Energies`), and which of them is not guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

TOTAL: Final = "total"
UNSURE: Final = "unsure"

# Longer cells, of more characters or words, are sentences.
_LONGEST: Final = 80
_MOST_WORDS: Final = 6
_EVERYTHING: Final = re.compile(
    "all (authorities|agencies|governments|ministries|courts|countries|jurisdictions|states|requests|orders|notices|"
    "accounts|platforms|services|years|months|periods|types|categories)"
)
_MARKED: Final = re.compile(
    r"(.*?\w.*?)(?:\s*(?:[*†‡§¶#]+|[¹²³⁰⁴-⁹ᵃ-ᶻ]+|\[[^\[\]]{1,12}\]|\((?:[A-Za-z]|[ivx]{1,4}|[0-9]{1,2}|[*†‡]+)\)))+",
    re.DOTALL,
)
_YEAR: Final = r"\(?(?:[hq][1-4][ -]?)?(?:19|20)[0-9]{2}(?:\s?[-/]\s?(?:[hq][1-4]|(?:19|20)?[0-9]{2}))?\)?"
_AFTER: Final = re.compile(rf"(.+?)\s*(?:\b(?:for|in|of)\s+)?(?:(?:the )?(?:fiscal )?year\s+)?{_YEAR}")
_BEFORE: Final = re.compile(rf"{_YEAR}\s*(.+)")
_DASHES: Final = re.compile("[\u2010-\u2015\u2212]")


def bare(text: str) -> str:
    """Return the words of a cell as they are compared with those for totals."""
    # A raised figure is a footnote mark, and would become a digit.
    text = _unmarked(text)
    plain = _unmarked(" ".join(_plain(text).split()))
    for form in (_AFTER, _BEFORE):
        if match := form.fullmatch(plain):
            plain = _unmarked(match[1])
    return plain


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    return _DASHES.sub("-", unicodedata.normalize("NFKC", text)).casefold()


def _unmarked(text: str) -> str:
    """Return a text without what is at its ends and is no word: marks, punctuation, white space."""
    while True:
        match = _MARKED.fullmatch(text.strip())
        shorter = _trimmed(match[1] if match else text)
        if shorter == text:
            return text
        text = shorter


def _trimmed(text: str) -> str:
    begin, end = 0, len(text)
    while begin < end and _edge(text[begin]):
        begin += 1
    while begin < end and _edge(text[end - 1]) and not _opened(text[begin:end]):
        end -= 1
    return text[begin:end]


def _opened(text: str) -> bool:
    """Tell whether a bracket at the end of a text begins in it."""
    return {")": "(", "]": "["}.get(text[-1], "\0") in text


def _edge(char: str) -> bool:
    # An account or a hashtag can be called by any word.
    return char not in "@#%&" and (char in "*=|<>~" or unicodedata.category(char)[0] in "PZC")


class TotalWords:
    """The words of one table: those for totals, and cells that look like totals and are none."""

    def __init__(self, words: Iterable[str], others: Iterable[str] = ()) -> None:
        self._words = frozenset(filter(None, map(bare, words)))
        self._others = frozenset(map(bare, others))
        self._everything = "total" in self._words
        likely = [*(re.escape(word.split()[0]) for word in self._words), *([r"all\s"] if self._everything else [])]
        self._likely = re.compile("|".join(likely) or r"(?!)")
        # Most cells of a table stand in it many times.
        self.kind = lru_cache(maxsize=4096)(self._kind)

    def _kind(self, cell: str) -> str:
        """Return `TOTAL` for a cell that says that its row sums others, `UNSURE` for one that may, else nothing."""
        if len(cell) > _LONGEST or not self._likely.search(_plain(cell)):
            return ""
        said = bare(cell)
        if said in self._others:
            return ""
        if said in self._words:
            return TOTAL
        if len(said.split()) > _MOST_WORDS:
            return ""
        if self._everything and _EVERYTHING.fullmatch(said):
            return UNSURE
        return UNSURE if any(_begins(said, word) or _ends(said, word) for word in self._words) else ""


def _begins(said: str, word: str) -> bool:
    return said.startswith(word) and (_unspaced(word) or not _of_word(said[len(word)]))


def _ends(said: str, word: str) -> bool:
    return said.endswith(word) and (_unspaced(word) or not _of_word(said[-len(word) - 1]))


def _unspaced(word: str) -> bool:
    """Tell whether a word is of a script that sets no blanks between words."""
    return "\u2e80" <= word[0] <= "\uffdc"


def _of_word(char: str) -> bool:
    return char in "@#_" or unicodedata.category(char)[0] in "LM"
