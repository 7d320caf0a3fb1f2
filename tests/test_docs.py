"""What docs/ says is held against the program: examples, tables of words, links; its JSON in `test_docs_json.py`."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from ledger.model.entries import KINDS, fields_of
from ledger.model.quantities import parse_quantity
from ledger.model.statuses import ACTIONS, DUTIES, EVENTS, RELATIONS, SPEAKERS, STATUSES, STRENGTH, draws
from ledger.render.rows import amount
from tests.conftest import Run
from tests.examples import BLOCK, DOCS, DOCUMENTS, ROOT, code, environment, played, run, table_after, text_of
from tests.forked import forking

DECISIONS = sorted((DOCS / "decisions").glob("*.md"))


# --- Examples


def forked(command: str, folder: Path) -> str:
    """Run a shell line, its first command in a forked process if it is the program by itself; return all it prints."""
    server = forking()
    first, _, filters = command.partition(" | ")
    try:
        words = shlex.split(first)
    except ValueError:
        # The bar stood in quotes.
        words = []
    if server is None or words[:1] != ["ledger"] or set(first) & set("|&;<>()$`\\*?~\n"):
        return run(command, folder)
    _, out, err = server.run(folder, words[1:], b"", environment(folder))
    if filters:
        out = subprocess.run(["bash", "-c", filters], cwd=folder, input=out, capture_output=True, check=True).stdout
    return (out + err).decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    "path", [path for path in DOCUMENTS if DOCS in path.parents and BLOCK.search(path.read_text(encoding="utf-8"))],
    ids=lambda path: path.name,
)  # fmt: skip
def test_a_page_shows_what_the_program_prints(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert played(text, forked) == text


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


def test_the_go_program_accepts_what_prove_writes_and_refuses_it_with_anything_changed(
    run: Run, tmp_path: Path
) -> None:
    pytest.importorskip("cryptography", reason="pip install 'compliance-ledger[sign]'")
    gocode = Path("/usr/share/gocode")
    go = shutil.which("go")
    if go is None or not (gocode / "src" / "golang.org" / "x" / "mod" / "sumdb" / "tlog").is_dir():
        pytest.skip("Go and its library are needed: apt-get install golang golang-golang-x-mod-dev")
    (source,) = re.findall(r"```go\n(.*?)```", text_of("evidence.md"), re.DOTALL)
    folder = tmp_path / "go"
    folder.mkdir()
    (folder / "check.go").write_text(source, encoding="utf-8")
    settings = {"GO111MODULE": "off", "GOENV": "off", "GOFLAGS": "", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    places = {"HOME": str(folder), "GOPATH": str(gocode), "GOCACHE": str(folder / "cache"), "PATH": os.environ["PATH"]}
    built = subprocess.run(
        [go, "build", "-o", "check", "check.go"], cwd=folder, env=settings | places, capture_output=True, check=False
    )
    assert built.returncode == 0, built.stderr.decode()

    def checked(proof: bytes, key: str) -> subprocess.CompletedProcess[bytes]:
        (folder / "proof").write_bytes(proof)
        return subprocess.run([folder / "check", folder / "proof", key], capture_output=True, check=False)

    config = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    assert run("import", str(ROOT / "sample_orders")).code == 0
    key = run("key", "new", env=config).out.strip()
    assert run("checkpoint", "-o", "checkpoint", env=config).code == 0
    proof = run("prove", "5", "--checkpoint", "checkpoint").out.encode()
    done = checked(proof, key)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.splitlines()[1] == (tmp_path / "ledger.jsonl").read_bytes().split(b"\n")[5]
    other = run("key", "new", "-o", "other.key").out.strip()
    assert checked(proof, other).returncode == 1
    # All but the first line: that the program does not look at.
    places_to_change = range(proof.index(b"\n") + len(b"\nextra "), len(proof), 7)
    for place in places_to_change:
        changed = b"%s%c%s" % (proof[:place], proof[place] ^ 1, proof[place + 1 :])
        assert checked(changed, key).returncode != 0, place


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
