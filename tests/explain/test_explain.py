"""The sheet that explains a page: safe, complete, and true to what was decided."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from etl.clean.engine import rebuild
from etl.explain import marked
from etl.explain.fields import fields
from etl.explain.sheet import sheet
from etl.extract.page import read_page
from etl.extract.rules import SourceRules
from etl.extract.web import PageReading
from etl.model import Cut

AT = datetime(2024, 5, 20, 12, 0, tzinfo=UTC)
URL = "https://www.hafenpost.example/a"
TEXTS = {
    "en": ("Ferry line reopens", "The ferry carried its first passengers in nine years on Monday, said the council.", "Leave a comment"),
    "ar": ("العبارة تعود إلى العمل", "نقلت العبارة يوم الاثنين أول ركابها منذ تسع سنوات، كما أعلن مجلس الميناء في بيان له.", "اترك تعليقاً"),
    "ja": ("渡し舟が九年ぶりに再開", "港湾評議会によると、渡し舟は月曜日に九年ぶりに最初の乗客を運んだ。切符は四クローネである。", "コメントを残す"),
    "he": ("המעבורת חוזרת לפעול", "המעבורת הסיעה ביום שני את נוסעיה הראשונים זה תשע שנים, כך מסרה מועצת הנמל בהודעה.", "כתיבת תגובה"),
}  # fmt: skip


def page(language: str = "en", *, title: str | None = None, head: str = "", after: str = "") -> str:
    headline, line, prompt = TEXTS[language]
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><title>{title or headline} | Hafenpost</title>'
        f'<meta property="og:site_name" content="Hafenpost"><meta name="author" content="Ilse Brandvold">'
        f'<meta property="article:published_time" content="2024-05-20T09:00:00+02:00">{head}</head>'
        f"<body><article><h1>{title or headline}</h1>{f'<p>{line}</p>' * 1}<p>{line} {line}</p><p>{line} x</p><p>{prompt}</p>{after}</article></body></html>"
    )


def read(markup: str, rules: SourceRules | None = None) -> PageReading:
    found = read_page(markup.encode(), url=URL, captured_at=AT, content_type="text/html", rules=rules)
    assert isinstance(found, PageReading)
    return found


def shown(markup: str) -> str:
    return sheet(read(markup), url=URL, captured_at=AT, content_type="text/html", version="v")


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_the_text_stands_there_line_by_line_with_its_cuts_marked_by_their_rule(language: str) -> None:
    reading = read(page(language))
    headline, _, prompt = TEXTS[language]
    assert [c.text.strip() for c in reading.page.removed] == [headline, prompt]
    tree = lxml_html.fromstring(shown(page(language)))
    lines = [p.text_content() for p in tree.xpath("//div[@class='text']/p")]
    first, last = (cut.rule for cut in reading.page.removed)
    assert lines == [headline + first, *reading.page.text.split("\n"), prompt + last]
    assert [m.get("title") for m in tree.iter("mark")] == [first, last]
    categories = tree.xpath("//h2[.='Cuts']/following-sibling::table[1]//tbody/tr/td[2]/text()")
    assert sorted(categories) == ["comment_prompt", "title_echo"]
    assert tree.xpath("//div[@class='text']/@dir") == ["rtl" if language in ("ar", "he") else "ltr"]
    assert tree.xpath("//div[@class='text']/@lang") == [language]
    assert set(tree.xpath("//div[@class='text']/p/@dir")) == {"auto"}


EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'</style><style>"


def test_nothing_of_the_page_runs_or_is_loaded() -> None:
    quoted = EVIL.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    markup = page(
        title=quoted,
        head=f'<meta name="description" content="{quoted}"><link rel=canonical href="https://a.example/{quoted}"><meta name=keywords content="{quoted}">',
        after=f'<p>{quoted} and more of it, so that it is a paragraph of the text.</p><figure><img src="https://a.example/i.jpg"><figcaption>{quoted}</figcaption></figure>',
    )
    out = sheet(read(markup), url=f"https://a.example/{EVIL}", captured_at=AT, content_type=EVIL, version=EVIL)
    tree = lxml_html.fromstring(out)
    assert "alert(1)" in tree.text_content()
    assert {e.tag for e in tree.iter()} & {"script", "img", "iframe", "link", "object", "form", "base", "svg"} == set()
    assert len(list(tree.iter("style"))) == 1
    attributes = {name for e in tree.iter() for name in e.attrib}
    assert not {name for name in attributes if name.startswith("on")} and attributes.isdisjoint(
        {"src", "href", "srcset"}
    )
    assert "default-src 'none'" in tree.xpath("//meta[@http-equiv]/@content")[0]
    assert "url(" not in out.partition("</style>")[0] and "@import" not in out


def test_characters_that_turn_text_round_or_break_files_are_shown_as_what_they_are() -> None:
    url = "https://a.example/\u202egpj.exe\x00\x85\ud800"
    out = sheet(read(page()), url=url, captured_at=AT, content_type=None, version="v")
    assert "https://a.example/\\u202egpj.exe" in out
    assert not re.search("[\u202a-\u202e\x00\ud800-\udfff]", out)
    out.encode("utf-8")


def test_the_candidates_are_there_and_one_of_them_is_the_value() -> None:
    markup = page(
        head='<meta property="og:title" content="Ferry line reopens - Hafenpost"><meta name="twitter:title" content="Hafenpost">'
    )
    found = {f.name: f for f in fields(read(markup).page, read(markup), captured_at=AT)}
    title = found["title"]
    assert (title.value, title.place) == ("Ferry line reopens", "h1")
    by_place = {c.place: c for c in title.candidates}
    assert {p for p, c in by_place.items() if c.is_chosen} == {"h1"}
    assert by_place["meta:og:title"].note == "without the site's name: Ferry line reopens"
    assert by_place["meta:twitter:title"].note == "the site's name"
    published = found["published_at"]
    assert published.place == "meta:article:published_time"
    assert [(c.place, c.is_chosen) for c in published.candidates] == [("meta:article:published_time", True)]
    authors = found["authors"]
    assert [(c.value, c.place, c.is_chosen) for c in authors.candidates] == [("Ilse Brandvold", "meta:author", True)]


def test_candidates_that_lost_are_told_with_the_one_that_won() -> None:
    head = (
        '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Ferry line reopens","datePublished":"2024-05-19T22:00:00Z",'
        '"author":{"@type":"Person","name":"Jon Aas"},"keywords":["ferry"],"articleSection":"Region"}</script><meta name=keywords content="boat, harbour">'
    )
    found = {f.name: f for f in fields(read(page(head=head)).page, read(page(head=head)), captured_at=AT)}
    chosen = {name: [c.place for c in f.candidates if c.is_chosen] for name, f in found.items() if f.candidates}
    assert chosen["tags"] == ["jsonld:keywords"] and chosen["section"] == ["jsonld:articleSection"]
    assert chosen["published_at"] == ["jsonld:datePublished"] and chosen["authors"] == ["jsonld:author"]
    places = {name: [c.place for c in f.candidates] for name, f in found.items()}
    assert places["tags"] == ["jsonld:keywords", "meta:keywords"]
    assert places["authors"] == ["jsonld:author", "meta:author"]
    assert places["published_at"] == ["jsonld:datePublished", "meta:article:published_time"]


def test_a_rule_of_the_source_is_a_candidate_and_the_chosen_one() -> None:
    rules = SourceRules(title=("//p[1]",), published=("//b",))
    reading = read(page(after="<b>20.05.2024, 07:15</b>"), rules)
    found = {f.name: f for f in fields(reading.page, reading, captured_at=AT)}
    assert [c.place for c in found["title"].candidates if c.is_chosen] == ["rule:title"]
    dates = found.get("published_at") or found["published_on"]
    assert [c.place for c in dates.candidates if c.is_chosen] == ["rule:published"]


@pytest.mark.parametrize(
    "body", [b"", b"%PDF-1.7 x", b"Title\n\nA line of plain text that is long enough to be prose.", b"<html></html>"]
)
def test_what_is_no_web_page_is_explained_as_well(body: bytes) -> None:
    found = read_page(body, url="urn:x", captured_at=AT, content_type=None)
    out = sheet(found, url="urn:x", captured_at=AT, content_type=None, version="v")
    outcome = (found.page if isinstance(found, PageReading) else found).outcome.value
    assert lxml_html.fromstring(out).xpath("//strong/text()")[0].startswith(outcome)


@given(
    st.lists(
        st.tuples(st.text("aب渡é\n", min_size=1, max_size=6), st.booleans(), st.sampled_from(["a.b.en", "c"])),
        max_size=8,
    )
)
def test_pieces_are_the_extracted_text_and_the_legend_counts_every_cut(parts: list[tuple[str, bool, str]]) -> None:
    whole = "".join(text for text, _, _ in parts)
    cuts, at = [], 0
    for text, is_cut, rule in parts:
        if is_cut:
            cuts.append(Cut(rule=rule, zone="tail", start=at, end=at + len(text), text=text))
        at += len(text)
    kept = "".join(text for text, is_cut, _ in parts if not is_cut)
    assert rebuild(kept, tuple(cuts)) == whole
    lines = marked.lines(kept, cuts)
    assert ["".join(p.text for p in line) for line in lines] == [line for line in whole.split("\n") if line]
    gone = "".join(p.text for line in lines for p in line if p.cut is not None)
    assert gone == "".join(c.text for c in cuts).replace("\n", "")
    assert sum(row.cuts for row in marked.legend(cuts)) == len(cuts)
    assert sum(row.chars for row in marked.legend(cuts)) == sum(len(c.text) for c in cuts)


def test_colours_are_readable_in_light_and_dark() -> None:
    style = shown(page()).partition("<style>")[2].partition("</style>")[0]
    assert "color-scheme: light dark" in style and "prefers-color-scheme: dark" in style
    assert len(re.findall(r"--l: \d+%", style)) == 2
