"""A pool of processes for the command line. Airflow's tasks are one process each and use none."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any


@contextmanager
def process_pool(
    workers: int, *, initializer: Callable[..., None], initargs: tuple[Any, ...]
) -> Iterator[ProcessPoolExecutor]:
    """Worker processes that end with their parent, however it ends. Each calls the initializer once."""
    pool = ProcessPoolExecutor(
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
    _end_with_parent(parent)
    initializer(*initargs)


def _end_with_parent(parent: int) -> None:
    """A killed parent leaves its workers waiting for ever: they hold both ends of their queue."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
