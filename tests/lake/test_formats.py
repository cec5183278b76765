"""Archives in other formats than gzip members of WARC: zstd, with a dictionary or without, ARC and WACZ."""

from __future__ import annotations

import gzip
import json
import struct
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from test_warc_reading import HTML, http, record

from etl import settings
from etl.errors import Permanent
from etl.http.codings import zstd
from etl.lake import warc
from etl.lake.adopt import adopt
from etl.lake.records import BadRecord
from etl.lake.store import ObjectStore
from etl.model import Capture
from etl.stages.inspect.records import records

URIS = [f"https://example.is/{n}" for n in range(5)]
RECORDS = [record(WARC_Target_URI=uri) for uri in URIS]


def adopted(store: ObjectStore, path: Path, data: bytes) -> list[Capture | BadRecord]:
    path.write_bytes(data)
    return [each for name in adopt(store, path) for each in warc.read(store, name)]


def shown(found: list[Capture | BadRecord]) -> list[str | None]:
    return [x.target_uri if isinstance(x, Capture) else x.reason for x in found]


def with_dictionary(*, is_packed: bool, is_raw: bool = False) -> bytes:
    samples = [record(WARC_Target_URI=f"https://example.is/s{n}", block=http("", HTML * (n % 7))) for n in range(300)]
    trained = zstd.ZstdDict(b"".join(samples)[:4000], is_raw=True) if is_raw else zstd.train_dict(samples, 2000)
    content = trained.dict_content
    shipped = zstd.compress(content) if is_packed else content
    frames = b"".join(zstd.compress(each, zstd_dict=trained) for each in RECORDS)
    return struct.pack("<II", 0x184D2A5D, len(shipped)) + shipped + frames


ZSTD: dict[str, Callable[[], bytes]] = {
    "a frame a record": lambda: b"".join(map(zstd.compress, RECORDS)),
    "all in one frame": lambda: zstd.compress(b"".join(RECORDS)),
    "a skippable frame between": lambda: (
        zstd.compress(RECORDS[0])
        + struct.pack("<II", 0x184D2A50, 3)
        + b"xyz"
        + b"".join(map(zstd.compress, RECORDS[1:]))
    ),
    "a dictionary": lambda: with_dictionary(is_packed=False),
    "a packed dictionary": lambda: with_dictionary(is_packed=True),
    "a dictionary of mere bytes": lambda: with_dictionary(is_packed=False, is_raw=True),
}


@pytest.mark.parametrize("what", ZSTD)
def test_an_archive_packed_by_zstd_is_read(local_store: ObjectStore, tmp_path: Path, what: str) -> None:
    assert shown(adopted(local_store, tmp_path / "a.warc.zst", ZSTD[what]())) == URIS


def test_damage_of_zstd_is_shown_behind_what_could_be_read(local_store: ObjectStore, tmp_path: Path) -> None:
    frames = [zstd.compress(each) for each in RECORDS[:3]]
    cut = b"".join(frames)[:-9]
    assert shown(adopted(local_store, tmp_path / "a.warc.zst", cut))[:2] == URIS[:2]
    assert shown(adopted(local_store, tmp_path / "a.warc.zst", cut))[-1] == "no_record"
    torn = frames[0] + b"\x28\xb5\x2f\xfd" + bytes(50)
    assert shown(adopted(local_store, tmp_path / "b.warc.zst", torn)) == [URIS[0], "no_record"]
    with pytest.raises(Permanent, match="dictionary"):
        adopted(local_store, tmp_path / "c.warc.zst", struct.pack("<II", 0x184D2A5D, 1 << 30) + b"x")


def arc_record(uri: str, block: bytes, *, more: str = "text/html", length: int | None = None) -> bytes:
    line = f"{uri} 192.0.2.7 20061110093015 {more} {len(block) if length is None else length}\n"
    return line.encode() + block + b"\n"


ARC_HEAD = arc_record("filedesc://a.arc", b"1 0 Somebody\nURL IP-address Archive-date Content-type Archive-length\n")
PAGE = http("Content-Type: text/html\r\n", HTML)
V2 = "text/html 200 checksum - 0 a.arc"
ARCS: dict[str, bytes] = {
    "version 1": ARC_HEAD + b"".join(arc_record(uri, PAGE) for uri in URIS),
    "version 2": ARC_HEAD + b"".join(arc_record(uri, PAGE, more=V2) for uri in URIS),
    "two line ends between": ARC_HEAD + b"\n".join(arc_record(uri, PAGE) for uri in URIS),
    "no line end at the end": (ARC_HEAD + b"".join(arc_record(uri, PAGE) for uri in URIS))[:-1],
    "a type with blanks": ARC_HEAD + b"".join(arc_record(uri, PAGE, more="text/html; charset=utf-8") for uri in URIS),
    "a length that is too large": ARC_HEAD
    + arc_record(URIS[0], PAGE, length=len(PAGE) + 70)
    + b"".join(arc_record(uri, PAGE) for uri in URIS[1:]),
    "a length that is too small": ARC_HEAD
    + arc_record(URIS[0], PAGE, length=20)
    + b"".join(arc_record(uri, PAGE) for uri in URIS[1:]),
}


