"""Pages with a text that are no news: shops, forums, documentation, encyclopedias, reviews and other matter; and news that looks like it."""

from __future__ import annotations

import pytest
from news_html import TITLE, html, ld, read

from etl.model import Outcome, PageType

SITE = "https://www.nordhafen-post.example"


def of(*types: str | list[str], **fields: str) -> str:
    return ld(*({"@type": each, "name": TITLE, "headline": TITLE, **fields} for each in types))


def generator(name: str) -> str:
    return f'<meta name="generator" content="{name}">'


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        (PageType.PRODUCT, of("Product")), (PageType.PRODUCT, of("SoftwareApplication")), (PageType.PRODUCT, '<meta property="og:type" content="product">'),
        (PageType.FORUM, of("DiscussionForumPosting", author="Ada")), (PageType.FORUM, of("QAPage")), (PageType.FORUM, of("Question", author="Ada")), (PageType.FORUM, generator("Discourse 3.2")), (PageType.FORUM, generator("phpBB")),
        (PageType.DOCUMENTATION, of("TechArticle")), (PageType.DOCUMENTATION, of("APIReference")), (PageType.DOCUMENTATION, generator("Docusaurus v3.1")), (PageType.DOCUMENTATION, generator("Docutils: Sphinx")),
        (PageType.ENCYCLOPEDIA, generator("MediaWiki 1.41")), (PageType.ENCYCLOPEDIA, of("DefinedTerm")),
        (PageType.REVIEW, of("Review", author="Ada", datePublished="2024-05-19")), (PageType.REVIEW, of("CriticReview", author="Ada")), (PageType.REVIEW, of("ReviewNewsArticle", datePublished="2024-05-19")),
        (PageType.OTHER, of("Recipe", author="Ada")), (PageType.OTHER, of("JobPosting")), (PageType.OTHER, of("Event")), (PageType.OTHER, of("AboutPage")), (PageType.OTHER, of("HowTo")),
    ],
)  # fmt: skip
def test_a_page_is_of_the_kind_that_it_says(kind: PageType, head: str) -> None:
    page = read(html(head=head))
    assert (page.page_type, page.outcome) == (kind, Outcome.ARTICLE)


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        (PageType.FORUM, "/forum/viewtopic.php?t=12"), (PageType.FORUM, "/threads/night-ferry.48211/"), (PageType.DOCUMENTATION, "/docs/guide"), (PageType.DOCUMENTATION, "/hc/en-us/articles/1234-how"),
        (PageType.ENCYCLOPEDIA, "/wiki/Night_ferry"), (PageType.ENCYCLOPEDIA, "/lexikon/faehre"), (PageType.ENCYCLOPEDIA, "/glossary/ferry"), (PageType.PRODUCT, "/products/night-lamp"), (PageType.PRODUCT, "/produkt/lampe"),
        (PageType.OTHER, "/about-us/"), (PageType.OTHER, "/de/kontakt"), (PageType.OTHER, "/quienes-somos"), (PageType.OTHER, "/mentions-legales"), (PageType.OTHER, "/privacy-policy"),
    ],
)  # fmt: skip
def test_an_undated_page_is_of_the_kind_of_its_address(kind: PageType, url: str) -> None:
    assert read(html(), url=SITE + url).page_type is kind
    assert read(html(head=of("NewsArticle", datePublished="2024-05-19")), url=SITE + url).page_type is PageType.ARTICLE
    dated = '<meta property="article:published_time" content="2024-05-19T10:00:00Z">'
    assert read(html(head=dated), url=SITE + url).page_type is PageType.ARTICLE


@pytest.mark.parametrize("types", [("NewsArticle",), ("BlogPosting", "FAQPage"), ("Article", "Product"), ("OpinionNewsArticle", "Recipe"), ("Article", "Review"), ("WebPage",)])  # fmt: skip
def test_an_article_about_such_things_is_one(types: tuple[str, ...]) -> None:
    assert read(html(head=of(*types, datePublished="2024-05-19"))).page_type is PageType.ARTICLE


def test_what_buyers_say_and_lists_of_questions_make_no_page_a_review_or_a_forum() -> None:
    questions = ld(
        {"@type": "FAQPage", "mainEntity": [{"@type": "Question", "name": "When does it sail?", "author": "Ada"}]}
    )
    said = ld(
        {"@type": "Organization", "name": "Ferry", "review": {"@type": "Review", "author": "Petra", "name": "Good"}}
    )
    assert read(html(head=questions)).page_type is PageType.ARTICLE
    assert read(html(head=said)).page_type is PageType.ARTICLE


@pytest.mark.parametrize(
    "url",
    [
        "/p/the-night-ferry",
        "/topics/alert20190402.html",
        "/news/docs-leak",
        "/news/shop-closes",
        "/sport/forum-opens",
        "/about-the-ferry-2024",
    ],
)
def test_words_of_an_address_are_no_place_of_the_site(url: str) -> None:
    assert read(html(), url=SITE + url).page_type is PageType.ARTICLE


@pytest.mark.parametrize(
    ("head", "own"),
    [
        (of("NewsArticle"), "NewsArticle"), (of(["WebPage", "FAQPage"]), "FAQPage"), (of("WebSite", "Organization", "Recipe"), "Recipe"), (of("WebPage"), "WebPage"), (of("Organization"), None), ("", None),
        (of("https://schema.org/ReportageNewsArticle", datePublished="2024-05-19"), "ReportageNewsArticle"),
    ],
)  # fmt: skip
def test_the_type_that_a_page_gives_itself_is_kept(head: str, own: str | None) -> None:
    assert read(html(head=head)).schema_type == own
