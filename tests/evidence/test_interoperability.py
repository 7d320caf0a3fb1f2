"""What golang.org/x/mod/sumdb, another's implementation of the same formats, says of ours, and ours of its."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("cryptography", reason="pip install 'compliance-ledger[sign]'")

from ledger.errors import Refused
from ledger.evidence.checkpoint import Checkpoint, format_checkpoint, read_checkpoint
from ledger.evidence.ledger_tree import LedgerTree
from ledger.evidence.signing.note import Note, check_signatures, format_note, parse_note, parse_vkey
from ledger.evidence.tree import EMPTY, Tree, consistency, holds_consistency, holds_inclusion, inclusion, node, split

SOURCE = Path(__file__).parent / "go"
# Where Debian puts the sources of Go's libraries.
GOPATH = Path("/usr/share/gocode")
SUMDB = GOPATH / "src" / "golang.org" / "x" / "mod" / "sumdb"
# The origin of a tree that Go reads itself; the others are read as notes alone.
ORIGIN = "go.sum database tree"
# Around powers of two, and around the runs of 256 entries whose hashes the index keeps.
SIZES = (1, 2, 3, 4, 7, 8, 70, 255, 256, 257, 300)

Question = dict[str, Any]
Answer = Mapping[str, Any]
Ask = Callable[[list[Question]], list[Answer]]


@pytest.fixture(scope="session")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Build the Go program, without a network and with all that it writes in a folder of its own."""
    go = shutil.which("go")
    if go is None or not (SUMDB / "tlog").is_dir():
        pytest.skip("Go and its library are needed: apt-get install golang golang-golang-x-mod-dev")
    folder = tmp_path_factory.mktemp("go")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GOPATH": str(GOPATH),
        "GOCACHE": str(folder / "cache"),
        "GO111MODULE": "off",
        "GOENV": "off",
        "GOFLAGS": "",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }
    program = folder / "ask"
    built = subprocess.run(
        [go, "build", "-o", str(program), "."], cwd=SOURCE, env=environment, capture_output=True, check=False
    )
    assert built.returncode == 0, built.stderr.decode()

    def asked(questions: list[Question]) -> list[Answer]:
        done = subprocess.run([program], input=json.dumps(questions).encode(), capture_output=True, check=True)
        answers: list[Answer] = json.loads(done.stdout)
        assert len(answers) == len(questions)
        return answers

    return asked


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def b64s(hashes: list[bytes]) -> list[str]:
    return [b64(item) for item in hashes]


def record_question(proof: list[bytes], size: int, root: bytes, seq: int, leaf: bytes) -> Question:
    return {
        "ask": "check-record",
        "proof": b64s(proof),
        "size": size,
        "root": b64(root),
        "index": seq,
        "leaf": b64(leaf),
    }


def tree_question(proof: list[bytes], size: int, root: bytes, old: int, old_root: bytes) -> Question:
    return {
        "ask": "check-tree",
        "proof": b64s(proof),
        "size": size,
        "root": b64(root),
        "oldSize": old,
        "oldRoot": b64(old_root),
    }


def flipped(data: bytes, position: int = 0) -> bytes:
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


# --- A real ledger, its key and its checkpoints


class Kept(NamedTuple):
    """A ledger that was kept for a while: its folder, the public key, and a signed checkpoint at each of `SIZES`."""

    folder: Path
    vkey: str
    checkpoints: dict[int, bytes]

    def root(self, size: int) -> bytes:
        return read_checkpoint(self.folder / f"{size}.checkpoint")[0].root


