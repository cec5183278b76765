"""Title, authors and dates from structured data, meta elements and what stands in the page."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from news_html import NEWS, PARAGRAPHS, TITLE, html, ld, read

from etl.model import Outcome, Precision

SITE = "Nordhafen Post"
ARTICLE = {
    "@type": "NewsArticle",
    "@id": "#article",
    "headline": TITLE,
    "datePublished": "2024-05-20T08:30:00+02:00",
    "dateModified": "2024-05-20T09:45:00+02:00",
    "author": {"@id": "#author"},
    "articleSection": "Region",
    "inLanguage": "en",
}
GRAPH = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "WebSite", "@id": "#site", "name": SITE},
        {"@type": "WebPage", "@id": "#page", "name": f"{TITLE} - {SITE}", "datePublished": "2019-01-01T00:00:00+00:00"},
        {"@type": "Person", "@id": "#author", "name": "Ilse Brandvold"},
        ARTICLE,
    ],
}


def meta(**pairs: str) -> str:
    return "".join(f'<meta property="{name.replace("__", ":")}" content="{value}">' for name, value in pairs.items())


def test_an_article_in_a_graph_gives_title_author_and_both_times() -> None:
    page = read(html(title_tag=f"{TITLE} - {SITE}", head=ld(GRAPH)))
    assert page.title == TITLE
    assert page.authors == ("Ilse Brandvold",)
    assert page.published_at == datetime.fromisoformat("2024-05-20T08:30:00+02:00")
    assert page.published_precision is Precision.SECOND
    assert page.published_on == date(2024, 5, 20)
    assert page.modified_at == datetime(2024, 5, 20, 7, 45, tzinfo=UTC)
    assert page.section == "Region"


def test_a_day_of_the_publisher_is_not_moved_by_its_offset() -> None:
    page = read(html(head=ld({**ARTICLE, "datePublished": "2024-05-20T00:15:00+09:00", "dateModified": None})))
    assert page.published_on == date(2024, 5, 20)
    assert page.published_at == datetime(2024, 5, 19, 15, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "broken",
    [
        json.dumps(ARTICLE)[:-30],
        "{'headline': 'single quotes',}",
        "",
        "<!-- -->",
        '[null, 7, "x"]',
        '{"@type": ["NewsArticle"], "headline": ["a", {"b": 1}], "author": 7}',
    ],
)
def test_broken_structured_data_leaves_the_page_to_its_meta_elements(broken: str) -> None:
    head = f'<script type="application/ld+json">{broken}</script>' + meta(
        og__title=TITLE, article__published_time="2024-05-20T08:30:00+02:00", og__type="article"
    )
    page = read(html(head=head))
    assert page.outcome is Outcome.ARTICLE
    assert page.title == TITLE
    assert page.published_at == datetime.fromisoformat("2024-05-20T08:30:00+02:00")
    assert page.text == "\n".join(PARAGRAPHS)


def test_one_broken_block_does_not_hide_a_good_one() -> None:
    page = read(html(head='<script type="application/ld+json">{"@type": </script>' + ld(GRAPH)))
    assert page.authors == ("Ilse Brandvold",)


def test_meta_elements_give_what_structured_data_does_not() -> None:
    head = meta(
        og__title=TITLE,
        og__description="A ferry returns.",
        og__image="https://www.nordhafen-post.example/ferry.jpg",
        og__site_name=SITE,
        article__published_time="2024-05-20T06:30:00Z",
        article__modified_time="2024-05-20T07:45:00Z",
        article__section="Region",
    )
    page = read(html(head=head + '<meta name="author" content="Ilse Brandvold">'))
    assert page.description == "A ferry returns."
    assert page.authors == ("Ilse Brandvold",)
    assert page.published_at == datetime(2024, 5, 20, 6, 30, tzinfo=UTC)
    assert page.modified_at == datetime(2024, 5, 20, 7, 45, tzinfo=UTC)
    assert page.section == "Region"
    assert [image.url for image in page.images] == ["https://www.nordhafen-post.example/ferry.jpg"]


def test_microdata_gives_author_and_time() -> None:
    lines = "".join(f"<p>{line}</p>" for line in PARAGRAPHS)
    page = read(
        f'<!DOCTYPE html><html lang="en"><head><title>{TITLE}</title></head><body>'
        f'<article itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">{TITLE}</h1>'
        '<span itemprop="author" itemscope itemtype="https://schema.org/Person"><span itemprop="name">Ilse Brandvold</span></span>'
        '<meta itemprop="datePublished" content="2024-05-20T08:30:00+02:00">'
        f'<div itemprop="articleBody">{lines}</div></article></body></html>'
    )
    assert page.title == TITLE
    assert page.authors == ("Ilse Brandvold",)
    assert page.published_at == datetime.fromisoformat("2024-05-20T08:30:00+02:00")
    assert page.text == "\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    "suffix", [f" - {SITE}", f" | {SITE}", f" – {SITE}", f" — {SITE}", f" :: {SITE}", f" » {SITE}"]
)
def test_the_name_of_the_site_is_no_part_of_the_title(suffix: str) -> None:
    page = read(html(title_tag=TITLE + suffix, head=meta(og__site_name=SITE, og__title=TITLE + suffix)))
    assert page.title == TITLE


def test_a_dash_inside_a_headline_stays() -> None:
    title = "Ferry line reopens – and the rain stays"
    assert read(html(title=title, title_tag=f"{title} | {SITE}", head=meta(og__site_name=SITE))).title == title


@pytest.mark.parametrize(
    ("language", "byline"),
    [("en", "By Ilse Brandvold"), ("de", "Von Ilse Brandvold"), ("es", "Por Ilse Brandvold"), ("fr", "Par Ilse Brandvold"),
     ("en", "Ilse Brandvold")],
)  # fmt: skip
def test_a_byline_under_the_headline_names_the_author(language: str, byline: str) -> None:
    title, *lines = NEWS.get(language, (TITLE, *PARAGRAPHS))
    page = read(html(title=title, lines=tuple(lines), lang=language, before=f'<p class="byline">{byline}</p>'))
    assert page.authors == ("Ilse Brandvold",)
    assert page.text == "\n".join(lines)


@pytest.mark.parametrize(
    "author",
    [
        [{"@type": "Person", "name": "Ilse Brandvold"}, {"@type": "Person", "name": "Jonas Ek"}],
        ["Ilse Brandvold", "Jonas Ek"],
        "Ilse Brandvold and Jonas Ek",
        "Ilse Brandvold, Jonas Ek",
        [{"name": "By Ilse Brandvold"}, {"name": "Jonas Ek"}],
    ],
)
def test_two_authors_are_two_names_however_they_are_written(author: object) -> None:
    assert read(html(head=ld({**ARTICLE, "author": author}))).authors == ("Ilse Brandvold", "Jonas Ek")


def test_a_clock_without_an_offset_takes_it_from_another_stamp_of_the_same_instant() -> None:
    head = ld({**ARTICLE, "datePublished": "2024-05-20T08:30:00", "dateModified": None})
    page = read(html(head=head + meta(article__published_time="2024-05-20T08:30:00+02:00")))
    assert page.published_at == datetime.fromisoformat("2024-05-20T08:30:00+02:00")
    assert page.published_precision is Precision.SECOND


def test_a_clock_without_any_offset_is_no_instant() -> None:
    page = read(html(head=ld({**ARTICLE, "datePublished": "2024-05-20T08:30:00", "dateModified": None})))
    assert (page.published_precision, page.published_on) == (Precision.LOCAL, date(2024, 5, 20))


def test_a_mere_day_stays_a_day() -> None:
    page = read(html(head=ld({**ARTICLE, "datePublished": "2024-05-20", "dateModified": None})))
    assert (page.published_at, page.published_on, page.published_precision) == (None, date(2024, 5, 20), Precision.DAY)


def test_a_page_without_a_date_gets_none_from_the_capture() -> None:
    page = read(html())
    assert (page.published_at, page.published_on, page.published_precision) == (None, None, None)
