"""Stories in the warehouse: articles with the same or nearly the same text, maintained as articles are added and change.

    load ─due→ write_keys (keys into buckets) ─change→ relating_round (pairs → verified edges → components → stories)

Writing keys runs many times at once, relating rounds one at a time. When nothing is open, the stories are a function of the
articles alone: see `relating_round`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, text

from etl.warehouse.engine import faults_of
from etl.warehouse.stories import sql
from etl.warehouse.stories.relating_round import RoundResult, forget, relate_round
from etl.warehouse.stories.write_keys import STORY_VERSION, write_keys

__all__ = ["RelateResult", "StoryBacklog", "forget", "open_work", "relate", "settle"]

# Articles per round: many enough that fixed costs are small, few enough that a SIGKILL loses only seconds of work.
ARTICLES_AT_ONCE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class RelateResult:
    """What relating did."""

    articles: int  # that were due
    changes: int  # of these and of other articles, applied to stories
    edges: int
    stories: int  # written


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryBacklog:
    """Work that is not in stories yet."""

    due: int  # articles whose keys have to be written
    changes: int  # recorded changes that no round has taken
    is_older: bool  # all articles have to be related again, since the rules of relating changed


def relate(engine: Engine, *, most: int = ARTICLES_AT_ONCE) -> RelateResult:
    """Relate due articles, `most` per round. Safe to run many times at once: each call takes what is there.

    Raises `Transient` when the database asks to try again; nothing is lost then.
    """
    with faults_of(engine, "relating"):
        return _until_done(engine, most=most, waits=False)


def settle(engine: Engine, *, most: int = ARTICLES_AT_ONCE) -> RelateResult:
    """Relate everything that is open: also what other processes hold, and all articles when the rules of relating changed.

    Articles loaded while it runs may be left for the next call.
    """
    with faults_of(engine, "relating"):
        _move(engine)
        return _until_done(engine, most=most, waits=True)


def open_work(engine: Engine) -> StoryBacklog:
    """Work that is not in stories yet. If there is none, the stories are those of all present articles."""
    with engine.connect() as connection:
        due, changes, version = connection.execute(
            text("""
                SELECT (SELECT count(*) FROM ops.story_due), (SELECT count(*) FROM ops.story_change),
                       (SELECT relate_version FROM ops.story_turn)
            """)
        ).one()
    return StoryBacklog(due=due, changes=changes, is_older=version != STORY_VERSION)


def _move(engine: Engine) -> None:
    """Make all articles due that were related with other rules, once for each change of the rules."""
    with engine.begin() as connection:
        connection.exec_driver_sql(sql.LOCK_TURN)
        known = connection.execute(text("SELECT relate_version FROM ops.story_turn")).scalar()
        if known != STORY_VERSION:
            connection.exec_driver_sql(sql.ALL_DUE, {"version": STORY_VERSION})
            connection.execute(
                text("""
                    INSERT INTO ops.story_turn (turn, relate_version) VALUES (1, :version)
                    ON CONFLICT (turn) DO UPDATE SET relate_version = excluded.relate_version
                """),
                {"version": STORY_VERSION},
            )


def _until_done(engine: Engine, *, most: int, waits: bool) -> RelateResult:
    with engine.connect() as connection:  # by the database's clock, as what is due: so that this comes to an end
        until = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    articles, rounds = 0, list[RoundResult]()
    while True:
        published = write_keys(engine, most=most, until=until, waits=waits)
        articles += published.taken
        rounds.append(relate_round(engine))
        if not published.taken and not rounds[-1].changes:
            return RelateResult(
                articles=articles,
                changes=sum(t.changes for t in rounds),
                edges=sum(t.edges for t in rounds),
                stories=sum(t.stories for t in rounds),
            )
