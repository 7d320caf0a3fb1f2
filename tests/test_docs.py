"""What docs/ says is held against the program: examples, tables of keys and of words, the schema, the links."""

from __future__ import annotations

import copy
import doctest
import importlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ledger.model.entries import KINDS, fields_of
from ledger.model.quantities import parse_quantity
from ledger.model.statuses import ACTIONS, DUTIES, EVENTS, RELATIONS, SPEAKERS, STATUSES, STRENGTH, draws
from ledger.render.rows import amount
from tests.examples import BLOCK, DOCUMENTS, ROOT, played

Run = Callable[..., Any]
DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
# The package has no stubs, and a schema is checked for what it says, not for its types.
jsonschema = importlib.import_module("jsonschema")


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def table_after(text: str, mark: str) -> list[list[str]]:
    """Return the rows of the first table after a mark, without its head."""
    lines = text[text.index(mark) + len(mark) :].lstrip().splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("|---"))
    rows = []
    for line in lines[start + 1 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def code(text: str) -> list[str]:
    return re.findall("`([^`]+)`", re.sub("^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


# --- Examples


@pytest.mark.parametrize(
    "path", [path for path in DOCUMENTS if DOCS in path.parents and BLOCK.search(path.read_text(encoding="utf-8"))],
    ids=lambda path: path.name,
)  # fmt: skip
def test_a_page_shows_what_the_program_prints(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert played(text) == text


def test_every_rule_has_an_example() -> None:
    sections = re.split(r"^## ", text_of("rules.md"), flags=re.MULTILINE)
    rules = {part.split()[0]: part for part in sections if part[0].isdecimal()}
    assert sorted(rules, key=int) == [str(number) for number in range(1, 12)]
    assert [number for number, part in rules.items() if "```console" not in part] == []


def test_the_python_examples_say_what_python_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", text_of("python.md"), re.DOTALL)
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "python.md", None, 0)
    said: list[str] = []
    result = doctest.DocTestRunner().run(examples, out=said.append)
    assert result.attempted > 20
    assert result.failed == 0, "".join(said)


# --- Words


QUALIFIERS = ("exact", "about", "at-least", "under", "unknown")


def test_amounts_are_read_and_shown_as_the_table_says() -> None:
    rows = table_after(text_of("rules.md"), "## Amounts and how exact they are")[: len(QUALIFIERS)]
    assert [code(row[0])[0] for row in rows] == list(QUALIFIERS)
    for kept, shown, typed in rows:
        qualifier = code(kept)[0]
        read = [parse_quantity(words) for words in code(typed)]
        assert {quantity.qualifier for quantity in read} == {qualifier}
        assert amount({"n": read[0].n, "qualifier": qualifier}) == shown


def test_every_word_of_the_rules_is_on_their_page() -> None:
    words = set(code(text_of("rules.md")))
    assert {*STATUSES, *ACTIONS, *EVENTS, *RELATIONS, *SPEAKERS} - words == set()
    assert "information" in DUTIES


def test_the_statuses_stand_in_one_table_and_nothing_else_does() -> None:
    rows = table_after(text_of("rules.md"), "## What is kept")
    assert [status for row in rows for status in code(row[1])] == list(STATUSES)


def test_draws_are_those_of_the_table() -> None:
    found = {}
    for actions, sources, *_ in table_after(text_of("rules.md"), "## 3 Which targets a response takes"):
        for action in code(actions):
            found[action] = tuple(source for source in code(sources) if source != action)
    assert found == {action: draws(action) for action in STATUSES[1:]}


def test_the_strength_of_statuses_is_said_in_its_order() -> None:
    section = text_of("rules.md").split("## 8 ")[1]
    assert code(section[section.index("in this order:") :])[: len(STRENGTH)] == list(STRENGTH)


def test_every_event_says_what_it_does() -> None:
    section = text_of("rules.md").split("## 9 ")[1]
    events = [event for row in table_after(section, "is a follow-up") for event in code(row[0])]
    assert sorted(events) == sorted(EVENTS)


def test_every_field_of_every_entry_is_in_the_table() -> None:
    text = text_of("file-format.md")
    rows = {code(row[0])[0]: set(code(row[1])) | set(code(row[2])) for row in table_after(text, "<!-- fields -->")}
    common = {"stated_by", "at_kind", "sources", "documents", "recorded_by", "note"}
    assert all(f"`{name}`" in text for name in common)
    assert {kind: rows[kind] | common for kind in KINDS} == {kind: {*fields_of(kind)} - {"kind"} for kind in KINDS}


# --- JSON


def given(run: Run, *arguments: str) -> Any:
    done = run(*arguments)
    assert done.code in (0, 1), done.err
    return json.loads(done.out)


@pytest.fixture
def varied(samples: Run) -> Run:
    """Run the command line on the samples and a few entries of sorts that they lack."""
    for line in (
        "add-order --id EX-A --authority Board --jurisdiction NZ --platform x --received 2025-03-03 --specified some",
        "respond EX-A blocked --count some --at 2025-03-05",
        "respond EX-A unblocked @two --at 2025-03-06 --anyway",
        "respond EX-A refused hashtag:fair --at 2025-03-06 --extra",
        "add-order --id EX-B --authority Board --jurisdiction NZ --platform x --received 2025-03-03 @one",
        "add-order --id EX-C --authority Board --jurisdiction NZ --platform x --received 2025-03-03 @one",
    ):
        assert samples(*line.split()).code == 0
    number = json.loads(samples("show", "EX-C", "-O", "json").out)["entry"]["seq"]
    assert samples("correct", str(number), "--void", "--reason", "twice").code == 0
    return samples


QUESTIONS = (
    (),
    ("--as-of", "2021-02-12"),
    ("--as-of", "2020-01-01"),
    ("--period", "2021-Q1", "--monthly", "--by", "country"),
    ("--begin", "2021-01-30", "--end", "2021-02-13", "--daily", "--by", "order", "--kind", "all"),
    ("--yearly", "--by", "kind", "--kind", "hashtag"),
    ("--quarterly", "--by", "basis", "--according-to", "platform"),
)


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text_of("report.schema.json"))
    return found


def closed(part: Any) -> Any:
    """Return a schema that admits no keys but those it lists: for a test, a new key is one to be written down."""
    if isinstance(part, list):
        return [closed(item) for item in part]
    if not isinstance(part, dict):
        return part
    found = {name: closed(item) for name, item in part.items()}
    if found.get("type") == "object" and "properties" in found:
        found.setdefault("additionalProperties", False)
    return found


@pytest.mark.parametrize("question", QUESTIONS, ids=" ".join)
def test_a_report_is_as_its_schema_says_and_has_no_key_that_it_does_not_list(
    varied: Run, question: tuple[str, ...]
) -> None:
    jsonschema.Draft202012Validator(closed(schema())).validate(given(varied, "report", "-O", "json", *question))


def leaves(part: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(part, Mapping):
        for name, item in part.items():
            yield (*path, name)
            yield from leaves(item, (*path, name))
    elif isinstance(part, list) and part:
        yield from leaves(part[0], (*path, 0))


def test_a_report_without_one_of_its_keys_is_refused_by_the_schema(varied: Run) -> None:
    report = given(varied, "report", "-O", "json", "--as-of", "2021-02-12", "--by", "order")
    validator = jsonschema.Draft202012Validator(schema())
    validator.validate(report)
    free = {("stated_by",), ("left_out", "kinds")}
    for path in leaves(report):
        if path[:-1] in free:
            continue
        broken = copy.deepcopy(report)
        at = broken
        for step in path[:-1]:
            at = at[step]
        del at[path[-1]]
        assert not validator.is_valid(broken), path


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), "ledger-report/2"),
        (("as_of",), "yesterday"),
        (("grain",), "fortnight"),
        (("totals", "specified"), 257),
        (("totals", "specified", "n"), 0.5),
        (("totals", "specified", "n"), -1),
        (("totals", "specified", "qualifier"), "roughly"),
        (("totals", "specified"), {"n": 1, "qualifier": "unknown"}),
        (("totals", "status", "paused"), {"n": 0, "qualifier": "exact"}),
        (("periods", 0, "label"), "week 5"),
    ],
)
def test_a_report_that_says_something_else_is_refused_by_the_schema(
    varied: Run, path: tuple[str | int, ...], value: object
) -> None:
    report = given(varied, "report", "-O", "json", "--as-of", "2021-02-12")
    at = report
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    assert not jsonschema.Draft202012Validator(schema()).is_valid(report)


