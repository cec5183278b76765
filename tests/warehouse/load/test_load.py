"""Loading: exactly once, and the same rows in any order."""

import random
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from observations import observation
from sqlalchemy import Engine, text

from etl.errors import Permanent
from etl.model import CaptureMeta, FoundVia, Hint, Observation, Outcome, Place, Redirect
from etl.warehouse.engine import open_engine
from etl.warehouse.fingerprint import fingerprint, parts
from etl.warehouse.load import statements
from etl.warehouse.load.ledger import loaded as ledger
from etl.warehouse.load.load import activate_rules, followed_up, load_again, load_batch
from etl.warehouse.schema import migrate


@pytest.fixture
def engine(emptied: Engine) -> Engine:
    return emptied


def load(engine: Engine, *observations: Observation, key: str | None = None, rules: str = "r1") -> Counter[Outcome]:
    key = key or "-".join(o.capture_id.hex()[:8] for o in observations) + rules
    return load_batch(engine, observations, batch_key=key, sha256="s", rules_version=rules).outcomes


def rows(engine: Engine, query: str) -> Sequence[tuple]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def empty(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("TRUNCATE core.url, core.body, core.tombstone, ops.processed, ops.load_batch, ops.reject CASCADE")
        )


def test_an_article_is_one_row_with_its_text(engine):
    assert load(engine, observation(title="Überschrift", authors=("Ana Ruiz", "李明"))) == {Outcome.ARTICLE: 1}
    assert rows(engine, "SELECT title, authors, revision_count FROM news.article") == [
        ("Überschrift", ["Ana Ruiz", "李明"], 1)
    ]
    assert rows(engine, "SELECT text FROM news.article_text") == [("Первое предложение. 第二句。",)]


def test_a_batch_that_comes_again_changes_nothing(engine):
    first = load(engine, observation(), key="b")
    before = fingerprint(engine)
    again = load_batch(engine, [observation()], batch_key="b", sha256="s", rules_version="r1")
    assert again.was_known and again.outcomes == first
    assert ledger(engine, ["b"]) == {}  # what its rows bring along is still to be processed
    followed_up(engine, "b")
    assert ledger(engine, ["b"]) == {"b": first}
    assert fingerprint(engine) == before


def test_a_batch_that_comes_again_with_other_content_is_refused(engine):
    load(engine, observation(), key="b")
    with pytest.raises(Permanent, match="damaged"):
        load_batch(engine, [observation()], batch_key="b", sha256="other", rules_version="r1")


def test_a_failed_load_leaves_nothing(engine, monkeypatch):
    monkeypatch.setattr(statements, "RUN_OUTCOMES", "SELECT no_such_column")  # a defect of ours, after all else is done
    with pytest.raises(Exception, match="no_such_column"):
        load(engine, observation(), key="b")
    assert rows(engine, "SELECT (SELECT count(*) FROM core.capture) + (SELECT count(*) FROM ops.load_batch)") == [(0,)]


def test_text_that_comes_back_makes_three_revisions(engine):
    load(engine, observation(hours=0, text="A."), observation(hours=1, text="B."), observation(hours=2, text="A."))
    assert [r[0] for r in rows(engine, "SELECT text FROM news.article_revision ORDER BY revision_no")] == [
        "A.",
        "B.",
        "A.",
    ]
    assert rows(engine, "SELECT revision_count, observation_count FROM core.article") == [(3, 3)]


def test_a_late_old_capture_is_inserted_between(engine):
    load(engine, observation(hours=0, text="A."), observation(hours=9, text="C."))
    load(engine, observation(hours=5, text="B."))
    found = rows(engine, "SELECT text, valid_to IS NULL FROM news.article_revision ORDER BY revision_no")
    assert found == [("A.", False), ("B.", False), ("C.", True)]


def test_a_late_old_capture_does_not_win(engine):
    load(engine, observation(hours=5, text="New.", title="New"))
    load(engine, observation(hours=1, text="Old.", title="Old"))
    assert rows(engine, "SELECT title FROM news.article") == [("New",)]


def test_a_page_that_is_gone_keeps_its_article_and_says_since_when(engine):
    load(engine, observation(hours=0), observation(hours=3, status=404, outcome=Outcome.GONE))
    load(engine, observation(hours=5, status=410, outcome=Outcome.GONE))
    assert rows(engine, "SELECT extract(epoch FROM gone_at - first_seen_at) / 3600 FROM news.article") == [(3,)]
    load(engine, observation(hours=7))
    assert rows(engine, "SELECT gone_at FROM news.article") == [(None,)]


