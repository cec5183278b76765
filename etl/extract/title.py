"""The title: the headline that readers see, without the site's name.

Pages carry it in up to seven places, cut, decorated or rewritten for search engines. Evidence, on 558 pages with a known
title: JSON-LD headline .83, h1 .72, og:title .55, `<title>` .15 as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from etl.extract import jsonld
from etl.extract.candidates import Candidate
from etl.extract.signals import Signals
from etl.normalize.text import folded, from_markup

_SEPARATOR = re.compile(
    r"\s+(?:[-–—|·•»«~:/\\<>›‹*]|::|--|\|\|)\s+|\s*[|｜»›]\s*|\s+[-–—]|(?<=\w): (?=\w)|\s*_\s*(?=[\u3400-\u9fff])|(?<=[\u3040-\u9fff\uac00-\ud7af])\s?[-–—]\s?"
)
_MAX_TITLE = 400
_NO_TITLE = re.compile(
    r"^(?:home|homepage|untitled|index|article|news|blog|search|menu|startseite|404|error|none|null|undefined|loading)\W*$",
    re.I,
)


def candidates(signals: Signals) -> list[Candidate]:
    """Every title that the page gives, cleaned of markup, in no order of trust."""
    found: list[Candidate] = []
    article = signals.article or {}
    for key in ("headline", "name"):
        found += [Candidate(value=v, evidence=f"jsonld:{key}") for v in jsonld.texts(article.get(key))[:1]]
    for name in (
        "og:title",
        "twitter:title",
        "parsely-title",
        "sailthru.title",
        "dc.title",
        "dcterms.title",
        "citation_title",
        "cxenseparse:title",
        "title",
        "headline",
        "hdl",
        "article:title",
        "mediator_title",
    ):
        found += [Candidate(value=v, evidence=f"meta:{name}") for v, _ in list(signals.meta(name))[:1]]
    found += [Candidate(value=v, evidence="microdata:headline") for v in signals.props.get("headline", ())[:2]]
    found += [Candidate(value=text, evidence="h1") for text, _ in signals.h1s[:6]]
    if signals.title_tag:
        found.append(Candidate(value=signals.title_tag, evidence="title"))
    cleaned = [Candidate(value=from_markup(c.value), evidence=c.evidence) for c in found]
    return [c for c in cleaned if 1 < len(c.value) <= _MAX_TITLE]


def choose(signals: Signals, site_names: Iterable[str]) -> tuple[Candidate | None, tuple[str, ...]]:
    """The title, and all variants of it on the page (with and without the site's name)."""
    barred = {folded(n) for n in site_names} - {""}
    found = candidates(signals)
    bodies = [c.value for c in found]
    trimmed = [Candidate(value=trim(c.value, barred, bodies), evidence=c.evidence) for c in found]
    usable = [c for c in trimmed if c.value and folded(c.value) not in barred and not _NO_TITLE.match(c.value)]
    variants = tuple(dict.fromkeys(c.value for c in (*usable, *found)))
    by_place: dict[str, list[Candidate]] = {}
    for candidate in usable:
        by_place.setdefault(candidate.evidence, []).append(candidate)
    chosen = _chosen(by_place, signals)
    return chosen, variants


def _chosen(places: dict[str, list[Candidate]], signals: Signals) -> Candidate | None:
    headline = places.get("jsonld:headline", [None])[0]
    og = next((c for key in ("meta:og:title", "meta:twitter:title") for c in places.get(key, ())), None)
    tag = places.get("title", [None])[0]
    h1s = places.get("h1", [])
    h1 = _own_h1(h1s, [c for c in (headline, og, tag, *places.get("microdata:headline", ())) if c])
    order = (
        headline,
        h1,
        *places.get("microdata:headline", ()),
        og,
        *(places[p][0] for p in places if p.startswith("meta:")),
        *h1s[:1],
        tag,
        *places.get("jsonld:name", ()),
    )
    return next((c for c in order if c is not None), None)


def _own_h1(h1s: list[Candidate], others: list[Candidate]) -> Candidate | None:
    """The h1 that another place confirms, or the only one."""
    for h1 in h1s:
        words = set(folded(h1.value).split())
        for other in others:
            theirs = set(folded(other.value).split())
            if words and len(words & theirs) >= 0.6 * min(len(words), len(theirs)) and len(words) > 1:
                return h1
    return h1s[0] if len(h1s) == 1 and len(h1s[0].value.split()) > 2 else None


def trim(title: str, site_names: set[str], others: Iterable[str] = ()) -> str:
    """The title without the site's or a section's name at either end.

    A part goes when it is a name of the site, or when what is left stands elsewhere on the page as a whole title.

    >>> trim("Rates rise - The Example Times", {"the example times"})
    'Rates rise'
    """
    wholes = {folded(o) for o in others if o != title}
    for _ in range(3):
        cuts = list(_SEPARATOR.finditer(title))
        if not cuts:
            return title
        shorter = None
        for cut in reversed(cuts):
            rest, part = title[: cut.start()].strip(), title[cut.end() :].strip()
            if rest and (_is_site(part, site_names) or (folded(rest) in wholes and len(folded(rest).split()) > 1)):
                shorter = rest
                break
        if shorter is None:
            cut = cuts[0]
            part, rest = title[: cut.start()].strip(), title[cut.end() :].strip()
            if rest and (_is_site(part, site_names) or (folded(rest) in wholes and len(folded(rest).split()) > 2)):
                shorter = rest
        if shorter is None or shorter == title:
            return title
        title = shorter
    return title


def _is_site(part: str, site_names: set[str]) -> bool:
    key = folded(part)
    if not key:
        return False
    if key in site_names:
        return True
    tight = key.replace(" ", "")
    return any(
        tight == n.replace(" ", "")
        or (
            len(n) > 3
            and (tight.startswith(n.replace(" ", "")) or n.replace(" ", "").startswith(tight))
            and len(tight) > 3
        )
        for n in site_names
    )
