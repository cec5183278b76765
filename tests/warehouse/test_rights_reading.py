"""What readers and exports get: never a text against a no, by whatever policy, in whatever view, in whatever question."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from observations import observation
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from etl.embedded_postgres import server
from etl.model import CaptureMeta, FoundVia, Hint, Observation, Permission
from etl.rights.policy import SHIPPED, Decisions, RightsPolicy, leaves
from etl.rights.statements import Use
from etl.warehouse.engine import open_engine
from etl.warehouse.load.load import activate_rules, load_again
from etl.warehouse.load.rights_policy import sync

SOURCES = ("gazette", "herald", None)
PERMISSIONS = list(Permission)
# Every way to a text that a view has; each asks for what would be seen of an article.
QUESTIONS = {
    "news.article_text": "SELECT article_id, text FROM news.article_text {}",
    "news.article": "SELECT article_id, concat(description, removed::text) FROM news.article {}",
    "news.article_revision": "SELECT article_id, text FROM news.article_revision {}",
    "news.edit": "SELECT article_id, concat(added::text, removed::text) FROM news.edit {}",
    "news.article_hint": "SELECT article_id, summary FROM news.article_hint {}",
    "news.article_export": "SELECT article_id, text FROM news.article_export {}",
    "training": "SELECT article_id, text FROM news.article_export {} AND is_for_training",
}
CONDITIONS = (
    "WHERE true",
    "WHERE article_id = '{id}'",
    "WHERE article_id <> '{id}'",
    "WHERE article_id IN (SELECT article_id FROM news.article WHERE site = 'news.example')",
    "WHERE article_id IN (SELECT article_id FROM news.article WHERE source_key = 'gazette')",
    "WHERE article_id IN (SELECT article_id FROM news.article WHERE source_key IS NULL)",
    "WHERE article_id IN (SELECT article_id FROM news.rights WHERE may_train <> 'no')",
    "WHERE article_id IN (SELECT article_id FROM news.article ORDER BY url LIMIT 7)",
)


def articles(rng: random.Random, count: int) -> list[Observation]:
    """Articles with every permission in random company; each has had two texts, the first with other permissions."""
    found = []
    for n in range(count):
        for hours in (0, 1):
            store, show, export, train = (rng.choice(PERMISSIONS) for _ in range(4))
            hint = Hint(source_key="x", via=FoundVia.FEED, found_at="https://news.example/feed", summary=f"secret {n}")
            made = observation(
                f"https://news.example/{n}",
                hours=hours,
                text=f"secret {n} text {hours}",
                description=f"secret {n}",
                meta=CaptureMeta(hints=(hint,)),
                may_store=store,
                may_show=show,
                may_export=export,
                may_train=train,
            )
            found.append(replace(made, source_key=SOURCES[n % 3]))
    return found


def policies(rng: random.Random) -> RightsPolicy:
    def decisions() -> Decisions:
        allows = {
            use: {Permission.UNKNOWN: rng.random() < 0.5, Permission.NO: rng.random() < 0.2}
            for use in (Use.SHOW, Use.EXPORT, Use.TRAIN)
        }
        return Decisions(store=SHIPPED.store, allows=allows)

    some = {key: decisions() for key in ("gazette", "herald") if rng.random() < 0.5}
    return RightsPolicy(general=decisions(), of_source=some)


@pytest.fixture
def reader(emptied: Engine, postgres_home: Path) -> Iterator[Engine]:
    """The login that can only read."""
    engine = open_engine(server.reader_url(postgres_home, database=str(emptied.url.database)))
    yield engine
    engine.dispose()


@pytest.fixture
def known(emptied: Engine) -> Iterator[tuple[Engine, dict[str, list[Observation]]]]:
    rng = random.Random(18)
    made = articles(rng, 45)
    load_again(emptied, made)
    ids = {}
    with emptied.connect() as connection:
        for url, article_id in connection.execute(text("SELECT url, article_id FROM core.article")):
            ids[str(article_id)] = sorted((o for o in made if o.target_uri == url), key=lambda o: o.captured_at)
    yield emptied, ids


def may(policy: RightsPolicy, view: str, o: Observation) -> bool:
    if view in ("news.article_export", "training"):
        use = Use.TRAIN if view == "training" else Use.EXPORT
        return leaves(policy, use, source_key=o.source_key, may_export=o.page.may_export, may_train=o.page.may_train)
    return policy.of(o.source_key).allowed(Use.SHOW, o.page.may_show)


def shown(connection: Connection, view: str, condition: str) -> list[tuple[str, str]]:
    rows = connection.execute(text(QUESTIONS[view].format(condition)))
    return [(str(article), said) for article, said in rows if said and "secret" in said]


def ask(
    engine: Engine, reader: Engine, ids: dict[str, list[Observation]], *, questions: int, seed: int
) -> dict[str, int]:
    """Ask as a reader; how many rows came, by view. Fails at the first that came against a no, or did not come."""
    rng = random.Random(seed)
    counts = dict.fromkeys(QUESTIONS, 0)
    for n in range(questions):
        if n % 25 == 0:
            policy = policies(rng)
            sync(engine, policy)
        view, condition = rng.choice(list(QUESTIONS)), rng.choice(CONDITIONS).format(id=rng.choice(list(ids)))
        with reader.connect() as connection:
            rows = shown(connection, view, condition)
        for article, said in rows:
            first, last = ids[article]
            asked = first if said.endswith("text 0") and view == "news.article_revision" else last
            allowed = may(policy, view, asked) and (view != "news.edit" or may(policy, view, first))
            assert allowed, (view, condition, said)
        if condition == "WHERE true" and view not in ("news.edit", "news.article_revision", "news.article_hint"):
            assert {article for article, _ in rows} == {a for a, (_, o) in ids.items() if may(policy, view, o)}
        counts[view] += len(rows)
    return counts


def test_of_five_hundred_questions_none_brings_a_row_against_a_no(
    known: tuple[Engine, dict[str, list[Observation]]], reader: Engine
) -> None:
    counts = ask(known[0], reader, known[1], questions=500, seed=1)
    assert all(counts.values())


@pytest.mark.slow
def test_of_ten_thousand_questions_none_brings_a_row_against_a_no(
    known: tuple[Engine, dict[str, list[Observation]]], reader: Engine
) -> None:
    counts = ask(known[0], reader, known[1], questions=10_000, seed=2)
    assert all(counts.values())


@pytest.mark.parametrize("table", ["core.body", "core.hint", "core.observation", "ops.article_change", "ops.candidate"])
def test_readers_get_texts_from_views_alone(reader: Engine, table: str) -> None:
    with reader.connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
        connection.execute(text(f"SELECT * FROM {table}"))


def test_without_a_policy_a_no_is_kept_to(emptied: Engine) -> None:
    load_again(
        emptied,
        [
            observation("https://news.example/1", text="one", may_show=Permission.NO, may_export=Permission.NO),
            observation("https://news.example/2", text="two"),
        ],
    )
    with emptied.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM core.rights_policy")).scalar() == 0
        for view in ("article_text", "article_export"):
            assert connection.execute(text(f"SELECT text FROM news.{view}")).scalars().all() == ["two"]


def one(engine: Engine, query: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(query)).one()


@pytest.mark.parametrize("order", ["plain first", "stricter first", "together"])
def test_of_two_archives_that_have_a_capture_the_refusal_counts_whichever_came_first(
    emptied: Engine, order: str
) -> None:
    """One of them has no metadata with it, so it knows nothing of robots.txt."""
    plain = observation(text="the whole text", may_show=Permission.UNKNOWN)
    page = replace(plain.page, may_store=Permission.NO, may_show=Permission.NO, text="the", flags=("stored_excerpt",))
    strict = replace(plain, page=page)
    batches = {"plain first": [[plain], [strict]], "stricter first": [[strict], [plain]], "together": [[plain, strict]]}
    for batch in batches[order]:
        load_again(emptied, batch)
    found = one(
        emptied,
        "SELECT a.may_show, o.may_store, b.text, p.may_show, a.revision_count FROM core.article a "
        "JOIN core.observation o USING (capture_id, rules_version) JOIN core.body b ON b.text_digest = a.text_digest "
        "JOIN ops.processed p USING (capture_id, rules_version)",
    )
    assert tuple(found) == ("no", "no", "the", "no", 1)


def test_the_log_of_a_move_to_other_rules_keeps_no_text_that_may_be_kept_no_more(emptied: Engine) -> None:
    load_again(emptied, [observation(text="a\nb\nc")])
    activate_rules(emptied, ["r2"])
    load_again(emptied, [observation(text="a\nb\nc", rules="r2", flags=("x",))])
    short = observation(text="a\nb\nc", rules="r3", may_store=Permission.NO)
    activate_rules(emptied, ["r3"])
    load_again(emptied, [replace(short, page=replace(short.page, text="a", flags=("stored_excerpt",)))])
    with emptied.connect() as connection:
        fields = set(
            connection.execute(text("SELECT field FROM ops.article_change WHERE rules_after = 'r3'")).scalars()
        )
    assert "text" not in fields and {"may_store", "flags"} <= fields
