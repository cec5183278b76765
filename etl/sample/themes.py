"""HTML of the newsroom: a page, its site and its neighbours → the document that the site's system gives.

A theme is a file in `seeds/sample_site/themes`: fragments in its front matter, then the document. `${...}` stands for
a value that is ready to be printed; `${label_x}` is the word for x in the site's language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from html import escape
from string import Template
from typing import Any

import yaml
from babel.dates import format_datetime

from etl.errors import Permanent
from etl.sample import structured
from etl.sample.content import Block, SamplePage, SampleSite, root

_LABEL = re.compile(r"\$\{label_(\w+)\}")
RELATED = 4
_FOOTER = '<li><a href="${url}">${name}</a></li>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Fragments of a theme; each is a template of its own."""

    document: str
    paragraph: str = "<p>${text}</p>"
    heading: str = "<h2>${text}</h2>"
    quote: str = "<blockquote><p>${text}</p></blockquote>"
    item: str = "<li>${text}</li>"
    joiner: str = "\n"
    inset: str = ""  # something foreign in the middle of the text
    inset_after: int = 2
    figure: str = '<figure><img src="${image}" alt=""><figcaption>${caption} <i>${credit}</i></figcaption></figure>'
    related: str = '<li><a href="${url}">${title}</a></li>'
    nav: str = '<li><a href="${url}">${name}</a></li>'
    tag: str = '<a href="${url}" rel="tag">${name}</a>'
    author: str = '<a href="${url}" rel="author">${name}</a>'
    comment: str = '<li class="comment"><cite>${name}</cite> <p>${text}</p></li>'
    meta_line: str = "${categories} ${date} ${comment_line}"  # what a glued comment line is made of
    tail: str = ""  # what is glued to the last paragraph
    precision: str = "second"  # how exactly its pages say when they were published

    @property
    def parts(self) -> tuple[str, ...]:
        """All its templates."""
        return tuple(getattr(self, each.name) for each in fields(self) if isinstance(getattr(self, each.name), str))


@cache
def load(name: str) -> Theme:
    """The theme of that name. Raises `Permanent` when its file cannot be used."""
    path = root() / "themes" / f"{name}.html"
    parts = path.read_text(encoding="utf-8").split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise Permanent(f"{path}: does not begin with front matter between two lines of ---")
    return Theme(document=parts[2], **(yaml.safe_load(parts[1]) or {}))


def render(page: SamplePage, site: SampleSite, neighbours: Sequence[SamplePage], port: int) -> str:
    """The document of one page. `neighbours` are the site's articles, in a fixed order."""
    theme = load(page.theme or site.theme)
    values = _site_values(site, port) | _page_values(theme, page, site, port)
    values |= {
        "related": _related(theme, page, neighbours, skip=0),
        "latest": _related(theme, page, neighbours, skip=RELATED),
        "body": _body(theme, page, site),
    }
    return _fill(theme.document, values, site)


def front(site: SampleSite, heading: str, entries: Sequence[tuple[SamplePage, str]], port: int) -> str:
    """A front or section page: links to articles, each with the printed URL, and the boilerplate around them."""
    theme = load("front")
    items = [
        Template(theme.related).substitute(
            url=escape(url), title=escape(page.title), description=escape(page.description), date=_date(page, site)
        )
        for page, url in entries
    ]
    values = _site_values(site, port) | {"heading": escape(heading), "items": "\n".join(items)}
    values["nav"] = "\n".join(_links(theme.nav, site.nav))
    return _fill(theme.document, values, site)


def labels_of(page: SamplePage, site: SampleSite) -> tuple[str, ...]:
    """The site's own words that are printed around this page's text, title filled in."""
    theme = load(page.theme or site.theme)
    names = {name for part in theme.parts for name in _LABEL.findall(part)}
    names -= set() if page.caption else set(_LABEL.findall(theme.figure))
    if "${entry}" in theme.document and page.glue:
        names |= {page.comment_line, "leave_comment"}
    return tuple(sorted({_label(site, name, page.title) for name in names} - {""}))


