"""What kind of page it is, and with that the outcome: structured data first, markup second, words third.

Words alone never turn a page with a long text into something else: articles on cookies, paywalls and page errors exist,
and footers of free pages carry the phrases of a paywall (github.com/forcingfx/feedzero/issues/226).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from lxml.html import HtmlElement

from etl.extract import jsonld
from etl.extract.container import has_linked_heading
from etl.extract.signals import Signals
from etl.model import Outcome, PageType
from etl.normalize.text import one_line

_SHORT = 600  # characters, below which a page can be something else than an article
_VISIBLE_CHARS = 20_000
_STUB = 350  # below which a paywalled page has too little text to be an article
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # scripts that say three times as much in a character
# Lower case; looked for in the lowered source of pages with little text.
_CHALLENGE_MARKS = (
    "cf-browser-verification", "cf_chl_", "cdn-cgi/challenge-platform", "px-captcha", "perimeterx", "captcha-delivery.com", "datadome",
    "_incapsula_resource", "ddos-guard", "awswafcookiedomainlist", "g-recaptcha", "h-captcha", "sucuri_cloudproxy", "distil_r_captcha",
    "ak_bmsc", "kpsdk",
)  # fmt: skip
_CONSENT_MARKUP = re.compile(
    r"consent\.(?:google|youtube|yahoo)|sp_message_container|privacy-?gate|cookiewall|cookie-wall|consent-?wall|cmp-?wall|purwall|pur-abo",
    re.I,
)
_PAYWALL_MARKUP = re.compile(
    r"(?:class|id|data-[\w-]+)=[\"'][^\"']{0,200}(?:paywall|pay-wall|piano-|tp-modal|poool|meteredcontent|subscriber-only|premium-content|regwall|"
    r"article-gate|content-gate|locked-content|paid-content|plus-artikel|gh-post-upgrade-cta)",
    re.I,
)
_LIST_TYPES = frozenset(("CollectionPage", "ItemList", "SearchResultsPage", "ProfilePage", "WebSite"))
_LIST_PATH = re.compile(
    r"^/(?:[a-z]{2}/?)?$|/(?:tags?|topics?|categor(?:y|ies|ia|ie)|kategorie|rubrik|autor(?:en)?|authors?|archiv\w*|search|suche|page)/[^/]*/?$|/index\.html?$",
    re.I,
)
_PAGE_NUMBER = re.compile(r"/page/\d+/?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Type, outcome, what was seen where it is no article, and whether a text is known to be cut short."""

    page_type: PageType
    outcome: Outcome
    detail: str | None = None
    truncated: bool = False


