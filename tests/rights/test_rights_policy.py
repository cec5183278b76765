from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from etl.errors import SettingError
from etl.model import Permission
from etl.paths import data
from etl.rights import policy
from etl.rights.policy import SHIPPED, Keep, RightsPolicy, leaves, load, read
from etl.rights.statements import Use
from etl.sources.registry import Registry
from etl.sources.source import Source

NO, UNKNOWN, YES = Permission.NO, Permission.UNKNOWN, Permission.YES
SCHEMA = json.loads((Path(policy.__file__).with_name("policy.schema.json")).read_text(encoding="utf-8"))


def told(text: str) -> list[str]:
    problems: list[str] = []
    read(text, problems)
    return problems


def made(text: str) -> RightsPolicy:
    problems: list[str] = []
    found = read(text, problems)
    assert problems == []
    return found


def source(key: str) -> Source:
    return Source(key=key, name=key, homepage=f"https://{key}.example/", languages=("en",))


def test_the_shipped_policy_keeps_and_shows_what_nothing_is_said_of_and_keeps_to_a_no() -> None:
    shipped = RightsPolicy()
    assert shipped.text_chars("a", UNKNOWN) is None and shipped.text_chars("a", YES) is None
    assert shipped.text_chars("a", NO) is None  # `noarchive` is meant for public copies
    assert not any(shipped.keeps_nothing("a", each) for each in Permission)
    shown = {
        (use, each): SHIPPED.allowed(use, each) for use in (Use.SHOW, Use.EXPORT, Use.TRAIN) for each in Permission
    }
    assert shown == {
        (Use.SHOW, YES): True,
        (Use.SHOW, UNKNOWN): True,
        (Use.SHOW, NO): False,
        (Use.EXPORT, YES): True,
        (Use.EXPORT, UNKNOWN): True,
        (Use.EXPORT, NO): False,
        (Use.TRAIN, YES): True,
        (Use.TRAIN, UNKNOWN): False,
        (Use.TRAIN, NO): False,
    }


def test_the_file_that_is_shipped_says_what_holds_without_a_file() -> None:
    assert load(data("seeds") / "rights.yaml") == RightsPolicy()


def test_a_source_has_decisions_of_its_own_for_what_it_names() -> None:
    found = made(
        "excerpt_chars: 80\nstore: {no: metadata}\nshow: {unknown: deny}\n"
        "sources:\n  gazette:\n    store: {no: full}\n    train: {unknown: allow}\n"
    )
    assert (found.text_chars(None, NO), found.text_chars("gazette", NO), found.text_chars("other", NO)) == (0, None, 0)
    assert not found.of("gazette").allowed(Use.SHOW, UNKNOWN)  # not named: as for all
    assert found.of("gazette").allowed(Use.TRAIN, UNKNOWN) and not found.of(None).allowed(Use.TRAIN, UNKNOWN)


def test_no_is_a_word_here_and_not_what_yaml_makes_of_it() -> None:
    assert made("store:\n  no: nothing\n").keeps_nothing(None, NO)
    assert made("store:\n  'no': nothing\n").keeps_nothing(None, NO)
    assert not made("store:\n  no: nothing\n").keeps_nothing(None, UNKNOWN)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stor: {no: full}", "line 1: unknown field 'stor': did you mean 'store'?"),
        ("store: {no: ful}", "line 1: store.no: 'ful': give one of full, excerpt, metadata, nothing"),
        ("store: {nope: full}", "line 1: store: unknown field 'nope': did you mean 'no'?"),
        ("store: {yes: full}", "line 1: store: `yes`: what is permitted is done; decide about `unknown` and `no`"),
        ("show:\n  no: full", "line 2: show.no: 'full': give one of allow, deny"),
        ("show: deny", "line 1: show: give `name: value` lines"),
        ("show: {no: [deny]}", "line 1: show.no: '': give one of allow, deny"),
        ("- store", "line 1: give `name: value` lines"),
        ("excerpt_chars: 0", "line 1: excerpt_chars: '0': give a number from 1 to 10000"),
        ("excerpt_chars: many", "line 1: excerpt_chars: 'many': give a number from 1 to 10000"),
        ("sources: {a: {excerpt_chars: 5}}", "line 1: sources.a: unknown field 'excerpt_chars'"),
        ("sources: [a]", "line 1: sources: give `name: value` lines"),
        ("store: {no: full, no: full}", "line 1: store: no again"),
        ("store: {", "line 1: no YAML"),
        ("store: {no: full}\nstore: {no: nothing}", "line 2: store again"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, said: str) -> None:
    (found,) = told(text)
    assert found.startswith(said)


