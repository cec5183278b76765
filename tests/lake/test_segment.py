"""What is fetched comes back from the lake as it was, and other tools read it too."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import zlib
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from exchanges import NOW, PAGES, exchange, exchanges, published, some_exchanges, writer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from etl.errors import Quarantine
from etl.lake import cdxj, warc
from etl.lake.captures import resolve
from etl.lake.identity import capture_id, payload_digest
from etl.lake.segment import Exchange, publish
from etl.lake.store import ObjectStore
from etl.model import Capture, CaptureMeta, Place, RefersTo


def captures(store: ObjectStore, name: str) -> list[Capture]:
    found = list(warc.read(store, name))
    assert all(isinstance(item, Capture) for item in found), found
    return found  # type: ignore[return-value]


def records(store: ObjectStore, name: str) -> list[tuple[dict[str, str], bytes]]:
    """Header and block of each record, as warcio reads them."""
    stream = ArchiveIterator(io.BytesIO(store.read(name)), no_record_parse=True)
    return [(dict(record.rec_headers.headers), record.raw_stream.read()) for record in stream]


@given(st.lists(exchanges, max_size=4))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_written_comes_back(local_store: ObjectStore, tmp_path: Path, written: list[Exchange]) -> None:
    name = published(local_store, tmp_path / "spool", written)
    found = captures(local_store, name)
    assert [_of(capture) for capture in found] == [_of(one) for one in written]
    for capture, one in zip(found, written, strict=True):
        assert capture.payload_digest == payload_digest(one.body)
        assert capture.captured_at.utcoffset() == timedelta(0)
        assert capture.headers == (*one.headers, ("Content-Length", str(len(one.body))))
        assert capture.place is not None
        assert warc.read_at(local_store, capture.place) == capture
    assert {capture.place for capture in found} == {
        Place(warc=name, offset=line.offset, length=line.length) for line in _index(local_store, name)
    }


def _of(one: Exchange | Capture) -> tuple[object, ...]:
    return one.target_uri, one.captured_at, one.status, one.body, one.meta


def _index(store: ObjectStore, name: str) -> list[cdxj.CdxjLine]:
    return list(cdxj.parse(store.read(cdxj.name_beside(name))))


def test_warcio_reads_every_record_and_its_digests_are_right(local_store: ObjectStore, tmp_path: Path) -> None:
    name = published(local_store, tmp_path, some_exchanges())
    path = tmp_path / "check.warc.gz"
    path.write_bytes(local_store.read(name))

    checker = Checker(SimpleNamespace(inputs=[str(path)], verbose=False))
    checker.process_all()
    assert checker.exit_value == 0
    kinds = [fields["WARC-Type"] for fields, _ in records(local_store, name)]
    assert kinds == ["warcinfo"] + ["request", "response", "metadata"] * len(PAGES)
    stream = ArchiveIterator(io.BytesIO(path.read_bytes()), check_digests="raise")
    pages = {r.rec_headers["WARC-Target-URI"]: r.content_stream().read() for r in stream if r.rec_type == "response"}
    assert pages == {uri: text.encode() for uri, text in PAGES.items()}


def test_each_record_is_a_gzip_member_of_its_own(local_store: ObjectStore, tmp_path: Path) -> None:
    data = local_store.read(published(local_store, tmp_path, some_exchanges()))
    members = []
    while data:
        inflater = zlib.decompressobj(31)
        members.append(inflater.decompress(data))
        assert inflater.eof
        assert data[4:8] == b"\0\0\0\0"  # no time of compression in the bytes
        data = inflater.unused_data
    assert len(members) == 1 + 3 * len(PAGES)
    assert all(member.startswith(b"WARC/1.1\r\n") and member.endswith(b"\r\n\r\n") for member in members)


def test_the_same_exchanges_give_the_same_file_under_the_same_name(local_store: ObjectStore, tmp_path: Path) -> None:
    segments = []
    for folder in ("one", "two"):
        with writer(tmp_path / folder) as out:
            for one in some_exchanges():
                out.write(one)
            segments.append(out.close())
    first, second = segments
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.name == second.name
    assert re.fullmatch(rf"raw/live/2026/11/24/20261124T093001Z-{first.sha256[:32]}\.warc\.gz", first.name)
    publish(local_store, first)
    publish(local_store, second)
    assert list(local_store.list()) == [cdxj.name_beside(first.name), first.name]
    with writer(tmp_path / "three") as out:
        out.write(exchange(body=b"other"))
        assert out.close().name != first.name


def test_records_of_an_exchange_are_linked_and_ids_are_unique(local_store: ObjectStore, tmp_path: Path) -> None:
    name = published(local_store, tmp_path, [*some_exchanges(), exchange(minute=90)])
    found = [fields for fields, _ in records(local_store, name)]
    assert len({fields["WARC-Record-ID"] for fields in found}) == len(found)
    info, rest = found[0], found[1:]
    for request, response, metadata in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        assert request["WARC-Concurrent-To"] == metadata["WARC-Concurrent-To"] == response["WARC-Record-ID"]
        assert response["WARC-IP-Address"] == "127.0.0.1"
        assert {f["WARC-Warcinfo-ID"] for f in (request, response, metadata)} == {info["WARC-Record-ID"]}
        assert {f["WARC-Date"] for f in (request, metadata)} == {response["WARC-Date"]}
    assert rest[1]["WARC-Date"] == "2026-11-24T09:30:01.250000Z"
    body = next(iter(PAGES.values())).encode()
    assert rest[1]["WARC-Payload-Digest"] == payload_digest(body)


def test_the_first_record_says_who_wrote_it_and_how(local_store: ObjectStore, tmp_path: Path) -> None:
    fields, block = records(local_store, published(local_store, tmp_path, []))[0]
    assert fields["WARC-Type"] == "warcinfo" and fields["Content-Type"] == "application/warc-fields"
    said = dict(line.split(": ", 1) for line in block.decode().splitlines())
    assert said == {
        "software": "news-etl/0.1",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "robots": "obey",
        "operator": "mailto:desk@example.org",
        "http-header-user-agent": "news-etl/0.1 (+mailto:desk@example.org)",
    }


def test_a_body_is_stored_decoded_and_its_coding_is_kept_by_name(local_store: ObjectStore, tmp_path: Path) -> None:
    headers = (("content-encoding", "gzip"), ("Transfer-Encoding", "chunked"), ("Content-Length", "31"), ("Vary", "a"))
    name = published(local_store, tmp_path, [exchange(body=b"<p>decoded</p>", headers=headers)])
    (capture,) = captures(local_store, name)
    assert capture.body == b"<p>decoded</p>"
    assert capture.headers == (
        ("X-Crawler-Content-Encoding", "gzip"),
        ("X-Crawler-Transfer-Encoding", "chunked"),
        ("X-Crawler-Content-Length", "31"),
        ("Vary", "a"),
        ("Content-Length", "14"),
    )


def test_the_same_bytes_again_are_a_revisit_that_resolves_to_them(local_store: ObjectStore, tmp_path: Path) -> None:
    first = exchange()
    digest = payload_digest(first.body)
    earlier = RefersTo(
        target_uri=first.target_uri, captured_at=first.captured_at, payload_digest=digest, not_modified=False
    )
    again = exchange(minute=60, refers_to=earlier, headers=(("Content-Type", "text/html"), ("ETag", '"v2"')))
    name = published(local_store, tmp_path, [first, again])
    original, revisit = captures(local_store, name)
    assert (revisit.is_revisit, revisit.body, revisit.payload_digest) == (True, b"", digest)
    assert revisit.refers_to == earlier and original.refers_to is None
    assert revisit.meta == again.meta
    resolved = resolve(revisit, original)
    assert resolved.body == first.body and resolved.captured_at == again.captured_at
    assert ("ETag", '"v2"') in resolved.headers and resolved.status == 200
    fields, block = records(local_store, name)[5]
    assert block.startswith(b"HTTP/1.1 200 OK\r\n") and block.endswith(b"\r\n\r\n") and first.body not in block
    assert fields["WARC-Type"] == "revisit"
    assert fields["WARC-Profile"].endswith("/revisit/identical-payload-digest")
    assert fields["WARC-Refers-To-Target-URI"] == first.target_uri
    assert fields["WARC-Refers-To-Date"] == "2026-11-24T09:30:01.250000Z"
    assert fields["WARC-Payload-Digest"] == digest
    assert [line.mime for line in _index(local_store, name)] == ["text/html", "warc/revisit"]


def test_a_304_resolves_to_the_page_that_did_not_change(local_store: ObjectStore, tmp_path: Path) -> None:
    first = exchange(headers=(("Content-Type", "text/html"), ("ETag", '"v1"'), ("X-Kept", "yes")))
    digest = payload_digest(first.body)
    earlier = RefersTo(
        target_uri=first.target_uri, captured_at=first.captured_at, payload_digest=digest, not_modified=True
    )
    again = exchange(
        minute=60, status=304, reason="Not Modified", body=b"", refers_to=earlier,
        headers=(("etag", '"v1b"'), ("Content-Type", "text/plain")),
    )  # fmt: skip
    name = published(local_store, tmp_path, [first, again])
    original, revisit = captures(local_store, name)
    assert revisit.status == 304 and revisit.refers_to == earlier
    assert records(local_store, name)[5][0]["WARC-Profile"].endswith("/revisit/server-not-modified")
    resolved = resolve(revisit, original)
    assert resolved.status == 200 and resolved.body == first.body
    assert set(resolved.headers) == {
        ("Content-Type", "text/html"), ("X-Kept", "yes"), ("etag", '"v1b"'), ("Content-Length", str(len(first.body)))
    }  # fmt: skip
    other = replace(original, payload_digest=payload_digest(b"other"))
    with pytest.raises(Quarantine, match="revisit_mismatch"):
        resolve(revisit, other)
    with pytest.raises(Quarantine, match="revisit_unresolved"):
        resolve(revisit, revisit)


def test_a_revisit_that_contradicts_itself_is_a_defect(tmp_path: Path) -> None:
    earlier = RefersTo(
        target_uri="https://example.com/", captured_at=NOW, payload_digest=payload_digest(b"a"), not_modified=False
    )
    with writer(tmp_path) as out:
        with pytest.raises(ValueError, match="not the one"):
            out.write(exchange(body=b"b", refers_to=earlier))
        with pytest.raises(ValueError, match="payload digest"):
            out.write(exchange(body=b"", refers_to=replace(earlier, payload_digest=None)))
        assert out.is_empty


def test_a_header_cannot_forge_another(local_store: ObjectStore, tmp_path: Path) -> None:
    headers = (("X-A", "1\r\nSet-Cookie: x"), ("X\r\nWARC-B", "\0"), ("", "nameless"), ("Bytes", "caf\udce9 \ud800"))
    name = published(local_store, tmp_path, [exchange(body=b"", headers=headers, reason="OK\r\nX-C: 1")])
    (capture,) = captures(local_store, name)
    assert capture.headers == (
        ("X-A", "1 Set-Cookie: x"),
        ("X--WARC-B", ""),
        ("-", "nameless"),
        ("Bytes", "café ?"),  # a byte of Latin-1 stays a byte; a surrogate that is none cannot be written
        ("Content-Length", "0"),
    )


@pytest.mark.parametrize("uri", ["", "https://example.com/a b", "https://example.com/\n", "https://x/\ud800", "<x>"])
def test_a_uri_that_no_warc_can_carry_is_quarantined_before_anything_is_written(tmp_path: Path, uri: str) -> None:
    with writer(tmp_path) as out:
        size = out.size
        with pytest.raises(Quarantine, match="bad_target_uri"):
            out.write(exchange(uri))
        assert out.size == size and out.is_empty


def test_a_segment_is_full_at_its_size_and_an_unfinished_one_leaves_nothing(tmp_path: Path) -> None:
    with writer(tmp_path / "a", max_bytes=2000) as out:
        assert out.is_empty and not out.is_full
        while not out.is_full:
            out.write(exchange())
        assert 2000 <= out.size < 3000
    assert list((tmp_path / "a").iterdir()) == []


def test_a_segment_tells_where_each_capture_will_be(local_store: ObjectStore, tmp_path: Path) -> None:
    with writer(tmp_path) as out:
        written = [out.write(one) for one in some_exchanges()]
        segment = out.close()
    assert segment.path.exists()  # leaving the context takes nothing that is finished
    assert segment.written == tuple(written)
    assert segment.size == segment.path.stat().st_size and segment.records == 1 + 3 * len(PAGES)
    publish(local_store, segment)
    for one in written:
        capture = warc.read_at(local_store, segment.place(one))
        assert one.capture_id == capture_id(capture.target_uri, capture.captured_at, capture.payload_digest)


def test_many_hints_do_not_get_lost_on_reading_one_capture(local_store: ObjectStore, tmp_path: Path) -> None:
    robots = {f"rule-{number}": hashlib.sha256(b"%d" % number).hexdigest() for number in range(600)}
    name = published(local_store, tmp_path, [exchange(meta=CaptureMeta(robots=robots)), exchange(minute=1)])
    first, _ = captures(local_store, name)
    assert first.place is not None and first.meta.robots == robots
    assert warc.read_at(local_store, first.place) == first


def test_segments_are_published_and_read_on_every_store(store: ObjectStore, tmp_path: Path) -> None:
    name = published(store, tmp_path, some_exchanges())
    found = captures(store, name)
    assert [capture.body.decode() for capture in found] == list(PAGES.values())
    assert all(capture.place and warc.read_at(store, capture.place) == capture for capture in found)


def test_the_index_is_sorted_and_speaks_as_common_crawl_does(local_store: ObjectStore, tmp_path: Path) -> None:
    name = published(
        local_store, tmp_path, [*some_exchanges(), exchange("https://www.example.com:443/Empty?b=2&a=1#x")]
    )
    data = local_store.read(cdxj.name_beside(name))
    lines = data.splitlines()
    assert lines == sorted(lines) and len(lines) == 1 + len(PAGES)
    assert lines[1].startswith(b"com,example)/news/1 20261124093001 {")
    assert lines[0].startswith(b"com,example)/empty?a=1&b=2 20261124093001 {")
    value = json.loads(lines[1].split(b" ", 2)[2])
    assert value.keys() == {"url", "mime", "status", "digest", "length", "offset", "filename"}
    assert (value["mime"], value["status"], value["filename"]) == ("text/html", "200", name)
    member = gzip.decompress(local_store.read_range(name, int(value["offset"]), int(value["length"])))
    assert b"\r\nWARC-Target-URI: https://example.com/news/1\r\n" in member


@given(exchanges)
@settings(max_examples=30, deadline=None)
def test_an_index_line_survives_writing_and_reading(one: Exchange) -> None:
    capture = Capture(
        target_uri=one.target_uri, captured_at=one.captured_at.astimezone(UTC), payload_digest="sha1:A", body=b"",
        status=one.status, headers=one.headers, place=Place(warc="w", offset=3, length=4),
    )  # fmt: skip
    line = cdxj.line_of(capture, filename="w", warc_digest="sha1:B")
    assert list(cdxj.parse(cdxj.render([line]))) == [line]
    assert line.warc_digest == "sha1:B" and re.fullmatch(r"\d{14}", line.timestamp)
    assert " " not in line.surt
