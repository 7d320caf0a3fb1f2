"""Entries as JSON Lines: the ledger's own record, one a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Final

from ledger.errors import Refused
from ledger.exchange.foreign import parse_json
from ledger.model.incoming import Incoming, label

_LONGEST: Final = 64 << 20


def json_entries(name: str, stream: IO[bytes]) -> Iterator[Incoming]:
    """Give the entries of one file; what cannot be read comes as an entry without a record.

    A correction's `of` means the line's own `seq` where lines carry one, else the n-th entry.
    """
    number = count = 0
    while line := stream.readline(_LONGEST):
        number += 1
        where = f"{name}, line {number}"
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            continue
        if len(line) >= _LONGEST:
            problem = f"longer than {_LONGEST >> 20} MiB: this is no file of entries"
            yield Incoming(where, None, problem=problem, file=name, line=number)
            return
        try:
            record = parse_json(line.rstrip(b"\r\n"))
        except Refused as error:
            problem = str(error).replace("at line 1, ", "at ")
            yield Incoming(where, None, problem=problem, file=name, line=number)
            continue
        if not isinstance(record, dict):
            problem = 'is not an object: each line holds one entry, {"kind": …}'
            yield Incoming(where, None, problem=problem, file=name, line=number)
            continue
        if record.get("kind") == "genesis":
            continue
        count += 1
        of = label(record.get("of"))
        yield Incoming(where, record, name, label(record.get("seq", count)), of, file=name, line=number)
