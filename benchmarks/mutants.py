"""Mutation testing: makes small changes of a module, one at a time, and lists those that no test of its room notices.

    python -m benchmarks.mutants                              # every module of TARGETS
    python -m benchmarks.mutants etl/urls/keys.py --most 20        # some
    python -m benchmarks.mutants etl/urls/keys.py --only 87        # the mutants of one line

Conditions, comparisons, numbers, `and`/`or` and calls are changed in Python; in SQL comparisons, AND/OR, NULL tests,
EXISTS, least/greatest, orders and locks (mutmut and cosmic-ray know no SQL). It works on a copy of the checkout. Mutants
are drawn by a fixed seed; a module has a share of time. A survivor is no defect by itself: it may be the same program
(docs/maintaining.md says what to do with one).
"""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("etl", "benchmarks", "tests", "dags", "seeds", "sql", "pyproject.toml")
LOADING = (
    "tests/warehouse/load/test_load_merging.py", "tests/warehouse/load/test_load_expired.py", "tests/warehouse/load/test_load.py",
    # The slowest tests: run them, and tests/stages, on mutants that survive the others.
    *(f"--deselect=tests/warehouse/load/test_load.py::test_{name}" for name in (
        "any_order_batching_and_repetition_gives_the_same_warehouse",
        "loaders_at_once_on_the_same_urls_lose_nothing_and_do_not_deadlock",
        "the_tables_are_what_the_migrations_make",
        "several_that_migrate_at_once_wait_for_each_other_and_a_second_time_does_nothing_more",
    )),
)  # fmt: skip
TARGETS = {
    "etl/warehouse/load/load.py": LOADING,
    "etl/warehouse/load/statements.py": LOADING,
    "etl/warehouse/load/rows.py": ("tests/warehouse/load/test_rows.py",),
    "etl/warehouse/load/culprits.py": ("tests/warehouse/load/test_culprits.py",),
    "etl/warehouse/load/refusals.py": ("tests/warehouse/load/test_culprits.py",),
    "etl/warehouse/load/changes.py": ("tests/stages/process/test_reprocessing.py",),
    "etl/warehouse/load/sources.py": ("tests/warehouse/load/test_sources.py",),
    "etl/clean/engine.py": ("tests/clean/test_clean_engine.py", "tests/clean/test_clean_proven.py",
                            "tests/clean/test_clean_moved.py"),
    "etl/clean/head.py": ("tests/clean/test_clean_head.py", "tests/clean/test_clean_comment_links.py"),
    "etl/urls/keys.py": ("tests/urls",),
    "etl/relate/components.py": ("tests/relate/test_components.py",
                                 "tests/relate/test_stories_of_articles.py::test_a_great_story_that_holds_together_stays_whole",
                                 "tests/relate/test_stories_of_articles.py::test_components_and_labels_do_not_depend_on_order",
                                 "tests/relate/test_stories_of_articles.py::test_a_chain_of_two_great_stories_is_split_the_same_in_any_order",
                                 "tests/relate/test_stories_of_articles.py::test_a_story_is_named_by_its_least_member"),
    "etl/fetch/politeness.py": ("tests/fetch/test_pace_bounds.py", "tests/fetch/test_politeness.py"),
    "etl/normalize/dates.py": ("tests/normalize/test_date_years.py", "tests/normalize/test_normalize_dates.py",
                               "tests/normalize/test_dates_in_many_scripts.py",
                               "tests/normalize/test_dates_of_places.py"),
}  # fmt: skip
# What a test run imports that is not ours: once, before a process is forked for each mutant.
LIBRARIES = (
    "pytest _pytest.doctest hypothesis hypothesis.extra._array_helpers sqlalchemy.dialects.postgresql psycopg alembic.command "
    "yaml lxml.html trafilatura htmldate numpy numba pyarrow.parquet py3langid babel aiohttp aiohttp.web boto3 tld feedparser "
    "fastwarc rich.console typer jinja2"
).split()
SEED = 20261130

