"""Loads segments in a separate process, since extraction would keep the event loop from renewing leases."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property

from etl import processes
from etl.errors import Transient
from etl.model import Outcome
from etl.settings import Settings
from etl.stages.process.extract_load import load_segment
from etl.stages.process.file_errors import FileErrors, problem_of
from etl.stages.process.pool import Pool, process_pool
from etl.stages.process.relate import relate
from etl.stages.resources import Resources, open_resources
from etl.warehouse.ops import segments

log = logging.getLogger(__name__)


class Loader:
    """Loads WARCs one after the other as they are published. What it does not load stays open work."""

    def __init__(self, r: Resources, pool: Pool) -> None:
        self._r = r
        self._pool = pool
        self._loads: dict[str, Future[Counter[Outcome]]] = {}

    def add(self, warc: str) -> None:
        """Load a WARC while fetching continues, from any thread. Never raises: `finish` reports errors."""
        try:
            self._loads[warc] = self._pool.submit_held(_load, warc)
            waiting = [name for name, load in list(self._loads.items()) if not load.done()]
            segments.hold(self._r.engine, waiting, holder=processes.name_of_this())
        except Exception as error:  # such as a worker that was killed: that says `finish`
            log.warning("left_open warc=%s error=%s", warc, problem_of(error))

    def finish(self) -> FileErrors:
        """Wait until all is loaded; the errors of single WARCs. Raises errors that do not come from a file."""
        errors = FileErrors(self._r.engine)
        first: Transient | None = None
        for warc, load in list(self._loads.items()):
            with errors.of(warc):
                try:
                    load.result()
                except Transient as error:  # the others may have come through
                    first = first or error
        if first is not None:
            raise first
        return errors

    def stop(self) -> None:
        """Start loading no further segment: the rest is open work."""
        for load in list(self._loads.values()):
            load.cancel()


@contextmanager
def loading(r: Resources) -> Iterator[Loader]:
    """A loader with its process, which is forked here: before there are threads and an event loop.

    Interrupted, it stops after the current segment. Segments that it has not loaded are released at the end.
    """
    with process_pool(1, holds=_LaterResources, args=(r.settings,)) as pool:
        pool.submit(_nothing).result()
        loader = Loader(r, pool)
        try:
            yield loader
        finally:
            loader.stop()
            segments.give_back(r.engine, holder=processes.name_of_this())


class _LaterResources(AbstractContextManager["_LaterResources"]):
    """Where nothing is published, nothing is opened."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = ExitStack()

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @cached_property
    def resources(self) -> Resources:
        return self._stack.enter_context(open_resources(self._settings, activate=False))


def _nothing() -> None:
    """Makes the pool start its process."""


def _load(later: _LaterResources, warc: str) -> Counter[Outcome]:
    outcomes = load_segment(later.resources, warc)
    relate(later.resources.engine)  # while others are fetched, so that little is left for the end
    return outcomes
