from __future__ import annotations

import gzip
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.discover import sitemaps
from etl.discover.markup import mended, unpacked
from etl.discover.parsed import ChildSitemap, ParsedDocument
from etl.model import FoundVia, Hint

BASE = "https://paper.example/maps/news.xml"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def parse(text: str | bytes, encoding: str = "utf-8") -> ParsedDocument:
    body = text if isinstance(text, bytes) else text.encode(encoding)
    return sitemaps.parse(body, BASE, "text/html", source_key="paper")


def urlset(entries: str, head: str = HEAD, attributes: str = f'xmlns="{NAMESPACE}" xmlns:news="{NEWS}"') -> str:
    return f"{head}<urlset {attributes}>{entries}</urlset>"


def urls(found: ParsedDocument) -> list[str]:
    return [candidate.url for candidate in found.candidates]


ENTRY = "<url><loc>https://paper.example/1</loc></url>"
NEWS_ENTRY = (
    "<url><loc>https://paper.example/1</loc><lastmod>2026-11-23T12:00:00Z</lastmod><news:news><news:publication>"
    "<news:name>Gazeta</news:name><news:language>pl</news:language></news:publication>"
    "<news:publication_date>2026-11-23T10:00:00+01:00</news:publication_date>"
    "<news:title>Burza &amp;amp; fale</news:title></news:news></url>"
)


def test_a_plain_sitemap_gives_addresses_and_what_changed() -> None:
    found = parse(
        urlset("<url><loc> https://paper.example/a?x=1&amp;y=2 </loc><lastmod>2026-11-23</lastmod></url>" + ENTRY)
    )
    assert urls(found) == ["https://paper.example/a?x=1&y=2", "https://paper.example/1"]
    assert found.candidates[0].hint == Hint(
        source_key="paper", via=FoundVia.SITEMAP, found_at=BASE, modified_raw="2026-11-23"
    )
    assert (found.children, found.problems) == ((), ())


def test_a_news_sitemap_says_title_day_and_language() -> None:
    (candidate,) = parse(urlset(NEWS_ENTRY)).candidates
    assert candidate.hint == Hint(
        source_key="paper",
        via=FoundVia.NEWS_SITEMAP,
        found_at=BASE,
        title="Burza & fale",
        published_raw="2026-11-23T10:00:00+01:00",
        modified_raw="2026-11-23T12:00:00Z",
        language="pl",
    )


def test_an_index_names_further_sitemaps() -> None:
    found = parse(
        f'{HEAD}<sitemapindex xmlns="{NAMESPACE}"><sitemap><loc>https://paper.example/maps/1.xml.gz</loc>'
        "<lastmod>2026-11-23T10:00:00Z</lastmod></sitemap><sitemap><loc>2.xml</loc></sitemap></sitemapindex>"
    )
    assert found == ParsedDocument(
        children=(
            ChildSitemap(url="https://paper.example/maps/1.xml.gz", modified_raw="2026-11-23T10:00:00Z"),
            ChildSitemap(url="https://paper.example/maps/2.xml"),
        )
    )


@pytest.mark.parametrize(
    "attributes",
    [
        f'xmlns="{NAMESPACE}" xmlns:news="{NEWS}"',
        f'xmlns="{NAMESPACE}/" xmlns:news="{NEWS.replace("http:", "https:")}"',
        'xmlns="http://www.google.com/schemas/sitemap/0.84" xmlns:news="urn:wrong"',
        'xmlns:news="x"',
        "",
    ],
)
def test_namespaces_may_be_wrong_or_missing(attributes: str) -> None:
    (candidate,) = parse(urlset(NEWS_ENTRY, attributes=attributes)).candidates
    assert candidate.hint.via is FoundVia.NEWS_SITEMAP
    assert candidate.hint.title == "Burza & fale"


def test_prefixes_and_capitals_do_not_matter() -> None:
    text = f'<S:UrlSet xmlns:S="{NAMESPACE}"><S:URL><S:Loc>https://paper.example/1</S:Loc></S:URL></S:UrlSet>'
    assert urls(parse(text)) == ["https://paper.example/1"]


def test_pictures_and_translations_are_not_pages() -> None:
    text = urlset(
        "<url><image:image><image:loc>https://paper.example/1.jpg</image:loc></image:image>"
        '<xhtml:link rel="alternate" hreflang="fr" href="https://paper.example/fr"/>'
        "<image:image><image:url><image:loc>https://paper.example/2.jpg</image:loc></image:url></image:image>"
        "<loc>https://paper.example/1</loc></url>",
        attributes=f'xmlns="{NAMESPACE}" xmlns:image="i" xmlns:xhtml="h"',
    )
    assert urls(parse(text)) == ["https://paper.example/1"]