def test_what_cannot_be_loaded_is_a_reject_until_it_can(engine):
    load(engine, observation(outcome=Outcome.CONSENT_WALL, detail="2 consent phrases"))
    assert rows(engine, "SELECT reason, detail, warc FROM ops.reject") == [
        ("consent_wall", "2 consent phrases", "raw/a.warc.gz")
    ]
    activate_rules(engine, ["r2"])
    capture = observation(outcome=Outcome.CONSENT_WALL)
    assert rows(engine, "SELECT count(*) FROM news.article") == [(0,)]
    replayed = observation(rules="r2")
    load(engine, _as(replayed, capture), rules="r2")
    assert rows(engine, "SELECT count(*) FROM ops.reject") == [(0,)]
    assert rows(engine, "SELECT count(*) FROM news.article") == [(1,)]


def _as(values: Observation, capture: Observation) -> Observation:
    return replace(values, capture_id=capture.capture_id, payload_digest=capture.payload_digest)


def test_new_rules_open_no_revision_and_move_an_article_as_a_whole(engine):
    load(engine, observation(hours=0, text="A."), observation(hours=1, text="A."))
    activate_rules(engine, ["r2"])
    load(engine, observation(hours=2, text="A!", rules="r2"), rules="r2")
    assert rows(engine, "SELECT rules_version, revision_count FROM core.article") == [("r2", 1)]
    for hours in (0, 1):
        load(
            engine,
            _as(observation(hours=hours, text="A!", rules="r2"), observation(hours=hours, text="A.")),
            rules="r2",
        )
    assert rows(engine, "SELECT rules_version, revision_count, observation_count FROM core.article") == [("r2", 1, 3)]
    assert rows(engine, "SELECT count(*) FROM core.observation") == [(3,)]


def test_an_article_that_new_rules_call_a_list_leaves_the_articles(engine):
    load(engine, observation())
    activate_rules(engine, ["r2"])
    load(engine, _as(observation(rules="r2", outcome=Outcome.LIST_PAGE), observation()), rules="r2")
    assert rows(engine, "SELECT count(*) FROM news.article") == [(0,)]
    assert rows(engine, "SELECT reason FROM ops.reject") == [("list_page",)]


def test_an_erased_url_does_not_come_back(engine):
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO core.tombstone VALUES (:k, 'request', now())"), {"k": observation().url_key}
        )
    assert load(engine, observation(), observation(url="https://news.example/other")) == {
        Outcome.ERASED: 1,
        Outcome.ARTICLE: 1,
    }
    assert rows(engine, "SELECT url FROM core.capture") == [("https://news.example/other",)]


def test_the_same_capture_twice_counts_once(engine):
    assert load(engine, observation(), observation()) == {Outcome.ARTICLE: 1, Outcome.DUPLICATE_CANDIDATE: 1}
    assert load(engine, observation(), key="another archive") == {Outcome.KNOWN: 1}
    assert rows(engine, "SELECT count(*) FROM core.capture") == [(1,)]


@pytest.mark.parametrize("is_one_batch", [True, False])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_two_archives_say_of_one_capture_is_joined_in_any_order_and_batching(engine, is_one_batch, order):
    ours = CaptureMeta(robots={"robots_state": "rules"}, redirects=(Redirect(url="https://a.example/", status=301),))
    twins = (observation(meta=ours, is_revisit=True), observation())
    if is_one_batch:
        load(engine, *(twins[n] for n in order))
    else:
        for n in order:
            load(engine, twins[n], key=str(n))
    query = "SELECT is_revisit, rights, redirects FROM core.capture"
    assert rows(engine, query) == [(False, {"robots_state": "rules"}, [["https://a.example/", 301]])]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_record_with_the_page_is_kept_before_one_that_refers_to_another(engine, order):
    whole, revisit = (Place(warc=f"raw/{name}.warc.gz", offset=0, length=9) for name in ("whole", "revisit"))
    twins = (replace(observation(), place=whole), replace(observation(is_revisit=True), place=revisit))
    for n in order:
        load(engine, twins[n], key=str(n))
    assert rows(engine, "SELECT warc, is_revisit FROM core.capture") == [("raw/whole.warc.gz", False)]


def test_a_revisit_is_an_observation_that_counts_as_unchanged(engine):
    load(engine, observation(hours=0))
    assert load(engine, observation(hours=24, is_revisit=True)) == {Outcome.UNCHANGED: 1}
    assert rows(engine, "SELECT observation_count, revision_count FROM core.article") == [(2, 1)]


