"""Documents for the benchmarks of stories in the warehouse: captures of given texts, and texts of invented words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from etl import urls
from etl.model import CaptureMeta, Observation, Outcome, Page, PageType, Precision

START = datetime(2026, 11, 1, tzinfo=UTC)
RULES = "rules"


def observation(
    url: str, *, site: str, title: str, body: str, published_at: datetime | None, hours: float
) -> Observation:
    """A capture of a document, as extraction would give it."""
    captured_at = START + timedelta(hours=hours)
    return Observation(
        capture_id=hashlib.sha256(f"{url} {captured_at.isoformat()} {body}".encode()).digest(),
        url_key=urls.url_key(url),
        target_uri=url,
        source_key=None,
        site=site,
        captured_at=captured_at,
        payload_digest="sha256:" + hashlib.sha256(body.encode()).hexdigest(),
        status=200,
        is_revisit=False,
        place=None,
        meta=CaptureMeta(),
        rules_version=RULES,
        page=Page(
            outcome=Outcome.ARTICLE,
            page_type=PageType.ARTICLE,
            title=title,
            text=body,
            published_at=published_at,
            published_on=published_at.date() if published_at else None,
            published_precision=Precision.MINUTE if published_at else None,
        ),
    )


def generated(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Documents of invented words, some 500 each: alone, or as one of up to twelve copies that were cut or begun anew."""
    rng = np.random.default_rng(seed)
    syllables = np.array("ka lo mi ne ru sa ti vo ße при мо ст ол".split())
    ideographs = np.array([chr(0x4E00 + n) for n in range(3000)])  # of a few, five in a row would be shared by chance
    scripts = [syllables] * 4 + [ideographs]
    vocabulary = np.array(["".join(rng.choice(scripts[n % 5], rng.integers(2, 5))) for n in range(20_000)])
    vocabulary[::7] = [word.capitalize() for word in vocabulary[::7]]
    made = 0
    while made < count:
        words = rng.choice(vocabulary, int(rng.integers(150, 900)))
        for copy in range(min(count - made, int(rng.choice([1, 1, 1, 2, 3, 5, 12])))):
            some = words if not copy else words[: int(len(words) * rng.uniform(0.6, 1))]
            if copy % 3 == 2:
                some = np.concatenate([rng.choice(vocabulary, 12), some])
            site = f"site{int(rng.integers(400))}.example"
            yield {
                "url": f"https://{site}/{seed}/{made}",
                "site": site,
                "title": " ".join(words[:7]),
                "text": ". ".join(" ".join(some[i : i + 16]) for i in range(0, len(some), 16)),
                "published_at": START.replace(tzinfo=None) - timedelta(minutes=int(rng.integers(40_000))),
            }
            made += 1
