"""What readers ask for is found by indexes: in a warehouse that is large enough, no table is read as a whole for it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text

from benchmarks import large_warehouse, reader_queries
from benchmarks.stories_documents import RULES
from etl.warehouse.engine import open_engine
from etl.warehouse.load.load import activate_rules

ARTICLES = 15_000
SAMPLED = 50 * 123
# Questions about all there is.
OF_ALL = {"how many articles", "all sources", "all copies", "all stories once", "all coverage"}
# What a plan may read whole: a table of a row a source or a day, of one row, and views of constants.
SMALL = {"source", "source_day", "story", "story_alias", "rights_policy"}


@pytest.fixture(scope="module")
def engine(copied_database: Any) -> Iterator[Engine]:
    with copied_database() as url:
        engine = open_engine(url)
        activate_rules(engine, [RULES])
        large_warehouse.fill(engine, ARTICLES)
        yield engine
        engine.dispose()


def rows(engine: Engine, query: str, **values: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(query), values))


def plan(engine: Engine, query: str, **values: Any) -> list[dict[str, Any]]:
    """The nodes of a query's plan."""
    (((found,),),) = rows(engine, f"EXPLAIN (FORMAT json) {query}", **values)
    left, nodes = [found["Plan"]], []
    while left:
        nodes.append(node := left.pop())
        left += node.get("Plans", [])
    return nodes


def sample(engine: Engine, query: str) -> dict[str, Any]:
    (found,) = rows(engine, reader_queries.SAMPLE, key=large_warehouse.key(SAMPLED))
    return {name: value for name, value in found._mapping.items() if f":{name}" in query}


@pytest.mark.parametrize("name", sorted(reader_queries.QUESTIONS.keys() - OF_ALL))
def test_no_large_table_is_read_whole_for_a_question_about_few_rows(engine: Engine, name: str) -> None:
    query = reader_queries.QUESTIONS[name]
    nodes = plan(engine, query, **sample(engine, query))
    assert [n["Relation Name"] for n in nodes if n["Node Type"] == "Seq Scan" and n["Relation Name"] not in SMALL] == []


def test_values_that_stand_with_the_article_are_counted_without_looking_at_observations(engine: Engine) -> None:
    by_day = "SELECT published_on, source_key, language, count(*), max(captured_at) FROM news.article GROUP BY 1, 2, 3"
    assert {n.get("Relation Name") for n in plan(engine, by_day)} == {None, "article"}


def test_articles_of_all_sources_are_counted_in_one_go(engine: Engine) -> None:
    reads = [n for n in plan(engine, "SELECT * FROM news.source") if n["Node Type"] == "Nested Loop"]
    assert reads == []


def test_estimates_are_right_whatever_the_number_of_rules_versions(engine: Engine) -> None:
    with engine.connect() as connection:
        # Each source has rules of its own, so an article and its observation agree in two columns that hang together.
        for table in ("article", "observation"):
            connection.execute(
                text(f"UPDATE core.{table} SET rules_version = 'rules of ' || source_key"),
            )
        connection.exec_driver_sql("ANALYZE core.article, core.observation")
        for query, expected in (
            ("SELECT * FROM news.article", ARTICLES),
            ("SELECT * FROM news.article WHERE page_type = 'article'", ARTICLES),
            ("SELECT * FROM news.article WHERE 'Reuters' = ANY (agencies)", ARTICLES / 8),
            ("SELECT * FROM news.article_revision", ARTICLES * 1.05),
        ):
            (((found,),),) = connection.execute(text(f"EXPLAIN (FORMAT json) {query}"))
            assert expected / 2 < found["Plan"]["Plan Rows"] < expected * 2, query
        connection.rollback()


def test_copies_are_numbered_as_a_window_over_all_articles_numbers_them(engine: Engine) -> None:
    counted = """
        SELECT * FROM (
            SELECT encode(text_digest, 'hex') AS text_id, article_id, url, source_key, site,
                   row_number() OVER (PARTITION BY text_digest
                                      ORDER BY published_on, published_at, first_seen_at, url_key) AS copy_no,
                   count(*) OVER (PARTITION BY text_digest) AS copy_count
            FROM core.article) c
        WHERE copy_count > 1 ORDER BY text_id, copy_no"""
    found = rows(engine, "SELECT * FROM news.article_copy ORDER BY text_id, copy_no")
    assert found == rows(engine, counted)
    assert max(row.copy_count for row in found) == ARTICLES // 500


def test_coverage_of_each_day_adds_up_from_what_is_named_and_what_is_there(engine: Engine) -> None:
    """Held against a count in Python, with pages that are named for other days, lost and refused."""
    with engine.begin() as connection:
        for statement in (
            "UPDATE ops.expected SET day = day + 1 WHERE get_byte(url_key, 0) % 7 = 0",
            "INSERT INTO ops.expected (source_key, day, url_key, via, url, host, found_at, outcome, tries) "
            "SELECT source_key, day, sha256(url_key), via, url || '/x', host, found_at, "
            "  (ARRAY['timeout', 'captured', 'deferred', NULL])[1 + get_byte(url_key, 1) % 4], get_byte(url_key, 2) % 3 "
            "FROM ops.expected WHERE get_byte(url_key, 0) % 5 = 0",
            "INSERT INTO ops.expected (source_key, day, url_key, via, url, host, found_at, outcome, tries) "
            "SELECT source_key, day, url_key, 'feed', url, host, found_at, 'gone', 1 "
            "FROM ops.expected WHERE get_byte(url_key, 3) % 3 = 0 ON CONFLICT DO NOTHING",
        ):
            connection.exec_driver_sql(statement.replace("%", "%%"))
    named = defaultdict(list)
    for e in rows(engine, "SELECT * FROM ops.expected"):
        named[e.source_key, e.day, bytes(e.url_key)].append(e)
    day = "COALESCE((published_at AT TIME ZONE 'UTC')::date, published_on)"
    articles = {
        bytes(a.url_key): a for a in rows(engine, f"SELECT *, {day} AS day FROM core.article".replace("::", "\\:\\:"))
    }
    for key, a in articles.items():
        if a.day:
            named.setdefault((a.source_key, a.day, key), [])
    expected, missing, by = Counter(), defaultdict(Counter), defaultdict(Counter)
    for (source, on, key), ways in named.items():
        expected[source, on] += 1
        by[source, on].update(e.via for e in ways)
        if key not in articles:
            best = min(ways, key=lambda e: (e.outcome is None, e.outcome == "deferred", -e.tries, e.via))
            reason = {"captured": "not_loaded", None: "not_fetched"}.get(best.outcome, best.outcome)
            missing[source, on][reason] += 1
    found = {(c.source_key, c.day): c for c in rows(engine, "SELECT * FROM news.coverage")}
    assert {k: c.expected for k, c in found.items() if c.expected} == expected
    assert {k: c.missing_by for k, c in found.items() if c.missing_by} == missing
    assert {k: c.expected_from for k, c in found.items() if c.expected_from} == {k: v for k, v in by.items() if v}
    assert all(c.loaded + c.missing == c.expected and sum(c.missing_by.values()) == c.missing for c in found.values())
    assert {"final", "settling"} <= {c.state for c in found.values()}
    assert all(c.archives == {"sitemap_archive": "listed"} for c in found.values() if c.listed_at)
