"""Stories: the same in any order, batches, repeats, revisions and erasures, and by several at once."""

import random
import threading
from collections.abc import Iterator, Sequence

import pytest
from observations import observation
from sqlalchemy import Engine, text
from wire import batches, copies, newsroom
from wire import text as words

from benchmarks.stories_definition import stories_by_definition
from etl.model import Observation, Outcome, PageType
from etl.relate import BUCKET, label
from etl.warehouse.engine import open_engine
from etl.warehouse.fingerprint import parts
from etl.warehouse.load.load import load_batch
from etl.warehouse.load.rows import text_digest
from etl.warehouse.stories.relate import forget, open_work, relate, settle


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    with engine.begin() as connection:
        activate(connection)
    yield engine
    engine.dispose()


def activate(connection) -> None:
    connection.execute(text("INSERT INTO ops.rules (rules_version, activated_no, is_current) VALUES ('r1', 1, true)"))


def load(engine: Engine, observations: Sequence[Observation], key: str | None = None) -> None:
    key = key or "-".join(o.capture_id.hex()[:8] for o in observations[:20]) + str(len(observations))
    load_batch(engine, observations, batch_key=key, sha256="s", rules_version="r1")


def rows(engine: Engine, query: str) -> list[tuple]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def stories(engine: Engine) -> set[tuple[bytes, ...]]:
    found: dict[object, list[bytes]] = {}
    for story, key in rows(engine, "SELECT story_id, url_key FROM core.story_member ORDER BY url_key"):
        found.setdefault(story, []).append(key)
    assert all(label(members) == story for story, members in found.items())
    return {tuple(members) for members in found.values()}


def expected(observations: Sequence[Observation]) -> set[tuple[bytes, ...]]:
    """The definition, without any database: what the current set alone says."""
    current = {o.url_key: o for o in sorted(observations, key=lambda o: (o.captured_at, o.payload_digest))}
    return stories_by_definition(o for o in current.values() if o.page.page_type is PageType.ARTICLE)


def erase(engine: Engine, url_key: bytes) -> None:
    with engine.begin() as connection:
        for table in ("core.revision", "core.article", "core.alias", "core.observation"):
            connection.execute(text(f"DELETE FROM {table} WHERE url_key = :k"), {"k": url_key})
        forget(connection, [url_key])


def test_copies_are_one_story_and_others_are_not(engine):
    one, other = copies("a", 4), copies("b", 1)
    load(engine, [observation(f"https://s{n}.example/a", text=t, hours=n) for n, t in enumerate(one + other)])
    done = settle(engine)
    assert (done.articles, done.stories) == (5, 1)
    assert rows(engine, "SELECT member_count, site_count, primary_url FROM news.story") == [
        (4, 4, "https://s0.example/a")
    ]
    assert rows(engine, "SELECT count(*), count(*) FILTER (WHERE is_primary) FROM news.story_member") == [(4, 1)]
    assert rows(engine, "SELECT url, copy_count FROM news.article_unique ORDER BY url") == [
        ("https://s0.example/a", 4),
        ("https://s4.example/a", 1),
    ]


def test_nothing_is_open_after_settling_and_settling_again_writes_nothing(engine):
    load(engine, newsroom(1, stories=5))
    work = open_work(engine)
    assert work.due > 5 and work.is_older
    settle(engine)
    work = open_work(engine)
    assert (work.due, work.changes, work.is_older) == (0, 0, False)
    load(engine, newsroom(1, stories=5), key="again")
    done = settle(engine)
    assert (done.changes, done.edges, done.stories) == (0, 0, 0)


@pytest.mark.parametrize("seed", range(4))
def test_any_order_batches_repeats_and_revisions_give_the_stories_of_the_definition(engine, seed):
    rng = random.Random(seed)
    articles = newsroom(7, stories=25, hot=180)
    changed = [
        observation(o.target_uri, hours=500, text=articles[(i * 7) % len(articles)].page.text, title="changed")
        for i, o in enumerate(articles)
        if i % 9 == 0
    ]
    for batch in batches([*articles, *changed, *articles[::5]], rng):
        load(engine, batch)
        if rng.random() < 0.6:
            relate(engine, most=rng.choice([3, 50, 5000]))
    settle(engine)
    assert stories(engine) == expected([*articles, *changed])


