"""All commands of `news-etl` that touch database, lake or disk, each with a place where it has something to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.pages import page
from etl.lake.segment import Exchange, SegmentWriter

PAGES = 26
URL = "https://gazette1.example/1"
CAPTURED = datetime(2026, 11, 2, 7, tzinfo=UTC)
DAY = f"{CAPTURED:%Y-%m-%d}"
SOURCES = """
sources:
  - key: gazette
    name: Gazette
    homepage: "https://gazette1.example/"
    languages: [en, de, ru]
    enabled: false
    rules: [{title: ["//h1"]}]
"""
# A reviewed list of lines, ready to be activated.
LINES = """
source: gazette
lines:
  - line: "Leave a comment"
    count: 20
    share: 0.9
    evidence: "looked at"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command and its arguments. `is_reading` of those that change nothing."""

    name: str
    argv: tuple[str, ...]
    is_reading: bool = False


def write_inputs(folder: Path) -> None:
    """The files that the commands name."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sources.yaml").write_text(SOURCES)
    (folder / "lines.yaml").write_text(LINES)
    write_pages(folder / "pages.warc.gz", PAGES)


def write_stories(path: Path) -> Path:
    """A file of documents for `cluster`: every fifth carries the text of another."""
    rows = [
        {
            "doc_id": f"d{n}",
            "url": f"https://gazette{n % 5}.example/{n}",
            "title": f"Title {n - n % 5}",
            "text": " ".join(page(n - n % 5).split("<p>")[1:]),
            "published_at": CAPTURED + timedelta(minutes=n),
            "site": f"gazette{n % 5}.example",
        }
        for n in range(40)
    ]
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def write_pages(path: Path, pages: int) -> Path:
    """An archive of made-up pages: articles, one of them corrected later, one page that is none, one that is gone."""
    with SegmentWriter(path.parent, now=CAPTURED, operator=None, user_agent="benchmark") as writer:
        for n in range(pages):
            for version in range(2 if n == 1 else 1):
                writer.write(
                    Exchange(
                        target_uri=f"https://gazette1.example/{n}",
                        captured_at=CAPTURED + timedelta(minutes=n + 30 * version),
                        status=404 if n == 2 else 200,
                        headers=(("Content-Type", "text/html; charset=utf-8"),),
                        body=b"<html><p>Search" if n == 3 else page(n, version=version).encode(),
                    )
                )
        return writer.close().path.rename(path)


def commands(folder: Path) -> list[Command]:
    """Commands on the warehouse that need no network; their inputs are in `folder`."""
    captured = ("--from", DAY, "--to", DAY, "--by", "captured")
    return [
        Command(name="ingest", argv=("ingest", str(folder / "pages.warc.gz"))),
        Command(name="run", argv=("run", "--source", "gazette")),
        Command(name="fill", argv=("fill", "--from", DAY, "--source", "gazette")),
        Command(name="reprocess", argv=("reprocess", *captured)),
        Command(name="replay", argv=("replay",)),
        Command(name="erase", argv=("erase", "--url", URL, "--yes")),
        Command(name="erase verify", argv=("erase", "--url", URL, "--verify"), is_reading=True),
        Command(name="compact", argv=("compact",)),
        Command(name="retain", argv=("retain",)),
        Command(name="rebuild", argv=("rebuild",)),
        Command(name="migrate", argv=("migrate",)),
        Command(name="query", argv=("query", "SELECT count(*) FROM news.article"), is_reading=True),
        Command(name="status", argv=("status",), is_reading=True),
        Command(name="status fingerprint", argv=("status", "--fingerprint"), is_reading=True),
        Command(name="sources lines propose", argv=("sources", "lines", "propose", "gazette"), is_reading=True),
        Command(name="sources check captures", argv=("sources", "check", "--captures", "5"), is_reading=True),
        Command(name="why", argv=("why", URL, "https://nobody.example/x"), is_reading=True),
        Command(name="doctor", argv=("doctor",), is_reading=True),
        Command(name="doctor lake", argv=("doctor", "--lake"), is_reading=True),
        Command(name="status parts", argv=("status", "--parts"), is_reading=True),
        Command(name="retain dry run", argv=("retain", "--dry-run"), is_reading=True),
        Command(name="reprocess dry run", argv=("reprocess", *captured, "--dry-run"), is_reading=True),
        Command(name="fill dry run", argv=("fill", "--from", DAY, "--source", "gazette", "--dry-run")),
        Command(name="fill missing", argv=("fill", "--missing", "--source", "gazette")),
        Command(name="replay lost", argv=("replay", "--lost")),
        Command(name="replay give up", argv=("replay", "--give-up", "raw/live/2026/11/02/none.warc.gz")),
        Command(name="erase source", argv=("erase", "--source", "gazette", "--yes")),
        Command(name="erase verify text", argv=("erase", "--verify", "--text", "harbour council"), is_reading=True),
        Command(name="sources lines activate", argv=("sources", "lines", "activate", str(folder / "lines.yaml"))),
    ]
