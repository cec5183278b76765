"""Assigns articles to stories after a load: articles with the same text belong to one story."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Engine

from etl.model import StageReport

if TYPE_CHECKING:
    from etl.warehouse.stories import relate as stories


def relate(engine: Engine) -> StageReport:
    """Assign newly loaded articles to stories; quick when there are none. Any number of these may run at once."""
    from etl.warehouse.stories import relate as stories

    done = stories.relate(engine)
    return StageReport(stage="relate", notes=(_note(done),) if done.changes else ())


def settle(engine: Engine) -> StageReport:
    """Assign all open articles to stories; relates every article again when the rules of relating have changed."""
    from etl.warehouse.stories import relate as stories

    done = stories.settle(engine)
    return StageReport(stage="settle", notes=(_note(done),) if done.changes else ())


def _note(done: stories.RelateResult) -> str:
    return f"{done.articles} articles were due, {done.edges} pairs are copies, {done.stories} stories written"
