"""`why` in a world of which it is known why each page is, or is not, among the articles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import text

from benchmarks.why_kinds import make
from benchmarks.why_scale import mistake
from benchmarks.why_world import NOW, RULES, World
from etl.model import Outcome
from etl.printable import json_line
from etl.stages.inspect.why import why
from etl.urls import url_key
from etl.warehouse.engine import open_engine
from etl.warehouse.load.load import activate_rules
from etl.why.advice import ADVICE
from etl.why.answer import STANDING_HELP, Standing, WhyAnswer


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    engine = open_engine(database_url)
    activate_rules(engine, [RULES])
    yield World(engine=engine, spread=4)
    engine.dispose()


def asked(world: World, *urls: str) -> list[WhyAnswer]:
    with world.engine.connect() as connection:
        return list(why(connection, world.registry, urls, now=NOW))


def test_every_answer_is_as_the_world_was_made_and_fits_its_schema(world):
    truths = make(world)
    answers = asked(world, *(t.asked for t in truths))
    mistakes = [said for t, a in zip(truths, answers, strict=True) if (said := mistake(t, a))]
    assert not mistakes, "\n".join(mistakes)
    assert {t.standing for t in truths} == set(Standing) == set(STANDING_HELP)
    schema = json.loads(files("etl.why").joinpath("answer.schema.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for answer in answers:
        validator.validate(json.loads(json_line(answer.to_json(), default=_plain)))
    assert all(a.do for a in answers if a.standing not in (Standing.ARTICLE, Standing.GONE, Standing.WAITING))


def test_sql_says_the_same_of_what_the_warehouse_holds(world):
    truths = [t for t in make(world) if t.is_in_sql]
    query = text("SELECT standing, outcome, url_key FROM news.why WHERE url = :url")
    found = []
    with world.engine.connect() as connection:
        for t in truths:
            by_key = text("SELECT DISTINCT standing FROM news.why WHERE url_key = :key")
            if t.standing is Standing.ERASED:
                rows = connection.execute(by_key, {"key": url_key(t.asked)}).scalars().all()
                found += [(t.asked, rows)] if rows != ["erased"] else []
                continue
            rows = connection.execute(query, {"url": t.asked if t.asked.startswith("https://") else t.url}).all()
            rows = rows or connection.execute(query, {"url": t.url}).all()
            if [row.standing for row in rows] != [t.standing.value]:
                found.append((t.asked, rows, t.standing))
    assert not found, "\n".join(map(str, found))


def test_asking_changes_nothing(world):
    truths = make(world)
    tables = "SELECT count(*), sum(hashtext(c::text)::bigint) FROM ops.candidate c"
    with world.engine.connect() as connection:
        before = connection.execute(text(tables.replace("::", "\\:\\:"))).one()
    asked(world, *(t.asked for t in truths))
    with world.engine.connect() as connection:
        assert connection.execute(text(tables.replace("::", "\\:\\:"))).one() == before


def test_without_a_warehouse_the_registry_answers(world):
    world.source("quiet", exclude=("/video/",))
    found = why(None, world.registry, ["https://quiet.example.com/a", "https://quiet.example.com/video/1"], now=NOW)
    assert [a.standing for a in found] == [Standing.NOT_OFFERED, Standing.EXCLUDED]


def test_a_spelling_that_is_known_is_named(world):
    s = world.source("quiet")
    world.taken(s, ["https://quiet.example.com/news/1"])
    (answer,) = asked(world, "https://quiet.example.com/news/1/")
    assert answer.standing is Standing.NOT_OFFERED
    assert answer.similar == ("https://quiet.example.com/news/1",)


def test_every_outcome_that_needs_it_has_advice():
    fine = {Outcome.ARTICLE, Outcome.KNOWN, Outcome.UNCHANGED, Outcome.DEFERRED, Outcome.DUPLICATE_CANDIDATE, Outcome.TOO_OLD,
            Outcome.EXCLUDED, Outcome.NOT_WEB}  # fmt: skip
    assert set(ADVICE) == set(Outcome) - fine


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
