"""Archives as they are found: foreign shapes, damaged files, headers that lie. Nothing is passed by in silence."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import os
import zlib
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from exchanges import PAGES, exchange, published, some_exchanges
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from etl.errors import Quarantine
from etl.http import message
from etl.lake import cdxj, members, warc
from etl.lake.captures import resolve, sha256_of
from etl.lake.identity import payload_digest
from etl.lake.records import BadRecord, RecordError, parse_record
from etl.lake.store import ObjectStore
from etl.model import Capture, CaptureMeta, Place

HTML = "<p>Aðalfundur félagsins var haldinn á þriðjudag.</p>".encode()


def record(kind: str = "response", block: bytes | None = None, version: str = "1.0", **more: str | None) -> bytes:
    """The bytes of a record as somebody else may write it; None leaves a field out."""
    if block is None:
        block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + HTML
    fields: dict[str, str | None] = {
        "WARC-Type": kind,
        "WARC-Record-ID": "<urn:uuid:00000000-0000-0000-0000-000000000001>",
        "WARC-Target-URI": "https://example.is/frett",
        "WARC-Date": "2024-05-03T18:19:08Z",
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block)),
    }
    fields |= {name.replace("_", "-"): value for name, value in more.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"WARC/{version}\r\n{head}\r\n".encode() + block + b"\r\n\r\n"


def put(store: ObjectStore, *parts: bytes, name: str = "raw/ingest/a.warc.gz") -> str:
    """An archive of these records, each a gzip member."""
    store.put(name, b"".join(gzip.compress(part, mtime=0) for part in parts))
    return name


def read_one(store: ObjectStore, data: bytes) -> Capture | BadRecord:
    (found,) = warc.read(store, put(store, data))
    return found


def capture_of(store: ObjectStore, data: bytes) -> Capture:
    found = read_one(store, data)
    assert isinstance(found, Capture), found
    return found


def http(headers: str, body: bytes, status: str = "HTTP/1.1 200 OK") -> bytes:
    return f"{status}\r\n{headers}\r\n".encode() + body


# --- damage -----------------------------------------------------------------------------------------------------------


def test_a_file_cut_anywhere_says_so(local_store: ObjectStore, tmp_path: Path) -> None:
    name = published(local_store, tmp_path, some_exchanges())
    data = local_store.read(name)
    whole = list(warc.read(local_store, name))
    ends = {member.offset + member.length for member in members.walk(io.BytesIO(data))}
    for end in range(1, len(data), 7):
        local_store.put("cut.warc.gz", data[:end])
        *found, last = warc.read(local_store, "cut.warc.gz")
        kept = [item for item in [*found, last] if isinstance(item, Capture)]
        assert [(c.target_uri, c.body) for c in kept] == [(c.target_uri, c.body) for c in whole[: len(kept)]]  # type: ignore[union-attr]
        if end not in ends:
            assert isinstance(last, BadRecord) and last.reason == "truncated"
            assert last.length is not None and last.offset + last.length == end
        assert not any(isinstance(item, BadRecord) for item in found)


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_bit_costs_one_record_and_is_shown(
    local_store: ObjectStore, tmp_path: Path, data: st.DataObject
) -> None:
    name = "sound.warc.gz"
    if not local_store.exists(name):
        local_store.put(name, local_store.read(published(local_store, tmp_path, some_exchanges())))
    sound = local_store.read(name)
    bit = data.draw(st.integers(0, len(sound) * 8 - 1))
    flipped = bytearray(sound)
    flipped[bit // 8] ^= 1 << bit % 8
    local_store.put("flipped.warc.gz", bytes(flipped))
    whole = {c.target_uri: c for c in warc.read(local_store, name) if isinstance(c, Capture)}
    found = list(warc.read(local_store, "flipped.warc.gz"))
    good = [item for item in found if isinstance(item, Capture)]
    bad = [item for item in found if isinstance(item, BadRecord)]
    for capture in good:
        assert capture.body == whole[capture.target_uri].body
        assert capture.captured_at == whole[capture.target_uri].captured_at
    assert len(bad) <= 1 and len(good) >= len(whole) - 1
    # The only bits that do not matter are those of the member's header that nobody checks (time, system, flags).
    if len(good) < len(whole) or any(c.meta != whole[c.target_uri].meta for c in good):
        assert len(bad) == 1 and bad[0].reason in ("damaged", "truncated")


def test_bytes_that_are_no_member_are_shown_with_their_place_and_reading_goes_on(local_store: ObjectStore) -> None:
    one, two = (gzip.compress(record(WARC_Target_URI=f"https://example.is/{n}"), mtime=0) for n in "12")
    junk = b"\x1f\x8b\x08 this is no member" + os.urandom(400_000)
    local_store.put("a.warc.gz", one + junk + two)
    first, bad, second = warc.read(local_store, "a.warc.gz")
    assert isinstance(first, Capture) and isinstance(second, Capture) and isinstance(bad, BadRecord)
    assert (bad.offset, bad.length) == (len(one), len(junk))
    assert second.place == Place(warc="a.warc.gz", offset=len(one) + len(junk), length=len(two))
    assert warc.read_at(local_store, second.place) == second


@pytest.mark.parametrize("shift", range(-3, 4))
def test_the_next_member_is_found_wherever_reading_ahead_stopped(local_store: ObjectStore, shift: int) -> None:
    junk = b"\x1f\x8b\x08" + b"\xff" * (members._READ - 2 + shift)
    local_store.put("a.warc.gz", junk + gzip.compress(record(), mtime=0))
    bad, good = warc.read(local_store, "a.warc.gz")
    assert isinstance(bad, BadRecord) and isinstance(good, Capture) and bad.length == len(junk)


def test_what_waits_inside_the_unpacker_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "_INFLATE", 1000)
    for size in range(1900, 4200, 13):  # the last bytes put in may stand for more than comes out at once
        packed = gzip.compress(bytes(size), mtime=0)
        (member,) = members.walk(io.BytesIO(packed))
        assert isinstance(member, members.GzipMember) and (member.size, member.data) == (size, bytes(size))
        for cut in range(8, 12):
            expected = zlib.decompressobj(31).decompress(packed[:-cut])
            with_head = http("Content-Encoding: gzip\r\n", packed[:-cut])
            assert message.parse_answer(with_head).body.content == expected


def test_zeros_that_pad_a_file_are_no_damage(local_store: ObjectStore) -> None:
    local_store.put(
        "a.warc.gz", gzip.compress(record(), mtime=0) + bytes(70_000) + gzip.compress(record(), mtime=0) + bytes(512)
    )
    assert [type(item) for item in warc.read(local_store, "a.warc.gz")] == [Capture, Capture]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (record(Content_Length="9999")[:-4], "truncated"),
        (record(WARC_Date="yesterday"), "bad_header"),
        (record(WARC_Date="2024-13-45T00:00:00Z"), "bad_header"),
        (record(WARC_Target_URI=None), "bad_header"),
        (record(WARC_Segment_Number="1"), "segmented"),
        (record(block=b"<html>no response at all"), "bad_http"),
        (record(WARC_Payload_Digest=payload_digest(b"other bytes")), "digest_mismatch"),
        (record() + record(), "several_records"),
        (b"<html>no record at all</html>", "no_record"),
        (b"WARC/1.0\r\nWARC-Type: response\r\n", "truncated"),
    ],
)
def test_a_record_that_breaks_the_rules_is_shown_with_its_reason(
    local_store: ObjectStore, data: bytes, reason: str
) -> None:
    name = put(local_store, data, record())
    bad, good = warc.read(local_store, name)
    assert isinstance(bad, BadRecord) and isinstance(good, Capture)
    assert (bad.reason, bad.offset, bad.warc) == (reason, 0, name)
    with pytest.raises(Quarantine, match=reason):
        warc.read_at(local_store, Place(warc=name, offset=0, length=bad.length or 0))


@pytest.mark.parametrize(
    ("stated", "flaws"),
    [
        ("9999", ("body_short",)),
        ("20", ("length_wrong",)),
        ("0", ("length_wrong",)),
        ("-5", ("length_wrong",)),
        ("ten", ("length_wrong",)),
        (None, ("length_wrong",)),
        ("9" * 30, ("length_wrong",)),
    ],
)
def test_a_wrong_length_of_a_record_in_a_member_of_its_own_is_corrected_and_flagged(
    local_store: ObjectStore, stated: str | None, flaws: tuple[str, ...]
) -> None:
    name = put(local_store, record(Content_Length=stated), record())
    first, second = warc.read(local_store, name)
    assert isinstance(first, Capture) and isinstance(second, Capture) and first.place is not None
    assert (first.body, first.flaws, second.flaws) == (HTML, flaws, ())
    assert warc.read_at(local_store, first.place) == first


def test_members_without_a_record_and_line_ends_before_one_are_no_damage(local_store: ObjectStore) -> None:
    name = put(local_store, record(), b"", b"\r\n\r\n", b"\r\n\r\n" + record(), b"\n" + record())
    found = list(warc.read(local_store, name))
    assert [type(each) for each in found] == [Capture] * 3
    with local_store.open(name) as stream:
        assert len(list(warc.index(stream, name))) == 3
    assert [part.captures for part in warc.scan(local_store, name)] == [3]


def test_metadata_of_ours_that_cannot_be_read_is_shown_beside_its_capture(local_store: ObjectStore) -> None:
    metadata = record(
        "metadata", b"{}x", WARC_Concurrent_To="<urn:uuid:00000000-0000-0000-0000-000000000001>",
        Content_Type="application/vnd.news-etl.capture+json",
    )  # fmt: skip
    capture, bad = warc.read(local_store, put(local_store, record(), metadata))
    assert isinstance(capture, Capture) and capture.meta == CaptureMeta()
    assert isinstance(bad, BadRecord) and bad.reason == "bad_metadata"


def test_metadata_of_another_capture_is_not_joined(local_store: ObjectStore) -> None:
    metadata = record(
        "metadata", b'{"source_key":"other"}', WARC_Concurrent_To="<urn:uuid:00000000-0000-0000-0000-000000000002>",
        Content_Type="application/vnd.news-etl.capture+json",
    )  # fmt: skip
    name = put(local_store, record(), metadata)
    (capture,) = warc.read(local_store, name)
    assert isinstance(capture, Capture) and capture.place is not None
    assert capture.meta == warc.read_at(local_store, capture.place).meta == CaptureMeta()


def test_records_packed_together_beyond_the_limit_are_known_as_such() -> None:
    data = record() * 3
    for seen in (len(record()), len(record()) + 10, len(data)):
        with pytest.raises(RecordError, match="several_records"):
            parse_record(data[:seen], len(data))


def test_a_record_larger_than_the_limit_is_passed_by_in_bounded_memory(
    local_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members.walk, "__kwdefaults__", {"keep": 1 << 20})
    big = record(block=http("Content-Type: text/html\r\n", bytes(3 << 20)))
    bad, good = warc.read(local_store, put(local_store, big, record()))
    assert isinstance(bad, BadRecord) and isinstance(good, Capture)
    assert bad.reason == "too_large" and bad.target_uri == "https://example.is/frett"


def test_nothing_is_in_an_empty_file_and_no_place_in_it(local_store: ObjectStore) -> None:
    local_store.put("a.warc.gz", b"")
    assert list(warc.read(local_store, "a.warc.gz")) == []
    with pytest.raises(Quarantine, match="truncated"):
        warc.read_at(local_store, Place(warc="a.warc.gz", offset=0, length=10))
    assert warc.scan(local_store, "a.warc.gz")[0].captures == 0


def test_a_place_that_holds_no_capture_is_quarantined(local_store: ObjectStore) -> None:
    name = put(local_store, record("request", b"GET / HTTP/1.1\r\n\r\n"))
    with pytest.raises(Quarantine, match="no_record"):
        warc.read_at(local_store, Place(warc=name, offset=0, length=100))


# --- foreign shapes ---------------------------------------------------------------------------------------------------


def test_an_archive_of_warcio_is_read_as_it_was_written(local_store: ObjectStore) -> None:
    target = io.BytesIO()
    out = WARCWriter(target, gzip=True)
    out.write_record(out.create_warcinfo_record("a.warc.gz", {"software": "x"}))
    headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html"), ("X-Two", "a"), ("X-Two", "b")], "HTTP/1.1")
    uri = "https://beispiel.example/straße?a=1"
    original = out.create_warc_record(uri, "response", payload=io.BytesIO(HTML), http_headers=headers)
    out.write_record(original)
    digest = original.rec_headers["WARC-Payload-Digest"]
    date = original.rec_headers["WARC-Date"]
    out.write_record(out.create_revisit_record(uri, digest, uri, date, http_headers=headers))
    out.write_record(out.create_warc_record(uri, "resource", payload=io.BytesIO(HTML), warc_content_type="text/html"))
    local_store.put("a.warc.gz", target.getvalue())
    page, revisit, resource = warc.read(local_store, "a.warc.gz")
    assert isinstance(page, Capture) and isinstance(revisit, Capture) and isinstance(resource, Capture)
    assert (page.target_uri, page.status, page.body, page.meta) == (uri, 200, HTML, CaptureMeta())
    assert page.headers == (("Content-Type", "text/html"), ("X-Two", "a"), ("X-Two", "b"))
    assert page.payload_digest == resource.payload_digest == payload_digest(HTML)
    assert resource.headers == (("Content-Type", "text/html"),) and resource.status == 200
    assert revisit.refers_to is not None and revisit.refers_to.payload_digest == digest
    assert revisit.refers_to.captured_at == page.captured_at
    assert resolve(revisit, page).payload_digest == page.payload_digest
    with local_store.open("a.warc.gz") as stream:
        lines = [line for line in warc.index(stream, "a.warc.gz") if isinstance(line, cdxj.CdxjLine)]
    assert [line.warc_digest for line in lines] == [digest, None, digest]


def test_a_wet_file_gives_its_plain_texts(local_store: ObjectStore) -> None:
    text = "今日のニュース\n市議会は火曜日に開かれた。\n".encode()
    data = record(
        "conversion", text, Content_Type="text/plain", WARC_Refers_To="<urn:uuid:1>",
        WARC_Identified_Content_Language="jpn",
    )  # fmt: skip
    capture = capture_of(local_store, data)
    assert (capture.status, capture.body, capture.headers) == (200, text, (("Content-Type", "text/plain"),))


def test_what_is_no_exchange_is_not_taken_for_a_page(local_store: ObjectStore) -> None:
    kinds = ["warcinfo", "request", "metadata", "continuation"]
    assert list(warc.read(local_store, put(local_store, *(record(kind) for kind in kinds)))) == []
    dns = capture_of(local_store, record(block=b"20240503 example.is. A", Content_Type="text/dns"))
    assert dns.headers == (("Content-Type", "text/dns"),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-03T18:19:08Z", datetime(2024, 5, 3, 18, 19, 8, tzinfo=UTC)),
        ("2024-05-03T18:19:08.123456789Z", datetime(2024, 5, 3, 18, 19, 8, 123456, tzinfo=UTC)),
        ("2024-05-03T18:19:08.5Z", datetime(2024, 5, 3, 18, 19, 8, 500000, tzinfo=UTC)),
        ("2024-05-03T18:19Z", datetime(2024, 5, 3, 18, 19, tzinfo=UTC)),
        ("2024-05-03", datetime(2024, 5, 3, tzinfo=UTC)),
        ("2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-05-03T20:19:08+02:00", datetime(2024, 5, 3, 18, 19, 8, tzinfo=UTC)),
        ("2024-05-03T16:19:08-0200", datetime(2024, 5, 3, 18, 19, 8, tzinfo=UTC)),
    ],
)
def test_dates_of_every_precision_are_read(local_store: ObjectStore, text: str, expected: datetime) -> None:
    assert capture_of(local_store, record(WARC_Date=text)).captured_at == expected


def test_quirks_of_old_writers_are_understood(local_store: ObjectStore) -> None:
    wget = record(WARC_Target_URI="<https://example.is/frett>", WARC_Truncated="length", version="0.18")
    capture = capture_of(local_store, wget.replace(b"WARC-Date:", b"warc-date  :"))
    assert (capture.target_uri, capture.truncated) == ("https://example.is/frett", "length")
    bare = record().replace(b"\r\n", b"\n").replace(b"Content-Length: ", b"Content-Length:\n ")
    assert isinstance(read_one(local_store, bare), BadRecord)  # its length counted the other line ends
    block = b"HTTP/1.0 200\nContent-Type: text/html\n\n" + HTML
    assert capture_of(local_store, record(block=block).rstrip(b"\r\n")).body == HTML
    latin = record().replace(b"/frett", "/fréttir".encode("latin-1"))
    assert capture_of(local_store, latin).target_uri == "https://example.is/fréttir"


def test_a_bomb_in_an_archive_is_shown_and_the_next_record_is_read(
    local_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message.parse_answer, "__kwdefaults__", {"limit": 1 << 20})
    bomb = record(block=http("Content-Encoding: gzip\r\n", gzip.compress(bytes(2 << 20), mtime=0)))
    bad, good = warc.read(local_store, put(local_store, bomb, record()))
    assert isinstance(bad, BadRecord) and bad.reason == "too_large" and isinstance(good, Capture)


def test_a_sha256_of_the_encoded_or_the_decoded_body_is_right(local_store: ObjectStore) -> None:
    packed = gzip.compress(HTML, mtime=0)
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    head = "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"
    for digested in (HTML, packed, chunks):
        raw = hashlib.sha256(digested).digest()
        for label in (f"sha256:{raw.hex()}", f"SHA-256:{base64.b32encode(raw).decode()}"):
            data = record(block=http(head, chunks), WARC_Payload_Digest=label)
            assert capture_of(local_store, data).payload_digest == payload_digest(HTML)
            assert sha256_of(label) == raw
    for label in (None, "", "sha1:ABC", "sha256:zz", "sha256:" + "g" * 64, "sha256:ABCD"):
        assert sha256_of(label) is None


# --- ranges -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_index", [True, False])
@pytest.mark.parametrize("size", [1, 3, 4, 100])
def test_ranges_together_give_what_the_whole_file_gives(
    local_store: ObjectStore, tmp_path: Path, has_index: bool, size: int
) -> None:
    name = published(local_store, tmp_path, [exchange(uri, minute=m) for m in range(3) for uri in PAGES])
    if not has_index:
        local_store.delete(cdxj.name_beside(name))
    whole = list(warc.read(local_store, name))
    ranges = warc.scan(local_store, name, records=size)
    assert len(ranges) == -(-len(whole) // size)
    assert ranges[0].start == 0 and ranges[-1].end == local_store.size(name)
    assert all(one.end == two.start for one, two in pairwise(ranges))
    parts = [list(warc.read(local_store, name, start=part.start, end=part.end)) for part in ranges]
    assert [len(part) for part in parts] == [part.captures for part in ranges]
    assert [item for part in parts for item in part] == whole  # metadata joined at the seams as well
    assert all(isinstance(item, Capture) and item.meta.source_key == "example" for item in whole)


def test_a_range_that_ends_behind_a_response_still_joins_its_metadata(local_store: ObjectStore, tmp_path: Path) -> None:
    name = published(local_store, tmp_path, some_exchanges())
    first = next(iter(warc.read(local_store, name)))
    assert isinstance(first, Capture) and first.place is not None
    for end in (first.place.offset + 1, first.place.offset + first.place.length):
        assert list(warc.read(local_store, name, end=end)) == [first]
    assert list(warc.read(local_store, name, end=first.place.offset)) == []


def test_ranges_of_a_damaged_file_show_its_damage_once(local_store: ObjectStore) -> None:
    records = [gzip.compress(record(WARC_Target_URI=f"https://example.is/{n}"), mtime=0) for n in range(6)]
    records[2] = records[2][:40] + b"\xff" * 40 + records[2][80:]
    local_store.put("a.warc.gz", b"".join(records))
    ranges = warc.scan(local_store, "a.warc.gz", records=2)
    parts = [list(warc.read(local_store, "a.warc.gz", start=part.start, end=part.end)) for part in ranges]
    assert [item for part in parts for item in part] == list(warc.read(local_store, "a.warc.gz"))
    assert [[type(item) for item in part] for part in parts] == [[Capture] * 2, [BadRecord, Capture], [Capture] * 2]