def test_a_damaged_record_is_a_reject_without_a_capture(engine):
    load(engine, observation(status=0, outcome=Outcome.QUARANTINED, detail="gzip: bad checksum"))
    assert rows(engine, "SELECT capture_id, stage, detail FROM ops.reject") == [(None, "read", "gzip: bad checksum")]
    assert rows(engine, "SELECT count(*) FROM core.capture") == [(0,)]


def test_hints_redirects_and_aliases_are_kept_beside_the_article(engine):
    hint = Hint(source_key="s", via=FoundVia.FEED, found_at="https://news.example/rss", title="In the\x00 feed \ud800")
    meta = CaptureMeta(hints=(hint,), redirects=(Redirect(url="https://news.example/r", status=301),))
    load(engine, observation(meta=meta, canonical_url="https://news.example/story?id=9", amp_url="nonsense"))
    assert rows(engine, "SELECT title FROM news.article_hint") == [("In the� feed �",)]
    assert rows(engine, "SELECT kind, alias_url FROM core.alias ORDER BY kind") == [
        ("canonical", "https://news.example/story?id=9"),
        ("redirect", "https://news.example/r"),
    ]


def test_copies_of_one_text_are_found_and_nothing_is_deleted(engine):
    load(engine, *(observation(url=f"https://{s}.example/wire", hours=h) for h, s in enumerate(("b", "a", "c"))))
    found = rows(engine, "SELECT url, copy_no, copy_count FROM news.article_copy ORDER BY copy_no")
    assert found == [
        ("https://b.example/wire", 1, 3),
        ("https://a.example/wire", 2, 3),
        ("https://c.example/wire", 3, 3),
    ]


STORIES = [
    observation(url=f"https://news.example/{name}", hours=hours, text=text, outcome=outcome, status=status)
    for name, hours, text, outcome, status in [
        ("a", 0, "A.", Outcome.ARTICLE, 200),
        ("a", 1, "B.", Outcome.ARTICLE, 200),
        ("a", 2, "A.", Outcome.ARTICLE, 200),
        ("a", 2, "Z.", Outcome.ARTICLE, 200),
        ("a", 3, "", Outcome.GONE, 404),
        ("b", 0, "A.", Outcome.ARTICLE, 200),
        ("b", 5, "", Outcome.CONSENT_WALL, 200),
        ("c", 1, "", Outcome.GONE, 410),
        ("c", 4, "C.", Outcome.ARTICLE, 200),
        ("d", 2, "", Outcome.LIST_PAGE, 200),
    ]
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(STORIES), repeats=st.lists(st.sampled_from(STORIES), max_size=4), data=st.data())
def test_any_order_batching_and_repetition_gives_the_same_warehouse(engine, order, repeats, data):
    empty(engine)
    load(engine, *STORIES, key="all at once")
    expected = parts(engine)
    empty(engine)
    queue = [*order, *repeats]
    n = 0
    while queue:
        size = data.draw(st.integers(1, len(queue)))
        load(engine, *queue[:size], key=f"batch {n}")
        queue, n = queue[size:], n + 1
    assert parts(engine) == expected


def test_loaders_at_once_on_the_same_urls_lose_nothing_and_do_not_deadlock(engine):
    stories = [observation(url=f"https://news.example/{i % 20}", hours=i, text=f"Text {i % 3}.") for i in range(400)]
    load(engine, *stories, key="all")
    expected = parts(engine)
    empty(engine)
    shuffled = random.Random(7).sample(stories, len(stories))
    batches = [(f"b{i}", shuffled[i : i + 20]) for i in range(0, 400, 20)]
    errors = []

    def work(mine: list) -> None:
        try:
            for key, batch in mine:
                load(engine, *batch, key=key)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(batches[i::4],)) for i in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert errors == []
    assert parts(engine) == expected


def test_the_tables_are_what_the_migrations_make(engine):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from etl.warehouse.schema.tables import metadata

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "version_table": "schema_version",
                "version_table_schema": "ops",
                "include_name": lambda name, kind, parent: kind != "schema" or name in ("core", "ops"),
                "include_object": lambda obj, name, kind, *_: not (kind == "table" and name.startswith("fetch_log_")),
            },
        )
        assert compare_metadata(context, metadata) == []