@pytest.mark.parametrize(
    ("loc", "url"),
    [
        ("<![CDATA[ https://paper.example/?a=1&b=2 ]]>", "https://paper.example/?a=1&b=2"),
        ("<![CDATA[https://paper.example/?a=1&amp;b=2]]>", "https://paper.example/?a=1&b=2"),
        ("https://paper.example/?a=1&b=2&copy=3", "https://paper.example/?a=1&b=2&copy=3"),
        ("https://paper.example/<!-- x -->a", "https://paper.example/a"),
        ("/a", "https://paper.example/a"),
        ("https://gazeta.example/łódź?q=ж", "https://gazeta.example/łódź?q=ж"),
        ("https://例え.example/記事", "https://例え.example/記事"),
    ],
)
def test_an_address_is_read_as_it_was_meant(loc: str, url: str) -> None:
    found = parse(urlset(f"<url><loc>{loc}</loc></url>"))
    assert (urls(found), found.problems) == ([url], ())


def test_entries_without_a_usable_address_are_counted() -> None:
    found = parse(
        urlset(ENTRY + "<url/><url><loc></loc></url><url><loc>ftp://x/</loc></url><url><loc>http://</loc></url>")
    )
    assert urls(found) == ["https://paper.example/1"]
    assert found.problems == ("bad_entry: 4 of 5 entries",)


@pytest.mark.parametrize(
    ("encoding", "head"),
    [
        ("utf-16", '<?xml version="1.0" encoding="UTF-16"?>'),
        ("utf-16-le", '<?xml version="1.0" encoding="UTF-16"?>'),
        ("utf-16-be", ""),
        ("utf-8-sig", HEAD),
        ("windows-1251", '<?xml version="1.0" encoding="windows-1251"?>'),
        ("utf-8", '<?xml version="1.0" encoding="utf-16"?>'),
        ("utf-8", "\n\n" + HEAD),
        ("utf-8", ""),
    ],
)
def test_a_sitemap_is_read_in_every_encoding(encoding: str, head: str) -> None:
    text = urlset(NEWS_ENTRY.replace("Burza", "Буря").replace("/1<", "/буря<"), head=head)
    (candidate,) = parse(text, encoding).candidates
    assert (candidate.hint.title, candidate.url) == ("Буря & fale", "https://paper.example/буря")


def test_gzip_is_known_by_its_bytes() -> None:
    packed = gzip.compress(urlset(ENTRY).encode(), mtime=0)
    assert parse(packed) == parse(urlset(ENTRY))
    halves = urlset(ENTRY).encode()
    assert parse(gzip.compress(halves[:50], mtime=0) + gzip.compress(halves[50:], mtime=0)) == parse(urlset(ENTRY))
    assert parse(gzip.compress(gzip.compress(b"x"), mtime=0)).candidates == ()