def test_articles_that_go_give_their_place_among_the_lowest_to_others(engine):
    articles = newsroom(3, stories=3, hot=160)
    load(engine, articles)
    settle(engine)
    assert stories(engine) == expected(articles)
    rng = random.Random(3)
    left = list(articles)
    for _ in range(3):
        going = sorted(left, key=lambda o: o.url_key)[: BUCKET // 2] if rng.random() < 0.7 else rng.sample(left, 20)
        for o in going:
            left.remove(o)
        for o in going[::2]:
            erase(engine, o.url_key)
        load(engine, [observation(o.target_uri, hours=900, text=words((o.target_uri, "new"), 30)) for o in going[1::2]])
        left += [observation(o.target_uri, hours=900, text=words((o.target_uri, "new"), 30)) for o in going[1::2]]
        settle(engine)
        assert stories(engine) == expected(left)


def test_what_was_published_by_many_before_one_turn_counts_together(engine):
    """Several publishers remove from one bucket before anybody takes a turn: all that rise are looked at."""
    from datetime import UTC, datetime

    from etl.warehouse.stories.relating_round import relate_round
    from etl.warehouse.stories.write_keys import write_keys

    articles = newsroom(5, stories=0, hot=160)
    load(engine, articles)
    settle(engine)
    lowest = sorted(articles, key=lambda o: o.url_key)[:40]
    new = [observation(o.target_uri, hours=900, text=words((o.target_uri, "new"), 30)) for o in lowest]
    for o in new:
        load(engine, [o])
        write_keys(engine, most=10, until=datetime.max.replace(tzinfo=UTC))
    relate_round(engine)
    assert stories(engine) == expected([*articles, *new])


def test_however_few_texts_are_held_at_once_the_stories_are_the_same(engine, monkeypatch):
    from etl.warehouse.stories import relating_round

    monkeypatch.setattr(relating_round, "TEXTS_AT_ONCE", 7)
    monkeypatch.setattr(relating_round, "PAIRS_AT_ONCE", 25)
    articles = newsroom(13, stories=8, hot=30)
    load(engine, articles)
    settle(engine)
    assert stories(engine) == expected(articles)


def test_several_relaters_and_loaders_at_once_miss_no_pair(engine):
    articles = newsroom(11, stories=40, hot=100)
    parts_of = batches(articles, random.Random(1))
    errors: list[BaseException] = []

    def work(mine: list[list[Observation]]) -> None:
        try:
            for batch in mine:
                load(engine, batch)
                relate(engine, most=20)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(parts_of[i::4],)) for i in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert errors == []
    settle(engine)
    assert stories(engine) == expected(articles)


def test_an_id_that_a_story_had_leads_to_the_story_that_has_its_articles(engine):
    texts = copies("moving", 4)
    made = [observation(f"https://s{n}.example/m", text=t) for n, t in enumerate(texts)]
    made.sort(key=lambda o: o.url_key)
    load(engine, made[2:])
    settle(engine)
    ((first,),) = rows(engine, "SELECT story_id FROM news.story")
    load(engine, made[1:2])
    settle(engine)
    ((second,),) = rows(engine, "SELECT story_id FROM news.story")
    load(engine, made[:1])
    settle(engine)
    ((third, former),) = rows(engine, "SELECT story_id, former_ids FROM news.story")
    assert set(former) == {first, second} and third not in former
    for kept in (first, second, third):
        found = f"SELECT story_id FROM news.story WHERE story_id = '{kept}' OR '{kept}' = ANY (former_ids)"
        assert rows(engine, found) == [(third,)]
    erase(engine, made[0].url_key)
    ((now, former),) = rows(engine, "SELECT story_id, former_ids FROM news.story")
    assert now == second and set(former) == {first, third}
    erase(engine, made[1].url_key)
    erase(engine, made[2].url_key)
    assert rows(engine, "SELECT * FROM news.story") == []
    assert {row[0] for row in rows(engine, "SELECT former_id FROM core.story_alias WHERE story_id IS NULL")} == {
        first,
        second,
        third,
    }


def test_a_primary_article_keeps_the_time_of_its_choice_until_another_is_chosen(engine):
    said = "SELECT primary_url, syndicated_from, sites, member_count, decided_at FROM news.story"
    texts = copies("chosen", 4)
    load(engine, [observation(f"https://s{n}.example/p", text=texts[n], hours=n) for n in (1, 2)])
    settle(engine)
    ((*first, decided),) = rows(engine, said)
    assert first == ["https://s1.example/p", None, ["s1.example", "s2.example"], 2]
    load(engine, [observation("https://s3.example/p", text=texts[3], hours=3, agencies=("Reuters",))])
    settle(engine)
    ((url, agency, _, count, again),) = rows(engine, said)
    assert (url, agency, count, again) == ("https://s1.example/p", "Reuters", 3, decided)
    load(engine, [observation("https://www.reuters.com/p", text=texts[0], hours=9)])
    settle(engine)
    ((url, agency, sites, count, anew),) = rows(engine, said)
    assert (url, agency, count) == ("https://www.reuters.com/p", "Reuters", 4) and "reuters.com" in sites
    assert anew > decided
    assert rows(engine, "SELECT url, syndicated_from FROM news.article_unique") == [(url, "Reuters")]


def test_a_story_that_is_too_large_is_flagged(engine, monkeypatch):
    from etl.relate import rules

    monkeypatch.setattr(rules, "SUSPICIOUS", 3)
    monkeypatch.setattr(rules, "FLAGGED", 4)
    load(engine, [observation(f"https://s{n}.example/l", text=t) for n, t in enumerate(copies("large", 5))])
    settle(engine)
    assert rows(engine, "SELECT member_count, flags FROM news.story") == [(5, ["suspicious"])]


