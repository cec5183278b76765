"""Bylines in the forms that papers use, and names that are none: people mentioned, commenters, controls, agencies, desks."""

from __future__ import annotations

import pytest
from news_html import NEWS, TITLE, html, ld, read

from etl.model import Page


def news(lang: str, *, before: str = "", after: str = "", last: str = "", head: str = "") -> Page:
    title, *lines = NEWS[lang]
    lines[-1] += last
    return read(html(title=title, lines=tuple(lines), lang=lang, before=before, after=after, head=head))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("<p>本报记者 王小明 李雷</p>", ("王小明", "李雷")), ("<p>记者：王小明</p>", ("王小明",)), ("<p>作者：王小明　来源：北港日报</p>", ("王小明",)), ("<div>2024-05-20 09:30 作者: 眉间尺 浏览: 312</div>", ("眉间尺",)),
        ("<p>文｜王小明 编辑｜李雷</p>", ("王小明",)), ("<p>文/王小明</p>", ("王小明",)), ("<p>撰文：王小明 摄影：李雷</p>", ("王小明",)), ("<p>■ 本报记者 欧阳小明 发自北京</p>", ("欧阳小明",)), ("<p>北港日报记者王小明/文 受访者供图</p>", ("王小明",)),
        ("<p>〔記者張三豐／台北報導〕</p>", ("張三豐",)), ("<p>（中央社記者張三豐台北20日電）</p>", ("張三豐",)), ("<p>記者張三豐、李四光／綜合報導</p>", ("張三豐", "李四光")), ("<p>採訪撰文／張三豐</p>", ("張三豐",)), ("<p>作者：卡洛斯·加西亚</p>", ("卡洛斯·加西亚",)),
        ('<span class="author">记者 王小明</span>', ("王小明",)), ('<p class="source">来源：北港日报 记者 王小明 2024年5月20日</p>', ("王小明",)),
    ],
)  # fmt: skip
def test_chinese_lines_over_the_text(line: str, names: tuple[str, ...]) -> None:
    assert news("zh", before=line).authors == names


@pytest.mark.parametrize(
    ("last", "names"),
    [
        ("（王小明 李雷）", ("王小明", "李雷")), ("（记者 王小明）", ("王小明",)), ("(北港日报记者 王小明)", ("王小明",)), ("（王小明 上海报道）", ("王小明",)), ("（记者王小明、李雷 通讯员张伟）", ("王小明", "李雷", "张伟")), ("（责任编辑：王小明）", ("王小明",)),
        ("（完）", ()), ("（图）", ()), ("（未完待续）", ()), ("记者了解到，渡轮将继续运营。", ()), ("据记者观察，乘客很多。", ()),
    ],
)  # fmt: skip
def test_chinese_names_at_the_end_of_the_text(last: str, names: tuple[str, ...]) -> None:
    assert news("zh", last=last).authors == names


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("<p>記者 山田太郎</p>", ("山田太郎",)), ("<p>山田太郎記者</p>", ("山田太郎",)), ("<p>文＝山田太郎</p>", ("山田太郎",)), ("<p>取材・文／山田花子</p>", ("山田花子",)), ("<p>執筆：山田 太郎</p>", ("山田 太郎",)), ("<p>編集委員 山田太郎</p>", ("山田太郎",)),
        ("<p>著者：山田太郎</p>", ("山田太郎",)), ("<p>ライター：山田花子</p>", ("山田花子",)), ('<p class="author">山田太郎</p>', ("山田太郎",)), ("<p>デジタル編集部</p>", ()), ("<p>編集：デジタル編集部</p>", ()),
    ],
)  # fmt: skip
def test_japanese_lines(line: str, names: tuple[str, ...]) -> None:
    assert news("ja", before=line).authors == names