def test_the_schema_is_one_and_lists_the_statuses() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert list(schema()["$defs"]["statuses"]["properties"]) == list(STATUSES)


def objects(run: Run) -> dict[str, list[dict[str, Any]]]:
    """Return real objects under the name of the table that lists their keys."""
    reports = [given(run, "report", "-O", "json", *question) for question in QUESTIONS]
    target = [
        given(run, "timeline", name, "-O", "json")
        for name in ("@kisanektamorcha", "@billet_kaelderen", "@one", "hashtag:fair")
    ]
    orders = ("IN-MEITY-2021-01-31", "EX-DK-2025-31", "EX-NP-2024-203", "EX-A")
    order = [given(run, "timeline", "--order", name, "-O", "json") for name in orders]
    shown = [given(run, "show", name, "-O", "json") for name in orders]
    events = [event for story in target for event in story["events"]]
    order_events = [event for story in order for event in story["events"]]
    unbooked = ("correct", "2", "--void", "--reason", "x", "-O", "json")
    dry = given(run, "import", "--dry-run", str(ROOT / "sample_orders"), "-O", "json")
    receipt = ("respond", "EX-B", "blocked", "@one", "--at", "2025-03-07", "-O", "json")
    return {
        "report": reports,
        "block": [block for report in reports for block in (report["totals"], report["information"], *report["groups"])],
        "distinct": [report["totals"]["distinct"] for report in reports],
        "period": [period for report in reports for period in report["periods"]],
        "left_out": [report["left_out"] for report in reports],
        "flat": [json.loads(line) for line in run("report", "-O", "jsonl").out.splitlines()],
        "timeline": target,
        "frame": [frame for story in (*target, *order) for frame in story["orders"]],
        "event": events,
        "order_event": order_events,
        "show_order": shown,
        "show_entry": [given(run, "show", number, "-O", "json") for number in ("0", "2", "51", "52")],
        "verify": [given(run, "verify", "-O", "json")],
        "orders": given(run, "orders", "-O", "json"),
        "check": given(run, "check", "-O", "json"),
        "receipt": [given(run, *receipt), given(run, *unbooked)],
        "import": [dry],
    }  # fmt: skip


