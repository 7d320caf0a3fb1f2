"""Proofs as they are handed over: one spelling, whole in themselves, and of what they say alone."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.evidence.checking import check_entry
from ledger.evidence.checkpoint import Checkpoint, format_checkpoint
from ledger.evidence.extending import Inconsistent
from ledger.evidence.proof import (
    Consistency,
    Inclusion,
    consistency_holds,
    format_consistency,
    format_inclusion,
    inclusion_holds,
    parse_consistency,
    parse_inclusions,
    parse_proof,
)
from ledger.evidence.signing.note import Note, Signature
from ledger.evidence.tree import Tree, consistency, inclusion
from ledger.journal.line import encode_line
from ledger.journal.sealing import disclose

LINES = [f'{{"note":"Line {number}.","seq":{number}}}'.encode() for number in range(12)]
LEAVES = [sha256(b"\0" + line).digest() for line in LINES]


def head(begin: int, end: int) -> bytes:
    tree = Tree()
    tree.add(*LEAVES[begin:end])
    return tree.root()


def note(size: int, origin: str = "Example Platform", signatures: tuple[Signature, ...] = ()) -> Note:
    return Note(format_checkpoint(Checkpoint(origin, size, head(0, size))), signatures)


SIGNED = (Signature("Example-Platform", b"abcd", b"s" * 64), Signature("auditor.example", b"efgh", b"t" * 72))


def proof_of(seq: int, size: int, *, signed: bool = True) -> Inclusion:
    return Inclusion(
        seq, LINES[seq], tuple(inclusion(seq, size, head)), note(size, signatures=SIGNED if signed else ())
    )


def test_the_format_is_that_of_the_specification() -> None:
    proof = proof_of(1, 3, signed=False)._replace(disclosures=("WyJhIl0", "WyJiIl0"))
    extra = base64.b64encode(LINES[1] + b"\nWyJhIl0\nWyJiIl0\n").decode()
    hashes = "\n".join(base64.b64encode(part).decode() for part in (LEAVES[0], LEAVES[2]))
    root = base64.b64encode(head(0, 3)).decode()
    wanted = f"c2sp.org/tlog-proof@v1\nextra {extra}\nindex 1\n{hashes}\n\nExample Platform\n3\n{root}\n"
    assert format_inclusion(proof) == wanted.encode()


def test_a_consistency_proof_is_the_body_of_a_request_to_a_witness() -> None:
    proof = Consistency(2, tuple(consistency(2, 3, head)), note(3))
    root = base64.b64encode(head(0, 3)).decode()
    wanted = f"old 2\n{base64.b64encode(LEAVES[2]).decode()}\n\nExample Platform\n3\n{root}\n"
    assert format_consistency(proof) == wanted.encode()


@given(st.integers(0, 11), st.integers(1, 12), st.booleans())
def test_a_proof_is_read_back_as_it_was_written_and_holds(seq: int, size: int, signed: bool) -> None:
    proof = proof_of(seq % size, size, signed=signed)
    raw = format_inclusion(proof)
    assert parse_proof(raw) == [proof]
    assert inclusion_holds(proof)


@given(st.lists(st.tuples(st.integers(0, 11), st.booleans()), min_size=1, max_size=8))
def test_proofs_one_after_the_other_are_each_whole_in_itself(which: list[tuple[int, bool]]) -> None:
    proofs = [proof_of(seq, 12, signed=signed) for seq, signed in which]
    parts = [format_inclusion(proof) for proof in proofs]
    assert parse_inclusions(b"".join(parts)) == proofs
    assert [parse_inclusions(part) for part in parts] == [[proof] for proof in proofs]


@given(st.integers(1, 12), st.integers(1, 12))
def test_a_proof_between_checkpoints_is_read_back_and_holds_against_the_older_one_alone(old: int, new: int) -> None:
    old, new = sorted((old, new))
    proof = Consistency(old, tuple(consistency(old, new, head)), note(new))
    assert parse_proof(format_consistency(proof)) == proof
    for size in range(13):
        holds = consistency_holds(proof, Checkpoint("Example Platform", size, head(0, size)))
        assert holds == (size == old)
    assert not consistency_holds(proof, Checkpoint("Another Platform", old, head(0, old)))


def test_a_proof_does_not_hold_for_another_entry_number_or_checkpoint() -> None:
    proof = proof_of(5, 12)
    for wrong in (
        proof._replace(line=LINES[6]),
        proof._replace(line=LINES[5] + b" "),
        proof._replace(seq=6),
        proof._replace(note=note(11)),
        proof._replace(hashes=proof.hashes[:-1]),
        proof._replace(hashes=proof.hashes[::-1]),
    ):
        assert not inclusion_holds(wrong)


HASH = base64.b64encode(b"h" * 32).decode()
CHECKPOINT = f"\nExample\n2\n{HASH}\n"
LF = "\n"


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


EXTRA = coded("line\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text\n",
        f"c2sp.org/tlog-proof@v2\nextra {EXTRA}\nindex 0\n{CHECKPOINT}",
        f"c2sp.org/tlog-proof@v1\r\nextra {EXTRA}\r\nindex 0\r\n{CHECKPOINT}",
        f"c2sp.org/tlog-proof@v1 \nextra {EXTRA}\nindex 0\n{CHECKPOINT}",
        f"c2sp.org/tlog-proof@v1\nindex 0\n{CHECKPOINT}",
        f"c2sp.org/tlog-proof@v1\nextra {EXTRA}\n{CHECKPOINT}",
        f"c2sp.org/tlog-proof@v1\nextra  {EXTRA}\nindex 0\n{CHECKPOINT}",
        f"c2sp.org/tlog-proof@v1\nextra {EXTRA[:-1]}\nindex 0\n{CHECKPOINT}",
        f"c2sp.org/tlog-proof@v1\nextra \nindex 0\n{CHECKPOINT}",
        f"c2sp.org/tlog-proof@v1\nextra {coded('line')}\nindex 0\n{CHECKPOINT}",
        f"c2sp.org/tlog-proof@v1\nextra {coded(LF)}\nindex 0\n{CHECKPOINT}",
        f"c2sp.org/tlog-proof@v1\nextra {coded('line' + LF + LF)}\nindex 0\n{CHECKPOINT}",
        f"c2sp.org/tlog-proof@v1\nextra {coded('line' + LF + 'ä' + LF)}\nindex 0\n{CHECKPOINT}",
        f"c2sp.org/tlog-proof@v1\nextra {coded('line' + LF + 'a=' + LF)}\nindex 0\n{CHECKPOINT}",
        f"c2sp.org/tlog-proof@v1\nindex 0\nextra {EXTRA}\n{CHECKPOINT}",
        *(
            f"c2sp.org/tlog-proof@v1\nextra {EXTRA}\nindex {number}\n{CHECKPOINT}"
            for number in ("", "01", "+1", "-1", "1 ", " 1", "1.0", "0x1", "١", "1" * 20)
        ),
        *(
            f"c2sp.org/tlog-proof@v1\nextra {EXTRA}\nindex 0\n{line}\n{CHECKPOINT}"
            for line in (HASH[:-1], HASH + "=", HASH[:-2] + "==", f" {HASH}", "x", coded("h" * 31))
        ),
        f"c2sp.org/tlog-proof@v1\nextra {EXTRA}\nindex 0\n{(HASH + LF) * 64}{CHECKPOINT}",
        f"c2sp.org/tlog-proof@v1\nextra {EXTRA}\nindex 0\n{HASH}\n",
        f"c2sp.org/tlog-proof@v1\nextra {EXTRA}\nindex 0\n\n{CHECKPOINT}",
        f"c2sp.org/tlog-proof@v1\nextra {EXTRA}\nindex 0\n\nno checkpoint\n",
        f"old 1\n{HASH}\n",
        f"old 01\n{CHECKPOINT}",
        f"old -1\n{CHECKPOINT}",
        f"old \n{CHECKPOINT}",
        f"old  1\n{CHECKPOINT}",
        f"old 1\nx\n{CHECKPOINT}",
        f"old 1\n{(HASH + LF) * 64}{CHECKPOINT}",
        f"old 1\n{HASH}\n\nno checkpoint\n",
    ],
)
def test_what_is_spelled_otherwise_is_no_proof(text: str) -> None:
    with pytest.raises(Refused):
        parse_proof(text.encode())


def test_what_is_not_text_is_no_proof() -> None:
    for raw in (b"old 1\n\xff\n", b"c2sp.org/tlog-proof@v1\n\xff", b"\xff"):
        with pytest.raises(Refused):
            parse_proof(raw)


def test_a_checkpoint_with_a_line_that_begins_a_proof_cannot_be_in_one() -> None:
    proof = proof_of(1, 3)._replace(note=note(3, origin="c2sp.org/tlog-proof@v1"))
    with pytest.raises(Refused):
        format_inclusion(proof)


def test_the_number_of_the_proof_that_is_wrong_is_said() -> None:
    raw = format_inclusion(proof_of(1, 3)) + format_inclusion(proof_of(2, 3)).replace(b"index 2", b"index two")
    with pytest.raises(Refused, match="order, proof 2 of 2: says no number"):
        parse_inclusions(raw, "order")


def test_parse_consistency_reads_no_proof_of_an_entry() -> None:
    with pytest.raises(Refused, match="does not begin with `old NUMBER`"):
        parse_consistency(format_inclusion(proof_of(1, 3)))


def sealed_proof(*values: tuple[str, object]) -> tuple[Inclusion, list[str]]:
    """Return the proof of an entry whose private fields stand in it as digests, and their disclosures."""
    made = [disclose(bytes([number]) * 16, name, value) for number, (name, value) in enumerate(values)]
    said = {"action": "blocked", "at": "2021-02-01", "kind": "response", "order": "A"}
    line = encode_line({"_sd": sorted(one.digest for one in made)} | said | {"seq": 0})
    checkpoint = Checkpoint("Example Platform", 1, sha256(b"\0" + line).digest())
    return Inclusion(0, line, (), Note(format_checkpoint(checkpoint))), [one.text for one in made]


def test_what_is_disclosed_along_is_shown_and_what_is_not_is_counted() -> None:
    proof, (note_text, reason_text) = sealed_proof(("note", "Said so."), ("reason", "Law."))
    entry = check_entry(parse_inclusions(format_inclusion(proof._replace(disclosures=(note_text,))))[0])
    assert (entry.members["note"], entry.private, entry.not_disclosed) == ("Said so.", ["note"], 1)
    assert "reason" not in entry.members
    whole = check_entry(proof._replace(disclosures=(reason_text, note_text)))
    assert (whole.members["reason"], whole.not_disclosed) == ("Law.", 0)


def test_a_disclosure_that_is_forged_or_of_another_entry_is_refused() -> None:
    proof, (text,) = sealed_proof(("note", "Said so."))
    other = disclose(bytes(16), "note", "Never said.").text
    flipped = [text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :] for place in range(len(text))]
    for wrong in (other, *flipped):
        with pytest.raises(Inconsistent):
            check_entry(proof._replace(disclosures=(wrong,)))
