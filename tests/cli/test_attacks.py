"""Attacks on a ledger: what `verify` and `verify-proof` find, by what they are given, and what they cannot find.

Each row of docs/threats.md points at a test here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from ledger.book import Ledger
from ledger.cli.app import app
from ledger.errors import LedgerError, Refused
from ledger.evidence.checking import check_consistency, check_entry, check_trust
from ledger.evidence.extending import Inconsistent
from ledger.evidence.holding import Claim, read_claims
from ledger.evidence.proof import Consistency, parse_proof
from ledger.evidence.verification import _problems, verify_file
from ledger.journal.file import JournalFile
from ledger.journal.form import form
from ledger.journal.line import encode_line, leaf_hash
from tests.conftest import invoke_within, put_copy

ORIGIN = "Example Platform"
ORDER = {
    "kind": "order",
    "id": "A-1",
    "authority": "Example Office",
    "jurisdiction": "IN",
    "platform": "twitter",
    "received": "2021-02-01",
    "targets": ["@example_one"],
}
SIZE, OLDER = 12, 6
# A place among the entries that the older checkpoint counts, and one after them.
EARLY, LATE = 3, 8


class Said(NamedTuple):
    code: int
    out: str
    err: str


Ask = Callable[..., Said]


def clock() -> Callable[[], datetime]:
    """Return a clock that is a minute later each time it is looked at."""
    times: Iterator[datetime] = (datetime(2021, 3, 1, tzinfo=UTC) + timedelta(minutes=n) for n in range(10_000))
    return lambda: next(times)


def said(number: int, word: str = "Said") -> dict[str, Any]:
    return {
        "kind": "response",
        "order": "A-1",
        "action": "acknowledged",
        "at": "2021-02-02",
        "note": f"{word} {number}.",
    }


def write(path: Path, size: int, word: str = "Said", together: int = 1) -> None:
    """Write a ledger of so many entries, some of them recorded together."""
    with Ledger(path, clock=clock()) as book:
        book.create(ORIGIN)
        book.append(ORDER)
        for number in range(2, size, together):
            book.append_all([said(place, word) for place in range(number, min(number + together, size))])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


@pytest.fixture
def ask(path: Path, capfd: pytest.CaptureFixture[str]) -> Ask:
    """Run the command line in this process."""

    def invoke(*arguments: str) -> Said:
        capfd.readouterr()
        code = app(["--file", str(path), *arguments])
        return Said(code, *capfd.readouterr())

    return invoke


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a ledger, two checkpoints of it, `older` and `newer`, and proofs: `entry`, `order`, `between`."""
    folder = tmp_path_factory.mktemp("kept")
    write(folder / "ledger.jsonl", OLDER)
    assert invoke_within(folder, "checkpoint", "--unsigned", "-o", "older").code == 0
    write_more(folder / "ledger.jsonl")
    for command in (
        ("checkpoint", "--unsigned", "-o", "newer"),
        ("prove", "5", "--checkpoint", "newer", "-o", "entry"),
        ("prove", "A-1", "--checkpoint", "older", "-o", "order"),
        ("prove", "--since", "older", "--checkpoint", "newer", "-o", "between"),
    ):
        assert invoke_within(folder, *command).code == 0
    return folder


@pytest.fixture
def lines(path: Path, kept: Path) -> list[bytes]:
    """Return the lines of a ledger of which somebody holds a checkpoint, and somebody an older one."""
    put_copy(kept, path.parent)
    return path.read_bytes().split(b"\n")[:-1]


def write_more(path: Path) -> None:
    late = clock()
    with Ledger(path, clock=lambda: late() + timedelta(hours=1)) as book:
        for number in range(OLDER, SIZE):
            book.append(said(number))


# --- The attacks


def members(raw: bytes) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(raw)
    del found["~"]
    return found


def edited(lines: list[bytes], at: int) -> list[bytes]:
    return [*lines[:at], encode_line(members(lines[at]) | {"note": "Never said."}), *lines[at + 1 :]]


def deleted(lines: list[bytes], at: int) -> list[bytes]:
    return [*lines[:at], *lines[at + 1 :]]


def swapped(lines: list[bytes], at: int) -> list[bytes]:
    return [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]


