"""Every regular expression of the package, wherever it is written or built: found by compiling them all once.

Run as a program of its own, since what is imported already has compiled its expressions unseen.
"""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "etl"
CALLS = frozenset({"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"})


@dataclass(frozen=True, slots=True, order=True)
class Expression:
    """A pattern with its flags, and the line of the package that compiles it."""

    module: str
    line: int
    pattern: str
    flags: int
    is_bytes: bool = False

    def compiled(self) -> re.Pattern[Any]:
        """The pattern, ready to match."""
        return re.compile(self.source, self.flags)

    @property
    def source(self) -> Any:
        return self.pattern.encode("latin-1") if self.is_bytes else self.pattern


def found() -> list[Expression]:
    """All expressions: those that are compiled on import and on reading pages, and those written where neither led.

    Raises `LookupError` for a call whose expression is neither written there nor was ever built.
    """
    recorded = _recorded()
    seen = {(each.module, each.line) for each in recorded}
    for path in sorted(PACKAGE.rglob("*.py")):
        module = str(path.relative_to(ROOT))
        for call in _calls(path):
            if any((module, line) in seen for line in range(call.lineno, (call.end_lineno or call.lineno) + 1)):
                continue
            recorded.add(_written(module, call))
    return sorted(recorded)


def _recorded() -> set[Expression]:
    compiler: Any = sys.modules["re"]._compiler
    real = compiler.compile
    recorded: set[Expression] = set()

    def compile_and_record(pattern: Any, flags: int = 0) -> Any:
        frame = _caller(sys._getframe(1))
        if frame is not None and not isinstance(pattern, re.Pattern):
            is_bytes = isinstance(pattern, bytes)
            text = pattern.decode("latin-1") if is_bytes else pattern
            module = str(Path(frame.f_code.co_filename).relative_to(ROOT))
            recorded.add(Expression(module, frame.f_lineno, text, int(flags), is_bytes))
        return real(pattern, flags)

    compiler.compile = compile_and_record
    re.purge()
    try:
        for module in pkgutil.walk_packages([str(PACKAGE)], "etl."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
        _use()
    finally:
        compiler.compile = real
    return recorded


def _caller(frame: FrameType | None) -> FrameType | None:
    """The frame of the package that called `re`; None when other code did."""
    while frame is not None and Path(frame.f_code.co_filename).parent.name == "re":
        frame = frame.f_back
    return frame if frame is not None and Path(frame.f_code.co_filename).is_relative_to(PACKAGE) else None


def _use() -> None:
    """Read what makes rooms build the expressions that they build when they first need them."""
    from datetime import UTC, datetime

    from etl.extract.page import extract_page
    from etl.relate.utf8 import nfc

    nfc("Zu\u0308rich")
    at = datetime(2026, 11, 24, tzinfo=UTC)
    for path in sorted((ROOT / "tests/golden").rglob("*.html")):
        extract_page(path.read_bytes(), url="https://news.example/a", content_type=None, captured_at=at)


def _calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in CALLS
        ):
            yield node


def _written(module: str, call: ast.Call) -> Expression:
    """The expression of a call that was never made: its text stands there."""
    try:
        pattern = ast.literal_eval(call.args[0])
    except (ValueError, IndexError) as error:
        raise LookupError(
            f"{module}:{call.lineno}: no page made this expression, and it is not written there"
        ) from error
    given = [*call.args[1:], *(keyword.value for keyword in call.keywords if keyword.arg == "flags")]
    flags = 0
    for node in given:
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "re":
                flags |= int(getattr(re, part.attr))
    is_bytes = isinstance(pattern, bytes)
    return Expression(module, call.lineno, pattern.decode("latin-1") if is_bytes else pattern, flags, is_bytes)


if __name__ == "__main__":
    json.dump([[e.module, e.line, e.pattern, e.flags, e.is_bytes] for e in found()], sys.stdout)
