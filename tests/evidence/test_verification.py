"""What the whole file is held against, what the links tell, and what can be known of a ledger that does not fit."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.book import Ledger
from ledger.evidence.chain import changes
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.judgement import Given, State, Verdict, holds, judge, judge_links
from ledger.evidence.tree import Tree
from ledger.evidence.verification import Verification, verify_file
from ledger.journal.file import JournalFile
from ledger.journal.line import encode_line, leaf, leaf_hash

ORDER = {
    "kind": "order",
    "id": "V-1",
    "authority": "Example Office",
    "jurisdiction": "IN",
    "platform": "twitter",
    "received": "2021-02-01",
    "targets": ["@example_one"],
}
SAID = {"kind": "response", "order": "V-1", "action": "acknowledged", "at": "2021-02-02"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


@pytest.fixture
def lines(path: Path) -> list[bytes]:
    with Ledger(path) as book:
        book.append(ORDER)
        book.append_all([SAID | {"note": f"Said {number}."} for number in range(8)])
    return path.read_bytes().split(b"\n")[:-1]


def check(path: Path, lines: Sequence[bytes], sizes: Sequence[int] = ()) -> Verification:
    path.write_bytes(b"".join(raw + b"\n" for raw in lines))
    with closing(JournalFile(path)) as file:
        return verify_file(file, sizes=sizes)


def root(lines: Sequence[bytes], size: int) -> bytes:
    tree = Tree()
    tree.add(*map(leaf, lines[:size]))
    return tree.root()


# --- The file


def test_the_roots_over_the_first_so_many_lines_are_taken_along(path: Path, lines: list[bytes]) -> None:
    found = check(path, lines, [1, 4, 4, len(lines), len(lines) + 5, 10**12])
    assert found.findings == []
    assert found.roots == {size: root(lines, size) for size in (1, 4, len(lines))}
    assert found.root == root(lines, len(lines)).hex()


def test_the_name_of_the_ledger_is_told_and_none_where_its_first_line_has_none(path: Path, lines: list[bytes]) -> None:
    assert check(path, lines).origin.startswith("ledger-")
    assert check(path, [lines[0].replace(b'"genesis"', b'"Genesis"'), *lines[1:]]).origin == ""


def test_lines_recorded_before_the_one_before_them_are_listed(path: Path, lines: list[bytes]) -> None:
    times = ("10", "11", "11", "09", "12", "08", "13", "13", "14", "15")
    made: list[bytes] = []
    for seq, hour in enumerate(times):
        entry = SAID | {
            "seq": seq,
            "prev": leaf_hash(made[-1]) if made else "",
            "recorded_at": f"2021-02-02T{hour}:00:00Z",
        }
        made.append(encode_line(entry))
    assert len(made) == len(lines)
    assert check(path, made).back == [4, 6]


def withheld(raw: bytes, seq: int) -> bytes:
    return encode_line({"kind": "withheld", "leaf": leaf_hash(raw), "seq": seq})


def test_lines_that_are_withheld_are_counted_and_leave_chain_and_roots_as_they_were(
    path: Path, lines: list[bytes]
) -> None:
    shown = [withheld(raw, seq) if seq in (3, 4, 9) else raw for seq, raw in enumerate(lines)]
    shown[4] = encode_line({"kind": "withheld", "leaf": leaf_hash(lines[4]), "record": {"kind": "response"}, "seq": 4})
    found = check(path, shown, [4])
    assert (found.findings, found.withheld) == ([], 3)
    assert (found.root, found.roots[4]) == (root(lines, len(lines)).hex(), root(lines, 4))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seq": 7}, "has the number 7, not 4"),
        ({"leaf": "0" * 64}, "does not follow"),
        ({"leaf": "0" * 63}, "withheld"),
        ({"leaf": "A" * 64}, "withheld"),
        ({"note": "What I like."}, "does not consist of its hash, its number and a record"),
        ({"prev": ""}, "does not consist of its hash, its number and a record"),
        ({"record": "What I like."}, "does not consist of its hash, its number and a record"),
    ],
)
def test_a_withheld_line_that_is_none_or_does_not_fit_is_found(
    path: Path, lines: list[bytes], change: dict[str, object], says: str
) -> None:
    wrong = encode_line({"kind": "withheld", "leaf": leaf_hash(lines[4]), "seq": 4} | change)
    found = check(path, [*lines[:4], wrong, *lines[5:]])
    assert any(says in finding.problem for finding in found.findings)


def test_the_first_line_cannot_be_withheld(path: Path, lines: list[bytes]) -> None:
    found = check(path, [withheld(lines[0], 0), *lines[1:]])
    assert [finding.problem for finding in found.findings] == ["is not the first line of a ledger"]


def test_a_correction_without_its_reason_is_an_entry_where_it_has_digests(path: Path, lines: list[bytes]) -> None:
    correction = {"kind": "correction", "of": 3, "void": True, "seq": 10, "prev": leaf_hash(lines[9])}
    correction["recorded_at"] = "2031-02-02T10:00:00Z"
    assert check(path, [*lines, encode_line(correction | {"_sd": ["a" * 43]})]).findings == []
    assert check(path, [*lines, encode_line(correction)]).findings != []


# --- What the links tell


def chained(size: int, seed: int = 0) -> list[bytes]:
    made: list[bytes] = []
    for seq in range(size):
        head = leaf_hash(made[-1]) if made else ""
        made.append(encode_line({"note": f"{seed} {seq}", "prev": head, "seq": seq}))
    return made


def anew(raw: bytes, **change: object) -> bytes:
    import msgspec

    entry = msgspec.json.decode(raw)
    del entry["~"]
    return encode_line(entry | change)


def said(lines: Sequence[bytes]) -> list[tuple[str, int, int]]:
    return [(change.kind, change.at, change.last) for change in changes(lines)]


CHAIN = chained(10)


def test_links_that_fit_tell_nothing() -> None:
    assert [said(CHAIN[:size]) for size in range(11)] == [[]] * 11


@given(st.integers(0, 8))
def test_a_changed_entry_is_one_of_the_two_that_the_broken_link_is_between(at: int) -> None:
    assert said([*CHAIN[:at], anew(CHAIN[at], note="x"), *CHAIN[at + 1 :]]) == [("edited", at, at + 1)]


@given(st.integers(0, 9))
def test_an_entry_that_does_not_fit_its_check_is_the_one_that_was_changed(at: int) -> None:
    damaged = CHAIN[at].replace(b"note", b"nope")
    assert said([*CHAIN[:at], damaged, *CHAIN[at + 1 :]]) == [("edited", at, at)]


@given(st.integers(0, 9))
def test_a_line_that_cannot_be_read_was_changed(at: int) -> None:
    assert [kind for kind, *_ in said([*CHAIN[:at], b"\0\0", *CHAIN[at + 1 :]])] == ["edited"]


@given(st.integers(0, 8), st.integers(1, 4))
def test_entries_that_were_taken_out_are_named(at: int, count: int) -> None:
    count = min(count, 9 - at)
    assert said([*CHAIN[:at], *CHAIN[at + count :]]) == [("deleted", at, at + count - 1)]


@given(st.integers(1, 9), st.sampled_from(["copy", "foreign", "garbage", "forged"]))
def test_a_line_that_was_put_in_is_named(at: int, what: str) -> None:
    put = {
        "copy": CHAIN[at - 1],
        "foreign": chained(10, seed=1)[at],
        "garbage": b"{}",
        "forged": anew(CHAIN[at], note="x"),
    }[what]
    assert [kind for kind, *_ in said([*CHAIN[:at], put, *CHAIN[at:]])] == ["inserted"]


@given(st.integers(0, 9), st.integers(0, 9))
def test_two_lines_that_changed_places_are_reordered(one: int, other: int) -> None:
    one, other = sorted((one, other))
    moved = CHAIN.copy()
    moved[one], moved[other] = moved[other], moved[one]
    assert {kind for kind, *_ in said(moved)} == (set() if one == other else {"reordered"})


@given(st.integers(0, 9), st.integers(0, 9))
def test_a_line_that_was_moved_elsewhere_is_reordered(where: int, to: int) -> None:
    moved = CHAIN.copy()
    moved.insert(to, moved.pop(where))
    assert {kind for kind, *_ in said(moved)} == (set() if where == to else {"reordered"})


@given(st.integers(0, 2**32))
def test_nothing_is_told_of_what_comes_before_the_first_line_that_was_touched(seed: int) -> None:
    """Whatever is done to a chain, the first thing told is at or after the first line that differs, or just before it."""
    chance = random.Random(seed)  # noqa: S311 - places to change
    changed = CHAIN.copy()
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0 if changed[at].endswith(b"}"):
                changed[at] = anew(changed[at], note="x")
            case 1:
                del changed[at]
            case 2:
                changed.insert(at, changed[chance.randrange(len(changed))])
            case _:
                changed[at] = changed[at][:-5]
        if len(changed) < 3:
            break
    first = next((n for n, (new, old) in enumerate(zip(changed, CHAIN, strict=False)) if new != old), len(changed))
    # A line that was put in twice differs first where the second one stands.
    assert all(change.last >= first - 1 for change in changes(changed))


# --- What can be known


def state(lines: Sequence[bytes], sizes: Sequence[int], origin: str = "Example") -> State:
    return State(origin, len(lines), {size: root(lines, size) for size in sizes if size <= len(lines)})


def point(lines: Sequence[bytes], size: int, origin: str = "Example", name: str = "") -> Given:
    return Given(name or f"at-{size}", Checkpoint(origin, size, root(lines, size)))


def told(ledger: Sequence[bytes], *given: Given) -> list[Verdict | None]:
    return judge(given, state(ledger, [one.checkpoint.size for one in given]))


OTHER = chained(10, seed=1)


def rehashed(at: int, size: int = 10) -> list[bytes]:
    """Return a ledger that is another one from an entry on."""
    made = CHAIN[:at]
    for seq in range(at, size):
        made.append(encode_line({"note": f"other {seq}", "prev": leaf_hash(made[-1]) if made else "", "seq": seq}))
    return made


@given(st.integers(0, 9), st.sets(st.integers(1, 10), min_size=1))
def test_a_change_lies_between_the_newest_that_holds_and_the_oldest_that_does_not(at: int, sizes: set[int]) -> None:
    found = told(rehashed(at), *(point(CHAIN, size) for size in sorted(sizes)))
    held = [size for size in sizes if size <= at]
    failed = [size for size in sizes if size > at]
    for size, verdict in zip(sorted(sizes), found, strict=True):
        assert (verdict is None) == (size <= at)
        if verdict is not None:
            assert (verdict.kind, verdict.first, verdict.last) == ("rewritten", max(held, default=0), min(failed) - 1)
            assert max(held, default=0) <= at <= min(failed) - 1


@given(st.integers(0, 9), st.integers(1, 10))
def test_a_ledger_that_was_cut_is_called_so_and_for_certain_where_its_very_end_is_known(left: int, older: int) -> None:
    older = min(older, max(left, 1))
    given = [point(CHAIN, 10)] + ([point(CHAIN, older)] if left else [])
    verdict = told(CHAIN[:left], *given)[0]
    assert verdict is not None
    assert verdict.kind == "cut"
    assert ("cannot show" in verdict.text) == (0 < left != older)


def test_a_ledger_that_was_cut_and_changed_is_rewritten() -> None:
    verdicts = told(rehashed(2, 7), point(CHAIN, 5), point(CHAIN, 10))
    assert [verdict and verdict.kind for verdict in verdicts] == ["rewritten", "rewritten"]


def test_checkpoints_that_contradict_one_another_are_of_a_fork_whatever_the_ledger_is() -> None:
    mine, yours = point(CHAIN, 8, name="mine"), point(rehashed(4), 8, name="yours")
    verdicts = told(CHAIN, mine, yours)
    assert verdicts[0] is None
    assert verdicts[1] is not None
    assert (verdicts[1].kind, "mine" in verdicts[1].text) == ("forked", True)
    both = told(rehashed(2), mine, yours, point(CHAIN, 2))
    assert [verdict and (verdict.kind, verdict.first, verdict.last) for verdict in both] == [
        ("forked", 2, 7),
        ("forked", 2, 7),
        None,
    ]


def test_a_later_checkpoint_that_holds_shows_that_there_were_two_histories() -> None:
    (verdict, none) = told(rehashed(4), point(CHAIN, 6), point(rehashed(4), 9))
    assert none is None
    assert verdict is not None
    assert verdict.kind == "forked"


def test_another_ledger_is_told_by_its_name_also_where_the_root_is_the_same() -> None:
    (verdict,) = told(CHAIN, point(CHAIN, 5, origin="Another"))
    assert verdict is not None
    assert verdict.kind == "another-ledger"
    assert "its root is that of this ledger" in verdict.text
    assert not holds(point(CHAIN, 5, origin="Another"), state(CHAIN, [5]))


def test_what_the_links_show_is_named_also_where_a_checkpoint_fails() -> None:
    ledger = [*CHAIN[:6], *CHAIN[7:]]
    seen = state(ledger, [4, 9])._replace(changes=changes(ledger))
    older, newer = judge([point(CHAIN, 4), point(CHAIN, 9)], seen)
    assert older is None
    assert newer is not None
    assert (newer.kind, newer.first, newer.last) == ("deleted", 4, 6)
    whole = judge_links(seen)
    assert whole is not None
    assert (whole.kind, whole.first, whole.last) == ("deleted", 0, 6)


def test_changes_of_several_kinds_are_not_given_one_name() -> None:
    ledger = [*CHAIN[:2], anew(CHAIN[2], note="x"), *CHAIN[3:6], *CHAIN[7:]]
    verdict = judge_links(state(ledger, [])._replace(changes=changes(ledger)))
    assert verdict is not None
    assert verdict.kind == "rewritten"
    assert "entry 6 is missing" in verdict.text