def test_what_turns_out_to_be_a_digest_leaves_its_story_and_comes_back_when_its_parts_go(engine):
    briefs = [words(f"brief {n}", 60) for n in range(8)]
    issues = [
        observation(f"https://paper{n}.example/morning", title=f"{' '.join(briefs[n].split()[:5])}", hours=n,
                    text="\n".join(briefs[n : n + 7]))
        for n in range(2)
    ]  # fmt: skip
    load(engine, issues)
    settle(engine)
    assert stories(engine) == expected(issues) == {tuple(sorted(o.url_key for o in issues))}
    parts_of = [observation(f"https://s{n}.example/{n}", text=brief, hours=9) for n, brief in enumerate(briefs)]
    for part in parts_of:
        load(engine, [part])
        relate(engine)
    settle(engine)
    assert stories(engine) == expected([*issues, *parts_of]) == set()
    for part in parts_of:
        erase(engine, part.url_key)
    settle(engine)
    assert stories(engine) == expected(issues) != set()


def test_an_erased_article_leaves_nothing_in_the_tables_of_stories(engine):
    made = [observation(f"https://s{n}.example/e", text=t) for n, t in enumerate(copies("erased", 3))]
    load(engine, made)
    settle(engine)
    erase(engine, made[0].url_key)
    assert stories(engine) == expected(made[1:])
    settle(engine)
    key = made[0].url_key.hex()
    for table in ("core.story_node", "core.story_member", "ops.story_due", "ops.story_change"):
        assert rows(engine, f"SELECT count(*) FROM {table} WHERE url_key = '\\x{key}'") == [(0,)]
    node = key[:32]
    assert rows(engine, f"SELECT count(*) FROM core.story_key WHERE node = '{node}'") == [(0,)]
    assert rows(engine, f"SELECT count(*) FROM core.story_edge WHERE '{node}' IN (a, b)") == [(0,)]


def test_a_page_that_is_no_article_any_more_leaves_its_story(engine):
    made = [observation(f"https://s{n}.example/g", text=t) for n, t in enumerate(copies("going", 2))]
    load(engine, made)
    settle(engine)
    assert len(stories(engine)) == 1
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO ops.rules VALUES ('r2', 2, now(), true)"))
    from dataclasses import replace

    listed = replace(
        made[0], rules_version="r2", page=replace(made[0].page, outcome=Outcome.LIST_PAGE, page_type=PageType.LIST)
    )
    load_batch(engine, [listed], batch_key="r2", sha256="s", rules_version="r2")
    settle(engine)
    assert stories(engine) == set()


def test_a_page_that_answers_404_stays_in_its_story(engine):
    made = [observation(f"https://s{n}.example/n", text=t) for n, t in enumerate(copies("not found", 2))]
    load(engine, made)
    load(engine, [observation("https://s0.example/n", hours=9, status=404, outcome=Outcome.GONE)])
    settle(engine)
    assert len(stories(engine)) == 1


def test_pages_that_name_each_other_need_less_in_common(engine):
    long = words("amp", 120)
    amp = " ".join(long.split()[:45] + words("other end", 45).split())
    whole = observation("https://s0.example/x", text=long, amp_url="https://s0.example/amp/x")
    wrong = observation("https://s0.example/y", text=words("y"), canonical_url="https://s0.example/x")
    load(engine, [whole, wrong, observation("https://s0.example/amp/x", text=amp)])
    settle(engine)
    assert {frozenset(s) for s in stories(engine)} == {
        frozenset({whole.url_key, observation("https://s0.example/amp/x").url_key})
    }
    assert rows(engine, "SELECT kind FROM core.story_edge") == [("alias",)]


def test_the_fingerprint_tells_stories_apart(engine):
    load(engine, newsroom(1, stories=5))
    before = parts(engine)["story"]
    settle(engine)
    assert parts(engine)["story"] != before


def test_new_rules_of_relating_relate_all_articles_anew(engine, monkeypatch):
    articles = newsroom(2, stories=12)
    load(engine, articles)
    settle(engine)
    from etl.warehouse.stories import components, relating_round
    from etl.warehouse.stories import relate as room
    from etl.warehouse.stories import write_keys as stories_publish

    for module in (room, components, stories_publish, relating_round):
        monkeypatch.setattr(module, "STORY_VERSION", "another")
    assert open_work(engine).is_older
    done = settle(engine)
    assert done.articles == len(articles)
    assert stories(engine) == expected(articles)
    assert rows(engine, "SELECT DISTINCT relate_version FROM core.story_edge") == [("another",)]


def test_a_text_that_comes_back_has_its_story_again(engine):
    made = [observation(f"https://s{n}.example/b", text=t) for n, t in enumerate(copies("back", 2))]
    load(engine, made)
    settle(engine)
    before = rows(engine, "SELECT story_id, member_count FROM news.story")
    load(engine, [observation(made[0].target_uri, hours=5, text=words("else"))])
    settle(engine)
    assert rows(engine, "SELECT count(*) FROM news.story") == [(0,)]
    load(engine, [observation(made[0].target_uri, hours=7, text=made[0].page.text)])
    settle(engine)
    assert rows(engine, "SELECT story_id, member_count FROM news.story") == before
    assert text_digest(made[0].page.text)
