"""Class names and ids that themes and publishing systems give to boilerplate: the vocabulary of pruning.

Words of class and id, in lower case, each a whole token or part of a hyphenated one; labels by language in `labels.yaml`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml
from lxml.html import HtmlElement

from etl.extract.tree import kept
from etl.normalize.text import folded

_CAPTION = re.compile(
    r"(?:^|[\s_-])(?:wp-)?(?:caption|captions|captiontext|legend|bildunterschrift|bildtext|bildnachweis|photo-?credit|image-?credit|img-?credit|"
    r"image-?desc(?:ription)?|photo-?desc(?:ription)?|imagedescription|photo-?caption|image-?caption|media-?caption|media__caption|"
    r"image__caption\S*|figure__caption|image__legend|pie-?de-?foto|piefoto|didascalia|copyright-?text|image-?copyright|picture__copyright|"
    r"fotocredit|fotograf|photographer|photo-?by|img-?copyright|content-image-copyright)(?:$|[\s_-])|caption__|__caption|-caption\b"
)
_RELATED = re.compile(
    r"(?:^|[\s_-])(?:related|related-?(?:articles?|posts?|stories|news|content|links?|topics?|items?|box|list|wrap\w*|container|section)|relacionad[oa]s?|verwandte?s?|"
    r"recommend(?:ed|ation|ations)?|recirc\w*|most-?read|most-?popular|most-?viewed|trending|top-?stories|latest-?(?:news|posts|articles|stories|wrapper)|"
    r"recent-?(?:posts|articles|news)|more-?(?:stories|news|articles|topics?|on|from|about|like-this)|read-?(?:more|also|next|too)|also-?read|see-?also|you-?may-?(?:also-?)?like|"
    r"also-?like|up-?next|next-?(?:article|post|story)|prev-?next|post-?navigation|teasers|teaser-?(?:list|grid)|newsletter\S*|"
    r"signup\S*|sign-up\S*|subscribe(?!r[-_](?:preview|only|content|premium|body))\S*|subscription-?(?:box|promo|banner)|promo|promos|promo-?(?:box|link|block|unit)|advert\w*|sponsored\S*|ad-?container|"
    r"comments?-?(?:area|list|section|wrapper|box|form|container|title|block|count|link|header)|comments|commentlist|disqus\S*|livefyre\S*|"
    r"outbrain\S*|taboola\S*|app-access-wall\S*|paywall-?(?:box|teaser|banner|message|overlay|prompt)|registration-?wall|regwall|piano-?\w*|"
    r"author-?(?:bio|box|info|card|description|about|profile)|about-?(?:the-?)?author|bio-?box|post-?author-?(?:box|info)|"
    r"info-?box|infokasten|fact-?box|faktabox|faktaruta|faktenbox|cta|cta-?(?:box|block|banner)|[a-z]+-cta|(?:whatsapp|telegram)-?(?:box|group|channel|banner|cta|promo)|"
    r"share|shares|sharing|share-?(?:bar|buttons?|links?|tools?|box|icons?)|social|social-?(?:share|links|icons|buttons|bar|media|placeholder|sharing)|sharedaddy|"
    r"pager|page-?links?|pages|blog-?pager\S*|pagination\S*|page-?nav\S*|post-?feeds|feed-?links|rating|ratings|poll|quiz|breadcrumbs?\S*|tags|tag-?(?:list|cloud|links)|post-?tags|article-?tags|entry-?tags|topics-?list|"
    r"cookie-?(?:banner|notice|consent|bar|info|message)\S*|consent-?(?:banner|placeholder|overlay|layer|notice)|opt-in\S*|privacy-?(?:placeholder|overlay)|"
    r"audio-?player|video-?player|player-?(?:container|wrapper)|jp-relatedposts|yarpp\S*|crp_related|wp-block-(?:query|latest-posts|buttons)|"
    r"article-?(?:footer|tools|related|share|social|tags|comments|newsletter|recommendations)|entry-?footer|post-?footer|story-?footer|site-?footer)(?:$|[\s_-])"
)
# As a whole name: "with-sidebar" is the column beside it.
_SIDEBAR = re.compile(
    r"(?:^|\s)(?:(?:left|right|main|widget|primary|secondary|article|post|page|site)[_-]?)?side-?bar(?:[_-](?:left|right|widget|box|area))?(?:$|\s)"
)
_COMMENTS = re.compile(
    r"(?:^|\s)(?:(?:post-|article-|entry-|reader-|the-)?comments(?:-?(?:area|list|section|wrapper|container|block))?|comment-?list|commentlist|respond|disqus_thread)(?:$|\s)"
)
_PLACEHOLDER = re.compile(
    r"sourcepoint|social-?placeholder|embed-?(?:consent|placeholder|overlay|privacy)|external-?(?:content|embed)|consent|opt-?in|recommended-?content|borlabs|usercentrics|cmplz|two-?click|2-?click|klaro"
)
_POPUP = re.compile(
    r"(?:^|[\s_-])(?:popover|tooltip(?:-?(?:content|text))?|hover-?card|rollover-?(?:block|people-block|content)|flyout|pop-?up-?(?:content|component|box|body)|(?:glossary|term|word)-?(?:info|definition|explanation|tooltip|popup|description))(?:$|[\s_-])"
)
_CREDIT = re.compile(
    r"(?:image|photo|photograph|picture|foto|bild|bilder|symbolbild|crédit|crédits|credit|fotó|фото|foto di|zdjęcie|kuva|bilde|beeld|ảnh|写真|사진)\s*(?:[:：©=]|by\s)",
    re.I,
)
_HIDDEN = re.compile(
    r"(?:^|\s)(?:screen-?reader-?text|sr-?only|visually-?hidden|visuallyhidden|assistive-text|u-?hidden|is-hidden|hide-?visually|element-invisible|offscreen)(?:$|\s)"
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_COMMENT_LINK = re.compile(r"#(?:respond|comments?\b|comment-)")
_HIDDEN_CHARS = 200  # some sites hide the paywalled body with CSS; only short hidden texts are boilerplate


# Shells of other services' posts: whose post it is and a link, no words. A tweet's blockquote has words, and stays as
# the quotation that it is: of six pages of a sample with such tweets, people kept them in four.
_EMBED = re.compile(
    r"(?:^|\s)(?:instagram-media|tiktok-embed|fb-(?:post|video|xfbml-parse-ignore)|telegram-post|imgur-embed-pub)(?:$|\s)"
)


_KINDS = (
    ("embed", _EMBED),
    ("popup", _POPUP),
    ("caption", _CAPTION),
    ("placeholder", _PLACEHOLDER),
    ("box", _RELATED),
    ("box", _SIDEBAR),
)


@kept
def kinds_of(names: str) -> frozenset[str]:
    """The kinds of boilerplate that a class and id name: embed, popup, caption, placeholder, box."""
    return frozenset(kind for kind, pattern in _KINDS if len(names) > 4 and pattern.search(names))


@kept
def names_comments(names: str) -> bool:
    """Whether a class or id is that of the readers' comments as a whole."""
    return bool(_COMMENTS.search(names))


