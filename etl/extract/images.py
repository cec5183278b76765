"""Pictures of a page, with caption and credit, read before captions are taken out of the tree."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from lxml.html import HtmlElement

from etl.extract import jsonld
from etl.extract.signals import Signals
from etl.extract.tree import classes, text_of
from etl.model import Image
from etl.normalize.text import from_markup

_MAX_IMAGES = 30
_MAX_CAPTION = 600
_CREDIT = re.compile(
    r"(?:\(|\||/|–|—|\s)\s*((?:©|\(c\)|Photo(?:graph)?(?: by| courtesy of)?|Photo credit|Picture|Pictures?|Image(?: credit| courtesy of)?|Credit|Courtesy|Foto|Fotó|Bild|Quelle|Crédit(?:s)?|Crédito|Foto di|Fot\.|Фото|Kuva|Beeld|صورة|사진|写真|図片来源)"
    r"\s*[:：=©]?\s*[^()|]{2,80})\)?\s*$",
    re.I,
)
_CREDIT_CLASS = re.compile(r"credit|copyright|source|quelle|attribution|photographer|fotograf|byline")


def collect(root: HtmlElement, signals: Signals) -> tuple[tuple[Image, ...], tuple[str, ...]]:
    """The pictures (og:image and JSON-LD first, then figures), and every caption and credit text of the page."""
    images: dict[str, Image] = {}
    texts: list[str] = []
    for value in [v for v, _ in signals.meta("og:image", "og:image:url", "twitter:image", "og:image:secure_url")][:4]:
        _keep(images, signals.url, value, None, None)
    article = signals.article or {}
    for address, caption, credit in _ld_images(article.get("image")):
        _keep(images, signals.url, address, caption, credit)
    for figure in list(root.iter("figure"))[:200]:
        caption, credit = _caption(figure)
        texts += [t for t in (caption, credit) if t]
        image = next((s for s in (_source(img) for img in figure.iter("img")) if s), None)
        if image:
            _keep(images, signals.url, image, caption, credit)
    return tuple(images.values())[:_MAX_IMAGES], tuple(dict.fromkeys(texts))


def _ld_images(value: object) -> list[tuple[str, str | None, str | None]]:
    items = value if isinstance(value, list) else [value]
    found: list[tuple[str, str | None, str | None]] = []
    for item in items[:10]:
        if isinstance(item, str):
            found.append((item, None, None))
        elif isinstance(item, dict):
            url = jsonld.text(item.get("url")) or jsonld.text(item.get("contentUrl")) or jsonld.text(item.get("@id"))
            if url:
                found.append(
                    (
                        url,
                        jsonld.text(item.get("caption")),
                        jsonld.text(item.get("creditText")) or jsonld.text(item.get("copyrightHolder")),
                    )
                )
    return found


def _source(image: HtmlElement) -> str | None:
    for attribute in ("src", "data-src", "data-original", "data-lazy-src"):
        value = (image.get(attribute) or "").strip()
        if value and not value.startswith("data:"):
            return value
    return None


def _caption(figure: HtmlElement) -> tuple[str | None, str | None]:
    caption = next(figure.iter("figcaption"), None)
    if caption is None:
        return None, None
    credit = next(
        (text_of(e) for e in caption.iterdescendants() if isinstance(e.tag, str) and _CREDIT_CLASS.search(classes(e))),
        None,
    )
    text = text_of(caption)[:_MAX_CAPTION]
    if credit and text.endswith(credit):
        text = text[: -len(credit)].rstrip(" |/–—-(")
    elif match := _CREDIT.search(text):
        credit, text = match[1].strip(), text[: match.start()].strip()
    return text or None, credit or None


def _keep(images: dict[str, Image], base: str, url: str, caption: str | None, credit: str | None) -> None:
    try:
        absolute = urljoin(base, url.strip())
    except ValueError:
        return
    if not absolute.startswith(("http://", "https://")) or len(absolute) > 2000:
        return
    key = absolute.partition("?")[0]
    known = images.get(key)
    caption = from_markup(caption)[:_MAX_CAPTION] if caption else None
    credit = from_markup(credit)[:200] if credit else None
    if known is None:
        if len(images) < _MAX_IMAGES:
            images[key] = Image(url=absolute, caption=caption, credit=credit)
    elif (caption and not known.caption) or (credit and not known.credit):
        images[key] = Image(url=known.url, caption=known.caption or caption, credit=known.credit or credit)
