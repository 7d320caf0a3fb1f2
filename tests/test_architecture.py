"""The plan of the house: arrows point down only, pure parts stay pure, each library has one home."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

import ledger

HOME = Path(ledger.__file__).parent
LONGEST = 420

# What each part may import beside itself. Modules at the top of the package belong to `book`, but for `questions`, which
# asks it on behalf of programs as the command line does on behalf of people.
BELOW: dict[str, tuple[str, ...]] = {
    "errors": (),
    "model": ("errors",),
    "journal": ("errors", "model"),
    "index": ("errors", "model", "journal"),
    "book": ("errors", "model", "journal", "index"),
    "reports": ("errors", "model", "index"),
    "render": ("errors", "model", "reports"),
    "exchange": ("errors", "model", "reports"),
    "evidence": ("errors", "model", "journal", "index"),
    "questions": ("errors", "model", "journal", "index", "book", "reports"),
}
BELOW["cli"] = (*BELOW, "")
# The library, and where alone it may be imported.
HOMES = {
    "tinydb": ("journal/tables.py",),
    "rich": ("render/",),
    "typer": ("cli/",),
    "click": (),
    "cryptography": ("evidence/",),
    "rfc3161_client": ("evidence/timestamp.py",),
}
# Whatever speaks to files, clocks, terminals and other processes.
OUTSIDE = {
    "asyncio", "curses", "fcntl", "fileinput", "getpass", "glob", "io", "locale", "logging", "mmap", "msvcrt", "multiprocessing",
    "os", "platform", "random", "select", "shutil", "signal", "socket", "subprocess", "sys", "tempfile", "termios", "threading",
    "time", "tinydb", "typer", "rich", "uuid", "secrets",
}  # fmt: skip
CALLS = {"open", "print", "input", "breakpoint", "exec", "eval"}
CLOCKS = {"now", "utcnow", "today", "fromtimestamp"}


class Import(NamedTuple):
    module: str
    line: int
    types_only: bool


def modules() -> list[str]:
    return sorted(path.relative_to(HOME).as_posix() for path in HOME.rglob("*.py"))


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((HOME / module).read_text(encoding="utf-8"))


def walk(node: ast.AST, types_only: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """Give every node, and whether only a type checker sees it."""
    yield node, types_only
    for name, value in ast.iter_fields(node):
        checking = isinstance(node, ast.If) and name == "body" and "TYPE_CHECKING" in ast.unparse(node.test)
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from walk(child, types_only or checking)


@cache
def imports(module: str) -> tuple[Import, ...]:
    """Return what a module imports, at its top and late, as dotted names of modules."""
    found: list[Import] = []
    for node, types_only in walk(tree(module)):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, node.lineno, types_only) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: imports are absolute here"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                whole = inner if file_of(inner) else str(node.module)
                found.append(Import(whole, node.lineno, types_only))
    return tuple(found)


def file_of(dotted: str) -> str | None:
    """Return the file of a module of the package by its dotted name."""
    top, *parts = dotted.split(".")
    if top != "ledger":
        return None
    for path in (HOME.joinpath(*parts).with_suffix(".py"), HOME.joinpath(*parts, "__init__.py")):
        if path.is_file() and path != HOME / ".py":
            return path.relative_to(HOME).as_posix()
    return None


def part_of(module: str) -> str:
    """Return the part of the house that a module belongs to; the package itself is none."""
    first, _, rest = module.partition("/")
    if rest:
        return first
    named = {"__init__.py": "", "__main__.py": "cli", "errors.py": "errors", "questions.py": "questions"}
    return named.get(module, "book")


def test_arrows_point_down_only() -> None:
    up = [
        f"{module}:{item.line} imports {item.module}"
        for module in modules()
        if (part := part_of(module))
        for item in imports(module)
        if (file := file_of(item.module)) and part_of(file) not in (part, *BELOW[part])
    ]
    assert not up, "\n".join(up)


def test_every_folder_has_its_place_in_the_plan() -> None:
    assert {part_of(module) for module in modules()} <= {*BELOW, ""}


def test_no_module_leads_back_to_itself() -> None:
    # What only a type checker reads is never run, so it closes no circle.
    graph = {
        module: {
            file
            for item in imports(module)
            if not item.types_only and (file := file_of(item.module)) and file != "__init__.py"
        }
        for module in modules()
    }
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("library", HOMES)
def test_a_library_is_imported_in_its_home_only(library: str) -> None:
    found = {
        module
        for module in modules()
        for item in imports(module)
        if item.module.partition(".")[0] == library and not module.startswith(HOMES[library] or ("-",))
    }
    assert found == set()


@pytest.mark.parametrize("part", ["model", "reports"])
def test_pure_parts_touch_no_file_clock_terminal_or_process(part: str) -> None:
    found = []
    for module in modules():
        if part_of(module) != part:
            continue
        found += [f"{module}:{item.line} {item.module}" for item in imports(module) if outside(item.module, part)]
        for node, _ in walk(tree(module)):
            if isinstance(node, ast.Call) and impure(node):
                found.append(f"{module}:{node.lineno} {ast.unparse(node)}")
    assert not found, "\n".join(found)


def outside(module: str, part: str) -> bool:
    top = module.partition(".")[0]
    return top in OUTSIDE or (top == "pathlib" and part != "reports")


def impure(call: ast.Call) -> bool:
    """Tell whether a call reaches outside; reports may read the SQL that lies beside them."""
    text = ast.unparse(call)
    if isinstance(call.func, ast.Name):
        return call.func.id in CALLS or (call.func.id == "Path" and text != "Path(__file__)")
    if not isinstance(call.func, ast.Attribute):
        return False
    name = call.func.attr
    if name in CLOCKS:
        return True
    reads = name in {"read_text", "read_bytes"} and not ast.unparse(call.func.value).startswith(
        "Path(__file__).with_name("
    )
    return reads or name in {
        "write_text",
        "write_bytes",
        "unlink",
        "mkdir",
        "touch",
        "iterdir",
        "glob",
        "rglob",
        "open",
    }


def test_the_model_knows_no_library_but_msgspec() -> None:
    known = {"ledger", "msgspec", *sys.stdlib_module_names}
    found = {
        item.module.partition(".")[0] for module in modules() if part_of(module) == "model" for item in imports(module)
    }
    assert found <= known


def test_no_file_is_long() -> None:
    lengths = {module: (HOME / module).read_bytes().count(b"\n") for module in modules()}
    assert {module: length for module, length in lengths.items() if length > LONGEST} == {}


def test_the_rules_see_what_they_forbid() -> None:
    """Hold the test itself: late, aliased and nested imports are seen, and so are calls that reach outside."""
    source = (
        "def f():\n    import rich.table as t\n    from datetime import datetime\n    datetime.now()\n    open('x')\n"
    )
    nodes = [node for node, _ in walk(ast.parse(source))]
    assert any(isinstance(node, ast.Import) and node.names[0].name == "rich.table" for node in nodes)
    assert sum(impure(node) for node in nodes if isinstance(node, ast.Call)) == 2
    assert file_of("ledger.model") == "model/__init__.py"
    assert file_of("ledger.model.entries") == "model/entries.py"
    assert file_of("ledger.model.entries.Order") is None
