"""Archives that are rewritten: plain ones, and ones packed as a whole, with lengths that are wrong."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from test_warc_reading import HTML, http, record

from etl.lake import warc
from etl.lake.adopt import adopt
from etl.lake.records import BadRecord
from etl.lake.store import ObjectStore
from etl.model import Capture

PAGES = [f"https://example.is/{n}" for n in range(4)]


def adopted(store: ObjectStore, path: Path, data: bytes) -> list[Capture | BadRecord]:
    path.write_bytes(data)
    (name,) = adopt(store, path)
    return list(warc.read(store, name))


def shown(found: list[Capture | BadRecord]) -> list[object]:
    return [(x.target_uri, x.flaws) if isinstance(x, Capture) else x.reason for x in found]


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize(
    ("stated", "flaws"),
    [
        (str(len(http("", HTML)) + 60), ("body_short",)),
        ("100000", ("body_short",)),
        ("9" * 18, ("body_short",)),
        ("9", ("length_wrong",)),
        ("0", ("length_wrong",)),
        ("x", ("length_wrong",)),
        (None, ("length_wrong",)),
    ],
)
def test_a_wrong_length_takes_nothing_from_the_next_record(
    local_store: ObjectStore, tmp_path: Path, stated: str | None, flaws: tuple[str, ...], is_packed: bool
) -> None:
    parts = [record(WARC_Target_URI=uri) for uri in PAGES]
    parts[1] = record(WARC_Target_URI=PAGES[1], Content_Length=stated)
    data = b"".join(parts)
    found = adopted(local_store, tmp_path / "a.warc.gz", gzip.compress(data, mtime=0) if is_packed else data)
    assert shown(found) == [(PAGES[0], ()), (PAGES[1], flaws), (PAGES[2], ()), (PAGES[3], ())]
    assert all(isinstance(x, Capture) and x.body == HTML for x in found)


def test_a_wrong_length_of_the_last_record_is_corrected_where_the_file_is_whole(
    local_store: ObjectStore, tmp_path: Path
) -> None:
    first, last = record(WARC_Target_URI=PAGES[0]), record(WARC_Target_URI=PAGES[1], Content_Length="9999")
    assert shown(adopted(local_store, tmp_path / "a.warc", first + last)) == [
        (PAGES[0], ()),
        (PAGES[1], ("body_short",)),
    ]
    assert shown(adopted(local_store, tmp_path / "b.warc", first + last[:-60])) == [(PAGES[0], ()), "truncated"]


@pytest.mark.parametrize("between", [b"", b"\n", b"\r\n", b"\n\n", b"\r\n" * 3])
def test_records_need_no_line_ends_between_them(local_store: ObjectStore, tmp_path: Path, between: bytes) -> None:
    data = b"".join(record(WARC_Target_URI=uri)[:-4] + between for uri in PAGES)
    found = adopted(local_store, tmp_path / "a.warc", data)
    assert shown(found) == [(uri, ()) for uri in PAGES]
    assert all(isinstance(x, Capture) and x.body == HTML for x in found)


@pytest.mark.parametrize("version", [b"WARC/0.18\n", b"WARC/0.17\r\n", b"WARC/1.1 \r\n"])
def test_records_of_other_versions_are_read(local_store: ObjectStore, tmp_path: Path, version: bytes) -> None:
    data = b"".join(record(WARC_Target_URI=uri).replace(b"WARC/1.0\r\n", version, 1) for uri in PAGES)
    assert shown(adopted(local_store, tmp_path / "a.warc", data)) == [(uri, ()) for uri in PAGES]


def test_a_page_that_quotes_an_archive_stays_whole(local_store: ObjectStore, tmp_path: Path) -> None:
    quoted = HTML + b"\r\n\r\n" + record(WARC_Target_URI="https://quoted.example/")
    parts = [record(WARC_Target_URI=PAGES[0], block=http("", quoted)), record(WARC_Target_URI=PAGES[1])]
    found = adopted(local_store, tmp_path / "a.warc", b"".join(parts))
    assert shown(found) == [(PAGES[0], ()), (PAGES[1], ())]
    assert isinstance(found[0], Capture) and found[0].body == quoted


def test_bytes_between_records_are_shown_and_line_ends_are_not(local_store: ObjectStore, tmp_path: Path) -> None:
    parts = [b"\r\n", record(WARC_Target_URI=PAGES[0]), b"rubbish\n", record(WARC_Target_URI=PAGES[1]), b"\r\n" * 40]
    found = adopted(local_store, tmp_path / "a.warc", b"".join(parts))
    assert shown(found) == [(PAGES[0], ()), "no_record", (PAGES[1], ())]
