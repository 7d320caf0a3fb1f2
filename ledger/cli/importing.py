"""`ledger import`: entries from files, folders or standard input, in the formats of others too."""

from __future__ import annotations

import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ledger.cli import options as o
from ledger.cli.output import emit
from ledger.errors import Refused, WriteFailed
from ledger.exchange.sources import FORMATS, sources
from ledger.journal.signals import defer_signals
from ledger.render.rows import as_json
from ledger.render.safe import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ledger.importing import Imported
    from ledger.model.incoming import Incoming

# How many of the refused entries are printed; all of them go to --rejects.
SHOWN: Final = 20


def command(
    ctx: typer.Context,
    paths: Annotated[
        list[str],
        typer.Argument(help="Files, folders of them, or - for standard input (needs --format).", show_default=False),
    ],
    file: o.FileOption = None,
    form: Annotated[
        str | None, typer.Option("--format", help=f"{', '.join(FORMATS)}; else by extension.", show_default=False)
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--map", help="A TOML file: what columns and names mean. See docs/import.md.", show_default=False),
    ] = None,
    sample: Annotated[bool, typer.Option("--sample", help="Propose a mapping for a table, and add nothing.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be added, and add nothing.")] = False,
    keep_going: Annotated[
        bool,
        typer.Option("--keep-going", help="Add all that can be added; the exit code is 2 still if any was refused."),
    ] = False,
    rejects: Annotated[
        Path | None,
        typer.Option(
            "--rejects",
            help="Write what is refused to this CSV: file, line, column, value, reason.",
            show_default=False,
        ),
    ] = None,
    output: o.JsonOption = "table",
) -> None:
    """Add entries that the ledger does not hold yet, all of them or none. Running it again adds nothing.

    Example: ledger import sample_orders/

    Example: ledger import --dry-run orders.jsonl

    Example: ledger import requests.csv --map requests.toml --rejects rejected.csv --keep-going

    Example: ledger import gov-takedowns/ --format notices
    """
    if output not in ("table", "json"):
        raise Refused(f"output-format: {output!r} is none of table, json")
    stdin = sys.stdin.buffer if sys.stdin else None
    if sample:
        emit(_sample(paths, form))
        return
    from ledger.cli.rejected import check_rejects, rejects_file

    chosen = o.Chosen(ctx, file)
    if rejects is not None:
        check_rejects(rejects, chosen.path, paths, mapping)
    with chosen.open() as book, defer_signals():
        watch = Reading() if sys.stderr is not None and sys.stderr.isatty() else None
        source = sources(paths, stdin, book.zone, form=form, mapping=mapping, tell=o.warn, watch=watch)
        source = watch.counted(source) if watch is not None else source
        done: Imported | None = None
        try:
            with rejects_file(rejects, mapping, form) as table:
                done = book.import_all(source, dry_run=dry_run, keep_going=keep_going, rejects=table)
        except (OSError, WriteFailed) as error:
            _stands(error, done, dry_run=dry_run, what="the list of what was refused could not be written")
            raise
        for where, reason in done.refused[:SHOWN]:
            o.warn(f"{where}: refused: {reason}")
        count = len(done.refused) + done.more
        if count > SHOWN:
            o.warn(
                f"and {count - SHOWN:,} more are refused" + ("" if rejects else "; --rejects FILE.csv lists them all")
            )
        if count and form is None and any(path.lower().endswith(".json") for path in paths):
            o.warn(
                "a .json file is read as JSON Lines; say --format lumen for notices of Lumen, --format tinydb for a TinyDB"
            )
        report = Report(
            done, dry_run=dry_run, keep_going=keep_going, own=form in (None, "jsonl", "toml") and mapping is None
        )
        try:
            emit(report.as_json() if output == "json" else report.as_text(chosen.label))
        except (OSError, WriteFailed) as error:
            _stands(error, done, dry_run=dry_run, what="the result could not be printed")
            raise
    if done.refused:
        raise typer.Exit(2)


def _stands(error: Exception, done: Imported | None, *, dry_run: bool, what: str) -> None:
    """Say that the entries stand, where they do, though something went wrong afterwards."""
    if done is not None and done.added and not dry_run:
        raise WriteFailed(f"{what} ({error}), but {done.added:,} entries were added and stand") from error