def inserted(lines: list[bytes], at: int) -> list[bytes]:
    return [*lines[:at], encode_line(members(lines[at]) | {"note": "Put in."}), *lines[at:]]


def cut(lines: list[bytes], at: int) -> list[bytes]:
    return lines[:at]


def emptied(lines: list[bytes], at: int) -> list[bytes]:
    del lines, at
    return []


def forked(lines: list[bytes], at: int) -> list[bytes]:
    """Go on from a place with other entries, which follow one another."""
    others = [encode_line(members(raw) | {"note": f"Another history {n}."}) for n, raw in enumerate(lines[at:])]
    return [*lines[:at], *rehashed(others, at, "0" * 64)]


def rehashed(lines: list[bytes], begin: int = 0, head: str = "") -> list[bytes]:
    """Return lines numbered and linked anew, so that each follows from the one before."""
    found: list[bytes] = []
    for seq, raw in enumerate(lines, begin):
        found.append(encode_line(members(raw) | {"seq": seq, "prev": head}))
        head = leaf_hash(found[-1])
    return found


ATTACKS = {attack.__name__: attack for attack in (edited, deleted, swapped, inserted, cut, emptied, forked)}


def attack(path: Path, lines: list[bytes], name: str, at: int, *, anew: bool) -> None:
    changed = ATTACKS[name](lines, at)
    if anew:
        changed = rehashed(changed)
    path.write_bytes(b"".join(raw + b"\n" for raw in changed))


def verified(ask: Ask, tmp_path: Path, held: str) -> tuple[int, set[str]]:
    """Return the exit code of verify, and in which words it names what happened."""
    given = [part for name in held.split() for part in ("--checkpoint", str(tmp_path / name))]
    said = ask("verify", "-O", "json", *given)
    if said.code == 3:
        return 3, set()
    record = json.loads(said.out)
    assert record["ok"] == (said.code == 0)
    verdicts = [record["verdict"], *(checkpoint["verdict"] for checkpoint in record["checkpoints"])]
    return said.code, {verdict["kind"] for verdict in verdicts if verdict is not None}


# --- Without hashing anew what follows: the chain itself shows it


@pytest.mark.parametrize("held", ["", "older", "newer", "older newer"])
@pytest.mark.parametrize("at", [EARLY, LATE])
@pytest.mark.parametrize(
    ("name", "kind"),
    [("edited", "edited"), ("deleted", "deleted"), ("swapped", "reordered"), ("inserted", "inserted")],
)
def test_a_change_that_leaves_the_rest_as_it_was_is_found_and_named_without_any_checkpoint(
    ask: Ask, path: Path, tmp_path: Path, lines: list[bytes], name: str, kind: str, at: int, held: str
) -> None:
    attack(path, lines, name, at, anew=False)
    code, kinds = verified(ask, tmp_path, held)
    assert (code, kinds) == (1, {kind})


@pytest.mark.parametrize("held", ["", "older"])
def test_a_history_of_others_put_behind_a_part_of_it_breaks_the_chain(
    ask: Ask, path: Path, tmp_path: Path, lines: list[bytes], held: str
) -> None:
    attack(path, lines, "forked", LATE, anew=False)
    code, kinds = verified(ask, tmp_path, held)
    assert (code, kinds) == (1, {"edited"})


# --- With all hashed anew that follows: only what others hold shows it


REWRITES = ["edited", "deleted", "swapped", "inserted", "forked"]


@pytest.mark.parametrize("at", [EARLY, LATE])
@pytest.mark.parametrize("name", [*REWRITES, "cut"])
def test_a_change_with_all_hashed_anew_is_not_found_without_a_checkpoint(
    ask: Ask, path: Path, tmp_path: Path, lines: list[bytes], name: str, at: int
) -> None:
    attack(path, lines, name, at, anew=True)
    assert verified(ask, tmp_path, "") == (0, set())


@pytest.mark.parametrize("name", [*REWRITES, "cut"])
def test_a_change_after_the_last_checkpoint_that_anybody_holds_is_not_found(
    ask: Ask, path: Path, tmp_path: Path, lines: list[bytes], name: str
) -> None:
    attack(path, lines, name, LATE, anew=True)
    assert verified(ask, tmp_path, "older") == (0, set())


