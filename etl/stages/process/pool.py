"""Worker processes for the command line. Airflow tasks are one process each and start no workers."""

from __future__ import annotations

import os
import pickle
import select
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from itertools import chain, islice
from multiprocessing import get_context
from typing import Any, ParamSpec, TypeVar

from etl import faults

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S")
R = TypeVar("R")

# Queued items per worker: no worker is idle, and memory stays bounded.
WAITING = 2


@dataclass(slots=True)
class _Worker:
    """What a worker process holds, or why it could not open it.

    Each of its tasks then raises that failure: a pool whose workers fail to start would not say why.
    """

    stack: ExitStack = field(default_factory=ExitStack)
    held: Any = None
    failure: Exception | None = None


_worker = _Worker()


class Pool(ProcessPoolExecutor):
    """A process pool whose faults are raised as our errors: exceptions of libraries cannot all be pickled."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return super().submit(_told, fn, *args, **kwargs)  # type: ignore[arg-type]

    def submit_held(self, fn: Callable[[S, T], R], item: T) -> Future[R]:
        """As `submit`; `fn` gets what the worker holds, then the item."""
        return super().submit(_told, _with_held, fn, item)


@contextmanager
def process_pool(
    workers: int, *, holds: Callable[..., AbstractContextManager[Any]] = nullcontext, args: tuple[Any, ...] = ()
) -> Iterator[Pool]:
    """Worker processes that end with their parent, even after SIGKILL. Each enters `holds(*args)` once and keeps it open.

    If entering it raises, every task of that worker raises the same; faults of libraries are raised as our errors.
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
    """Apply a function to each item in parallel; yields each item with its completed future.

    - Only a few items per worker are queued, however many there are.
    - Each worker opens its own `holds(*args)`, since connections cannot be shared across a fork. For one worker or one
      item no process is started, and `here` is used.
    - Items are yielded as they complete, or `in_order`.

    Raises when a worker is killed.
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
            # An exception that cannot be unpickled breaks the pool, as if a worker had been killed, and is lost.
            raise RuntimeError("".join(traceback.format_exception(error))) from None
        raise


def _survives(error: Exception) -> bool:
    """Whether an exception can be pickled: exceptions with constructors of their own often cannot."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return False
    return True


def _end_with_parent(parent: int) -> None:
    """End this worker when its parent is gone: otherwise it would wait for ever, holding both ends of its queue.

    It also holds copies of the parent's connections: until it ends, the database keeps what the parent had locked.
    """

    def watch() -> None:
        with suppress(AttributeError, OSError):  # at once where the system tells (Linux), else by looking
            ended = select.poll()
            ended.register(os.pidfd_open(parent), select.POLLIN)
            ended.poll()
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