@pytest.mark.parametrize("what", ARCS)
@pytest.mark.parametrize("packing", ["", "whole"])
def test_an_arc_file_is_read_as_a_warc(local_store: ObjectStore, tmp_path: Path, what: str, packing: str) -> None:
    data = gzip.compress(ARCS[what], mtime=0) if packing else ARCS[what]
    found = adopted(local_store, tmp_path / "a.arc.gz", data)
    assert shown(found) == URIS
    assert all(isinstance(x, Capture) and x.body == HTML and x.status == 200 for x in found)
    assert {x.captured_at for x in found if isinstance(x, Capture)} == {datetime(2006, 11, 10, 9, 30, 15, tzinfo=UTC)}


def test_an_arc_file_of_gzip_members_and_what_is_no_page_in_it(local_store: ObjectStore, tmp_path: Path) -> None:
    parts = [ARC_HEAD, arc_record("dns:example.is", b"20061110\nexample.is. 5 IN A 192.0.2.7\n", more="text/dns")]
    parts += [arc_record(f"{URIS[0]}?a b", PAGE), b"rubbish that is no header\n", arc_record(URIS[1], PAGE)]
    data = b"".join(gzip.compress(part, mtime=0) for part in parts)
    found = adopted(local_store, tmp_path / "a.arc.gz", data)
    assert shown(found) == ["dns:example.is", f"{URIS[0]}?a%20b", "no_record", URIS[1]]
    assert isinstance(found[0], Capture) and found[0].header("content-type") == "text/dns"
    assert adopt(local_store, tmp_path / "a.arc.gz") == adopt(local_store, tmp_path / "a.arc.gz")


def wacz(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return path


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_archives_of_a_wacz_are_read(local_store: ObjectStore, tmp_path: Path, compression: int) -> None:
    members = {
        "datapackage.json": b"{}",
        "pages/pages.jsonl": b"{}",
        "indexes/index.cdx.gz": b"x",
        "archive/b.warc.gz": b"".join(gzip.compress(each, mtime=0) for each in RECORDS[:2]),
        "archive/a.warc": b"".join(RECORDS[2:4]),
        "archive/c.warc.zst": zstd.compress(RECORDS[4]),
        "archive/notes.txt": b"x",
    }
    names = adopt(local_store, wacz(tmp_path / "crawl.wacz", members, compression))
    assert len(names) == 3
    assert sorted(str(x) for name in names for x in shown(list(warc.read(local_store, name)))) == URIS
    assert adopt(local_store, wacz(tmp_path / "again.wacz", members, compression)) == names
    (tmp_path / "folder").mkdir()
    wacz(tmp_path / "folder" / "crawl.wacz", members, compression)
    assert adopt(local_store, tmp_path / "folder") == names


def test_a_wacz_that_is_damaged_or_holds_none_is_refused(local_store: ObjectStore, tmp_path: Path) -> None:
    whole = wacz(tmp_path / "a.wacz", {"archive/a.warc": b"".join(RECORDS)}).read_bytes()
    damaged = bytearray(whole)
    damaged[60] ^= 0xFF
    for data in (whole[:-30], bytes(damaged), wacz(tmp_path / "b.wacz", {"x/a.txt": b"x"}).read_bytes()):
        with pytest.raises(Permanent):
            adopted(local_store, tmp_path / "c.wacz", data)


@pytest.mark.parametrize("name", ["a.warc", "a.warc.zst", "a.wacz", "a.arc.gz"])
def test_what_an_ingest_takes_is_extracted_as_well(tmp_path: Path, name: str) -> None:
    """Each made of one page: a WARC that is not packed, packed by zstd, in a WACZ, and an ARC."""
    page = b"<html><title>Night ferry</title><p>" + b"The night ferry sails again from the old harbour. " * 20
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
    uri = "https://gazette.example/ferry"
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2026-11-02T06:00:00Z\r\n"
        f"WARC-Record-ID: <urn:x:1>\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    whole = head.encode() + block + b"\r\n\r\n"
    path = tmp_path / name
    if name.endswith(".wacz"):
        wacz(path, {"archive/data.warc.gz": gzip.compress(whole)})
    elif name.endswith(".arc.gz"):
        path.write_bytes(gzip.compress(ARC_HEAD + arc_record(uri, block)))
    else:
        path.write_bytes(zstd.compress(whole) if name.endswith(".zst") else whole)
    here = settings.load({"NEWS_ETL_HOME": str(tmp_path)})
    lines = records(here, [path], url=None, captured_at=None, say=lambda _: None)
    found = [json.loads(line) for _, line in lines]
    assert [(one["url"], one["outcome"], one["source_file"]) for one in found] == [(uri, "article", name)]