@pytest.mark.parametrize("at", [EARLY, LATE])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("edited", "rewritten"),
        ("swapped", "rewritten"),
        ("inserted", "rewritten"),
        ("forked", "rewritten"),
        ("deleted", "cut"),
        ("cut", "cut"),
    ],
)
def test_a_change_with_all_hashed_anew_is_found_by_a_newer_checkpoint(
    ask: Ask, path: Path, tmp_path: Path, lines: list[bytes], name: str, kind: str, at: int
) -> None:
    attack(path, lines, name, at, anew=True)
    assert verified(ask, tmp_path, "newer") == (1, {kind})


@pytest.mark.parametrize("name", REWRITES)
def test_a_change_with_all_hashed_anew_is_found_by_an_older_checkpoint_that_counts_the_entry(
    ask: Ask, path: Path, tmp_path: Path, lines: list[bytes], name: str
) -> None:
    attack(path, lines, name, EARLY, anew=True)
    assert verified(ask, tmp_path, "older") == (1, {"rewritten"})


def test_a_tail_that_was_cut_is_found_by_every_checkpoint_that_counts_it(
    ask: Ask, path: Path, tmp_path: Path, lines: list[bytes]
) -> None:
    attack(path, lines, "cut", EARLY, anew=False)
    assert verified(ask, tmp_path, "") == (0, set())
    assert verified(ask, tmp_path, "older") == (1, {"cut"})
    assert verified(ask, tmp_path, "older newer") == (1, {"cut"})
    attack(path, lines, "cut", LATE, anew=False)
    assert verified(ask, tmp_path, "older") == (0, set())
    assert verified(ask, tmp_path, "newer") == (1, {"cut"})


def test_a_ledger_that_was_emptied_is_never_verified_and_a_checkpoint_says_what_is_gone(
    ask: Ask, path: Path, tmp_path: Path, lines: list[bytes]
) -> None:
    attack(path, lines, "emptied", 0, anew=False)
    assert verified(ask, tmp_path, "") == (3, set())
    assert verified(ask, tmp_path, "older") == (1, {"cut"})
    assert "nothing is left" in ask("verify", "--checkpoint", str(tmp_path / "newer")).out


def test_a_ledger_that_was_taken_away_is_missing_with_and_without_a_checkpoint(
    ask: Ask, path: Path, tmp_path: Path, lines: list[bytes]
) -> None:
    assert len(lines) == SIZE
    path.unlink()
    assert ask("verify").code == 3
    assert ask("verify", "--checkpoint", str(tmp_path / "older")).code == 3


def test_a_whole_ledger_made_anew_in_the_same_name_is_found_by_any_checkpoint(
    ask: Ask, path: Path, tmp_path: Path, lines: list[bytes]
) -> None:
    assert len(lines) == SIZE
    path.unlink()
    write(path, SIZE, "Otherwise")
    assert verified(ask, tmp_path, "") == (0, set())
    assert verified(ask, tmp_path, "older") == (1, {"rewritten"})


def test_a_checkpoint_of_another_ledger_is_called_that(
    ask: Ask, path: Path, tmp_path: Path, lines: list[bytes]
) -> None:
    other = tmp_path / "other.jsonl"
    with Ledger(other) as book:
        book.create("Another Platform")
    assert app(["--file", str(other), "checkpoint", "--unsigned", "-o", str(tmp_path / "another")]) == 0
    assert verified(ask, tmp_path, "another") == (1, {"another-ledger"})
    assert path.read_bytes().split(b"\n")[:-1] == lines


def test_two_checkpoints_that_no_ledger_can_have_together_are_called_a_fork(
    ask: Ask, path: Path, tmp_path: Path, lines: list[bytes]
) -> None:
    attack(path, lines, "forked", LATE, anew=True)
    with Ledger(path) as book:
        book.append({"kind": "response", "order": "A-1", "action": "acknowledged", "at": "2021-02-02"})
    assert ask("checkpoint", "--unsigned", "-o", str(tmp_path / "newest")).code == 0
    assert verified(ask, tmp_path, "newest") == (0, set())
    assert verified(ask, tmp_path, "newer newest") == (1, {"forked"})
    assert verified(ask, tmp_path, "older newer newest") == (1, {"forked"})


