"""Where an import reads from: files, folders, standard input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

from ledger.errors import Refused
from ledger.exchange.jsonlines import json_entries
from ledger.exchange.toml import toml_entries
from ledger.model.incoming import Incoming

_LINES: Final = (".jsonl", ".ndjson", ".json")


def sources(paths: list[str], stdin: IO[bytes] | None, zone: str) -> Callable[[], Iterator[Incoming]]:
    """Return what gives all entries of files, folders and `-` (JSON Lines from standard input), from the start each time.

    JSON Lines come first, in the order given; then TOML, by time over all files. Raises `Refused` for what is no such file.
    """
    lines: list[Path | IO[bytes]] = []
    tables: list[Path] = []
    for text in paths:
        if text == "-":
            if stdin is None:
                raise Refused("standard input is closed: there is nothing to import from it")
            lines.append(_kept(stdin))
            continue
        found = _files(Path(text))
        lines += [path for path in found if path.suffix.lower() in _LINES]
        tables += [path for path in found if path.suffix.lower() == ".toml"]

    def entries() -> Iterator[Incoming]:
        for source in lines:
            if isinstance(source, Path):
                try:
                    with source.open("rb") as stream:
                        yield from json_entries(str(source), stream)
                except OSError as error:
                    yield Incoming(str(source), None, problem=f"cannot be read ({error.strerror})")
            else:
                source.seek(0)
                yield from json_entries("standard input", source)
        yield from toml_entries(tables, zone)

    return entries


def _kept(stdin: IO[bytes]) -> IO[bytes]:
    """Keep standard input, which can be read only once."""
    import shutil
    import tempfile

    kept = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the import
    shutil.copyfileobj(stdin, kept)
    return kept


def _files(path: Path) -> list[Path]:
    known = (*_LINES, ".toml")
    if path.is_dir():
        found = sorted(item for item in path.rglob("*") if item.suffix.lower() in (".jsonl", ".ndjson", ".toml"))
        if not found:
            raise Refused(f"{path}: holds no .toml, .jsonl or .ndjson files")
        return found
    if not path.exists():
        raise Refused(f"{path}: there is no such file or folder")
    if path.suffix.lower() not in known:
        raise Refused(
            f"{path}: is not of a known kind: import reads {', '.join(known)}, folders of them, or - for JSON Lines"
        )
    return [path]
