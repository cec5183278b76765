"""How right the records are, beside trafilatura's own of the same pages in the same run: `make eval`.

Three sets of pages: the golden pages of the tests, the sample newsroom as its server gives it, and, where there is a
folder with real pages, gold and a scorer of its own (`--sample`, NEWS_ETL_EVAL, `../shared/eval`), that sample by its
own scorer. What the columns mean stands in `benchmarks/scoring.py`.

trafilatura's row is `bare_extraction(with_metadata=True)`: it knows no instants and no outcomes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from benchmarks.corpus import golden_cases
from benchmarks.scoring import Record, Truth, row, score
from etl.extract.page import extract_page
from etl.model import Outcome
from etl.sample.manifest import expected
from etl.sample.server import running_newsroom

ROOT = Path(__file__).resolve().parents[1]
CAPTURED_AT = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A page as it was served, and what is true of it. `group` names the row that it is also counted in."""

    body: bytes
    url: str
    content_type: str | None
    truth: Truth
    group: str = ""


Extractor = Callable[[Sheet], Record]


def ours(sheet: Sheet) -> Record:
    page = extract_page(sheet.body, url=sheet.url, captured_at=CAPTURED_AT, content_type=sheet.content_type)
    return Record(
        text=page.text, title=page.title, authors=page.authors, day=page.published_on, instant=page.published_at,
        topics=page.tags, language=page.language, outcome=page.outcome.value,
    )  # fmt: skip


def trafilaturas(sheet: Sheet) -> Record:
    found = _bare(sheet.body, sheet.url)
    return Record(
        text=found.text or "" if found else "",
        title=found.title if found else None,
        authors=_names(found.author) if found else (),
        day=date.fromisoformat(found.date) if found and found.date else None,
        topics=tuple(found.tags or ()) if found else (),
        language=found.language if found else None,
    )


def golden_sheets() -> Iterator[Sheet]:
    """The golden pages of tests/golden."""
    for case in golden_cases():
        value = case.expected.get
        is_article = value("outcome") == Outcome.ARTICLE
        truth = Truth(
            text=value("text"), title=value("title"), authors=value("authors"), topics=value("tags"),
            day=value("published_on") or (value("published_at").date() if value("published_at") else None),
            instant=value("published_at"), language=value("language"), outcome=None if is_article else value("outcome"),
        )  # fmt: skip
        yield Sheet(
            body=case.body, url=case.url, content_type=case.content_type, truth=truth, group=case.language.split("-")[0]
        )


def newsroom_sheets() -> Iterator[Sheet]:
    """The article pages of the sample newsroom, over HTTP."""
    with running_newsroom() as room:
        for page in expected(room.port):
            day = page.on(1)
            if day is None or day.outcome is not Outcome.ARTICLE or day.article is None:
                continue
            with urllib.request.urlopen(day.final_url or page.url, timeout=30) as answer:
                body, content_type = answer.read(), answer.headers.get("Content-Type")
                if answer.headers.get("Content-Encoding"):
                    continue
            wanted = day.article
            truth = Truth(
                text=wanted.text, title=wanted.title, authors=wanted.authors, topics=wanted.tags, language=wanted.language,
                day=wanted.published_on, instant=wanted.published_at, never=wanted.never,
            )  # fmt: skip
            yield Sheet(body=body, url=page.url, content_type=content_type, truth=truth)


def table(name: str, sheets: list[Sheet], *, by_group: bool) -> None:
    """Both rows of a set of pages, and ours for each group."""
    print(f"\n{name}, {len(sheets)} pages")
    scored = {
        extractor: [score(sheet.truth, extractor(sheet)) for sheet in sheets] for extractor in (ours, trafilaturas)
    }
    print(row("news-etl", scored[ours]))
    print(row("trafilatura", scored[trafilaturas]))
    for group in sorted({sheet.group for sheet in sheets}) if by_group else ():
        print(row(f"  {group}", [s for sheet, s in zip(sheets, scored[ours], strict=True) if sheet.group == group]))


def sample(folder: Path) -> None:
    """The sample's own scorer over both extractors' records."""
    archive = folder / "pages.warc.gz"
    with tempfile.TemporaryDirectory() as name:
        records = Path(name) / "records.jsonl"
        with records.open("wb") as file:
            news_etl = Path(sys.executable).with_name("news-etl")
            subprocess.run([str(news_etl), "extract", str(archive)], stdout=file, check=True)
        baseline = Path(name) / "baseline.jsonl"
        with baseline.open("w", encoding="utf-8") as lines:
            for record in _baseline(archive):
                lines.write(json.dumps(record, default=str) + "\n")
        for title, path in (("news-etl", records), ("trafilatura", baseline)):
            print(f"\nsample of real pages: {title}", flush=True)
            subprocess.run([sys.executable, str(folder / "score.py"), str(path)], check=True)


def _baseline(archive: Path) -> Iterator[dict[str, Any]]:
    from etl.lake import warc
    from etl.lake.local import LocalStore
    from etl.model import Capture

    for capture in warc.read(LocalStore(archive.resolve().parent), archive.name):
        if isinstance(capture, Capture):
            found = _bare(capture.body, capture.target_uri)
            yield {
                "url": capture.target_uri,
                "title": found.title if found else None,
                "authors": _names(found.author) if found else (),
                "published_at": found.date if found else None,
                "tags": list(found.tags or ()) if found else [],
                "text": found.text if found else "",
            }


def _bare(body: bytes, url: str) -> Any:
    import trafilatura

    return trafilatura.bare_extraction(body, url=url, with_metadata=True)


def _names(author: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (author or "").split(";") if name.strip())


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(os.environ.get("NEWS_ETL_EVAL") or ROOT.parent / "shared" / "eval")
    arguments.add_argument("--sample", type=Path, default=default, help="folder with pages.warc.gz and score.py")
    arguments.add_argument("--languages", action="store_true", help="a row for each language of the golden pages")
    chosen = arguments.parse_args()
    table("golden pages", list(golden_sheets()), by_group=chosen.languages)
    table("sample newsroom", list(newsroom_sheets()), by_group=False)
    if (chosen.sample / "score.py").is_file():
        sample(chosen.sample)
    else:
        print(f"\nno sample of real pages at {chosen.sample}")


if __name__ == "__main__":
    main()
