from __future__ import annotations

import builtins
import socket
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.discover import feeds, json_feed
from etl.discover.parsed import ParsedDocument
from etl.model import FoundVia, Hint

BASE = "https://paper.example/rss/feed.xml"


def parse(text: str, encoding: str = "utf-8", content_type: str | None = None) -> ParsedDocument:
    return feeds.parse(text.encode(encoding), BASE, content_type, source_key="paper")


def rss(items: str, head: str = '<?xml version="1.0" encoding="utf-8"?>', channel: str = "", root: str = "") -> str:
    return f'{head}<rss version="2.0" {root}><channel><title>Paper</title>{channel}{items}</channel></rss>'


def item(inside: str) -> str:
    return f"<item><link>https://paper.example/1</link>{inside}</item>"


def urls(found: ParsedDocument) -> list[str]:
    return [candidate.url for candidate in found.candidates]


def title(markup: str, **more: str) -> str | None:
    (candidate,) = parse(rss(item(f"<title>{markup}</title>"), **more)).candidates
    return candidate.hint.title


def test_an_entry_becomes_a_candidate_with_what_the_feed_said_of_it() -> None:
    found = parse(
        rss(
            "<item><title>Storm on the coast</title><link>https://paper.example/storm</link>"
            "<pubDate>Mon, 23 Nov 2026 10:00:00 +0100</pubDate><description>Boats stay in.</description></item>",
            channel="<language>en-gb</language>",
        )
    )
    (candidate,) = found.candidates
    assert candidate.url == "https://paper.example/storm"
    assert candidate.hint == Hint(
        source_key="paper",
        via=FoundVia.FEED,
        found_at=BASE,
        title="Storm on the coast",
        published_raw="Mon, 23 Nov 2026 10:00:00 +0100",
        summary="Boats stay in.",
        language="en-gb",
    )
    assert found.problems == ()
    assert found.children == ()


@pytest.mark.parametrize(
    ("headline", "encoding", "declared"),
    [
        ("Шторм на побережье: «Анна» идёт", "windows-1251", "windows-1251"),
        ("Шторм на побережье", "koi8-r", "koi8-r"),
        ("Ενισχύονται οι άνεμοι", "iso-8859-7", "iso-8859-7"),
        ("Fırtına kıyıya ulaştı", "iso-8859-9", "iso-8859-9"),
        ("Bouře míří na pobřeží", "iso-8859-2", "iso-8859-2"),
        ("台風が沿岸に接近、警戒続く", "shift_jis", "Shift_JIS"),
        ("台風が沿岸に接近、警戒続く", "euc_jp", "EUC-JP"),
        ("颱風逼近沿海", "big5", "Big5"),
        ("台风逼近沿海", "gb18030", "gb2312"),
        ("태풍이 해안에 접근", "euc_kr", "euc-kr"),
        ("العاصفة تقترب من الساحل", "windows-1256", "windows-1256"),
        ("הסערה מתקרבת לחוף", "windows-1255", "windows-1255"),
        ("พายุเข้าใกล้ชายฝั่ง", "utf-8", "utf-8"),
        ("तूफ़ान तट के पास", "utf-16", "utf-16"),
        ("Storm närmar sig kusten", "utf-8-sig", "utf-8"),
        ("Storm närmar sig kusten", "utf-8", "iso-8859-1"),  # a label that lies
        ("Storm närmar sig kusten", "utf-8", "utf-16"),
    ],
)
def test_a_headline_is_read_in_every_encoding(headline: str, encoding: str, declared: str) -> None:
    text = rss(item(f"<title>{headline}</title>"), head=f'<?xml version="1.0" encoding="{declared}"?>\n')
    (candidate,) = parse(text, encoding, "text/xml").candidates
    assert candidate.hint.title == headline


def test_the_header_names_the_encoding_where_the_document_does_not() -> None:
    text = rss(item("<title>Fırtına kıyıya ulaştı</title>"), head="")
    (candidate,) = parse(text, "iso-8859-9", "text/xml; charset=ISO-8859-9").candidates
    assert candidate.hint.title == "Fırtına kıyıya ulaştı"


