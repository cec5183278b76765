"""Chooses a page's authors: from structured data, then metas, microdata, rel=author, bylines by class, bylines by wording."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from etl.extract import jsonld
from etl.extract.signals import BylineElement, Signals
from etl.normalize import authors, credits
from etl.normalize.eastern_names import Trust
from etl.normalize.text import folded

# Metas that systems fill with the writer; those below are often filled with the site's owner, so they come after bylines.
_METAS = (
    "article:author_name",
    "article:author",
    "og:article:author",
    "parsely-author",
    "sailthru.author",
    "articleauthor",
    "author_name",
    "byl",
    "citation_author",
    "cxenseparse:author",
    "article.author",
    "mediator_author",
    "shareaholic:article_author_name",
    "dcsext.author",
    "og:author",
)
_OWNERS = ("author", "dc.creator", "dcterms.creator", "dc.contributor")  # fmt: skip
_BY_LABELS = (
    "written by",
    "by",
    "author",
    "verfasst von",
    "geschrieben von",
    "écrit par",
    "escrito por",
    "scritto da",
    "geschreven door",
    "от автора",
    "yazan",
)
_MAX_AUTHORS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Byline:
    """The authors, the place they stood in, and every raw text that names a writer (agencies are read from these)."""

    authors: tuple[str, ...] = ()
    evidence: str | None = None
    raw: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BylinePlace:
    """The writers that one place of the page names, as raw texts."""

    values: list[str]
    evidence: str


def candidates(signals: Signals) -> list[BylinePlace]:
    """Every place that names writers, in the order of trust."""
    signed, in_text, owners = _places(signals)
    return [place for place in (*signed, *in_text, *owners) if place.values]


def _places(signals: Signals) -> tuple[list[BylinePlace], list[BylinePlace], list[BylinePlace]]:
    """Places that name writers, bylines by their words, and places that may name the site's owner or an editor."""
    signed = [p for p in _signed(signals) if p.values]
    headline = signals.title_tag or ""
    named = (n for n in map(names_in_text, signals.header_lines) if n)
    # Words of the headline are no writer ("Di Muara Teduh, …"), but for "… - by Ada Brown".
    in_text = BylinePlace(
        values=[n for n in named if n not in headline or headline.endswith(n)][:1], evidence="byline:text"
    )
    owners = [_meta(signals, name) for name in _OWNERS]
    eastern = signals.eastern
    if eastern is None:
        return signed, [in_text], owners
    told = BylinePlace(values=list(eastern.names), evidence="byline:text")
    if eastern.trust is Trust.EDITOR:
        return signed, [in_text], [*owners, told]
    return signed, [told, in_text], owners


def choose(signals: Signals, not_names: Iterable[str]) -> Byline:
    """The authors: the first place that names people; a later place that names the same and more completes it.

    Where no person is named, a news agency or a desk in the byline counts. Sites, accounts and cities never do.
    """
    barred = tuple(n for n in not_names if not _is_persons_site(n, signals))
    signed, in_text, owners = _places(signals)
    raw = tuple(dict.fromkeys(v for place in (*signed, *owners, *in_text) for v in place.values))
    found = (
        _people(signed, barred)
        or (_people(in_text, barred) if signals.eastern else None)
        or _collective(signed, barred, lambda n: bool(credits.agencies_in(n)))
        or _people([*in_text, *owners], barred)
        or _collective(signed, barred, authors.is_staff)
    )
    if found is None:
        return Byline(raw=raw)
    if all(map(authors.is_account, found.authors)):
        found = _full_names(signed, barred) or found
    for place in (*signed, *owners):
        more = authors.people(place.values, not_names=barred)[:_MAX_AUTHORS]
        if place.evidence.startswith("meta:") and _completes(found.authors, more):
            found = Byline(authors=more, evidence=f"{found.evidence}+{place.evidence}")
    people = tuple(n for n in found.authors if not credits.is_agency(n))
    return Byline(authors=people or found.authors, evidence=found.evidence, raw=raw)


def _people(places: list[BylinePlace], barred: tuple[str, ...]) -> Byline | None:
    for place in places:
        if found := authors.people(place.values, not_names=barred)[:_MAX_AUTHORS]:
            return Byline(authors=found, evidence=place.evidence)
    return None


def _full_names(places: list[BylinePlace], barred: tuple[str, ...]) -> Byline | None:
    """A byline that readers see between headline and text, where systems state an account: "jsmith", by Joan Smith."""
    for place in places:
        if place.evidence in _SEEN:
            names = authors.people(place.values, not_names=barred)[:_MAX_AUTHORS]
            if names and not any(map(authors.is_account, names)):
                return Byline(authors=names, evidence=place.evidence)
    return None


_SEEN = ("byline", "rel=author", "profile link", "byline:text")


def _completes(have: tuple[str, ...], other: tuple[str, ...]) -> bool:
    names, more = {folded(n) for n in have}, {folded(n) for n in other}
    return names < more and len(more) <= len(names) + 4


def _collective(places: list[BylinePlace], barred: tuple[str, ...], of_kind: Callable[[str], bool]) -> Byline | None:
    """A news agency or a desk in the byline, for pages where no person is named."""
    site = {folded(n) for n in barred}
    for place in places:
        names = [n for value in place.values for n in authors.split(value) if len(n) < 40 and of_kind(n)]
        names = [n for n in dict.fromkeys(names) if folded(n) not in site]
        if names:
            return Byline(authors=tuple(names), evidence=place.evidence)
    return None


