"""Classifies a page and so decides its outcome: by structured data first, markup second, wording third.

Wording alone never classifies a page with a long text as something else: there are articles about cookies, paywalls and
page errors, and footers of free pages contain the phrases of a paywall (github.com/forcingfx/feedzero/issues/226). Nor
does it overrule a page that states when it was published.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from etl.extract import jsonld, page_kinds
from etl.extract.page_features import PageFeatures, is_said_to_be_gone, visible
from etl.extract.page_phrases import hits, says
from etl.extract.signals import Signals
from etl.model import Outcome, PageType

_SHORT = 600  # characters, below which a page can be something else than an article
_LITTLE = 200  # below which there is practically no text
_STUB = 350  # below which a paywalled page has too little text to be an article
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # scripts that say three times as much in a character
# Lower case; looked for in the lowered source of pages with little text.
_CHALLENGE_MARKS = (
    "cf-browser-verification", "cf_chl_", "px-captcha", "captcha-delivery.com", "_incapsula_resource", "ddos-guard", "awswafcookiedomainlist",
    "sucuri_cloudproxy", "distil_r_captcha",
)  # fmt: skip
# These are on ordinary pages as well: in comment forms, and as guards that let readers pass.
_GUARD_MARKS = ("cdn-cgi/challenge-platform", "perimeterx", "datadome", "g-recaptcha", "h-captcha", "ak_bmsc", "kpsdk")
_CONSENT_MARKUP = re.compile(
    r"consent\.(?:google|youtube|yahoo)|sp_message_container|privacy-?gate|cookiewall|cookie-wall|consent-?wall|cmp-?wall|purwall|pur-abo",
    re.I,
)
_PAYWALL_MARKUP = re.compile(
    r"(?:class|id|data-[\w-]{1,80})=[\"'][^\"']{0,200}(?:paywall|pay-wall|piano-|tp-modal|poool|meteredcontent|subscriber-only|premium-content|regwall|"
    r"article-gate|content-gate|locked-content|paid-content|plus-artikel|gh-post-upgrade-cta)",
    re.I,
)
_LIST_TYPES = frozenset(("CollectionPage", "ItemList", "SearchResultsPage", "ProfilePage"))
_GALLERY_TYPES = frozenset(("ImageGallery", "MediaGallery", "VideoGallery"))
_PLAYED_TYPES = frozenset(("VideoObject", "AudioObject", "PodcastEpisode"))
_LIST_PATH = re.compile(
    r"^/(?:[a-z]{2}/?)?$|/index\.html?$|/(?:tags?|topics?|tagged|categor(?:y|ies|ia|ias|ie)|kategori(?:e|a)?|rubri(?:k|que|ka|ca)|secci(?:o|ó)n|sujets?|"
    r"thema|themen|temas?|argomenti|etiket(?:ler)?|etiquetas?|konu|label|autor(?:en|es)?|auteurs?|autore|authors?|yazar(?:lar)?|archiv\w*|search|suche|"
    r"buscar|recherche|cerca|page)/[^/]*/?$",
    re.I,
)
_PAGE_NUMBER = re.compile(r"/page/\d+/?$")
_PROSE_CHARS = 40
_SENTENCE_END = re.compile(r"[.!?…。！？؟।]['\"”’»)]*\s*$")
_RIGHTS = re.compile(r"\s*(?:©|\(c\)|copyright\b)", re.I)
_TEASERS = 5  # linked headings of a page that says it is a list
_MANY_TEASERS = 15  # of one that does not
_ENTRIES = 3  # of a live blog that is marked up as one
_CLOCKS = 5  # of one that only says so
_PIECES = 4  # paragraphs of a digest


@dataclass(frozen=True, slots=True, kw_only=True)
class PageClassification:
    """Type and outcome of a page, the reason where it is no article, and whether its text is known to be cut short."""

    page_type: PageType
    outcome: Outcome
    detail: str | None = None
    truncated: bool = False


@dataclass(frozen=True, kw_only=True)
class _PageFacts:
    signals: Signals
    source: str
    features: PageFeatures
    text: str
    title: str
    size: int  # characters of text, those of dense scripts counted three times

    @cached_property
    def visible(self) -> str:
        """The start of the page's visible text; computed only where there is little article text."""
        return visible(self.source)

    @property
    def is_dated(self) -> bool:
        """The page states in metadata that it is an article, and its date."""
        return bool(
            (self.signals.article or {}).get("datePublished")
            or self.signals.first("article:published_time", "og:article:published_time")
            or self.signals.props.get("datepublished")
        )