@pytest.mark.parametrize(
    ("markup", "seen"),
    [
        ("<![CDATA[Kent &amp; <b>Sussex</b>]]>", "Kent & Sussex"),
        ("Kent &amp;amp; Sussex", "Kent & Sussex"),
        ("Kent & Sussex", "Kent & Sussex"),
        ("&lt;i&gt;Nature&lt;/i&gt; &amp;quot;study&amp;quot; &amp;#8211; what now", 'Nature "study" – what now'),
        ("Caf&eacute; &nbsp; &hellip;", "Café …"),
        ("Kurs &lt; 3 und &gt; 2", "Kurs < 3 und > 2"),
        ("&lt;code&gt;&amp;amp;lt;br&amp;amp;gt;&lt;/code&gt; &copy without end", "&lt;br&gt; &copy without end"),
        ("line\n  two\t three", "line two three"),
        ("e\u0301te\u0301", "été"),
        ("form\x0bfeed \x01", "formfeed"),
        ("<b>nested</b> markup", "nested markup"),
        ("a&lt;br/&gt;b", "a b"),
        ("", None),
        ("&lt;p&gt;&lt;/p&gt;", None),
        ("&#0;&#x1F;x", "\ufffdx"),
        ("خبر &quot;عاجل&quot;", 'خبر "عاجل"'),
    ],
)
def test_a_title_is_text_as_readers_see_it(markup: str, seen: str | None) -> None:
    assert title(markup) == seen


def test_a_long_title_is_cut_and_shows_it() -> None:
    cut = title("x" * 10_000)
    assert cut is not None and len(cut) == 501 and cut.endswith("…")


def test_an_atom_title_of_type_text_may_speak_of_markup() -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de">'
        '<entry><title type="text">Was &lt;b&gt; in HTML heißt</title><link href="/1"/></entry>'
        '<entry><title type="html">&lt;b&gt;Fett&lt;/b&gt; &amp;amp; kursiv</title><link href="/2"/></entry>'
        '<entry xml:lang="fr"><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><i>Été</i></div></title>'
        '<link href="/3"/></entry></feed>'
    )
    hints = [candidate.hint for candidate in parse(atom).candidates]
    assert [hint.title for hint in hints] == ["Was <b> in HTML heißt", "Fett & kursiv", "Été"]
    assert [hint.language for hint in hints] == ["de", "de", "fr"]


def test_atom_links_are_the_alternates_and_dates_stay_apart() -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:paper.example,2026:1</id>'
        '<link rel="self" href="https://paper.example/api/1"/><link rel="enclosure" href="https://paper.example/1.mp3"/>'
        '<link rel="alternate" href="https://paper.example/1"/>'
        "<published>2026-11-23T10:00:00Z</published><updated>2026-11-23T12:00:00Z</updated></entry>"
        "<entry><id>tag:paper.example,2026:2</id><updated>2026-11-22T12:00:00Z</updated>"
        '<link href="https://paper.example/2"/></entry></feed>'
    )
    first, second = parse(atom).candidates
    assert (first.url, first.hint.published_raw) == ("https://paper.example/1", "2026-11-23T10:00:00Z")
    assert first.hint.modified_raw == "2026-11-23T12:00:00Z"
    assert (second.hint.published_raw, second.hint.modified_raw) == (None, "2026-11-22T12:00:00Z")


def test_an_rdf_feed_of_the_old_kind_is_read() -> None:
    rdf = (
        '<?xml version="1.0" encoding="EUC-JP"?><rdf:RDF xmlns="http://purl.org/rss/1.0/" xml:lang="ja" '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<channel rdf:about="https://paper.example/"><title>新聞</title></channel>'
        '<item rdf:about="https://paper.example/1"><title>台風</title><link>https://paper.example/1</link>'
        "<dc:date>2026-11-23T10:00:00+09:00</dc:date></item></rdf:RDF>"
    )
    (candidate,) = parse(rdf, "euc_jp").candidates
    assert (candidate.url, candidate.hint.title) == ("https://paper.example/1", "台風")
    assert (candidate.hint.published_raw, candidate.hint.modified_raw) == ("2026-11-23T10:00:00+09:00", None)


