"""Captures whose bytes were given up, and which captures are to be read again: by SQL, without a lake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from observations import observation
from sqlalchemy import Engine, text

from etl.model import Observation, Outcome
from etl.warehouse import captures
from etl.warehouse.load.load import activate_rules, load_again


@pytest.fixture
def engine(emptied: Engine) -> Engine:
    return emptied


def rows(engine: Engine, query: str, **values: Any) -> Sequence[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def give_up(engine: Engine, *observations: Observation, place: bool = True, noted: bool = True) -> None:
    """What `news-etl retain` leaves of captures: no place, and a note when."""
    with engine.begin() as connection:
        connection.execute(
            text(f"""
                UPDATE core.capture SET raw_expired_at = {"now()" if noted else "NULL"}
                  {", warc = NULL, warc_offset = NULL, warc_length = NULL" if place else ""}
                WHERE capture_id = ANY(CAST(:ids AS bytea[]))
            """),
            {"ids": [o.capture_id for o in observations]},
        )


def under(rules: str, hours: int, url: str = "https://news.example/story") -> Observation:
    """One capture as it is read under some rules."""
    return replace(observation(url, hours=hours, rules=rules), page=observation(text=f"{rules} {hours}").page)


VALUES = """
SELECT o.rules_version, b.text, o.flags FROM core.observation o JOIN core.body b USING (text_digest)
ORDER BY o.captured_at, o.rules_version
"""


def test_what_cannot_be_read_again_goes_along_with_its_last_values_and_a_flag(engine: Engine) -> None:
    load_again(engine, [under("r1", 0), under("r1", 1)])
    give_up(engine, under("r1", 0))
    for rules in ("r2", "r3"):
        activate_rules(engine, [rules])
        load_again(engine, [under(rules, 1)])
        assert rows(engine, VALUES) == [(rules, "r1 0", ["raw_expired"]), (rules, f"{rules} 1", [])]
        processed = rows(engine, "SELECT rules_version, outcome FROM ops.processed ORDER BY capture_id")
        assert processed == [(rules, "article")] * 2
    assert rows(engine, "SELECT rules_version, observation_count, revision_count FROM core.article") == [("r3", 2, 2)]


@pytest.mark.parametrize("how", [{"noted": False}, {"place": False}])
def test_what_has_a_place_or_was_not_given_up_waits_to_be_read(engine: Engine, how: dict[str, bool]) -> None:
    load_again(engine, [under("r1", 0), under("r1", 1)])
    give_up(engine, under("r1", 0), **how)
    activate_rules(engine, ["r2"])
    load_again(engine, [under("r2", 1)])
    assert rows(engine, "SELECT DISTINCT rules_version FROM core.article") == [("r1",)]
    assert {row[0] for row in rows(engine, VALUES)} == {"r1"}


def test_of_other_pages_nothing_goes_along(engine: Engine) -> None:
    other = under("r1", 0, "https://news.example/other")
    load_again(engine, [under("r1", 1), other])
    give_up(engine, other)
    activate_rules(engine, ["r2"])
    load_again(engine, [under("r2", 1)])
    assert rows(engine, VALUES) == [("r1", "r1 0", []), ("r2", "r2 1", [])]


@pytest.mark.parametrize("used", [("z", "a"), ("a", "z"), ("stray", "a"), ("stray", "z")])
def test_of_several_last_values_those_of_the_rules_put_to_use_last_go_along(
    engine: Engine, used: tuple[str, str]
) -> None:
    quarantined = observation(hours=1, outcome=Outcome.QUARANTINED)
    load_again(engine, [quarantined])  # so that no rules have gone through all of the page
    for rules in used:
        if rules != "stray":
            activate_rules(engine, [rules])
        load_again(engine, [under(rules, 0)])
    give_up(engine, under("a", 0))
    activate_rules(engine, ["r9"])
    whole = replace(under("r9", 1), capture_id=quarantined.capture_id, payload_digest=quarantined.payload_digest)
    load_again(engine, [whole])
    assert rows(engine, VALUES) == [("r9", f"{used[1]} 0", ["raw_expired"]), ("r9", "r9 1", [])]


def test_values_of_rules_that_nobody_put_to_use_go_along_where_there_are_no_others(engine: Engine) -> None:
    load_again(engine, [under("stray", 0), under("stray", 1)])
    give_up(engine, under("stray", 0))
    load_again(engine, [under("r1", 1)])
    assert rows(engine, VALUES) == [("r1", "stray 0", ["raw_expired"]), ("r1", "r1 1", [])]


def test_what_goes_along_makes_no_other_capture_done(engine: Engine) -> None:
    load_again(engine, [under("r1", hours) for hours in (0, 1, 2)])
    give_up(engine, under("r1", 0))
    activate_rules(engine, ["r2"])
    load_again(engine, [under("r2", 1)])
    done = rows(engine, "SELECT capture_id FROM ops.processed WHERE rules_version = 'r2'")
    assert {bytes(c) for (c,) in done} <= {under("r2", 0).capture_id, under("r2", 1).capture_id}
    values = {"keys": [under("r2", 2).url_key], "versions": ["r2"]}
    left = [bytes(row[0]) for row in rows(engine, captures.STALE, **values)]
    assert under("r2", 2).capture_id in left


def test_what_is_to_be_read_again_and_what_cannot_be(engine: Engine) -> None:
    one, two, gone, other = under("r1", 0), under("r1", 1), under("r1", 2), under("r1", 3, "https://news.example/other")
    load_again(engine, [two, one, gone, other])
    give_up(engine, gone)
    key = one.url_key

    def stale(*wanted: tuple[bytes, str]) -> list[bytes]:
        values = {"keys": [k for k, _ in wanted], "versions": [v for _, v in wanted]}
        return [bytes(row[0]) for row in rows(engine, captures.STALE, **values)]

    def expired(*wanted: tuple[bytes, str]) -> int:
        values = {"keys": [k for k, _ in wanted], "versions": [v for _, v in wanted]}
        return int(rows(engine, captures.EXPIRED, **values)[0][0])

    assert (stale((key, "r1")), expired((key, "r1"))) == ([], 0)
    assert (stale((key, "r2")), expired((key, "r2"))) == ([one.capture_id, two.capture_id], 1)
    assert (stale((other.url_key, "r2")), expired((other.url_key, "r2"))) == ([other.capture_id], 0)
    assert stale((key, "r1"), (other.url_key, "r2")) == [other.capture_id]
    activate_rules(engine, ["r2"])
    load_again(engine, [under("r2", 3, "https://news.example/other")])  # another page is done
    assert (stale((key, "r2")), expired((key, "r2"))) == ([one.capture_id, two.capture_id], 1)
    give_up(engine, one, noted=False)  # without a place it cannot be read; nobody gave it up
    assert (stale((key, "r2")), expired((key, "r2"))) == ([two.capture_id], 1)
    give_up(engine, two, place=False)  # noted, and it came again
    assert (stale((key, "r2")), expired((key, "r2"))) == ([two.capture_id], 1)


def test_revisits_that_wait_for_their_original_are_found_by_its_bytes(engine: Engine) -> None:
    waiting = [observation(hours=h, outcome=Outcome.QUARANTINED, is_revisit=True, detail="no original") for h in (0, 1)]
    whole = observation(hours=2, outcome=Outcome.QUARANTINED, detail="damaged")
    listed = observation(hours=3, outcome=Outcome.LIST_PAGE, is_revisit=True)
    other = observation(hours=4, text="Other.", outcome=Outcome.QUARANTINED, is_revisit=True)
    lost = observation(hours=5, outcome=Outcome.QUARANTINED, is_revisit=True)
    load_again(engine, [*waiting, whole, listed, other, lost])
    give_up(engine, lost)

    def places(*digests: str) -> set[int]:
        return {place.offset for place in captures.unresolved_revisits(engine, digests, ())}

    assert places(waiting[0].payload_digest) == {o.place.offset for o in waiting if o.place}
    assert places(other.payload_digest) == {4000} and places("sha256:none") == places() == set()
    assert len(places(waiting[0].payload_digest, other.payload_digest)) == 3


def test_rules_that_nobody_put_to_use_give_way_to_those_of_today(engine: Engine) -> None:
    for rules in ("a stray", "r1", "z stray"):
        load_again(engine, [under(rules, 0)])
    assert rows(engine, "SELECT rules_version FROM core.article") == [("r1",)]


def test_rules_of_yesterday_count_before_those_that_nobody_put_to_use(engine: Engine) -> None:
    load_again(engine, [under("r1", 0)])
    activate_rules(engine, ["r2"])
    load_again(engine, [under("z stray", 0)])
    assert rows(engine, "SELECT rules_version FROM core.article") == [("r1",)]