def opens_credit(text: str) -> bool:
    """Whether a text opens as a picture's credit does: "Image: Ada Brown"."""
    return bool(_CREDIT.match(text))


_names_hidden = kept(lambda names: _HIDDEN.search(names.casefold()) is not None)


def is_hidden(element: HtmlElement, chars: int) -> bool:
    """Whether the element is hidden and short; long hidden texts are paywalled bodies."""
    if chars > _HIDDEN_CHARS:
        return False
    named = element.get("class")
    if named and _names_hidden(named):
        # The hidden words of a comment link hold the title, which is the anchor that cleaning needs.
        return not any(_COMMENT_LINK.search(a.get("href") or "") for a in (element, *element.iterancestors("a")))
    if element.get("hidden") is not None:
        return True
    style = element.get("style")
    return bool(style and _HIDDEN_STYLE.search(style))


def is_hidden_box(element: HtmlElement) -> bool:
    """Whether the element's own style or attribute hides it, however long it is, and nothing on the page opens it.

    Panels of accordions and tabs are hidden until a reader opens them, and the rest of a text behind "read more".
    """
    hidden = element.get("hidden")
    style = element.get("style")
    if not (hidden is not None and hidden != "until-found") and not (style and _NOT_DISPLAYED.search(style)):
        return False
    names = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('role') or ''} {element.get('itemprop') or ''}"
    if _OPENED.search(names) or element.get("aria-labelledby") or element.get("data-parent"):
        return False
    previous = element.getprevious()
    if previous is None:
        return True
    opens = previous.tag in ("button", "summary", "dt", "h2", "h3", "h4", "h5", "h6")
    return not opens and previous.find(".//button") is None and previous.get("aria-expanded") is None


_NOT_DISPLAYED = re.compile(r"display\s*:\s*none", re.I)
_OPENED = re.compile(
    r"accordion|collaps|panel|tab|faq|answer|toggle|expand|more|rest|full|spoiler|content|body|text|article|story|slide|page|region",
    re.I,
)


def is_label(text: str) -> bool:
    """Whether a text as a whole is a label over links to other pages, in any language."""
    return folded(text) in _labels()


@cache
def _labels() -> frozenset[str]:
    data = yaml.safe_load((Path(__file__).parent / "labels.yaml").read_text("utf-8"))
    return frozenset(folded(str(label)) for labels in data["related"].values() for label in labels)
