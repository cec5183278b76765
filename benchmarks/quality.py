"""How right the records are, beside trafilatura's in the same run: `make eval`.

First the sample newsroom, whose manifest says what each article page holds. Then, where there is a folder with real
pages, gold and a scorer of its own (`../shared/eval`, or NEWS_ETL_EVAL), that scorer over both extractors' records.

Columns for the newsroom are shares of its article pages: title, authors and language exact; day and instant exact where
the page gives them; text: F1 of the words; clean: nothing of the page's furniture is in the text.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from etl.extract.page import extract_page
from etl.model import Outcome
from etl.sample.manifest import Values, expected
from etl.sample.server import running_newsroom

CAPTURED_AT = datetime(2026, 11, 24, tzinfo=UTC)
Record = Mapping[str, Any]
Extractor = Callable[[bytes, str, str | None], Record]


def ours(body: bytes, url: str, content_type: str | None) -> Record:
    page = extract_page(body, url=url, captured_at=CAPTURED_AT, content_type=content_type)
    return {
        "title": page.title,
        "authors": page.authors,
        "language": page.language,
        "day": page.published_on,
        "instant": page.published_at,
        "text": page.text,
    }


def trafilaturas(body: bytes, url: str, content_type: str | None) -> Record:
    import trafilatura

    found = trafilatura.bare_extraction(body, url=url, with_metadata=True)
    if found is None or isinstance(found, dict):
        return {}
    return {
        "title": found.title,
        "authors": tuple(name.strip() for name in (found.author or "").split(";") if name.strip()),
        "language": found.language,
        "day": datetime.fromisoformat(found.date).date() if found.date else None,
        "instant": None,
        "text": found.text or "",
    }


def newsroom() -> None:
    """The table for the sample newsroom."""
    with running_newsroom() as room:
        pages = []
        for page in expected(room.port):
            day = page.on(1)
            if day is not None and day.outcome is Outcome.ARTICLE and day.article is not None:
                with urllib.request.urlopen(day.final_url or page.url, timeout=30) as answer:
                    body = answer.read()
                    if answer.headers.get("Content-Encoding"):
                        continue
                    pages.append((body, page.url, answer.headers.get("Content-Type"), day.article))
    print(f"sample newsroom, {len(pages)} article pages")
    for name, extractor in (("news-etl", ours), ("trafilatura", trafilaturas)):
        scores: dict[str, list[float]] = {}
        for body, url, content_type, wanted in pages:
            for column, value in score(extractor(body, url, content_type), wanted).items():
                scores.setdefault(column, []).append(value)
        print(f"{name:14}" + "  ".join(f"{c} {sum(v) / len(v):.3f}" for c, v in scores.items()))


def score(found: Record, wanted: Values) -> dict[str, float]:
    """The columns of one page; a column is absent where the page gives no value."""
    text = found.get("text") or ""
    columns = {
        "title": float(_folded(found.get("title")) == _folded(wanted.title)),
        "authors": float(tuple(found.get("authors") or ()) == wanted.authors),
        "language": float(found.get("language") == wanted.language),
        "text": _f1(text, wanted.text),
        "clean": float(not any(line in text for line in wanted.never)),
    }
    if wanted.published_on:
        columns["day"] = float(found.get("day") == wanted.published_on)
    if wanted.published_at:
        columns["instant"] = float(found.get("instant") == wanted.published_at)
    return columns


def _f1(found: str, wanted: str) -> float:
    a, b = _tokens(found), _tokens(wanted)
    both = (a & b).total()
    return 2 * both / (a.total() + b.total()) if both else 0.0


def _tokens(text: str) -> Counter[str]:
    spaced = "".join(f" {c} " if c > "\u2e7f" else c for c in text)
    return Counter(spaced.split())


def _folded(value: str | None) -> str:
    return " ".join((value or "").split()).casefold()


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
            print(f"\n{title}", flush=True)
            subprocess.run([sys.executable, str(folder / "score.py"), str(path)], check=True)


def _baseline(archive: Path) -> list[Record]:
    from etl.lake import warc
    from etl.lake.local import LocalStore
    from etl.model import Capture

    found: list[Record] = []
    for capture in warc.read(LocalStore(archive.resolve().parent), archive.name):
        if isinstance(capture, Capture):
            record = trafilaturas(capture.body, capture.target_uri, None)
            found.append({"url": capture.target_uri, **record, "published_at": record.get("day")})
    return found


def main() -> None:
    newsroom()
    folder = Path(os.environ.get("NEWS_ETL_EVAL") or Path(__file__).resolve().parents[2] / "shared" / "eval")
    if (folder / "score.py").is_file():
        sample(folder)


if __name__ == "__main__":
    main()
