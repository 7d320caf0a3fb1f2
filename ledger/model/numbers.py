"""Numbers of entries, a bit each: those of a million entries take an eighth of a megabyte."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

# How many numbers share a block, as a power of two.
_SHIFT: Final = 12
_BYTES: Final = 1 << (_SHIFT - 3)


class Numbers:
    """A set of numbers from 0 on, given back in their order."""

    def __init__(self) -> None:
        # Block by block: a few large numbers take no more than a few small ones.
        self._blocks: dict[int, bytearray] = {}

    def add(self, number: int) -> None:
        """Take in a number."""
        block = self._blocks.get(number >> _SHIFT)
        if block is None:
            block = self._blocks[number >> _SHIFT] = bytearray(_BYTES)
        block[number >> 3 & _BYTES - 1] |= 1 << (number & 7)

    def discard(self, number: int) -> None:
        """Drop a number, if it is there."""
        if number in self:
            self._blocks[number >> _SHIFT][number >> 3 & _BYTES - 1] ^= 1 << (number & 7)

    def clear(self) -> None:
        """Drop all."""
        self._blocks.clear()

    def __contains__(self, number: int) -> bool:
        block = self._blocks.get(number >> _SHIFT)
        return block is not None and bool(block[number >> 3 & _BYTES - 1] & 1 << (number & 7))

    def __iter__(self) -> Iterator[int]:
        for key in sorted(self._blocks):
            for place, byte in enumerate(self._blocks[key]):
                if byte:
                    first = (key << _SHIFT) + (place << 3)
                    yield from (first + bit for bit in range(8) if byte & 1 << bit)

    def __len__(self) -> int:
        return sum(int.from_bytes(block, "big").bit_count() for block in self._blocks.values())