def related_titles(page: SamplePage, site: SampleSite, neighbours: Sequence[SamplePage]) -> tuple[str, ...]:
    """Titles of other articles that are printed on this page."""
    document = load(page.theme or site.theme).document
    places = [skip for name, skip in (("${related}", 0), ("${latest}", RELATED)) if name in document]
    after = _after(page, neighbours)
    return tuple(each.title for skip in places for each in after[skip : skip + RELATED])


def date_line(page: SamplePage, site: SampleSite) -> str:
    """The date as the page prints it."""
    return page.visible if page.visible is not None else _date(page, site)


def _page_values(theme: Theme, page: SamplePage, site: SampleSite, port: int) -> dict[str, str]:
    base = site.base(port)
    return {
        "title": escape(page.title),
        "description": escape(page.description),
        "url": escape(f"{base}{page.canonical or page.path}"),
        "path": escape(page.path),
        "amp_link": f'<link rel="amphtml" href="{base}{page.amp}">' if page.amp else "",
        "charset_meta": f'<meta charset="{page.charset_label}">' if page.charset_in != "header" else "",
        "charset_http_equiv": (
            f'<meta http-equiv="Content-Type" content="text/html; charset={page.charset_label}">'
            if page.charset_in != "header"
            else ""
        ),
        "published": page.meta_published or page.published or "",
        "published_day": (page.published or "")[:10],
        "modified": page.modified or page.published or "",
        "date": escape(date_line(page, site)),
        "modified_date": escape(_format(page.modified or page.published, site)),
        "section": escape(page.section or ""),
        "byline": escape(", ".join(page.authors)),
        "authors": ", ".join(_links(theme.author, page.authors)),
        "signature": " ".join(
            [_label(site, "by", ""), ", ".join(_links(theme.author, page.authors))][: 2 * bool(page.authors)]
        ),
        "tags": (", " if theme.tag.startswith("<a") else "\n").join(_links(theme.tag, page.tags)),
        "tag_words": escape(", ".join(page.tags)),
        "tag_metas": "".join(f'<meta property="article:tag" content="{escape(tag)}">' for tag in page.tags),
        "image_meta": f'<meta property="og:image" content="{base}{page.image}">' if page.image else "",
        "figure": _figure(theme, page, site),
        "comments": "\n".join(
            Template(theme.comment).substitute(name=escape(each["name"]), text=escape(each["text"]))
            for each in page.comments
        ),
        "comment_count": str(len(page.comments)),
        "json_ld": structured.script(structured.article(page, site, port)) if page.published else "",
        "json_ld_graph": structured.script(structured.graph(page, site, port)) if page.published else "",
        "json_ld_live": structured.script(structured.live_blog(page, site, port))
        if "${json_ld_live}" in theme.document
        else "",
        "entry": _entry(theme, page, site) if "${entry}" in theme.document else "",
        "nav": "\n".join(_links(theme.nav, site.nav)),
    }


def _site_values(site: SampleSite, port: int) -> dict[str, str]:
    return {
        "lang": site.locale,
        "locale": site.locale.replace("-", "_"),
        "direction": site.direction,
        "site": escape(site.name),
        "base": site.base(port),
        "footer": "\n".join(_links(_FOOTER, site.footer)),
    }


def _fill(template: str, values: Mapping[str, str], site: SampleSite) -> str:
    named = {f"label_{name}": _label(site, name, values.get("title", ""), ready=True) for name in site.labels}
    return Template(template).substitute({**named, **values})


def _label(site: SampleSite, name: str, title: str, *, ready: bool = False) -> str:
    text = site.labels.get(name, "")
    if ready:
        return escape(text, quote=False).replace("{title}", title).replace("{site}", escape(site.name))
    return text.replace("{title}", title).replace("{site}", site.name)


