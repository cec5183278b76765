"""What the database refuses of a batch is put aside alone, under its reason; the others are loaded as if it were not there."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace

import psycopg
import pytest
from observations import observation
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, OperationalError

from etl.errors import Quarantine
from etl.model import Observation, Outcome
from etl.warehouse.load.culprits import without_refused
from etl.warehouse.load.load import load_again, load_batch, load_in
from etl.warehouse.load.refusals import is_refusal, refused_as_quarantine, write_each

LONG = "".join(
    hashlib.sha256(b"%d" % n).hexdigest() for n in range(200)
)  # longer than a row of an index, also compressed


@pytest.fixture
def engine(emptied: Engine) -> Engine:
    return emptied


def good(number: int) -> Observation:
    return observation(f"https://news.example/{number}", text=f"第{number}句。")


def too_long_a_site(number: int) -> Observation:
    return replace(good(number), site=LONG)


def bad_status(number: int) -> Observation:
    """Refused also without its values: no column of any row takes it."""
    return replace(good(number), status=99_999)


def rows(engine: Engine, query: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


@pytest.mark.parametrize("refused", [too_long_a_site, bad_status])
@pytest.mark.parametrize("places", [{0}, {6}, {3}, {2, 3}, {0, 6}, set(range(7))])
def test_the_culprits_of_a_batch_are_quarantined_wherever_they_stand_and_the_others_loaded(
    engine: Engine, refused: object, places: set[int]
) -> None:
    batch = [refused(n) if n in places else good(n) for n in range(7)]  # type: ignore[operator]
    loaded = load_batch(engine, batch, batch_key="b", sha256="s", rules_version="r1")
    expected = Counter({Outcome.QUARANTINED: len(places), Outcome.ARTICLE: 7 - len(places)})
    assert loaded.outcomes == expected - Counter()
    urls = rows(engine, "SELECT url FROM core.article ORDER BY url")
    assert urls == [(f"https://news.example/{n}",) for n in range(7) if n not in places]
    rejects = rows(engine, "SELECT reject_id, reason, detail, warc FROM ops.reject ORDER BY reject_id")
    assert [row[0] for row in rejects] == sorted(batch[n].capture_id for n in places)
    assert {row[1] for row in rejects} <= {"quarantined"} and {row[3] for row in rejects} <= {"raw/a.warc.gz"}
    assert all(str(row[2]).startswith("refused_by_database: ") for row in rejects)
    again = load_batch(engine, batch, batch_key="b", sha256="s", rules_version="r1")
    assert (again.outcomes, again.was_known) == (loaded.outcomes, True)


def test_what_is_read_again_is_put_aside_in_the_same_way(engine: Engine) -> None:
    assert load_again(engine, [good(1), too_long_a_site(2), good(3)]) == {Outcome.ARTICLE: 2, Outcome.QUARANTINED: 1}


def test_a_refused_capture_keeps_its_url_where_that_is_taken_and_only_its_place_where_not(engine: Engine) -> None:
    kept = without_refused(engine, [too_long_a_site(1), good(2), bad_status(3)], load_in)
    assert [o.target_uri for o in kept] == ["https://news.example/1", "https://news.example/2", ""]
    assert [o.page.outcome for o in kept] == [Outcome.QUARANTINED, Outcome.ARTICLE, Outcome.QUARANTINED]
    assert kept[1] == good(2) and (kept[2].status, kept[2].url_key) == (0, kept[2].capture_id)
    assert kept[0].url_key == good(1).url_key and kept[2].place == good(3).place
    assert rows(engine, "SELECT 1 FROM core.capture UNION ALL SELECT 1 FROM ops.reject") == []


def test_a_batch_that_is_taken_whole_is_left_as_it_is(engine: Engine) -> None:
    batch = [good(1), good(2)]
    assert without_refused(engine, batch, load_in) == batch


def test_what_the_database_refuses_to_anybody_is_nobodys_fault() -> None:
    gone = OperationalError("INSERT", {}, psycopg.errors.AdminShutdown("terminating"))
    invalidated = DataError("INSERT", {}, psycopg.DataError("lost"), connection_invalidated=True)
    for error in (
        gone,
        invalidated,
        psycopg.OperationalError("no"),
        psycopg.errors.DiskFull("full"),
        RuntimeError("x"),
    ):
        assert not is_refusal(error), error
    refusals = (
        psycopg.errors.NumericValueOutOfRange("x"), psycopg.errors.NotNullViolation("x"),
        psycopg.errors.ProgramLimitExceeded("x"), psycopg.DataError("x"), OverflowError("x"), ValueError("x"),
        DataError("INSERT", {}, psycopg.errors.CharacterNotInRepertoire("x")),
    )  # fmt: skip
    for error in refusals:
        assert is_refusal(error), error
    with pytest.raises(OperationalError), refused_as_quarantine():
        raise gone
    with pytest.raises(Quarantine, match="DataError: الأول") as caught, refused_as_quarantine():
        raise DataError("INSERT", {}, psycopg.DataError("الأول\nzweite"))
    assert "zweite" not in caught.value.detail


@pytest.mark.parametrize("bad", [[], [0], [2], [1, 2], [0, 1, 2, 3]])
def test_rows_beside_one_that_is_refused_are_written_and_it_is_named(engine: Engine, bad: list[int]) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TEMP TABLE small (value smallint) ON COMMIT DROP"))
        told: list[tuple[int, str]] = []

        def write(values: object) -> None:
            connection.execute(text("INSERT INTO small VALUES (:v)"), [{"v": v} for v in values])  # type: ignore[attr-defined]

        items = [n + 100_000 if n in bad else n for n in range(4)]
        write_each(connection, items, write, refused=lambda item, why: told.append((item, why)), name=str)
        kept = connection.execute(text("SELECT value FROM small ORDER BY value")).scalars().all()
    assert kept == [n for n in range(4) if n not in bad]
    assert [item for item, _ in told] == [items[n] for n in bad]
    assert all(why.startswith("NumericValueOutOfRange: ") for _, why in told)
