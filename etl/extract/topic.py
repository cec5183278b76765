"""Section and tags of a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from etl.extract import jsonld
from etl.extract.signals import Signals
from etl.normalize import topics
from etl.normalize.text import from_markup

_TAG_METAS = (
    "article:tag",
    "og:article:tag",
    "news_keywords",
    "keywords",
    "parsely-tags",
    "sailthru.tags",
    "dc.subject",
    "dcterms.subject",
    "cxenseparse:taxonomy",
    "article:tags",
)
_SECTION_METAS = (
    "article:section",
    "og:article:section",
    "parsely-section",
    "cxenseparse:category",
    "section",
    "category",
    "dc.type.section",
    "article:section:type",
    "cxsection",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """`section` as the page names it, `tags` split and each once, with the places they came from."""

    section: str | None = None
    section_evidence: str | None = None
    tags: tuple[str, ...] = ()
    tags_evidence: str | None = None


def choose(signals: Signals, not_topics: Iterable[str]) -> Topics:
    """Section and tags from the first place that has them."""
    barred = tuple(not_topics)
    section, section_evidence = _section(signals)
    for values, evidence in tag_places(signals):
        tags = topics.unique((t for v in values for t in topics.split(v)), not_topics=barred)
        if tags:
            return Topics(section=section, section_evidence=section_evidence, tags=tags, tags_evidence=evidence)
    return Topics(section=section, section_evidence=section_evidence)


def tag_places(signals: Signals) -> list[tuple[list[str], str]]:
    """(raw values, place) of every place that may hold tags, in the order of trust; the first with any counts."""
    article = signals.article or {}
    return [
        (jsonld.texts(article.get("keywords")), "jsonld:keywords"),
        *(([v for v, _ in signals.meta(name)], f"meta:{name}") for name in _TAG_METAS),
        (signals.props.get("keywords", []), "microdata:keywords"),
        (signals.tags, "rel=tag"),
    ]


def section_places(signals: Signals) -> list[tuple[str, str]]:
    """(section, place) of every place that names one, in the order of trust; the first counts."""
    article = signals.article or {}
    found = [(value, "jsonld:articleSection") for value in jsonld.texts(article.get("articleSection"))[:1]]
    metas = ((value, f"meta:{name}") for value, name in signals.meta(*_SECTION_METAS))
    return found + [(value, place) for value, place in metas if not value.startswith(("http:", "https:"))]


def _section(signals: Signals) -> tuple[str | None, str | None]:
    for value, place in section_places(signals):
        return from_markup(value) or None, place
    return None, None
