"""The title: the headline that readers see, without the site's name.

Pages carry it in up to seven places, cut, decorated or rewritten for search engines. Evidence, on 558 pages with a known
title: JSON-LD headline .83, h1 .72, og:title .55, `<title>` .15 as they stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from etl.extract import jsonld
from etl.extract.headings import names_headline
from etl.extract.signals import Signals
from etl.normalize.text import folded, from_markup, one_line

_SEPARATOR = re.compile(
    r"(?<!\s)\s+(?:[-–—|·•»«~:/\\<>›‹*]|::|--|\|\|)\s+|(?:(?<!\s)\s+)?[|｜»›]\s*|(?<!\s)\s+[-–—]|(?<=\w): (?=\w)|"
    r"(?<=[\u3040-\u30ff\u3400-\u9fff」』】！？])\s?[:：]\s?|(?:(?<!\s)\s+)?_\s*(?=[\u3400-\u9fff])|(?<=[\u3040-\u9fff\uac00-\ud7af])\s?[-–—]\s?"
)
_WEAK = re.compile(r"\s*[:/]\s*")  # joins a kicker to its headline as often as a site to a title
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
# "…城！-新华网": Chinese, Japanese and Korean titles carry the site without spaces around the hyphen.
_CJK_SITE = re.compile(
    r"(?<=[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af！？。”」』])\s*[-_|｜–—:：]+\s*(?=[^-_|｜–—]{2,14}$)[^-_|｜–—]*"
    r"(?:网|網|新闻|新聞|日报|日報|晚报|时报|時報|在线|報|社|台|频道|頻道|ニュース|オンライン|新报|뉴스|일보|신문|방송)$"
)
_MAX_TITLE = 400
_NO_TITLE = re.compile(
    r"^(?:home|homepage|untitled|index|article|news|blog|search|menu|startseite|404|error|none|null|undefined|loading)\W*$",
    re.I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleCandidate:
    """One title, and the name of the place it stood in."""

    value: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedTitle:
    """A title as it stood, and what is left of it without the site's name; `barred` says why it can be no title."""

    candidate: TitleCandidate
    value: str
    barred: str | None = None


def candidates(signals: Signals) -> list[TitleCandidate]:
    """Every title that the page gives, cleaned of markup, in no order of trust."""
    found: list[TitleCandidate] = []
    article = signals.article or {}
    for key in ("headline", "name"):
        found += [TitleCandidate(value=v, evidence=f"jsonld:{key}") for v in jsonld.texts(article.get(key))[:1]]
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
        found += [TitleCandidate(value=v, evidence=f"meta:{name}") for v, _ in list(signals.meta(name))[:1]]
    found += [TitleCandidate(value=v, evidence="microdata:headline") for v in signals.props.get("headline", ())[:2]]
    found += [TitleCandidate(value=text, evidence="h1") for text, _ in signals.h1s[:6]]
    found += [TitleCandidate(value=t, evidence="h2") for t, hints in signals.h2s[:12] if names_headline(hints)][:2]
    found += [TitleCandidate(value=text, evidence="h2") for text in signals.headlines[:3]]
    found += [TitleCandidate(value=text, evidence="echo") for text in signals.echoes]
    if signals.title_tag:
        found.append(TitleCandidate(value=signals.title_tag, evidence="title"))
    cleaned = [TitleCandidate(value=from_markup(c.value), evidence=c.evidence) for c in found]
    return [c for c in cleaned if 1 < len(c.value) <= _MAX_TITLE]


def weigh(signals: Signals, site_names: Iterable[str]) -> list[WeighedTitle]:
    """Every title that the page gives, and whether it can be the one."""
    barred = {folded(n) for n in site_names} - {""}
    found = candidates(signals)
    wholes = [*(c.value for c in found), *(text for text, _ in signals.h2s[:12])]
    headlines = {folded(c.value) for c in found if c.evidence in _HEADLINES}
    headlines |= {folded(rest) for c in found if (rest := _without_last(c.value, barred, set()))}
    weighed = []
    for candidate in found:
        value = trim(candidate.value, barred, wholes, headlines=headlines)
        why = None
        if not value or folded(value) in barred:
            why = "the site's name"
        elif _NO_TITLE.match(value):
            why = "a word that stands for no title"
        weighed.append(WeighedTitle(candidate=candidate, value=value, barred=why))
    return weighed


