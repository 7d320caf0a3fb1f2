"""The tree of RFC 6962: published vectors, a definition word for word from the RFC, and every way to be wrong."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.evidence.tree import EMPTY, Tree, consistency, holds_consistency, holds_inclusion, inclusion, node, split

# The eight leaves of the test vectors of Certificate Transparency, and what is published for them.
INPUTS = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = """
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d
fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125
aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77
d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7
4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4
76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef
ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c
5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328
""".split()
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
PATHS = {(0, 1): [], (0, 8): [A, B, C], (5, 8): [D, E, ROOTS[4]], (2, 3): [ROOTS[2]], (1, 5): [ROOTS[1], B, D]}
EXTENSIONS = {(1, 1): [], (1, 8): [A, B, C], (6, 8): [F, E, ROOTS[4]], (2, 5): [B, D]}

LARGEST = 64
LEAVES = [sha256(b"\0" + str(number).encode()).digest() for number in range(LARGEST + 1)]


# --- The definitions of RFC 6962, sections 2.1, 2.1.1 and 2.1.2, as they stand there


def half(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def head(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = half(len(leaves))
    return sha256(b"\1" + head(leaves[:k]) + head(leaves[k:])).digest()


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = half(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), head(leaves[k:])]
    return [*path(m - k, leaves[k:]), head(leaves[:k])]


def subproof(m: int, leaves: Sequence[bytes], whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [head(leaves)]
    k = half(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole), head(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), head(leaves[:k])]


def subtree(begin: int, end: int) -> bytes:
    return head(LEAVES[begin:end])


HEADS = [head(LEAVES[:size]) for size in range(LARGEST + 1)]


# --- Published vectors


def published(begin: int, end: int) -> bytes:
    return head([sha256(b"\0" + data).digest() for data in INPUTS[begin:end]])


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_come_out(size: int) -> None:
    tree = Tree()
    for data in INPUTS[:size]:
        tree.add(sha256(b"\0" + data).digest())
    assert tree.root().hex() == ROOTS[size]


@pytest.mark.parametrize("seq_size", PATHS, ids=str)
def test_the_published_inclusion_proofs_come_out_and_are_accepted(seq_size: tuple[int, int]) -> None:
    seq, size = seq_size
    proof = [bytes.fromhex(text) for text in PATHS[seq_size]]
    assert inclusion(seq, size, published) == proof
    assert holds_inclusion(published(seq, seq + 1), seq, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize("sizes", EXTENSIONS, ids=str)
def test_the_published_consistency_proofs_come_out_and_are_accepted(sizes: tuple[int, int]) -> None:
    old, new = sizes
    proof = [bytes.fromhex(text) for text in EXTENSIONS[sizes]]
    assert consistency(old, new, published) == proof
    assert holds_consistency(old, new, proof, bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new]))


# --- Against the definitions, every size against every other


def test_the_head_over_leaves_that_come_one_by_one_is_that_of_the_definition_at_every_size() -> None:
    tree = Tree()
    found = [tree.root()]
    for leaf in LEAVES[:LARGEST]:
        tree.add(leaf)
        found.append(tree.root())
    assert found == HEADS


@pytest.mark.parametrize("size", [1023, 1024, 1025, 2048, 3000, 4097])
def test_runs_of_leaves_hashed_together_give_the_same_head(size: int) -> None:
    leaves = [sha256(number.to_bytes(4)).digest() for number in range(size)]
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    assert tree.root() == head(leaves)


def test_every_inclusion_proof_is_that_of_the_definition_and_is_accepted() -> None:
    for size in range(1, LARGEST + 1):
        for seq in range(size):
            proof = inclusion(seq, size, subtree)
            assert proof == path(seq, LEAVES[:size])
            assert holds_inclusion(LEAVES[seq], seq, size, proof, HEADS[size])


def test_every_consistency_proof_is_that_of_the_definition_and_is_accepted() -> None:
    for new in range(1, LARGEST + 1):
        for old in range(1, new + 1):
            proof = consistency(old, new, subtree)
            assert proof == subproof(old, LEAVES[:new], True)
            assert holds_consistency(old, new, proof, HEADS[old], HEADS[new])


def test_a_proof_of_one_entry_is_accepted_for_no_other_number_and_for_another_size_only_by_the_same_path() -> None:
    # A root does not say over how many leaves it is: that is why a checkpoint states both.
    for size in range(1, 25):
        for seq in range(size):
            proof = path(seq, LEAVES[:size])
            accepted = [
                (other, of)
                for of in range(26)
                for other in range(26)
                if holds_inclusion(LEAVES[seq], other, of, proof, HEADS[size])
            ]
            assert [pair for pair in accepted if pair[1] == size] == [(seq, size)]
            assert all(path_shape(*pair) == path_shape(seq, size) for pair in accepted)


def path_shape(seq: int, size: int) -> list[bool]:
    """Return on which side of the leaf each hash of its path stands."""
    sides: list[bool] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + half(end - begin)
        sides.append(seq < middle)
        begin, end = (begin, middle) if seq < middle else (middle, end)
    return sides


def test_every_prefix_is_accepted_against_its_own_proof_alone() -> None:
    for new in range(1, 25):
        for old in range(1, new + 1):
            proof = subproof(old, LEAVES[:new], True)
            for other in range(1, new + 1):
                accepted = holds_consistency(other, new, proof, HEADS[other], HEADS[new])
                assert accepted == (other == old)


# --- What is wrong, in classes


def wrong_proofs(proof: list[bytes]) -> list[list[bytes]]:
    """Return a proof cut at either end, with a hash too many at each place, with two exchanged, with one changed."""
    noise = sha256(b"noise").digest()
    found = [[*proof, noise], [noise, *proof], [*proof, b""]]
    for place in range(len(proof)):
        found.append(proof[:place] + proof[place + 1 :])
        found.append([*proof[:place], proof[place], *proof[place:]])
        found.append([*proof[:place], bytes([proof[place][0] ^ 1]) + proof[place][1:], *proof[place + 1 :]])
        found.append([*proof[:place], proof[place][:-1], *proof[place + 1 :]])
        found.append([*proof[:place], b"", *proof[place + 1 :]])
        for other in range(place):
            swapped = proof.copy()
            swapped[place], swapped[other] = swapped[other], swapped[place]
            found.append(swapped)
    return found


SIZES = range(1, 34)


def test_no_inclusion_proof_is_accepted_that_lacks_repeats_exchanges_or_changes_a_hash() -> None:
    for size in SIZES:
        for seq in range(size):
            for wrong in wrong_proofs(path(seq, LEAVES[:size])):
                assert not holds_inclusion(LEAVES[seq], seq, size, wrong, HEADS[size])


def test_no_inclusion_proof_is_accepted_for_another_leaf_number_or_root() -> None:
    for size in SIZES:
        for seq in range(size):
            proof = path(seq, LEAVES[:size])
            for leaf in (LEAVES[seq + 1], b"", LEAVES[seq][:-1], EMPTY, HEADS[size] if size > 1 else EMPTY):
                assert not holds_inclusion(leaf, seq, size, proof, HEADS[size])
            for other in (seq - 1, seq + 1, -1, -size, size, size + seq, 2**63):
                assert not holds_inclusion(LEAVES[seq], other, size, proof, HEADS[size])
            for root in (HEADS[size - 1], HEADS[size + 1], b"", EMPTY, HEADS[size][:-1], HEADS[size] + b"\0"):
                assert not holds_inclusion(LEAVES[seq], seq, size, proof, root)


def test_no_inclusion_proof_is_accepted_in_a_tree_of_none_or_fewer() -> None:
    for size in (0, -1, -8):
        for seq in (-1, 0, 1):
            assert not holds_inclusion(LEAVES[0], seq, size, [], EMPTY)
            assert not holds_inclusion(EMPTY, seq, size, [], EMPTY)
            assert not holds_inclusion(LEAVES[0], seq, size, [], LEAVES[0])


def test_an_inclusion_proof_at_its_own_root_is_refused_where_the_size_is_one_off_and_the_path_differs() -> None:
    for size in SIZES:
        for seq in range(size):
            for other in (size - 1, size + 1):
                if path_shape(seq, other) != path_shape(seq, size):
                    proof = path(seq, LEAVES[:size])
                    assert not holds_inclusion(LEAVES[seq], seq, other, proof, HEADS[size])


def test_no_consistency_proof_is_accepted_that_lacks_repeats_exchanges_or_changes_a_hash() -> None:
    for new in SIZES:
        for old in range(1, new + 1):
            for wrong in wrong_proofs(subproof(old, LEAVES[:new], True)):
                assert not holds_consistency(old, new, wrong, HEADS[old], HEADS[new])


def test_no_consistency_proof_is_accepted_for_other_sizes_or_roots() -> None:
    for new in SIZES:
        for old in range(1, new + 1):
            proof = subproof(old, LEAVES[:new], True)
            for other in (old - 1, old + 1, 0, -1, new + 1):
                assert not holds_consistency(other, new, proof, HEADS[old], HEADS[new])
            assert old == new or not holds_consistency(old, new, proof, HEADS[new], HEADS[old])
            for wrong in (b"", EMPTY, HEADS[old][:-1], HEADS[old - 1], HEADS[old + 1]):
                assert not holds_consistency(old, new, proof, wrong, HEADS[new])
            for wrong in (b"", EMPTY, HEADS[new][:-1], HEADS[new - 1], HEADS[new + 1]):
                assert not holds_consistency(old, new, proof, HEADS[old], wrong)


def test_no_consistency_with_an_empty_tree_is_accepted_as_it_would_show_nothing() -> None:
    for new in (-1, 0, 1, 8):
        assert not holds_consistency(0, new, [], EMPTY, HEADS[max(new, 0)])
        assert not holds_consistency(-1, new, [], EMPTY, HEADS[max(new, 0)])


@pytest.mark.parametrize(("seq", "size"), [(0, 0), (1, 1), (5, 3), (-1, 4), (0, -1)])
def test_no_inclusion_proof_is_made_for_a_leaf_that_is_not_there(seq: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion(seq, size, subtree)


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 4), (5, 4), (-1, 4)])
def test_no_consistency_proof_is_made_from_nothing_or_backwards(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="no tree"):
        consistency(old, new, subtree)


@given(st.integers(2, 2**60))
def test_the_left_part_is_the_largest_power_of_two_below_the_size(size: int) -> None:
    left = split(size)
    assert left & (left - 1) == 0
    assert left < size <= 2 * left


@given(st.integers(0, 2**40), st.integers(1, 2**40), st.binary(min_size=32, max_size=32))
def test_proofs_hold_in_trees_too_large_to_hash_where_every_part_is_known_by_a_rule(
    seq: int, size: int, seed: bytes
) -> None:
    seq %= size

    def ruled(begin: int, end: int) -> bytes:
        """Return the head of leaves that are all the same, worked out by halves."""
        count = end - begin
        if count == 1:
            return seed
        left = split(count)
        # A full half is hashed level by level.
        full = seed
        for _ in range(left.bit_length() - 1):
            full = node(full, full)
        return node(full, ruled(begin + left, end))

    assert holds_inclusion(seed, seq, size, inclusion(seq, size, ruled), ruled(0, size))
    old = seq + 1
    assert holds_consistency(old, size, consistency(old, size, ruled), ruled(0, old), ruled(0, size))
