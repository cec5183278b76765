from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.discover import sections
from etl.discover.parsed import ParsedDocument
from etl.discover.sections import looks_like_article
from etl.model import FoundVia, Hint

BASE = "https://www.paper.example.com/local/"


def parse(text: str, encoding: str = "utf-8", content_type: str | None = None) -> ParsedDocument:
    return sections.parse(text.encode(encoding), BASE, content_type, source_key="paper")


def page(inside: str, head: str = "") -> str:
    return f'<!DOCTYPE html><html lang="sv"><head><title>Lokalt</title>{head}</head><body>{inside}</body></html>'


def urls(found: ParsedDocument) -> list[str]:
    return [candidate.url for candidate in found.candidates]


STORY = '<a href="/2026/11/24/storm">Storm når kusten i natt</a>'


def test_a_link_to_an_article_becomes_a_candidate() -> None:
    (candidate,) = parse(page(STORY)).candidates
    assert candidate.url == "https://www.paper.example.com/2026/11/24/storm"
    assert candidate.hint == Hint(
        source_key="paper", via=FoundVia.SECTION, found_at=BASE, title="Storm når kusten i natt", language="sv"
    )


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://a.example/2026/11/24/storm", "Storm hits coast"),
        ("https://a.example/2026-11-24-storm.html", "Storm hits coast"),
        ("https://a.example/news/20261124/k10014/index.html", "台風が沿岸に接近"),
        ("https://a.example/politik/article123456789/Sturm.html", "Sturm trifft Küste"),
        ("https://a.example/news/articles/cx2lgdk8w4yo", "Storm hits coast"),
        ("https://a.example/deporte/la-tormenta-llega-a-la-costa/", "La tormenta llega"),
        ("https://a.example/artikel/sturm_trifft_die_kueste", "Sturm trifft Küste"),
        ("https://a.example/la-tempete-arrive-sur-la-cote_6543.html", "La tempête arrive"),
        ("https://a.example/ข่าว/พายุเข้าใกล้ชายฝั่งทะเล", "พายุเข้าใกล้ชายฝั่งทะเล"),
        (
            "https://a.example/%D8%A7%D9%84%D8%B9%D8%A7%D8%B5%D9%81%D8%A9-%D8%AA%D9%82%D8%AA%D8%B1%D8%A8",
            "العاصفة تقترب",
        ),
        ("https://a.example/новости/шторм-идёт-на-побережье", "Шторм идёт"),
        ("https://a.example/newsView/20261124000123", "태풍이 접근"),
        ("https://a.example/news.php?id=123456", "Storm hits coast"),
        ("https://a.example/?p=4711", "Storm hits coast"),
        ("https://a.example/n/storm", "The storm has now reached the coast in the north"),
        ("https://a.example/n/taifu", "台風が沿岸に接近、各地で警戒続く見込み"),
    ],
)
def test_articles_of_many_languages_and_systems_are_known(url: str, text: str) -> None:
    assert looks_like_article(url, text)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://a.example/", "The storm has now reached the coast in the north"),
        ("https://a.example/sport/", "Sport"),
        ("https://a.example/sport/fussball/bundesliga/", "Bundesliga"),
        ("https://a.example/2026/11/24/", "24 November"),
        ("https://a.example/2026/11/", "November 2026"),
        ("https://a.example/archive/2026-11-24.html", "24 November"),
        ("https://a.example/tag/storm-on-the-coast-123456", "Storm on the coast"),
        ("https://a.example/author/jane-of-the-long-name", "Jane Doe of the Long Name"),
        ("https://a.example/page/2", "2"),
        ("https://a.example/?page=2", "Next"),
        ("https://a.example/2026/11/24/storm.jpg", "Storm hits the coast"),
        ("https://a.example/files/report-of-the-storm-2026.pdf", "The report of the storm, in full"),
        ("https://a.example/2026/11/24/storm", "More"),
        ("https://a.example/2026/11/24/storm", ""),
        ("https://a.example/経済/", "経済"),
        ("https://a.example/спорт/футбол", "Футбол"),
    ],
)
def test_lists_functions_and_files_are_not_articles(url: str, text: str) -> None:
    assert not looks_like_article(url, text)


@pytest.mark.parametrize(
    "around",
    [
        "<nav>{}</nav>",
        "<footer><p>{}</p></footer>",
        "<aside>{}</aside>",
        '<div role="navigation">{}</div>',
        '<div role="contentinfo">{}</div>',
        '<ul role="MENU"><li>{}</li></ul>',
    ],
)
def test_links_of_the_boilerplate_are_left_out(around: str) -> None:
    assert urls(parse(page(around.format(STORY)))) == []
    assert urls(parse(page("<main>" + STORY + "</main>"))) != []


@pytest.mark.parametrize(
    "attribute",
    ['rel="nofollow"', 'rel="NOFOLLOW noopener"', 'rel="sponsored"', 'rel="author"', "download", 'rel="next"'],
)
def test_links_that_ask_not_to_be_followed_are_left_out(attribute: str) -> None:
    assert urls(parse(page(STORY.replace("<a ", f"<a {attribute} ")))) == []
    assert urls(parse(page(STORY.replace("<a ", '<a rel="noopener bookmark" ')))) != []


