"""Features of a page's markup that indicate its type, measured before anything is removed from the tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from etl.extract.body import strip
from etl.extract.container import has_linked_heading
from etl.extract.signals import Signals
from etl.extract.tree import classes, kept, parse
from etl.normalize.text import one_line

_VISIBLE_CHARS = 20_000
_CLOCK = re.compile(r"\d[:.h]\d\d|T\d\d:\d\d")
_ENTRY = re.compile(
    r"(?:^|[\s_-])(?:live-?blog|live-?ticker|live-?(?:update|entry|post|event)|lb-?(?:post|entry|item)|ticker-?(?:entry|event|item|post)|timeline-?(?:entry|item))"
)
_PLAYER_HOSTS = re.compile(
    r"youtube(?:-nocookie)?\.com/embed|player\.vimeo|dailymotion\.com/(?:embed|player)|jwplatform|jwplayer|brightcove|kaltura|rutube\.ru/play|"
    r"player\.twitch|aparat\.com|bilibili\.com/player|soundcloud\.com/player|open\.spotify\.com/embed",
    re.I,
)
_PLAYER = re.compile(
    r"(?:^|[\s_-])(?:video-?js|jwplayer|jw-?player|brightcove|video-?player|player-?video|audio-?player)"
)
_GALLERY = re.compile(
    r"(?:^|[\s_-])(?:photo-?|image-?|picture-?|bilder-?|foto-?)?(?:gallery|galerie|galeria|slideshow|slide-?show|fotostrecke|bildergalerie|diaporama|fotogaleria)"
)
# Body classes of WordPress and similar systems: the system's own name for the type of page.
_LIST_CLASS = frozenset(
    "archive category tag author search search-results date blog home tax-post_tag post-type-archive".split()
)
_SINGLE_CLASS = frozenset("single single-post single-format-standard postid article-page".split())
_NOT_FOUND_CLASS = frozenset("error404 error-404 page-404 page404 not-found notfound page-not-found 404 is-404".split())
_PICTURES = 6  # in one gallery; a report has two or three


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFeatures:
    """Counts and marks of one page."""

    headline_links: int  # headings that are links: the heads of teasers
    clocks: int  # times of day that stand in no teaser, menu or margin
    entries: int  # elements named as entries of a live blog
    has_player: bool  # of video or sound
    has_gallery: bool
    calls_itself: str | None  # list, single or not_found, by the system's own class of the page


def measure(root: HtmlElement, signals: Signals, *, has_player: bool) -> PageFeatures:
    """Measure the page, scripts and styles taken out already; `has_player` is measured before."""
    body = root.find("body")
    return PageFeatures(
        headline_links=sum(1 for h in root.iter("h2", "h3", "h4") if has_linked_heading(h)),
        clocks=sum(1 for t in root.iter("time") if _is_clock(t)),
        entries=sum(
            1 for e in _named(root, signals, _names_entry, "div", "article", "section", "li") if _is_in_the_column(e)
        ),
        has_player=has_player,
        has_gallery=any(
            _holds_pictures(e)
            for e in _named(root, signals, _names_gallery, "div", "section", "figure", "ul", "article")
        ),
        calls_itself=_own_name(root, body),
    )


def has_player(root: HtmlElement, signals: Signals) -> bool:
    """Whether the page has a player. It looks at frames, so call it before these are removed."""
    if next(root.iter("video", "audio"), None) is not None:
        return True
    if any(_PLAYER_HOSTS.search(f.get("src") or f.get("data-src") or "") for f in root.iter("iframe", "embed")):
        return True
    return next(_named(root, signals, _names_player, "div", "figure", "section"), None) is not None


def _named(root: HtmlElement, signals: Signals, test: Callable[[str], bool], *tags: str) -> Iterator[HtmlElement]:
    """Elements with a class whose class and id pass the test; for most pages the set of all names shows that there are none."""
    if not any(map(test, signals.names)):
        return iter(())
    return (e for e in root.iter(*tags) if e.get("class") and test(classes(e)))


_names_entry = kept(lambda names: _ENTRY.search(names) is not None)
_names_player = kept(lambda names: _PLAYER.search(names) is not None)
_names_gallery = kept(lambda names: _GALLERY.search(names) is not None)


def is_said_to_be_gone(signals: Signals) -> bool:
    """Whether a meta element states the status 404 or 410, as single-page applications do."""
    status = signals.first("prerender-status-code", "status", "x-status-code") or ""
    return status.strip() in ("404", "410")


def _is_clock(time: HtmlElement) -> bool:
    if not (_CLOCK.search(time.get("datetime") or "") or _CLOCK.search(time.text or "")):
        return False
    return next(time.iterancestors("a", "aside", "footer", "nav", "header"), None) is None


def _is_in_the_column(element: HtmlElement) -> bool:
    return next(element.iterancestors("aside", "footer", "nav", "header"), None) is None


def _holds_pictures(element: HtmlElement) -> bool:
    return len(list(islice(element.iter("img"), _PICTURES))) == _PICTURES


def _own_name(root: HtmlElement, body: HtmlElement | None) -> str | None:
    tokens = {t for e in (root, body) if e is not None for t in (e.get("class") or "").lower().split()}
    if tokens & _NOT_FOUND_CLASS:
        return "not_found"
    if tokens & _SINGLE_CLASS:
        return "single"
    return "list" if tokens & _LIST_CLASS else None


def visible(markup: str) -> str:
    """The start of all visible text of a page. The page is parsed again: this is needed for few pages, whose tree was
    modified by then."""
    root = parse(markup)
    if root is None:
        return ""
    strip(root)
    body = root.find("body")
    return _start(body if body is not None else root)


def _start(root: HtmlElement) -> str:
    parts: list[str] = []
    size = 0
    for part in root.itertext():
        if part.isspace():
            continue
        parts.append(part)
        size += len(part)
        if size > _VISIBLE_CHARS:
            break
    return one_line(" ".join(parts))
