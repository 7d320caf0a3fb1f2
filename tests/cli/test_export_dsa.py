"""`ledger export --format dsa-part3`: the file, what is said beside it, and that nothing is written where it would be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ROOT, Done, Run
from tests.reports.part3_reader import blocks, differences

ORDERS = ROOT / "tests" / "exchange" / "dsa_orders"
TEMPLATE = ROOT / "tests" / "exchange" / "part_3_member_states_orders.csv"
PERIOD = ("--begin", "2025-07-01", "--end", "2026-01-01")
TABLE = ("export", "--format", "dsa-part3", "--service", "Brunnen")


@pytest.fixture
def desk(run: Run) -> Run:
    """Run the command line on the invented orders of four Member States."""
    assert run("import", str(ORDERS)).code == 0
    return run


def add(run: Run, order_id: str, *more: str) -> None:
    words = ("--authority", "Example Board", "--jurisdiction", "DE", "--received", "2025-08-01T10:00Z")
    done = run("add-order", "--id", order_id, "--platform", "brunnen.example", *words, *more)
    assert done.code == 0, done.err


def said(done: Done) -> list[str]:
    return [line.removeprefix("ledger: ") for line in done.err.splitlines()]


def test_the_table_is_written_and_what_it_leaves_out_is_said(desk: Run, tmp_path: Path) -> None:
    out = tmp_path / "part3.csv"
    done = desk(*TABLE, *PERIOD, "-o", "part3.csv")
    assert (done.code, done.out) == (0, "")
    assert said(done) == [
        "outside the table, as not sent by a Member State: 1 order (IN 1)",
        "not counted, as they repeat another order: 1 order",
        "not counted, as found not to be orders of an authority: 1 order",
        "left out of a median, as a day without a clock time gives no hours: EX-GR-2, EX-DE-3; amend the entries whose clock times are known",
        "confidential orders are counted: 1; a row of few orders may tell of them: look at it before you publish it",
    ]
    assert differences(out.read_bytes(), TEMPLATE.read_bytes()) == []
    assert [block.scope for block in blocks(out.read_bytes())] == ["TOTAL", "AT", "DE", "EL", "FR"]
    printed = desk(*TABLE, *PERIOD, "--receipts-as-zero")
    assert printed.code == 0
    assert printed.out.encode() != out.read_bytes()
    assert differences(printed.out.encode(), TEMPLATE.read_bytes()) == []


def test_an_order_that_may_have_been_received_in_the_period_is_named(run: Run) -> None:
    add(run, "EX-1", "@one")
    words = ("--authority", "Example Board", "--platform", "brunnen.example")
    orders = [
        ("EX-2", "DE", "--issued", "2025-06-30"),
        ("EX-3", "EU", "--issued", "2025-05-31"),
        ("EX-4", "DE", "--issued", "2025-05-30"),
        ("EX-5", "DE", "--issued", "2025-06-30", "--received", "2025-06-30"),
        ("EX-6", "IN", "--issued", "2025-06-30"),
        ("EX-7", "DE", "--issued", "2025-06-30", "--set", "service=Quelle"),
    ]
    for name, country, *more in orders:
        assert run("add-order", "--id", name, "--jurisdiction", country, *words, *more).code == 0
    done = run("export", "--format", "dsa-part3", "--service", "brunnen.example", *PERIOD)
    assert done.code == 0
    assert said(done)[0] == (
        "not counted, as issued before the period, though they may have been received in it: EX-2, EX-3; amend the orders "
        "whose day of receipt is known"
    )


def test_each_order_that_lacks_something_is_named_and_an_old_file_stays_as_it_was(desk: Run, tmp_path: Path) -> None:
    out = tmp_path / "part3.csv"
    out.write_text("as it was", encoding="utf-8")
    lines = "".join(
        f'[[order]]\nid = "EX-{n}"\nauthority = "Example Board"\njurisdiction = "DE"\nplatform = "brunnen.example"\n'
        f'basis = "EX-[LAW]"\nreceived = "2025-08-01"\ntargets = ["@a{n}"]\n'
        for n in range(100, 122)
    )
    (tmp_path / "more.toml").write_text(lines, encoding="utf-8")
    assert desk("import", "more.toml").code == 0
    done = desk(*TABLE, *PERIOD, "-o", "part3.csv")
    assert (done.code, done.out) == (2, "")
    named = said(done)
    assert [line.split(" ")[0] for line in named[:20]] == [f"EX-{n}" for n in range(100, 120)]
    assert all(line.endswith(" lacks a category: it cites EX-[LAW]") for line in named[:20])
    assert named[20] == "and 2 more orders lack something"
    assert named[21].startswith("nothing was written: 22 of 34 entries of orders lack what the table needs")
    assert out.read_text(encoding="utf-8") == "as it was"
    assert {path.name for path in tmp_path.iterdir()} >= {"part3.csv", "ledger.jsonl"}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".part3")]


def test_an_order_is_mended_by_a_correction_and_then_counts(run: Run, tmp_path: Path) -> None:
    add(run, "EX-1", "--basis", "EX-LAW", "@a")
    lacking = run(*TABLE, *PERIOD, "-o", "part3.csv")
    assert said(lacking)[0] == "EX-1 (entry 1) lacks a category: it cites EX-LAW"
    mend = ("--set", "category=STATEMENT_CATEGORY_VIOLENCE", "--set", "keyword=KEYWORD_COORDINATED_HARM")
    assert run("correct", "1", *mend, "--reason", "left out").code == 0
    done = run(*TABLE, *PERIOD, "-o", "part3.csv")
    assert (done.code, done.err) == (0, "")
    (_, german) = blocks((tmp_path / "part3.csv").read_bytes())
    assert german.rows["STATEMENT_CATEGORY_VIOLENCE", "KEYWORD_COORDINATED_HARM"][5:8] == ["DE", "1", "1"]


def test_a_table_is_of_one_service(desk: Run, tmp_path: Path) -> None:
    add(desk, "EX-OTHER", "--set", "service=Example Chat", "@a")
    refused = desk(*TABLE, *PERIOD, "-o", "part3.csv")
    assert refused.code == 2
    assert (
        "'Brunnen': the orders of the period are those of several services, Example Chat, brunnen.example"
        in refused.err
    )
    done = desk("export", "--format", "dsa-part3", "--service", "example chat", *PERIOD, "-o", "part3.csv")
    assert done.code == 0
    assert "outside the table, as sent to other services: 28 orders (brunnen.example 28)" in said(done)
    whole, *_ = blocks((tmp_path / "part3.csv").read_bytes())
    assert whole.rows["TOTAL", ""][6] == "1"


def test_an_order_that_names_another_service_is_never_counted_under_this_name(run: Run, tmp_path: Path) -> None:
    add(run, "EX-1", "--set", "service=Example Chat", "@a")
    refused = run(*TABLE, *PERIOD, "-o", "part3.csv")
    assert (refused.code, refused.out) == (2, "")
    assert "'Brunnen': the orders of the period are those of another service, Example Chat" in refused.err
    assert not (tmp_path / "part3.csv").exists()
    add(run, "EX-2", "--set", "service=brunnen", "@b")
    done = run(*TABLE, *PERIOD, "-o", "part3.csv")
    assert said(done)[0] == "outside the table, as sent to other services: 1 order (Example Chat 1)"
    whole, *_ = blocks((tmp_path / "part3.csv").read_bytes())
    assert whole.rows["TOTAL", ""][6] == "1"


def test_a_table_that_cannot_be_made_is_refused_in_one_line(run: Run) -> None:
    add(run, "EX-1", "@a")
    cases: dict[str, tuple[str, ...]] = {
        "end: the table is of one period": ("--begin", "2025-07-01", "--service", "Brunnen"),
        "service: the table says which service it is of": PERIOD,
        "and no formula": (*PERIOD, "--service", "=HYPERLINK(1)"),
        "begin: must lie before the end": ("--begin", "2026-01-01", "--end", "2026-01-01", "--service", "B"),
        "is a ledger": (*PERIOD, "--service", "B", "-o", "ledger.jsonl"),
    }
    for problem, words in cases.items():
        done = run("export", "--format", "dsa-part3", *words)
        assert (done.code, done.out) == (2, ""), problem
        assert problem in done.err
        assert done.err.count("\n") == 1


def test_a_published_copy_that_withholds_lines_makes_no_table(desk: Run) -> None:
    published = desk("publish", "-o", "public")
    assert published.code == 0, published.err
    done = desk("--file", "public/ledger.jsonl", *TABLE, *PERIOD)
    assert (done.code, done.out) == (2, "")
    assert "withholds lines" in done.err
