"""`ledger key`: make a key to sign checkpoints with, and show its public part."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ledger.cli import options as o
from ledger.cli.output import emit
from ledger.errors import LedgerError, Refused, WriteFailed
from ledger.render.safe import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.evidence.signing.key_file import SigningKey
    from ledger.evidence.signing.note import VerifierKey

VARIABLE: Final = "LEDGER_PASSPHRASE"

KeyOption = Annotated[
    Path | None, typer.Option("--key", help="The private key's file; `ledger key new` makes one.", show_default=False)
]

group = typer.Typer(
    name="key",
    add_completion=False,
    rich_markup_mode=None,
    short_help="Make a key to sign with, or show its public part.",
    help="Make a key to sign checkpoints with, and show its public part.\n\n"
    "The private key stays with you. The public key, one line NAME+ID+KEY, is for those who check: give it to them in "
    "another way than the checkpoints, so that nobody can exchange both.\n\n"
    "Example: ledger key new",
)


@group.command("new", short_help="Make a key.")
def new(
    ctx: typer.Context,
    file: o.FileOption = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Whose key it is; for a ledger's own key, the default is its origin.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Where to put the private key; default your configuration folder."),
    ] = None,
    cosigner: Annotated[
        bool, typer.Option("--cosigner", help="A key for a second person, who confirms checkpoints; needs --name.")
    ] = False,
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help=f"Keep it with a passphrase: asked for twice, or ${VARIABLE}.")
    ] = False,
) -> None:
    """Make an Ed25519 key, and print its public part, which is for those who check.

    The private key goes into a file that you alone can read. It is never overwritten.

    Example: ledger key new --passphrase
    """
    from ledger.evidence.signing import ed25519, key_file, keyring

    ed25519.need()
    chosen = o.Chosen(ctx, file)
    key = key_file.new_key(_name(chosen, name, cosigner=cosigner), cosigner=cosigner)
    path = out or keyring.default_file(key.key.name)
    if os.path.lexists(path):
        raise Refused(f"{path}: is there already, and a key is never overwritten: choose another --name or another -o")
    secret = _new_passphrase() if passphrase else None
    keyring.save_key(path, key_file.locked(key, secret), with_folder=out is None)
    if out is not None and _is_beside(out, chosen.path):
        o.warn(
            f"{out}: is in the ledger's own folder: whoever copies, backs up or publishes that folder gives the "
            "private key away; better keep it elsewhere"
        )
    o.warn(f"the private key is in {path}: keep it secret, and keep a copy of it in a safe place")
    o.warn(
        "the line below is the public key: give it to those who check, in another way than the checkpoints, and tell "
        "them whose it is"
    )
    _print_vkey(key.key, path)


@group.command("show", short_help="Print the public key of a private key's file.")
def show(
    ctx: typer.Context,
    path: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The private key's file; default that of the ledger.")
    ] = None,
    file: o.FileOption = None,
    name: Annotated[str | None, typer.Option("--name", help="Whose key it is, if not the ledger's.")] = None,
) -> None:
    """Print a key's public part again; no passphrase is needed.

    Example: ledger key show
    """
    from ledger.evidence.signing import keyring

    if path is None:
        path = keyring.default_file(_name(o.Chosen(ctx, file), name, cosigner=False))
    elif name is not None:
        raise Refused("name: give a file or a name, not both")
    _print_vkey(keyring.load_key(path, to_sign=False).key, path)


def _print_vkey(key: VerifierKey, path: Path) -> None:
    from ledger.evidence.signing.note import format_vkey

    try:
        emit(f"{format_vkey(key)}\n")
    except (OSError, WriteFailed) as error:
        raise WriteFailed(f"{error}; the key stands: `ledger key show {path}` prints its public part") from error


def _name(chosen: o.Chosen, name: str | None, *, cosigner: bool) -> str:
    """Return the name that a key is to have: the one given, or that which belongs to the ledger."""
    from ledger.evidence.issuing import origin_of
    from ledger.evidence.signing.note import key_name

    if name is not None:
        return name
    if cosigner:
        raise Refused("name: a cosigner's key is a person's or an office's, not the ledger's: say whose with --name")
    with chosen.open() as book:
        if not book.exists():
            raise Refused(
                f"{chosen.label}: there is no ledger to name the key after: say which with --file, or give a --name, "
                "which must then be the ledger's origin with - for white space and +"
            )
        return key_name(origin_of(book.file))


def _is_beside(path: Path, ledger: Path) -> bool:
    try:
        return path.parent.samefile(ledger.parent)
    except OSError:
        return False


def _new_passphrase() -> str:
    given = os.environ.get(VARIABLE)
    if given is None:
        _need_terminal()
        given = str(typer.prompt("Passphrase of the new key", hide_input=True, confirmation_prompt=True, err=True))
    if not given:
        raise Refused(f"passphrase: ${VARIABLE} is empty")
    return given


def _need_terminal() -> None:
    if sys.stdin is None or not sys.stdin.isatty():
        raise Refused(f"passphrase: there is no terminal to ask on: put it into the environment variable {VARIABLE}")


def ready(path: Path, check: Callable[[VerifierKey], None]) -> SigningKey:
    """Return a key ready to sign, asking for its passphrase if it has one.

    Before that, `check` may refuse it. Raises `Refused`.
    """
    from ledger.evidence.signing import ed25519, key_file, keyring

    ed25519.need()
    file = keyring.load_key(path, to_sign=True)
    check(file.key)
    secret = None
    if key_file.needs_passphrase(file):
        secret = os.environ.get(VARIABLE)
        if secret is None:
            _need_terminal()
            secret = str(typer.prompt(f"Passphrase of the key {plain(file.key.name)}", hide_input=True, err=True))
    return key_file.unlocked(file, secret, str(path))


def own_key(name: str) -> Path | None:
    """Return the file of the key of this name, if there is one in the default place."""
    from ledger.evidence.signing import keyring

    try:
        path = keyring.default_file(name)
    except LedgerError:
        return None
    return path if os.path.lexists(path) else None
