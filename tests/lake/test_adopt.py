"""Archives and pages of others come into the lake as they are, once."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime
from pathlib import Path

import boto3.session
import pytest
from exchanges import NOW, PAGES, published, some_exchanges
from warcio.archiveiterator import ArchiveIterator

from etl.errors import Permanent, Quarantine
from etl.lake import cdxj, repack, warc
from etl.lake.adopt import LocalPage, adopt, adopt_pages
from etl.lake.identity import payload_digest
from etl.lake.records import BadRecord
from etl.lake.store import ObjectMissing, ObjectStore
from etl.lake.stores import open_store
from etl.model import Capture


@pytest.fixture
def archive(tmp_path: Path) -> bytes:
    """A WARC file, one gzip member a record."""
    elsewhere = open_store((tmp_path / "elsewhere").as_uri())
    return elsewhere.read(published(elsewhere, tmp_path / "spool", some_exchanges()))


def bodies(store: ObjectStore, name: str) -> dict[str, str]:
    found = list(warc.read(store, name))
    assert all(isinstance(item, Capture) for item in found), found
    return {item.target_uri: item.body.decode() for item in found if isinstance(item, Capture)}


def saved(folder: Path, data: bytes, name: str = "a.warc.gz") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_an_archive_is_kept_byte_for_byte_and_indexed(store: ObjectStore, tmp_path: Path, archive: bytes) -> None:
    path = saved(tmp_path, archive)
    (name,) = adopt(store, path)
    assert adopt(store, str(path)) == adopt(store, path.as_uri()) == [name]
    assert store.read(name) == archive
    assert list(store.list()) == [cdxj.name_beside(name), name]
    assert bodies(store, name) == PAGES
    lines = list(cdxj.parse(store.read(cdxj.name_beside(name))))
    assert {line.url for line in lines} == set(PAGES)
    for line in lines:
        assert line.filename == name
        member = gzip.decompress(store.read_range(name, line.offset, line.length))
        assert member.startswith(b"WARC/1.1\r\nWARC-Type: response\r\n")


@pytest.mark.parametrize("read_bytes", [1 << 18, 50])
@pytest.mark.parametrize("packed", ["plain", "as a whole", "in three parts"])
def test_an_archive_in_one_piece_is_rewritten_record_by_record(
    local_store: ObjectStore,
    tmp_path: Path,
    archive: bytes,
    packed: str,
    read_bytes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(repack, "_READ", read_bytes)
    content = gzip.decompress(archive)
    third = len(content) // 3
    parts = {
        "plain": [],
        "as a whole": [content],
        "in three parts": [content[:third], content[third : 2 * third], content[2 * third :]],
    }[packed]
    data = b"".join(gzip.compress(part, mtime=0) for part in parts) or content
    path = saved(tmp_path, data, "a.warc")
    (name,) = adopt(local_store, path)
    assert adopt(local_store, path) == [name]
    assert gzip.decompress(local_store.read(name)) == content  # header and block of each are the same bytes
    assert bodies(local_store, name) == PAGES
    assert len(list(ArchiveIterator(io.BytesIO(local_store.read(name)), check_digests="raise"))) == 1 + 3 * len(PAGES)
    whole = list(warc.read(local_store, name))
    ranges = warc.scan(local_store, name, records=1)
    assert [item for r in ranges for item in warc.read(local_store, name, start=r.start, end=r.end)] == whole


def test_a_record_longer_than_any_buffer_is_rewritten(local_store: ObjectStore, tmp_path: Path) -> None:
    text = ("市議会は火曜日に開かれた。\n" * 40_000).encode()
    head = "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: https://shimbun.example/{}\r\n"
    head += "WARC-Date: 2024-05-03T18:19:08Z\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n"
    data = b"".join(head.format(n, len(text)).encode() + text + b"\r\n\r\n" for n in range(3))
    (name,) = adopt(local_store, saved(tmp_path, data, "a.warc.wet"))
    assert bodies(local_store, name) == {f"https://shimbun.example/{n}": text.decode() for n in range(3)}


@pytest.mark.parametrize("packed", ["plain", "as a whole", "by record"])
def test_an_archive_cut_short_is_taken_and_shows_it(
    local_store: ObjectStore, tmp_path: Path, archive: bytes, packed: str
) -> None:
    content = gzip.decompress(archive)
    whole = {"plain": content, "as a whole": gzip.compress(content, 0, mtime=0), "by record": archive}[packed]
    (name,) = adopt(local_store, saved(tmp_path, whole[: len(whole) * 3 // 4], "a.warc"))
    found = list(warc.read(local_store, name))
    good = [item for item in found if isinstance(item, Capture)]
    bad = [item for item in found if isinstance(item, BadRecord)]
    assert 2 <= len(good) < len(PAGES) and all(item.body.decode() == PAGES[item.target_uri] for item in good)
    assert bad and bad[0].reason == "truncated"
    assert found.index(bad[0]) == len(good)


def test_an_archive_cut_between_two_records_within_a_member_shows_it(
    local_store: ObjectStore, tmp_path: Path, archive: bytes
) -> None:
    content = gzip.decompress(archive)
    at = content.index(b"WARC/1.1", len(content) // 2)
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as file:
        file.write(content[:at])
        file.flush()
        flushed = len(out.getvalue())
    (name,) = adopt(local_store, saved(tmp_path, out.getvalue()[:flushed]))
    *good, bad = warc.read(local_store, name)
    assert isinstance(bad, BadRecord) and bad.reason == "no_record" and "ends within a gzip member" in bad.detail
    assert good and all(isinstance(item, Capture) for item in good)


def test_bytes_between_records_are_shown_and_cost_nothing_else(
    local_store: ObjectStore, tmp_path: Path, archive: bytes
) -> None:
    content = gzip.decompress(archive)
    at = content.index(b"WARC/1.1", len(content) // 2)
    (name,) = adopt(local_store, saved(tmp_path, content[:at] + b"x" * 600_000 + b"\n" + content[at:] + b"\r\n\0\0"))
    found = list(warc.read(local_store, name))
    assert {item.target_uri for item in found if isinstance(item, Capture)} == set(PAGES)
    assert [item.reason for item in found if isinstance(item, BadRecord)] == ["no_record"]


def test_a_damaged_archive_is_kept_as_it_is(local_store: ObjectStore, tmp_path: Path, archive: bytes) -> None:
    data = bytearray(archive)
    data[len(data) // 2] ^= 0xFF
    (name,) = adopt(local_store, saved(tmp_path, bytes(data)))
    assert local_store.read(name) == data
    assert sum(isinstance(item, BadRecord) for item in warc.read(local_store, name)) == 1


def test_a_folder_gives_all_archives_below_it(local_store: ObjectStore, tmp_path: Path, archive: bytes) -> None:
    folder = tmp_path / "in"
    saved(folder, archive, "2024/b.warc.gz")
    saved(folder, gzip.decompress(archive), "a.warc")
    saved(folder, b"no archive", "README.md")
    names = adopt(local_store, folder)
    assert len(set(names)) == 2
    assert all(bodies(local_store, name) == PAGES for name in names)
    with pytest.raises(Permanent, match="holds no file"):
        adopt(local_store, saved(tmp_path / "empty", b"x", "notes.txt").parent)


def test_archives_come_from_s3_too(
    local_store: ObjectStore,
    tmp_path: Path,
    archive: bytes,
    s3_url: str,
    s3_endpoint: str,
    s3_session: boto3.session.Session,
) -> None:
    bucket = open_store(s3_url, endpoint_url=s3_endpoint, session=s3_session)
    bucket.put("crawl/a.warc.gz", archive)
    bucket.put("crawl/b.warc", gzip.decompress(archive))
    bucket.put("crawl/notes.txt", b"x")
    (local,) = adopt(open_store((tmp_path / "other").as_uri()), saved(tmp_path, archive))
    reach = {"endpoint_url": s3_endpoint, "session": s3_session}
    assert adopt(local_store, f"{s3_url}/crawl/a.warc.gz", **reach) == [local]  # type: ignore[arg-type]
    names = adopt(local_store, f"{s3_url}/crawl/", **reach)  # type: ignore[arg-type]
    assert len(names) == 2 and names[0] == local
    assert all(bodies(local_store, name) == PAGES for name in names)
    with pytest.raises(ObjectMissing, match="no-such"):
        adopt(local_store, f"{s3_url}/no-such.warc.gz", **reach)  # type: ignore[arg-type]
    with pytest.raises(Permanent, match="holds no object"):
        adopt(local_store, f"{s3_url}/nothing/", **reach)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        b"<html>no archive</html>",
        gzip.compress(b"<html>no archive</html>", mtime=0),
        b"",
        b"\x1f\x8b broken",
        gzip.compress(b"", mtime=0),
    ],
)
def test_what_is_no_archive_is_refused_by_name(local_store: ObjectStore, tmp_path: Path, data: bytes) -> None:
    with pytest.raises(Permanent, match=r"odd\.warc\.gz is no WARC"):
        adopt(local_store, saved(tmp_path, data, "odd.warc.gz"))
    assert list(local_store.list()) == []


def test_a_file_that_is_not_there_is_missing(local_store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(ObjectMissing, match="nowhere"):
        adopt(local_store, tmp_path / "nowhere")


def test_single_pages_become_resource_records(local_store: ObjectStore) -> None:
    text = "Le conseil s’est réuni mardi.".encode()
    pages = [
        LocalPage(url=f"urn:{payload_digest(text)}", captured_at=NOW, content_type="text/plain", body=text),
        LocalPage(
            url="https://akhbar.example/خبر",
            captured_at=datetime(2024, 2, 29, tzinfo=UTC),
            content_type="text/html; charset=utf-8",
            body=b"<p>x",
        ),
    ]
    (name,) = adopt_pages(local_store, pages)
    assert adopt_pages(local_store, pages) == [name]
    assert adopt_pages(local_store, []) == []
    assert list(local_store.list("raw/ingest/")) == [cdxj.name_beside(name), name]
    found = list(warc.read(local_store, name))
    for page, capture in zip(pages, found, strict=True):
        assert isinstance(capture, Capture) and capture.place is not None
        assert (capture.target_uri, capture.captured_at, capture.body) == (page.url, page.captured_at, page.body)
        assert capture.headers == (("Content-Type", page.content_type),) and capture.status == 200
        assert warc.read_at(local_store, capture.place) == capture
    kinds = [r.rec_type for r in ArchiveIterator(io.BytesIO(local_store.read(name)), check_digests="raise")]
    assert kinds == ["warcinfo", "resource", "resource"]
    with pytest.raises(Quarantine, match="bad_target_uri"):
        adopt_pages(local_store, [LocalPage(url="a b", captured_at=NOW, content_type="text/html", body=b"")])
