"""Segments of captures: when one is due, what is recorded with it, and what is left where nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lake_places import NOW, Place, exchange

from etl.lake import warc
from etl.model import Capture
from etl.stages.process import recording
from etl.stages.process.recording import SegmentRecorder
from etl.stages.resources import Resources, open_resources

SEGMENTS = "SELECT warc, run_id, batch, records, published_at IS NOT NULL FROM ops.segment ORDER BY warc"


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Place:
    return Place(tmp_path / "place", database_url)


@pytest.fixture
def r(place: Place) -> Iterator[Resources]:
    with open_resources(place.settings) as found:
        yield found


def write(one: SegmentRecorder, *urls: str) -> None:
    for url in urls:
        one.opened(NOW).write(exchange(url, f"<p>{url} 市議会</p>"))


def spooled(r: Resources) -> list[Path]:
    return [path for path in (r.settings.home / "tmp").rglob("*") if path.is_file()]


@pytest.mark.parametrize(("archive", "folder"), [(None, "raw/live/"), ("wayback", "raw/archive/wayback/")])
def test_each_segment_is_recorded_with_its_captures_and_the_next_begins_empty(
    place: Place, r: Resources, archive: str | None, folder: str
) -> None:
    one = SegmentRecorder(r, run_id="run", batch="00", archive=archive)
    names = []
    for urls in (["https://gazette.example/1", "https://gazette.example/2"], ["https://gazette.example/3"]):
        write(one, *urls)
        with one.recorded() as recorded:
            assert recorded.segment is not None and recorded.is_first
            names.append(recorded.segment.name)
        found = [x.target_uri for x in warc.read(r.store, names[-1]) if isinstance(x, Capture)]
        assert found == urls and names[-1].startswith(folder)
    one.discard()
    expected = [(names[0], "run", "00", 2, True), (names[1], "run", "00", 1, True)]
    assert place.rows(SEGMENTS) == sorted(expected) and spooled(r) == []


def test_where_nothing_was_captured_there_is_a_transaction_and_no_segment(place: Place, r: Resources) -> None:
    one = SegmentRecorder(r, run_id="run", batch="00")
    with one.recorded() as recorded:
        assert recorded.segment is None
    assert place.rows(SEGMENTS) == [] and spooled(r) == []


def test_what_is_discarded_leaves_nothing(place: Place, r: Resources) -> None:
    one = SegmentRecorder(r, run_id="run", batch="00")
    write(one, "https://gazette.example/1")
    assert spooled(r)
    one.discard()
    assert place.rows(SEGMENTS) == [] and spooled(r) == []


def test_what_is_written_after_a_segment_was_given_over_goes_into_another(place: Place, r: Resources) -> None:
    """A live run goes on visiting while its segment is recorded in a thread of its own."""
    one = SegmentRecorder(r, run_id="run", batch="00", archive="cc_news")
    write(one, "https://gazette.example/1")
    segment = one.recorded()
    write(one, "https://gazette.example/2")
    with segment as recorded:
        assert recorded.segment is not None and len(recorded.segment.written) == 1
    with one.recorded() as recorded:
        assert recorded.segment is not None and recorded.segment.written[0].target_uri == "https://gazette.example/2"
    assert [records for _, _, _, records, _ in place.rows(SEGMENTS)] == [1, 1]


def test_a_segment_is_due_when_a_minute_has_passed_since_the_last_or_it_is_full(
    r: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(recording.time, "monotonic", lambda: now)
    one = SegmentRecorder(r, run_id="run", batch="00")
    write(one, "https://gazette.example/1")
    assert not one.is_due
    now += 60.0
    assert not one.is_due
    now += 0.1
    assert one.is_due  # also where nothing is written: what was visited is recorded
    with one.recorded():
        pass
    assert not one.is_due
    write(one, "https://gazette.example/2")
    monkeypatch.setattr(type(one.opened(NOW)), "is_full", property(lambda _: True))
    assert one.is_due
    one.discard()


def test_where_recording_fails_the_segment_in_the_lake_is_open_work_and_the_next_is_its_own(
    place: Place, r: Resources
) -> None:
    one = SegmentRecorder(r, run_id="run", batch="00")
    write(one, "https://gazette.example/1")
    with pytest.raises(RuntimeError, match="a defect"), one.recorded():
        raise RuntimeError("a defect")
    ((name, *_, is_published),) = place.rows(SEGMENTS)
    assert r.store.exists(name) and not is_published and spooled(r) == []
    write(one, "https://gazette.example/2")
    with one.recorded():
        pass
    assert len(place.rows(SEGMENTS)) == 2
