"""Where a page tells its time, and what is no evidence of it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from news_html import CAPTURED, NEWS, PARAGRAPHS, TITLE, html, ld, paragraphs, read

from etl.extract.page import extract_page
from etl.extract.record import to_record
from etl.extract.rules import SourceRules
from etl.model import Page, Precision

POST = '<div class="post hentry">{}<div class="post-footer">{}</div></div>'


def under(rules: SourceRules, page: str) -> Page:
    return extract_page(page.encode(), url="https://a.example/x", captured_at=CAPTURED, content_type=None, rules=rules)


def test_a_clock_placed_by_the_sources_zone_is_an_instant_of_its_own_precision() -> None:
    body = html(before="<p>20 May 2024, 08:30</p>")
    page = under(SourceRules(timezone="Europe/Helsinki"), body)
    assert page.published_at == datetime(2024, 5, 20, 5, 30, tzinfo=UTC)
    assert (page.published_precision, page.published_on) == (Precision.ZONED, date(2024, 5, 20))
    assert page.evidence["published_at"].endswith("+zone of the source")
    assert to_record(page, url="u", source_file=None, rules_version="v")["published_at"] == "2024-05-20T08:30:00+03:00"


@pytest.mark.parametrize(
    ("before", "precision"),
    [
        ('<time datetime="2024-05-20T08:30:00+02:00">20 May</time>', Precision.SECOND),
        ("<p>20 May 2024, 08:30 CEST</p>", Precision.MINUTE),
        ("<p>20 May 2024</p>", Precision.DAY),
    ],
)
def test_the_sources_zone_is_the_last_resort(before: str, precision: Precision) -> None:
    assert under(SourceRules(timezone="Asia/Tokyo"), html(before=before)).published_precision is precision


def test_an_offset_of_the_page_comes_before_the_sources_zone() -> None:
    head = '<meta property="article:modified_time" content="2024-05-20T09:00:00+02:00">'
    page = under(SourceRules(timezone="Asia/Tokyo"), html(head=head, before="<p>20 May 2024, 08:30</p>"))
    assert page.published_at == datetime(2024, 5, 20, 6, 30, tzinfo=UTC)
    assert page.published_precision is Precision.MINUTE


@pytest.mark.parametrize(
    ("url", "lang", "hour"),
    [
        ("https://www.post.example.in/x", "en", 3), ("https://www.post.example.ie/x", "en", 7), ("https://www.post.example/x", "en-IN", 3),
        ("https://www.post.example/x", "hi", 3), ("https://www.post.example.in/x", "en-US", 3),
    ],
)  # fmt: skip
def test_letters_of_several_zones_mean_that_of_the_pages_country(url: str, lang: str, hour: int) -> None:
    page = read(html(before="<p>20 May 2024, 08:30 IST</p>", lang=lang), url=url)
    assert page.published_at == datetime(2024, 5, 20, hour, 30 if hour == 7 else 0, tzinfo=UTC)


def test_letters_of_several_zones_give_no_instant_where_the_country_is_not_known() -> None:
    page = read(html(before="<p>20 May 2024, 08:30 IST</p>"))
    assert (page.published_at, page.published_precision) == (None, Precision.LOCAL)


@pytest.mark.parametrize(
    "rights", ["© 2024 The Post", "Copyright 2019–2024 The Post", "(c) 2024 Почта", "© 2011-2024 新報社"]
)
def test_the_year_of_a_rights_line_is_no_evidence_of_a_day(rights: str) -> None:
    page = read(html().replace("</footer>", f"<p>{rights}</p></footer>"))
    assert page.published_on is None


def test_new_years_day_is_a_day_like_others_where_the_page_says_so() -> None:
    page = read(html(before="<p>1 January 2024</p>").replace("</footer>", "<p>© 2024 The Post</p></footer>"))
    assert page.published_on == date(2024, 1, 1)


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("es", "Comarca 24 febrero, 2022 No hay comentarios en {}"),
        ("ru", "Город 24.02.2022 Комментариев к записи {} нет"),
        ("pl", "Powiat 24 lutego 2022 Brak komentarzy do {}"),
        ("ja", "地域 2022年2月24日 {} へのコメントはまだありません"),
    ],
)
@pytest.mark.parametrize("shape", ["glued", "loose"])
def test_a_themes_date_line_comes_before_any_date_found_elsewhere(lang: str, line: str, shape: str) -> None:
    title, *lines = NEWS[lang]
    told = line.format(title)
    rest = (
        f"<p>{told}{lines[0]}</p>{paragraphs(tuple(lines[1:]))}"
        if shape == "glued"
        else told + paragraphs(tuple(lines))
    )
    page = read(
        f'<html lang="{lang}"><head><title>{title}</title></head><body><div id="h"><h1><a href="/">Post</a></h1></div>'
        f'<div id="c"><h2>{title}</h2><div>{rest}</div></div>'
        '<ul><li><a href="/a/20240510-other.html">Another story of the town and its harbour</a></li></ul>'
        "<p>© 2024 Post</p></body></html>"
    )
    assert page.published_on == date(2022, 2, 24)


@pytest.mark.parametrize(
    "word",
    ["Posted by", "Gönderen", "Eingestellt von", "Publicado por", "Diposting oleh", "Отправлено", "مرسلة بواسطة"],
)
def test_a_microformat_in_a_posts_footer_names_writer_and_instant(word: str) -> None:
    footer = (
        f'<span class="post-author vcard">{word} <span class="fn">Onur Brandvold</span></span>'
        '<abbr class="published" title="2024-05-16T09:45:00+03:00">16.05.2024</abbr>'
    )
    body = POST.format(f"<h3>{TITLE}</h3>{paragraphs(PARAGRAPHS)}", footer)
    page = read(f"<html><head><title>{TITLE}</title></head><body><h1>Post</h1>{body}</body></html>")
    assert page.authors == ("Onur Brandvold",)
    assert page.published_at == datetime(2024, 5, 16, 6, 45, tzinfo=UTC)


def test_an_abbreviation_that_is_no_date_gives_none() -> None:
    page = read(html(before='<abbr class="published" title="World Health Organization">WHO</abbr>'))
    assert page.published_on is None


def test_structured_data_comes_before_the_lines_of_a_theme() -> None:
    node = {"@type": "NewsArticle", "headline": TITLE, "datePublished": "2024-05-18T08:00:00+02:00"}
    page = read(html(head=ld(node), before="<p>20 May 2024, 08:30</p>"))
    assert page.published_at == datetime(2024, 5, 18, 6, 0, tzinfo=UTC)
