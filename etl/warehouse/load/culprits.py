"""Finds the observations of a batch that the database refuses: they are quarantined, and the others loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, Engine

from etl.errors import Quarantine
from etl.isolation import put_aside
from etl.model import CaptureMeta, Observation, Outcome, Page, PageType
from etl.warehouse.load.refusals import refused_as_quarantine

Load = Callable[[Connection, list[Observation]], object]


def without_refused(engine: Engine, observations: Sequence[Observation], load: Load) -> list[Observation]:
    """The batch, in its order, with quarantined observations in the place of those whose values are refused.

    `load` is tried on halves recursively, and rolled back each time. An observation that is refused even without its values
    is identified by its place in the archive only.
    """
    kept = list(observations)
    for i in _refused(engine, kept, list(range(len(kept))), load):
        found = _without_values(engine, kept[i], load)
        where = f"{found.place.warc} at {found.place.offset}" if found.place else found.target_uri
        put_aside(Quarantine("refused_by_database", found.page.detail or ""), what="capture", which=where)
        kept[i] = found
    return kept


def _refused(engine: Engine, all_of: list[Observation], some: list[int], load: Load) -> list[int]:
    if not some or _refusal(engine, [all_of[i] for i in some], load) is None:
        return []
    if len(some) == 1:
        return some
    half = len(some) // 2
    return _refused(engine, all_of, some[:half], load) + _refused(engine, all_of, some[half:], load)


def _without_values(engine: Engine, refused: Observation, load: Load) -> Observation:
    why = _refusal(engine, [refused], load)
    page = Page(outcome=Outcome.QUARANTINED, page_type=PageType.ERROR, detail=f"refused_by_database: {why}")
    bare = replace(refused, page=page, meta=CaptureMeta())
    if _refusal(engine, [bare], load) is None:
        return bare
    return replace(bare, url_key=bare.capture_id, target_uri="", source_key=None, site="", status=0)


def _refusal(engine: Engine, some: list[Observation], load: Load) -> str | None:
    """Why the database refuses these; None where it takes them. Nothing is written."""
    with engine.connect() as connection, connection.begin() as transaction:
        try:
            with refused_as_quarantine():
                load(connection, some)
        except Quarantine as error:
            return error.detail
        finally:
            transaction.rollback()
    return None
