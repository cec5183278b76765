"""Structured data of an article page, as schema.org JSON-LD in the shapes that publishers' systems print."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from etl.sample.content import SamplePage, SampleSite

_UPDATE = re.compile(r"(\d{2}:\d{2}) +(.+)")


def script(value: dict[str, Any]) -> str:
    """A script element with JSON-LD; `</` is escaped so that text cannot end it."""
    text = json.dumps(value, ensure_ascii=False, indent=1).replace("</", "<\\/")
    return f'<script type="application/ld+json">{text}</script>'


def article(page: SamplePage, site: SampleSite, port: int) -> dict[str, Any]:
    """A NewsArticle on its own."""
    return {"@context": "https://schema.org", **_article(page, site, port)}


def graph(page: SamplePage, site: SampleSite, port: int) -> dict[str, Any]:
    """The @graph of a WordPress plugin: article, page, breadcrumbs, site and author, tied by @id."""
    base, url = site.base(port), _url(page, site, port)
    people = [
        {"@type": "Person", "@id": f"{base}/#/person/{number}", "name": name}
        for number, name in enumerate(page.authors, 1)
    ]
    main = _article(page, site, port) | {
        "@id": f"{url}#article",
        "isPartOf": {"@id": url},
        "mainEntityOfPage": {"@id": url},
        "author": [{"@id": person["@id"], "name": person["name"]} for person in people],
        "publisher": {"@id": f"{base}/#organization"},
        "wordCount": len(page.text.split()),
    }
    crumbs = [site.name, *([page.section] if page.section else []), page.title]
    return {
        "@context": "https://schema.org",
        "@graph": [
            main,
            {
                "@type": "WebPage",
                "@id": url,
                "url": url,
                "name": f"{page.title} - {site.name}",
                "inLanguage": site.locale,
            },
            {
                "@type": "BreadcrumbList",
                "@id": f"{url}#breadcrumb",
                "itemListElement": [
                    {"@type": "ListItem", "position": place, "name": name} for place, name in enumerate(crumbs, 1)
                ],
            },
            {"@type": "WebSite", "@id": f"{base}/#website", "url": f"{base}/", "name": site.name},
            {"@type": "Organization", "@id": f"{base}/#organization", "name": site.name, "url": f"{base}/"},
            *people,
        ],
    }


def live_blog(page: SamplePage, site: SampleSite, port: int) -> dict[str, Any]:
    """A LiveBlogPosting: one BlogPosting for each heading of the form `14:05 What happened`."""
    url = _url(page, site, port)
    day, offset = _day_and_offset(page)
    updates: list[dict[str, Any]] = []
    for block in page.blocks:
        if match := _UPDATE.fullmatch(block.text) if block.kind == "h2" else None:
            clock, headline = match.groups()
            updates.append(
                {
                    "@type": "BlogPosting",
                    "@id": f"{url}#update-{clock.replace(':', '')}",
                    "headline": headline,
                    "datePublished": f"{day}T{clock}:00{offset}",
                    "articleBody": "",
                }
            )
        elif updates:
            updates[-1]["articleBody"] = f"{updates[-1]['articleBody']}\n{block.text}".strip()
    return {
        "@context": "https://schema.org",
        **_article(page, site, port),
        "@type": "LiveBlogPosting",
        "coverageStartTime": page.published,
        "coverageEndTime": page.modified,
        "liveBlogUpdate": updates,
    }


def _article(page: SamplePage, site: SampleSite, port: int) -> dict[str, Any]:
    base = site.base(port)
    value: dict[str, Any] = {
        "@type": "NewsArticle",
        "headline": page.title,
        "description": page.description or None,
        "datePublished": page.published,
        "dateModified": page.modified,
        "author": [{"@type": "Person", "name": name} for name in page.authors],
        "articleSection": page.section,
        "keywords": list(page.tags),
        "image": [f"{base}{page.image}"] if page.image else None,
        "inLanguage": site.locale,
        "mainEntityOfPage": _url(page, site, port),
        "publisher": {"@type": "NewsMediaOrganization", "name": site.name, "logo": f"{base}/logo.png"},
        "isAccessibleForFree": page.free,
    }
    if page.free is False:
        value["hasPart"] = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".members-only"}
    return {name: each for name, each in value.items() if each not in (None, [])}


def _url(page: SamplePage, site: SampleSite, port: int) -> str:
    return f"{site.base(port)}{page.canonical or page.path}"


def _day_and_offset(page: SamplePage) -> tuple[str, str]:
    at = datetime.fromisoformat(page.published or "")
    return at.date().isoformat(), at.isoformat()[19:]
