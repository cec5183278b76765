"""A pool of processes for the command line. Airflow's tasks are one process each and use none."""

from __future__ import annotations

import os
import pickle
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, ParamSpec, TypeVar

from etl import faults

P = ParamSpec("P")
T = TypeVar("T")

# Why the initializer of this worker failed, if it did: said by each of its tasks, for a pool whose workers do not start
# says nothing but that.
_failure: Exception | None = None


class Pool(ProcessPoolExecutor):
    """Processes whose faults arrive as our errors: those of the libraries do not all survive the way between two."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return super().submit(_told, fn, *args, **kwargs)  # type: ignore[arg-type]


@contextmanager
def process_pool(workers: int, *, initializer: Callable[..., None], initargs: tuple[Any, ...]) -> Iterator[Pool]:
    """Worker processes that end with their parent, however it ends. Each calls the initializer once.

    What the initializer raises, every task of that worker raises; faults from outside come as our errors.
    """
    pool = Pool(
        max_workers=workers,
        mp_context=get_context("fork"),
        initializer=_start,
        initargs=(os.getpid(), initializer, initargs),
    )
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start(parent: int, initializer: Callable[..., None], initargs: tuple[Any, ...]) -> None:
    global _failure
    _end_with_parent(parent)
    try:
        with faults.told():
            initializer(*initargs)
    except Exception as error:
        _failure = error


def _told(fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    if _failure is not None:
        raise _failure
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
