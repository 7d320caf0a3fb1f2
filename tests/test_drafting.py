"""Orders that a second process drafts: the ledger, the index and what is said are those of deciding in turn."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ledger
from ledger import clerk
from ledger.drafting import Draft, draft
from ledger.errors import Refused
from ledger.importing import Imported
from ledger.index.comparison import compare
from ledger.model.incoming import Incoming
from ledger.stories import entries_of, stories

NOW = "2026-01-02T03:04:05Z"
CLOCK = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
Records = list[dict[str, Any]]


def order(name: str, **fields: Any) -> dict[str, Any]:
    said = {"kind": "order", "id": name, "authority": "A", "jurisdiction": "in", "platform": "twitter"}
    return (
        said
        | {"received": "2021-02-01", "specified": "about 9", "targets": [f"@{name}_1", f"@{name}_2", "@all"]}
        | fields
    )


def response(name: str, **fields: Any) -> dict[str, Any]:
    return {"kind": "response", "order": name, "action": "withheld", "at": "2021-02-03", "targets": ["@all"]} | fields


# What may follow an order, may be told of it late or of another, or cannot be.
FACTS: list[Callable[[str], dict[str, Any]]] = [
    response,
    lambda name: response(name, action="blocked", targets=[], all=True, countries=["in", "PK"]),
    lambda name: response(name, action="unblocked", at="2021-02-02"),
    lambda name: response(name, action="removed", targets=["https://example.org/x"], extra=True, anyway=True),
    lambda name: response(name, action="blocked", targets=[], so_far="some 4", at="2021-02-05T10:00+05:30"),
    lambda name: response(name, action="acknowledged", targets=[]),
    lambda name: response(name, at="2021-01-01"),
    lambda name: response(name, at="2099-01-01"),
    lambda _: response("X-1"),
    lambda name: {"kind": "follow-up", "order": name, "event": "revoked", "at": "2021-02-09"},
    lambda name: {
        "kind": "follow-up",
        "order": name,
        "event": "deadline-extended",
        "at": "2021-02-03",
        "due": "2021-03-01",
    },
    lambda _: {"kind": "correction", "of": 1, "void": True, "reason": "mistaken"},
    lambda name: {
        "kind": "alias",
        "platform": "twitter",
        "targets": [f"@{name}_1", "@all"],
        "reason": "r",
        "source": "s",
    },
    lambda _: {"kind": "nothing"},
]
ORDERS: list[Callable[[str], dict[str, Any]]] = [
    order,
    lambda name: order(name, reference="R-1"),
    lambda name: order(name, relates_to="X-1", relation="confirms"),
    lambda name: order(name, relates_to="X-1", relation="follow-up"),
    lambda name: order(name, specified=1),
    lambda name: order(name, requires=["information"], confidential=True, issued="2021-01-30"),
    lambda name: {field: value for field, value in order(name).items() if field != "id"},
    lambda name: order(name, platform="telegram", targets=["channel:one", "https://t.me/two"], specified_of="any"),
    lambda name: order(name, targets=[], specified="nearly 1,200", note="a\x1b[31m\u202e"),
    lambda name: order(name, note=1.5),
]
NAMES = st.sampled_from([f"X-{number}" for number in range(1, 6)])
BUNDLED = st.booleans()
STORIES = st.lists(
    st.tuples(NAMES, st.sampled_from(ORDERS), st.lists(st.sampled_from(FACTS), max_size=3), BUNDLED), max_size=7
)
Told = list[tuple[str, Any, list[Any], bool]]


def items(told: Told) -> Iterator[Incoming]:
    for number, (name, made, facts, bundled) in enumerate(told):
        records = [made(name), *(fact(name) for fact in facts)]
        for place, record in enumerate(records):
            where = f"in, line {number}.{place}"
            if bundled:
                yield Incoming(where, record, bundle=f"b{number}", rows=int(place == 0))
            else:
                yield Incoming(where, record, "in", f"{number}.{place}")


class InTurn(clerk.Clerk):
    """Drafts in this process what is handed over, and is not always ready when it is asked for it."""

    made = 0

    def __init__(self, zone: str, now: str) -> None:
        self._process = None
        self.zone, self.now = zone, now
        self.waiting: list[Any] = []
        self.ready = cycle([False, True, True, False, False, False])

    def is_ready(self) -> bool:
        return next(self.ready)

    def hand(self, units: list[Any]) -> None:
        self.waiting = units

    def drafts(self) -> list[Draft | None]:
        made = [draft(entries, self.zone, self.now) for entries in self.waiting]
        InTurn.made += sum(one is not None for one in made)
        self.waiting = []
        return made


class AlwaysReady(InTurn):
    """Never has anybody wait."""

    def is_ready(self) -> bool:
        return True


class NeverReady(clerk.Clerk):
    """Has the other one draft all but what is handed over first."""

    def is_ready(self) -> bool:
        return not self._handed


def take(path: Path, source: Callable[[], Iterator[Incoming]], **options: Any) -> tuple[Imported, bytes]:
    """Import into a ledger; return what was done, and the file. The index is the same as one made anew of the file."""
    with ledger.open(path, clock=lambda: CLOCK) as book:
        done = book.import_all(source, **options)
        compared = compare(book.file)
    assert (compared.done, compared.differences) == (True, [])
    return done, path.read_bytes()


def both(
    folder: Path, before: Path, source: Callable[[], Iterator[Incoming]], kind: type[clerk.Clerk], **options: Any
) -> Imported:
    """Import twice into copies of a ledger, with drafts and without; return what was done."""
    results = []
    for name, worth in (("with", 0), ("without", sys.maxsize)):
        (folder / name).mkdir()
        (folder / name / "ledger.jsonl").write_bytes(before.read_bytes())
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(clerk, "WORTH", worth)
            patched.setattr(clerk, "_TOGETHER", 60)
            patched.setattr(clerk, "_processors", lambda: 2)
            patched.setattr(clerk, "Clerk", kind)
            results.append(take(folder / name / "ledger.jsonl", source, **options))
    assert results[0] == results[1]
    return results[0][0]


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Begin a ledger that holds nothing yet."""
    path = tmp_path_factory.mktemp("begun") / "ledger.jsonl"
    with ledger.open(path, clock=lambda: CLOCK) as book:
        book.create("here")
    return path