def test_several_that_migrate_at_once_wait_for_each_other_and_a_second_time_does_nothing_more(empty_database_url):
    engines = [open_engine(empty_database_url) for _ in range(4)]
    with ThreadPoolExecutor(len(engines)) as threads:
        assert set(threads.map(migrate.upgrade, engines)) == {migrate.head()}
    assert migrate.upgrade(engines[0]) == migrate.head()
    [e.dispose() for e in engines]


def under(rules: str, *hours: int, text: str) -> list[Observation]:
    """Captures of one page, seen with other rules."""
    return [_as(observation(hours=h, text=text, rules=rules), observation(hours=h, text="A.")) for h in hours]


def test_rules_that_come_back_after_others_bring_their_values_back(engine):
    for n, rules in enumerate(("r1", "r2", "r1", "r2")):
        activate_rules(engine, [rules])
        load(engine, *under(rules, 0, 1, text=rules), key=str(n), rules=rules)
        assert rows(engine, "SELECT rules_version, observation_count FROM core.article") == [(rules, 2)]
        assert rows(engine, "SELECT DISTINCT rules_version FROM ops.processed") == [(rules,)]


def test_of_two_versions_that_all_captures_went_through_the_current_one_counts(engine):
    activate_rules(engine, ["r1", "other"])
    activate_rules(engine, ["r1", "r2"])
    activate_rules(engine, ["r1"])
    assert rows(engine, "SELECT rules_version FROM ops.rules WHERE is_current") == [("r1",)]
    load(engine, *under("r1", 0, text="one"), key="1")
    load(engine, *under("r2", 0, text="two"), key="2", rules="r2")
    assert rows(engine, "SELECT rules_version FROM core.article") == [("r1",)]


@pytest.mark.parametrize("no_source", ["r1", "r2"])
def test_a_page_that_a_source_claims_stands_under_its_rules_also_when_it_was_read_under_those_of_no_source(
    engine, no_source
):
    of_source = {"r1": "r2", "r2": "r1"}[no_source]
    activate_rules(engine, ["r3"])
    activate_rules(engine, ["r1", "r2"], of_no_source=no_source)
    for rules in (of_source, no_source):
        load(engine, observation(rules=rules), rules=rules)
    assert rows(engine, "SELECT rules_version FROM core.article") == [(of_source,)]


def test_in_a_batch_under_several_versions_a_capture_is_known_by_its_own_alone(engine):
    load(engine, observation())
    activate_rules(engine, ["r1", "r2"])  # of two sources; the page has come to the second one
    outcomes = load(engine, observation(rules="r2"), observation("https://other.example/1"), key="both", rules="both")
    assert outcomes == {Outcome.ARTICLE: 2}
    assert rows(engine, "SELECT rules_version FROM core.article ORDER BY rules_version") == [("r1",), ("r2",)]


def test_what_was_read_again_is_read_again_once_more_when_its_article_had_moved_on(engine):
    activate_rules(engine, ["r1", "r2"])
    assert load_again(engine, under("r2", 0, text="two")) == {Outcome.ARTICLE: 1}
    assert load_again(engine, under("r2", 0, text="two")) == {Outcome.KNOWN: 1}
    load(engine, *under("r1", 0, 1, text="one"))  # by a process that does not know of other rules yet
    assert rows(engine, "SELECT DISTINCT rules_version FROM ops.processed") == [("r1",)]
    assert load_again(engine, under("r2", 0, 1, text="two")) == {Outcome.ARTICLE: 2}
    assert rows(engine, "SELECT rules_version, observation_count FROM core.article") == [("r2", 2)]
    load(engine, *under("r1", 0, 1, text="one"), key="once more")
    assert load_again(engine, under("r2", 0, 1, text="two")) == {Outcome.KNOWN: 2}  # the later version stands


def test_a_version_that_stays_current_keeps_its_number_and_one_that_comes_back_gets_a_new_one(engine):
    activate_rules(engine, ["r1", "r2"])
    activate_rules(engine, ["r1", "r2"])
    assert rows(engine, "SELECT rules_version, activated_no FROM ops.rules ORDER BY 1") == [("r1", 1), ("r2", 2)]
    activate_rules(engine, ["r2"])
    activate_rules(engine, ["r1", "r2"])
    assert rows(engine, "SELECT rules_version, activated_no FROM ops.rules ORDER BY 1") == [("r1", 3), ("r2", 2)]


def test_rules_that_nobody_put_to_use_count_where_there_are_no_others(engine):
    load(engine, observation(rules="stray"), rules="stray")
    assert rows(engine, "SELECT rules_version FROM core.article") == [("stray",)]
