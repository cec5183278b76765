"""The examples in docstrings are true.

Not by `--doctest-modules`: that imports every module of the package, and of the tests, in each process of a test run.
"""

from __future__ import annotations

import doctest
import importlib
import io
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for room in ("etl", "benchmarks")
    for path in sorted((ROOT / room).rglob("*.py"))
    if ">>> " in path.read_text("utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    module = importlib.import_module(name)
    examples = [test for test in doctest.DocTestFinder(exclude_empty=True).find(module) if test.examples]
    assert examples, f"{name} has >>> outside of a docstring, where no test runs it"
    runner, said = doctest.DocTestRunner(), io.StringIO()
    for test in examples:
        runner.run(test, out=said.write, clear_globs=False)
    assert not runner.failures, said.getvalue()