@given(STORIES, STORIES, st.booleans())
@FEW
def test_what_is_drafted_is_what_is_decided_in_turn(
    tmp_path_factory: pytest.TempPathFactory, begun: Path, earlier: Told, told: Told, keep_going: bool
) -> None:
    folder = tmp_path_factory.mktemp("both")
    before = folder / "ledger.jsonl"
    before.write_bytes(begun.read_bytes())
    with ledger.open(before, clock=lambda: CLOCK) as book:
        book.import_all(lambda: items(earlier), keep_going=True)
    both(folder, before, lambda: items(told), InTurn, keep_going=keep_going)


FORCED = response("X-1", action="removed", targets=["https://example.org/x"], extra=True, anyway=True)
AS_A_STORY: dict[str, list[Incoming]] = {
    "the reference of an order before": [
        Incoming("1", order("X-1", reference="R-1"), bundle="1"),
        Incoming("2", order("X-2", reference="R-1"), bundle="2"),
    ],
    "the id of an order before": [
        Incoming("1", order("X-1"), bundle="1"),
        Incoming("2", order("X-1"), bundle="2"),
    ],
    "an answer that the rules do not admit": [
        Incoming("0", order("X-0"), bundle="0"),
        Incoming("1", order("X-1"), bundle="1"),
        Incoming("1", response("X-1"), bundle="1", rows=0),
        Incoming("1", FORCED, bundle="1", rows=0),
    ],
    "a correction of what was drafted": [
        Incoming("0", order("X-0"), "in", "zero"),
        Incoming("1", order("X-1"), "in", "one"),
        Incoming("2", response("X-1"), "in", "two"),
        Incoming("3", {"kind": "correction", "of": "two", "void": True, "reason": "mistaken"}, "in", "three", "two"),
    ],
    "an answer that comes late": [
        Incoming("1", order("X-1"), bundle="1"),
        Incoming("1", response("X-1"), bundle="1", rows=0),
        Incoming("2", order("X-2"), bundle="2"),
        Incoming("3", response("X-1", action="unblocked", at="2021-02-09")),
        Incoming("4", response("X-1", action="unblocked", at="2021-02-01")),
    ],
    "an order of which the second half is refused": [
        Incoming("1", order("X-1", reference="R-1"), bundle="1"),
        Incoming("1", response("X-1", at="2020-01-01"), bundle="1", rows=0),
        Incoming("2", order("X-2", reference="R-1"), bundle="2"),
        Incoming("3", order("X-1"), bundle="3"),
    ],
}