# --- Where it was done


@pytest.mark.parametrize(("at", "first", "last"), [(EARLY, 0, OLDER - 1), (LATE, OLDER, SIZE - 1)])
def test_the_place_of_a_change_is_between_the_newest_that_holds_and_the_oldest_that_does_not(
    ask: Ask, path: Path, tmp_path: Path, lines: list[bytes], at: int, first: int, last: int
) -> None:
    attack(path, lines, "edited", at, anew=True)
    given = ("--checkpoint", str(tmp_path / "newer"), "--checkpoint", str(tmp_path / "older"))
    record = json.loads(ask("verify", "-O", "json", *given).out)
    verdict = record["checkpoints"][0]["verdict"]
    assert (verdict["first"], verdict["last"]) == (first, last)
    text = ask("verify", *given).out
    assert (f"Entries 0 to {OLDER - 1} are as they were at {tmp_path / 'older'}" in text) == (at == LATE)


def test_the_entry_that_was_edited_is_named_where_the_chain_shows_it(ask: Ask, path: Path, lines: list[bytes]) -> None:
    attack(path, lines, "edited", LATE, anew=False)
    said = ask("verify")
    assert said.code == 1
    assert f"entry {LATE} is not what entry {LATE + 1} says that it was" in said.out


def test_the_last_entry_is_bound_by_a_checkpoint_alone(
    ask: Ask, path: Path, tmp_path: Path, lines: list[bytes]
) -> None:
    attack(path, lines, "edited", SIZE - 1, anew=False)
    assert verified(ask, tmp_path, "") == (0, set())
    assert verified(ask, tmp_path, "newer") == (1, {"rewritten"})


def test_a_time_of_recording_that_goes_back_is_told_as_a_sign_and_no_more(
    ask: Ask, path: Path, lines: list[bytes]
) -> None:
    assert "recorded_at" not in ask("verify").out
    attack(path, lines, "swapped", LATE, anew=True)
    said = ask("verify")
    assert said.code == 0
    assert f"recorded_at goes back at line {LATE + 2}: a sign" in said.out
    assert "or that a clock was set back" in said.out


def test_an_entry_hidden_behind_its_hash_is_told_though_its_root_is_the_same(
    ask: Ask, path: Path, tmp_path: Path, lines: list[bytes]
) -> None:
    hidden = encode_line({"kind": "withheld", "leaf": leaf_hash(lines[LATE]), "seq": LATE})
    path.write_bytes(b"".join(raw + b"\n" for raw in [*lines[:LATE], hidden, *lines[LATE + 1 :]]))
    assert verified(ask, tmp_path, "older newer") == (0, set())
    assert "1 line is withheld" in ask("verify").out


# --- One byte


LONG = 200


