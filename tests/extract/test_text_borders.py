"""Words on either side of a line's end or a block's border are two words: in headlines, bylines and dates."""

from __future__ import annotations

import pytest
from news_html import CAPTURED, PARAGRAPHS, URL, paragraphs

from etl.extract.page import extract_page
from etl.extract.tree import parse, text_of
from etl.normalize.text import from_markup


def read(body: str, *, head: str = "<title>x</title>", lang: str = "en"):  # type: ignore[no-untyped-def]
    page = f'<html lang="{lang}"><head>{head}</head><body><main>{body}{paragraphs(PARAGRAPHS)}</main></body></html>'
    return extract_page(page.encode(), url=URL, captured_at=CAPTURED, content_type="text/html")


@pytest.mark.parametrize(
    ("headline", "title"),
    [
        ("<h1>Night ferry<br>stays for the winter</h1>", "Night ferry stays for the winter"),
        ("<h1>Night ferry<br/><br/>stays</h1>", "Night ferry stays"),
        ("<h1><div>Night ferry</div><div>stays for the winter</div></h1>", "Night ferry stays for the winter"),
        ("<h1><span>Night ferry</span><div>stays for the winter</div></h1>", "Night ferry stays for the winter"),
        ("<h1>Night <b>fer</b>ry stays</h1>", "Night ferry stays"),
        ("<h1>Паром<br>снова ходит зимой</h1>", "Паром снова ходит зимой"),
        ("<h1>夜间渡轮<br>冬季继续运营</h1>", "夜间渡轮冬季继续运营"),
        ("<h1>夜の渡し船<br>\n冬も運航</h1>", "夜の渡し船冬も運航"),
        ("<h1>야간 여객선<br>겨울에도 운항</h1>", "야간 여객선 겨울에도 운항"),
        ("<h1>العبّارة الليلية<br>تبقى شتاءً</h1>", "العبّارة الليلية تبقى شتاءً"),
        ("<h1><style>.a{color:red}</style>Night ferry stays</h1>", "Night ferry stays"),
        ('<h1><svg><title>Logo</title></svg>Night ferry stays<script>track("x")</script></h1>', "Night ferry stays"),
        ('<h1><span class="sr-only">Headline:</span> Night ferry stays</h1>', "Night ferry stays"),
        ('<h1>Night ferry stays <span class="badge">Live</span></h1>', "Night ferry stays"),
        ("<h1>Night ferry stays <button>Share</button></h1>", "Night ferry stays"),
    ],
)
def test_a_headline_in_several_lines_keeps_its_words_apart(headline: str, title: str) -> None:
    assert read(headline).title == title


@pytest.mark.parametrize(
    "byline",
    [
        '<p class="author">Ada Brown<br>Joe Kent</p>',
        '<div class="byline"><div>Ada Brown</div><div>Joe Kent</div></div>',
        '<div class="byline">By<br>Ada Brown<br/>Joe Kent</div>',
        '<ul><li class="author">Ada Brown</li><li class="author">Joe Kent</li></ul>',
        '<p class="byline">By <b>Ada Brown</b><br><b>Joe Kent</b></p>',
        '<p class="byline">Ada Brown<br>Reporter<br>Joe Kent<br>20 May 2024</p>',
        '<p class="byline"><span>By</span><span>Ada Brown</span><br><span>Joe Kent</span></p>',
        '<p class="byline"><span>Ada Brown</span><span>Editor</span><br><span>Joe Kent</span><span>Reporter</span></p>',
    ],
)
def test_writers_on_lines_of_their_own_are_two(byline: str) -> None:
    assert read(f"<h1>Night ferry stays</h1>{byline}").authors == ("Ada Brown", "Joe Kent")


def test_a_value_of_metadata_is_parted_at_its_tags() -> None:
    assert from_markup("Night ferry<br>stays&lt;br/&gt;for <b>all</b>") == "Night ferry stays for all"


def test_a_border_of_its_own_stands_between_lines_only() -> None:
    root = parse("<div><p>a<b>b</b></p><p>c<br>d</p></div>")
    assert root is not None
    assert text_of(root, border=" | ") == "ab | c | d"
