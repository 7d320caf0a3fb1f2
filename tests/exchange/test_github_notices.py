"""A folder of notices as GitHub publishes them: an order each, and nothing dropped in silence."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from ledger.exchange.notices.authorities import read_naming
from ledger.exchange.notices.github_notices import notice_entries, read_text
from ledger.model.entries import convert, normalise
from ledger.model.incoming import Incoming

HOSTS = ("github.com", "gist.github.com", "*.github.io")
LETTER = "Please remove https://github.com/example-one/page .\n"


def put(root: Path, name: str, content: str | bytes = LETTER) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(root: Path, naming: str = "") -> tuple[list[Incoming], list[str]]:
    said: list[str] = []
    (root.parent / "map.toml").write_text(naming, encoding="utf-8")
    return list(notice_entries(root, read_naming(root.parent / "map.toml"), said.append)), said


def order(root: Path, naming: str = "") -> dict[str, Any]:
    (item,) = read(root, naming)[0]
    assert item.record is not None, item.problem
    record = normalise(item.record)
    convert(record)
    return record


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "gov-takedowns"
    folder.mkdir()
    return folder


# What a notice becomes


def test_name_and_folder_say_when_who_and_where(root: Path) -> None:
    path = put(root, "Russia/2021/2021-03-04-Roscomnadzor-2.md")
    assert order(root) == {
        "kind": "order",
        "id": "github-RU-2021-03-04-Roscomnadzor-2",
        "authority": "Roskomnadzor",
        "jurisdiction": "RU",
        "platform": "github",
        "received": "2021-03-04",
        "targets": ["https://github.com/example-one/page"],
        "documents": [{"name": path.name, "sha256": hashlib.sha256(LETTER.encode()).hexdigest()}],
        "sources": ["https://github.com/github/gov-takedowns/blob/master/Russia/2021/2021-03-04-Roscomnadzor-2.md"],
    }


@pytest.mark.parametrize("part", ["", "Hong Kong", "Hong Kong/2021", "Hong Kong/2021/2021-12-15-CSTCB"])
def test_any_of_its_folders_may_be_given(root: Path, part: str) -> None:
    put(root, "Hong Kong/2021/2021-12-15-CSTCB/2021-12-15-CSTCB.md")
    found = order(root / part)
    assert (found["jurisdiction"], found["authority"]) == ("HK", "Cyber Security and Technology Crime Bureau")
    assert found["sources"][0].endswith("/Hong%20Kong/2021/2021-12-15-CSTCB/2021-12-15-CSTCB.md")


@pytest.mark.parametrize(
    "spelled", ["roskomnadzor", "Roskomnadzor", "roscomnadzor", "Rozkomnadzor-3", "Roskomnnadzor-6"]
)
def test_an_authority_that_is_spelled_several_ways_is_one(root: Path, spelled: str) -> None:
    put(root, f"Russia/2020/2020-08-12-{spelled}.md")
    assert order(root)["authority"] == "Roskomnadzor"


def test_a_name_that_is_of_something_else_gives_way_to_the_one_authority_in_the_text(root: Path) -> None:
    text = "Notice of the Federal Service for Supervision in the Sphere of Telecom,\nInformation Technologies and Mass Communications"
    put(root, "Russia/2015/2015-07-22-example-page.md", text)
    assert order(root)["authority"] == "Roskomnadzor"


def test_an_authority_that_no_table_knows_stands_as_it_is_and_that_is_said(root: Path) -> None:
    put(root, "Spain/2021/2021-01-02-ExampleOffice.md")
    assert order(root)["authority"] == "ExampleOffice"
    assert any("no table knows" in text and "ExampleOffice" in text for text in read(root)[1])
    naming = '[authorities."Example Office"]\ncountry = "ES"\nspelled = ["ExampleOffice"]\n'
    assert order(root, naming)["authority"] == "Example Office"
    assert read(root, naming)[1] == []


def test_a_file_gives_another_platform_its_own_folder(root: Path) -> None:
    put(root, "Spain/2021/2021-01-02-GuardiaCivil.md", "https://a.example.com/x https://github.com/y")
    naming = 'platform = "example"\nsource = "https://notices.example/"\nhosts = ["*.example.com"]\n'
    found = order(root, naming)
    assert (found["platform"], found["id"]) == ("example", "example-ES-2021-01-02-GuardiaCivil")
    assert found["targets"] == ["https://a.example.com/x"]
    assert found["sources"] == ["https://notices.example/Spain/2021/2021-01-02-GuardiaCivil.md"]


@pytest.mark.parametrize("name", ["2021-01-02-BNIA.pdf", "2021-01-02-bnia.PDF"])
def test_a_pdf_beside_a_notice_is_its_document_and_no_second_order(root: Path, name: str) -> None:
    put(root, "China/2021/2021-01-02-BNIA.md")
    put(root, f"China/2021/{name}", b"%PDF")
    assert [document["name"] for document in order(root)["documents"]] == ["2021-01-02-BNIA.md", name]


def test_without_urls_some_are_ordered(root: Path) -> None:
    put(root, "China/2021/2021-01-02-BNIA.md", "See annex 1.")
    assert order(root)["specified"]["qualifier"] == "unknown"


def test_where_lines_hide_what_they_named_there_are_at_least_as_many(root: Path) -> None:
    put(root, "China/2021/2021-01-02-BNIA.md", LETTER + "[private]\n")
    found = order(root)
    assert (found["specified"]["n"], found["specified"]["qualifier"], found["specified_of"]) == (1, "at-least", "url")


# What is no notice


def test_what_is_no_notice_is_named(root: Path) -> None:
    put(root, "README.md")
    put(root, "China/2021/2021-01-02-BNIA.md")
    put(root, "China/notes.txt")
    put(root, ".git/HEAD")
    found, said = read(root)
    assert len(found) == 1
    assert said == [f"{root}: passed over, as no notices: 2 (README.md, China/notes.txt)"]


@pytest.mark.parametrize(
    ("name", "content", "says", "column"),
    [
        ("China/2021/2021-02-30-BNIA.md", LETTER, "no day of the calendar", "received"),
        ("Atlantis/2021/2021-01-02-BNIA.md", LETTER, "no folder of a country", "jurisdiction"),
        ("2021-01-02-BNIA.md", LETTER, "no folder of a country", "jurisdiction"),
        ("China/2021/2021-01-02-BNIA.pdf", LETTER, "a PDF without a notice as text", ""),
        ("China/2021/2021-01-02-BNIA.md", b"a\nb\xff", "not UTF-8 at byte 4", ""),
        ("China/2021/2021-01-02-BNIA.md", b"x" * (4 << 20) + b"x", "longer than 4 MiB", ""),
    ],
)
def test_what_cannot_be_an_order_is_refused_and_not_dropped(
    root: Path, name: str, content: str | bytes, says: str, column: str
) -> None:
    path = put(root, name, content)
    (item,), _ = read(root)
    assert (item.record, item.file, item.column) == (None, str(path), column)
    assert says in item.problem


def test_a_folder_in_the_place_of_a_notice_is_refused_or_passed_into(root: Path) -> None:
    (root / "China" / "2021-01-02-BNIA.md").mkdir(parents=True)
    put(root, "China/2021-01-02-BNIA.md/2021-01-03-BNIA.md")
    assert order(root)["received"] == "2021-01-03"


# What a text names


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("see https://github.com/a/b.", ["https://github.com/a/b"]),
        ("<https://github.com/a/b>", ["https://github.com/a/b"]),
        ("[page](https://github.com/a/b)", ["https://github.com/a/b"]),
        ("(https://github.com/a/b_(c))", ["https://github.com/a/b_(c)"]),
        ("«https://github.com/a», https://github.com/b;", ["https://github.com/a", "https://github.com/b"]),
        ("https://github.com/a https://github.com/a", ["https://github.com/a"]),
        ("HTTPS://GitHub.com/a#1", ["HTTPS://GitHub.com/a#1"]),
        ("https://www.github.com/a?tab=x", ["https://www.github.com/a?tab=x"]),
        ("https://a.github.io/", ["https://a.github.io/"]),
        ("https://github.com/ and https://github.com", []),
        ("http://law.example/149.pdf https://notgithub.com/a https://github.com.example/a", []),
        ("https://[::1", []),
    ],
)
def test_urls_of_the_platform_are_targets(text: str, urls: list[str]) -> None:
    assert read_text(text, HOSTS).urls == urls


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("https://github.com/a\n[private]\n", True),
        ("2) [invalid]", True),
        ("https://github.com/[private]/page", True),
        ("Yours, [private]", False),
        ("https://github.com/a", False),
    ],
)
def test_a_line_that_hides_what_it_named_is_seen(text: str, hidden: bool) -> None:
    assert read_text(text, HOSTS).hidden is hidden


# The file that says who is meant


@pytest.mark.parametrize("text", ["2021-03-01", '"2021-03-01"'])
def test_a_day_is_taken_with_quotes_and_without(tmp_path: Path, text: str) -> None:
    (tmp_path / "map.toml").write_text(f"observed = {text}\n", encoding="utf-8")
    assert read_naming(tmp_path / "map.toml").observed == "2021-03-01"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1\n", "'x' means nothing here"),
        ("platform = 1\n", "platform: a text"),
        ("observed = 2021-03-01T10:00:00Z\n", "observed: a day"),
        ('observed = "2021-W09-1"\n', "observed: a day"),
        ('observed = "20210301"\n', "observed: a day"),
        ('observed = "2021-02-30"\n', "observed: a day"),
        ('jurisdiction = "Atlantis"\n', "jurisdiction: 'Atlantis'"),
        ("authorities = 1\n", "authorities: a table"),
        ('[authorities.A]\nspelled = "B"\n', "authorities.A.spelled: a list"),
        ("[authorities.A]\nname = 1\n", "authorities.A: 'name' means nothing"),
        ('[authorities.A]\ncountry = "Atlantis"\n', "authorities.A: 'Atlantis'"),
        ('[authorities."-"]\n', "neither letters nor digits"),
        ("[platforms]\nx = [1]\n", "platforms.x: a text"),
        ("hosts = 1\n", "hosts: a list"),
    ],
)
def test_a_file_that_says_something_else_is_refused_with_the_key(tmp_path: Path, text: str, says: str) -> None:
    from ledger.errors import Refused

    (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=r"map\.toml: ") as caught:
        read_naming(tmp_path / "map.toml")
    assert says in str(caught.value)


def test_notices_that_name_no_target_are_told(root: Path) -> None:
    put(root, "Russia/2021/2021-03-04-Roscomnadzor.md", "")
    put(root, "Russia/2021/2021-03-05-Roscomnadzor.md")
    found, said = read(root)
    assert [item.record is not None for item in found] == [True, True]
    why = "orders without a target, as the text has no URL of the platform"
    assert said == [f"{root}: {why}: 1 (Russia/2021/2021-03-04-Roscomnadzor.md)"]


def test_folders_that_cannot_be_read_or_lie_elsewhere_are_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, "Russia/2021/2021-03-04-Roscomnadzor.md")
    put(root, "India/2021/2021-03-05-MeitY.md")
    put(root.parent, "Spain/2021/2021-03-05-Court.md")
    (root / "Spain").symlink_to(root.parent / "Spain")
    scan = os.scandir

    def scandir(path: str) -> Any:
        if Path(path).name == "India":
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found, said = read(root)
    assert [item.problem for item in found] == ["", "cannot be read (Permission denied)"]
    assert found[1].file == str(root / "India")
    assert said == [f"{root}: passed over, as no notices: 1 (Spain)"]


def test_a_folder_without_notices_is_refused(root: Path) -> None:
    (root / "README.txt").write_text("x")
    (item,), said = read(root)
    assert (item.problem, item.rows) == ("holds no notices: Country/Year/YYYY-MM-DD-Authority.md", 0)
    assert said == [f"{root}: passed over, as no notices: 1 (README.txt)"]
