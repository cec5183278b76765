"""Where a page states no day, its lines are searched: of another's lines, of prose and of data none counts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from news_html import html, read

TEASER = "Valley loses a third of its hives"
OTHERS = [
    f'<section><h2>Meistgelesen</h2><div><div>05.03.2026</div><h3><a href="/x">{TEASER}</a></h3></div></section>',
    f'<div class="pn"><a href="/x">&laquo; {TEASER} (3 March 2024)</a></div>',
    f'<div><a href="/x">{TEASER}</a><em>2026.03.05</em></div>',
    '<ul><li><a href="/x">山谷失去三分之一的蜂箱</a><span>2026-03-05</span></li></ul>',
    "</article></main><footer><p>Terms valid from 01.03.2024</p><p>Last update of this site: 3 March 2024</p></footer>",
    "<p>The older boat was built in 1974; the council sold it to a museum in Ostrander on 3 March 2024, against the will of its crew.</p>",
    "<table><tr><td>Opening</td><td>05.12.2025</td></tr><tr><td>Vote</td><td>03.03.2024</td></tr></table>",
    '<table class="cal"><caption>November 2026</caption><tr><td><a href="/2026/11/01">1</a></td><td><a href="/2026/11/02">2</a></td></tr></table>',
    '<figure><img src="/img/2024/03/03/boat.jpg"><figcaption>The boat on 3 March 2024.</figcaption></figure>',
    '<blockquote><p>The ferry stays!</p>&mdash; Harbour <a href="https://social.example/h/1">March 5, 2026</a></blockquote>',
    '<div class="author"><a href="/a">Ada Brown</a> <span>joined on 3 March 2019</span></div>',
    '<div class="reviews"><div><span>Petra</span><span>5 March 2026</span></div></div>',
    "<p>© 2026 Nordhafen Post</p><p>Since 2019</p>",
    '<div class="video"><span class="title">Boat leaves</span><time datetime="2026-03-05">5 March 2026</time></div>',
]  # fmt: skip


def day(page: str) -> date | None:
    return read(page, url="https://www.nordhafen-post.example/a/12", at=datetime(2026, 11, 21, tzinfo=UTC)).published_on


@pytest.mark.parametrize("box", OTHERS)
def test_no_day_is_better_than_anothers(box: str) -> None:
    assert day(html(after=box)) is None


@pytest.mark.parametrize("box", OTHERS)
def test_a_line_below_the_text_that_says_published_counts_beside_it(box: str) -> None:
    assert day(html(after=f"<p>Published 20 November 2026</p>{box}")) == date(2026, 11, 20)


@pytest.mark.parametrize(
    "chrome",
    ['<div class="hd"><span>Saturday, 21 November 2026</span><span>12°C</span></div>', "<div>21.11.2026</div>"],
)
def test_todays_date_over_the_page_is_no_publication(chrome: str) -> None:
    assert day(html().replace("<main>", f"{chrome}<main>")) is None


def test_a_time_within_a_sentence_is_one_of_the_story() -> None:
    told = '<p>The board met on <time datetime="2026-03-05">5 March</time> and agreed to keep the night ferry running for the whole of the winter.</p>'
    assert day(html(before=told)) is None


@pytest.mark.parametrize("head", ['<meta name="date" content="2026-11">', '<meta name="date" content="2026">'])
def test_a_month_or_a_year_is_no_first_day(head: str) -> None:
    assert day(html(head=head)) is None
