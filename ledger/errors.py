"""The errors that the ledger raises on purpose, one exit code each, and how their messages quote."""

from __future__ import annotations


class LedgerError(Exception):
    """Report a problem in one line: where, what, and what to do next."""

    exit_code = 2


class Refused(LedgerError):
    """Input that the rules or the command line do not admit; nothing was changed."""

    exit_code = 2


class Missing(LedgerError):
    """The ledger to read is not there."""

    exit_code = 3


class Damaged(LedgerError):
    """The ledger cannot be read, or is no ledger."""

    exit_code = 3


class Locked(LedgerError):
    """Another process holds the ledger and did not let go in time."""

    exit_code = 3


class WriteFailed(LedgerError):
    """The entry could not be written, or its receipt could not be given."""

    exit_code = 4


def quoted(text: str) -> str:
    """Return what a message quotes of a text: all of it, or the first of what is long; on one line, whatever it holds."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
