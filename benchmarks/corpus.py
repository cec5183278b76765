"""The pages that benchmarks work on: our own, and those of a folder of real pages where there is one."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.pages import page
from etl.lake import warc
from etl.lake.local import LocalStore
from etl.model import Capture
from etl.sample import answers

PORT = 18080  # stands in the addresses of the sample newsroom; nothing listens
MADE_UP = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A page as a server gave it."""

    url: str
    body: bytes
    content_type: str | None


def own() -> list[Given]:
    """Every answer of the sample newsroom, and some made-up pages in six scripts."""
    found = [
        Given(url=f"http://{host}:{PORT}{path}", body=answer.body, content_type="text/html")
        for (host, path), answer in sorted(answers.build(1, PORT).items())
        if answer.body and "html" in answer.content_type and not answer.coding
    ]
    found += [
        Given(url=f"https://gazette.example/{n}", body=page(n).encode(), content_type="text/html")
        for n in range(MADE_UP)
    ]
    return found


def golden_cases() -> Iterator[Any]:
    """The golden pages of tests/golden, with what is true of them (its `Case`)."""
    place = Path(__file__).resolve().parents[1] / "tests" / "golden" / "golden_pages.py"
    spec = importlib.util.spec_from_file_location("golden_pages", place)
    assert spec is not None and spec.loader is not None
    golden: Any = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = golden
    spec.loader.exec_module(golden)
    yield from golden.cases()


def real(*, largest: int = 1_000_000) -> list[Given]:
    """The pages of `pages.warc.gz` in NEWS_ETL_EVAL, or ../shared/eval; none where there is no such file."""
    folder = Path(os.environ.get("NEWS_ETL_EVAL") or Path(__file__).resolve().parents[2] / "shared" / "eval")
    if not (folder / "pages.warc.gz").is_file():
        return []
    return [given for given in of_warc(folder / "pages.warc.gz") if len(given.body) <= largest]


def of_warc(path: Path) -> list[Given]:
    """The captures of a WARC that have a body."""
    records = warc.read(LocalStore(path.resolve().parent), path.name)
    return [
        Given(
            url=r.target_uri,
            body=r.body,
            content_type=next((v for n, v in r.headers if n.lower() == "content-type"), None),
        )
        for r in records
        if isinstance(r, Capture) and r.body
    ]