def classify(
    signals: Signals,
    source: str,
    features: PageFeatures,
    text: str,
    title: str | None,
    paywall_marker: str | None = None,
) -> PageClassification:
    """Classify a page; `source` is its markup, `text` the clean article."""
    weight = 3 if len(_DENSE.findall(text[:400])) > 0.3 * min(400, len(text) or 1) else 1
    facts = _PageFacts(
        signals=signals,
        source=source,
        features=features,
        text=text,
        title=title or signals.title_tag or "",
        size=weight * len(text),
    )
    claim = free_claim(signals)
    return (
        _instead(facts)
        or _behind_paywall(facts, claim, paywall_marker)
        or _without_text(facts)
        or _list(facts)
        or _without_prose(facts)
        or PageClassification(
            page_type=_article_type(facts),
            outcome=Outcome.ARTICLE,
            truncated=_truncated(signals, text, claim is False, paywall_marker),
        )
    )


def free_claim(signals: Signals) -> bool | None:
    """isAccessibleForFree as the page claims it; some publishers always say false."""
    for node in (signals.article or {}, *signals.nodes[:50]):
        value = node.get("isAccessibleForFree")
        if value is not None:
            return str(value).strip().casefold().rsplit("/", 1)[-1] not in ("false", "no", "0")
    tier = (signals.first("article:content_tier", "og:article:content_tier") or "").casefold()
    return {"free": True, "locked": False, "metered": None}.get(tier)


def has_prose(text: str, title: str | None = None) -> bool:
    """Whether any line can be article text: a byline, a date, a rights line or the title is not."""
    lines = [line for line in text.split("\n") if not title or line != title]
    return any(
        (len(line) >= _PROSE_CHARS or _SENTENCE_END.search(line) or _DENSE.search(line)) and not _RIGHTS.match(line)
        for line in lines
    )


def _instead(facts: _PageFacts) -> PageClassification | None:
    """A page that stands in an article's place: challenge, consent, page not found, error."""
    if facts.size >= _SHORT:
        return None
    return _challenge(facts) or _consent(facts) or _not_found(facts) or _error(facts)


def _challenge(facts: _PageFacts) -> PageClassification | None:
    if facts.is_dated or facts.signals.article:
        return None
    shown = len(facts.visible)
    said = says("challenge", f"{facts.title}\n{facts.visible[:300]}")
    if facts.size < _LITTLE or said:
        source = facts.source.lower()
        marks = _CHALLENGE_MARKS if shown < 3000 else ()
        mark = next((m for m in (*marks, *(_GUARD_MARKS if said else ())) if m in source), None)
        if mark:
            return PageClassification(page_type=PageType.BOT_CHALLENGE, outcome=Outcome.BOT_CHALLENGE, detail=mark)
    if said and facts.size < _LITTLE and shown < 2000:
        detail = facts.title or "words of a challenge"
        return PageClassification(page_type=PageType.BOT_CHALLENGE, outcome=Outcome.BOT_CHALLENGE, detail=detail)
    return None


def _consent(facts: _PageFacts) -> PageClassification | None:
    """A consent wall. Not a short article above a banner: the text itself has to be about consent."""
    if facts.is_dated or facts.signals.article:
        return None
    count = hits("consent", facts.visible[:6000])
    inside = hits("consent", facts.text)
    is_text_of_it = not has_prose(facts.text) or inside >= 2 or (inside and facts.size < _LITTLE)
    marked = bool(count) and facts.size < _LITTLE and bool(_CONSENT_MARKUP.search(facts.source))
    if is_text_of_it and ((count >= 2 and len(facts.visible) < 6000) or marked):
        return PageClassification(
            page_type=PageType.CONSENT_WALL,
            outcome=Outcome.CONSENT_WALL,
            detail=f"{count} phrases of consent and little else",
        )
    return None


def _not_found(facts: _PageFacts) -> PageClassification | None:
    if is_said_to_be_gone(facts.signals):
        return PageClassification(
            page_type=PageType.SOFT_404, outcome=Outcome.SOFT_404, detail="says that its status is 404"
        )
    if facts.is_dated:
        return None
    if facts.features.calls_itself == "not_found" or says("not_found", _headlines(facts)):
        return PageClassification(page_type=PageType.SOFT_404, outcome=Outcome.SOFT_404, detail=facts.title or None)
    return None


def _error(facts: _PageFacts) -> PageClassification | None:
    if facts.is_dated or not says("error", _headlines(facts)):
        return None
    return PageClassification(
        page_type=PageType.ERROR, outcome=Outcome.HTTP_ERROR, detail=facts.title or "words of an error"
    )


