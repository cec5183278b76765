"""Hashes of all code and data that a page's values depend on, unaffected by comments and layout, and their lock.

The lock (`rules.lock`) holds the version for the rows' rules version, and the hashes of the files that it was made for. At
run time only the version is read. A test compares the hashes with code and data; `make rules-lock` renews them
(docs/maintaining.md).
"""

from __future__ import annotations

import ast
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

PACKAGE = Path(__file__).resolve().parents[1]
LOCK = Path(__file__).with_name("rules.lock")
_ROOMS = ("extract", "clean", "normalize", "rights")
_LIBRARIES = ("trafilatura", "lxml", "htmldate", "py3langid", "babel", "charset-normalizer", "justext", "protego")
# What rooms use of others: lines of robots.txt are matched when a page is taken, and those of a page when it is read.
ALSO = ("fetch/agent.py", "fetch/robots.py", "untrusted_text.py")
# Printing a record, and this file: no row depends on them. What the policy decides is part of a source's version.
_LEFT_OUT = ("extract/record.py", "extract/rules_lock.py", "rights/payment.py", "rights/policy.py")
_SYNTAX_ONLY = frozenset(("ctx", "kind", "type_comment"))
_HEADER = "# The version of all code and data that values depend on, and their hashes. `make rules-lock` renews it.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A version, and what it was made for: `libraries` by name, `content` as hashes by path below the package."""

    version: str
    libraries: Mapping[str, str]
    content: dict[str, str]

    def version_with(self, libraries: Mapping[str, str]) -> str:
        """The version of this content with these libraries, since other libraries may give other values."""
        if libraries == self.libraries:
            return self.version
        return _digest(["with", self.version, sorted(libraries.items())])


def read(path: Path = LOCK) -> Lock:
    """The lock file's content."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    return Lock(version=found["version"], libraries=found["libraries"], content=found["content"])


def write(lock: Lock, path: Path = LOCK) -> None:
    """Write a lock, one entry per line, so that a diff of two locks is readable."""
    lines = [f"{_HEADER}version = {json.dumps(lock.version)}\n", "\n[libraries]\n"]
    lines += [f"{name} = {json.dumps(version)}\n" for name, version in sorted(lock.libraries.items())]
    lines += ["\n[content]\n"]
    lines += [f"{json.dumps(name)} = {json.dumps(digest)}\n" for name, digest in sorted(lock.content.items())]
    path.write_text("".join(lines), encoding="utf-8")


def installed() -> dict[str, str]:
    """The installed versions of the libraries that values depend on."""
    return {name: metadata.version(name) for name in _LIBRARIES}


def content(package: Path = PACKAGE) -> dict[str, str]:
    """The hashes of all code and data that values depend on, by path below the package.

    They are the same on every Python, and ignore comments, docstrings, the layout of code and the notation of YAML.
    """
    found = {}
    for room in _ROOMS:
        for path in sorted((package / room).rglob("*")):
            name = path.relative_to(package).as_posix()
            if path.suffix == ".py" and name not in _LEFT_OUT:
                found[name] = code_hash(path.read_text(encoding="utf-8"))
            elif path.suffix in (".yaml", ".yml", ".json") and name != "rights/policy.schema.json":
                found[name] = data_hash(path.read_text(encoding="utf-8"))
    for name in ALSO:
        if (package / name).is_file():
            found[name] = code_hash((package / name).read_text(encoding="utf-8"))
    return found


def changed() -> list[str]:
    """The files that differ from the lock, as paths starting with the package's name."""
    locked, found = read().content, content()
    return [f"{PACKAGE.name}/{name}" for name in sorted(locked | found) if locked.get(name) != found.get(name)]


def derived(content: dict[str, str], libraries: Mapping[str, str]) -> Lock:
    """A lock with a version of its own: that of this content and these libraries."""
    version = _digest(["content", sorted(content.items()), sorted(libraries.items())])
    return Lock(version=version, libraries=libraries, content=content)


def code_hash(source: str) -> str:
    """Hash of what code does: without comments, docstrings and layout.

    >>> code_hash("def f(x):\\n    return x") == code_hash("def f( x ): # twice\\n  'What f does.'\\n  return (x)")
    True
    """
    return _digest(_form(ast.parse(source)))[:16]


def data_hash(source: str) -> str:
    """Hash of what YAML (or JSON) says, in its order.

    >>> data_hash("a: [1, 'x']  # why") == data_hash('"a":\\n- 1\\n- x')
    True
    """
    return _digest(_form(yaml.safe_load(source)))[:16]


def _digest(form: Any) -> str:
    return hashlib.sha256(json.dumps(form, ensure_ascii=True).encode()).hexdigest()


def _form(value: Any) -> Any:
    """A value, or code as a tree, in lists and strings. `ast.dump` and `repr` will not do: they differ from one Python
    to the next, in what they leave out and in which characters they escape.
    """
    if isinstance(value, ast.JoinedStr):  # Python 3.12 has an empty text behind {x:<{width}}
        return ["JoinedStr", *(_form(each) for each in value.values if not _is_empty(each))]
    if isinstance(value, ast.AST):
        fields = ((name, _form(each)) for name, each in ast.iter_fields(value) if name not in _SYNTAX_ONLY)
        return [type(value).__name__, *([name, form] for name, form in fields if form not in (["NoneType"], []))]
    if isinstance(value, list | tuple):
        return [_form(each) for each in value if not _does_nothing(each)]
    if isinstance(value, dict):
        return ["dict", *([_form(key), _form(each)] for key, each in value.items())]
    if isinstance(value, str):
        return ["str", value]
    if isinstance(value, bytes):
        return ["bytes", value.hex()]
    return [type(value).__name__] if value is None or value is ... else [type(value).__name__, str(value)]


def _does_nothing(node: Any) -> bool:
    """Docstrings and other texts that stand alone, and `pass`."""
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, ast.Pass)


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == ""