_PROSE_CHARS = 40
_SENTENCE_END = re.compile(r"[.!?…。！？؟।]['\"”’»)]*\s*$")
_RIGHTS = re.compile(r"\s*(?:©|\(c\)|copyright\b)", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What of a page's markup speaks for a kind, measured before anything is taken out of the tree."""

    headline_links: int  # headings that are links: the heads of teasers
    times: int
    visible: str  # the start of all text


def shape(root: HtmlElement) -> Shape:
    """Measure the page, scripts and styles taken out already."""
    links = sum(1 for h in root.iter("h2", "h3", "h4") if has_linked_heading(h))
    parts: list[str] = []
    size = 0
    body = root.find("body")
    for part in (body if body is not None else root).itertext():
        if part.isspace():
            continue
        parts.append(part)
        size += len(part)
        if size > _VISIBLE_CHARS:
            break
    return Shape(headline_links=links, times=sum(1 for _ in root.iter("time")), visible=one_line(" ".join(parts)))


def has_prose(text: str) -> bool:
    """Whether any line may be an article's: a byline, a date or a rights line alone is none."""
    return any(
        (len(line) >= _PROSE_CHARS or _SENTENCE_END.search(line) or _DENSE.search(line)) and not _RIGHTS.match(line)
        for line in text.split("\n")
    )


def judge(
    signals: Signals, markup: str, seen: Shape, text: str, title: str | None, paywall_marker: str | None = None
) -> Verdict:
    """The verdict on a page; `markup` is its source, `text` the clean article."""
    size = len(text) * (3 if len(_DENSE.findall(text[:400])) > 0.3 * min(400, len(text) or 1) else 1)
    if size < _SHORT:
        other = _other(signals, markup, seen, size, title or signals.title_tag or "")
        if other is not None:
            return other
    claimed = free_claim(signals) is False
    if paywall_marker or claimed:
        boxed = bool(_PAYWALL_MARKUP.search(markup)) or bool(paywall_marker) or _says("paywall", seen.visible)
        if boxed and size < _STUB:
            return Verdict(
                page_type=PageType.PAYWALL_STUB,
                outcome=Outcome.PAYWALL_STUB,
                detail=f"paywall, {len(text)} characters of text",
            )
    if not text:
        return Verdict(page_type=PageType.EMPTY, outcome=Outcome.EMPTY_TEXT, detail="no text was found")
    truncated = _truncated(signals, text, claimed, paywall_marker)
    if _is_list(signals, seen, text):
        return Verdict(
            page_type=PageType.LIST,
            outcome=Outcome.LIST_PAGE,
            detail=f"{seen.headline_links} linked headlines and no article",
        )
    if not has_prose(text):
        return Verdict(page_type=PageType.EMPTY, outcome=Outcome.EMPTY_TEXT, detail="no line of prose was found")
    return Verdict(
        page_type=_article_type(signals, seen, size, title or ""), outcome=Outcome.ARTICLE, truncated=truncated
    )


def free_claim(signals: Signals) -> bool | None:
    """isAccessibleForFree as the page claims it; some publishers always say false."""
    for node in (signals.article or {}, *signals.nodes[:50]):
        value = node.get("isAccessibleForFree")
        if value is not None:
            return str(value).strip().casefold().rsplit("/", 1)[-1] not in ("false", "no", "0")
    tier = (signals.first("article:content_tier", "og:article:content_tier") or "").casefold()
    return {"free": True, "locked": False, "metered": None}.get(tier)


def _other(signals: Signals, markup: str, seen: Shape, size: int, title: str) -> Verdict | None:
    head = f"{title}\n{seen.visible[:300]}"
    says_challenge = _says("challenge", head)
    if not signals.article and (size < 200 or says_challenge):
        source = markup.lower()
        if mark := next((m for m in _CHALLENGE_MARKS if m in source), None):
            return Verdict(page_type=PageType.BOT_CHALLENGE, outcome=Outcome.BOT_CHALLENGE, detail=mark)
    if size < 200 and len(seen.visible) < 2000 and says_challenge:
        return Verdict(
            page_type=PageType.BOT_CHALLENGE, outcome=Outcome.BOT_CHALLENGE, detail=title or "words of a challenge"
        )
    consent = _hits("consent", seen.visible[:6000])
    if (consent >= 2 and len(seen.visible) < 6000 and not signals.article) or (
        consent >= 1 and size < 200 and _CONSENT_MARKUP.search(markup)
    ):
        return Verdict(
            page_type=PageType.CONSENT_WALL,
            outcome=Outcome.CONSENT_WALL,
            detail=f"{consent} phrases of consent and little else",
        )
    headline = "\n".join([title, *(t for t, _ in signals.h1s[:2])])
    if _says("not_found", headline) and not (signals.article or {}).get("datePublished"):
        return Verdict(page_type=PageType.SOFT_404, outcome=Outcome.SOFT_404, detail=title)
    return None


def _article_type(signals: Signals, seen: Shape, size: int, title: str) -> PageType:
    kinds = jsonld.types(signals.article or {})
    if jsonld.LIVE_BLOG in kinds or (_says("live", title) and seen.times >= 5):
        return PageType.LIVE_BLOG
    if "Video" in kinds or "Podcast" in kinds or (signals.first("og:type") or "").startswith(("video", "music")):
        return PageType.MEDIA_STUB if size < _SHORT else PageType.ARTICLE
    return PageType.DIGEST if _says("digest", title) else PageType.ARTICLE


def _is_list(signals: Signals, seen: Shape, text: str) -> bool:
    """A front, section or search page: says so, or is all linked headlines; never with a dated article node."""
    if (signals.article or {}).get("datePublished") or (signals.first("og:type") or "") == "article":
        return False
    kinds = {k for node in signals.nodes[:30] for k in jsonld.types(node).split()}
    long_lines = sum(1 for line in text.split("\n") if len(line) >= 140)
    try:
        path = urlsplit(signals.url).path or "/"
    except ValueError:
        path = ""
    says_so = (
        bool(kinds & (_LIST_TYPES - {"WebSite"})) or bool(_LIST_PATH.search(path)) or bool(_PAGE_NUMBER.search(path))
    )
    if says_so:
        return seen.headline_links >= 5 and long_lines * 3 <= seen.headline_links
    return seen.headline_links >= 15 and long_lines <= 2 and not signals.first("article:published_time")


def _truncated(signals: Signals, text: str, claimed: bool, marker: str | None) -> bool:
    """Whether the text stops before the article does: two witnesses."""
    words = jsonld.text((signals.article or {}).get("wordCount"))
    counted = int(words) if words and words.isdigit() and len(words) < 6 else 0
    short = counted > 80 and not _DENSE.search(text[:200]) and len(text.split()) < 0.6 * counted
    open_end = text.rstrip().endswith(("...", "…", "[…]", "[...]"))
    return (claimed + bool(marker) + short + open_end) >= 2


def _says(kind: str, text: str) -> bool:
    return any(p.search(text) for p in _phrases(kind))


def _hits(kind: str, text: str) -> int:
    return sum(bool(p.search(text)) for p in _phrases(kind))


@cache
def _phrases(kind: str) -> tuple[re.Pattern[str], ...]:
    data = yaml.safe_load((Path(__file__).parent / "phrases.yaml").read_text("utf-8"))
    return tuple(re.compile(str(pattern), re.I) for patterns in data[kind].values() for pattern in patterns)
