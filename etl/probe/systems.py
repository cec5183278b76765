"""Publishing systems: how each is recognised on a front page, and its usual addresses of feeds and sitemaps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

# Addresses that are tried without a known system, as feed readers do, the most likely first.
USUAL_FEEDS = (
    *("/feed/", "/rss.xml", "/rss", "/feed.xml", "/atom.xml", "/index.xml", "/rss/index.xml", "/feeds/posts/default"),
    *("/arc/outboundfeeds/rss/?outputType=xml", "/index.php?format=feed&type=rss", "/feed.json", "/rss/news.xml"),
    *(
        "/index.rdf",
        "/feeds/all.rss.xml",
        "/rss/portada.xml",
        "/rss/all.xml",
        "/feeds/news.xml",
        "/news/rss",
        "/feed.rss",
        "/rss.php",
    ),
)
USUAL_NEWS_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml", "/sitemaps/news.xml")
USUAL_SITEMAPS = ("/sitemap.xml", "/sitemap_index.xml", "/sitemap.xml.gz", "/sitemap-index.xml")

_LOOKED_AT = 400_000  # characters; marks stand in the head and in the addresses of scripts and pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A publishing system."""

    name: str
    generators: tuple[str, ...]
    marks: tuple[str, ...]
    feeds: tuple[str, ...]
    sitemaps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognized:
    """A system and the evidence for it."""

    system: System
    evidence: str


@cache
def systems() -> tuple[System, ...]:
    """All that are known, in the order of the file: constant data of the package."""
    read = yaml.safe_load(files("etl.probe").joinpath("systems.yaml").read_text(encoding="utf-8"))
    return tuple(
        System(
            name=each["name"],
            generators=tuple(each["generator"]),
            marks=tuple(each["marks"]),
            feeds=tuple(each["feeds"]),
            sitemaps=tuple(each["sitemaps"]),
        )
        for each in read
    )


def recognize(markup: str, generators: tuple[str, ...]) -> Recognized | None:
    """The system of a page: by its meta generator, else the one with most marks; None for one that is not known."""
    for said in generators:
        for system in systems():
            if said.strip().lower().startswith(system.generators):
                return Recognized(system=system, evidence=f"meta generator: {said.strip()[:60]}")
    text = markup[:_LOOKED_AT].lower()
    counted = [(sum(mark in text for mark in system.marks), system) for system in systems()]
    count, system = max(counted, key=lambda each: each[0])
    if not count:
        return None
    mark = next(mark for mark in system.marks if mark in text)
    return Recognized(system=system, evidence=f"{mark} on the front page")