@pytest.mark.parametrize("what", AS_A_STORY)
def test_a_story_is_drafted_as_it_is_decided_in_turn(tmp_path: Path, begun: Path, what: str) -> None:
    InTurn.made = 0
    first = Incoming("first", order("X-9"), bundle="first")
    done = both(tmp_path, begun, lambda: iter([first, *AS_A_STORY[what]]), AlwaysReady, keep_going=True)
    assert InTurn.made > 0
    assert done.rows.read == 1 + sum(item.rows for item in AS_A_STORY[what])


def many(count: int) -> Iterator[Incoming]:
    """Give orders with their answers, one of ten without, one of seven refused."""
    for number in range(count):
        name = f"M-{number}"
        wrong = {"jurisdiction": "XX"} if number % 7 == 3 else {}
        bundle = f"line {number}"
        yield Incoming(bundle, order(name, **wrong), bundle=bundle)
        if number % 10:
            yield Incoming(bundle, response(name), bundle=bundle, rows=0)


@pytest.mark.parametrize("kind", [clerk.Clerk, NeverReady])
def test_a_process_of_its_own_drafts_what_this_one_would(tmp_path: Path, begun: Path, kind: type[clerk.Clerk]) -> None:
    done = both(tmp_path, begun, lambda: many(60), kind, keep_going=True)
    assert (done.rows.read, done.rows.refused) == (60, 9)


def test_most_orders_are_drafted_where_it_is_worth_it(tmp_path: Path, begun: Path) -> None:
    InTurn.made = 0
    done = both(tmp_path, begun, lambda: many(60), AlwaysReady, keep_going=True)
    assert InTurn.made >= done.rows.fit - 2


class Dying(clerk.Clerk):
    """Ends when it was asked for the third time."""

    ended = 0

    def drafts(self) -> list[Draft | None]:
        if self._handed and self._process is not None:
            Dying.ended += 1
            if Dying.ended == 3:
                self._process.kill()
                self._process.wait()
        return super().drafts()


def test_a_second_process_that_is_killed_costs_nothing_but_time(tmp_path: Path, begun: Path) -> None:
    Dying.ended = 0
    done = both(tmp_path, begun, lambda: many(60), Dying, keep_going=True)
    assert Dying.ended == 3
    assert done.rows.fit == 51


