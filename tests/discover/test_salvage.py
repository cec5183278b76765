"""One broken entry costs that entry: the others of its sitemap, JSON feed or feed are read, and the loss is said."""

from __future__ import annotations

import json

import pytest

from etl.discover.documents import DocumentKind, parse_document
from etl.discover.parsed import ParsedDocument
from etl.extract.decode import decode

SITE = "https://paper.example/"


def read(text: str | bytes, kind: DocumentKind = DocumentKind.SITEMAP, url: str = SITE + "f/feed") -> ParsedDocument:
    return parse_document(kind, text if isinstance(text, bytes) else text.encode(), url, source_key="paper")


def names(found: ParsedDocument) -> list[str]:
    return [candidate.url.removeprefix(SITE) for candidate in found.candidates]


def news(*titles: str) -> str:
    entries = "".join(
        f"<url><loc>{SITE}{number}</loc><news:news><news:publication_date>2026-11-10</news:publication_date>"
        f"<news:title>{title}</news:title></news:news></url>"
        for number, title in enumerate(titles)
    )
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'


@pytest.mark.parametrize(
    "title",
    [
        "one <i>open and <br> more",
        "less < than",
        "<b><p>bold <br><br> and <li>",
        "عنوان <br> طويل <i>",
        "見出し<br>と<ruby>文字",
        "a <news:title> again",
        "<![CDATA[never closed",
    ],
)
def test_markup_in_a_title_costs_no_other_entry_of_a_sitemap(title: str) -> None:
    found = read(news("first", title, "third"))
    assert {"0", "2"} <= set(names(found)) or (title.startswith("<![CDATA[") and "0" in names(found)), found
    assert any(problem.startswith("not_well_formed") for problem in found.problems) or len(names(found)) == 3


def test_what_an_entry_says_is_kept_when_it_is_salvaged() -> None:
    found = read(news("<i>open <br>", "Müller &amp; Söhne"))
    last = found.candidates[-1].hint
    assert (last.title, last.published_raw) == ("Müller & Söhne", "2026-11-10")
    assert any(problem.startswith("salvaged: 2 of 2") for problem in found.problems)


def items(*bodies: str) -> str:
    return '{"version": "https://jsonfeed.org/version/1", "items": [' + ",".join(bodies) + "]}"


def item(number: int, extra: str = '"title": "t"') -> str:
    return f'{{"id": "{number}", "url": "{SITE}{number}", {extra}}}'


@pytest.mark.parametrize(
    ("broken", "names_wanted"),
    [
        ('"content_html": "line\none\ttab"', ["0", "1", "2"]),
        ('"title": "an "unescaped" quote"', ["0", "2"]),
        ('"title": "a bad \\x escape"', ["0", "2"]),
        ('"title": undefined', ["0", "2"]),
        ('"title": "標題 "引用" 文"', ["0", "2"]),
        ("\"title\": 'single'", ["0", "2"]),
        ('"n": 1,', ["0", "2"]),
    ],
)
def test_a_broken_item_costs_no_other_item_of_a_json_feed(broken: str, names_wanted: list[str]) -> None:
    found = read(items(item(0), item(1, broken), item(2)), DocumentKind.FEED)
    assert names(found) == names_wanted
    assert len(names_wanted) == 3 or any(problem.startswith("lost: 1 ") for problem in found.problems)


def test_a_json_feed_that_ends_in_the_middle_gives_what_came() -> None:
    whole = items(item(0), item(1), item(2))
    assert json.loads(whole)
    assert names(read(whole[:-30], DocumentKind.FEED)) == ["0", "1"]