@pytest.mark.parametrize(
    ("inside", "url"),
    [
        ("<link>/a/1</link>", "https://paper.example/a/1"),
        ("<link> https://paper.example/a/1 \n</link>", "https://paper.example/a/1"),
        ("<link>2</link>", "https://paper.example/rss/2"),
        ("<link>//cdn.example/1</link>", "https://cdn.example/1"),
        ("<link>https://paper.example/?a=1&b=2&copy=3</link>", "https://paper.example/?a=1&b=2&copy=3"),
        ("<link><![CDATA[https://paper.example/?a=1&b=2]]></link>", "https://paper.example/?a=1&b=2"),
        ("<link>https://paper.example/?a=1&amp;amp;b=2</link>", "https://paper.example/?a=1&b=2"),
        ("<link>https://paper.example/новости</link>", "https://paper.example/новости"),
        ("<guid>https://paper.example/g</guid>", "https://paper.example/g"),
        ('<guid isPermaLink="true">https://paper.example/g</guid>', "https://paper.example/g"),
        ("<guid>https://paper.example/g</guid><link>https://paper.example/l</link>", "https://paper.example/l"),
        (
            '<link>https://feeds.feedburner.com/~r/p/1</link><f:origLink xmlns:f="http://rssnamespace.org/feedburner/'
            'ext/1.0">https://paper.example/1</f:origLink>',
            "https://paper.example/1",
        ),
    ],
)
def test_the_link_of_an_entry_is_made_absolute(inside: str, url: str) -> None:
    assert urls(parse(rss(f"<item><title>x</title>{inside}</item>"))) == [url]


@pytest.mark.parametrize("base", ["https://paper.example/archive/", "/archive/", "../archive/"])
def test_xml_base_is_the_base_of_relative_links(base: str) -> None:
    text = rss("<item><link>1</link></item>", root=f'xml:base="{base}"')
    assert urls(parse(text)) == ["https://paper.example/archive/1"]


def test_entries_without_a_link_are_counted() -> None:
    found = parse(
        rss(
            item("")
            + '<item><title>a</title><guid isPermaLink="false">tag:1</guid></item>'
            + "<item><link>javascript:alert(1)</link></item><item><link>mailto:a@b.example</link></item>"
        )
    )
    assert urls(found) == ["https://paper.example/1"]
    assert found.problems == ("no_link: 3 of 4 entries",)


def test_a_feed_that_names_a_story_twice_offers_it_twice() -> None:
    assert len(parse(rss(item("") + item(""))).candidates) == 2


BROKEN = [
    rss(item("<title>a") + item("<title>b</title>")),
    rss(item("<title>a</title>") + item("<title>b</title>"))[:-20],
    rss(item("<title>a</title>") + item("<title>b</title>")).replace("</channel>", ""),
    "Warning: mysql_connect() in /srv/x.php\n" + rss(item("<title>a</title>") + item("<title>b</title>")),
    rss(item("<title>a</title>") + item("<undeclared:x>1</undeclared:x>")),
]


@pytest.mark.parametrize("text", BROKEN)
def test_what_can_be_read_of_a_broken_feed_is_read_and_the_rest_is_told(text: str) -> None:
    found = parse(text)
    assert found.candidates and set(urls(found)) == {"https://paper.example/1"}
    assert found.problems[0].startswith("not_well_formed: ")
    assert "\n" not in found.problems[0]


@pytest.mark.parametrize("before", ["\n\n  ", "\ufeff", "\ufeff\n"])
def test_blanks_before_the_declaration_do_no_harm(before: str) -> None:
    assert parse(before + rss(item(""))).problems == ()


@pytest.mark.parametrize("body", [b"", b"  \n", b"\xef\xbb\xbf", b"\x00\x00", b"\x1f\x8b"])
def test_an_empty_answer_is_a_problem_and_nothing_else(body: bytes) -> None:
    found = feeds.parse(body, BASE, source_key="paper")
    assert found.candidates == ()
    assert found.problems[-1] == "empty_document"


def test_a_feed_without_entries_is_no_problem() -> None:
    assert parse(rss("")) == ParsedDocument()


@pytest.mark.parametrize("text", ["not a feed", "<html><body>no</body></html>", "{}", "<a/>", "\x89PNG\r\n\x1a\n"])
def test_what_is_no_feed_says_so(text: str) -> None:
    found = parse(text)
    assert found.candidates == ()
    assert "no_feed" in found.problems


