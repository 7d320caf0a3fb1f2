"""Checkpoints: origin, size, root; one spelling only."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.evidence.checkpoint import LARGEST, Checkpoint, format_checkpoint, parse_checkpoint, read_checkpoint
from ledger.evidence.extending import Inconsistent, Known, check_by_proof, check_by_roots, check_part
from ledger.evidence.tree import EMPTY, Tree, consistency, node, split

CALM = settings(deadline=None)

# C2SP tlog-checkpoint, the example. The key of that name is not published; that the root and the signature are those of
# a published tree head is shown in test_note.py.
EXAMPLE = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""
ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

lines = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=30)
checkpoints = st.builds(
    Checkpoint,
    lines,
    st.integers(1, LARGEST),
    st.binary(min_size=32, max_size=32),
    st.lists(lines, max_size=3).map(tuple),
)


def test_the_published_example_is_read(tmp_path: Path) -> None:
    path = tmp_path / "example"
    path.write_bytes(EXAMPLE.encode())
    checkpoint, note = read_checkpoint(path)
    assert checkpoint.origin == "example.com/behind-the-sofa"
    assert checkpoint.size == 20852163
    assert checkpoint.root.hex() == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"
    assert checkpoint.extensions == ()
    assert [found.name for found in note.signatures] == ["example.com/behind-the-sofa"]
    assert format_checkpoint(checkpoint) == note.text


@CALM
@given(checkpoints)
def test_what_is_written_is_read_as_the_same(checkpoint: Checkpoint) -> None:
    assert parse_checkpoint(format_checkpoint(checkpoint)) == checkpoint


@CALM
@given(checkpoints.map(format_checkpoint), st.data())
def test_what_is_read_is_written_as_the_same_or_refused(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.text(max_size=2)) + text[at + data.draw(st.integers(0, 2)) :]
    try:
        found = parse_checkpoint(changed)
    except Refused:
        return
    assert format_checkpoint(found) == changed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no checkpoint"),
        ("a\n", "no checkpoint"),
        (f"a\n1\n{ROOT}", "no checkpoint"),
        (f"\n1\n{ROOT}\n", "no checkpoint"),
        (f"a\n1\n{ROOT}\n\n", "no checkpoint"),
        (f"a\n1\n{ROOT}\n\nmore\n", "no checkpoint"),
        (f"a\n\n1\n{ROOT}\n", "no checkpoint"),
        (f"a\n1\n{ROOT}\r\n", "control"),
        (f"a\0\n1\n{ROOT}\n", "control"),
        (f"a\ud800\n1\n{ROOT}\n", "control"),
        (f"a\n01\n{ROOT}\n", "number of entries"),
        (f"a\n00\n{ROOT}\n", "number of entries"),
        (f"a\n+1\n{ROOT}\n", "number of entries"),
        (f"a\n-1\n{ROOT}\n", "number of entries"),
        (f"a\n1_0\n{ROOT}\n", "number of entries"),
        (f"a\n 1\n{ROOT}\n", "number of entries"),
        (f"a\n1.0\n{ROOT}\n", "number of entries"),
        (f"a\n0x1\n{ROOT}\n", "number of entries"),
        (f"a\n١\n{ROOT}\n", "number of entries"),
        (f"a\n{2**63}\n{ROOT}\n", "number of entries"),
        (f"a\n{2**64}\n{ROOT}\n", "number of entries"),
        (f"a\n{'9' * 5000}\n{ROOT}\n", "number of entries"),
        (f"a\n1\n{ROOT[:-1]}\n", "no root"),
        (f"a\n1\n{ROOT} \n", "no root"),
        (f"a\n1\n{ROOT.replace('q2I=', 'q2J=')}\n", "no root"),
        (f"a\n1\n{ROOT.replace('/', '_')}\n", "no root"),
        ("a\n1\nAAAA\n", "no root"),
        (f"a\n1\n{'A' * 44}\n", "no root"),
    ],
)
def test_what_is_no_checkpoint_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        parse_checkpoint(text)


def test_the_largest_size_is_taken() -> None:
    assert parse_checkpoint(f"a\n{2**63 - 1}\n{ROOT}\n").size == LARGEST


@pytest.mark.parametrize(
    "checkpoint",
    [
        Checkpoint("", 1, bytes(32)),
        Checkpoint("a\nb", 1, bytes(32)),
        Checkpoint("a", -1, bytes(32)),
        Checkpoint("a", 2**63, bytes(32)),
        Checkpoint("a", 1, bytes(31)),
        Checkpoint("a", 1, bytes(32), ("",)),
        Checkpoint("a", 1, bytes(32), ("x\n",)),
    ],
)
def test_a_checkpoint_that_cannot_be_is_not_written(checkpoint: Checkpoint) -> None:
    with pytest.raises(Refused):
        format_checkpoint(checkpoint)


def test_a_file_that_holds_none_is_refused_by_name(tmp_path: Path) -> None:
    long = tmp_path / "long"
    long.write_bytes(b"x" * (2 << 20))
    for path in (tmp_path / "missing", tmp_path, long):
        with pytest.raises(Refused, match=path.name):
            read_checkpoint(path)


LEAVES = [bytes([number]) * 32 for number in range(12)]


def subtree(begin: int, end: int, leaves: list[bytes] = LEAVES) -> bytes:
    if end - begin == 1:
        return leaves[begin]
    middle = begin + split(end - begin)
    return node(subtree(begin, middle, leaves), subtree(middle, end, leaves))


def root(size: int, leaves: list[bytes] = LEAVES) -> bytes:
    tree = Tree()
    for leaf in leaves[:size]:
        tree.add(leaf)
    return tree.root()


def state(size: int, leaves: list[bytes] = LEAVES) -> Checkpoint:
    return Checkpoint("a", size, root(size, leaves))


@pytest.mark.parametrize("old", range(13))
@pytest.mark.parametrize("new", range(13))
def test_only_what_is_longer_or_the_same_extends(old: int, new: int) -> None:
    newer, known = state(new), Known("earlier", state(old))
    proof = consistency(old, new, subtree) if 0 < old <= new else []
    if old > new:
        with pytest.raises(Inconsistent, match="fewer than"):
            check_by_roots(newer, known, root, "this")
        with pytest.raises(Inconsistent, match="fewer than"):
            check_by_proof(newer, known, proof, "this")
    else:
        check_by_roots(newer, known, root, "this")
        check_by_proof(newer, known, proof, "this")


@pytest.mark.parametrize("changed", range(12))
def test_a_history_with_any_entry_changed_does_not_extend(changed: int) -> None:
    other = LEAVES.copy()
    other[changed] = b"x" * 32
    newer = state(12, other)
    for old in range(1, 13):
        known = Known("earlier", state(old))
        proof = consistency(old, 12, lambda begin, end: subtree(begin, end, other))
        if changed < old:
            with pytest.raises(Inconsistent, match="earlier"):
                check_by_roots(newer, known, lambda size: root(size, other), "this")
            with pytest.raises(Inconsistent, match="earlier"):
                check_by_proof(newer, known, proof, "this")
        else:
            check_by_roots(newer, known, lambda size: root(size, other), "this")
            check_by_proof(newer, known, proof, "this")


@pytest.mark.parametrize("old", range(1, 12))
def test_no_proof_of_another_size_shows_anything(old: int) -> None:
    newer, known = state(12), Known("earlier", state(old))
    right = consistency(old, 12, subtree)
    for other in (consistency(size, 12, subtree) for size in range(1, 13)):
        if other != right:
            with pytest.raises(Inconsistent, match="does not show"):
                check_by_proof(newer, known, other, "this")


def test_an_empty_ledger_has_the_root_of_none() -> None:
    wrong = Checkpoint("a", 0, bytes(32))
    with pytest.raises(Inconsistent, match="no entries"):
        check_by_proof(state(3), Known("earlier", wrong), [], "this")
    with pytest.raises(Inconsistent, match="no entries"):
        check_by_proof(wrong, Known("earlier", Checkpoint("a", 0, EMPTY)), [], "this")


def test_a_checkpoint_must_state_what_the_ledger_was() -> None:
    check_part(state(5), 12, root, "this", "the ledger")
    with pytest.raises(Inconsistent, match="and the ledger has 4"):
        check_part(state(5), 4, root, "this", "the ledger")
    with pytest.raises(Inconsistent, match="does not state"):
        check_part(Checkpoint("a", 5, bytes(32)), 12, root, "this", "the ledger")


def test_a_checkpoint_of_no_entries_has_the_root_of_none() -> None:
    none = Checkpoint("example.com/log", 0, hashlib.sha256(b"").digest())
    assert parse_checkpoint(format_checkpoint(none)) == none
    with pytest.raises(Refused, match="no root of a ledger without entries"):
        parse_checkpoint(f"example.com/log\n0\n{'A' * 43}=\n")