def _headlines(facts: _PageFacts) -> str:
    """Title and main headlines, a line each; of a page without any, its first words."""
    lines = [facts.title, *(t for t, _ in facts.signals.h1s[:2])]
    return "\n".join(line for line in lines if line) or facts.visible[:80]


def _behind_paywall(facts: _PageFacts, claim: bool | None, marker: str | None) -> PageClassification | None:
    """Too little text, and a claim or a marker in the text that more is sold. A paywall box alone is on free pages, too."""
    if claim or facts.size >= _STUB or not (marker or claim is False):
        return None
    if marker or _PAYWALL_MARKUP.search(facts.source) or says("paywall", facts.visible):
        return PageClassification(
            page_type=PageType.PAYWALL_STUB,
            outcome=Outcome.PAYWALL_STUB,
            detail=f"paywall, {len(facts.text)} characters of text",
        )
    return None


def _without_text(facts: _PageFacts) -> PageClassification | None:
    if facts.text:
        return None
    if _is_media(facts):
        return PageClassification(
            page_type=PageType.MEDIA_STUB, outcome=Outcome.EMPTY_TEXT, detail="a video or gallery without text"
        )
    return PageClassification(page_type=PageType.EMPTY, outcome=Outcome.EMPTY_TEXT, detail="no text was found")


def _without_prose(facts: _PageFacts) -> PageClassification | None:
    if has_prose(facts.text, facts.title):
        return None
    page_type = PageType.MEDIA_STUB if _is_media(facts) else PageType.EMPTY
    return PageClassification(page_type=page_type, outcome=Outcome.EMPTY_TEXT, detail="no line of prose was found")


def _article_type(facts: _PageFacts) -> PageType:
    kinds = jsonld.types(facts.signals.article or {})
    if jsonld.LIVE_BLOG in kinds or facts.features.entries >= _ENTRIES:
        return PageType.LIVE_BLOG
    if facts.features.clocks >= _CLOCKS and says("live", facts.title):
        return PageType.LIVE_BLOG
    if facts.size < _SHORT and _is_media(facts):
        return PageType.MEDIA_STUB
    if (kind := page_kinds.kind_of(facts.signals)) is not None:
        return kind
    if facts.text.count("\n") + 1 >= _PIECES and says("digest", facts.title):
        return PageType.DIGEST
    return PageType.ARTICLE


def _is_media(facts: _PageFacts) -> bool:
    """A page about a video, a sound or pictures: its metadata says so, or it has one and next to no text."""
    kinds = {k for node in (facts.signals.article or {}, *facts.signals.nodes[:30]) for k in jsonld.types(node).split()}
    own = jsonld.types(facts.signals.article or {})
    if "Video" in own or "Podcast" in own or kinds & _GALLERY_TYPES or (not own and kinds & _PLAYED_TYPES):
        return True
    if (facts.signals.first("og:type") or "").startswith(("video", "music")):
        return True
    return facts.features.has_gallery or (facts.features.has_player and facts.size < _STUB)


def _list(facts: _PageFacts) -> PageClassification | None:
    """A front, section or search page: it says so, or consists of linked headlines; never with a dated article node."""
    signals, features = facts.signals, facts.features
    if (signals.article or {}).get("datePublished") or (signals.first("og:type") or "") == "article":
        return None
    if features.calls_itself == "single" or _is_media(facts):
        return None
    kinds = {k for node in signals.nodes[:30] for k in jsonld.types(node).split()}
    long_lines = sum(1 for line in facts.text.split("\n") if len(line) >= 140)
    path = _path(signals.url)
    says_so = (
        bool(kinds & _LIST_TYPES)
        or features.calls_itself == "list"
        or bool(_LIST_PATH.search(path))
        or bool(_PAGE_NUMBER.search(path))
    )
    if says_so:
        is_list = features.headline_links >= _TEASERS and long_lines * 3 <= features.headline_links
    else:
        is_list = features.headline_links >= _MANY_TEASERS and long_lines <= 2 and not facts.is_dated
    if not is_list:
        return None
    detail = f"{features.headline_links} linked headlines and no article"
    return PageClassification(page_type=PageType.LIST, outcome=Outcome.LIST_PAGE, detail=detail)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return ""


def _truncated(signals: Signals, text: str, claimed: bool, marker: str | None) -> bool:
    """Whether the text stops before the article does: at least two of four indications."""
    words = jsonld.text((signals.article or {}).get("wordCount"))
    counted = int(words) if words and words.isdigit() and len(words) < 6 else 0
    short = counted > 80 and not _DENSE.search(text[:200]) and len(text.split()) < 0.6 * counted
    open_end = text.rstrip().endswith(("...", "…", "[…]", "[...]"))
    return (claimed + bool(marker) + short + open_end) >= 2
