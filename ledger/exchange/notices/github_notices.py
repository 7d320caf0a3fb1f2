"""A folder of notices as GitHub publishes them (https://github.com/github/gov-takedowns), an order each.

    Country/Year/YYYY-MM-DD-Authority[-n].md

The day in the name is the day of receipt. The country is the nearest folder above that is one; the authority is looked
up as it is spelled in the name, else in the text. URLs of the platform's own hosts are the targets: texts link to the
law and to the authority too. Where a line hides what it named (`[private]`), there are at least as many targets as URLs.
A PDF of the same name is a document of the notice; one without a notice has no text that could be read, and is refused.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

from ledger.errors import Refused
from ledger.exchange.notices.authorities import Authority, Naming, folded
from ledger.exchange.tables.countries import country_code
from ledger.model.incoming import Incoming

_PLATFORM: Final = "github"
_SOURCE: Final = "https://github.com/github/gov-takedowns/blob/master/"
_HOSTS: Final = ("github.com", "gist.github.com", "*.github.io", "*.githubusercontent.com")
_NAME: Final = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})-(?P<who>.+?)(?:-(?P<number>[0-9]+))?")
_URL: Final = re.compile(r"https?://[^\s<>\"'“”«»‘’\[\]{}|\\^`]+", re.IGNORECASE)
# What follows a URL in a sentence.
_AFTER: Final = ".,;:!?*_…。，、；"
# A line of a list of which nothing is left, as `[private]` or `2) [invalid]`.
_HIDDEN_LINE: Final = re.compile(r"^\W*(?:[0-9]+[.)]\s*)?\[[a-z ]{3,30}\]\W*$", re.MULTILINE)
# A notice is a letter; what is longer is something else.
_LONGEST: Final = 4 << 20


class Text(NamedTuple):
    """What the text of a notice holds: URLs that are targets, whether more are hidden, hosts of the other URLs."""

    urls: list[str]
    hidden: bool
    others: list[str]


def notice_entries(root: Path, naming: Naming, say: Callable[[str], None]) -> Iterator[Incoming]:
    """Give an order for each notice of a folder, by name; `say` takes what was passed over and what was not known."""
    skipped: list[str] = []
    nameless: list[str] = []
    unknown: dict[str, None] = {}
    lost: list[OSError] = []
    found = 0
    for folder, names in _folders(root, skipped, lost):
        notices = {Path(name).stem.casefold() for name in names if _is_notice(name, ".md")}
        for name in names:
            path = folder / name
            if _is_notice(name, ".md"):
                beside = [
                    folder / other
                    for other in names
                    if _is_notice(other, ".pdf") and Path(other).stem.casefold() == path.stem.casefold()
                ]
                found += 1
                entry = _entry(path, beside, naming, unknown)
                if entry.record is not None and "targets" not in entry.record:
                    nameless.append(str(path.relative_to(root)))
                yield entry
            elif not _is_notice(name, ".pdf"):
                skipped.append(str(path.relative_to(root)))
            elif path.stem.casefold() not in notices:
                found += 1
                yield _problem(path, "a PDF without a notice as text: record it with `ledger add-order --document`")
    for error in lost:
        yield _problem(Path(error.filename or root), f"cannot be read ({error.strerror})")
    if not found and not lost:
        yield _problem(root, "holds no notices: Country/Year/YYYY-MM-DD-Authority.md")._replace(rows=0)
    if skipped:
        say(f"{root}: passed over, as no notices: {_listed(skipped)}")
    if nameless:
        say(f"{root}: orders without a target, as the text has no URL of the platform: {_listed(nameless)}")
    if unknown:
        say(f"{root}: authorities that no table knows stand as the files are named: {', '.join(list(unknown)[:20])}")


def _listed(names: list[str]) -> str:
    return f"{len(names):,} ({', '.join(names[:20])}{', …' if len(names) > 20 else ''})"


def _folders(root: Path, skipped: list[str], lost: list[OSError]) -> Iterator[tuple[Path, list[str]]]:
    """Give each folder with its files, all in order of their names; hidden ones are none.

    Folders elsewhere that are linked go to `skipped`, as they may lead back here; what cannot be read to `lost`.
    """
    for folder, folders, names in os.walk(root, onerror=lost.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        skipped += [
            str((Path(folder) / name).relative_to(root)) for name in folders if (Path(folder) / name).is_symlink()
        ]
        yield Path(folder), sorted(name for name in names if not name.startswith("."))


def _is_notice(name: str, suffix: str) -> bool:
    path = Path(name)
    return path.suffix.lower() == suffix and _NAME.fullmatch(path.stem) is not None


def _problem(path: Path, why: str, line: int | None = None, column: str = "", value: str = "") -> Incoming:
    where = str(path) if line is None else f"{path}, line {line}"
    return Incoming(where, None, problem=why, file=str(path), line=line, column=column, value=value)


def _entry(path: Path, beside: list[Path], naming: Naming, unknown: dict[str, None]) -> Incoming:
    match = _NAME.fullmatch(path.stem)
    day = match["day"] if match else ""
    try:
        date.fromisoformat(day)
    except ValueError:
        return _problem(path, f"received: {day!r} is no day of the calendar", column="received", value=day)
    country, place = _country(path)
    if country is None:
        why = "jurisdiction: it stands in no folder of a country: Country/Year/YYYY-MM-DD-Authority.md"
        return _problem(path, why, column="jurisdiction", value=place)
    try:
        raw = _read(path)
        documents = [_document(path, raw), *(_document(item, _read(item, None)) for item in beside)]
    except OSError as error:
        return _problem(path, f"cannot be read ({error.strerror})")
    except Refused as error:
        return _problem(path, str(error))
    try:
        words = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return _problem(path, f"not UTF-8 at byte {error.start + 1}", line)
    spelled = match["who"] if match else ""
    authority = naming.authority_of(spelled) or _authority_in(words, country, naming)
    if authority is None:
        unknown[spelled] = None
    text = read_text(words, naming.hosts or _HOSTS)
    record: dict[str, Any] = {
        "kind": "order",
        "id": f"github-{country}-{path.stem}"
        if naming.platform is None
        else f"{naming.platform}-{country}-{path.stem}",
        "authority": authority.name if authority else spelled,
        "jurisdiction": country,
        "platform": naming.platform or _PLATFORM,
        "received": day,
        "documents": documents,
        "sources": [(naming.source or _SOURCE) + quote(place)],
    }
    if text.urls:
        record["targets"] = text.urls
    if text.hidden or not text.urls:
        record |= {"specified": f"{len(text.urls)}+" if text.urls else "some", "specified_of": "url"}
    notes = ["The text hides some of what it named."] if text.hidden else []
    if text.others:
        notes.append(f"It also links to {', '.join(text.others)}: not targets.")
    if notes:
        record["note"] = " ".join(notes)
    return Incoming(str(path), record, file=str(path))


def _country(path: Path) -> tuple[str | None, str]:
    """Return the code of the country whose folder a notice stands in, and the path from there on."""
    parts = path.absolute().parts
    # Country, year, and a folder of its own where a notice has a PDF: what lies above is the reader's own.
    for at in range(len(parts) - 2, max(0, len(parts) - 5), -1):
        # Two letters may be any folder; countries are named here.
        if len(parts[at]) > 3:
            try:
                return country_code(parts[at]), "/".join(parts[at:])
            except Refused:
                continue
    return None, path.name


def _read(path: Path, longest: int | None = _LONGEST) -> bytes:
    """Return the bytes of a file; raises `Refused` for what is none, or too long."""
    if not path.is_file():
        raise Refused("is no file")
    with path.open("rb") as file:
        raw = file.read() if longest is None else file.read(longest + 1)
    if longest is not None and len(raw) > longest:
        raise Refused(f"longer than {longest >> 20} MiB: this is no notice")
    return raw


def _document(path: Path, raw: bytes) -> dict[str, str]:
    return {"name": path.name, "sha256": hashlib.sha256(raw).hexdigest()}


def _authority_in(words: str, country: str, naming: Naming) -> Authority | None:
    """Return the one known authority of the country that a text names; None for none or several."""
    text = folded(words)
    # Short names stand inside other words.
    found = {
        authority for name, authority in naming.authorities.items()
        if authority.country == country and len(name) > 8 and name in text
    }  # fmt: skip
    return next(iter(found)) if len(found) == 1 else None


def read_text(words: str, hosts: tuple[str, ...]) -> Text:
    """Return what a notice names: each URL once, in the order in which they stand."""
    urls: dict[str, None] = {}
    others: dict[str, None] = {}
    hidden = _HIDDEN_LINE.search(words) is not None
    for match in _URL.finditer(words):
        url = _ended(match[0])
        if words[match.end() : match.end() + 1] == "[":
            hidden = True
            continue
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            continue
        if not any(_is_of(host, form) for form in hosts):
            others[host] = None
        elif parts.path.strip("/") or parts.query or any(form.startswith("*") and _is_of(host, form) for form in hosts):
            urls[url] = None
    return Text(list(urls), hidden, [host for host in others if host])


def _ended(url: str) -> str:
    """Return a URL without what belongs to the sentence around it."""
    while url and (url[-1] in _AFTER or (url[-1] == ")" and url.count(")") > url.count("("))):
        url = url[:-1]
    return url


def _is_of(host: str, form: str) -> bool:
    return host.endswith(form[1:]) if form.startswith("*.") else host in (form, f"www.{form}")
