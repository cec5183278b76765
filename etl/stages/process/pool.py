"""Processes side by side, for the command line. Airflow's tasks are one process each and use none."""

from __future__ import annotations

import os
import pickle
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import chain, islice
from multiprocessing import get_context
from typing import Any, ParamSpec, TypeVar

from etl import faults

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S")
R = TypeVar("R")

# Work that waits for each worker, so that none is idle and memory stays bounded.
WAITING = 2


@dataclass(slots=True)
class _Worker:
    """What a worker process has: what it holds, or why it could not get it. Each of its tasks says so, for a pool whose
    workers do not start says nothing but that.
    """

    stack: ExitStack = field(default_factory=ExitStack)
    held: Any = None
    failure: Exception | None = None


_worker = _Worker()


class Pool(ProcessPoolExecutor):
    """Processes whose faults arrive as our errors: those of the libraries do not all survive the way between two."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return super().submit(_told, fn, *args, **kwargs)  # type: ignore[arg-type]

    def submit_held(self, fn: Callable[[S, T], R], item: T) -> Future[R]:
        """As `submit`, with what the worker holds before the item."""
        return super().submit(_told, _with_held, fn, item)


@contextmanager
def process_pool(
    workers: int, *, holds: Callable[..., AbstractContextManager[Any]] = nullcontext, args: tuple[Any, ...] = ()
) -> Iterator[Pool]:
    """Worker processes that end with their parent, however it ends. Each enters `holds(*args)` once, and holds that.

    What entering it raises, every task of that worker raises; faults from outside come as our errors.
    """
    pool = Pool(
        max_workers=workers,
        mp_context=get_context("fork"),
        initializer=_start,
        initargs=(os.getpid(), holds, args),
    )
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def parallel(
    do: Callable[[S, T], R],
    items: Iterable[T],
    *,
    here: S,
    holds: Callable[..., AbstractContextManager[S]],
    args: tuple[Any, ...] = (),
    workers: int,
    in_order: bool = False,
) -> Iterator[tuple[T, Future[R]]]:
    """Do something with each item, several at once; gives each item with its future, which is done.

    A few items wait for each worker, whatever their number. Each worker has its own `holds(*args)`, since connections
    cannot be shared across a fork; one worker or one item needs no process and takes what is `here`. Items come as they
    are done, or `in_order`. Raises when a worker is killed.
    """
    waiting = iter(items)
    first = list(islice(waiting, WAITING * workers))
    workers = min(workers, len(first))
    if workers < 2:
        for item in chain(first, waiting):
            yield item, _done(do, here, item)
        return
    with process_pool(workers, holds=holds, args=args) as pool:
        running = {pool.submit_held(do, item): item for item in first}
        while running:
            finished = [next(iter(running))] if in_order else wait(running, return_when=FIRST_COMPLETED).done
            for future in finished:
                if isinstance(error := future.exception(), BrokenExecutor):
                    raise error
                yield running.pop(future), future
                running |= {pool.submit_held(do, item): item for item in islice(waiting, 1)}


def _done(do: Callable[[S, T], R], held: S, item: T) -> Future[R]:
    future: Future[R] = Future()
    try:
        future.set_result(do(held, item))
    except Exception as error:
        future.set_exception(error)
    return future


def _with_held(fn: Callable[[Any, T], R], item: T) -> R:
    return fn(_worker.held, item)


def _start(parent: int, holds: Callable[..., AbstractContextManager[Any]], args: tuple[Any, ...]) -> None:
    _end_with_parent(parent)
    try:
        with faults.told():
            _worker.held = _worker.stack.enter_context(holds(*args))
    except Exception as error:
        _worker.failure = error


def _told(fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    if _worker.failure is not None:
        raise _worker.failure
    try:
        with faults.told():
            return fn(*args, **kwargs)
    except Exception as error:
        if not _survives(error):
            # It would end the pool, as if the system had killed a worker, and nobody would hear of it.
            raise RuntimeError("".join(traceback.format_exception(error))) from None
        raise


def _survives(error: Exception) -> bool:
    """Whether an exception can be made again in another process: those with arguments of their own often cannot."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return False
    return True


def _end_with_parent(parent: int) -> None:
    """A killed parent leaves its workers waiting for ever: they hold both ends of their queue."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
