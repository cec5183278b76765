"""What becomes of a capture that comes again, of a URL that is erased meanwhile, and of what a load leaves behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from observations import START, observation
from sqlalchemy import Engine, text

from etl.model import CaptureMeta, Observation, Outcome, Place, Redirect
from etl.warehouse.load.load import activate_rules, load_batch, recompute
from etl.warehouse.load.rows import to_json

HERE = Place(warc="raw/here.warc.gz", offset=7, length=70)
THERE = Place(warc="raw/there.warc.gz", offset=9, length=90)


@pytest.fixture
def engine(emptied: Engine) -> Engine:
    return emptied


def load(engine: Engine, *observations: Observation, key: str) -> dict[Outcome, int]:
    return load_batch(engine, observations, batch_key=key, sha256="s", rules_version="r1").outcomes


def rows(engine: Engine, query: str) -> Sequence[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def run(engine: Engine, statement: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def of(place: Place, *, hops: Sequence[str] = (), robots: Mapping[str, str] | None = None, **how: Any) -> Observation:
    """The capture of one page as an archive has it."""
    meta = CaptureMeta(redirects=tuple(Redirect(url=url, status=301) for url in hops), robots=robots or {})
    return replace(observation(meta=meta, **how), place=place)


PLACE = "SELECT warc, warc_offset, warc_length FROM core.capture"


def place_of(place: Place) -> tuple[str, int, int]:
    return place.warc, place.offset, place.length


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_place_of_the_whole_page_is_kept_whole_before_that_of_a_revisit(
    engine: Engine, order: tuple[int, int]
) -> None:
    twins = (of(HERE), of(THERE, is_revisit=True))
    for n in order:
        load(engine, twins[n], key=str(n))
    assert rows(engine, PLACE) == [place_of(HERE)]


@pytest.mark.parametrize("is_revisit", [False, True])
@pytest.mark.parametrize("more", [{"hops": ["https://b.example/"]}, {"robots": {"robots_state": "rules"}}, {}])
def test_what_another_archive_knows_of_a_capture_moves_it_nowhere(
    engine: Engine, more: dict[str, Any], is_revisit: bool
) -> None:
    load(engine, of(HERE, is_revisit=is_revisit), key="1")
    load(engine, of(THERE, is_revisit=is_revisit, **more), key="2")
    assert rows(engine, PLACE) == [place_of(HERE)]
    assert rows(engine, "SELECT is_revisit FROM core.capture") == [(is_revisit,)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    ("one", "other", "column"),
    [
        ({}, {"hops": ["https://b.example/"]}, "redirects"),
        ({"hops": ["https://a.example/"]}, {"hops": ["https://b.example/"]}, "redirects"),
        ({"hops": ["https://b.example/"]}, {"hops": ["https://a.example/", "https://b.example/"]}, "redirects"),
        ({}, {"robots": {"robots_state": "rules"}}, "rights"),
        ({"robots": {"tdm": "0"}}, {"robots": {"tdm": "1"}}, "rights"),
        ({"hops": ["https://a.example/"]}, {"robots": {"tdm": "1"}}, "redirects"),
        ({"hops": ["https://a.example/"]}, {"robots": {"tdm": "1"}}, "rights"),
    ],
)
def test_of_what_two_archives_say_of_one_capture_the_greater_stays_in_any_order(
    engine: Engine, one: dict[str, Any], other: dict[str, Any], column: str, order: tuple[int, int]
) -> None:
    twins = (of(HERE, **one), of(HERE, **other))
    said = []
    for n, twin in enumerate(twins):
        load(engine, twin, key=f"alone {n}")
        said.append(rows(engine, f"SELECT {column} FROM core.capture")[0][0])
        run(engine, "TRUNCATE core.url CASCADE")
        run(engine, "TRUNCATE ops.processed, ops.load_batch CASCADE")
    for n in order:
        load(engine, twins[n], key=str(n))
    both = rows(engine, f"SELECT {column} FROM core.capture")[0][0]
    with engine.connect() as connection:
        query = text("SELECT GREATEST(CAST(:a AS jsonb), CAST(:b AS jsonb))")
        assert both == connection.execute(query, {"a": to_json(said[0]), "b": to_json(said[1])}).scalar()


def test_a_capture_whose_bytes_were_given_up_has_a_place_again_when_they_come_again(engine: Engine) -> None:
    load(engine, of(HERE), key="1")
    run(engine, "UPDATE core.capture SET warc = NULL, warc_offset = NULL, warc_length = NULL, raw_expired_at = now()")
    load(engine, of(THERE), key="2")
    assert rows(engine, PLACE) == [place_of(THERE)]


class Eraser(threading.Thread):
    """Holds the row of a URL as an erasure does until a load waits for it, then erases and commits."""

    def __init__(self, engine: Engine, key: bytes, *, statements: Sequence[str]) -> None:
        super().__init__()
        self.engine, self.key, self.statements = engine, key, statements
        self.holds = threading.Event()
        self.was_waited_for = False

    def run(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(text("SELECT FROM core.url WHERE url_key = :k FOR UPDATE"), {"k": self.key})
            self.holds.set()
            until = time.monotonic() + 60
            while not self.was_waited_for and time.monotonic() < until:
                self.was_waited_for = bool(rows(self.engine, "SELECT FROM pg_locks WHERE NOT granted"))
                time.sleep(0.01)
            for statement in self.statements:
                connection.execute(text(statement), {"k": self.key})


TOMBSTONE = "INSERT INTO core.tombstone VALUES (:k, 'request', now())"
ERASE = [TOMBSTONE] + [
    f"DELETE FROM core.{table} WHERE url_key = :k" for table in ("revision", "article", "observation", "capture")
]


@pytest.mark.parametrize(
    "statements", [ERASE, [*ERASE, "DELETE FROM core.url WHERE url_key = :k"]], ids=["captures", "captures and key"]
)
def test_a_url_that_is_erased_while_a_load_waits_for_it_does_not_come_back(
    engine: Engine, statements: Sequence[str]
) -> None:
    page, other = "https://news.example/erased", "https://news.example/other"
    load(engine, observation(page), key="before")
    eraser = Eraser(engine, observation(page).url_key, statements=statements)
    eraser.start()
    assert eraser.holds.wait(60)
    outcomes = load(engine, observation(page, hours=1), observation(other), observation(page, hours=2), key="waits")
    eraser.join()
    assert eraser.was_waited_for
    assert outcomes == {Outcome.ERASED: 2, Outcome.ARTICLE: 1}
    for table in ("capture", "observation", "article", "url"):
        column = "url_key" if table == "url" else "url"
        wanted = observation(other).url_key if table == "url" else other
        assert rows(engine, f"SELECT {column} FROM core.{table}") == [(wanted,)], table


def test_a_key_that_is_erased_while_a_load_waits_keeps_its_row_while_captures_speak_of_it(engine: Engine) -> None:
    """Buried and not erased yet: whoever erases needs the row, to hold it."""
    page = "https://news.example/erased"
    load(engine, observation(page), key="before")
    eraser = Eraser(engine, observation(page).url_key, statements=[TOMBSTONE])
    eraser.start()
    assert eraser.holds.wait(60)
    assert load(engine, observation(page, hours=1), key="waits") == {Outcome.ERASED: 1}
    eraser.join()
    assert rows(engine, "SELECT count(*) FROM core.capture") == rows(engine, "SELECT count(*) FROM core.url") == [(1,)]


def test_a_reject_says_what_was_seen_last(engine: Engine) -> None:
    load(engine, observation(outcome=Outcome.CONSENT_WALL, detail="2 phrases"), key="1")
    activate_rules(engine, ["r2"])
    load(engine, observation(outcome=Outcome.LIST_PAGE, detail="40 links", rules="r2"), key="2")
    assert rows(engine, "SELECT reason, detail, rules_version FROM ops.reject") == [("list_page", "40 links", "r2")]


def test_a_page_was_first_seen_also_when_it_was_gone_and_last_when_it_was_there(engine: Engine) -> None:
    gone = {"status": 404, "outcome": Outcome.GONE}
    load(
        engine,
        observation(hours=1, **gone),
        observation(hours=2),
        observation(hours=5),
        observation(hours=6, **gone),
        key="1",
    )
    load(engine, observation(hours=8, status=410, outcome=Outcome.GONE), key="2")
    hours = "extract(epoch FROM {} - '" + START.isoformat() + "') / 3600"
    columns = ("first_seen_at", "captured_at", "last_seen_at", "gone_at")
    found = rows(engine, f"SELECT {', '.join(hours.format(column) for column in columns)} FROM core.article")
    assert found == [(1, 5, 5, 6)]


def test_a_revision_begins_with_its_first_capture_and_ends_where_the_next_begins(engine: Engine) -> None:
    load(
        engine,
        *(observation(hours=h, text=t) for h, t in ((0, "A."), (1, "A."), (4, "B."), (5, "B."), (9, "A."))),
        key="1",
    )
    hours = "extract(epoch FROM {} - '" + START.isoformat() + "') / 3600"
    columns = ", ".join(hours.format(column) for column in ("valid_from", "valid_to", "last_seen_at"))
    found = rows(engine, f"SELECT revision_no, observation_count, {columns} FROM core.revision ORDER BY 1")
    assert found == [(1, 2, 0, 4, 1), (2, 2, 4, 9, 5), (3, 1, 9, None, 9)]
    firsts = rows(
        engine, "SELECT r.valid_from = c.captured_at FROM core.revision r JOIN core.capture c USING (capture_id)"
    )
    assert firsts == [(True,)] * 3


def test_a_load_that_changes_nothing_of_an_article_does_not_touch_its_row(engine: Engine) -> None:
    load(engine, observation(hours=0), observation(hours=3), key="1")
    before = rows(engine, "SELECT loaded_at, xmin::text FROM core.article")
    load(engine, observation(hours=0), key="again")
    assert rows(engine, "SELECT loaded_at, xmin::text FROM core.article") == before
    load(engine, observation(hours=1), key="2")  # one observation more
    assert rows(engine, "SELECT loaded_at, xmin::text FROM core.article") != before


def test_stories_are_looked_at_again_for_what_a_load_touched_and_for_nothing_else(engine: Engine) -> None:
    listed = observation("https://news.example/list", outcome=Outcome.LIST_PAGE)
    load(engine, observation(), listed, observation("https://news.example/b"), key="1")
    due = "SELECT url_key FROM ops.story_due ORDER BY 1"
    articles = {observation().url_key, observation("https://news.example/b").url_key}
    assert {key for (key,) in rows(engine, due)} == articles
    run(engine, "DELETE FROM ops.story_due")
    load(engine, observation(hours=1), key="2")
    assert rows(engine, due) == [(observation().url_key,)]


def test_a_run_has_the_outcome_of_its_captures_once(engine: Engine) -> None:
    run(engine, "INSERT INTO ops.run (run_id, kind, as_of, state) VALUES ('r', 'live', now(), 'running')")
    page, again = observation(), observation(is_revisit=True, hours=1)
    for n, o in enumerate((page, again)):
        run(
            engine,
            "INSERT INTO ops.run_url (run_id, source_key, url_digest, url, host, capture_id) "
            "VALUES ('r', 's', :digest, :url, 'h', :capture)",
            digest=bytes([n]) * 32,
            url=o.target_uri,
            capture=o.capture_id,
        )
    load(engine, page, page, again, key="1")
    query = "SELECT outcome FROM ops.run_url ORDER BY url_digest"
    assert rows(engine, query) == [("article",), ("unchanged",)]
    load(engine, page, key="known now")
    assert rows(engine, query) == [("article",), ("unchanged",)]


def test_a_run_says_why_a_url_of_it_gave_no_article(engine: Engine) -> None:
    run(engine, "INSERT INTO ops.run (run_id, kind, as_of, state) VALUES ('r', 'live', now(), 'running')")
    listed = observation("https://news.example/list", outcome=Outcome.LIST_PAGE, detail="12 links in 40 words")
    run(
        engine,
        "INSERT INTO ops.run_url (run_id, source_key, url_digest, url, host, capture_id) "
        "VALUES ('r', 's', :digest, :url, 'h', :capture)",
        digest=bytes(32),
        url=listed.target_uri,
        capture=listed.capture_id,
    )
    load(engine, listed, key="1")
    assert rows(engine, "SELECT outcome, detail FROM ops.run_url") == [("list_page", "12 links in 40 words")]


def test_a_key_whose_captures_have_gone_goes_and_others_stay(engine: Engine) -> None:
    page, other = observation(), observation("https://news.example/other")
    load(engine, page, other, key="1")
    run(
        engine, "INSERT INTO core.url (url_key, article_id) VALUES (:k, gen_random_uuid())", k=b"\0" * 32
    )  # a load's, that goes on
    with engine.begin() as connection:
        for table in ("revision", "article", "observation", "capture"):
            connection.execute(text(f"DELETE FROM core.{table} WHERE url_key = :k"), {"k": page.url_key})
        recompute(connection, {page.url_key})
    assert {bytes(key) for (key,) in rows(engine, "SELECT url_key FROM core.url")} == {other.url_key, b"\0" * 32}
    with engine.begin() as connection:
        recompute(connection, {other.url_key})
    assert rows(engine, "SELECT url FROM core.article") == [(other.target_uri,)]


def test_a_page_that_stories_know_is_looked_at_again_also_when_it_is_no_article_any_more(engine: Engine) -> None:
    listed, unknown = (observation(f"https://news.example/{n}", outcome=Outcome.LIST_PAGE) for n in ("list", "other"))
    run(engine, "INSERT INTO core.url (url_key, article_id) VALUES (:k, gen_random_uuid())", k=listed.url_key)
    run(
        engine,
        "INSERT INTO core.story_node (url_key, node, relate_version, values_digest, text_digest, keys) "
        "VALUES (:k, gen_random_uuid(), 'v', :v, :k, '{}')",
        k=listed.url_key,
        v=bytes(16),
    )
    load(engine, listed, unknown, key="1")
    assert rows(engine, "SELECT url_key FROM ops.story_due") == [(listed.url_key,)]
