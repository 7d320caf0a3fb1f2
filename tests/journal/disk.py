"""Files as a disk may hold them after the power failed: what was done to them is recorded, and lost in every way."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest


class Op(NamedTuple):
    """One thing done to a file of the ledger's folder, by name; `at` is an offset or a length, `data` a new name too.

    `receipt` is none: by then the first `at` lines are acknowledged.
    """

    kind: str
    name: str = ""
    at: int = 0
    data: bytes = b""


class Recorder:
    """Records what is done in a folder, by the names of the operating system that the journal uses."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(os.path.realpath(folder))
        self.ops: list[Op] = []
        self._open: dict[int, str] = {}

    def _name(self, path: Any) -> str | None:
        whole = Path(os.path.realpath(path))
        if whole == self.folder:
            return ""
        ours = whole.parent == self.folder and not whole.name.endswith(".lock") and ".index" not in whole.name
        return whole.name if ours else None

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Stand between the journal and the operating system."""
        with pytest.MonkeyPatch.context() as patch:
            for name in ("open", "close", "write", "ftruncate", "truncate", "fsync", "unlink", "replace", "rename"):
                patch.setattr(os, name, self._watching(getattr(os, name), getattr(self, f"_{name}_")))
            yield

    @staticmethod
    def _watching(real: Callable[..., Any], note: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*words: Any, **more: Any) -> Any:
            after = note(*words)
            result = real(*words, **more)
            if after is not None:
                after(result)
            return result

        return watched

    def _open_(self, path: Any, flags: int, *_: Any) -> Callable[[int], None] | None:
        name = self._name(path) if isinstance(path, str | os.PathLike) else None
        if name is None:
            return None
        made = bool(name) and not os.path.lexists(path)

        def opened(descriptor: int) -> None:
            self._open[descriptor] = name
            if made:
                self.ops.append(Op("create", name))
            elif flags & os.O_TRUNC:
                self.ops.append(Op("truncate", name))

        return opened

    def _close_(self, descriptor: int) -> None:
        self._open.pop(descriptor, None)

    def _write_(self, descriptor: int, data: bytes) -> None:
        if name := self._open.get(descriptor):
            whole = os.fstat(descriptor).st_size
            appends = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_APPEND
            self.ops.append(Op("write", name, whole if appends else os.lseek(descriptor, 0, os.SEEK_CUR), bytes(data)))

    def _ftruncate_(self, descriptor: int, length: int) -> None:
        if name := self._open.get(descriptor):
            self.ops.append(Op("truncate", name, length))

    def _truncate_(self, path: Any, length: int) -> None:
        if name := self._name(path):
            self.ops.append(Op("truncate", name, length))

    def _fsync_(self, descriptor: int) -> Callable[[None], None] | None:
        name = self._open.get(descriptor)
        return None if name is None else lambda _: self.ops.append(Op("sync", name))

    def _unlink_(self, path: Any) -> None:
        if (name := self._name(path)) and os.path.lexists(path):
            self.ops.append(Op("unlink", name))

    def _replace_(self, path: Any, new: Any) -> None:
        if name := self._name(path):
            self.ops.append(Op("rename", name, 0, os.fsencode(Path(new).name)))

    _rename_ = _replace_


Files = dict[str, bytes]
# What may be left of the bytes of a write.
Fates = Callable[[bytes], list[bytes | None]]


def applied(content: bytes, op: Op, data: bytes | None = None) -> bytes:
    """Return a file's bytes after a write or truncation; what lies between its end and a write behind it are zeros."""
    if op.kind == "truncate":
        return content[: op.at].ljust(op.at, b"\0")
    data = op.data if data is None else data
    return content[: op.at].ljust(op.at, b"\0") + data + content[op.at + len(data) :]


class Disk:
    """What is surely on the disk, and what may or may not be."""

    def __init__(self, ops: list[Op]) -> None:
        self.names: dict[str, int] = {}
        self.unsure_names: list[Op] = []
        self.synced: list[bytes] = []
        self.unsynced: list[list[Op]] = []
        self._now: dict[str, int] = {}
        for op in ops:
            self._do(op)

    def _do(self, op: Op) -> None:
        if op.kind == "receipt":
            return
        if op.kind == "create":
            self._now[op.name] = len(self.synced)
            self.synced.append(b"")
            self.unsynced.append([])
            self.unsure_names.append(op._replace(at=self._now[op.name]))
        elif op.kind in ("unlink", "rename"):
            number = self._now.pop(op.name)
            if op.kind == "rename":
                self._now[os.fsdecode(op.data)] = number
            self.unsure_names.append(op._replace(at=number))
        elif op.kind == "sync" and not op.name:
            self.names, self.unsure_names = dict(self._now), []
        else:
            number = self._now[op.name]
            if op.kind == "sync":
                self.synced[number] = self.whole(number)
                self.unsynced[number] = []
            else:
                self.unsynced[number].append(op)

    def whole(self, number: int) -> bytes:
        """Return the bytes of a file with nothing lost."""
        content = self.synced[number]
        for op in self.unsynced[number]:
            content = applied(content, op)
        return content

    def kept(self) -> Files:
        """Return all files with nothing lost: what a killed process leaves."""
        return {name: self.whole(number) for name, number in self._now.items()}

    def states(self, fates: Fates) -> Iterator[Files]:
        """Give what the disk may hold when the power fails now."""
        contents = [list(dict.fromkeys(self._contents(number, fates))) for number in range(len(self.synced))]
        for chosen in product((False, True), repeat=len(self.unsure_names)):
            names = dict(self.names)
            for op, took_place in zip(self.unsure_names, chosen, strict=True):
                if not took_place:
                    continue
                if op.kind == "create":
                    names[op.name] = op.at
                else:
                    names.pop(op.name, None)
                    if op.kind == "rename":
                        names[os.fsdecode(op.data)] = op.at
            for each in product(*(contents[number] for number in names.values())):
                yield dict(zip(names, each, strict=True))

    def _contents(self, number: int, fates: Fates) -> Iterator[bytes]:
        ops = self.unsynced[number]
        for each in product(*([None, b""] if op.kind == "truncate" else fates(op.data) for op in ops)):
            content = self.synced[number]
            for op, fate in zip(ops, each, strict=True):
                if fate is not None:
                    content = applied(content, op, fate)
            yield content


def cuts(data: bytes) -> list[int]:
    """Return where a write is cut: at its ends, in its middle, around its first line breaks."""
    found = {1, len(data) // 2, len(data) - 1}
    for at in [at for at, byte in enumerate(data[:-1]) if byte == 10][:2]:
        found |= {at, at + 1, at + 2}
    return sorted(at for at in found if 0 < at < len(data))


def cut(data: bytes) -> list[bytes | None]:
    """Return what may be left of a write: nothing, all, a beginning."""
    return [None, data, *(data[:at] for at in cuts(data))]


def zeros(data: bytes) -> list[bytes | None]:
    """Return what is left of a write where the file grew before its bytes arrived: all, or a beginning and zeros."""
    return [data, bytes(len(data)), *(data[:at].ljust(len(data), b"\0") for at in cuts(data))]


def ends(data: bytes) -> list[bytes | None]:
    """Return what is left of a write whose later pages came to the disk first: all, or zeros and an end."""
    return [data, *(data[at:].rjust(len(data), b"\0") for at in cuts(data))]