BOMB = (
    '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12))
    + "]>"
)


def test_a_bomb_of_entities_has_nothing_to_expand() -> None:
    (candidate,) = parse(rss(item("<title>&m; boom</title>"), head='<?xml version="1.0"?>' + BOMB)).candidates
    assert candidate.hint.title == "&m; boom"


def test_no_file_and_no_address_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*args: object, **kwargs: object) -> Any:
        raise AssertionError(f"opened: {args}")

    outside = '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    texts = [
        rss(item("<title>&x;|</title>"), head='<?xml version="1.0"?>' + outside),
        "https://127.0.0.1:9/feed.xml",
        "file:///etc/passwd",
        "/etc/passwd",
    ]
    parse(rss(item("")))  # codecs and parsers are imported by now
    with monkeypatch.context() as patch:
        patch.setattr(builtins, "open", forbidden)
        patch.setattr(socket, "socket", forbidden)
        patch.setattr(socket, "create_connection", forbidden)
        found = [parse(text) for text in texts]
    assert found[0].candidates[0].hint.title == "&x;|"
    assert all("no_feed" in each.problems for each in found[1:])


def test_a_failure_of_the_parser_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: object, **kwargs: object) -> Any:
        raise RecursionError("too deep")

    monkeypatch.setattr(feeds.feedparser, "parse", fails)
    assert parse(rss(item(""))).problems == ("feed_parser_failed: RecursionError: too deep",)


@pytest.mark.parametrize("room", [feeds.parse, json_feed.parse])
@given(
    body=st.one_of(st.binary(max_size=200), st.text(st.sampled_from('<>&;![]"=/ax?-{}:'), max_size=200).map(str.encode))
)
def test_no_bytes_at_all_raise(room: Callable[..., ParsedDocument], body: bytes) -> None:
    assert isinstance(room(body, BASE, None, source_key="paper"), ParsedDocument)
    assert isinstance(room(b"<rss><channel><item><link>" + body, BASE, "text/xml", source_key="paper"), ParsedDocument)


JSON_FEED = """
{"version": "https://jsonfeed.org/version/1.1", "title": "Paper", "language": "pt-BR", "items": [
  {"id": "1", "url": "https://paper.example/1", "title": "Tempestade &amp; mar", "summary": "<p>Barcos\\u0000</p>",
   "date_published": "2026-11-23T10:00:00-03:00", "date_modified": "2026-11-23T12:00:00-03:00"},
  {"id": "https://paper.example/2", "language": "es", "title": "a < b"},
  {"id": "3", "external_url": "https://elsewhere.example/"},
  {"id": 4, "url": "/4?a=1&amp;b=2", "title": "\\ud83d solo", "date_published": 20261123},
  "no item"
]}
"""


def test_a_json_feed_is_read() -> None:
    found = json_feed.parse(JSON_FEED.encode(), BASE, source_key="paper")
    assert urls(found) == ["https://paper.example/1", "https://paper.example/2", "https://paper.example/4?a=1&b=2"]
    first, second, third = (candidate.hint for candidate in found.candidates)
    assert first == Hint(
        source_key="paper",
        via=FoundVia.JSON_FEED,
        found_at=BASE,
        title="Tempestade & mar",
        published_raw="2026-11-23T10:00:00-03:00",
        modified_raw="2026-11-23T12:00:00-03:00",
        summary="Barcos",
        language="pt-BR",
    )
    assert (second.title, second.language) == ("a < b", "es")
    assert (third.title, third.published_raw) == ("solo", None)
    assert found.problems == ("no_link: 2 of 5 entries",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty_document"),
        ("{", "not_well_formed"),
        ("[1]", "no_feed"),
        ('{"items": {}}', "no_feed"),
        ('{"a": ' + "[" * 100_000, "not_well_formed"),
        ("1" * 10_000, "not_well_formed"),
    ],
)
def test_what_is_no_json_feed_says_so(text: str, problem: str) -> None:
    found = json_feed.parse(text.encode(), BASE, source_key="paper")
    assert found.candidates == ()
    assert found.problems[0].startswith(problem)