@pytest.mark.parametrize(
    ("last", "names"),
    [
        ("（山田太郎）", ("山田太郎",)),
        ("【山田太郎】", ("山田太郎",)),
        ("（共同）", ()),
        ("（写真）", ()),
        ("（敬称略）", ()),
    ],
)
def test_japanese_names_at_the_end_of_the_text(last: str, names: tuple[str, ...]) -> None:
    assert news("ja", last=last).authors == names


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("<p>김하늘 기자</p>", ("김하늘",)), ("<p>김하늘 기자 sky@nordhafen.example</p>", ("김하늘",)), ("<p>[북항=노르트통신] 김하늘 기자 =</p>", ("김하늘",)), ("<p>(서울=연합뉴스) 김하늘 기자</p>", ("김하늘",)), ("<p>김하늘·박바다 기자</p>", ("김하늘", "박바다")),
        ("<p>글·사진 김하늘 기자</p>", ("김하늘",)), ("<p>정치부 김하늘 기자</p>", ("김하늘",)), ("<p>김하늘 인턴기자</p>", ("김하늘",)), ("<p>워싱턴 김하늘 특파원</p>", ("김하늘",)), ("<p>기자 김하늘</p>", ("김하늘",)), ("<p>작성자: 김하늘</p>", ("김하늘",)),
        ('<span class="reporter">김하늘 기자</span>', ("김하늘",)), ("<p>기자회견에서 밝혔다</p>", ()), ("<p>온라인뉴스팀 기자</p>", ()),
    ],
)  # fmt: skip
def test_korean_lines(line: str, names: tuple[str, ...]) -> None:
    assert news("ko", before=line).authors == names


@pytest.mark.parametrize(
    "value",
    [
        "Ada Brown, Senior Content Marketing Manager", "Ada Brown, PhD, Head of Research, Nordhafen", "More about Ada Brown", "View all posts by Ada Brown", "Ada Brown Full Bio", "2 hours ago Ada Brown", "Published 3 hours ago by Ada Brown", "BY ADA BROWN", "By Ada Brown December 3, 2024",
        "Ada Brown December", "Ada Brown 5 min read", "ByAda Brown", "AuthorAda Brown", "Written by: Ada Brown", "Ada Brown1,2", "Ada Brown Follow", "Alle Artikel von Ada Brown", "Ada Brown | Reporter | Nordhafen Post", "Ada Brown, M.D.", "Ada Brown Unfollow", "Texte: Ada Brown", "Автор: Ada Brown",
    ],
)  # fmt: skip
def test_what_is_glued_onto_a_name_goes(value: str) -> None:
    assert read(html(before=f'<p class="byline">{value}</p>')).authors == ("Ada Brown",)


@pytest.mark.parametrize(
    "value",
    ["Full Bio", "Sign in", "Unfollow", "Written By", "Powered by", "Who wrote this article, follow", "Published 3 hours ago", "Last updated", "Maybe up to billions", "See all articles", "Anmelden", "S'abonner", "Iniciar sesión", "Подписаться", "ログイン", "关注", "로그인", "Nordhafen, Germany"],
)  # fmt: skip
def test_controls_and_sentences_are_nobody(value: str) -> None:
    assert read(html(before=f'<p class="byline">{value}</p>')).authors == ()


@pytest.mark.parametrize(
    "box",
    [
        '<blockquote class="pull"><p>Nobody wanted that.</p><span class="author">Petra Lindqvist</span></blockquote>', '<figure><blockquote>Nobody</blockquote><figcaption class="author">Petra Lindqvist</figcaption></figure>',
        '<div class="pull-quote"><p>Nobody wanted that.</p><cite class="author">Petra Lindqvist</cite></div>', '<ol class="comments-list"><li class="comment"><cite class="author">Petra Lindqvist</cite><p>So late.</p></li></ol>',
        '<section class="latest"><div class="card"><a href="/b">Medal for the driver who stopped</a> <span class="author">3 hours ago Petra Lindqvist</span></div></section>', '<div class="x1"><a href="/b">Medal for the driver who stopped</a><span class="author">Petra Lindqvist</span></div>',
        '<div class="testimonial"><p>Great boat.</p><p class="author">Petra Lindqvist</p></div>', '<p>The record was held by <a href="/people/petra-lindqvist">Petra Lindqvist</a>, who crossed the Lunde two hundred times in a single year and never once missed the last boat home.</p>',
    ],
)  # fmt: skip
def test_who_is_quoted_or_comments_does_not_sign(box: str) -> None:
    assert read(html(after=box)).authors == ()


