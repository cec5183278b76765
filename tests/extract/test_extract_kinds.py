"""What is no article has another outcome, and an article that speaks of such things stays one."""

from __future__ import annotations

import pytest
from news_html import NEWS, PARAGRAPHS, TITLE, html, ld, read

from etl.model import Outcome, PageType


def test_a_live_blog_is_an_article_of_its_own_kind() -> None:
    updates = [
        {
            "@type": "BlogPosting",
            "headline": f"Update {i}",
            "datePublished": f"2024-05-20T1{i}:00:00+02:00",
            "articleBody": text,
        }
        for i, text in enumerate(PARAGRAPHS)
    ]
    node = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": TITLE,
        "datePublished": "2024-05-20T08:00:00+02:00",
        "liveBlogUpdate": updates,
    }
    page = read(html(head=ld(node)))
    assert (page.outcome, page.page_type) == (Outcome.ARTICLE, PageType.LIVE_BLOG)
    assert PARAGRAPHS[0] in page.text


@pytest.mark.parametrize(
    ("lang", "title", "lines"),
    [
        ("en", "Before you continue", ("We and our partners use cookies and other data.", "We value your privacy. Accept all or reject all.")),
        ("de", "Ihre Privatsphäre", ("Wir verwenden Cookies und andere Techniken.", "Alle akzeptieren oder Privatsphäre-Einstellungen öffnen.")),
        ("es", "Tu privacidad", ("Utilizamos siempre cookies propias.", "Aceptar y continuar o rechazar todo.")),
        ("fr", "Votre vie privée", ("Nous utilisons des cookies.", "Tout accepter ou continuer sans accepter.")),
    ],
)  # fmt: skip
def test_a_consent_form_is_no_article(lang: str, title: str, lines: tuple[str, ...]) -> None:
    page = read(html(title=title, lines=lines, lang=lang))
    assert (page.outcome, page.page_type) == (Outcome.CONSENT_WALL, PageType.CONSENT_WALL)
    assert page.detail


def test_a_challenge_for_robots_is_no_article() -> None:
    page = read(
        "<!DOCTYPE html><html><head><title>Just a moment...</title>"
        '<script src="/cdn-cgi/challenge-platform/h/b/orchestrate.js"></script></head>'
        "<body><h1>www.nordhafen-post.example</h1><p>Checking your browser before you go on.</p></body></html>"
    )
    assert (page.outcome, page.page_type) == (Outcome.BOT_CHALLENGE, PageType.BOT_CHALLENGE)


@pytest.mark.parametrize(
    "title",
    ["Page not found", "Seite nicht gefunden", "Página no encontrada", "Page introuvable", "Страница не найдена",
     "الصفحة غير موجودة", "ページが見つかりません", "页面不存在", "Sayfa bulunamadı", "페이지를 찾을 수 없습니다"],
)  # fmt: skip
def test_a_page_that_says_not_found_is_a_soft_404(title: str) -> None:
    page = read(html(title=title, lines=("Try the search or go to the front page.",)))
    assert (page.outcome, page.page_type) == (Outcome.SOFT_404, PageType.SOFT_404)


def test_a_paywall_with_one_sentence_is_a_stub() -> None:
    node = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": TITLE,
        "isAccessibleForFree": False,
        "datePublished": "2024-05-20T08:00:00+02:00",
    }
    box = '<div class="paywall"><p>Subscribe to continue reading</p></div>'
    page = read(html(lines=PARAGRAPHS[:1], head=ld(node), after=box))
    assert (page.outcome, page.page_type) == (Outcome.PAYWALL_STUB, PageType.PAYWALL_STUB)
    assert page.is_accessible_for_free is False
    assert page.title == TITLE


def test_a_whole_article_that_claims_a_paywall_stays_an_article() -> None:
    node = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": TITLE, "isAccessibleForFree": "False"}
    page = read(html(head=ld(node)))
    assert (page.outcome, page.is_accessible_for_free) == (Outcome.ARTICLE, False)
    assert page.text == "\n".join(PARAGRAPHS)


def test_a_page_of_linked_headlines_under_an_introduction_is_a_list_and_has_a_title() -> None:
    teasers = "".join(
        f'<div class="teaser"><h2><a href="/region/story-{i}">Harbour story number {i} of this week</a></h2>'
        f"<p>Story {i} tells what the harbour council said of the new landing stage this week.</p></div>"
        for i in range(20)
    )
    page = read(
        f"<!DOCTYPE html><html lang=en><head><title>Region</title></head><body><h1>Region</h1><p>{PARAGRAPHS[0]}</p>{teasers}</body></html>",
        url="https://www.nordhafen-post.example/category/region/",
    )
    assert (page.outcome, page.page_type) == (Outcome.LIST_PAGE, PageType.LIST)
    assert page.title == "Region"


@pytest.mark.parametrize(
    "body", [b"", b"  \r\n\t ", b"<html><body></body></html>", b"<!DOCTYPE html><html><head></head></html>"]
)
def test_a_page_without_text_is_empty(body: bytes) -> None:
    page = read(body)
    assert (page.outcome, page.page_type, page.text) == (Outcome.EMPTY_TEXT, PageType.EMPTY, "")


@pytest.mark.parametrize(
    "body",
    [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", b"\x89PNG\r\n\x1a\n" + bytes(200), b"\xff\xd8\xff\xe0" + bytes(300),
     b"PK\x03\x04" + bytes(99), b"\x1f\x8b\x08\x00" + bytes(50), bytes(range(256)) * 8],
)  # fmt: skip
def test_bytes_that_are_no_text_are_no_page_whatever_they_are_served_as(body: bytes) -> None:
    page = read(body, content_type="text/html; charset=utf-8")
    assert (page.outcome, page.page_type, page.text) == (Outcome.NOT_HTML, PageType.NOT_TEXT, "")


@pytest.mark.parametrize(
    "body",
    ['<?xml version="1.0"?><rss version="2.0"><channel><title>A</title></channel></rss>',
     '<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title></feed>',
     '<?xml version="1.0"?><!-- made today --><urlset><url><loc>https://a.example/</loc></url></urlset>'],
)  # fmt: skip
def test_a_feed_or_sitemap_is_no_page_even_when_served_as_html(body: str) -> None:
    assert read(body).outcome is Outcome.NOT_HTML


def test_json_is_no_page_but_a_document_under_a_wrong_type_is() -> None:
    assert read('{"title": "A"}', content_type="application/json").outcome is Outcome.NOT_HTML
    assert read(html(), content_type="application/octet-stream").outcome is Outcome.ARTICLE


@pytest.mark.parametrize(
    "title",
    ["Why so many sites ask you to accept all cookies", "Subscribe to continue reading: a history of the paywall", "404 not found: the library that lost its index"],
)  # fmt: skip
def test_a_long_article_on_cookies_paywalls_or_errors_stays_an_article(title: str) -> None:
    lines = (
        *PARAGRAPHS,
        "Many pages say: we use cookies, accept all, reject all, manage preferences, and readers are tired of it.",
    )
    assert read(html(title=title, lines=lines)).outcome is Outcome.ARTICLE


@pytest.mark.parametrize("language", ["ja", "zh", "ko"])
def test_a_short_text_of_a_dense_script_is_an_article(language: str) -> None:
    title, *lines = NEWS[language]
    assert read(html(title=title, lines=tuple(lines), lang=language)).page_type is PageType.ARTICLE