def _sample(paths: list[str], form: str | None) -> str:
    """Return the mapping that is proposed for a table, or for the documents of a TinyDB that are no entries."""
    from ledger.exchange.tables.sampling import propose_mapping

    if len(paths) != 1 or form not in (None, "csv", "tinydb"):
        raise Refused("sample: give one table: `ledger import --sample FILE.csv`, or a TinyDB with --format tinydb")
    name, path = paths[0], Path(paths[0])
    if name == "-" or not path.is_file():
        raise Refused(f"{name}: there is no such file: a mapping is proposed for one table")
    try:
        if form != "tinydb":
            with path.open("rb") as stream:
                return propose_mapping(name, stream)
        from ledger.exchange.tinydb_tables import as_table

        with as_table(lambda: path.open("rb")) as table:
            if table is None:
                raise Refused(f"{name}: needs no mapping: it has no documents but entries of a ledger")
            with table[0].open("rb") as stream:
                return propose_mapping(name, stream)
    except OSError as error:
        raise Refused(f"{name}: cannot be read ({error.strerror})") from error


class Report:
    """What is printed of an import; `own` is whether what was read is the ledger's own record, an entry a line."""

    def __init__(self, done: Imported, *, dry_run: bool, keep_going: bool, own: bool) -> None:
        self.done, self.keep_going, self.own = done, keep_going, own
        self.held = bool(done.refused) and not keep_going
        self.would = dry_run or self.held
        self.verb = "would be added" if dry_run and not self.held else "added"
        self.count = len(done.refused) + done.more

    def as_text(self, label: str) -> str:
        """Return it for people."""
        done = self.done
        text = f"{plain(label)}: {done.added:,} {self.verb}, {done.found:,} already there, {self.count:,} refused\n"
        if not self.own or done.rows.total:
            rows = done.rows
            text += (
                f"{rows.read:,} rows read: {rows.fit:,} {'could be added' if self.held else self.verb}, "
                f"{rows.found:,} already there, {rows.refused:,} refused, {rows.total:,} left out\n"
            )
            text += "".join(
                f"left out: {count:,} ({plain(why)}){_lines(done.aside_at.get(why, ()), count)}\n"
                for why, count in done.aside.items()
            )
        if self.held:
            text += "nothing was added: mend what is refused, then import again\n"
        elif self.count:
            text += "what is refused was left out: mend it, then import again\n"
        return text

    def as_json(self) -> str:
        """Return it for programs."""
        done = self.done
        return as_json(
            {
                "schema": "ledger-import/1",
                "created": done.created and not self.would,
                "added": 0 if self.would else done.added,
                "would_add": done.fit if self.would else None,
                "found": done.found,
                "refused": [{"where": plain(where), "reason": reason} for where, reason in done.refused],
                "refused_beyond": done.more,
                "rows": done.rows._asdict(),
                "left_out": [
                    {
                        "why": plain(why),
                        "rows": count,
                        "lines": [{"file": plain(file), "line": line} for file, line in done.aside_at.get(why, ())],
                    }
                    for why, count in done.aside.items()
                ],
            }
        )


def _lines(places: Sequence[tuple[str, int | None]], count: int) -> str:
    """Return where the first rows stand that were left out, file by file; nothing where no line is known."""
    files: dict[str, list[int]] = {}
    for file, line in places:
        if line is not None:
            files.setdefault(file, []).append(line)
    texts = [
        f"{f'{plain(file)}, ' if len(files) > 1 else ''}{'line' if len(lines) == 1 else 'lines'} "
        + ", ".join(f"{line}" for line in lines)
        for file, lines in files.items()
    ]
    return f": {'; '.join(texts)}{', …' if count > len(places) else ''}" if texts else ""


class Reading:
    """Shows on a terminal how far the reading is."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._next = clock() + 0.5
        self._shown = False
        self._rows = 0
        self._file = ""

    def __call__(self, name: str, done: int, size: int) -> None:
        """Take how far a file is read, and show it, ten times a second at the most."""
        self._file = f"{plain(name)}, {100 * done // size if size else 100} % of {size / 1e6:,.0f} MB, "
        self._show()

    def counted(self, source: Callable[[], Iterator[Incoming]]) -> Callable[[], Iterator[Incoming]]:
        """Return the source, its rows counted."""

        def count() -> Iterator[Incoming]:
            self._rows = 0
            for number, item in enumerate(source()):
                self._rows += item.rows
                if number & 0xFFF == 0:
                    self._show()
                yield item
            if self._shown:
                print(file=sys.stderr, flush=True)
                self._shown = False

        return count

    def _show(self) -> None:
        now = self._clock()
        if now >= self._next:
            self._next, self._shown = now + 0.1, True
            print(f"\rreading {self._file}{self._rows:,} rows taken", end="", file=sys.stderr, flush=True)
