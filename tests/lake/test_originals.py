"""A revisit in a foreign archive finds the page that it stands for."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from exchanges import exchange
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from etl.lake import warc
from etl.lake.adopt import adopt
from etl.lake.originals import Originals
from etl.lake.store import ObjectStore
from etl.model import Capture, RefersTo

URI = "https://example.is/frett"
TEXT = "<p>Aðalfundur félagsins var haldinn.</p>".encode()


def archive(path: Path, **revisit: str | None) -> Path:
    """A page at 09:00 and at 10:00, and a revisit at 11:00 that refers to the first."""
    with path.open("wb") as target:
        out = WARCWriter(target, gzip=True)
        digests: list[str] = []
        headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], "HTTP/1.1")
        for hour, body in (("09", TEXT), ("10", b"another")):
            date = {"WARC-Date": f"2024-05-03T{hour}:00:00Z"}
            record = out.create_warc_record(
                URI, "response", payload=io.BytesIO(body), http_headers=headers, warc_headers_dict=date
            )
            out.write_record(record)
            digests.append(record.rec_headers["WARC-Payload-Digest"])
        fields = {"date": "2024-05-03T09:00:00Z", "digest": digests[0]} | revisit
        record = out.create_revisit_record(
            URI, fields["digest"], URI, fields["date"], http_headers=headers,
            warc_headers_dict={"WARC-Date": "2024-05-03T11:00:00Z"},
        )  # fmt: skip
        if fields["date"] is None:
            record.rec_headers.remove_header("WARC-Refers-To-Date")
        out.write_record(record)
    return path


def revisit_in(store: ObjectStore, name: str) -> Capture:
    (found,) = (item for item in warc.read(store, name) if isinstance(item, Capture) and item.is_revisit)
    return found


def test_a_revisit_finds_the_capture_of_that_time_and_digest(local_store: ObjectStore, tmp_path: Path) -> None:
    (name,) = adopt(local_store, archive(tmp_path / "a.warc.gz"))
    revisit = revisit_in(local_store, name)
    resolved = Originals(local_store, [name]).of(revisit)
    assert resolved is not None and resolved.body == TEXT and resolved.payload_digest.startswith("sha256:")
    assert resolved.captured_at == revisit.captured_at and resolved.place == revisit.place


def test_without_a_time_the_digest_decides(local_store: ObjectStore, tmp_path: Path) -> None:
    (name,) = adopt(local_store, archive(tmp_path / "a.warc.gz", date=None))
    resolved = Originals(local_store, [name]).of(revisit_in(local_store, name))
    assert resolved is not None and resolved.body == TEXT


def test_an_original_that_is_not_there_is_not_made_up(local_store: ObjectStore, tmp_path: Path) -> None:
    (name,) = adopt(local_store, archive(tmp_path / "a.warc.gz", digest="sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
    originals = Originals(local_store, [name])
    revisit = revisit_in(local_store, name)
    assert originals.of(revisit) is None
    assert Originals(local_store, []).of(revisit) is None
    elsewhere = RefersTo(target_uri=URI + "2", captured_at=None, payload_digest=None, not_modified=True)
    assert originals.of(replace(revisit, refers_to=elsewhere)) is None
    anything = replace(elsewhere, target_uri=URI)
    latest = originals.of(replace(revisit, refers_to=anything))
    assert latest is not None and latest.body == b"another"
    before = replace(revisit, refers_to=anything, captured_at=revisit.captured_at - timedelta(hours=2))
    first = originals.of(before)
    assert first is not None and first.body == TEXT
    page = exchange()
    capture = replace(revisit, refers_to=None, is_revisit=False, body=page.body)
    assert originals.of(capture) == capture