@pytest.mark.parametrize("text", ["", "# nothing\n", "store:\n", "sources: {}\n"])
def test_what_is_left_out_is_as_shipped(text: str) -> None:
    assert made(text) == RightsPolicy()


def test_a_file_that_is_wrong_or_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"none\.yaml: No such file or directory: NEWS_ETL_RIGHTS names the file"):
        load(tmp_path / "none.yaml")
    path = tmp_path / "rights.yaml"
    path.write_text("stor: {}\nshwo: {}\n", encoding="utf-8")
    with pytest.raises(SettingError, match=r"rights\.yaml: 2 problems\n  line 1: .*\n  line 2: "):
        load(path)
    path.write_bytes(b"\xff")
    with pytest.raises(SettingError, match="not UTF-8"):
        load(path)


def test_a_source_that_there_is_not_is_named() -> None:
    with pytest.raises(
        SettingError, match="decides about 'gazete', and no source has that key: did you mean 'gazette'"
    ):
        policy.check_sources(made("sources: {gazete: {show: {no: allow}}}"), ["gazette", "herald"])


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [
        ("store: {'no': excerpt, unknown: full}\nexcerpt_chars: 300", True),
        ("sources: {gazette: {store: {'no': nothing}, train: {unknown: allow}}}", True),
        ("stor: {}", False),
        ("show: {'no': full}", False),
        ("store: {'yes': full}", False),
        ("excerpt_chars: 0", False),
    ],
)
def test_the_schema_for_editors_agrees(text: str, is_valid: bool) -> None:
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(text)) is is_valid
    assert (told(text) == []) is is_valid


def test_what_is_kept_is_part_of_a_sources_rules_version_and_what_is_shown_is_not() -> None:
    sources = [source("gazette"), source("herald")]
    as_shipped = Registry.of(sources)
    shown = Registry.of(sources, made("show: {unknown: deny}\ntrain: {no: allow}"))
    assert shown.version == as_shipped.version
    kept = Registry.of(sources, made("sources: {gazette: {store: {no: metadata}}}"))
    changed = {s.key for s in sources if kept.version_of(s) != as_shipped.version_of(s)}
    assert changed == {"gazette"} and kept.version_of(None) == as_shipped.version_of(None) == ""
    everywhere = Registry.of(sources, made("store: {unknown: excerpt}"))
    assert everywhere.version_of(None) and everywhere.version != kept.version != as_shipped.version
    excerpt = Registry.of(sources, made("store: {no: excerpt}"))
    longer = Registry.of(sources, made("store: {no: excerpt}\nexcerpt_chars: 500"))
    assert len({each.version_of(sources[0]) for each in (as_shipped, excerpt, longer)}) == 3


def test_the_gate_lets_nothing_out_that_may_not_leave_and_trains_on_nothing_that_may_not_be_exported() -> None:
    shipped = RightsPolicy()
    out: dict[Any, bool] = {
        (use, export, train): leaves(shipped, use, source_key=None, may_export=export, may_train=train)
        for use in (Use.EXPORT, Use.TRAIN)
        for export in Permission
        for train in Permission
    }
    assert {key for key, is_out in out.items() if is_out and key[0] is Use.TRAIN} == {
        (Use.TRAIN, UNKNOWN, YES),
        (Use.TRAIN, YES, YES),
    }
    assert not any(is_out for (_, export, _), is_out in out.items() if export is NO)


def test_every_word_of_the_policy_is_explained_where_it_is_shipped() -> None:
    text = (data("seeds") / "rights.yaml").read_text(encoding="utf-8")
    assert all(word.value in text for word in Keep)