def _is_persons_site(name: str, signals: Signals) -> bool:
    """Whether the site is named after its writer: the article's author is a Person of that name, of two words or more."""
    named = jsonld.names((signals.article or {}).get("author"), signals.nodes)
    writers = {folded(n) for n, kind in named if "Person" in kind} | {folded(s) for s in signals.signers}
    return folded(name) in writers and len(name.split()) > 1 and authors.is_person(name)


def _signed(signals: Signals) -> list[BylinePlace]:
    article = signals.article or {}
    named = [n for n, _ in jsonld.names(article.get("author"), signals.nodes)]
    named = named or [n for key in ("creator", "contributor") for n, _ in jsonld.names(article.get(key), signals.nodes)]
    return [
        BylinePlace(values=named, evidence="jsonld:author"),
        *(_meta(signals, name) for name in _METAS),
        BylinePlace(values=_labelled(signals), evidence="meta:twitter:data1"),
        BylinePlace(values=signals.props.get("author", [])[:8], evidence="microdata:author"),
        BylinePlace(values=signals.signers[:4], evidence="rel=author"),
        *_bylines(signals),
        BylinePlace(values=signals.profiles, evidence="profile link"),
        BylinePlace(values=signals.written_by[:1], evidence="byline:text"),
    ]


def _meta(signals: Signals, name: str) -> BylinePlace:
    values = [v for v, _ in signals.meta(name) if not v.startswith(("http:", "https:"))]
    return BylinePlace(values=values, evidence=f"meta:{name}")


def _bylines(signals: Signals) -> list[BylinePlace]:
    """Bylines by class, those between headline and text first; neighbours of one group are one byline.

    A class that stands in several boxes after the text is the teasers' below the article.
    """
    groups: dict[tuple[str, int], list[BylineElement]] = {}
    boxes: dict[str, set[int]] = {}
    for signed in signals.bylines:
        groups.setdefault((signed.group, signed.box), []).append(signed)
        boxes.setdefault(signed.group, set()).add(signed.box)
    found: list[tuple[int, list[str]]] = []
    for (group, _), members in groups.items():
        first = members[0]
        early = first.after_headline and first.before_text
        if not early and (len(boxes[group]) > 2 or (first.after_headline and not _AUTHOR.search(group))):
            continue  # teasers', or an account's below the text, as readers have who comment
        rank = 0 if early else 1 if first.after_headline else 2
        found.append((rank, [n for m in members for n in m.names]))
    found.sort(key=lambda item: item[0])
    return [BylinePlace(values=values[:12], evidence="byline") for _, values in found[:12]]


_AUTHOR = re.compile(
    r"auth?or|auteur|autore|byline|writer|verfasser|redakteur|reporter|journalist|columnist|vcard|written|creator|contributor|yazar|penulis"
)


def _labelled(signals: Signals) -> list[str]:
    """twitter:data1 when its label says that it is the writer."""
    for n in ("1", "2"):
        if (signals.first(f"twitter:label{n}") or "").casefold().strip(" :") in _BY_LABELS:
            return [v for v, _ in signals.meta(f"twitter:data{n}")][:1]
    return []


_NAME = r"[^\W\d_a-zß-öø-ÿ][\w.’'-]*(?:\s+(?:(?:van|von|de|da|del|della|di|der|den|le|la|al|el|bin|ben|dos|du|zu|zur)\s+){0,2}[^\W\d_a-zß-öø-ÿ][\w.’'-]*){0,3}"
_BY_TEXT = re.compile(
    rf"^(?:(?P<before>.{{0,60}}?[\s|,·–-])?(?:by|By|BY|von|Von|VON|par|Par|por|Por|POR|di|Di|door|Door|av|Av|af|Af|przez|oleh|Oleh|"
    rf"Text:|Autor:|Autorin:|Author:|Auteur\s?:|Автор:|Текст:|Yazan:|Penulis:|Tekst:|Autore:)\s+(?P<names>{_NAME}(?:(?:,\s+|\s+(?:and|und|et|y|e|en|och|og|i|и)\s+){_NAME}){{0,3}}))(?P<after>.{{0,60}})$"
)


def names_in_text(text: str) -> str | None:
    """The names in a short line that reads as a byline ("By Ada Brown | 12/10/2020"), or None.

    Two words at least, or a verb of writing before: "by May" and "von Montag" are no bylines.
    """
    match = _BY_TEXT.match(text)
    if match is None:
        return None
    names, before = match["names"], (match["before"] or "").strip()
    verb = bool(_VERB.search(before))
    if len(names.split()) < 2 and not verb:
        return None
    if before and not verb and not any(c.isdigit() for c in before):
        return None
    if any(c.isdigit() for c in names):
        return None
    return names if all(authors.is_person(n) for n in authors.split(names)) else None


_VERB = re.compile(
    r"(?:posted|written|published|submitted|geschrieben|veröffentlicht|erstellt|gespeichert|écrit|publié|posté|escrito|publicado|scritto|pubblicato|geplaatst|skrevet|skriven)\b",
    re.I,
)
