from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from etl.model import Capture
from etl.sources.check import Severity
from etl.sources.registry import Registry
from etl.sources.rule_use import RuleUse, findings, uses
from etl.sources.source import ExtractionRule, Source

OLD = '<html lang=ar><body><h1 class="t">العبارة</h1><div class="alt">نص الخبر الأول.</div><aside class="ad">x</aside></body></html>'
NEW = '<html lang=ja><body><h1>渡船</h1><div class="neu">渡船が再開した。</div></body></html>'
SPRING, AUTUMN = datetime(2026, 4, 1, 23, 59, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)


def capture(markup: str, at: datetime = AUTUMN, *, charset: str = "utf-8") -> Capture:
    return Capture(
        target_uri="https://www.a.example/x",
        captured_at=at,
        payload_digest="",
        status=200,
        headers=(("Content-type", f"text/html; charset={charset}"),),
        body=markup.encode(charset),
    )


def source(*rules: ExtractionRule) -> Source:
    return Source(key="a", name="A", homepage="https://www.a.example/", languages=("ja",), rules=rules)


def codes(rule: ExtractionRule, *captures: Capture) -> list[tuple[Severity, str]]:
    return [(f.severity, f.code) for f in findings(source(rule), captures)]


OLD_BODY = ExtractionRule(body=('//div[@class="alt"]',))


def test_a_rule_that_matches_has_no_findings() -> None:
    whole = ExtractionRule(body=('//div[@class="alt"]',), title=("//h1",), published=("//h1",), drop=("//aside",))
    assert codes(whole, capture(OLD)) == []


def test_a_rule_whose_layout_is_gone_is_an_error_that_says_what_to_do() -> None:
    found = list(findings(source(OLD_BODY), [capture(NEW)] * 20))
    assert [(f.severity, f.source_key, f.code) for f in found] == [(Severity.ERROR, "a", "rule_unmatched")]
    assert "rules[1].body" in found[0].message and "none of 20 captures" in found[0].message
    assert "valid_until" in found[0].message


@pytest.mark.parametrize("kind", ["title", "published"])
def test_titles_and_times_are_held_to_the_same(kind: str) -> None:
    rule = ExtractionRule(**{kind: ("//h1[@class='t']",)})
    assert codes(rule, capture(OLD)) == []
    assert codes(rule, capture(NEW)) == [(Severity.ERROR, "rule_unmatched")]


def test_a_rule_that_matches_few_pages_is_a_warning() -> None:
    assert codes(OLD_BODY, capture(OLD), capture(OLD), capture(NEW)) == []
    assert codes(OLD_BODY, capture(OLD), capture(NEW), capture(NEW)) == [(Severity.WARNING, "rule_seldom")]


def test_alternatives_count_together_and_drops_each_alone() -> None:
    both = ExtractionRule(body=('//div[@class="alt"]', '//div[@class="neu"]'), drop=("//aside", "//form"))
    pages = [capture(OLD), capture(NEW)]
    assert uses(source(both), pages) == [
        RuleUse(number=1, kind="body", expressions=both.body, pages=2, matched=2),
        RuleUse(number=1, kind="drop", expressions=("//aside",), pages=2, matched=1),
        RuleUse(number=1, kind="drop", expressions=("//form",), pages=2, matched=0),
    ]
    assert codes(both, *pages) == [(Severity.WARNING, "rule_unused")]


def test_a_rule_is_held_against_captures_of_its_days_only() -> None:
    until = ExtractionRule(body=('//div[@class="alt"]',), valid_until=date(2026, 4, 1))
    since = ExtractionRule(body=('//div[@class="neu"]',), valid_from=date(2026, 4, 2))
    pages = [capture(NEW, AUTUMN), capture(OLD, SPRING)]
    assert list(findings(source(until, since), pages)) == []
    assert codes(until, capture(NEW, AUTUMN)) == [(Severity.INFO, "rule_without_captures")]


def test_pages_in_old_encodings_and_broken_ones_are_looked_at_and_nothing_raises() -> None:
    rule = ExtractionRule(body=("//h1[.='渡船']",))
    assert codes(rule, capture(NEW, charset="shift_jis"), capture("")) == []


@pytest.mark.parametrize("kind", ["body", "drop", "title", "published"])
def test_each_part_of_a_rule_decides_on_the_version_of_its_source(kind: str) -> None:
    versions = set()
    for expression in ("//a", "//b"):
        ruled = source(ExtractionRule(**{kind: (expression,)}))
        versions.add(Registry.of([ruled]).version_of(ruled))
    assert len(versions) == 2
