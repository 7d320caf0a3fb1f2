"""`ledger prove`: proofs to hand over, of entries under a checkpoint, and of a checkpoint that continues another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import options as o
from ledger.cli.completion import complete_order
from ledger.cli.output import check_output, put_bytes
from ledger.errors import Refused

if TYPE_CHECKING:
    from ledger.book import Ledger
    from ledger.evidence.holding import Claim
    from ledger.evidence.ledger_tree import LedgerTree


def command(
    ctx: typer.Context,
    checkpoint: Annotated[
        Path,
        typer.Option("--checkpoint", help="The checkpoint of this ledger that it is proved at.", show_default=False),
    ],
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="SEQ|ORDER",
            help="The number of an entry, or an order's id: then all its entries.",
            autocompletion=complete_order,
            show_default=False,
        ),
    ] = None,
    file: o.FileOption = None,
    since: Annotated[
        Path | None,
        typer.Option("--since", help="An older checkpoint: prove that the other continues it.", show_default=False),
    ] = None,
    disclose: Annotated[
        list[str] | None,
        typer.Option(
            "--disclose",
            help="A private field, a target, or all: what the proof shows of what is private; may be repeated.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--output", help="Write to this file.")] = None,
) -> None:
    """Make a proof that an entry, or each entry of an order, is in the ledger as a checkpoint states it.

    It holds the whole entries and shows nothing of the others. Whoever has the checkpoint, or trusts a key that signed
    it, checks it with `ledger verify-proof`, without the ledger and without a network. The ledger must extend the
    checkpoint: if it does not, nothing is proved, and exit code 1 says so.

    Private fields stand in it as digests, but for what you disclose.

    Example: ledger prove IN-MEITY-2021-01-31 --checkpoint 2021-02.checkpoint -o order.tlog-proof

    Example: ledger prove --since 2021-01.checkpoint --checkpoint 2021-02.checkpoint -o february.proof
    """
    from ledger.evidence.holding import read_claims

    if (what is None) == (since is None):
        raise Refused("give the number of an entry or an order's id, or with --since an older checkpoint, not both")
    (claim,) = read_claims([checkpoint])
    target = o.Chosen(ctx, file)
    with target.reading() as book:
        if since is not None:
            if disclose:
                raise Refused(
                    "disclose: a proof between two checkpoints shows no entry, so there is nothing to disclose"
                )
            raw = _consistency(book, read_claims([since])[0], claim, target.label)
        else:
            raw = _inclusions(book, what or "", claim, target.label, disclose or [])
    if out is not None:
        _check_output(out)
    put_bytes(raw, out)


def _tree(book: Ledger, claims: list[Claim], label: str) -> LedgerTree:
    """Return the tree of a ledger that extends these checkpoints; raises `Inconsistent` with what happened if not."""
    from ledger.evidence.extending import Inconsistent
    from ledger.evidence.holding import refuse_unless_extended, verify
    from ledger.evidence.issuing import origin_of
    from ledger.evidence.ledger_tree import LedgerTree

    def worked_out(_: object) -> LedgerTree | None:
        tree = LedgerTree(book.index)
        extends = all(
            size <= tree.size and tree.root(size) == root for size, root in ((c.size, c.root) for _, c, _ in claims)
        )
        return tree if extends else None

    same = all(claim.checkpoint.origin == origin_of(book.file) for claim in claims)
    tree = book.ask(worked_out) if same else None
    if tree is None:
        refuse_unless_extended(verify(book.file, claims, []), label)
        raise Inconsistent(f"{label}: changed while it was read; try again")
    return tree


def _consistency(book: Ledger, old: Claim, new: Claim, label: str) -> bytes:
    from ledger.evidence.proof import Consistency, format_consistency

    if not 0 < old.checkpoint.size <= new.checkpoint.size:
        raise Refused(
            f"since: {old.name} counts {old.checkpoint.size:,} entries and {new.name} {new.checkpoint.size:,}: the older "
            "one goes with --since, and an empty one begins every ledger"
        )
    tree = _tree(book, [old, new], label)
    hashes = book.ask(lambda _: tree.consistency(old.checkpoint.size, new.checkpoint.size))
    return format_consistency(Consistency(old.checkpoint.size, tuple(hashes), new.note))


def _inclusions(book: Ledger, what: str, claim: Claim, label: str, disclose: list[str]) -> bytes:
    from ledger.errors import Damaged
    from ledger.evidence.proof import Inclusion, format_inclusion, inclusion_holds

    size = claim.checkpoint.size
    is_number = what.isdecimal() and what.isascii()
    seqs = [int(what)] if is_number else _entries(book, what)
    tree = _tree(book, [claim], label)
    within = [seq for seq in seqs if seq < size]
    if is_number and seqs[0] >= tree.size:
        raise Refused(f"there is no entry {what}: `ledger timeline --order ID` shows the numbers")
    newer = "make a newer checkpoint with `ledger checkpoint`, and prove it at that one"
    if not within:
        entries = f"entry {seqs[0]} is" if len(seqs) == 1 else f"its entries, from {seqs[0]} on, are"
        raise Refused(f"{what}: {entries} not among the {size:,} that {claim.name} counts: {newer}")
    if len(within) < len(seqs):
        later = ", ".join(str(seq) for seq in seqs if seq >= size)
        o.warn(f"{what}: left out are its entries {later}, which {claim.name} does not count: {newer}")

    def proof(seq: int) -> Inclusion:
        line = _shown(tree.line(seq), seq)
        hashes = tuple(tree.inclusion(seq, size))
        made = Inclusion(seq, line, hashes, claim.note, tuple(_disclosures(book, line, disclose)))
        if not inclusion_holds(made):
            raise Damaged(f"{label}: entry {seq} is not what it was; run ledger verify --checkpoint {claim.name}")
        return made

    return b"".join(map(format_inclusion, book.ask(lambda _: [proof(seq) for seq in within])))


def _disclosures(book: Ledger, line: bytes, wanted: list[str]) -> list[str]:
    """Return the disclosures of a line's private values that were asked for."""
    vault = book.index.vault
    if vault is None and not wanted:
        return []
    from ledger.evidence.publishing.choice import Choice
    from ledger.journal.line import decode_line

    chosen = Choice(book.index, wanted).of(decode_line(line))
    return vault.texts(chosen) if vault is not None else []


def _shown(raw: bytes, seq: int) -> bytes:
    from ledger.journal.line import WITHHELD

    if raw.startswith(WITHHELD):
        raise Refused(f"entry {seq} is withheld from this copy of the ledger: only who has it whole can prove it")
    return raw


def _entries(book: Ledger, order: str) -> list[int]:
    """Return the numbers of all entries of an order; raises `Refused` if there is none."""
    from ledger.index.reading import number_of_order

    def numbers(db: object) -> list[int]:
        del db
        number = number_of_order(book.index.db, order)
        rows = book.index.db.execute("SELECT seq FROM entries WHERE order_no = ? ORDER BY seq", (number,))
        return [int(row[0]) for row in rows]

    return book.ask(numbers)


def _check_output(out: Path) -> None:
    """Refuse to put a proof in the place of anything but an earlier one."""
    check_output(out)
    if not out.exists():
        return
    from ledger.evidence.proof import HEADER

    with out.open("rb") as file:
        head = file.read(64)
    if head and not head.startswith((HEADER.encode(), b"old ")):
        raise Refused(f"output: {out}: is there already and is no proof: choose another -o")
