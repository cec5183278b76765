"""Who wrote a page: structured data first, then metas, microdata, rel=author and bylines."""

from __future__ import annotations

from collections.abc import Iterable

from etl.extract import jsonld
from etl.extract.candidates import Candidate
from etl.extract.signals import Signals
from etl.normalize import authors

_METAS = (
    "article:author_name", "author", "article:author", "og:article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl", "citation_author",
    "cxenseparse:author", "article.author", "dc.contributor", "mediator_author", "twitter:data1", "shareaholic:article_author_name",
)  # fmt: skip


def choose(signals: Signals, not_names: Iterable[str]) -> tuple[tuple[str, ...], str | None, tuple[str, ...]]:
    """The authors, the place they stood in, and every raw byline (for agencies)."""
    barred = tuple(not_names)
    raw: list[str] = []
    for place in _places(signals):
        if not place:
            continue
        raw += [c.value for c in place]
        found = authors.people((c.value for c in place), not_names=barred)
        if found:
            return found, place[0].evidence, tuple(raw)
    return (), None, tuple(raw)


def _places(signals: Signals) -> list[list[Candidate]]:
    article = signals.article or {}
    ld = [
        n
        for key in ("author", "creator", "contributor")
        for n in jsonld.names(article.get(key), signals.nodes)
        if key == "author" or not article.get("author")
    ]
    people = [n for n, kind in ld if "Organization" not in kind]
    metas = [
        [
            Candidate(value=v, evidence=f"meta:{name}")
            for v, _ in signals.meta(name)
            if not v.startswith(("http:", "https:"))
        ]
        for name in _METAS
        if name != "twitter:data1"
        or (signals.first("twitter:label1") or "").casefold() in ("written by", "by", "author")
    ]
    return [
        [Candidate(value=n, evidence="jsonld:author") for n in people],
        *metas,
        [Candidate(value=v, evidence="microdata:author") for v in signals.props.get("author", ())[:6]],
        [Candidate(value=t, evidence=e) for t, e in signals.bylines if e == "rel=author"][:4],
        [Candidate(value=t, evidence=e) for t, e in signals.bylines if e == "byline"][:3],
    ]
