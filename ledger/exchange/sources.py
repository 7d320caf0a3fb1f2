"""Where an import reads from: files, folders, standard input, each in one of the formats that it knows."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

from ledger.errors import Refused, WriteFailed
from ledger.exchange.jsonlines import json_entries
from ledger.exchange.toml import is_mapping, read_toml, toml_entries
from ledger.model.incoming import Incoming

if TYPE_CHECKING:
    from ledger.exchange.notices.authorities import Naming
    from ledger.exchange.tables.mapping import TableMapping

# Each format, and the extensions of its files in a folder; a folder of notices is taken whole.
FORMATS: Final = {
    "jsonl": (".jsonl", ".ndjson"),
    "toml": (".toml",),
    "csv": (".csv", ".tsv"),
    "lumen": (".json", ".jsonl"),
    "notices": (),
    "tinydb": (".json",),
}
# What a file is by its extension alone.
_GUESSED: Final = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".toml": "toml",
    ".csv": "csv",
    ".tsv": "csv",
}
_MAPPED: Final = ("csv", "tinydb", "lumen", "notices")
_BUFFER: Final = 1 << 18

Tell = Callable[[str], None]
# Takes the name of what is read, at which byte that is, and how many it has.
Watch = Callable[[str, int, int], None]


class Source(NamedTuple):
    """One file or what came from standard input: its name, its format, and what opens it from the beginning."""

    name: str
    form: str
    path: Path | None
    open: Callable[[], IO[bytes]]


def sources(
    paths: list[str],
    stdin: IO[bytes] | None,
    zone: str,
    *,
    form: str | None = None,
    mapping: Path | None = None,
    tell: Tell | None = None,
    watch: Watch | None = None,
) -> Callable[[], Iterator[Incoming]]:
    """Return what gives all entries of files, folders and `-` (standard input), from the start each time.

    They come in the order given; those in TOML last, by time over all files. `tell` takes remarks, each once. Raises
    `Refused` for what is no such file, for standard input without a `form`, and for a mapping that does not fit.
    """
    if form is not None and form not in FORMATS:
        raise Refused(f"format: {form!r} is none of {', '.join(FORMATS)}")
    found = [source for text in paths for source in _sources(text, stdin, form, mapping, watch)]
    forms = {source.form for source in found}
    if mapping is not None and not forms & set(_MAPPED):
        raise Refused(f"map: is used for {', '.join(_MAPPED)}, and not for {', '.join(sorted(forms))}")
    read = _readers(forms, mapping, zone, _once(tell))

    def entries() -> Iterator[Incoming]:
        for source in found:
            if source.form != "toml":
                yield from _read(source, read[source.form])
        yield from toml_entries([source.path for source in found if source.form == "toml" and source.path], zone)

    return entries


def _once(tell: Tell | None) -> Tell:
    """Return what passes each remark on once: the source may be read several times."""
    told: set[str] = set()

    def say(text: str) -> None:
        if tell is not None and text not in told:
            told.add(text)
            tell(text)

    return say


def _readers(
    forms: set[str], mapping: Path | None, zone: str, say: Tell
) -> dict[str, Callable[[Source], Iterator[Incoming]]]:
    """Return what reads each format; the mapping is read now, so that what is wrong in it is said before all else."""
    found: dict[str, Callable[[Source], Iterator[Incoming]]] = {"jsonl": _json_lines}
    table: TableMapping | None = None
    if mapping is not None and forms & {"csv", "tinydb"}:
        from ledger.exchange.tables.mapping import read_mapping

        table = read_mapping(mapping)
    if "csv" in forms:
        if table is None:
            raise Refused("map: a table needs --map FILE.toml, which says what its columns mean; --sample proposes one")
        found["csv"] = _csv(table, zone, say)
    if "tinydb" in forms:
        from ledger.exchange.tinydb_tables import tinydb_entries

        found["tinydb"] = lambda source: tinydb_entries(source.name, source.open, table, zone, say)
    if forms & {"lumen", "notices"}:
        from ledger.exchange.notices.authorities import read_naming

        naming = read_naming(mapping)
        found["lumen"] = _lumen(naming)
        found["notices"] = _notices(naming, say)
    return found


def _json_lines(source: Source) -> Iterator[Incoming]:
    with source.open() as stream:
        yield from json_entries(source.name, stream)


def _csv(mapping: TableMapping, zone: str, say: Tell) -> Callable[[Source], Iterator[Incoming]]:
    from ledger.exchange.tables.csv_entries import csv_entries

    # Tables in which the rows of an order do not stand together, as far as that has shown.
    scattered: set[str] = set()
    return lambda source: csv_entries(source.name, source.open, mapping, zone, say, scattered)


def _lumen(naming: Naming) -> Callable[[Source], Iterator[Incoming]]:
    from ledger.exchange.notices.lumen_notices import lumen_entries

    def read(source: Source) -> Iterator[Incoming]:
        with source.open() as stream:
            yield from lumen_entries(source.name, stream, naming)

    return read


def _notices(naming: Naming, say: Tell) -> Callable[[Source], Iterator[Incoming]]:
    from ledger.exchange.notices.github_notices import notice_entries

    return lambda source: notice_entries(Path(source.name), naming, say)


def _read(source: Source, read: Callable[[Source], Iterator[Incoming]]) -> Iterator[Incoming]:
    try:
        yield from read(source)
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    except Refused as error:
        problem = str(error).removeprefix(f"{source.name}: ").removeprefix(f"{source.name}, ")
    else:
        return
    yield Incoming(source.name, None, problem=problem, file=source.name, rows=0)


def _sources(
    text: str, stdin: IO[bytes] | None, form: str | None, mapping: Path | None, watch: Watch | None
) -> list[Source]:
    if text == "-":
        return [_standard_input(stdin, form)]
    path = Path(text)
    try:
        mode = path.stat().st_mode
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise Refused(f"{path}: there is no such file or folder") from None
        raise Refused(f"{path}: cannot be read ({error.strerror})") from None
    if form == "notices":
        if not stat.S_ISDIR(mode):
            raise Refused(f"{path}: is no folder: notices are read by the folder, Country/Year/YYYY-MM-DD-Authority.md")
        return [_file(path, form, watch)]
    if stat.S_ISDIR(mode):
        return [_file(item, known, watch) for item, known in _in_folder(path, form, mapping)]
    if not stat.S_ISREG(mode):
        raise Refused(f"{path}: is no file that could be read twice: give it to `ledger import - --format …` instead")
    return [_file(path, form or _guess(path, mapping), watch)]


def _file(path: Path, form: str, watch: Watch | None) -> Source:
    return Source(str(path), form, path, lambda: _opened(path, watch))


def _guess(path: Path, mapping: Path | None) -> str:
    form = _GUESSED.get(path.suffix.lower())
    if form is None:
        raise Refused(
            f"{path}: is not of a known kind: import reads {', '.join(_GUESSED)} and folders of them, "
            f"and with --format any file of {', '.join(FORMATS)}"
        )
    if form == "csv" and mapping is None:
        raise Refused(
            f"{path}: is a table, of a known kind only with --map FILE.toml, which says what its columns mean; "
            f"`ledger import --sample {path}` proposes one"
        )
    return form


def _in_folder(path: Path, form: str | None, mapping: Path | None) -> list[tuple[Path, str]]:
    """Return the files of a folder, and of those in it, that are of a format; of those known by extension without one."""
    if form is not None:
        known = dict.fromkeys(FORMATS[form], form)
    else:
        known = {".jsonl": "jsonl", ".ndjson": "jsonl", ".toml": "toml"} | ({".csv": "csv"} if mapping else {})
    found = [
        (item, known[item.suffix.lower()])
        for item in sorted(path.rglob("*"))
        if item.suffix.lower() in known and item.is_file() and not _is_mapping(item)
    ]
    if not found:
        *others, last = known
        raise Refused(f"{path}: holds no {', '.join(others)}{' or ' if others else ''}{last} files")
    return found


def _is_mapping(path: Path) -> bool:
    """Tell whether a file beside tables only says how these are read."""
    try:
        return path.suffix.lower() == ".toml" and is_mapping(read_toml(path))
    except Refused:
        # What cannot be read is named where its entries are asked for.
        return False


def _standard_input(stdin: IO[bytes] | None, form: str | None) -> Source:
    """Keep standard input, which can be read only once."""
    if form is None:
        raise Refused(
            f"standard input: say what it holds, such as `ledger import - --format jsonl` ({', '.join(FORMATS)})"
        )
    if form in ("notices", "toml"):
        raise Refused(f"standard input: {form} is read from {'a folder' if form == 'notices' else 'files'} alone")
    if stdin is None:
        raise Refused("standard input is closed: there is nothing to import from it")
    import shutil
    import tempfile

    try:
        kept = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the import
        try:
            shutil.copyfileobj(stdin, kept)
            kept.flush()
        except OSError:
            with suppress(OSError):
                kept.close()
            raise
    except OSError as error:
        why = f"could not be kept to be read twice ({error.strerror}); nothing was added"
        raise WriteFailed(f"standard input: {why}") from error

    def opened() -> IO[bytes]:
        kept.seek(0)
        return os.fdopen(os.dup(kept.fileno()), "rb")

    return Source("standard input", form, None, opened)


def _opened(path: Path, watch: Watch | None) -> IO[bytes]:
    if watch is None:
        return path.open("rb")
    return io.BufferedReader(_Watched(path, watch), _BUFFER)


class _Watched(io.FileIO):
    """A file whose reading is watched."""

    def __init__(self, path: Path, watch: Watch) -> None:
        super().__init__(path, "rb")
        self._name, self._watch = str(path), watch
        self._size = os.fstat(self.fileno()).st_size

    def readinto(self, buffer: Any) -> int:
        """Read, and say where."""
        count = super().readinto(buffer) or 0
        # Where it is: some read a file more than once.
        self._watch(self._name, self.tell(), self._size)
        return count