@pytest.mark.parametrize(
    "place",
    [
        '<p>Written by <a href="/people/ada">Ada Brown</a></p>', '<p class="t600">Written by<!-- --> <a href="/x">Ada Brown</a></p>', '<div><a href="/blog/author/ada-brown">Ada Brown</a></div>', '<span class="x"><a href="/authors/ada-brown/">Ada Brown</a></span>', '<aside class="post-author">Ada Brown</aside>',
        '<p class="by">Ada Brown</p>', "<p>03/01/2024 by Ada Brown, Candidate Representative</p>", '<p class="author">Ada Brown<br>4 May 2024</p>', "<p>By Ada Brown • 5 hours ago</p>", '<p>Geschrieben von <b>Ada Brown</b></p>', '<p>Escrito por <a href="/x">Ada Brown</a></p>', '<p>Автор: <a href="/x">Ada Brown</a></p>',
    ],
)  # fmt: skip
def test_a_person_whom_readers_see_is_seen(place: str) -> None:
    assert read(html(before=place)).authors == ("Ada Brown",)


@pytest.mark.parametrize("account", ["Watermark feed", "jsmith", "KatieS", "admin2", "Newswire import", "rss-bot"])
def test_an_account_gives_way_to_the_writer_whom_readers_see(account: str) -> None:
    node = {"@type": "NewsArticle", "headline": TITLE, "author": {"@type": "Person", "name": account}}
    page = read(html(head=ld(node), before='<p class="byline">By <a rel="author" href="/by/a">Aaron Bunch</a></p>'))
    assert page.authors == ("Aaron Bunch",)


@pytest.mark.parametrize(
    "script",
    [
        '{"@type":"NewsArticle","headline":"The "old" boat","author":[{"@type":"Person","name":"Ada Brown"},{"@type":"Person","name":"Joe Kent"}]}',
        '{"@type":"NewsArticle","headline":"x","description":"said "nobody" there","author":["Ada Brown","Joe Kent"]}',
        "{'@type':'NewsArticle','headline':'It's here','author':[{'name':'Ada Brown'},{'name':'Joe Kent'}]}",
        '{\\"@type\\":\\"NewsArticle\\",\\"headline\\":\\"x\\",\\"author\\":[{\\"name\\":\\"Ada Brown\\"},{\\"name\\":\\"Joe Kent\\"}]}',
        '{&quot;@type&quot;:&quot;NewsArticle&quot;,&quot;headline&quot;:&quot;x&quot;,&quot;author&quot;:[{&quot;name&quot;:&quot;Ada Brown&quot;},{&quot;name&quot;:&quot;Joe Kent&quot;}]}',
        '{"@type":"NewsArticle","headline":"a "b" c","author":[{"name":"Ada Brown","worksFor":{"name":"Nordhafen Post"}},{"worksFor":{"name":"Nordhafen Post"},"name":"Joe Kent"}]}',
        '"{\\"@type\\":\\"NewsArticle\\",\\"headline\\":\\"x\\",\\"author\\":[{\\"name\\":\\"Ada Brown\\"},{\\"name\\":\\"Joe Kent\\"}]}"',
    ],
)  # fmt: skip
def test_two_writers_in_broken_data_are_two(script: str) -> None:
    assert read(html(head=f'<script type="application/ld+json">{script}</script>')).authors == ("Ada Brown", "Joe Kent")