COMPARISONS = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
}  # fmt: skip
ARITHMETIC = {ast.Add: "-", ast.Sub: "+", ast.Mult: "//", ast.FloorDiv: "*", ast.Div: "*", ast.Mod: "+"}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b")
# Longest first: what one takes no later one sees.
SQL_CHANGES: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
    (r"(?m)^ +(\w+) = excluded\.\w+(?=,\n)", r"    \1 = c.\1"),
    (r"\b(THEN) ([\w.]+) ELSE ([\w.]+)", r"\1 \3 ELSE \2"),
    (r"\bIS NOT NULL\b", "IS NULL"),
    (r"\bIS NULL\b", "IS NOT NULL"),
    (r"\bNOT EXISTS\b", "EXISTS"),
    (r"(?<!NOT )\bEXISTS\b", "NOT EXISTS"),
    (r"\bNOT IN\b", "IN"),
    (r"(?<!NOT )\bIN\b(?= \()", "NOT IN"),
    (r"\bIS DISTINCT FROM\b", "IS NOT DISTINCT FROM"),
    (r"(?<=AND )NOT\b", ""),
    (r"\bAND\b", "OR"),
    (r"\bOR\b", "AND"),
    (r"<>", "="),
    (r"(?<= )=(?= (?!excluded|GREATEST|CASE|LEAST|c\.is_revisit AND excluded))", "<>"),
    (r"(?<= )>(?= )", ">="),
    (r"(?<= )<(?= )", "<="),
    (r"\bGREATEST\b", "LEAST"),
    (r"\bmin\(", "max("),
    (r"\bmax\(", "min("),
    (r"\bbool_or\b", "bool_and"),
    (r"\blag\b", "lead"),
    (r"\blead\b", "lag"),
    (r" DESC\b", ""),
    (r"\bLEFT JOIN\b", "JOIN"),
    (r"\bFOR UPDATE( OF \w+)?", ""),
    (r"\bDISTINCT\b(?! ON| FROM)", ""),
    (r"\bORDER BY [\w., ]+(?=\n| ON)", ""),
    (r"\btrue\b", "false"),
    (r"\bfalse\b", "true"),
    (r"(?<=[ (])\d+\b", lambda m: str(int(m[0]) + 1)),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change of a source: the text from `start` to `end` becomes `text`."""

    start: int
    end: int
    text: str
    line: int
    what: str

    def of(self, source: str) -> str:
        return source[: self.start] + self.text + source[self.end :]


def mutants(source: str) -> list[Mutant]:
    """All mutants of a module that still are Python, in the order of the text."""
    places = _Places(source)
    found = {(m.start, m.end, m.text): m for m in _all(ast.parse(source), source, places)}
    return [m for _, m in sorted(found.items()) if m.text != source[m.start : m.end] and _is_python(m.of(source))]


class _Places:
    """Where in a text the nodes of its tree stand; the tree counts lines and bytes."""

    def __init__(self, source: str) -> None:
        self.lines = source.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)

    def _at(self, line: int, column: int) -> int:
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())


def _all(tree: ast.Module, source: str, places: _Places) -> Iterator[Mutant]:
    left_out = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)}
    left_out |= {id(part) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for part in n.values}
    decorators = [d for n in ast.walk(tree) for d in getattr(n, "decorator_list", ())]
    left_out |= {id(part) for decorator in decorators for part in ast.walk(decorator)}  # `frozen=True` decides nothing
    for node in ast.walk(tree):
        if isinstance(node, ast.expr | ast.stmt) and id(node) not in left_out:
            for start, end, text, what in _of_node(node, source, places):
                line = source.count("\n", 0, start) + 1
                yield Mutant(start=start, end=end, text=text, line=line, what=what)


Change = tuple[int, int, str, str]  # from, to, the new text, and what that is in words


def _of_node(node: ast.expr | ast.stmt, source: str, places: _Places) -> Iterator[Change]:
    start, end = places.span(node)

    def text(part: ast.expr) -> str:
        return source[slice(*places.span(part))]

    match node:
        case ast.Constant(value=bool() as flag):
            yield start, end, str(not flag), f"{flag} -> {not flag}"
        case ast.Constant(value=int() | float() as number):
            yield start, end, f"({number!r} + 1)", f"{number!r} -> {number + 1!r}"
        case ast.Constant(value=str()) | ast.JoinedStr() if SQL.search(source[start:end]):
            yield from _of_sql(source[start:end], start)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARISONS:
            yield from _operator(left, COMPARISONS[type(op)], right, source, places)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            yield from _operator(left, ARITHMETIC[type(op)], right, source, places)
        case ast.BoolOp(op=op, values=values):
            new, old = ("or", "and") if isinstance(op, ast.And) else ("and", "or")
            for value in values:
                rest = f" {old} ".join(f"({text(other)})" for other in values if other is not value)
                yield start, end, f"({rest})", f"without {_short(text(value))!r}"
            yield start, end, "(" + f" {new} ".join(f"({text(value)})" for value in values) + ")", f"{old} -> {new}"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield start, end, f"bool({text(operand)})", "without not"
        case ast.Call(func=ast.Name(id=name)) if name in CALLS:
            yield start, start + len(name), CALLS[name], f"{name} -> {CALLS[name]}"
        case ast.If(test=test) | ast.IfExp(test=test):
            yield *places.span(test), "True", f"{_short(text(test))!r} -> True"
            yield *places.span(test), "False", f"{_short(text(test))!r} -> False"
        case ast.While(test=test):
            yield *places.span(test), "False", f"{_short(text(test))!r} -> False"
        case ast.Expr(value=ast.Call()):
            yield start, end, "pass", f"without {_short(source[start:end])!r}"
        case ast.Continue():
            yield start, end, "break", "continue -> break"
        case ast.Break():
            yield start, end, "continue", "break -> continue"
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            for test in (test for part in node.generators for test in part.ifs):
                yield *places.span(test), "True", f"{_short(text(test))!r} -> True"


def _operator(left: ast.expr, new: str, right: ast.expr, source: str, places: _Places) -> Iterator[Change]:
    """Another operator between two; not where brackets stand between them, which are no part of the tree."""
    start, end = places.span(left)[1], places.span(right)[0]
    old = source[start:end].strip()
    if not set(old) & set("()#\\"):
        yield start, end, f" {new} ", f"{old} -> {new}"


def _of_sql(text: str, offset: int) -> Iterator[Change]:
    taken: set[int] = set()
    for pattern, new in SQL_CHANGES:
        for match in re.finditer(pattern, text):
            place = set(range(*match.span()))
            if not taken & place:
                taken |= place
                replaced = new(match) if callable(new) else match.expand(new)
                what = f"SQL {_short(match[0])!r} -> {_short(replaced)!r}"
                yield offset + match.start(), offset + match.end(), replaced, what


def _is_python(source: str) -> bool:
    try:
        compile(source, "mutant", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 48 else f"{text[:45]}..."


class Verdict(StrEnum):
    """What the tests said. One that did not end says nothing, least of all on a busy machine."""

    SURVIVED = "survives"
    KILLED = "killed"
    TIMED_OUT = "timed out"


# Of pytest: tests failed, or could not be collected since the module does not load. Anything else is no verdict.
_VERDICTS = {0: Verdict.SURVIVED, 1: Verdict.KILLED, 2: Verdict.KILLED}


def run_tests(copy: Path, tests: Sequence[str], timeout_s: float) -> Verdict:
    """What the tests say on the copy. In a process of its own, whose group ends with it."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _child(copy, tests)
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            if code not in _VERDICTS:
                sys.exit(f"pytest ended with {code}: see `pytest {' '.join(tests)}`")
            return _VERDICTS[code]
        time.sleep(0.02)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return Verdict.TIMED_OUT


