"""A warehouse rebuilt from the lake of a live newsroom: revisits, 304s, corrections and pages that are gone included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lake_places import Place

from etl.extract import rules
from etl.fetch.politeness import PaceRules
from etl.sample.server import Newsroom, running_newsroom
from etl.sample.sources import sources_yaml
from etl.stages.live import crawling
from etl.stages.live.run import run_once
from etl.stages.maintenance import rebuild
from etl.stages.process import reprocess
from etl.stages.resources import open_resources
from etl.warehouse.fingerprint import parts

pytestmark = pytest.mark.e2e

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def live(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Place, Newsroom]]:
    monkeypatch.setattr(crawling, "PACE", PaceRules(backoff_s=0.1))
    with running_newsroom() as newsroom:
        place = Place(tmp_path / "place", database_url)
        place.settings.sources.write_text(sources_yaml(newsroom.port), encoding="utf-8")
        yield place, newsroom
        place.engine.dispose()


def test_a_rebuilt_warehouse_is_the_one_that_was_there(
    live: tuple[Place, Newsroom], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, newsroom = live
    sources = [site.key for site in newsroom.sites.values() if site.is_source and site.key != "quiet-quay"][:1]
    run_once(place.settings, sources=sources, now=NOW)
    newsroom.set_day(2)
    run_once(place.settings, sources=sources, now=NOW + timedelta(hours=25))
    monkeypatch.setattr(rules, "_code_version", lambda: "better")
    days = [day for (day,) in place.rows("SELECT DISTINCT captured_at::date FROM core.capture ORDER BY 1")]
    with open_resources(place.settings) as r:
        done = reprocess.reprocess(r, span=days, by=reprocess.DayBasis.CAPTURED)
    assert done.captures > 20 and done.changed == {}  # another version of the same rules
    before = parts(place.engine)
    revisits = place.rows("SELECT count(*) FROM core.capture WHERE is_revisit")[0][0]
    assert revisits > 5
    asked = "SELECT url, source_key, etag, last_modified, last_url, last_digest, due_at FROM ops.candidate " \
            "WHERE last_url IS NOT NULL ORDER BY url"  # fmt: skip
    frontier = place.rows(asked)
    place.empty()
    with open_resources(place.settings) as r:
        made = rebuild.rebuild(r, now=NOW)
    assert parts(place.engine) == before
    assert place.rows(asked) == frontier and made.candidates >= len(frontier)
