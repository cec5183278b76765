from __future__ import annotations

from datetime import UTC, datetime

import pytest

from etl.fetch.messages import FetchResult
from etl.fetch.verdicts import judge, not_html, redirect_outcome
from etl.model import Outcome, Redirect

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
STORY = "https://news.example/politik/2026/haushalt-im-bundestag-beschlossen-18273645.html"
HTML = b"<!doctype html><html><body><p>x"


def answered(*headers: tuple[str, str], final: str = STORY, body: bytes = HTML, **changes: object) -> FetchResult:
    redirects = () if final == STORY else (Redirect(url=STORY, status=302),)
    values: dict[str, object] = {"status": 200, "outcome": None, "headers": headers, "redirects": redirects}
    return FetchResult(url=STORY, final_url=final, fetched_at=NOW, body=body, **(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "final", "outcome"),
    [
        # to the front
        (STORY, "https://news.example/", Outcome.MOVED_TO_FRONT),
        (STORY, "https://www.news.example", Outcome.MOVED_TO_FRONT),
        (STORY, "https://news.example/index.html", Outcome.MOVED_TO_FRONT),
        (STORY, "https://news.example/de/", Outcome.MOVED_TO_FRONT),
        (STORY, "https://news.example/?utm_source=gone", Outcome.MOVED_TO_FRONT),
        ("https://news.example/?p=123", "https://news.example/", Outcome.MOVED_TO_FRONT),
        ("https://news.example/en/story-123", "https://news.example/en", Outcome.MOVED_TO_FRONT),
        # to a section
        (STORY, "https://news.example/politik/", Outcome.MOVED_TO_FRONT),
        (STORY, "https://news.example/politik/2026/", Outcome.MOVED_TO_FRONT),
        ("https://x.example/новости/выборы-в-городе-прошли-тихо", "https://x.example/новости", Outcome.MOVED_TO_FRONT),
        (
            "https://x.example/أخبار/12345678",
            "https://x.example/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1/",
            Outcome.MOVED_TO_FRONT,
        ),
        ("https://x.example/政治/20261124-123456", "https://x.example/政治/", Outcome.MOVED_TO_FRONT),
        # to the article
        (STORY, STORY.replace("https://", "http://www."), None),
        (STORY, "https://news.example/politik/anderer-titel-desselben-artikels-18273645.html", None),
        ("https://news.example/?p=123", "https://news.example/2026/11/titel", None),
        ("https://news.example/titel-der-geschichte/amp", "https://news.example/titel-der-geschichte", None),
        ("https://news.example/brexit-latest/photos", "https://news.example/brexit-latest", None),
        ("https://news.example/brexit/2", "https://news.example/brexit", None),
        ("https://news.example/story-123/comments-on-this-long-story", "https://news.example/story-123", None),
        ("https://news.example/", "https://news.example/de/", None),
        ("https://news.example/story", "https://news.example/story/", None),
        (STORY, "https://news.example/?id=18273645", None),
        # elsewhere
        (STORY, "https://consent.news.example/?return=x", Outcome.CONSENT_WALL),
        (STORY, "https://news.example/cookie-wall?url=x", Outcome.CONSENT_WALL),
        (STORY, "https://news.example/login?next=x", Outcome.PAYWALL_STUB),
        (STORY, "https://sso.publisher.example/realms/x", Outcome.PAYWALL_STUB),
        (STORY, "https://news.example/se-connecter", Outcome.PAYWALL_STUB),
        (STORY, "https://news.example/404", Outcome.SOFT_404),
        (STORY, "https://news.example/error/page-not-found.html", Outcome.SOFT_404),
        # words in the way that were there before, or are no whole part of it
        ("https://news.example/auth/story-1", "https://news.example/auth/story-2", None),
        (STORY, "https://news.example/politik/login-daten-gestohlen-18273645.html", None),
        ("https://login.news.example/a-1", "https://login.news.example/b-2", None),
        ("http://[bad", "https://news.example/", None),
    ],
)
def test_a_redirect_is_judged_by_where_it_leads(asked: str, final: str, outcome: Outcome | None) -> None:
    assert redirect_outcome(asked, final) is outcome


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html; charset=utf-8", HTML),
        ("TEXT/HTML", b"just text"),
        ("text/plain", "نص عادي".encode()),
        (None, b"some text without a type"),
        ("application/xhtml+xml", b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>"),
        ("application/json", b"\xef\xbb\xbf  <!-- x --> <!DOCTYPE HTML>"),
        ("application/octet-stream", b"<html>"),
        ("application/xml", b"<?xml version='1.0'?>\n<html>"),
        ("text/html", "<p>x".encode("utf-16")),
        (None, "<p>x".encode("utf-16")),
        ("text/plain; charset=utf-16", "<p>x".encode("utf-16-le")),
        ("text/html", b""),
        ("text/html", b"<p>a stray \x00 in it"),
        ("", b"<div class=x>"),
    ],
)
def test_pages_and_plain_text_are_taken(content_type: str | None, body: bytes) -> None:
    assert not_html(content_type, body) is None


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html", b"%PDF-1.7\n"),
        ("text/html", b"\x89PNG\r\n\x1a\n"),
        ("text/html", b"\xff\xd8\xff\xe0"),
        ("text/html", b"GIF89a"),
        ("text/html", b"RIFF\x00\x00\x00\x00WEBPVP8 "),
        ("text/html", b"\x00\x00\x00\x18ftypmp42"),
        ("text/html", b"PK\x03\x04"),
        ("text/html", b"\x1f\x8b\x08"),
        ("text/html", b"<?xml version='1.0'?><rss version='2.0'>"),
        ("text/html", b"<!-- x --><feed xmlns='http://www.w3.org/2005/Atom'>"),
        ("application/xml", b"<urlset xmlns='x'>"),
        ("image/svg+xml", b"<svg xmlns='x'>"),
        ("application/json", b'{"a": 1}'),
        ("application/pdf", b"not even a PDF"),
        ("image/jpeg", b"x"),
        ("video/mp4", b"x"),
        ("text/css", b"p { }"),
        ("text/plain", b"abc\x00\x01\x02"),
        (None, b"\x7fELF\x02\x01\x00\x00"),
    ],
)
def test_what_is_neither_is_told_by_its_bytes_first(content_type: str | None, body: bytes) -> None:
    assert not_html(content_type, body)