def _child(copy: Path, tests: Sequence[str]) -> None:
    code = 70
    try:
        os.setsid()
        os.chdir(copy)
        sys.path[:] = [str(copy), *(p for p in sys.path if Path(p or ".").resolve() not in (ROOT, copy))]
        # Two mutants of one length within one second would share their compiled code.
        sys.dont_write_bytecode = True
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        for name in [n for n in sys.modules if n.partition(".")[0] in ("etl", "benchmarks", "tests", "conftest")]:
            if name != "benchmarks.mutants":
                del sys.modules[name]
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        import pytest

        chosen = [test for test in tests if (copy / test.partition("::")[0]).exists()]
        code = int(
            pytest.main([*chosen, "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-profile", "ci"])
        )
    finally:
        os._exit(code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What became of a module's mutants."""

    module: str
    of: int
    verdicts: Counter[Verdict]


def try_module(copy: Path, module: str, tests: Sequence[str], *, most: int, minutes: float, only: int | None) -> Row:
    """Try a module's mutants, at most `most` and for `minutes`."""
    path = copy / module
    source = path.read_text(encoding="utf-8")
    found = mutants(source)
    drawn = [m for m in found if m.line == only] if only else random.Random(SEED).sample(found, min(most, len(found)))
    for stale in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        stale.unlink()
    began = time.monotonic()
    if run_tests(copy, tests, 600) is not Verdict.SURVIVED:
        sys.exit(f"{module}: its tests fail without any change; see `pytest {' '.join(tests)}`")
    timeout_s = 60 + 2 * (time.monotonic() - began)
    verdicts: Counter[Verdict] = Counter()
    for mutant in sorted(drawn, key=lambda m: m.start) if only else drawn:
        if time.monotonic() - began > minutes * 60:
            break
        path.write_text(mutant.of(source), encoding="utf-8")
        verdict = run_tests(copy, tests, timeout_s)
        verdicts[verdict] += 1
        print(f"  {module}:{mutant.line} {verdict}: {mutant.what}", flush=True)
    path.write_text(source, encoding="utf-8")
    return Row(module=module, of=len(found), verdicts=verdicts)


def main() -> None:
    """Try what the command line names and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    arguments.add_argument("modules", nargs="*", default=list(TARGETS))
    arguments.add_argument("--tests", nargs="*", help="instead of those of TARGETS")
    arguments.add_argument("--most", type=int, default=60, help="mutants a module")
    arguments.add_argument("--minutes", type=float, default=10, help="time a module")
    arguments.add_argument("--only", type=int, help="the mutants of one line")
    chosen = arguments.parse_args()
    for name in LIBRARIES:
        with suppress(ImportError):
            importlib.import_module(name)
    table = []
    with tempfile.TemporaryDirectory(prefix="news-etl-mutants-") as folder:
        copy = Path(folder)
        for name in COPIED:
            origin = ROOT / name
            if origin.is_dir():
                shutil.copytree(origin, copy / name)
            else:
                shutil.copy2(origin, copy / name)
        for module in chosen.modules:
            tests = chosen.tests or TARGETS[module]
            table.append(try_module(copy, module, tests, most=chosen.most, minutes=chosen.minutes, only=chosen.only))
    print(f"{'module':32} {'mutants':>7} {'tried':>6}" + "".join(f" {verdict:>9}" for verdict in Verdict))
    for row in table:
        counts = "".join(f" {row.verdicts[verdict]:9}" for verdict in Verdict)
        print(f"{row.module:32} {row.of:7} {row.verdicts.total():6}{counts}")


if __name__ == "__main__":
    main()
