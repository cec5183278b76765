"""The registry that is shipped, and the JSON Schema for editors that is shipped with it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from etl.sample.sources import sources_yaml
from etl.sources import registry
from etl.sources.check import Severity, check
from etl.sources.registry_yaml import _KEY_RULES, _RETENTION, _RIGHTS, _RULE, _SOURCE, REQUIRED

SEEDS = Path(__file__).parents[2] / "seeds" / "sources.yaml"
SCHEMA = json.loads(files("etl.sources").joinpath("registry.schema.json").read_text(encoding="utf-8"))


class Texts(yaml.SafeLoader):
    """As editors read a file for its schema: days stay text."""


Texts.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def valid(text: str) -> bool:
    return bool(jsonschema.Draft202012Validator(SCHEMA).is_valid(yaml.load(text, Loader=Texts)))


def test_it_has_publishers_of_forty_countries_and_all_of_them_are_off() -> None:
    sources = registry.load(SEEDS).sources.values()
    assert len(sources) >= 170 and len({source.country for source in sources}) >= 40
    assert not any(source.enabled for source in sources)
    assert all(source.country and (source.feeds or source.sitemaps or source.sections) for source in sources)


def test_nothing_in_it_is_an_error() -> None:
    findings = check(registry.load(SEEDS), today=date(2026, 12, 1))
    assert [each for each in findings if each.severity is Severity.ERROR] == []


def test_kinds_are_known_of_nearly_all_and_facts_stand_once() -> None:
    sources = list(registry.load(SEEDS).sources.values())
    assert sum(source.kind is not None for source in sources) >= 160
    for name in ("wikidata", "homepage"):
        counted = Counter(getattr(source, name) for source in sources if getattr(source, name))
        assert [value for value, count in counted.items() if count > 1] == [], name
    numbers = Counter(number for source in sources for number in source.issn)
    assert [number for number, count in numbers.items() if count > 1] == []


def test_the_schema_takes_the_shipped_registry_and_that_of_the_newsroom() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert valid(SEEDS.read_text(encoding="utf-8"))
    assert valid(sources_yaml(18080))


def test_the_schema_has_the_fields_that_a_registry_may_have_and_no_other() -> None:
    properties: dict[str, Any] = SCHEMA["$defs"]["source"]["properties"]
    assert set(properties) == set(_SOURCE)
    assert SCHEMA["$defs"]["source"]["required"] == list(REQUIRED)
    for name, fields in (("key_rules", _KEY_RULES), ("rights", _RIGHTS), ("retention", _RETENTION)):
        assert set(properties[name]["properties"]) == set(fields)
    assert set(properties["rules"]["items"]["properties"]) == set(_RULE)


ENTRY = "sources:\n- key: a\n  name: A\n  homepage: https://a.example/\n  languages: [en]\n"


def test_the_schema_takes_every_field_of_the_documents_example() -> None:
    text = (SEEDS.parent / "README.md").read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    assert valid(text)
    assert set(yaml.safe_load(text)["sources"][0]) == set(_SOURCE)


@pytest.mark.parametrize(
    "line",
    [
        "colour: red",
        "kind: paper",
        "wikidata: 7",
        "issn: 0261-3077",
        "feeds: https://a.example/feed",
        "feeds: [a.example/feed]",
        "enabled: 'yes'",
        "country: no",
        "min_delay_s: -1",
        "daily_budget: 0",
        "revisit_after: [1w]",
        "rights: {store: all}",
        "rules: [{valid_from: 2026-01-01}]",
        "include: ['a b']",
        "headers: {X-A: 1}",
    ],
)
def test_the_schema_refuses_what_reading_refuses(line: str, tmp_path: Path) -> None:
    from etl.errors import SettingError

    assert valid(ENTRY)
    assert not valid(f"{ENTRY}  {line}\n")
    path = tmp_path / "sources.yaml"
    path.write_text(f"{ENTRY}  {line}\n", encoding="utf-8")
    with pytest.raises(SettingError):
        registry.load(path)