_HEADLINES = (
    "h1",
    "jsonld:headline",
    "microdata:headline",
    "echo",
)  # as the publisher set them, without the site's name


def choose(signals: Signals, site_names: Iterable[str]) -> tuple[TitleCandidate | None, tuple[str, ...]]:
    """The title, and all variants of it on the page (with and without the site's name)."""
    weighed = weigh(signals, site_names)
    found = [w.candidate for w in weighed]
    usable = [TitleCandidate(value=w.value, evidence=w.candidate.evidence) for w in weighed if w.barred is None]
    # A sub-headline may bear a title's class, so it is no variant; an h1 with its kicker is.
    sure = [c.value for c in (*usable, *found) if c.evidence != "h2"]
    variants = tuple(dict.fromkeys([*sure, *(one_line(t) for t in signals.h1_texts)]))
    by_place: dict[str, list[TitleCandidate]] = {}
    for candidate in usable:
        by_place.setdefault(candidate.evidence, []).append(candidate)
    return _chosen(by_place), variants


def _chosen(places: dict[str, list[TitleCandidate]]) -> TitleCandidate | None:
    headline = next(iter(places.get("jsonld:headline", ())), None)
    og = next((c for key in ("meta:og:title", "meta:twitter:title") for c in places.get(key, ())), None)
    tag = next(iter(places.get("title", ())), None)
    props = places.get("microdata:headline", [])
    h1 = _own_h1(places.get("h1", []), [c for c in (headline, og, tag, *props) if c])
    h2 = _own_h1(places.get("h2", []), [c for c in (headline, og, tag) if c])
    best = _visible(h1, headline, og) if h1 else None
    metas = (cs[0] for place, cs in places.items() if place.startswith("meta:") and cs)
    order = (
        best,
        headline,
        *props[:1],
        og,
        h2,
        *metas,
        *places.get("echo", []),
        tag,
        *places.get("h1", [])[:1],
        *places.get("h2", [])[:1],
        *places.get("jsonld:name", ()),
    )
    return next((c for c in order if c is not None), None)


def _visible(h1: TitleCandidate, headline: TitleCandidate | None, og: TitleCandidate | None) -> TitleCandidate:
    """The headline that readers see, but for a kicker: one glued to the h1 goes, one that the publisher states stays."""
    seen = folded(h1.value)
    for other in (headline, og):
        if other is None:
            continue
        theirs = folded(other.value)
        if seen != theirs and seen.endswith(theirs) and len(theirs.split()) > 2:
            return other
        if (
            seen != theirs
            and theirs.startswith(seen)
            and other is headline
            and og
            and folded(og.value).startswith(theirs)
        ):
            return other
        if seen != theirs and theirs.endswith(seen) and headline and og and folded(headline.value) == folded(og.value):
            return other
    return h1


def _own_h1(h1s: list[TitleCandidate], others: list[TitleCandidate]) -> TitleCandidate | None:
    """The headline that another place confirms: the one that shares most of the words, the earlier of equals."""
    best, most = None, 0.0
    for h1 in h1s:
        words = set(folded(h1.value).split())
        for other in others:
            theirs = set(folded(other.value).split())
            if len(words) == 1 and _is_long(h1.value, words=9) and folded(h1.value) in folded(other.value):
                words, theirs = {"1"}, {"1"}  # of a script that parts no words
            if not words or not theirs:
                continue
            shared = len(words & theirs) / min(len(words), len(theirs))
            full = len(words & theirs) / max(len(words), len(theirs))
            if shared >= 0.6 and full > most and (len(words) > 1 or words == theirs):
                best, most = h1, full
    if best is None and len(h1s) == 1 and (len(h1s[0].value.split()) > 3 or not others):
        return h1s[0]
    return best


