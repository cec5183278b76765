"""A proposal as an entry of the registry file."""

from __future__ import annotations

from pathlib import Path

import yaml

from etl.probe.findings import Proposal, Verdict, Warn
from etl.probe.writing import to_yaml
from etl.sources import registry

PROPOSAL = Proposal(
    asked="vega.example",
    verdict=Verdict.READY,
    key="la-vega",
    name="La Vega: diario",
    homepage="https://vega.example/",
    country="NO",
    languages=("es", "no"),
    timezone="Europe/Oslo",
    aliases=("127.0.0.26:18080",),
    feeds=("https://vega.example/rss/portada.xml?a=1&b=[2]", "https://vega.example/#x: y"),
    evidence={"timezone": ("+01:00: a clock\n  - key: forged", "x" * 500)},
    warnings=(Warn(message="line one\nsources: []"),),
)


def test_the_entry_is_read_as_what_was_proposed_whatever_words_stand_in_it(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text("sources:\n" + to_yaml(PROPOSAL, enabled=False), encoding="utf-8")
    (source,) = registry.load(path).sources.values()
    for name in ("key", "name", "homepage", "country", "languages", "timezone", "aliases", "feeds"):
        assert getattr(source, name) == getattr(PROPOSAL, name), name
    assert not source.enabled


def test_evidence_stands_in_comments_of_one_line_each() -> None:
    text = to_yaml(PROPOSAL, enabled=True)
    assert "# +01:00: a clock - key: forged" in text
    assert "# ! line one sources: []" in text
    assert max(map(len, text.splitlines())) < 200


def test_without_comments_there_are_only_fields() -> None:
    text = to_yaml(PROPOSAL, enabled=True, comments=False)
    assert not any(line.lstrip().startswith("#") for line in text.splitlines())
    assert yaml.safe_load("sources:\n" + text)["sources"][0]["enabled"] is True


def test_of_a_site_that_was_not_reached_there_are_comments_alone() -> None:
    nothing = Proposal(
        asked="a.example",
        verdict=Verdict.NOT_READY,
        key="a",
        name="a.example",
        homepage="",
        warnings=(Warn(message="https://a.example/: timeout"),),
    )
    assert yaml.safe_load(to_yaml(nothing, enabled=False)) is None
    assert "timeout" in to_yaml(nothing, enabled=False)
