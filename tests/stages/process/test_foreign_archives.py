"""Archives of others, from the file to the row: what revisits name, and records that are no pages."""

from __future__ import annotations

import base64
import gzip
import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from benchmarks.hostile_server import article
from etl.model import Outcome
from etl.settings import Settings
from etl.stages.process.adopt import adopt
from etl.stages.process.ingest import ingest
from etl.stages.resources import Resources, open_resources

PAGE = article("an archive")
SHA1 = "sha1:" + base64.b32encode(hashlib.sha1(PAGE).digest()).decode()
NOTHING = "sha1:" + base64.b32encode(hashlib.sha1(b"").digest()).decode()
URI = "https://archive.example/2026/story"
FIRST_ID = "<urn:uuid:00000000-0000-0000-0000-000000000001>"


def record(kind: str, block: bytes, date: str = "2026-11-10T10:00:00Z", **more: str | None) -> bytes:
    fields: dict[str, str | None] = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{hashlib.md5(date.encode() + block).hexdigest()}>",
        "WARC-Target-URI": URI,
        "WARC-Date": date,
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block)),
    } | {name.replace("_", "-"): value for name, value in more.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"WARC/1.0\r\n{head}\r\n".encode() + block + b"\r\n\r\n"


def http(body: bytes, *headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: text/html", *headers, "", ""]).encode() + body


WHOLE = record("response", http(PAGE, 'ETag: "7"'), WARC_Record_ID=FIRST_ID, WARC_Payload_Digest=SHA1)
OTHER = record(
    "response", http(article("another"), 'ETag: "8"'), date="2026-11-11T10:00:00Z", WARC_Payload_Digest="x:y"
)
PROFILE = "http://netpreserve.org/warc/1.0/revisit/"
SAME, NOT_MODIFIED = PROFILE + "identical-payload-digest", PROFILE + "server-not-modified"
LATER = "2026-11-12T10:00:00Z"
REVISITS: dict[str, bytes] = {
    "URI and date, no digest": record(
        "revisit",
        http(b""),
        LATER,
        WARC_Profile=SAME,
        WARC_Refers_To_Target_URI=URI,
        WARC_Refers_To_Date="2026-11-10T10:00:00Z",
    ),
    "URI and date, a digest of nothing": record(
        "revisit",
        http(b""),
        LATER,
        WARC_Profile=SAME,
        WARC_Refers_To_Target_URI=URI,
        WARC_Payload_Digest=NOTHING,
        WARC_Refers_To_Date="2026-11-10T10:00:00Z",
    ),
    "SHA-1 alone": record("revisit", http(b""), LATER, WARC_Profile=SAME, WARC_Payload_Digest=SHA1),
    "SHA-1 in base 16": record(
        "revisit",
        http(b""),
        LATER,
        WARC_Profile=SAME,
        WARC_Payload_Digest="SHA-1:" + hashlib.sha1(PAGE).hexdigest(),
    ),
    "the id of the record": record("revisit", http(b""), LATER, WARC_Profile=SAME, WARC_Refers_To=FIRST_ID),
    "the id of the record, without a head": record("revisit", b"", LATER, WARC_Profile=SAME, WARC_Refers_To=FIRST_ID),
    "SHA-1, without a head": record("revisit", b"", LATER, WARC_Profile=SAME, WARC_Payload_Digest=SHA1),
}
OF_A_304: dict[str, bytes] = {
    "nothing at all": record("revisit", b"", LATER, WARC_Profile=NOT_MODIFIED),
    "a digest of nothing": record("revisit", b"", LATER, WARC_Profile=NOT_MODIFIED, WARC_Payload_Digest=NOTHING),
    "a head": record(
        "revisit", b'HTTP/1.1 304 Not Modified\r\nETag: "7"\r\n\r\n', LATER, WARC_Profile=NOT_MODIFIED
    ),
}  # fmt: skip


@pytest.fixture
def r(database_url: str, tmp_path: Path) -> Iterator[Resources]:
    sources = tmp_path / "sources.yaml"
    sources.write_text("sources: []", encoding="utf-8")
    settings = Settings(
        home=tmp_path,
        warehouse_url=database_url,
        lake_url=(tmp_path / "lake").as_uri(),
        sources=sources,
        contact=None,
        s3_endpoint_url=None,
    )
    with open_resources(settings) as resources:
        yield resources


def taken(r: Resources, folder: Path, *records: bytes) -> dict[Outcome, int]:
    path = folder / f"{hashlib.md5(b''.join(records)).hexdigest()}.warc.gz"
    path.write_bytes(b"".join(gzip.compress(each, mtime=0) for each in records))
    adopted = adopt(r, [str(path)], url=None, captured_at=None)
    return dict(ingest(r, warcs=adopted.uris, in_parallel=False).outcomes)


def titles(r: Resources) -> list[str]:
    with r.engine.connect() as connection:
        return list(
            connection.execute(
                text("SELECT title FROM core.observation WHERE captured_at = CAST(:at AS timestamptz)"), {"at": LATER}
            ).scalars()
        )


@pytest.mark.parametrize("what", [*REVISITS, *OF_A_304])
def test_a_revisit_is_completed_within_its_file(r: Resources, tmp_path: Path, what: str) -> None:
    revisit = (REVISITS | OF_A_304)[what]
    assert taken(r, tmp_path, WHOLE, revisit) == {Outcome.ARTICLE: 1, Outcome.UNCHANGED: 1}
    assert titles(r) == ["Bridge of an archive to be repaired"]


@pytest.mark.parametrize("what", [*REVISITS, "a head"])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_revisit_is_completed_by_another_file_whichever_comes_first(
    r: Resources, tmp_path: Path, what: str, is_first: bool
) -> None:
    revisit = (REVISITS | OF_A_304)[what]
    files = [(OTHER,), (WHOLE,), (revisit,)] if is_first else [(revisit,), (OTHER,), (WHOLE,)]
    for records in files:
        taken(r, tmp_path, *records)
    assert titles(r) == ["Bridge of an archive to be repaired"]


@pytest.mark.parametrize(
    "uri",
    [
        *("dns:archive.example", "urn:pageinfo:https://archive.example/", "metadata://example.org/MANIFEST.txt"),
        *(
            "urn:uuid:00000000-0000-0000-0000-000000000009",
            "whois://whois.example/x",
            "filedesc://a.arc",
            "screenshot:x",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["response", "resource"])
def test_what_is_no_page_is_counted_and_nothing_is_wrong(r: Resources, tmp_path: Path, uri: str, kind: str) -> None:
    other = record(
        kind, b"20261110\narchive.example. 300 IN A 192.0.2.1\n", WARC_Target_URI=uri, Content_Type="text/dns"
    )
    assert taken(r, tmp_path, other, WHOLE) == {Outcome.NOT_WEB: 1, Outcome.ARTICLE: 1}
    assert taken(r, tmp_path, other, WHOLE) == {Outcome.NOT_WEB: 1, Outcome.ARTICLE: 1}


def test_a_wacz_and_an_arc_file_are_archives_and_no_pages(r: Resources, tmp_path: Path) -> None:
    packed, arc = tmp_path / "crawl.wacz", tmp_path / "old.arc"
    with zipfile.ZipFile(packed, "w") as members:
        members.writestr("archive/a.warc.gz", gzip.compress(WHOLE, mtime=0))
    body = http(article("an old archive"))
    about = b"1 0 x\nURL IP-address Archive-date Content-type Archive-length\n"
    arc.write_bytes(
        b"filedesc://old.arc 0.0.0.0 20061110093015 text/plain %d\n%s\n" % (len(about), about)
        + b"https://old.example/a 192.0.2.7 20061110093015 text/html %d\n%s\n" % (len(body), body)
    )
    found = adopt(r, [str(packed), str(arc)], url=None, captured_at=None)
    assert ingest(r, warcs=found.uris, in_parallel=False).outcomes == {Outcome.ARTICLE: 2}


def test_an_address_that_is_none_is_still_quarantined(r: Resources, tmp_path: Path) -> None:
    for uri in ("archive.example:8080/a", "http://[x/", "story.html"):
        assert taken(r, tmp_path, record("response", http(PAGE), WARC_Target_URI=uri)) == {Outcome.QUARANTINED: 1}
