"""Work side by side: a bounded part of it is taken ahead, each item ends once, what a worker holds is opened once."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

import etl
from etl.errors import Quarantine, Transient
from etl.stages.process.pool import WAITING, parallel


@contextmanager
def _held(name: str) -> Iterator[list[object]]:
    if name == "full":
        raise OSError(28, "No space left on device")
    yield [name, os.getpid()]


def _do(held: list[object], item: int) -> tuple[object, object, int]:
    held.append(item)
    if item == 13:
        raise Quarantine("bad", "why")
    if item == 99:
        os._exit(9)
    return (*held[:2], item * item)


@pytest.mark.parametrize("in_order", [True, False])
@pytest.mark.parametrize(("count", "workers"), [(0, 3), (1, 3), (2, 3), (7, 1), (40, 2), (5, 9)])
def test_each_item_ends_once_and_in_order_where_that_is_asked(count: int, workers: int, in_order: bool) -> None:
    found = list(
        parallel(_do, range(100, 100 + count), here=["here", os.getpid()], holds=_held, args=("worker",),
                 workers=workers, in_order=in_order)
    )  # fmt: skip
    items = [item for item, _ in found]
    assert sorted(items) == list(range(100, 100 + count)) and (not in_order or items == sorted(items))
    assert [done.result()[2] for _, done in found] == [item * item for item in items]
    processes = {done.result()[1] for _, done in found}
    if count > 1 and workers > 1:
        assert os.getpid() not in processes and len(processes) <= workers
    else:
        assert processes <= {os.getpid()}


def test_no_more_is_taken_ahead_than_a_few_items_a_worker() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for n in range(200, 300):
            taken.append(n)
            yield n

    for done, _ in enumerate(parallel(_do, items(), here=[], holds=_held, args=("worker",), workers=2), start=1):
        assert len(taken) <= done + 2 * WAITING


@pytest.mark.parametrize("workers", [1, 2])
def test_what_an_item_raises_is_its_own_matter(workers: int) -> None:
    found = dict(parallel(_do, [12, 13, 14], here=["here", 0], holds=_held, args=("worker",), workers=workers))
    assert isinstance(found[13].exception(), Quarantine)
    assert (found[12].result()[2], found[14].result()[2]) == (144, 196)


def test_a_worker_that_is_killed_is_said_at_once_and_one_that_cannot_open_says_why() -> None:
    with pytest.raises(BrokenExecutor):
        list(parallel(_do, [1, 99, 2, 3, 4, 5], here=[], holds=_held, args=("worker",), workers=2))
    errors = {
        type(done.exception()) for _, done in parallel(_do, [1, 2], here=[], holds=_held, args=("full",), workers=2)
    }
    assert errors == {Transient}


def test_no_module_keeps_state_in_a_global_name() -> None:
    found = [
        str(path)
        for path in Path(etl.__file__).parent.rglob("*.py")
        if any(isinstance(node, ast.Global) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    ]
    assert found == []