def trim(title: str, site_names: set[str], others: Iterable[str] = (), *, headlines: Iterable[str] = ()) -> str:
    """The title without the site's or a section's name at either end.

    A part goes when it is a name of the site, or when what is left stands elsewhere on the page as a whole title. At the
    front the site's name stays where the page has the whole as a headline (`headlines`, folded), or the name at the end too.

    >>> trim("Rates rise - The Example Times", {"the example times"})
    'Rates rise'
    >>> trim("Apple: what the new phone costs | Apple", {"apple"})
    'Apple: what the new phone costs'
    """
    wholes = {folded(o) for o in others if o != title}
    own = set(headlines)
    for _ in range(2):
        title = _CJK_SITE.sub("", title) or title
    has_end = False
    for _ in range(3):
        shorter = _without_last(title, site_names, wholes)
        if shorter is not None:
            has_end = True
        elif not (shorter := _without_first(title, site_names, wholes, is_own=has_end or folded(title) in own)):
            return title
        title = shorter
    return title


def _without_last(title: str, site_names: set[str], wholes: set[str]) -> str | None:
    for cut in reversed(list(_SEPARATOR.finditer(title))):
        rest, part = title[: cut.start()].strip(), title[cut.end() :].strip()
        known = not _WEAK.fullmatch(cut[0]) and folded(rest) in wholes and _is_long(rest, words=2)
        if rest and known:
            return rest
        if rest and _is_site(part, site_names):
            return _without_section(rest, cut[0]) if part == title[cut.end() :].strip() and cut[0].strip() else rest
    return None


def _without_section(rest: str, sign: str) -> str:
    """The title without the section that stands between it and the site's name, parted by the same sign."""
    front, parted, section = rest.rpartition(sign)
    is_section = len(section.split()) <= _SECTION_WORDS and not any(c.isdigit() for c in section)
    return front.strip() if parted and sign.strip() and is_section and _is_long(front, words=4) else rest


_SECTION_WORDS = 2
_DENSE_CHARS = 9  # of a headline in a script that parts no words


def _is_long(text: str, *, words: int) -> bool:
    key = folded(text)
    return len(key.split()) >= words or (len(key) >= _DENSE_CHARS and _UNSPACED.search(key) is not None)


_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def _without_first(title: str, site_names: set[str], wholes: set[str], *, is_own: bool) -> str | None:
    cut = _SEPARATOR.search(title)
    if cut is None:
        return None
    part, rest = title[: cut.start()].strip(), title[cut.end() :].strip()
    weak = bool(_WEAK.fullmatch(cut[0]))
    known = not weak and folded(rest) in wholes and _is_long(rest, words=3)
    dated = bool(_DATE.fullmatch(part))
    # "Corti introduces GIM: …" is a headline that begins with the site's name, "The Corti Blog: …" is none.
    named = not is_own and _is_site(part, site_names) and (not weak or _is_bare_name(part, site_names))
    return rest if rest and (known or dated or named) else None


def _is_site(part: str, site_names: set[str]) -> bool:
    """Whether a part is a name of the site, with an article, a suffix or a slogan of a few words, or shortened."""
    tight = _tight(part)
    if not tight:
        return False
    if _is_bare_name(part, site_names):
        return True
    for name in map(_tight, site_names):
        if tight == name:
            return True
        if min(len(tight), len(name)) > 3 and (
            name.startswith(tight) or (tight.startswith(name) and len(folded(part).split()) <= _SITE_WORDS)
        ):
            return True
    return False


_SITE_WORDS = 6
_SITE_EXTRA = frozenset(
    "the a le la les el los das der die de het il blog news online magazine magazin web com net org www weblog journal daily official site website tv radio digital".split()
)


def _is_bare_name(part: str, site_names: set[str]) -> bool:
    """Whether a part is a name of the site and nothing but articles and words such as "blog" beside it."""
    words = [w for w in folded(part).split() if w not in _SITE_EXTRA]
    tight = _tight(" ".join(words))
    names = {_tight(" ".join(w for w in folded(n).split() if w not in _SITE_EXTRA)) for n in site_names}
    return bool(tight) and tight in names


def _tight(name: str) -> str:
    """Letters and digits of a name without accents and spaces, as host names write it."""
    plain = unicodedata.normalize("NFD", folded(name))
    return "".join(c for c in plain if c.isalnum())
