"""A source's own rules: what they select comes before general extraction, and what they no longer select is flagged."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from news_html import CAPTURED, NEWS, PARAGRAPHS, TITLE, URL, html, ld

from etl.extract.page import extract_page
from etl.extract.rules import SourceRules
from etl.model import Page, Precision


def read(markup: str, rules: SourceRules) -> Page:
    return extract_page(markup.encode(), url=URL, captured_at=CAPTURED, content_type="text/html", rules=rules)


@pytest.mark.parametrize(
    ("expression", "markup"),
    [("//div[@class='h']", "<div class=h> {t} </div>"), ("//div[@class='h']/text()", "<div class=h>{t}<i> x</i></div>"), ("//meta[@name='x']", '<meta name=x content="{t}">'),
     ("//meta[@name='x']/@content", '<meta name=x content="{t}">'), ("normalize-space(//div[@class='h'])", "<div class=h>\n {t}</div>")],
)  # fmt: skip
@pytest.mark.parametrize("language", ["ar", "ja", "ru"])
def test_a_rule_gives_the_title_from_an_element_its_text_or_an_attribute(
    expression: str, markup: str, language: str
) -> None:
    title, *lines = NEWS[language]
    page = read(
        html(title="Nordhafen", lines=tuple(lines), lang=language, before=markup.format(t=title)),
        SourceRules(title=("//b[@id='none']", expression)),
    )
    assert (page.title, page.evidence["title"], page.flags) == (title, "rule:title", ())


@pytest.mark.parametrize(
    ("markup", "stamp"),
    [("<b class=d>20.05.2024, 09:30</b>", datetime(2024, 5, 20, 7, 30, tzinfo=UTC)), ('<time class=d datetime="2024-05-20T09:30:00+03:00">heute</time>', datetime(2024, 5, 20, 6, 30, tzinfo=UTC))],
)  # fmt: skip
def test_a_rule_gives_the_publication_time_before_what_the_page_tells_machines(markup: str, stamp: datetime) -> None:
    head = ld({"@type": "NewsArticle", "headline": TITLE, "datePublished": "2024-05-01T10:00:00+02:00"})
    rules = SourceRules(published=("//*[@class='d']",), timezone="Europe/Berlin")
    page = read(html(head=head, before=markup), rules)
    assert page.published_at == stamp
    assert page.published_precision in (Precision.MINUTE, Precision.SECOND)
    assert page.evidence["published_at"].startswith("rule:published")


def test_a_rule_that_selects_no_date_leaves_the_pages_own() -> None:
    head = ld({"@type": "NewsArticle", "headline": TITLE, "datePublished": "2024-05-01T10:00:00+02:00"})
    page = read(html(head=head, before="<b class=d>soon</b>"), SourceRules(published=("//b[@class='d']",)))
    assert page.evidence["published_at"] == "jsonld:datePublished"


def test_a_rule_gives_the_body_and_another_drops_from_it() -> None:
    body = f'<div class="x"><p>{PARAGRAPHS[0]}</p><p class="more">{PARAGRAPHS[1]}</p><p>{PARAGRAPHS[2]}</p></div>'
    page = read(html(after=body), SourceRules(body=("//div[@class='x']",), drop=("//p[@class='more']",)))
    assert page.text == f"{PARAGRAPHS[0]}\n{PARAGRAPHS[2]}"


@pytest.mark.parametrize(
    "expression", ["//div[@class='old']", "//div[", "count(//p)", "string(//nothing)", "//p[foo()]"]
)
def test_a_rule_that_selects_nothing_is_flagged_and_general_extraction_reads_the_page(expression: str) -> None:
    gone = (expression,)
    page = read(html(), SourceRules(body=gone, title=gone, published=gone, drop=gone))
    assert (page.title, page.text) == (TITLE, "\n".join(PARAGRAPHS))
    assert page.flags == ("body_rule_unmatched", "title_rule_unmatched", "published_rule_unmatched")


def test_one_of_several_rules_is_enough() -> None:
    assert read(html(), SourceRules(body=("//div[@class='old']", "//article"))).flags == ()
