"""The Merkle tree of RFC 6962, section 2.1: its head, and the proofs that one entry, or one earlier tree, is part of it.

Hashes are SHA-256 and 32 bytes long. A leaf's hash is SHA-256(0x00 || entry); it is made elsewhere and given here. A
node's is SHA-256(0x01 || left || right), where the left part of a tree of n leaves has as many as the largest power of
two below n. The head of no leaves is SHA-256 of nothing.

A proof is a list of hashes, that of the leaf's neighbour first. How it is checked is as in RFC 9162, sections 2.1.3.2
and 2.1.4.2: nothing but the two sizes says which hash stands on which side, so a proof has one form only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

# Leaves hashed in one go, a power of two: one by one they cost half as much again.
_TOGETHER: Final = 1024
_LONG: Final = 32

EMPTY: Final = sha256(b"").digest()

# Returns the hash of the leaves from the first number up to, and without, the second.
Subtree = Callable[[int, int], bytes]


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node from those of its two parts."""
    return sha256(b"\1" + left + right).digest()


def split(size: int) -> int:
    """Return how many leaves the left part of a tree of two leaves or more has."""
    return 1 << (size - 1).bit_length() - 1


class Tree:
    """The tree head over leaves that come one by one; it keeps one hash a level."""

    def __init__(self) -> None:
        self._peaks: list[tuple[int, bytes]] = []
        self._leaves: list[bytes] = []

    def add(self, *leaves: bytes) -> None:
        """Add the hashes of leaves."""
        self._leaves += leaves
        while len(self._leaves) >= _TOGETHER:
            level, self._leaves = self._leaves[:_TOGETHER], self._leaves[_TOGETHER:]
            while len(level) > 1:
                level = [sha256(b"\1" + left + right).digest() for left, right in zip(*[iter(level)] * 2, strict=True)]
            _raise(self._peaks, _TOGETHER, level[0])

    def root(self) -> bytes:
        """Return the tree head over what was added so far; more can be added after."""
        peaks = self._peaks.copy()
        for leaf in self._leaves:
            _raise(peaks, 1, leaf)
        if not peaks:
            return EMPTY
        found = peaks[-1][1]
        for _, peak in reversed(peaks[:-1]):
            found = node(peak, found)
        return found


def _raise(peaks: list[tuple[int, bytes]], size: int, peak: bytes) -> None:
    """Add a full tree to those that stand side by side, the largest first."""
    while peaks and peaks[-1][0] == size:
        peak = node(peaks.pop()[1], peak)
        size *= 2
    peaks.append((size, peak))


def inclusion(seq: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return the proof that the leaf with this number (from 0) is in the tree of the first `size` leaves.

    Raises `ValueError` where there is no such leaf. RFC 6962, section 2.1.1.
    """
    if not 0 <= seq < size:
        raise ValueError(f"no leaf {seq} in a tree of {size}")
    proof = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + split(end - begin)
        if seq < middle:
            proof.append(subtree(middle, end))
            end = middle
        else:
            proof.append(subtree(begin, middle))
            begin = middle
    return proof[::-1]


def consistency(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """Return the proof that the tree of the first `old` leaves is the beginning of that of the first `new`.

    Raises `ValueError` where it is not at least one leaf of at most as many. RFC 6962, section 2.1.2.
    """
    if not 0 < old <= new:
        raise ValueError(f"no tree of {old} leaves begins one of {new}")
    proof = []
    begin, end = 0, new
    while end != old:
        middle = begin + split(end - begin)
        if old <= middle:
            proof.append(subtree(middle, end))
            end = middle
        else:
            proof.append(subtree(begin, middle))
            begin = middle
    # The old tree's own head need not be said where it is a node of the new one.
    if begin:
        proof.append(subtree(begin, end))
    return proof[::-1]


def holds_inclusion(leaf: bytes, seq: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether a proof shows that a leaf has this number in the tree of `size` leaves with this head."""
    if not 0 <= seq < size or not _are_hashes(leaf, root, *proof):
        return False
    place, last, found = seq, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node(part, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, part)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def holds_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Tell whether a proof shows that the tree of `old` leaves with one head begins that of `new` with the other.

    A tree of no leaves begins every tree: that shows nothing, and is not accepted.
    """
    if not 0 < old <= new or not _are_hashes(old_root, new_root, *proof):
        return False
    if old == new:
        return not proof and old_root == new_root
    # Where the old tree is a node of the new one, its head is where the proof begins.
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for part in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node(part, first), node(part, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node(second, part)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == _LONG for value in values)
