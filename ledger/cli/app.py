"""The commands, and the one place where errors become a line and an exit code."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final, cast

import typer
from typer.core import TyperGroup

from ledger.cli.streams import say
from ledger.errors import LedgerError

# Each command, the module that has it, and what it does in a few words, in the order of the work.
COMMANDS: Final = {
    "init": ("init", "Begin a new ledger."),
    "add-order": ("add_order", "Record what an authority ordered."),
    "respond": ("respond", "Record what the platform did or said."),
    "follow-up": ("follow_up", "Record what became of an order."),
    "correct": ("correct", "Void or amend an earlier entry."),
    "timeline": ("timeline", "Tell what happened to a target."),
    "report": ("report", "Count ordered, blocked, unblocked, withheld."),
    "due": ("due", "List what is due, soonest first."),
    "orders": ("orders", "List the orders."),
    "show": ("show", "Show one order or entry whole."),
    "check": ("check", "List what does not fit together."),
    "verify": ("verify", "Check the file, line by line."),
    "import": ("importing", "Add entries from files."),
    "export": ("exporting", "Write entries, targets or orders for others."),
    "reconcile": ("reconcile", "Hold published totals against the ledger."),
    "alias": ("alias", "Say that two names are one account."),
    "prove": ("prove", "Prove entries, or that a checkpoint continues another."),
    "verify-proof": ("verify_proof", "Check a proof without the ledger."),
    "erase": ("erase", "Erase private values for good."),
    "publish": ("publish", "Make a copy for the public."),
    "key": ("key", "Make a key to sign with, or show its public part."),
    "checkpoint": ("checkpoint", "State size and root of the ledger, signed."),
    "cosign": ("cosign", "Confirm a checkpoint as a second person."),
    "timestamp": ("timestamp", "Have it stated by when a checkpoint existed."),
}


class Commands(TyperGroup):
    """The commands by name; a module is loaded when its command is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the work."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return one command, or None."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, short = COMMANDS[cmd_name]
        loaded = import_module(f"ledger.cli.{module}")
        single: typer.Typer | None = getattr(loaded, "group", None)
        if single is None:
            single = typer.Typer(add_completion=False, rich_markup_mode=None)
            single.command(cmd_name, short_help=short)(loaded.command)
        return typer.main.get_command(single)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named; of one that an interrupt broke off, say what was done."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            # It waited until the work had ended.
            if isinstance(error.__context__, LedgerError):
                say(str(error.__context__))
            raise

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command; return its exit code, with every error as one line on stderr."""
        # The base classes of what the vendored click raises for wrong usage; they have no public name of their own.
        usage = cast("tuple[type[Exception], ...]", typer.BadParameter.__mro__[1:3])
        try:
            code = super().main(*args, **(kwargs | {"standalone_mode": False}))
        except LedgerError as error:
            return _fail(str(error), error.exit_code)
        except usage as error:
            context = getattr(error, "ctx", None)
            path = context.command_path if context is not None else "ledger"
            text = error.format_message() if hasattr(error, "format_message") else str(error)
            return _fail(f"{text.rstrip('.')}; see {path} --help", 2) if text else 2
        except typer.Abort:
            return _fail("stopped; nothing was added", 130)
        except UnicodeEncodeError as error:
            return _fail(f"{error.object[:60]!r} is not valid Unicode text: write it in UTF-8", 2)
        except RecursionError:
            return _fail("the input is nested too deep to be read", 2)
        except _index_error() as error:
            return _fail(f"the index beside the ledger cannot be used ({error}): delete it, and it is made anew", 3)
        except OSError as error:
            name = f"{error.filename}: " if error.filename else ""
            return _fail(f"{name}{error.strerror or error}", 4)
        return code if isinstance(code, int) else 0


def _index_error() -> type[Exception]:
    """Return what SQLite raises; loaded when something was raised."""
    import sqlite3

    return sqlite3.Error


def _fail(text: str, code: int) -> int:
    say(text)
    return code


app = typer.Typer(
    cls=Commands,
    name="ledger",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Keep a ledger of orders to block, and of what platforms did about them.\n\n"
    "Example: ledger import sample_orders/ && ledger report",
)


def _version(value: bool) -> None:
    if value:
        from ledger import __version__

        print(f"ledger {__version__}")
        raise typer.Exit


@app.callback()
def ledger(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Option("--file", readable=False, help="The ledger; else $COMPLIANCE_LEDGER, else ./ledger.jsonl."),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Keep a ledger of orders to block, and of what platforms did about them."""
    del version
    ctx.obj = file