@pytest.mark.parametrize(
    "href",
    ["#storm-2026-11-24", "javascript:open(123456)", "mailto:a@paper.example", "tel:123456", "https://other.example/2026/11/24/a-b",
     "", "/local/", "https://www.paper.example.com/local/?utm_source=front#x", "http://"],
)  # fmt: skip
def test_links_that_lead_nowhere_else_on_the_site_are_left_out(href: str) -> None:
    text = "A headline that is long enough for any address"
    assert urls(parse(page(f'<a href="{href}">{text}</a>'))) == []


def test_other_hosts_of_the_site_are_taken_and_neighbours_on_a_platform_are_not() -> None:
    links = "".join(
        f'<a href="https://{host}/2026/11/24/storm">Storm når kusten</a>'
        for host in ("sport.paper.example.com", "paper.example.com", "paper.example.com:8443", "example.org")
    )
    assert [url.split("/")[2] for url in urls(parse(page(links)))] == [
        *("sport.paper.example.com", "paper.example.com", "paper.example.com:8443"),
    ]
    local = sections.parse(
        page('<a href="http://127.0.0.1:81/2026/11/24/a">Storm når kusten</a>' + STORY).encode(),
        "http://127.0.0.1:80/",
        source_key="paper",
    )
    assert urls(local) == ["http://127.0.0.1:80/2026/11/24/storm"] or urls(local) == [
        "http://127.0.0.1/2026/11/24/storm"
    ]


def test_a_source_may_say_which_hosts_are_its_own() -> None:
    text = page('<a href="https://alias.example/2026/11/24/a-b">Storm når kusten</a>' + STORY)
    found = sections.parse(text.encode(), BASE, source_key="paper", owns=lambda url: "alias" in url)
    assert urls(found) == ["https://alias.example/2026/11/24/a-b"]


def test_several_links_to_one_article_are_one_candidate_with_the_headline() -> None:
    text = page(
        '<a href="/2026/11/24/storm?utm_source=front"><img src="x.jpg" alt="En våg slår över piren i hamnen"></a>'
        '<h3><a href="/2026/11/24/storm">Storm når kusten</a></h3>'
        '<a href="/2026/11/24/storm#kommentarer">Storm når kusten, och många frågar sig varför ingen varnade</a>'
    )
    (candidate,) = parse(text).candidates
    assert candidate.url == "https://www.paper.example.com/2026/11/24/storm?utm_source=front"
    assert candidate.hint.title == "Storm når kusten"


def test_the_title_of_a_card_is_its_heading() -> None:
    text = page(
        '<a href="/2026/11/24/storm"><i>Inrikes</i><h2>Storm <em>når</em>\n kusten &amp; öarna</h2><p>Långt</p></a>'
        '<a href="/2026/11/24/storm">En text som är mycket längre än rubriken och ändå ingen rubrik är</a>'
    )
    assert parse(text).candidates[0].hint.title == "Storm når kusten & öarna"


def test_a_picture_alone_speaks_by_its_description() -> None:
    text = page('<a href="/2026/11/24/storm"><img alt="Storm når kusten"></a>')
    assert parse(text).candidates[0].hint.title == "Storm når kusten"
    text = page('<a href="/2026/11/24/storm" aria-label="Storm når kusten nu"><svg></svg></a>')
    assert parse(text).candidates[0].hint.title == "Storm når kusten nu"


def test_a_base_element_is_honoured() -> None:
    text = page('<a href="2026/11/24/storm">Storm når kusten</a>', head='<base href="/nyheter/">')
    assert urls(parse(text)) == ["https://www.paper.example.com/nyheter/2026/11/24/storm"]
    text = page(
        '<a href="2026/11/24/storm">Storm når kusten</a>', head='<base target="_top"><base href="javascript:x">'
    )
    assert urls(parse(text)) == ["https://www.paper.example.com/local/2026/11/24/storm"]


@pytest.mark.parametrize(
    ("encoding", "content_type", "head"),
    [
        ("utf-8", None, ""),
        ("utf-16", None, ""),
        ("windows-1251", "text/html; charset=windows-1251", ""),
        ("windows-1251", "text/html", '<meta charset="windows-1251">'),
        ("utf-8", "text/html; charset=iso-8859-1", ""),
    ],
)
def test_a_page_is_read_in_every_encoding(encoding: str, content_type: str | None, head: str) -> None:
    text = page('<a href="/2026/11/24/шторм">Шторм идёт на побережье</a>', head).replace("Lokalt", "")
    (candidate,) = parse(text, encoding, content_type).candidates
    assert candidate.hint.title == "Шторм идёт на побережье"
    assert candidate.url.endswith("/2026/11/24/шторм")


def test_an_xhtml_page_with_a_declaration_is_read() -> None:
    assert urls(parse('<?xml version="1.0" encoding="utf-8"?>' + page(STORY))) != []


@pytest.mark.parametrize("text", ["", "  ", "<!-- nothing -->", "<!DOCTYPE html>"])
def test_a_page_without_anything_has_no_links(text: str) -> None:
    assert parse(text).candidates == ()


def test_deep_markup_is_bounded() -> None:
    assert isinstance(parse("<div>" * 50_000 + STORY), ParsedDocument)


@given(st.binary(max_size=200) | st.text(st.sampled_from('<>&;!"=/ahref:.2016-x '), max_size=200).map(str.encode))
def test_no_page_raises(body: bytes) -> None:
    assert isinstance(sections.parse(body, BASE, source_key="paper"), ParsedDocument)
    assert isinstance(sections.parse(b'<a href="' + body, BASE, source_key="paper"), ParsedDocument)