LABELS = ["iso-8859-1", "windows-1252", "windows-1251", "koi8-r", "shift_jis", "gbk", "big5", "iso-8859-9"]
TEXTS = [
    "Müller grüßt die Bürger in Köln",
    "Élection présidentielle : résultats à 20 h",
    "Новости дня: курс рубля",
    "今日のニュースをお伝えします",
    "今天的新闻头条报道",
    "أخبار اليوم من العالم",
    "חדשות היום מהעולם",
    "Türkiye'de gündem değişti, ışıklar söndü",
]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("text", TEXTS)
def test_a_cut_character_makes_no_legacy_text_of_utf8(label: str, text: str) -> None:
    body = f'<meta charset="{label}"><p>{text} {text} </p>'.encode() + "é".encode()[:1] + b" end"
    assert text in decode(body).text
    feed = (
        f'<?xml version="1.0" encoding="{label}"?><rss><channel><item><title>{text} {text}</title><link>{SITE}1</link>'
    )
    broken = "<description>é".encode()[:-1] + b"</description></item></channel></rss>"
    assert read(feed.encode() + broken, DocumentKind.FEED).candidates[0].hint.title == f"{text} {text}"


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("iso-8859-1", "Müller grüßt die Bürger, «MENÜ» à 20 h"),
        ("windows-1252", "“Menü” – Öl, Ärger und Überdruß"),
        ("windows-1251", "Новости дня: курс рубля"),
        ("koi8-r", "Новости дня: курс рубля"),
        ("shift_jis", "今日のニュースをお伝えします"),
        ("euc-jp", "今日のニュースをお伝えします"),
        ("gbk", "今天的新闻头条报道"),
        ("big5", "今天的新聞頭條報導"),
        ("euc-kr", "오늘의 뉴스를 전합니다"),
        ("windows-1256", "أخبار اليوم من العالم"),
        ("iso-8859-9", "Türkiye'de gündem değişti, ışıklar söndü"),
    ],
)
def test_a_genuine_legacy_text_stays_one(label: str, text: str) -> None:
    assert text in decode(f'<meta charset="{label}"><p>{text}</p>'.encode(label)).text


def rss(*entries: str) -> ParsedDocument:
    return read(
        f'<rss version="2.0"><channel>{"".join(f"<item>{e}</item>" for e in entries)}</channel></rss>',
        DocumentKind.FEED,
    )


@pytest.mark.parametrize(
    "guid",
    [
        "80042",
        "tag:paper.example,2026:1",
        "paper-2026-11-10-a",
        "<![CDATA[ 17 ]]>",
        "urn:uuid:1",
        "1024 at https://paper.example",
    ],
)
def test_a_guid_that_is_no_web_address_is_none(guid: str) -> None:
    found = rss(f"<title>t</title><guid>{guid}</guid>", f"<link>{SITE}a</link><guid>{guid}</guid>")
    assert names(found) == ["a"]
    assert any(problem.startswith("no_link: 1 of 2") for problem in found.problems)


@pytest.mark.parametrize(
    "links",
    [
        '<link rel="alternate" href="{}a"/><link rel="enclosure" type="image/jpeg">{}x.jpg</link>',
        '<link rel="enclosure" type="audio/mpeg" href="{}x.mp3"/><link rel="alternate" href="{}a"/>',
        '<link rel="alternate" type="application/json" href="{}a.json"/><link type="text/html" href="{}a"/>',
        '<link rel="alternate" type="text/html" href="{}a"/><link type="application/pdf" href="{}a.pdf"/>',
        '<link rel="alternate" href=""/><link rel="alternate" href="{}a"/><!--{}-->',
        '<link rel="replies" href="{}c"/><link href="{}a"/>',
    ],
)
def test_of_several_links_the_page_is_taken(links: str) -> None:
    entry = f"<entry><id>urn:1</id><title>t</title>{links.format(SITE, SITE)}</entry>"
    assert names(read(f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>', DocumentKind.FEED)) == ["a"]


@pytest.mark.parametrize("mark", ["\u200b", "\ufeff", "\u200e", "\u2060", "\u00ad", "\u202a"])
def test_invisible_characters_are_no_part_of_an_address(mark: str) -> None:
    assert names(rss(f"<link>{mark}{SITE}a{mark}</link>")) == ["a"]


@pytest.mark.parametrize(
    ("host", "channel", "href", "wanted"),
    [
        ("https://feeds.example/paper", SITE, "/a", "a"),
        ("https://feeds.example/paper", SITE, "news/a", "news/a"),
        ("https://feeds.example/x/y", SITE + "section/", "a", "section/a"),
        ("https://cdn.example/f.xml", SITE, "?p=17", "?p=17"),
        (SITE + "blog/feed", SITE, "a", "blog/a"),
        (SITE + "blog/feed", "", "/a", "a"),
        ("https://feeds.example/paper", SITE, "https://paper.example/b", "b"),
    ],
)
def test_a_relative_link_is_the_sites_where_another_host_serves_the_feed(
    host: str, channel: str, href: str, wanted: str
) -> None:
    text = f"<rss version='2.0'><channel><link>{channel}</link><item><link>{href}</link></item></channel></rss>"
    assert names(read(text, DocumentKind.FEED, host)) == [wanted]
