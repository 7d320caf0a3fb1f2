"""Private fields on the command line: begun, kept, published, erased; and everything else as before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import ROOT, Run, invoke, put_copy

ORDER = (
    "add-order", "--id", "EX-1", "--authority", "Example Ministry", "--jurisdiction", "IN", "--platform", "twitter",
    "--received", "2021-01-31", "--note", "called twice", "--source", "https://source.example/1", "@example_one", "@Example_Two",
)  # fmt: skip


@pytest.fixture(scope="module")
def private_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("private")
    begin = ("init", "--origin", "example.org/ledger", "--private", "targets,note,sources")
    assert invoke(folder, *begin).code == 0
    assert invoke(folder, *ORDER).code == 0
    return folder


@pytest.fixture
def private(run: Run, private_folder: Path, tmp_path: Path) -> Run:
    """Run the command line on a ledger of one order, of which the targets, the note and the sources are private."""
    put_copy(private_folder, tmp_path)
    return run


def test_init_says_which_fields_are_private(run: Run, tmp_path: Path) -> None:
    done = run("init", "--private", "targets, note")
    assert done == (
        0,
        "began a new ledger in ledger.jsonl (the default) (reporting zone UTC, private: note, targets)\n",
        "",
    )
    assert json.loads((tmp_path / "ledger.jsonl").read_bytes())["private"] == ["note", "targets"]
    assert "private: note, targets" in run("--file", "b.jsonl", "init", "--private", "targets", "--private", "note").out


@pytest.mark.parametrize("field", ["authority", "specified", "", " , ", "target"])
def test_init_refuses_a_field_that_cannot_be_private(run: Run, tmp_path: Path, field: str) -> None:
    done = run("init", "--private", field)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("ledger: private: ")
    assert done.err.count("\n") == 1
    assert not (tmp_path / "ledger.jsonl").exists()


def test_the_samples_give_the_same_report_with_private_fields(within: Run, tmp_path: Path) -> None:
    samples = str(ROOT / "sample_orders")
    fields = "targets,note,sources,reason,grounds,documents,requested_by,addressed_to,court,case_number,contact"
    assert within("--file", "plain.jsonl", "import", samples).code == 0
    assert within("--file", "own.jsonl", "init", "--private", fields).code == 0
    assert within("--file", "own.jsonl", "import", samples).code == 0
    for command in (
        ("report", "-O", "json"),
        ("report", "-O", "json", "--by", "country", "--kind", "all"),
        ("timeline", "@kisanektamorcha", "-O", "json"),
        ("orders", "-O", "json"),
        ("check",),
        ("show", "IN-MEITY-2021-01-31"),
    ):
        plain, own = within("--file", "plain.jsonl", *command), within("--file", "own.jsonl", *command)
        assert own.out == plain.out, command
        assert own.code == plain.code
    assert b"kisanekta" not in (tmp_path / "own.jsonl").read_bytes().lower()
    assert within("--file", "own.jsonl", "verify").code == 0
    assert within("--file", "own.jsonl", "import", samples).out.startswith("own.jsonl (--file): 0 added")


def test_show_gives_private_fields_in_clear_and_says_which_they_are(private: Run) -> None:
    done = private("show", "1")
    assert "  note: called twice\n" in done.out
    assert "private, digests alone in the line: note, sources, targets\n" in done.out


def test_a_reader_without_the_private_file_sees_digests_and_the_same_figures(private: Run, tmp_path: Path) -> None:
    own = private("report", "-O", "json").out
    (tmp_path / "ledger.jsonl.private").rename(tmp_path / "elsewhere")
    assert private("report", "-O", "json").out == own
    shown = private("show", "1").out
    assert "not disclosed here: 4 private values\n" in shown
    assert "example_one" not in shown
    done = private("respond", "EX-1", "blocked", "--all")
    assert done.code == 3
    assert "can only be read" in done.err


def test_publish_makes_a_folder_that_holds_by_itself(private: Run, tmp_path: Path) -> None:
    assert private("checkpoint", "-o", "c.txt").code == 0
    done = private("publish", "-o", "public", "--checkpoint", "c.txt", "--disclose", "@example_two")
    assert done.code == 0
    assert done.out == "published in public: 2 lines; private fields (note, sources, targets): 2 disclosed, 3 not\n"
    assert sorted(path.name for path in (tmp_path / "public").iterdir()) == [
        "checkpoint.txt", "index.html", "ledger.jsonl", "ledger.jsonl.disclosed", "report.json",
    ]  # fmt: skip
    public = ("--file", "public/ledger.jsonl")
    assert private(*public, "verify", "--checkpoint", "public/checkpoint.txt").code == 0
    assert private(*public, "report", "-O", "json").out == private("report", "-O", "json").out
    assert private(*public, "timeline", "@example_two").code == 0
    assert private(*public, "timeline", "@example_one").code == 2
    for path in (tmp_path / "public").iterdir():
        assert b"example_one" not in path.read_bytes()
        assert b"called twice" not in path.read_bytes()


def test_publish_withholds_confidential_orders_and_says_so(private: Run, tmp_path: Path) -> None:
    secret = ("--id", "HUSH", "--authority", "Example Court of Secrets", "--reference", "S-99", "--confidential")
    assert private("add-order", *secret, *ORDER[5:11], "@hidden").code == 0
    done = private("publish", "-o", "public")
    assert "3 lines, 1 of them withheld (1 order)" in done.out
    public = ("--file", "public/ledger.jsonl")
    verified = private(*public, "verify")
    assert verified.code == 0
    assert "withheld" in verified.out
    report = private(*public, "report", "-O", "json")
    assert report.out == private("report", "-O", "json").out
    assert "lines that this copy withholds: 1;" in report.err
    for path in (tmp_path / "public").iterdir():
        for word in (b"HUSH", b"Secrets", b"S-99", b"hidden"):
            assert word not in path.read_bytes(), path.name
    assert private("publish", "-o", "all", "--include-confidential").code == 0
    assert b"S-99" in (tmp_path / "all" / "ledger.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("-o", "there"), "not empty"),
        (("-o", "nowhere/public"), "no such folder"),
        (("-o", "public", "--disclose", "@nobody"), "neither a private field"),
        (("-o", "public", "--disclose", "reason"), "neither a private field"),
        (("-o", "public", "--checkpoint", "missing.txt"), "missing.txt"),
    ],
)
def test_publish_refuses_and_leaves_nothing(private: Run, tmp_path: Path, arguments: tuple[str, ...], why: str) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").touch()
    before = sorted(path.name for path in tmp_path.iterdir())
    done = private("publish", *arguments)
    assert (done.code, done.out) == (2, "")
    assert why in done.err
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("ledger.jsonl")) == [
        name for name in before if not name.startswith("ledger.jsonl")
    ]


def test_publish_refuses_a_checkpoint_of_another_ledger(private: Run, tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text("example.org/ledger\n2\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
    done = private("publish", "-o", "public", "--checkpoint", "c.txt")
    assert done.code == 1
    assert not (tmp_path / "public").exists()


def test_erase_gives_a_receipt_and_old_checkpoints_hold(private: Run, tmp_path: Path) -> None:
    assert private("checkpoint", "-o", "c.txt").code == 0
    report = private("report", "-O", "json").out
    done = private("erase", "1", "@EXAMPLE_two", "--reason", "asked for")
    assert done.code == 0
    assert done.out == ("erased from ledger.jsonl (the default): targets of entry 1 (1 value); recorded as entry 2\n")
    assert "backups" in done.err
    assert private("verify", "--checkpoint", "c.txt").code == 0
    assert private("report", "-O", "json").out == report
    assert "erased by entry 2" in private("show", "1").out
    assert "targets of entry 1: erased by entry 2: asked for" in private("timeline", "--order", "EX-1").out
    for path in tmp_path.iterdir():
        assert b"example_two" not in path.read_bytes().lower()


def test_erase_as_json(private: Run) -> None:
    done = private("erase", "1", "note", "--reason", "asked for", "-O", "json")
    assert json.loads(done.out) == {
        "schema": "ledger-erasure/1", "seq": 2, "of": 1, "fields": ["note"], "values": 1, "disclosures": 1, "in_clear": [],
        "corrections": [], "elsewhere": [],
    }  # fmt: skip


def test_erase_says_which_corrections_state_the_same(private: Run) -> None:
    assert private("correct", "1", "--set", "note=called once", "--reason", "a slip").code == 0
    done = private("erase", "1", "note", "--reason", "asked for")
    assert "corrections of entry 1 state these fields too: entries 2; erase them there" in done.err
    assert "called once" in private("show", "EX-1").out
    assert private("erase", "2", "note", "--reason", "asked for").code == 0
    assert "called" not in private("show", "EX-1").out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("1", "@nobody", "--reason", "x"), "no private @nobody"),
        (("7", "--reason", "x"), "no entry 7"),
        (("1", "--reason", " "), "reason: is empty"),
        (("1",), "--reason"),
        (("-1", "--reason", "x"), "ledger:"),
        (("EX-1", "note", "--reason", "x"), "'EX-1' is not a valid int"),
        (("1", "note", "--reason", "\udcff"), "not valid Unicode"),
    ],
)
def test_erase_refuses_in_one_line_and_changes_nothing(
    private: Run, tmp_path: Path, arguments: tuple[str, ...], why: str
) -> None:
    before = [(tmp_path / name).read_bytes() for name in ("ledger.jsonl", "ledger.jsonl.private")]
    done = private("erase", *arguments)
    assert (done.code, done.out) == (2, "")
    assert why in done.err
    assert done.err.count("\n") == 1
    assert [(tmp_path / name).read_bytes() for name in ("ledger.jsonl", "ledger.jsonl.private")] == before


def test_erase_refuses_in_a_ledger_without_private_fields(run: Run) -> None:
    assert run(*ORDER).code == 0
    done = run("erase", "1", "note", "--reason", "x")
    assert done.code == 2
    assert "has no private fields" in done.err


def test_an_imported_erasure_is_refused(private: Run, tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text('{"kind":"erasure","of":1,"reason":"x","erased":[]}\n')
    done = private("import", "e.jsonl")
    assert done.code == 2
    assert "erasure" in done.err


def test_a_proof_shows_of_private_fields_what_was_chosen(private: Run) -> None:
    assert private("checkpoint", "-o", "c.txt").code == 0
    for disclose, shown, hidden in (
        ((), (), ("@example_one", "called twice", "Example_Two")),
        (("--disclose", "note"), ("note: called twice",), ("@example_one", "Example_Two")),
        (("--disclose", "@example_two"), ("@Example_Two",), ("@example_one", "called twice")),
        (("--disclose", "all"), ("@example_one", "@Example_Two", "called twice", "source.example"), ()),
    ):
        done = private("prove", "1", "--checkpoint", "c.txt", *disclose, "-o", "p.tlog-proof")
        assert done.code == 0
        checked = private("verify-proof", "p.tlog-proof", "--checkpoint", "c.txt")
        assert checked.code == 0
        assert all(text in checked.out for text in shown)
        assert not any(text in checked.out for text in hidden)
    assert private("prove", "1", "--checkpoint", "c.txt", "--disclose", "@nobody").code == 2


def test_verify_says_what_is_disclosed_and_finds_what_was_lost(private: Run, tmp_path: Path) -> None:
    assert "private fields: 5 values disclosed, 0 not, 0 erased (ledger.jsonl.private)\n" in private("verify").out
    lines = (tmp_path / "ledger.jsonl.private").read_bytes().splitlines(keepends=True)
    (tmp_path / "ledger.jsonl.private").write_bytes(b"".join(lines[1:]))
    done = private("verify", "-O", "json")
    found = json.loads(done.out)
    assert (done.code, found["ok"]) == (1, False)
    assert found["private"] == {
        "file": "ledger.jsonl.private", "disclosed": 4, "not_disclosed": 1, "erased": 0, "unneeded": 0,
        "findings": ["entry 1: 1 private values are not disclosed in ledger.jsonl.private: restore it from a backup"],
    }  # fmt: skip


def test_verify_refuses_a_forged_disclosure_in_a_published_copy(private: Run, tmp_path: Path) -> None:
    assert private("publish", "-o", "public").code == 0
    with (tmp_path / "public" / "ledger.jsonl.disclosed").open("ab") as file:
        file.write(b"WyJBQUVDQXdRRkJnY0lDUW9MREEwT0R3Iiwibm90ZSIsImZvcmdlZCJd\n")
    done = private("--file", "public/ledger.jsonl", "verify")
    assert done.code == 1
    assert "no entry holds its digest: it was forged" in done.out
    assert "forged" not in private("--file", "public/ledger.jsonl", "show", "1").out


def test_verify_says_where_it_did_not_look(private: Run) -> None:
    out = private("verify", "--no-index").out
    assert "private fields: what is disclosed was not held against the lines: --index does so\n" in out


@pytest.mark.usefixtures("private")
def test_a_damaged_index_is_a_line_and_no_traceback(within: Run, tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    for table in ("disclosures", "names", "erasures", "entries", "orders"):
        assert within("report").code == 0
        with closing(sqlite3.connect(tmp_path / "ledger.jsonl.index")) as db, db:
            db.execute(f"DROP TABLE {table}")
        for command in (
            ("show", "1"),
            ("publish", "-o", f"public-{table}"),
            ("erase", "1", "@nobody", "--reason", "x"),
        ):
            done = within(*command)
            assert "Traceback" not in done.err
            assert done.code in (0, 2, 3)
        (tmp_path / "ledger.jsonl.index").unlink(missing_ok=True)
