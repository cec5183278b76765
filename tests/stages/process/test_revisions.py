"""What an article's captures say of its past: corrections, an old capture that comes late, and pages that are gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from lake_places import NOW, Place, exchange

from benchmarks.pages import page
from etl.lake.segment import Exchange, SegmentWriter

LATE, CORRECTED, DELETED = (f"https://gazette.example/{name}" for name in ("late", "corrected", "deleted"))
# In the order in which they come: hours after NOW, status, and which text stood there.
CAPTURES = {
    LATE: [(0, 200, "A"), (9, 200, "C"), (5, 200, "B")],
    CORRECTED: [(0, 200, "A"), (1, 200, "A"), (2, 200, "B"), (3, 200, "C"), (4, 200, "C"), (6, 200, "D")],
    DELETED: [(0, 200, "A"), (2, 200, "A"), (4, 404, ""), (8, 410, "")],
}
REVISIONS = """
SELECT revision_no, extract(epoch FROM valid_from - :now) / 3600, extract(epoch FROM valid_to - :now) / 3600,
       extract(epoch FROM r.last_seen_at - :now) / 3600, r.observation_count
FROM news.article_revision r JOIN news.article a USING (article_id) WHERE a.url = :url ORDER BY revision_no
"""
ARTICLE = """
SELECT revision_count, extract(epoch FROM last_seen_at - :now) / 3600, extract(epoch FROM gone_at - :now) / 3600
FROM news.article WHERE url = :url
"""


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Place:
    made = Place(tmp_path / "home", database_url)
    for url, captures in CAPTURES.items():
        for hours, status, version in captures:
            body = page(4, version="ABCD".index(version)) if version else ""
            made.ingest(archive(tmp_path, exchange(url, body, hours=hours, status=status)))
    return made


def test_an_old_capture_that_comes_late_stands_where_it_belongs(place: Place) -> None:
    assert of(place, REVISIONS, LATE) == [(1, 0, 5, 0, 1), (2, 5, 9, 5, 1), (3, 9, None, 9, 1)]
    assert of(place, ARTICLE, LATE) == [(3, 9, None)]


def test_three_corrections_are_four_revisions_however_often_each_was_seen(place: Place) -> None:
    assert of(place, REVISIONS, CORRECTED) == [(1, 0, 2, 1, 2), (2, 2, 3, 2, 1), (3, 3, 6, 4, 2), (4, 6, None, 6, 1)]
    assert of(place, ARTICLE, CORRECTED) == [(4, 6, None)]


def test_a_page_that_is_gone_keeps_its_text_and_is_gone_since_the_first_time_that_it_was(place: Place) -> None:
    assert of(place, REVISIONS, DELETED) == [(1, 0, None, 2, 2)]
    assert of(place, ARTICLE, DELETED) == [(1, 2, 4)]


def of(place: Place, query: str, url: str) -> list[tuple[int, ...]]:
    return place.rows(query.replace(":now", f"timestamptz '{NOW.isoformat()}'").replace(":url", f"'{url}'"))


def archive(folder: Path, content: Exchange) -> Path:
    name = f"{content.target_uri.rpartition('/')[2]}-{content.captured_at:%H}.warc.gz"
    with SegmentWriter(folder / "new", now=content.captured_at, operator=None, user_agent="test") as writer:
        writer.write(content)
        return writer.close().path.rename(folder / name)
