"""What docs/ says about JSON is held against real outputs: the keys, the schema of the report, the formats."""

from __future__ import annotations

import copy
import importlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ledger.model.statuses import STATUSES
from tests.conftest import invoke, invoke_within, put_copy
from tests.examples import ROOT, code, table_after, text_of

Run = Callable[..., Any]
# The package has no stubs, and a schema is checked for what it says, not for its types.
jsonschema = importlib.import_module("jsonschema")
# What stands before the table of commands, their schemas and formats.
COMMANDS = "# What the commands give to other programs"


def given(run: Run, *arguments: str) -> Any:
    done = run(*arguments)
    assert done.code in (0, 1), done.err
    return json.loads(done.out)


@pytest.fixture(scope="module")
def varied_folder(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a ledger of the samples and a few entries of sorts that they lack; nothing is added to it."""
    folder = tmp_path_factory.mktemp("varied")
    put_copy(sample_folder, folder)
    for line in (
        "add-order --id EX-A --authority Board --jurisdiction NZ --platform x --received 2025-03-03 --specified some",
        "respond EX-A blocked --count some --at 2025-03-05",
        "respond EX-A unblocked @two --at 2025-03-06 --anyway",
        "respond EX-A refused hashtag:fair --at 2025-03-06 --extra",
        "add-order --id EX-B --authority Board --jurisdiction NZ --platform x --received 2025-03-03 @one",
        "add-order --id EX-D --authority Board --jurisdiction NZ --platform twitter --received 2025-03-03 @kisanektamorhca",
        "add-order --id EX-C --authority Board --jurisdiction NZ --platform x --received 2025-03-03 @one",
    ):
        assert invoke(folder, *line.split()).code == 0
    number = json.loads(invoke(folder, "show", "EX-C", "-O", "json").out)["entry"]["seq"]
    assert invoke(folder, "correct", str(number), "--void", "--reason", "twice").code == 0
    return folder


@pytest.fixture(scope="module")
def varied(varied_folder: Path) -> Run:
    """Run the command line on the samples and a few entries of sorts that they lack, to read."""
    return partial(invoke, varied_folder)


@pytest.fixture(scope="module")
def early(varied: Run) -> Any:
    """Return a report; to be copied before it is changed."""
    return given(varied, "report", "-O", "json", "--as-of", "2021-02-12")


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
    early: Any, path: tuple[str | int, ...], value: object
) -> None:
    report = copy.deepcopy(early)
    at = report
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    assert not jsonschema.Draft202012Validator(schema()).is_valid(report)


def test_the_schema_is_one_and_lists_the_statuses() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert list(schema()["$defs"]["statuses"]["properties"]) == list(STATUSES)


def evidence(run: Run, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the objects that have to do with checkpoints, proofs and private fields; `cut.jsonl` lacks its last byte."""
    for package, extra in (("cryptography", "sign"), ("rfc3161_client", "timestamp")):
        pytest.importorskip(package, reason=f"pip install 'compliance-ledger[{extra}]'")
    from tests.evidence.authority import Authority

    key = ("--key", "own.key")
    vkey = run("key", "new", "-o", "own.key").out.strip()
    made = [given(run, "checkpoint", "-O", "json", *more) for more in ((), key)]
    assert run("checkpoint", *key, "-o", "old").code == 0
    assert run("respond", "EX-B", "acknowledged", "--at", "2025-03-09").code == 0
    assert run("checkpoint", *key, "-o", "new").code == 0
    assert run("key", "new", "--cosigner", "--name", "auditor", "-o", "auditor.key").code == 0
    assert run("cosign", "new", "--key", "auditor.key", "--first", "-o", "cosigned").code == 0
    seen = (vkey, run("key", "show", "auditor.key").out.strip())
    keys = [word for key in seen for word in ("--key", key)]
    verified = [
        given(run, "verify", "-O", "json", "--checkpoint", "old", "--checkpoint", "cosigned", *keys),
        given(run, "--file", "cut.jsonl", "verify", "-O", "json", "--checkpoint", "new"),
    ]
    proofs = []
    for name, words, trusted in (
        ("entry", ("2",), ("--checkpoint", "new")),
        ("entry", ("2",), ()),
        ("entry", ("2",), ("--checkpoint", "old")),
        ("between", ("--since", "old"), ("--checkpoint", "old", "--key", vkey)),
    ):
        assert run("prove", *words, "--checkpoint", "new", "-o", name).code == 0
        proofs.append(json.loads(run("verify-proof", name, *trusted, "-O", "json").out))
    authority = Authority()
    (folder / "reply").write_bytes(authority.reply((folder / "new").read_bytes()))
    (folder / "root.pem").write_bytes(authority.root.pem)
    stamps = [
        given(run, "timestamp", "new", "-O", "json", *more) for more in ((), ("--reply", "reply", "--root", "root.pem"))
    ]
    own = ("--file", "private.jsonl")
    assert run(*own, "init", "--private", "targets,note").code == 0
    order = "add-order --id P --authority Board --jurisdiction NZ --platform x --received 2025-03-03 @one --note once"
    assert run(*own, *order.split()).code == 0
    erased = [given(run, *own, "erase", "1", "note", "--reason", "asked", "-O", "json")]
    verified.append(given(run, *own, "verify", "-O", "json"))
    checkpoints = [one for record in verified for one in record["checkpoints"]]
    return {
        "checkpoint": made,
        "verify": verified,
        "verdict": [one["verdict"] for one in checkpoints if one["verdict"] is not None],
        "verified": checkpoints,
        "signed_by": [signature for one in (*checkpoints, *proofs, *made) for signature in one["signed_by"] or ()],
        "private": [record["private"] for record in verified if record["private"] is not None],
        "proof": proofs,
        "proved": [entry for proof in proofs for entry in proof["entries"] or ()],
        "old": [proof["old"] for proof in proofs if proof["old"] is not None],
        "timestamp": stamps,
        "erasure": erased,
    }


def objects(run: Run, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Return real objects under the name of the table that lists their keys."""
    reports = [given(run, "report", "-O", "json", *question) for question in QUESTIONS]
    names = ("@kisanektamorcha", "@billet_kaelderen", "@one", "@two", "hashtag:fair")
    target = [given(run, "timeline", name, "-O", "json") for name in names]
    orders = ("IN-MEITY-2021-01-31", "EX-DK-2025-31", "EX-NP-2024-203", "EX-A", "EX-C")
    order = [given(run, "timeline", "--order", name, "-O", "json") for name in orders]
    stories = [*target, *order]
    events = [event for story in stories for event in story["events"]]
    receipts = [
        given(run, *line.split(), "-O", "json")
        for line in (
            "respond EX-B withheld @one --country NZ --at 2025-03-07",
            "respond EX-B withheld @one --country NP --at 2025-03-08",
            "correct 2 --void --reason x",
        )
    ]
    imports = [
        given(run, "import", "--dry-run", str(ROOT / "sample_orders"), "-O", "json"),
        json.loads(invoke(folder, "import", "-", "--format", "jsonl", "-O", "json", stdin=b'{"kind": "order"}\n').out),
    ]
    broken = given(run, "--file", "cut.jsonl", "verify", "-O", "json")
    checked = given(run, "check", "-O", "json")
    listed = given(run, "orders", "-O", "json")
    rest = evidence(run, folder)
    return rest | {
        "report": reports,
        "block": [block for report in reports for block in (report["totals"], report["information"], *report["groups"])],
        "distinct": [report["totals"]["distinct"] for report in reports],
        "period": [period for report in reports for period in report["periods"]],
        "left_out": [report["left_out"] for report in reports],
        **timed([report["times"] for report in reports if report["times"] is not None]),
        "flat": [json.loads(line) for line in run("report", "-O", "jsonl").out.splitlines()],
        "timeline": stories,
        "target": [found for story in stories for found in story["targets"]],
        "alias": [alias for story in stories for found in story["targets"] for alias in found["aliases"]],
        "near_miss": checked["near_misses"],
        "frame": [frame for story in stories for frame in story["orders"]],
        "event": events,
        "since_order": [event["since_order"] for event in events if event["since_order"]],
        "move": [move for said in [*events, *receipts] for move in said["moves"]],
        "correction": [correction for event in events for correction in event["corrections"]],
        "show_order": [given(run, "show", name, "-O", "json") for name in orders],
        "show_entry": [given(run, "show", number, "-O", "json") for number in ("0", "2", "51", "52")],
        "verify": [given(run, "verify", "-O", "json"), broken, *rest["verify"]],
        "verify_finding": broken["findings"],
        "orders": [listed],
        "orders_row": listed["orders"],
        "check": [checked],
        "check_row": checked["findings"],
        "receipt": receipts,
        "import": imports,
        "refused": [refused for done in imports for refused in done["refused"]],
    }  # fmt: skip


def timed(found: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the objects of which the times of reports are made."""
    cohorts = [
        cohort
        for times in found
        for cohort in (times["totals"], times["information"], *times["groups"], *times["periods"])
    ]
    names = ("acknowledged_in", "first_effect_in", "acted_in", "targets_acted_in")
    clocks = [cohort[name] for cohort in cohorts for name in names if cohort[name]]
    rates = [cohort["rates"] for cohort in cohorts if cohort["rates"]]
    return {
        "times": found,
        "cohort": cohorts,
        "published": [cohort["published_totals"] for cohort in cohorts],
        "clock": clocks,
        "age": [clock["oldest_open"] for clock in clocks if clock["oldest_open"]],
        "median": [clock[name] for clock in clocks for name in ("median", "median_answered", "median_days")],
        "deadlines": [cohort["deadlines"] for cohort in cohorts if cohort["deadlines"]],
        "rates": [rate for held in rates for rate in (held["orders"], held["targets"]) if rate],
        "users": [cohort["users"] for cohort in cohorts if cohort["users"]],
    }


# Keys that a table leaves to another one.
ELSEWHERE = {"show_order": "timeline"}


@pytest.fixture(scope="module")
def found(varied_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Return real objects, of a copy of the varied ledger with one without its last byte beside it."""
    folder = tmp_path_factory.mktemp("objects")
    put_copy(varied_folder, folder)
    (folder / "cut.jsonl").write_bytes((folder / "ledger.jsonl").read_bytes()[:-1])
    return objects(partial(invoke_within, folder), folder)


def test_the_tables_list_the_keys_that_are_there_and_say_which_are_not_always(
    found: dict[str, list[dict[str, Any]]],
) -> None:
    text = text_of("report-schema.md")
    tables = {
        name: {code(row[0])[0]: row for row in table_after(text, f"<!-- keys: {name} -->")}
        for name in re.findall(r"<!-- keys: (\w+) -->", text)
    }
    assert sorted(tables) == sorted(found)
    for name, kinds in found.items():
        assert kinds, name
        listed = tables[ELSEWHERE[name]] | tables[name] if name in ELSEWHERE else tables[name]
        assert {key for held in kinds for key in held} == set(listed), name
        always = set.intersection(*(set(held) for held in kinds))
        sometimes = {key for key, row in listed.items() if re.search("; (only|not) in ", row[1])}
        assert {*listed} - always == sometimes, name
    for name in ("frame", "event", "show_order", "correction"):
        assert {held["void"] for held in found[name]} == {True, False}, name


def test_every_verdict_is_in_its_table() -> None:
    sources = (ROOT / "ledger" / "evidence").glob("*.py")
    made = [re.findall(r'(?:Verdict|Change)\(\s*"([a-z-]+)"', path.read_text(encoding="utf-8")) for path in sources]
    rows = table_after(text_of("report-schema.md"), "<!-- keys: verdict -->")
    assert set(code(rows[0][1])) == {kind for kinds in made for kind in kinds}


def test_every_schema_is_in_the_table_of_commands_and_there_are_no_others(
    found: dict[str, list[dict[str, Any]]],
) -> None:
    rows = table_after(text_of("report-schema.md"), COMMANDS)
    schemas = {held["schema"] for kinds in found.values() for held in kinds if "schema" in held}
    assert {code(row[1])[0] for row in rows} == schemas


def test_the_schemas_of_other_pages_are_given_by_their_commands_and_named_on_those_pages(samples: Run) -> None:
    given_by = {
        "due": ("due",),
        "reconcile": ("reconcile", str(ROOT / "tests" / "exchange" / "data" / "published.csv")),
        "reconcile --measures": ("reconcile", "--measures"),
        "show ID --checklist": ("show", "EX-AT-2023-TCO-17", "--checklist"),
    }
    rows = table_after(text_of("report-schema.md"), "The keys of these stand on the pages")
    assert {code(row[0])[0] for row in rows} == set(given_by)
    for command, schema, page in rows:
        name = code(schema)[0]
        assert given(samples, *given_by[code(command)[0]], "-O", "json")["schema"] == name
        assert name in text_of(re.findall(r"\((\w+\.md)", page)[0])


@pytest.mark.parametrize(
    ("command", "form"),
    [
        pytest.param(command, form, id=f"{command} {form}")
        for row in table_after(text_of("report-schema.md"), COMMANDS)
        for command in [code(row[0])[0].split()[0]]
        for form in ("json", "jsonl", "csv", "md", "html")
        if command in ("report", "timeline", "orders", "check", "show", "verify", "checkpoint")
    ],
)
def test_a_command_has_the_formats_of_its_row_and_no_others(varied_folder: Path, command: str, form: str) -> None:
    rows = {code(row[0])[0].split()[0]: code(row[2]) for row in table_after(text_of("report-schema.md"), COMMANDS)}
    named = {"timeline": ("@one",), "show": ("EX-A",)}.get(command, ())
    done = invoke_within(varied_folder, command, *named, "-O", form)
    assert (done.code in (0, 1)) == (form == "json" or form in rows[command])


def test_the_rows_of_a_timeline_have_the_columns_that_are_listed(varied: Run) -> None:
    text = text_of("report-schema.md").split("<!-- columns: timeline -->")[1].lstrip().split("\n\n")[0]
    assert varied("timeline", "@one", "-O", "csv").out.splitlines()[0].split(",") == code(text)[3:]
    row = json.loads(varied("timeline", "@one", "-O", "jsonl").out.splitlines()[0])
    event = given(varied, "timeline", "@one", "-O", "json")["events"][0]
    assert row == event
