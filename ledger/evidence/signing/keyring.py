"""Where private keys are kept: one file each, in the user's own configuration folder unless said otherwise.

The file is named after the key: letters, digits, `-` and `_`, and `.` but at the beginning, stand for themselves, every
other byte of the UTF-8 as `%` and two hex digits. A name that would be longer than a file's may be is cut, and `~` and
32 hex digits of the name's SHA-256 follow. Names that devices have on Windows begin with such a `%` too.
"""

from __future__ import annotations

import os
import shlex
import stat
import sys
from hashlib import sha256
from pathlib import Path
from typing import Final

from ledger.errors import Refused, WriteFailed
from ledger.evidence.signing.key_file import KeyFile, format_key_file, parse_key_file
from ledger.evidence.signing.whole import create_whole, make_folder

SUFFIX: Final = ".key"
_PLAIN: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
_LONGEST: Final = 120
_DEVICES: Final = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10)))
)
# A key's file has a few hundred bytes.
_MOST: Final = 1 << 14


def folder() -> Path:
    """Return where keys are kept by default; raises `Refused` for a user who has no folder."""
    if sys.platform == "win32":
        given = os.environ.get("APPDATA", "")
        base = Path(given) if given else _home() / "AppData" / "Roaming"
    else:
        given = os.environ.get("XDG_CONFIG_HOME", "")
        # One that is not absolute is to be passed over (XDG Base Directory Specification).
        base = Path(given) if given.startswith("/") else _home() / ".config"
    return base / "compliance-ledger" / "keys"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        raise Refused("keys: this user has no home folder: say where the key is, with --key or -o FILE") from error


def file_name(name: str) -> str:
    """Return a name as the name of a file, without an ending; no two names share one."""
    device = name.partition(".")[0].lower() in _DEVICES
    escaped = "".join(
        chr(byte) if byte in _PLAIN and not (place == 0 and (device or byte == ord("."))) else f"%{byte:02X}"
        for place, byte in enumerate(name.encode())
    )
    if len(escaped) <= _LONGEST:
        return escaped
    return f"{escaped[:_LONGEST]}~{sha256(name.encode()).hexdigest()[:32]}"


def default_file(name: str) -> Path:
    """Return where the key of this name is kept by default."""
    return folder() / f"{file_name(name)}{SUFFIX}"


def save_key(path: Path, file: KeyFile, *, with_folder: bool) -> None:
    """Write a new key, whole and synced, for its owner alone to read; a key that is there is never overwritten.

    Raises `Refused` where something is there already, and `WriteFailed`.
    """
    data = format_key_file(file)
    try:
        if with_folder:
            make_folder(path.parent)
        create_whole(path, data)
    except FileExistsError as error:
        raise Refused(
            f"{path}: is there already, and a key is never overwritten: choose another --name or another -o"
        ) from error
    except FileNotFoundError as error:
        raise Refused(f"{path.parent}: there is no such folder; create it, or choose another -o") from error
    except OSError as error:
        raise WriteFailed(f"{path}: the key could not be written ({error.strerror}); none was made") from error


def load_key(path: Path, *, to_sign: bool) -> KeyFile:
    """Read a key's file; raises `Refused` for any other file, and when one is to sign with that others can read.

    >>> load_key(default_file("example.com/log"), to_sign=True)
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError as error:
        raise Refused(f"{path}: there is no key here; `ledger key new` makes one") from error
    except OSError as error:
        raise Refused(f"{path}: the key cannot be read ({error.strerror})") from error
    try:
        _check_private(path, os.fstat(descriptor).st_mode, to_sign=to_sign)
        raw = os.read(descriptor, _MOST)
    except OSError as error:
        raise Refused(f"{path}: the key cannot be read ({error.strerror})") from error
    finally:
        os.close(descriptor)
    return parse_key_file(raw, str(path))


def _check_private(path: Path, mode: int, *, to_sign: bool) -> None:
    if not stat.S_ISREG(mode):
        raise Refused(f"{path}: is not a file, so it is no key")
    if to_sign and os.name == "posix" and mode & 0o077:
        raise Refused(
            f"{path}: others on this computer can read the key or change it (mode {stat.S_IMODE(mode):04o}), so "
            f"nothing is signed with it: chmod 600 {shlex.quote(str(path))}; if they may have read it, make a new one"
        )