def _body(theme: Theme, page: SamplePage, site: SampleSite) -> str:
    rendered = _rendered(theme, page.blocks)
    if theme.inset and len(rendered) > theme.inset_after:
        rendered.insert(theme.inset_after, _fill(theme.inset, {"title": escape(page.title)}, site))
    return theme.joiner.join(rendered)


def _rendered(theme: Theme, blocks: Iterable[Block]) -> list[str]:
    kinds = {"p": theme.paragraph, "h2": theme.heading, "quote": theme.quote, "li": theme.item}
    rendered: list[str] = []
    items: list[str] = []
    for block in blocks:
        text = Template(kinds[block.kind]).substitute(text=block.html)
        if block.kind == "li":
            items.append(text)
            continue
        rendered += [f"<ul>{''.join(items)}</ul>"] if items else []
        items = []
        rendered.append(text)
    return rendered + ([f"<ul>{''.join(items)}</ul>"] if items else [])


def _entry(theme: Theme, page: SamplePage, site: SampleSite) -> str:
    """Text with a theme's meta line before it, in the ways that such lines meet the first paragraph."""
    comment = _label(site, page.comment_line, escape(page.title), ready=True)
    line = Template(theme.meta_line).substitute(
        categories=escape(", ".join(page.categories)),
        date=escape(date_line(page, site)),
        comment_line=comment,
        byline=escape(", ".join(page.authors)),
    )
    blocks = _rendered(theme, page.blocks)
    tail = _fill(theme.tail, {}, site)
    first, last = blocks[0], blocks[-1]
    match page.glue:
        case "glued":  # no break at all, at either end
            blocks[0] = first.replace("<p>", f"<p>{line}", 1)
            blocks[-1] = blocks[-1].removesuffix("</p>") + f"{tail}</p>"
        case "br":
            blocks[0] = first.replace("<p>", f"<p>{line}<br>\n", 1)
            blocks[-1] = last.removesuffix("</p>") + f"<br>\n{tail}</p>" if len(blocks) > 1 else last
        case "bare":
            blocks = [line, *blocks, tail]
        case "postinfo":
            blocks = [f'<p class="postinfo">{line}</p>', *blocks, f'<p class="postend">{tail}</p>']
        case _:
            raise Permanent(f"{page.site}/{page.slug}: a page of this theme needs `glue`")
    return theme.joiner.join(blocks)


def _figure(theme: Theme, page: SamplePage, site: SampleSite) -> str:
    if not page.caption:
        return ""
    values = {"image": page.image, "caption": escape(page.caption), "credit": escape(page.credit)}
    return _fill(theme.figure, values, site)


def _related(theme: Theme, page: SamplePage, neighbours: Sequence[SamplePage], *, skip: int) -> str:
    chosen = _after(page, neighbours)[skip : skip + RELATED]
    return "\n".join(
        Template(theme.related).substitute(url=escape(each.path), title=escape(each.title)) for each in chosen
    )


def _after(page: SamplePage, neighbours: Sequence[SamplePage]) -> list[SamplePage]:
    """The others, beginning behind this one."""
    place = next((place for place, each in enumerate(neighbours) if each.slug == page.slug), 0)
    turned = [*neighbours[place:], *neighbours[:place]]
    return [each for each in turned if each.slug != page.slug and each.title != page.title]


def _links(template: str, names: Iterable[str]) -> list[str]:
    """Links to pages that are never requested: sections, tags, authors. Their address is the name itself."""
    filled: list[str] = []
    for name in names:
        values: dict[str, Any] = {"name": escape(name), "url": f"/about/{_address(name)}"}
        filled.append(Template(template).substitute(values))
    return filled


def _address(name: str) -> str:
    return escape(re.sub(r"\s+", "-", name.lower()))


def _date(page: SamplePage, site: SampleSite) -> str:
    return _format(page.published, site)


def _format(iso: str | None, site: SampleSite) -> str:
    if not iso:
        return ""
    return format_datetime(datetime.fromisoformat(iso), site.date_format, locale=site.locale.replace("-", "_"))
