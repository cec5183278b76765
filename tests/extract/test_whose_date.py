"""A date counts only where it is the article's: not another story's, a comment's, the site's head's, nor of a change."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from news_html import PARAGRAPHS, html, ld, read

from etl.model import Page, Precision

TEASER = "Valley loses a third of its hives"
OWN = "<p>May 19, 2024</p>"
OTHERS = [
    f'<div><div><a href="/x">{TEASER}</a><time datetime="2024-03-05">Mar 5</time></div></div>',
    f'<div class="x4"><a href="/index/hives"><div>{TEASER}</div><div><time datetime="2024-03-05T00:00">Mar 5</time></div></a></div>',
    f'<div><a href="/x"><img src="a.jpg"></a><div><h3><a href="/x">{TEASER}</a></h3><span><time>5 March 2024</time></span></div></div>',
    f'<table><tr><td><a href="/x">{TEASER}</a></td><td><time datetime="2024-03-05">5.3.</time></td></tr></table>',
    '<div><a href="/zh/1">山谷失去三分之一的蜂箱，养蜂人担忧</a><time datetime="2024-03-05">3月5日</time></div>',
    '<ol class="comments-list"><li><b>Bob</b><time datetime="2024-03-05T10:00:00Z">5 March</time><p>Late, if you ask me.</p></li></ol>',
    '<div><div><b>Bob Reader</b> <time datetime="2024-03-05T10:00:00Z">5 March</time><p>They should have done so.</p></div></div>',
    '<section class="kommentare"><p>Uschi</p><time datetime="2024-03-05">5. März</time><p>Na endlich.</p></section>',
    f'<aside><a href="/x">{TEASER}</a><time datetime="2024-03-05">5 March</time></aside>',
    f'<ul><li><a href="/x">{TEASER}</a> <time datetime="2024-03-05">5 March</time></li><li><a href="/y">Medal for the driver who stopped</a> <time datetime="2024-03-04">4 March</time></li></ul>',
]  # fmt: skip


def bare(page: str) -> Page:
    return read(page, url="https://www.nordhafen-post.example/a/12")


@pytest.mark.parametrize("box", OTHERS)
def test_a_time_of_something_else_dates_no_article(box: str) -> None:
    assert bare(html(after=box)).published_on is None


@pytest.mark.parametrize("box", OTHERS)
def test_the_articles_own_line_is_found_beside_it(box: str) -> None:
    assert bare(html(before=OWN, after=box)).published_on == date(2024, 5, 19)


@pytest.mark.parametrize(
    "chrome",
    [
        '<header><time datetime="2024-05-20">Monday, 20 May 2024</time></header>',
        '<div class="top-bar"><time datetime="2024-05-20">20 May</time></div>',
        '<div class="current-date"><span><time datetime="2024-05-20">20 May</time></span></div>',
        '<nav><time datetime="2024-05-20">20 May</time></nav>',
        '<div class="weather-box"><time datetime="2024-05-20T11:00">11:00</time></div>',
        '<header><div><div><time datetime="2024-05-20T12:00:00Z">12:00</time></div><a href="/">Post</a></div></header>',
    ],
)
def test_todays_date_in_the_head_of_the_site_dates_no_article(chrome: str) -> None:
    page = html().replace("<main>", f"{chrome}<main>")
    assert bare(page).published_on is None


@pytest.mark.parametrize(
    "place",
    [
        '<time datetime="2024-05-19">19 May</time>',
        '<p class="meta"><a href="/author/ada-brown-of-nordhafen-post">More stories by Ada Brown of the Post</a> <time datetime="2024-05-19">19 May</time></p>',
        '<header><aside><time datetime="2024-05-19">19 May 2024</time></aside></header>',
    ],
)  # fmt: skip
def test_a_time_under_the_headline_is_the_articles(place: str) -> None:
    assert bare(html(before=place)).published_on == date(2024, 5, 19)


def test_a_time_in_the_articles_own_foot_is_its_own() -> None:
    foot = '<div class="post-footer">Posted by Ada <time class="published" datetime="2024-05-19T10:00:00Z">10:00</time></div>'
    assert bare(html(after=foot)).published_on == date(2024, 5, 19)


@pytest.mark.parametrize(
    "line",
    [
        "Updated 20 May 2024", "Last updated: May 20, 2024", "Zuletzt aktualisiert am 20.05.2024", "Mis à jour le 20 mai 2024", "Actualizado: 20 de mayo de 2024", "Atualizado em 20/05/2024",
        "Aggiornato il 20 maggio 2024", "Bijgewerkt op 20 mei 2024", "Päivitetty 20.5.2024", "Aktualizacja: 20 maja 2024", "Обновлено 20 мая 2024", "Оновлено 20 травня 2024",
        "Güncelleme: 20 Mayıs 2024", "آخر تحديث: 20 مايو 2024", "עודכן: 20 במאי 2024", "अपडेट: 20 मई 2024", "最終更新：2024年5月20日", "更新时间：2024-05-20", "수정 2024.05.20", "Cập nhật 20/05/2024",
    ],
)  # fmt: skip
def test_a_line_of_a_change_dates_a_page_that_says_nothing_else_and_a_flag_says_so(line: str) -> None:
    told = bare(html(before=f"<p>{line}</p>"))
    timed = bare(html(before=f'<p>{line.split("20")[0]}<time datetime="2024-05-20T10:00:00Z">x</time></p>'))
    for page in (told, timed):
        assert (page.published_on, page.published_at) == (date(2024, 5, 20), None)
        assert page.published_precision is Precision.DAY
        assert page.evidence["published_at"] == "line:updated"
        assert page.flags == ("published_from_update",)


def test_a_line_of_a_change_dates_no_page_that_says_when_it_appeared() -> None:
    page = bare(html(before="<p>18 May 2024</p><p>Updated 20 May 2024</p>"))
    assert page.published_on == date(2024, 5, 18)
    assert page.flags == ()


@pytest.mark.parametrize(
    "line",
    [
        "Published 18 May 2024 | Updated 20 May 2024", "Updated 20 May 2024, first published 18 May 2024", "Aktualisiert: 20.05.2024 | Veröffentlicht: 18.05.2024", "Publié le 18 mai 2024, mis à jour le 20 mai 2024",
        "Aggiornato il 20 maggio 2024 - Pubblicato il 18 maggio 2024", "Обновлено 20 мая 2024. Опубликовано 18 мая 2024", "입력 2024.05.18 09:30 수정 2024.05.20 10:00", "公開 2024年5月18日 更新 2024年5月20日", "更新时间：2024-05-20 发布时间：2024-05-18",
    ],
)  # fmt: skip
def test_of_two_dates_in_one_line_the_publication_counts(line: str) -> None:
    assert bare(html(before=f"<p>{line}</p>")).published_on == date(2024, 5, 18)


def test_a_line_right_over_the_headline_is_the_articles() -> None:
    page = html().replace("<h1>", "<div><p>May 19, 2024</p><p>Company</p></div><h1>")
    assert bare(page).published_on == date(2024, 5, 19)


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/uk/2024/may/19/ferry", date(2024, 5, 19)), ("/2024/May/19/ferry", date(2024, 5, 19)), ("/2024/mai/19/faehre", date(2024, 5, 19)), ("/a/202405/t20240519_4411.html", date(2024, 5, 19)),
        ("/2024-05/19/c_4411.htm", date(2024, 5, 19)), ("/n1/2024/0519/c1001.html", date(2024, 5, 19)), ("/202405/19/WS4411.html", date(2024, 5, 19)), ("/2024/05-19/4411.shtml", date(2024, 5, 19)), ("/2024/05/19-reasons", None),
        ("/2024/5/9/ferry", date(2024, 5, 9)), ("/2024/04/5-things-to-know", None), ("/2024/04/9-reasons.html", None), ("/2024/may/ferry", None), ("/top/2024/rail/19/", None),
    ],
)  # fmt: skip
def test_the_day_in_an_address(path: str, day: date | None) -> None:
    assert read(html(), url=f"https://www.nordhafen-post.example{path}").published_on == day


@pytest.mark.parametrize(
    ("stated", "shown", "instant"),
    [
        ("2024-05-19T21:15:00Z", "May 19, 2024, 09:15 PM IST", "2024-05-19T21:15:00+05:30"),
        ("2024-05-19T21:15:00+00:00", "19 May 2024 21:15 CEST", "2024-05-19T21:15:00+02:00"),
        ("2024-05-19T08:00:00.000Z", "19 May 2024 8:00 am EDT", "2024-05-19T08:00:00-04:00"),
        ("2024-05-19T08:00:00Z", "19. Mai 2024, 08:00 Uhr MESZ", "2024-05-19T08:00:00+02:00"),
        ("2024-05-19T08:00:00Z", "2024-05-19 08:00 JST", "2024-05-19T08:00:00+09:00"),
        ("2024-05-19T08:00:00Z", "19.05.2024 08:00 МСК", "2024-05-19T08:00:00+03:00"),
        ("2024-05-19T08:00:00Z", "19 May 2024 08:00 GMT", "2024-05-19T08:00:00+00:00"),
    ],
)
def test_a_local_clock_that_calls_itself_utc_is_on_the_clock_that_readers_see(
    stated: str, shown: str, instant: str
) -> None:
    node = {"@type": "NewsArticle", "headline": "x", "datePublished": stated}
    page = read(html(head=ld(node), before=f"<p>{shown}</p>", lang="en-IN"))
    assert page.published_at == datetime.fromisoformat(instant)


def test_an_instant_after_the_capture_is_a_local_clock() -> None:
    node = {"@type": "NewsArticle", "headline": "x", "datePublished": "2024-05-20T16:00:00Z"}  # the capture is of 12:00
    page = read(html(head=ld(node)))
    assert (page.published_at, page.published_on, page.published_precision) == (
        None,
        date(2024, 5, 20),
        Precision.LOCAL,
    )


def test_an_instant_in_utc_is_of_the_day_that_readers_see() -> None:
    node = {"@type": "NewsArticle", "headline": "x", "datePublished": "2024-05-19T02:15:00Z"}
    page = read(html(head=ld(node), before="<p>May 18, 2024</p>"))
    assert (page.published_on, page.published_at) == (
        date(2024, 5, 18),
        datetime.fromisoformat("2024-05-19T02:15:00+00:00"),
    )


@pytest.mark.parametrize(
    "midnight",
    ["2024-05-19T00:00:00Z", "2024-05-19T00:00:00+02:00", "2024-05-19 00:00:00", "2024-05-19T00:00:00.000-05:00"],
)
def test_midnight_to_the_second_is_a_day(midnight: str) -> None:
    page = read(html(head=ld({"@type": "NewsArticle", "headline": "x", "datePublished": midnight})))
    assert (page.published_on, page.published_precision) == (date(2024, 5, 19), Precision.DAY)


@pytest.mark.parametrize(
    ("written", "url", "lang"),
    [
        ("03/05/2024", "/2024/05/03/ferry", "en-US"), ("05/03/2024", "/2024/05/03/ferry", "en-GB"), ("3/5/2024", "/news/20240503-ferry", "en-US"),
        ("03-05-2024", "/2024/may/03/ferry", "en-US"), ("05/03/24", "/2024-05-03/ferry", "fr"), ("05/03/2024", "/2024/05/03/ferry", "es"),
    ],
)  # fmt: skip
def test_the_address_tells_day_from_month(written: str, url: str, lang: str) -> None:
    page = html(head=f'<meta name="date" content="{written}">', lang=lang)
    assert read(page, url=f"https://www.nordhafen-post.example{url}").published_on == date(2024, 5, 3)


@pytest.mark.parametrize(
    "text",
    [
        "The club was founded in 2019.",
        "© 2023 Nordhafen Post",
        "Copyright 2020-2024",
        "Season 2018",
        "Since 2016",
        "ISSN 2012-2210 and more",
    ],
)
def test_a_mere_year_is_no_first_of_january(text: str) -> None:
    assert bare(html(lines=(*PARAGRAPHS, text))).published_on is None