def invoke(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("COMPLIANCE", "LEDGER"))}
    done = subprocess.run(
        [sys.executable, "-m", "ledger", *arguments],
        cwd=folder,
        input=stdin,
        env=clean | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config"), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("kept")
    invoke(folder, "init", "--origin", ORIGIN)
    vkey = invoke(folder, "key", "new").strip()
    checkpoints = {}
    size = 1
    for wanted in SIZES:
        orders = [
            {
                "kind": "order",
                "id": f"EX-{number}",
                "authority": "Board",
                "jurisdiction": "NZ",
                "platform": "x",
                "received": "2025-03-03",
                "targets": [f"@account_{number}"],
            }
            for number in range(size, wanted)
        ]
        if orders:
            invoke(
                folder,
                "import",
                "-",
                "--format",
                "jsonl",
                stdin="".join(f"{json.dumps(order)}\n" for order in orders).encode(),
            )
        size = wanted
        invoke(folder, "checkpoint", "-o", f"{wanted}.checkpoint")
        checkpoints[wanted] = (folder / f"{wanted}.checkpoint").read_bytes()
    return Kept(folder, vkey, checkpoints)


@pytest.fixture(scope="session")
def lines(kept: Kept) -> list[bytes]:
    return (kept.folder / "ledger.jsonl").read_bytes().splitlines()


@pytest.fixture
def tree(kept: Kept) -> Iterator[LedgerTree]:
    from ledger.book import Ledger

    book = Ledger(kept.folder / "ledger.jsonl")
    try:
        yield LedgerTree(book.index)
    finally:
        book.close()


# --- Notes


def test_go_opens_our_checkpoints_with_our_key_and_reads_their_size_and_root(ask: Ask, kept: Kept) -> None:
    opened = ask([{"ask": "open", "note": b64(raw), "keys": [kept.vkey]} for raw in kept.checkpoints.values()])
    assert [answer["error"] for answer in opened] == [""] * len(SIZES)
    assert [answer["signed"] for answer in opened] == [[ORIGIN.replace(" ", "-")]] * len(SIZES)
    parsed = ask([{"ask": "parse-tree", "text": answer["text"]} for answer in opened])
    assert [(answer["error"], answer["size"]) for answer in parsed] == [("", size) for size in SIZES]
    assert [answer["hash"] for answer in parsed] == [b64(kept.root(size)) for size in SIZES]


def test_go_refuses_our_checkpoint_with_any_byte_changed(ask: Ask, kept: Kept) -> None:
    raw = kept.checkpoints[70]
    # Go passes over the two bits that the last character of a signature has to spare; ours does not.
    spare = raw.rindex(b"=") - 1
    places = [position for position in range(len(raw)) if position != spare]
    answers = ask([{"ask": "open", "note": b64(flipped(raw, position)), "keys": [kept.vkey]} for position in places])
    assert all(answer["error"] for answer in answers)
    with pytest.raises(Refused):
        parse_note(flipped(raw, spare))


def test_go_refuses_our_checkpoint_with_another_key(ask: Ask, kept: Kept) -> None:
    (other,) = ask([{"ask": "sign", "text": "x\n", "name": ORIGIN.replace(" ", "-"), "seed": b64(bytes(32))}])
    (answer,) = ask([{"ask": "open", "note": b64(kept.checkpoints[70]), "keys": [other["key"]]}])
    assert answer["error"] == "note has no verifiable signatures"


def test_go_takes_our_cosignature_for_one_of_a_key_that_it_does_not_know(ask: Ask, kept: Kept, tmp_path: Path) -> None:
    invoke(tmp_path, "key", "new", "--cosigner", "--name", "auditor.example", "-o", "auditor.key")
    given = kept.folder / "70.checkpoint"
    cosign = ("cosign", str(given), "--key", "auditor.key", "--first", "--log-key", kept.vkey, "-o", "cosigned")
    invoke(tmp_path, "--file", str(kept.folder / "ledger.jsonl"), *cosign)
    (answer,) = ask([{"ask": "open", "note": b64((tmp_path / "cosigned").read_bytes()), "keys": [kept.vkey]}])
    assert (answer["error"], answer["unknown"]) == ("", ["auditor.example"])
    assert answer["signed"] == [ORIGIN.replace(" ", "-")]


def test_go_and_we_read_the_same_texts_from_notes_with_empty_lines_and_other_scripts(ask: Ask) -> None:
    texts = ["x\n", "x\n\ny\n", "x\n\n", "\n", "सूची\n12\n", "— a b\n", "x\n\n— a AAAA\n"]
    signed = ask([{"ask": "sign", "text": text, "name": "log.example", "seed": b64(bytes(32))} for text in texts])
    assert [answer["error"] for answer in signed] == [""] * len(texts)
    for text, answer in zip(texts, signed, strict=True):
        raw = base64.b64decode(answer["note"])
        found = parse_note(raw)
        assert (found.text, len(found.signatures)) == (text, 1)
        assert format_note(found) == raw


def test_a_note_that_go_signed_verifies_here_and_an_altered_one_does_not(ask: Ask) -> None:
    text = format_checkpoint(Checkpoint("log.example", 12, bytes(range(32)), ("more",)))
    (signed,) = ask([{"ask": "sign", "text": text, "name": "log.example", "seed": b64(bytes(range(32)))}])
    key = parse_vkey(signed["key"])
    raw = base64.b64decode(signed["note"])
    found = check_signatures(parse_note(raw), [key])
    assert ([signer.name for signer in found.signers], found.unknown) == (["log.example"], ())
    for position in range(len(raw)):
        try:
            found = check_signatures(parse_note(flipped(raw, position)), [key])
        except Refused:
            continue
        assert not found.signers


def test_a_signature_that_go_adds_to_our_checkpoint_leaves_ours_in_place(ask: Ask, kept: Kept) -> None:
    raw = kept.checkpoints[7]
    question = {"ask": "sign", "note": b64(raw), "keys": [kept.vkey], "name": "second.example", "seed": b64(bytes(32))}
    (added,) = ask([question])
    assert added["error"] == ""
    keys = [parse_vkey(kept.vkey), parse_vkey(added["key"])]
    found = check_signatures(parse_note(base64.b64decode(added["note"])), keys)
    assert [signer.key for signer in found.signers] == keys


def test_go_and_we_refuse_the_same_notes(ask: Ask) -> None:
    (signed,) = ask([{"ask": "sign", "text": "x\n", "name": "log.example", "seed": b64(bytes(32))}])
    raw, key = base64.b64decode(signed["note"]), parse_vkey(signed["key"])
    *_, line, _ = raw.split(b"\n")
    odd = {
        "no line break at the end": raw[:-1],
        "text without a line break": raw.replace(b"x\n\n", b"x\n"),
        "carriage returns": raw.replace(b"\n", b"\r\n"),
        "a tab": raw.replace(b"x\n", b"x\t\n"),
        "not UTF-8": raw.replace(b"x\n", b"\xff\n"),
        "a hyphen for the dash": raw.replace("—".encode(), b"-"),
        "two spaces": raw.replace(b" log", b"  log"),
        "something behind the signature": raw[:-1] + b" \n",
        "a name with a plus": raw.replace(b"log.example", b"log+example"),
        "no signature's bytes": raw.replace(line.rpartition(b" ")[2], b""),
        "text behind the signatures": raw + b"more\n",
    }
    answers = ask([{"ask": "open", "note": b64(note), "keys": [signed["key"]]} for note in odd.values()])
    assert [name for name, answer in zip(odd, answers, strict=True) if not answer["error"]] == []
    for name, note in odd.items():
        try:
            signers = check_signatures(parse_note(note), [key]).signers
        except Refused:
            continue
        assert not signers, name


# --- Proofs


def test_go_accepts_our_leaf_hashes(ask: Ask, lines: list[bytes], tree: LedgerTree) -> None:
    answers = ask([{"ask": "leaf", "record": b64(line)} for line in lines])
    assert [answer["hash"] for answer in answers] == [b64(tree.leaf(seq)) for seq in range(len(lines))]


def test_go_finds_the_roots_that_stand_in_our_checkpoints(ask: Ask, kept: Kept, tree: LedgerTree) -> None:
    leaves = b64s([tree.leaf(seq) for seq in range(tree.size)])
    answers = ask([{"ask": "root", "leaves": leaves, "size": size} for size in SIZES])
    assert [(answer["error"], answer["hash"]) for answer in answers] == [("", b64(kept.root(size))) for size in SIZES]


def test_go_accepts_our_proofs_of_entries_and_makes_the_same(ask: Ask, kept: Kept, tree: LedgerTree) -> None:
    leaves = b64s([tree.leaf(seq) for seq in range(tree.size)])
    pairs = [(seq, size) for size in SIZES for seq in sorted({0, 1, size // 2, size - 2, size - 1}) if 0 <= seq < size]
    proofs = [tree.inclusion(seq, size) for seq, size in pairs]
    asked = zip(pairs, proofs, strict=True)
    checked = ask([record_question(proof, n, kept.root(n), seq, tree.leaf(seq)) for (seq, n), proof in asked])
    assert [answer["error"] for answer in checked] == [""] * len(pairs)
    made = ask([{"ask": "prove-record", "leaves": leaves[:size], "size": size, "index": seq} for seq, size in pairs])
    assert [answer.get("proof", []) for answer in made] == [b64s(proof) for proof in proofs]


def test_go_accepts_our_proofs_between_checkpoints_and_makes_the_same(ask: Ask, kept: Kept, tree: LedgerTree) -> None:
    leaves = b64s([tree.leaf(seq) for seq in range(tree.size)])
    pairs = list(itertools.combinations_with_replacement(SIZES, 2))
    proofs = [tree.consistency(old, new) for old, new in pairs]
    asked = zip(pairs, proofs, strict=True)
    checked = ask([tree_question(proof, new, kept.root(new), old, kept.root(old)) for (old, new), proof in asked])
    assert [answer["error"] for answer in checked] == [""] * len(pairs)
    made = ask([{"ask": "prove-tree", "leaves": leaves[:new], "size": new, "oldSize": old} for old, new in pairs])
    assert [answer.get("proof", []) for answer in made] == [b64s(proof) for proof in proofs]


def test_go_refuses_our_proofs_of_entries_when_they_are_altered(ask: Ask, kept: Kept, tree: LedgerTree) -> None:
    questions = []
    for seq, size in ((0, 1), (0, 2), (2, 3), (6, 7), (3, 8), (69, 70), (255, 256), (256, 257), (299, 300), (5, 300)):
        proof, root, leaf = tree.inclusion(seq, size), kept.root(size), tree.leaf(seq)
        questions += [
            record_question(changed, size, root, seq, leaf)
            for changed in (
                *([*proof[:at], flipped(proof[at]), *proof[at + 1 :]] for at in range(len(proof))),
                *([*proof[:at], *proof[at + 1 :]] for at in range(len(proof))),
                [*proof, leaf],
                [leaf, *proof],
                *([proof[::-1]] if len(proof) > 1 else []),
            )
        ]
        questions += [record_question(proof, size, root, other, leaf) for other in (seq - 1, seq + 1, -1, size)]
        questions += [
            record_question(proof, size, flipped(root), seq, leaf),
            record_question(proof, size, EMPTY, seq, leaf),
            record_question(proof, size, root, seq, flipped(leaf)),
            record_question(proof, size, leaf if size > 1 else flipped(leaf), seq, root),
        ]
    answers = ask(questions)
    assert [question for question, answer in zip(questions, answers, strict=True) if not answer["error"]] == []


def test_go_refuses_our_proofs_between_checkpoints_when_they_are_altered(
    ask: Ask, kept: Kept, tree: LedgerTree
) -> None:
    questions = []
    for old, new in ((1, 2), (2, 3), (3, 7), (4, 8), (7, 8), (8, 70), (70, 256), (256, 257), (257, 300), (255, 300)):
        proof, root, before = tree.consistency(old, new), kept.root(new), kept.root(old)
        questions += [
            tree_question(changed, new, root, old, before)
            for changed in (
                *([*proof[:at], flipped(proof[at]), *proof[at + 1 :]] for at in range(len(proof))),
                *([*proof[:at], *proof[at + 1 :]] for at in range(len(proof))),
                [*proof, root],
                [before, *proof],
            )
        ]
        questions += [
            tree_question(proof, new, flipped(root), old, before),
            tree_question(proof, new, root, old, flipped(before)),
            tree_question(proof, new, before, old, root),
            tree_question(proof, new, EMPTY, old, before),
            tree_question(proof, new, root, 0, EMPTY),
            tree_question(proof, old, before, new, root),
        ]
    answers = ask(questions)
    assert [question for question, answer in zip(questions, answers, strict=True) if not answer["error"]] == []


# --- Proofs as they are handed over


def parted(raw: bytes) -> tuple[list[str], bytes]:
    """Return the lines of a proof's file before the empty one, and the checkpoint after it."""
    text, _, note = raw.partition(b"\n\n")
    return text.decode().split("\n"), note


def read_by_go(ask: Ask, kept: Kept, note: bytes) -> tuple[int, str]:
    """Return size and root of a checkpoint as Go reads them, once it has accepted the signature."""
    (opened,) = ask([{"ask": "open", "note": b64(note), "keys": [kept.vkey]}])
    (parsed,) = ask([{"ask": "parse-tree", "text": opened["text"]}])
    assert (opened["error"], parsed["error"]) == ("", "")
    return parsed["size"], parsed["hash"]


def test_go_accepts_what_prove_writes_about_an_entry(ask: Ask, kept: Kept, lines: list[bytes], tmp_path: Path) -> None:
    for seq, size in ((0, 1), (2, 3), (255, 256), (17, 300)):
        checkpoint = str(kept.folder / f"{size}.checkpoint")
        proof = str(tmp_path / f"{seq}.tlog-proof")
        invoke(kept.folder, "prove", str(seq), "--checkpoint", checkpoint, "-o", proof)
        (first, extra, index, *hashes), note = parted(Path(proof).read_bytes())
        assert (first, index) == ("c2sp.org/tlog-proof@v1", f"index {seq}")
        line = base64.b64decode(extra.removeprefix("extra ")).split(b"\n")[0]
        assert line == lines[seq]
        stated, root = read_by_go(ask, kept, note)
        (leaf,) = ask([{"ask": "leaf", "record": b64(line)}])
        question = {"ask": "check-record", "proof": hashes, "size": stated, "root": root, "index": seq}
        (other,) = ask([{"ask": "leaf", "record": b64(flipped(line, 20))}])
        accepted, refused = ask([question | {"leaf": leaf["hash"]}, question | {"leaf": other["hash"]}])
        assert (accepted["error"], bool(refused["error"])) == ("", True)


def test_go_accepts_what_prove_writes_about_two_checkpoints(ask: Ask, kept: Kept, tmp_path: Path) -> None:
    for old, new in ((1, 2), (7, 70), (255, 256), (8, 300)):
        older, newer = (str(kept.folder / f"{size}.checkpoint") for size in (old, new))
        proof = str(tmp_path / f"{old}-{new}.proof")
        invoke(kept.folder, "prove", "--since", older, "--checkpoint", newer, "-o", proof)
        (first, *hashes), note = parted(Path(proof).read_bytes())
        assert first == f"old {old}"
        size, root = read_by_go(ask, kept, note)
        before, old_root = read_by_go(ask, kept, kept.checkpoints[old])
        question = {"ask": "check-tree", "proof": hashes, "size": size, "root": root, "oldSize": before}
        accepted, refused = ask([question | {"oldRoot": old_root}, question | {"oldRoot": b64(EMPTY)}])
        assert (accepted["error"], bool(refused["error"])) == ("", True)


# --- Verdicts


def of(leaves: list[bytes]) -> Callable[[int, int], bytes]:
    """Return the hash of a part of the tree over these leaves, from the definition in RFC 6962."""

    def subtree(begin: int, end: int) -> bytes:
        if end - begin == 1:
            return leaves[begin]
        middle = begin + split(end - begin)
        return node(subtree(begin, middle), subtree(middle, end))

    return subtree


def head(leaves: list[bytes]) -> bytes:
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


LEAVES = [hashlib.sha256(bytes([0, number])).digest() for number in range(17)]


def test_go_and_we_judge_every_claim_about_an_entry_alike(ask: Ask) -> None:
    """Every proof of a small tree is put to both with every size, number and root of the others."""
    claims = []
    for true_size in range(1, 10):
        for true_seq in range(true_size):
            proof = inclusion(true_seq, true_size, of(LEAVES))
            claims += [
                (LEAVES[true_seq], seq, size, proof, head(LEAVES[:rooted]))
                for size in range(10)
                for seq in range(size + 1)
                for rooted in {true_size, size}
            ]
    answers = ask([record_question(proof, size, root, seq, leaf) for leaf, seq, size, proof, root in claims])
    verdicts = [holds_inclusion(*claim) for claim in claims]
    assert [not answer["error"] for answer in answers] == verdicts
    assert verdicts.count(True) > 40


def test_go_and_we_judge_every_claim_about_an_earlier_state_alike(ask: Ask) -> None:
    claims = []
    for true_new in range(1, 10):
        for true_old in range(1, true_new + 1):
            proof = consistency(true_old, true_new, of(LEAVES))
            claims += [
                (old, new, proof, head(LEAVES[:before]), head(LEAVES[:after]))
                for new in range(10)
                for old in range(new + 2)
                for before in {true_old, old}
                for after in {true_new, new}
            ]
    answers = ask([tree_question(proof, new, root, old, before) for old, new, proof, before, root in claims])
    verdicts = [holds_consistency(*claim) for claim in claims]
    assert [not answer["error"] for answer in answers] == verdicts
    assert verdicts.count(True) > 40


def test_a_note_without_signatures_is_none_for_go(ask: Ask) -> None:
    raw = format_note(Note(format_checkpoint(Checkpoint("log.example", 12, bytes(32)))))
    (answer,) = ask([{"ask": "open", "note": b64(raw), "keys": []}])
    assert answer["error"] == "malformed note"