def test_a_damaged_archive_gives_what_was_before_the_damage() -> None:
    many = "".join(f"<url><loc>https://paper.example/{n * 7919}</loc></url>" for n in range(5000))
    packed = gzip.compress(urlset(many).encode(), mtime=0)
    found = parse(packed[: len(packed) // 2])
    assert 100 < len(found.candidates) < 5000
    assert found.problems[0] == "bad_gzip: the gzip stream ends too early"
    broken = bytearray(packed)
    broken[15:25] = b"\xff" * 10
    assert parse(bytes(broken)).problems[0].startswith("bad_gzip: ")
    assert parse(packed + b"\0\0\0").problems == ()


def test_a_bomb_of_gzip_is_unpacked_to_the_limit_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MAX_BYTES", 100_000)
    packed = gzip.compress(urlset(ENTRY + " " * 200_000_000).encode(), compresslevel=1, mtime=0)
    tracemalloc.start()
    found = parse(packed)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert urls(found) == ["https://paper.example/1"]
    assert found.problems[0] == "too_large: cut at 100000 bytes: more than 100000 bytes"
    assert peak < 10_000_000


def test_the_limits_of_the_protocol_cut_and_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (sitemaps.MAX_BYTES, sitemaps.MAX_ENTRIES) == (52_428_800, 50_000)
    monkeypatch.setattr(sitemaps, "MAX_ENTRIES", 3)
    lines = "".join(f"https://paper.example/{n}\n" for n in range(5))
    entries = "".join(f"<url><loc>https://paper.example/{n}</loc></url>" for n in range(5))
    for text in (lines, urlset(entries)):
        found = parse(text)
        assert urls(found) == [f"https://paper.example/{n}" for n in range(3)]
        assert found.problems == ("too_many_entries: 2 of 5 left out",)
    monkeypatch.setattr(sitemaps, "MAX_BYTES", len(urlset(entries)) - 40)
    found = parse(urlset(entries))
    assert found.problems[0].startswith("too_large: cut at")
    assert urls(found)[:2] == ["https://paper.example/0", "https://paper.example/1"]


def test_a_text_sitemap_is_a_list_of_lines() -> None:
    found = parse(
        "\ufeffhttps://paper.example/1\r\n\r\n  HTTPS://paper.example/ż \nnot an address\n# comment\nhttp://\n"
    )
    assert urls(found) == ["https://paper.example/1", "https://paper.example/ż"]
    assert found.problems == ("bad_entry: 3 of 5 lines",)
    assert found.candidates[0].hint.via is FoundVia.SITEMAP


@pytest.mark.parametrize(
    "dtd",
    [
        '<!DOCTYPE urlset [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE urlset [<!entity % x SYSTEM "file:///etc/passwd"> %x;]>',
        '<!-- <!DOCTYPE --><!DOCTYPE urlset SYSTEM "http://127.0.0.1:9/" [ <!ELEMENT a ANY><!ENTITY a SYSTEM "x">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_sitemap_that_declares_entities_is_refused(dtd: str, encoding: str) -> None:
    found = parse(urlset(ENTRY, head=dtd), encoding)
    assert found.candidates == ()
    assert found.problems[0].startswith("dtd_refused")


def test_a_declaration_does_not_hide_behind_a_root_in_a_comment() -> None:
    hidden = '<!-- <urlset> --><!DOCTYPE urlset [<!ENTITY a "https://evil.example/">]>'
    assert parse(urlset(ENTRY, head=hidden)).problems[0].startswith("dtd_refused")
    assert urls(parse(urlset(ENTRY, head="<!-- <urlset><url> -->"))) == ["https://paper.example/1"]


def test_a_harmless_doctype_is_passed_over() -> None:
    assert urls(parse(urlset(ENTRY, head="<!DOCTYPE urlset>"))) == ["https://paper.example/1"]


@pytest.mark.parametrize(
    "text",
    [
        urlset(ENTRY)[:-12],
        urlset(ENTRY + "<url><loc>https://paper.example/2</url>"),
        urlset(ENTRY + "<url><loc>https://paper.example/a<b</loc></url>"),
        urlset(ENTRY).replace("</urlset>", "</urlse>"),
    ],
)
def test_what_can_be_read_of_a_broken_sitemap_is_read_and_the_rest_is_told(text: str) -> None:
    found = parse(text)
    assert urls(found)[0] == "https://paper.example/1"
    assert found.problems[0].startswith("not_well_formed: line 1: ")


def test_text_that_xml_forbids_is_left_out() -> None:
    (candidate,) = parse(urlset(NEWS_ENTRY.replace("Burza", "Bu\x0brza\x00"))).candidates
    assert candidate.hint.title == "Burza & fale"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "empty_document"),
        (b" \n ", "empty_document"),
        (b"<html></html>", "no_sitemap"),
        (b"{}", "no_sitemap"),
        (b"nothing here", "no_sitemap"),
    ],
)
def test_what_is_no_sitemap_says_so(body: bytes, problem: str) -> None:
    assert parse(body) == ParsedDocument(problems=(problem,))


def test_a_sitemap_without_entries_is_no_problem() -> None:
    assert parse(urlset("")) == ParsedDocument()


def test_depth_and_size_of_the_markup_are_bounded() -> None:
    assert parse("<urlset>" + "<url>" * 100_000).candidates == ()
    assert parse("<urlset>" + "<![CDATA[" * 200_000).candidates == ()


def test_a_sitemap_of_megabytes_is_read_whole() -> None:
    text = urlset("".join(f"<url><loc>https://paper.example/{n}</loc><x>{'y' * 500}</x></url>" for n in range(20_000)))
    found = parse(text)
    assert len(found.candidates) == 20_000


@given(st.binary(max_size=200) | st.text(st.sampled_from('<>&;![]"=/urlsetocxm:?- '), max_size=200).map(str.encode))
def test_no_bytes_at_all_raise_here(body: bytes) -> None:
    assert isinstance(parse(body), ParsedDocument)
    assert isinstance(parse(b"<urlset><url><loc>https://a.example/" + body), ParsedDocument)
    assert isinstance(parse(gzip.compress(body, mtime=0)[:-3]), ParsedDocument)


@given(st.text(st.sampled_from("a&;#x1<>[]!CDATlm "), max_size=60))
def test_mending_twice_is_mending_once(text: str) -> None:
    assert mended(mended(text)) == mended(text)


@given(st.binary(max_size=3000), st.integers(1, 4000))
def test_unpacking_gives_the_bytes_up_to_the_limit(body: bytes, limit: int) -> None:
    data, problems = unpacked(gzip.compress(body, mtime=0), limit)
    assert data == body[:limit]
    assert bool(problems) == (len(body) > limit)
