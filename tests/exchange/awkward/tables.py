"""Tables as real files are: each with one trap or more, and what must come of its rows."""

from __future__ import annotations

from typing import NamedTuple

MAPPING = """
schema = "ledger-mapping/1"
[table]
ignore = ["Remark"]
[dates]
format = "YYYY-MM-DD"
[[order]]
authority = { column = "Authority" }
jurisdiction = { column = "Country" }
platform = "example"
received = { column = "Received" }
specified = { column = "Accounts" }
[[order.response]]
action = { column = "Outcome", values = { "Complied" = "withheld", "Non-compliant" = "refused", "Open" = "none" } }
all = true
at = { column = "Received" }
"""
HEADER = "Authority,Country,Received,Accounts,Outcome"
# The same two orders in every file that differs in its form alone.
PLAIN = f"{HEADER}\nExample Office,IN,2021-02-01,1038,Complied\nExample Böard,GB,2021-02-02,12,Open\n"


class Awkward(NamedTuple):
    """A file: its bytes, how many rows are entries, refused and totals, and the lines that are refused, with a word why."""

    content: bytes
    entries: int
    refused: tuple[tuple[int, str, str], ...] = ()
    totals: int = 0


def _rows(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *rows, "")).encode()


FORMS: dict[str, bytes] = {
    "plain": PLAIN.encode(),
    "a byte-order mark": PLAIN.encode("utf-8-sig"),
    "UTF-16, little end first": PLAIN.encode("utf-16"),
    "UTF-16, big end first": b"\xfe\xff" + PLAIN.encode("utf-16-be"),
    "CR alone": PLAIN.replace("\n", "\r").encode(),
    "CR and LF": PLAIN.replace("\n", "\r\n").encode(),
    "no end of the last line": PLAIN.rstrip("\n").encode(),
    "Latin-1": PLAIN.encode("latin-1"),
    "semicolons": PLAIN.replace(",", ";").encode(),
    "tabs": PLAIN.replace(",", "\t").encode(),
    "bars": PLAIN.replace(",", "|").encode(),
    "a first line that says the delimiter": b"sep=;\r\n" + PLAIN.replace(",", ";").replace("\n", "\r\n").encode(),
    "white space in headers and cells": "\n".join(
        " , ".join(line.split(",")) + "  " for line in PLAIN.splitlines()
    ).encode(),
    "headers in capitals": PLAIN.replace(HEADER, HEADER.upper()).encode(),
    "columns in another order": "\n".join(",".join(reversed(line.split(","))) for line in PLAIN.splitlines()).encode(),
    "empty columns at the end": "\n".join(f"{line},," for line in PLAIN.splitlines()).encode(),
    "empty cells beyond the header": "\n".join([HEADER, *(f"{line},,," for line in PLAIN.splitlines()[1:])]).encode(),
    "empty rows between": PLAIN.replace("\n", "\n\n,,,,\n").encode(),
    "quotes around everything": "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in PLAIN.splitlines()
    ).encode(),
    "thousands with a comma": PLAIN.replace("1038", '"1,038"').encode(),
    "UK for GB": PLAIN.replace(",GB,", ",UK,").encode(),
    "names of countries": PLAIN.replace(",GB,", ",United Kingdom,").replace(",IN,", ",India,").encode(),
}

AWKWARD: dict[str, Awkward] = {
    "totals in any column": Awkward(
        _rows(
            "Example Office,IN,2021-02-01,1038,Open",
            "TOTAL,,,1038,",
            "Example Office,Sub-total:,,1038,",
            ",,Gesamt,1038,",
            "Example Office,IN,2021-02-02,2,Open",
            ",,,1040,Grand  total ",
        ),
        2,
        (),
        4,
    ),
    "cells that are no amount": Awkward(
        _rows(
            "Example Office,IN,2021-02-01,38%*,Open",
            "Example Office,IN,2021-02-01,1.5,Open",
            "Example Office,IN,2021-02-01,-3,Open",
            'Example Office,IN,2021-02-01,"1,03",Open',
            "Example Office,IN,2021-02-01,lots,Open",
        ),
        0,
        (
            (2, "Accounts", "share"),
            (3, "Accounts", "whole"),
            (4, "Accounts", "no amount"),
            (5, "Accounts", "thousands"),
            (6, "Accounts", "no amount"),
        ),
    ),
    "amounts with something beside them": Awkward(
        _rows(
            "Example Office,IN,2021-02-01,107 (75),Open",
            'Example Office,IN,2021-02-01,"≈1,200",Open',
            "Example Office,IN,2021-02-01,12*,Open",
            "Example Office,IN,2021-02-01,-,Open",
            "Example Office,IN,2021-02-01,N/A,Open",
            "Example Office,IN,2021-02-01,,Open",
            "Example Office,IN,2021-02-01,0,Complied",
        ),
        7,
    ),
    "words and dates that are not known": Awkward(
        _rows(
            "Example Office,IN,2021-02-01,1,complied ",
            "Example Office,IN,2021-02-01,1,Compiled",
            "Example Office,IN,03/04/2021,1,Open",
            "Example Office,Indai,2021-02-01,1,Open",
            "Example Office,IN,2021-02-30,1,Open",
        ),
        1,
        (
            (3, "Outcome", "did you mean 'Complied'"),
            (4, "Received", "no date like"),
            (5, "Country", "India"),
            (6, "Received", "calendar"),
        ),
    ),
    "rows of another width": Awkward(
        _rows(
            "Example Office,IN,2021-02-01,1,Open",
            "Example Office,IN,2021-02-01",
            "Example Office,IN,2021-02-01,1,038,Open",
        ),
        1,
        ((3, "", "3 cells"), (4, "", "6 cells")),
    ),
    "line breaks in cells": Awkward(
        _rows(
            '"Example\nOffice, ""the\r\nsecond""",IN,2021-02-01,1,Open',
            "Example Office,IN,2021-02-01,?!,Open",
        ),
        1,
        ((5, "Accounts", "no amount"),),
    ),
    "a quote left open": Awkward(
        _rows(
            "Example Office,IN,2021-02-01,1,Open",
            '"Example Office,IN,2021-02-01,1,Open',
            "Example Office,IN,2021-02-01,2,Open",
        ),
        1,
        ((3, "", "not closed"),),
    ),
    "several wrong cells in a row": Awkward(
        _rows("Example Office,Nowhere,2021,1,Open"), 0, ((2, "Country", "no country"), (2, "Received", "no date"))
    ),
}
