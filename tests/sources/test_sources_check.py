from __future__ import annotations

from dataclasses import replace
from datetime import date

from etl.paths import data
from etl.sources.check import Severity, check
from etl.sources.registry import ExtractionRule, Registry, Source, load

SOUND = Source(
    key="a",
    name="A",
    homepage="https://www.a.example.com/",
    languages=("ja",),
    timezone="Asia/Tokyo",
    feeds=("https://feeds.example.com/rss",),
)
TODAY = date(2026, 11, 24)


def codes(*sources: Source) -> list[tuple[Severity, str, str]]:
    return [(f.severity, f.source_key, f.code) for f in check(Registry.of(sources), today=TODAY)]


def test_a_sound_source_has_no_findings() -> None:
    assert codes(SOUND) == []


def test_two_sources_of_one_host_are_an_error() -> None:
    other = replace(SOUND, key="b", homepage="https://b.example.org/", aliases=("a.example.com",), feeds=())
    other = replace(other, sitemaps=("https://b.example.org/s.xml",))
    assert codes(SOUND, other) == [(Severity.ERROR, "b", "shared_host")]


def test_a_source_without_a_way_in_is_an_error_only_if_it_is_visited() -> None:
    assert codes(replace(SOUND, feeds=())) == [(Severity.ERROR, "a", "no_way_in")]
    assert codes(replace(SOUND, feeds=(), enabled=False)) == [
        (Severity.WARNING, "a", "no_way_in"),
        (Severity.INFO, "a", "disabled"),
    ]


def test_sections_alone_are_told() -> None:
    assert codes(replace(SOUND, feeds=(), sections=("https://a.example.com/local/",))) == [
        (Severity.INFO, "a", "sections_only")
    ]


def test_a_document_on_a_foreign_host_wants_an_alias() -> None:
    foreign = replace(
        SOUND,
        feeds=("https://cdn.example.net/1", "https://cdn.example.net/2"),
        sections=("https://www.partner.example.org/a",),
    )
    found = check(Registry.of([foreign]))
    assert [(f.severity, f.code) for f in found] == [(Severity.WARNING, "foreign_document")] * 2
    assert "aliases: [cdn.example.net]" in found[0].message
    assert "aliases: [partner.example.org]" in found[1].message and "all be foreign_host" in found[1].message
    allowed = replace(foreign, aliases=("cdn.example.net", "partner.example.org"))
    assert codes(allowed) == []


def test_a_missing_time_zone_costs_instants() -> None:
    assert codes(replace(SOUND, timezone=None)) == [(Severity.WARNING, "a", "no_timezone")]


def test_a_budget_that_no_day_is_long_enough_for_is_told() -> None:
    assert codes(replace(SOUND, min_delay_s=60.0)) == [(Severity.INFO, "a", "budget_unreachable")]
    assert codes(replace(SOUND, min_delay_s=60.0, daily_budget=1440)) == []


def test_rules_that_are_over_or_to_come_are_told_if_the_day_is_given() -> None:
    rules = (
        ExtractionRule(body=("//a",), valid_until=date(2026, 11, 23)),
        ExtractionRule(body=("//a",), valid_from=date(2026, 11, 25)),
        ExtractionRule(body=("//a",), valid_from=TODAY, valid_until=TODAY),
    )
    ruled = replace(SOUND, rules=rules)
    assert codes(ruled) == [(Severity.WARNING, "a", "rule_to_come"), (Severity.INFO, "a", "rule_over")]
    assert check(Registry.of([ruled])) == []


def test_errors_come_first_and_then_the_order_of_the_file() -> None:
    found = codes(
        replace(SOUND, key="z", homepage="https://z.example/", timezone=None),
        replace(SOUND, key="m", homepage="https://m.example/", feeds=()),
        replace(SOUND, key="b", homepage="https://b.example/", timezone=None),
    )
    assert [severity for severity, _, _ in found] == sorted((s for s, _, _ in found), key=list(Severity).index)
    assert [key for severity, key, code in found if code == "no_timezone"] == ["z", "b"]


def test_the_shipped_sources_are_sound_and_all_off() -> None:
    registry = load(data("seeds") / "sources.yaml")
    assert 60 <= len(registry.sources) <= 300
    assert registry.enabled == ()
    assert len({code for s in registry.sources.values() for code in s.languages}) >= 25
    findings = check(registry, today=TODAY)
    assert not [f for f in findings if f.severity is Severity.ERROR or f.code == "no_way_in"]
    assert sum(f.code == "no_timezone" for f in findings) <= 3  # where nobody says from which coast they write
