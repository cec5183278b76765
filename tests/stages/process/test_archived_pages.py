"""Pages out of web archives and caches are pages of the site that was archived, not of the archive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lake_places import NOW, Place, exchange

from benchmarks.pages import page
from etl.lake.segment import SegmentWriter

SOURCES = """
sources:
  - {key: khabar, name: خبر, homepage: "https://khabar.example.net/", languages: [fa], enabled: false,
     key_rules: {drop: [ref]}}
  - {key: archive, name: Archive, homepage: "https://web.archive.org/", languages: [en], enabled: false}
"""
STORY = "https://khabar.example.net/اخبار/توفان"
FOUND = [
    f"https://web.archive.org/web/20260101000000/{STORY}?ref=feed",
    f"https://web.archive.org/web/20260301000000id_/{STORY}",
    f"https://khabar-example-net.cdn.ampproject.org/c/s/{STORY.removeprefix('https://')}?amp_js_v=1",
    STORY,
]


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path / "place", database_url)
    place.settings.sources.write_text(SOURCES, encoding="utf-8")
    yield place
    place.engine.dispose()


def ingest(place: Place, folder: Path, urls: list[str]) -> None:
    with SegmentWriter(folder, now=NOW, operator=None, user_agent="test") as writer:
        for n, url in enumerate(urls):
            writer.write(exchange(url, page(1, version=n), hours=n))
        place.ingest(writer.close().path)


def test_captures_of_one_page_in_archives_and_caches_are_one_article_of_its_source(
    place: Place, tmp_path: Path
) -> None:
    ingest(place, tmp_path, FOUND)
    assert place.rows("SELECT source_key, site, observation_count FROM core.article") == [("khabar", "example.net", 4)]
    assert place.rows("SELECT DISTINCT source_key, site FROM core.observation") == [("khabar", "example.net")]
    assert {url for (url,) in place.rows("SELECT url FROM core.capture")} == set(FOUND)  # as the archives have them


def test_the_archives_own_pages_are_the_archives(place: Place, tmp_path: Path) -> None:
    ingest(
        place,
        tmp_path,
        ["https://web.archive.org/about/a-day-at-the-archive", f"https://evil.example.org/web/2026/{STORY}"],
    )
    found = place.rows("SELECT source_key, site FROM core.article ORDER BY 2")
    assert found == [("archive", "archive.org"), (None, "example.org")]
