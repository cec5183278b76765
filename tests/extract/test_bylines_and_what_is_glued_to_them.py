"""Names in bylines without controls, places, dates and others' work beside them; agencies beside people; no commenter."""

from __future__ import annotations

import json

import pytest
from news_html import TITLE, html, read

ADA, BOTH = ("Ada Brown",), ("Ada Brown", "Joe Kent")


def signed(line: str, css: str = "byline", lang: str = "en") -> tuple[str, ...]:
    return read(html(before=f'<div class="{css}">{line}</div>', lang=lang)).authors


@pytest.mark.parametrize(
    "line",
    [
        'Ada Brown <a href="/login">Sign in</a>', '<a href="/author/ab">Ada Brown</a> <a href="/author/ab#bio">Full Bio</a>', "By Ada Brown Contact reporter", "Ada Brown + Follow", "Ada Brown Follow on X",
        "By Ada Brown Get email alerts", "Ada Brown More by this author", "By Ada Brown Read full profile", "By Ada Brown Comments (3)", "Ada Brown Updated 3 hours ago",
        "By Ada Brown 20 November 2026", "By Ada Brown in Tolverne", "By Ada Brown, Tolverne", "Staff writer Ada Brown", "Ada Brown - Harbour correspondent", "Words: Ada Brown", "Story: Ada Brown",
        "By Ada Brown Photos by Joe Kent", "By Ada Brown<br>Photographs: Joe Kent", "By Ada Brown Edited by Joe Kent", "By Ada Brown PhD", "Photo of Ada Brown Ada Brown", "Ada Brown / Tolverne Courier",
    ],
)  # fmt: skip
def test_a_name_without_what_is_beside_it(line: str) -> None:
    assert signed(line) == ADA


@pytest.mark.parametrize("line", ["By Ada Brown<br>and Joe Kent", "By Ada Brown in Tolverne and Joe Kent in Ostrander", "Ada Brown (text), Joe Kent (video)"])  # fmt: skip
def test_two_names(line: str) -> None:
    assert signed(line) == BOTH


@pytest.mark.parametrize(
    "line", ["Ada Brown, AFP", "Ada Brown and Reuters", "Von Ada Brown, dpa", "Ada Brown/AP", "Ada Brown (Reuters)"]
)
def test_an_agency_beside_a_person_is_no_author(line: str) -> None:
    page = read(html(before=f'<div class="byline">{line}</div>'))
    assert page.authors == ADA
    assert len(page.agencies) == 1


@pytest.mark.parametrize(
    "after",
    [
        '<div class="discussion"><div class="post"><span class="author">Petra Lind</span> <span>2 days ago</span><p>I cross every day.</p></div></div>',
        '<ul><li><span class="username">petra77</span><p>I cross every day and the boat is never late at all.</p></li></ul>',
        '<section class="kommentare"><div class="kommentar"><span class="autor">Petra L.</span><p>Na endlich.</p></div></section>',
        '<div class="card"><a href="/n/1">Older boat sold to a museum in Ostrander</a><span class="author">By Petra Lind</span></div>',
    ],
)
def test_who_comments_or_wrote_another_story_is_no_author(after: str) -> None:
    assert read(html(after=after)).authors == ()


@pytest.mark.parametrize("line", ["<p><em>By Ada Brown</em></p>", "<p>By Ada Brown</p>"])
def test_a_line_at_the_end_that_is_a_byline_counts(line: str) -> None:
    assert read(html(after=line)).authors == ADA


@pytest.mark.parametrize("line", ["Letters", "Our reporter", "Private Nachricht"])
def test_words_that_nobody_is_called(line: str) -> None:
    assert signed(line) == ()


@pytest.mark.parametrize(
    ("line", "name", "lang"),
    [
        ("撰稿 王小明", "王小明", "zh"), ("王小明 发自北京", "王小明", "zh"), ("■王小明", "王小明", "zh"), ("王小明／台北報導", "王小明", "zh-TW"), ("編輯王小明／綜合報導", "王小明", "zh-TW"),
        ("記者・山田太郎", "山田太郎", "ja"), ("文・山田太郎", "山田太郎", "ja"), ("【山田太郎】", "山田太郎", "ja"), ("社会部・山田太郎", "山田太郎", "ja"), ("山田太郎（社会部）", "山田太郎", "ja"), ("ロンドン支局 山田太郎", "山田太郎", "ja"),
        ("글·사진 김하늘", "김하늘", "ko"), ("취재 김하늘", "김하늘", "ko"), ("김하늘 디지털뉴스팀 기자", "김하늘", "ko"), ("기자명 김하늘", "김하늘", "ko"), ("김하늘 / 논설위원", "김하늘", "ko"),
        ("লেখক: রহিম উদ্দিন", "রহিম উদ্দিন", "bn"),
    ],
)  # fmt: skip
def test_names_in_other_scripts(line: str, name: str, lang: str) -> None:
    assert signed(line, "author", lang) == (name,)


def test_authors_of_json_ld_whose_keys_are_bare() -> None:
    script = f'{{"@type": "NewsArticle", "headline": {json.dumps(TITLE)}, author: [{{name: "Ada Brown"}}, {{name: "Joe Kent"}}]}}'
    assert read(html(head=f'<script type="application/ld+json">{script}</script>')).authors == BOTH
