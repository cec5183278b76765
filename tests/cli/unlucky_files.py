"""Files as unlucky users have them: empty, cut, damaged, of another kind, misspelt, or where no file should be."""

from __future__ import annotations

import gzip
import io
import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from etl.http.codings import zstd

GOOD = """# ours
sources:
  - key: harbour-post
    name: The Harbour Post
    homepage: http://127.0.0.11:1/
    languages: [en]
    timezone: Europe/London
    feeds: [http://127.0.0.11:1/rss.xml]

  - key: morgenkurier
    name: Morgenkurier
    homepage: http://127.0.0.12:1/
    languages: [de]
    timezone: Europe/Berlin
    enabled: false
    feeds: [http://127.0.0.12:1/rss.xml]
"""
PAGE = (
    "<html lang=en><head><title>A bridge opens</title></head><body><article><h1>A bridge opens</h1>"
    + "<p>The bridge over the river was opened on Tuesday by the people who live beside it, after years of work.</p>"
    * 9
    + "</article></body></html>"
)
OPML = '<?xml version="1.0"?><opml version="2.0"><head/><body>{}</body></opml>'
FEED = '<outline text="a" xmlUrl="http://127.0.0.11:1/rss.xml"/>'


def response(*, date: str = "2026-11-30T08:00:00Z", url: str = "http://127.0.0.11:1/a", version: str = "1.1") -> bytes:
    """A response record of a page."""
    body = PAGE.encode()
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    head = (
        f"WARC/{version}\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: {date}\r\n"
        "WARC-Record-ID: <urn:uuid:6f1b2c3d-0000-4000-8000-000000000001>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def arc(*pages: str, longer_by: int = 0) -> bytes:
    """An ARC file of pages; the length that the first one states is too large by `longer_by`."""
    said = b"1 0 test\nURL IP-address Archive-date Content-type Archive-length\n"
    parts = [b"filedesc://a.arc 0.0.0.0 20261130080000 text/plain %d\n" % len(said) + said]
    for number, page in enumerate(pages):
        body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page.encode()
        length = len(body) + (longer_by if not number else 0)
        parts.append(b"\nhttp://127.0.0.11:1/%d 127.0.0.11 20261130080000 text/html %d\n" % (number, length) + body)
    return b"".join(parts) + b"\n"


def lay_out(folder: Path) -> None:
    """Write all of them into a folder."""
    _registries(folder)
    _archives(folder)
    _pages(folder)
    _lists(folder)
    _tables(folder)
    (folder / "a-folder").mkdir()
    (folder / "a-file").write_text("a file\n")


def _registries(folder: Path) -> None:
    for name, text in {
        "sources": GOOD,
        "off": GOOD.replace("languages: [en]", "languages: [en]\n    enabled: false"),
        "empty": "",
        "comment": "# our sources, one day\n",
        "no-list": "feeds: []\n",
        "a-word": "sources\n",
        "none-in-it": "sources: []\n",
        "tabs": "sources:\n\t- key: a\n",
        "open-quote": GOOD.replace("name: Morgenkurier", 'name: "Morgenkurier'),
        "twice": GOOD + GOOD.partition("sources:\n")[2],
        "typo": GOOD.replace("timezone: Europe/London", "time_zone: Europe/London"),
        "zone": GOOD.replace("Europe/London", "Europe/Londn"),
        "language": GOOD.replace("[en]", "[english]"),
        "no-scheme": GOOD.replace("homepage: http://127.0.0.11:1/", "homepage: www.example.org"),
        "too-fast": GOOD.replace("127.0.0.11:1", "news.example").replace("[en]", "[en]\n    min_delay_s: 0.1"),
        "bad-xpath": GOOD.replace("[en]", "[en]\n    rules: [{body: ['//div[']}]"),
        "bad-pattern": GOOD.replace("[en]", "[en]\n    include: ['']"),
        "bad-header": GOOD.replace("[en]", '[en]\n    headers: {"Coo kie": a}'),
        "bad-age": GOOD.replace("[en]", "[en]\n    max_age_days: soon"),
        "no-key": GOOD.replace("key: harbour-post\n    name", "name"),
        "no-feed": GOOD.replace("    feeds: [http://127.0.0.11:1/rss.xml]\n", ""),
        "of-others": GOOD.replace("127.0.0.11:1", "news.example"),
    }.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "latin.yaml").write_bytes(GOOD.replace("The Harbour", "Der Häfen").encode("latin-1"))
    (folder / "binary.yaml").write_bytes(random.Random(2).randbytes(500))
    os.mkfifo(folder / "fifo.yaml")
    (folder / "circle.yaml").symlink_to("circle.yaml")
    (folder / "dangling.yaml").symlink_to("nowhere.yaml")
    (folder / "registry").mkdir()
    (folder / "two-files").mkdir()
    for name in ("a", "b"):
        (folder / "two-files" / f"{name}.yaml").write_text(GOOD, encoding="utf-8")


