"""The feed of changes: what each change is called, and that a reader who follows it misses nothing and sees nothing twice."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from observations import START, observation
from sqlalchemy import Engine, text

from etl.model import Outcome
from etl.warehouse.engine import open_engine
from etl.warehouse.load.load import activate_rules, load_again
from etl.warehouse.maintenance import erasure
from etl.warehouse.ops import erased

HERE = Path(__file__).parent
NEXT = (
    "SELECT position, change_no, kind, article_id FROM news.change WHERE position > :after ORDER BY position, change_no"
)


def rows(engine: Engine, query: str, **values: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def kinds(engine: Engine) -> list[str]:
    return [kind for _, _, kind, _ in rows(engine, NEXT, after=0)]


def test_each_change_of_an_article_is_called_by_what_it_is(emptied: Engine) -> None:
    url = "https://a.example/1"
    said = []
    for page in (
        observation(url),
        observation(url, hours=1),
        observation(url, hours=2, text="نص آخر"),
        observation(url, hours=3, status=404, outcome=Outcome.GONE),
        observation(url, hours=4, text="نص آخر"),
    ):
        load_again(emptied, [page])
        said.append(kinds(emptied)[-1])
    assert said == ["insert", "visit", "edit", "gone", "back"]
    load_again(emptied, [observation(url, hours=4, text="نص آخر")])  # the same once more
    assert len(kinds(emptied)) == 5


def test_a_move_to_other_rules_and_what_is_no_article_under_them_are_in_the_feed(emptied: Engine) -> None:
    one, two = observation("https://a.example/1"), observation("https://a.example/2", text="2")
    load_again(emptied, [one, two])
    activate_rules(emptied, ["r2"])
    load_again(emptied, [observation("https://a.example/1", rules="r2", text="other cuts")])
    assert kinds(emptied)[2:] == ["rules"]
    load_again(emptied, [observation("https://a.example/2", text="2", rules="r2", outcome=Outcome.LIST_PAGE)])
    assert sorted(kinds(emptied)[2:]) in (["remove", "rules"], ["rules"])


def test_what_is_erased_is_in_the_feed_by_its_id_alone(emptied: Engine) -> None:
    page = observation("https://a.example/1")
    load_again(emptied, [page])
    ((found,),) = rows(emptied, "SELECT article_id FROM news.article")
    erased.record(emptied, {page.url_key: ("request", START)})
    erasure.erase(emptied, [page.url_key])
    assert rows(emptied, "SELECT kind, article_id, url FROM news.change ORDER BY position, change_no") == [
        ("insert", found, None), ("erase", found, None),
    ]  # fmt: skip
    assert erasure.stored(emptied, [page.url_key]) == frozenset()


def test_what_was_begun_first_and_committed_last_is_not_passed_by(emptied: Engine) -> None:
    with emptied.begin() as early:
        early.execute(text("INSERT INTO ops.change (article_id, kind) VALUES (gen_random_uuid(), 'insert')"))
        load_again(emptied, [observation("https://a.example/1")])
        assert rows(emptied, NEXT, after=0) == []  # it would have to come back for what began before
        load_again(emptied, [observation("https://a.example/2", text="2")])
        assert rows(emptied, NEXT, after=0) == []
    found = rows(emptied, NEXT, after=0)
    assert len(found) == 3 and found == sorted(found)


def test_a_reader_beside_four_loaders_that_are_killed_misses_nothing_and_sees_nothing_twice(emptied: Engine) -> None:
    url = emptied.url.render_as_string(hide_password=False)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}
    rng, seen, copy, after = random.Random(7), [], {}, 0

    def loader(seed: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(HERE / "feed_loader.py"), url, str(seed)]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        return process

    reader = open_engine(url)

    def poll() -> None:
        nonlocal after
        found = rows(reader, NEXT, after=after)
        seen.extend((position, number) for position, number, _, _ in found)
        after = max([after, *(position for position, _, _, _ in found)])
        for article in {each for _, _, _, each in found}:
            now = rows(reader, "SELECT a::text FROM news.article a WHERE article_id = :id", id=article)
            copy.pop(article, None)
            if now:
                copy[article] = now[0]

    running = {seed: loader(seed) for seed in range(4)}
    kills, last = 0, time.monotonic() + 90
    while kills < 12 and time.monotonic() < last:
        until = time.monotonic() + rng.uniform(0.05, 0.6)
        while time.monotonic() < until:
            poll()
            time.sleep(0.01)
        loading = [seed for seed, process in sorted(running.items()) if process.stdout and process.stdout.read(1)]
        if loading:
            seed = rng.choice(loading)
            running[seed].kill()
            running.pop(seed).wait()
            kills += 1
            running[seed + 1000] = loader(seed + 1000)
    for process in running.values():
        process.kill()
        process.wait()
    deadline = time.monotonic() + 20
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() " \
             "AND backend_xid IS NOT NULL"  # fmt: skip
    while rows(emptied, others) != [(0,)] and time.monotonic() < deadline:
        time.sleep(0.1)
    poll()
    reader.dispose()
    there = rows(emptied, "SELECT position, change_no FROM ops.change ORDER BY 1, 2")
    assert kills == 12 and len(there) > 80
    assert seen == there
    assert copy == {key: (row,) for key, row in rows(emptied, "SELECT article_id, a::text FROM news.article a")}
