"""Revisits whose originals come later, or stand under another URL: whichever comes first, the rows are the same."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from lake_places import SOURCES, Place, exchange, revisit

from benchmarks.pages import page
from etl.lake.identity import payload_digest
from etl.lake.segment import Exchange, SegmentWriter
from etl.warehouse.fingerprint import parts

ORIGINAL = exchange("https://gazette.example/1?edition=early", page(1))
REVISITS = {
    "of the same URL": revisit("https://gazette.example/1?edition=early", ORIGINAL, hours=30),
    "of another URL": revisit("https://mirror.example/kept", ORIGINAL, hours=30),
}


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Place:
    made = Place(tmp_path / "home", database_url)
    # A parameter that is no part of the URL key.
    made.settings.sources.write_text(SOURCES.replace("enabled: false", "enabled: false, key_rules: {drop: [edition]}"))
    return made


@pytest.mark.parametrize("kind", REVISITS)
def test_a_revisit_and_its_original_give_the_same_rows_in_either_order(kind: str, place: Place, tmp_path: Path) -> None:
    original, again = archive(tmp_path, "original", ORIGINAL), archive(tmp_path, "again", REVISITS[kind])
    place.ingest(original)
    place.ingest(again)
    in_order = parts(place.engine)
    assert place.rows("SELECT count(*) FROM core.observation") == [(2,)]
    place.empty()
    shutil.rmtree(place.lake)
    place.ingest(again)
    assert place.rows("SELECT reason FROM ops.reject") == [("quarantined",)]
    place.ingest(original)
    assert parts(place.engine) == in_order
    assert place.rows("SELECT * FROM ops.reject") == []


@pytest.mark.parametrize("first", ["meant", "other"])
def test_of_two_captures_of_one_second_a_revisit_stands_for_the_one_with_its_digest(
    first: str, place: Place, tmp_path: Path
) -> None:
    other = replace(ORIGINAL, body=page(2).encode())
    order = [ORIGINAL, other] if first == "meant" else [other, ORIGINAL]
    again = archive(tmp_path, "again", REVISITS["of another URL"])
    place.ingest(archive(tmp_path, "first", order[0]))
    place.ingest(again)
    place.ingest(archive(tmp_path, "second", order[1]))
    text_of = "SELECT o.text_digest FROM core.observation o JOIN core.capture c USING (capture_id) WHERE"
    same = place.rows(f"{text_of} c.url = 'https://mirror.example/kept'")
    assert same == place.rows(f"{text_of} c.payload_digest = '{payload_digest(ORIGINAL.body)}' AND NOT c.is_revisit")
    assert len(same) == 1
    assert place.rows("SELECT * FROM ops.reject") == []


def archive(folder: Path, name: str, content: Exchange) -> Path:
    with SegmentWriter(folder / name, now=content.captured_at, operator=None, user_agent="test") as writer:
        writer.write(content)
        return writer.close().path.rename(folder / f"{name}.warc.gz")