@pytest.fixture(scope="module")
def long_kept(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("long") / "ledger.jsonl"
    write(path, LONG, together=20)
    return path.read_bytes()


@pytest.fixture
def long(path: Path, long_kept: bytes) -> bytes:
    path.write_bytes(long_kept)
    return long_kept


def test_any_one_byte_that_is_changed_in_a_ledger_of_200_entries_is_found(long: bytes) -> None:
    """Each byte is changed to several others; what is checked is what `verify` does with the line it stands in."""
    holds, head, at, missed = form(), "", 0, []
    for seq, raw in enumerate(long.split(b"\n")[:-1]):
        for place in range(len(raw)):
            for bit in (0x01, 0x08, 0x20, 0x80):
                value = raw[place] ^ bit
                changed = b"%s%c%s" % (raw[:place], value, raw[place + 1 :])
                parts = changed.split(b"\n")
                found = [part for part in parts if holds(part, seq, head) is None and _problems(part, seq, head)]
                missed += [] if found else [(at + place, value)]
        head = leaf_hash(raw)
        at += len(raw) + 1
    assert missed == []
    assert at == len(long)


def test_verify_itself_finds_a_byte_that_is_changed_in_each_line_and_every_line_break(path: Path, long: bytes) -> None:
    missed, at = [], 0
    with closing(JournalFile(path)) as file:
        for number, raw in enumerate(long.split(b"\n")[:-1]):
            for place in (at + number % len(raw), at + len(raw)):
                for bit in (0x02, 0x20):
                    changed = bytearray(long)
                    changed[place] ^= bit
                    with path.open("r+b") as whole:
                        whole.write(changed)
                    missed += [] if verify_file(file).findings else [place]
            at += len(raw) + 1
    assert missed == []


# --- Proofs


@pytest.fixture
def proofs(tmp_path: Path, lines: list[bytes]) -> Path:
    assert len(lines) == SIZE
    return tmp_path


@pytest.fixture
def held(proofs: Path) -> list[Claim]:
    return read_claims([proofs / "older", proofs / "newer"])


def shown(raw: bytes, held: list[Claim]) -> list[object] | None:
    """Return all that a proof shows to whoever holds the two checkpoints, or None where it is not accepted."""
    older, newer = held
    try:
        proof = parse_proof(raw)
        if isinstance(proof, Consistency):
            old, _, trusted = check_consistency(proof, [older, newer], [])
            return [proof.old, old, trusted.checkpoint]
        claim = newer if proof[0].checkpoint.size == newer.checkpoint.size else older
        return [(check_entry(one), check_trust(one.note, one.checkpoint, [claim], []).checkpoint) for one in proof]
    except (Refused, Inconsistent):
        return None


@pytest.mark.parametrize("name", ["entry", "order", "between"])
def test_no_byte_of_a_proof_can_be_changed_so_that_it_is_accepted_for_anything_else(
    proofs: Path, held: list[Claim], name: str
) -> None:
    raw = (proofs / name).read_bytes()
    wanted = shown(raw, held)
    assert wanted is not None
    accepted = []
    for place in range(len(raw)):
        for value in {raw[place] ^ 0x01, raw[place] ^ 0x20, raw[place] ^ 0x80, 0x0A, 0x41} - {raw[place]}:
            changed = b"%s%c%s" % (raw[:place], value, raw[place + 1 :])
            found = shown(changed, held)
            if found is not None:
                accepted.append((place, value))
    assert accepted == []


@pytest.mark.parametrize("name", ["entry", "order", "between"])
def test_no_proof_is_accepted_that_was_cut_or_has_something_behind_it(
    proofs: Path, held: list[Claim], name: str
) -> None:
    raw = (proofs / name).read_bytes()
    whole = {len(raw)}
    if name == "order":
        # It is several proofs, each whole in itself.
        starts = [place for place in range(len(raw)) if raw.startswith(b"c2sp.org/tlog-proof@v1\n", place)]
        whole |= set(starts[1:])
    accepted = [length for length in range(len(raw) + 1) if shown(raw[:length], held) is not None]
    assert set(accepted) == whole
    for more in (b"\n", b"x", b"old 1\n", b"\nmore\n", b"\0", raw[:40]):
        assert shown(raw + more, held) is None
    assert shown(b"\n" + raw, held) is None


def test_a_proof_of_an_entry_is_not_accepted_by_who_holds_a_checkpoint_from_after_it_was_rewritten(
    ask: Ask, proofs: Path, path: Path, lines: list[bytes]
) -> None:
    attack(path, lines, "edited", EARLY, anew=True)
    assert ask("checkpoint", "--unsigned", "-o", str(proofs / "rewritten")).code == 0
    said = ask("verify-proof", str(proofs / "entry"), "--checkpoint", str(proofs / "rewritten"))
    assert said.code == 1
    assert "forked or rewritten" in said.err


def test_a_line_that_only_stands_for_the_entry_is_not_accepted_in_its_place(
    proofs: Path, held: list[Claim], lines: list[bytes]
) -> None:
    """Its stated hash is that of the entry, and the bytes of it are not: it could say anything beside."""
    from ledger.evidence.proof import format_inclusion

    found = parse_proof((proofs / "entry").read_bytes())
    assert not isinstance(found, Consistency)
    (proof,) = found
    assert shown(format_inclusion(proof), held) is not None
    stand_in = encode_line({"kind": "withheld", "leaf": leaf_hash(lines[5]), "note": "What I like.", "seq": 5})
    assert shown(format_inclusion(proof._replace(line=stand_in)), held) is None
    with pytest.raises(LedgerError):
        check_entry(proof._replace(line=stand_in))