# Keys that a table leaves to another one.
ELSEWHERE = {
    "order_event": ("event", {"before", "after", "where"}),
    "show_order": ("timeline", {"target", "keys", "now"}),
}


def test_the_tables_list_the_keys_that_are_there_and_say_which_are_not_always(varied: Run) -> None:
    text = text_of("report-schema.md")
    tables = {
        name: {code(row[0])[0]: row for row in table_after(text, f"<!-- keys: {name} -->")}
        for name in re.findall(r"<!-- keys: (\w+) -->", text)
    }
    found = objects(varied)
    assert sorted(tables) == sorted(found)
    for name, kinds in found.items():
        assert kinds, name
        listed = dict(tables[name])
        if name in ELSEWHERE:
            other, without = ELSEWHERE[name]
            listed = {key: row for key, row in tables[other].items() if key not in without} | listed
        assert {key for held in kinds for key in held} == set(listed), name
        always = set.intersection(*(set(held) for held in kinds))
        sometimes = {key for key, row in listed.items() if re.search("; (only|not) in ", row[1])}
        assert {*listed} - always == sometimes, name
    (void,) = given(varied, "timeline", "--order", "EX-C", "-O", "json")["orders"]
    assert set(void) == {"order", "confidential", "void"}


# --- Links and decisions


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith("https://"):
            continue
        place, _, anchor = link.partition("#")
        target = (path.parent / place).resolve() if place else path
        assert target.exists(), link
        if anchor:
            heads = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in anchors, link


def test_every_page_is_in_the_table_of_what_is_where() -> None:
    linked = set(re.findall(r"\]\(([^)#]+)", text_of("README.md")))
    pages = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.*")} - {"README.md"}
    assert pages - linked == set()


def test_decisions_are_numbered_titled_and_made_of_three_parts() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    for path in DECISIONS:
        text = path.read_text(encoding="utf-8")
        title = text.splitlines()[0]
        assert title.startswith(f"# {int(path.name[:4])}. ")
        assert re.findall("^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
        listed = " ".join(text_of("README.md").split())
        assert f"[{path.name[:4]}](decisions/{path.name}) {title.split('. ', 1)[1]}" in listed