def _archives(folder: Path) -> None:
    good = response()
    noise = random.Random(1).randbytes(3000)
    for name, content in {
        "good.warc.gz": gzip.compress(good, mtime=0),
        "plain.warc": good,
        "empty.warc.gz": b"",
        "nothing.warc.gz": gzip.compress(b"", mtime=0),
        "noise.warc.gz": noise,
        "noise.arc": noise,
        "noise.warc.zst": noise,
        "noise.wacz": noise,
        "cut.warc.gz": gzip.compress(good, mtime=0)[:-30],
        "letter.warc.gz": gzip.compress(b"x", mtime=0),
        "zip.warc.gz": b"PK\x03\x04 and so on",
        "head.arc": arc(),
        "good.arc": arc(PAGE, PAGE),
        "swallows.arc": arc(PAGE, PAGE, longer_by=150),
        "beyond.arc": arc(PAGE, longer_by=100_000),
        "newer.warc": response(version="9.9"),
        "future.warc": response(date="2999-01-01T00:00:00Z"),
        "no-date.warc": response(date="yesterday"),
        "info.warc": b"WARC/1.1\r\nWARC-Type: warcinfo\r\nWARC-Date: 2026-11-30T08:00:00Z\r\n"
        b"WARC-Record-ID: <urn:uuid:6f1b2c3d-0000-4000-8000-000000000002>\r\nContent-Length: 0\r\n\r\n\r\n\r\n",
        "good.warc.zst": zstd.compress(good),
        "cut.warc.zst": zstd.compress(good)[:-40],
        "one-head.warc": b"WARC/1.1\r\n",
    }.items():
        (folder / name).write_bytes(content)
    (folder / "empty.wacz").write_bytes(_zipped({}))
    (folder / "no-archive.wacz").write_bytes(_zipped({"datapackage.json": b"{}"}))
    (folder / "cut.wacz").write_bytes(_zipped({"archive/a.warc.gz": gzip.compress(good)})[:-60])
    (folder / "mixed").mkdir()
    (folder / "mixed" / "a.warc").write_bytes(good)
    (folder / "mixed" / "b.warc").write_bytes(b"no archive at all")


def _zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        for name, content in files.items():
            out.writestr(name, content)
    return packed.getvalue()


def _pages(folder: Path) -> None:
    for name, content in {
        "page.html": PAGE.encode(),
        "empty.html": b"",
        "blank.html": b" \n\n",
        "letter.html.gz": gzip.compress(b"x", mtime=0),
        "cut.html.gz": gzip.compress(PAGE.encode() + random.Random(3).randbytes(9000))[:-12],
        "picture.html": b"\x89PNG\r\n\x1a\n" + random.Random(4).randbytes(2000),
        "report.pdf": b"%PDF-1.7\n" + random.Random(5).randbytes(2000),
    }.items():
        (folder / name).write_bytes(content)


def _lists(folder: Path) -> None:
    for name, content in {
        "domains.txt": b"127.0.0.11:1\n",
        "no-domains.txt": b"# none yet\n\n",
        "empty.txt": b"",
        "words.txt": b"the harbour post\nhttp://\nexample\n",
        "latin.txt": "zürich.example\n".encode("latin-1"),
        "wide.txt": "127.0.0.11:1\n".encode("utf-16"),
        "binary.txt": random.Random(6).randbytes(300),
        "list.csv": b"site,name\n127.0.0.11:1,The Harbour Post\n",
        "good.opml": OPML.format(FEED).encode(),
        "empty.opml": OPML.format("").encode(),
        "folders.opml": OPML.format('<outline text="News"/>').encode(),
        "cut.opml": OPML.format(FEED).encode()[:-30],
        "crossed.opml": OPML.format(f'<outline text="a">{FEED}</body><outline>').encode(),
        "bad-entries.opml": OPML.format(
            FEED + "".join(f'<outline xmlUrl="not an address {n}"/>' for n in range(2000))
        ).encode(),
        "twice.opml": OPML.format(FEED * 3).encode(),
        "page.opml": b"<!DOCTYPE html><html><body>Sign in</body></html>",
        "rss.opml": b'<rss version="2.0"><channel><title>a</title></channel></rss>',
        "bomb.opml": b'<?xml version="1.0"?><!DOCTYPE o [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><opml><body><outline text="&c;" xmlUrl="&c;"/></body></opml>',
        "lines.yaml": b"source: harbour-post\nlines: []\n",
        "lines-of-nobody.yaml": b"source: nobody\nlines: []\n",
        "no-lines.yaml": b"a: b\n",
        "lines.json": b"{}",
        "no-lines.json": b"not JSON",
    }.items():
        (folder / name).write_bytes(content)


def _tables(folder: Path) -> None:
    text = " ".join(f"word{n}" for n in range(60))
    row = {"doc_id": "a", "url": "http://news.example/a", "title": "t", "text": text, "site": "news.example"}
    table = pa.Table.from_pylist([row]).append_column("published_at", pa.nulls(1, pa.timestamp("us", "UTC")))
    write: Callable[[pa.Table, Path], None] = pq.write_table
    write(table, folder / "in.parquet")
    write(table.drop_columns(["text"]), folder / "no-text.parquet")
    write(table.set_column(3, "text", pa.array([1])), folder / "numbers.parquet")
    write(table.slice(0, 0), folder / "no-rows.parquet")
    (folder / "cut.parquet").write_bytes((folder / "in.parquet").read_bytes()[:-20])
    (folder / "text.parquet").write_text("doc_id,url\n")