# An expression tried these in every order: 26 comments took a second, 40 more than a life.
COMMENTS = b"<!-- cached -->" * 60


@pytest.mark.parametrize(
    ("body", "is_page"),
    [
        (COMMENTS + b"<!doctype html><html>", True),
        (b"\n".join([b"<!---->"] * 120) + b"\n<html>", True),
        (b"<?php ?>" * 100 + b"<html>", True),
        (b"<?xml version='1.0'?>" + b"<!-- a -->\r\n" * 90 + b"<!DOCTYPE html>", True),
        (b" \t\r\n" * 300 + b"<!-- x -->" * 20 + b"<table>", True),
        (COMMENTS + b"<rss version='2.0'>", False),
        (b"<!--><!-->" * 100 + b"text", False),
        (b"<!-- a --" * 120, False),
        (b"<?x " * 350, False),
        (COMMENTS + b"x<html>", False),
        (b"<!-- one --> and words <!-- two --><html>", False),
        ("<!-- кэш --><!-- 缓存 --><!-- مخبأ -->".encode() * 12 + b"<body>", True),
    ],
)
def test_comments_before_a_page_are_read_over_once_each(body: bytes, is_page: bool) -> None:
    assert (not_html("application/octet-stream", body) is None) == is_page


def test_a_doctype_names_a_picture_or_a_feed_as_well() -> None:
    assert (
        not_html("text/html", b'<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">')
        == "XML, <svg>"
    )
    assert not_html("text/html", b'<!DOCTYPE rss SYSTEM "rss.dtd"><rss>') == "XML, <rss>"


@pytest.mark.parametrize(
    "result",
    [
        answered(("cf-mitigated", "challenge"), status=403, outcome=Outcome.HTTP_ERROR),
        answered(("CF-Mitigated", "challenge"), status=503, outcome=Outcome.HTTP_ERROR),
        answered(("x-amzn-waf-action", "challenge"), status=202, outcome=Outcome.HTTP_ERROR),
        answered(("x-amzn-waf-action", "captcha"), status=405, outcome=Outcome.HTTP_ERROR),
        answered(("X-DataDome", "protected"), status=403, outcome=Outcome.HTTP_ERROR),
        answered(final="https://geo.captcha-delivery.com/captcha/?x"),
        answered(final="https://news.example/cdn-cgi/challenge-platform/h/b"),
    ],
)
def test_a_challenge_for_robots_is_told_from_a_refusal(result: FetchResult) -> None:
    refusal = judge(result)
    assert refusal is not None and refusal.outcome is Outcome.BOT_CHALLENGE and refusal.detail


def test_other_errors_stay_what_they_are() -> None:
    for status in (401, 402, 403, 451, 500):
        refusal = judge(answered(status=status, outcome=Outcome.HTTP_ERROR, error="why"))
        assert refusal is not None and (refusal.outcome, refusal.detail) == (Outcome.HTTP_ERROR, "why")
    refusal = judge(answered(("x-datadome", "protected"), status=404, outcome=Outcome.GONE))
    assert refusal is not None and refusal.outcome is Outcome.GONE


def test_a_full_page_is_a_page() -> None:
    assert judge(answered(("Content-Type", "text/html"), ("x-datadome", "protected"))) is None


def test_a_page_that_was_led_away_or_is_no_page_is_told() -> None:
    moved = judge(answered(final="https://news.example/"))
    assert moved is not None and (moved.outcome, moved.detail) == (
        Outcome.MOVED_TO_FRONT,
        "led to https://news.example/",
    )
    pdf = judge(answered(body=b"%PDF-1.4"))
    assert pdf is not None and (pdf.outcome, pdf.detail) == (Outcome.NOT_HTML, "a PDF")