@pytest.mark.parametrize("program", ["", "/nowhere/python", "/bin/false", "/bin/echo", "a\0b"])
def test_where_no_second_process_can_be_had_all_is_decided_in_turn(
    tmp_path: Path, begun: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    monkeypatch.setattr(sys, "path", [*sys.path, tmp_path])
    assert both(tmp_path, begun, lambda: many(40), clerk.Clerk, keep_going=True).rows.fit == 34


def test_what_others_print_at_the_start_of_python_is_no_draft(
    tmp_path: Path, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('hello' * 100_000, flush=True)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert both(tmp_path, begun, lambda: many(40), clerk.Clerk, keep_going=True).rows.fit == 34


@pytest.mark.parametrize("name", ["PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"])
def test_python_may_be_told_to_do_without_buffers(
    tmp_path: Path, begun: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "1")
    assert both(tmp_path, begun, lambda: many(60), clerk.Clerk, keep_going=True).rows.fit == 51


def test_what_cannot_be_handed_over_is_decided_on_in_turn(tmp_path: Path, begun: Path) -> None:
    def source() -> Iterator[Incoming]:
        yield from many(5)
        yield Incoming("odd", order("O-1", note=CLOCK), bundle="odd")
        yield from (
            item._replace(record=item.record and {**item.record, "id": f"{number}-b"})
            for number, item in enumerate(many(3))
        )

    done = both(tmp_path, begun, source, clerk.Clerk, keep_going=True)
    assert ("odd", "note: a datetime cannot be kept in a record") in done.refused


def test_an_order_by_itself_waits_for_its_answers_and_is_not_drafted() -> None:
    units = [[Incoming("1", order("X-1"))], [Incoming("2", order("X-2"))], [Incoming("3", response("X-2"))]]
    found = list(stories(units))
    assert [len(story) for story in found] == [1, 2]
    assert [len(entries_of(story)) for story in found] == [0, 2]


def test_entries_that_depend_on_others_are_not_drafted() -> None:
    def drafts(*entries: dict[str, Any]) -> bool:
        return draft(list(entries), "UTC", NOW) is not None

    assert drafts(order("X-1"), response("X-1"))
    assert not drafts(order("X-1", id=None))
    assert not drafts(order("X-1", relates_to="X-2", relation="follow-up"))
    assert not drafts(order("X-1"), response("X-2"))
    assert not drafts(order("X-1"), response("X-1"), response("X-1", at="2021-02-02"))
    assert not drafts(order("X-1"), response("X-1", at="2021-01-02"))
    assert not drafts(response("X-1"))
    assert not drafts()


def test_a_line_that_is_too_long_is_refused_with_the_reason(
    tmp_path: Path, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("ledger.batch", "ledger.drafting"):
        monkeypatch.setattr(f"{module}.LONGEST_LINE", 2_000)

    def source() -> Iterator[Incoming]:
        for number in range(9):
            yield Incoming(f"{number}", order(f"L-{number}", note="x" * 350 * number), bundle=f"{number}")

    done = both(tmp_path, begun, source, InTurn, keep_going=True)
    assert [where for where, reason in done.refused if "the most is 2,000" in reason] == ["5", "6", "7", "8"]


def test_private_fields_are_sealed_as_ever(tmp_path: Path) -> None:
    names = []
    for name, worth in (("with", 0), ("without", sys.maxsize)):
        path = tmp_path / name / "ledger.jsonl"
        path.parent.mkdir()
        with pytest.MonkeyPatch.context() as patched, ledger.open(path) as book:
            patched.setattr(clerk, "WORTH", worth)
            patched.setattr(clerk, "_processors", lambda: 2)
            patched.setattr(clerk, "Clerk", InTurn)
            book.create("here", private=["targets"])
            book.import_all(lambda: many(20), keep_going=True)
        assert b"@M" not in path.read_bytes()
        with ledger.open(path) as book:
            names.append(sorted(str(entry.get("targets")) for entry in book.table("entries").all()))
    assert names[0] == names[1]


def left_over(parent: int) -> list[int]:
    """Return the second processes that a process has started and that are there yet."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        # Others end meanwhile.
        with suppress(OSError):
            state = (place / "stat").read_text().rpartition(")")[2].split()
            if int(state[1]) == parent and "serve" in (place / "cmdline").read_text():
                found.append(int(place.name))
    return found


def is_running(process: int) -> bool:
    # Whoever takes it over may not look at how it ended: then it stays as a zombie.
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("fails", [False, True])
def test_no_process_is_left_when_an_import_is_over(
    tmp_path: Path, begun: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    monkeypatch.setattr(clerk, "WORTH", 0)
    monkeypatch.setattr(clerk, "_processors", lambda: 2)
    monkeypatch.setattr(clerk, "_TOGETHER", 60)
    seen: list[list[int]] = []

    def source() -> Iterator[Incoming]:
        yield from many(20)
        seen.append(left_over(os.getpid()))
        if fails:
            raise Refused("in, line 9: breaks off")

    path = tmp_path / "ledger.jsonl"
    path.write_bytes(begun.read_bytes())
    with ledger.open(path) as book:
        if fails:
            with pytest.raises(Refused):
                book.import_all(source)
        else:
            book.import_all(source, keep_going=True)
    assert len(seen[0]) == 1
    assert left_over(os.getpid()) == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes in /proc")
def test_the_second_process_ends_when_the_first_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, ledger; from ledger import clerk; from tests.test_drafting import many\n"
        "clerk.WORTH, clerk._processors = 0, lambda: 2\n"
        "def source():\n"
        "    yield from many(400)\n"
        "    print('read', flush=True); sys.stdin.read()\n"
        "ledger.open(sys.argv[1]).import_all(source, keep_going=True)\n"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "ledger.jsonl")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
    )
    assert first.stdin is not None
    assert first.stdout is not None
    assert first.stdout.readline() == b"read\n"
    (second,) = left_over(first.pid)
    first.send_signal(signal.SIGKILL)
    first.wait()
    first.stdin.close()
    first.stdout.close()
    while is_running(second):
        # Ends with the test's own time limit, if ever.
        time.sleep(0.05)
    assert not (tmp_path / "ledger.jsonl").exists()
