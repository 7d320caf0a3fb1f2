"""The options that commands share, and what they stand for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ledger.book import Ledger
from ledger.cli.completion import complete_order, complete_target
from ledger.cli.streams import say
from ledger.errors import LedgerError, Refused
from ledger.model.moments import resolve

DEFAULT: Final = Path("ledger.jsonl")
VARIABLE: Final = "COMPLIANCE_LEDGER"

FileOption = Annotated[
    Path | None,
    typer.Option("--file", readable=False, help="The ledger; else $COMPLIANCE_LEDGER, else ./ledger.jsonl."),
]
SourceOption = Annotated[list[str] | None, typer.Option("--source", help="Where it is published; may be repeated.")]
StatedByOption = Annotated[
    str | None, typer.Option("--stated-by", help="Who says so: platform, authority, court, user or press.")
]
DocumentOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--document", help="A file that bears it out: its name and SHA-256 are kept, the file stays where it is."
    ),
]
NoteOption = Annotated[str | None, typer.Option("--note", help="Free text.")]
AtOption = Annotated[
    str | None,
    typer.Option("--at", help="When: 2021-02-01, 2021-02-01T21:40+05:30, today, yesterday, -7d; default now."),
]
TargetsFileOption = Annotated[
    str | None, typer.Option("--targets-file", help="A file with one target a line, or - for standard input.")
]
TargetsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        help="@name, hashtag:tag, https://… or kind:name.", autocompletion=complete_target, show_default=False
    ),
]
OrderArgument = Annotated[
    str, typer.Argument(help="The order's id.", autocompletion=complete_order, show_default=False)
]
JsonOption = Annotated[str, typer.Option("-O", "--output-format", help="table or json.")]
ColorOption = Annotated[str, typer.Option("--color", help="auto, always or never; NO_COLOR is heeded.")]
OutOption = Annotated[
    Path | None, typer.Option("-o", "--output", help="Write to this file; its extension chooses the format.")
]
ConfidentialOption = Annotated[
    bool, typer.Option("--include-confidential", help="Show confidential orders in HTML too, and not as counts alone.")
]
SetOption = Annotated[list[str] | None, typer.Option("--set", help="NAME=VALUE for a rarer field; may be repeated.")]


class Chosen:
    """Which file a command is about, and by which of the three ways that was said."""

    def __init__(self, ctx: typer.Context, file: Path | None) -> None:
        given = file or ctx.obj
        variable = os.environ.get(VARIABLE)
        if given is not None:
            self.path, self.how = Path(given), "--file"
        elif variable:
            self.path, self.how = Path(variable), f"${VARIABLE}"
        else:
            self.path, self.how = DEFAULT, "the default"

    @property
    def label(self) -> str:
        """Name the file as messages do."""
        return f"{self.path} ({self.how})"

    @contextmanager
    def open(self) -> Iterator[Ledger]:
        """Open the ledger, and pass on its warnings at the end, whatever happens."""
        book = Ledger(self.path, progress=_progress())
        try:
            yield book
        except LedgerError as error:
            # Which of the three ways led to the file is said wherever it is named.
            text, name = str(error), str(self.path)
            if text.startswith((f"{name}:", f"{name},")):
                raise type(error)(self.label + text[len(name) :]) from error
            raise
        finally:
            for warning in dict.fromkeys(book.warnings):
                warn(warning)
            book.close()

    @contextmanager
    def reading(self) -> Iterator[Ledger]:
        """Open a ledger that must be there; raises `Missing` saying which way led to it."""
        from ledger.errors import Missing

        with self.open() as book:
            if not book.exists():
                what = "is empty" if self.path.exists() else "there is no ledger here"
                raise Missing(f"{self.label}: {what}; `ledger init` or the first `ledger add-order` makes one")
            yield book


def warn(text: str) -> None:
    """Say something on stderr that is no error."""
    say(text)


def _progress() -> Any:
    """Return what shows that a long piece of work goes on; on a terminal only."""
    if sys.stderr is None or not sys.stderr.isatty():
        return None

    def show(done: int, of: int) -> None:
        if of > 2_000:
            end = "\r" if done < of else "\n"
            print(f"\rindexing {done:,} of {of:,} orders", end=end, file=sys.stderr, flush=True)

    return show


def clock() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def when(field: str, text: str | None, zone: str) -> str | None:
    """Return a time as typed in its ISO form; raises `Refused` naming the field."""
    if text is None:
        return None
    try:
        return resolve(text, clock(), zone)
    except Refused as error:
        raise Refused(f"{field}: {error}") from error


def days(
    begin: str | None, end: str | None, as_of: str | None, period: str | None, zone: str
) -> tuple[str | None, str | None, str | None]:
    """Return the first day, the day after the last, and the last day, in ISO form as far as they are said.

    A period says the first two. Raises `Refused` where it is said along with one of them.
    """
    if period is None:
        return when("begin", begin, zone), when("end", end, zone), when("as-of", as_of, zone)
    from ledger.model.moments import LAST_DAY, day_text
    from ledger.model.periods import parse_period

    if as_of or begin or end:
        raise Refused("period: says all: leave out --as-of, --begin and --end")
    span = parse_period(period)
    return day_text(span.begin), day_text(min(span.end, LAST_DAY)), None


def targets(given: list[str] | None, file: str | None) -> list[str]:
    """Return the targets from arguments and from a file; raises `Refused` with the line that cannot be read."""
    found = list(given or [])
    if file is None:
        return found
    name = "standard input" if file == "-" else file
    if file == "-" and sys.stdin is None:
        raise Refused("targets-file: standard input is closed")
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise Refused(f"targets-file: {name}: cannot be read ({error.strerror})") from error
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        try:
            text = line.decode("utf-8").strip()
        except UnicodeDecodeError as error:
            raise Refused(f"targets-file: {name}, line {number}: not UTF-8 at byte {error.start + 1}") from error
        if text:
            found.append(text)
    if not found:
        raise Refused(f"targets-file: {name}: holds no targets")
    return found


def documents(paths: list[Path] | None) -> list[dict[str, str]]:
    """Return the name and SHA-256 of each file; raises `Refused` for one that cannot be read."""
    import hashlib

    found = []
    for path in paths or []:
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise Refused(f"document: {path}: cannot be read ({error.strerror})") from error
        found.append({"name": path.name, "sha256": digest})
    return found


def with_fields(entry: dict[str, Any], texts: list[str] | None, kind: str, zone: str) -> dict[str, Any]:
    """Return an entry with its rarer fields; raises `Refused` for one that is said already."""
    found = assigned(texts, kind, zone)
    for name in found:
        if name in entry:
            raise Refused(f"set: {name} is given already, by itself or its own option")
    return entry | found


def assigned(texts: list[str] | None, kind: str | None, zone: str) -> dict[str, Any]:
    """Return the fields of NAME=VALUE options: lists and records as JSON, `null` to take a field away.

    Raises `Refused` for a field that entries of this kind do not have.
    """
    from difflib import get_close_matches

    from ledger.exchange.foreign import parse_json
    from ledger.model.entries import date_fields, fields_of, type_of

    found: dict[str, Any] = {}
    for text in texts or []:
        name, mark, value = text.partition("=")
        name = name.strip().replace("-", "_")
        if not mark or not name:
            raise Refused(f"set: {text!r} is no NAME=VALUE")
        if name in found:
            raise Refused(f'set: {name} is given twice; write a list as {name}=\'["…", "…"]\'')
        if kind is not None and name not in fields_of(kind):
            near = get_close_matches(name, fields_of(kind), n=1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(fields_of(kind))}"
            raise Refused(f"set: {name!r} is no field of this {kind}: {hint}")
        form = type_of(name)
        if value == "null":
            found[name] = None
        elif value[:1] in "[{" and value and form in ("list", "record", "text"):
            found[name] = parse_json(value.encode("utf-8", "surrogatepass")) if form != "text" else value
        elif form == "flag":
            if value not in ("true", "false"):
                raise Refused(f"set: {name} is true or false, not {value!r}")
            found[name] = value == "true"
        elif form == "list":
            found[name] = [value]
        elif kind is not None and name in date_fields(kind):
            found[name] = when(name, value, zone)
        else:
            found[name] = value
    return found
