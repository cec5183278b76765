"""Stories in the warehouse: which articles carry the same text, near enough, kept up as articles come, change and go.

    load ─due→ publish (keys into buckets) ─change→ turn (pairs → verified edges → components → stories)

Publishing runs many times at once, turns one at a time. The stories of settled articles are a function of the articles
alone: see `stories_turn`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, text

from etl.warehouse.engine import faults_of
from etl.warehouse.stories import sql
from etl.warehouse.stories.publish import STORY_VERSION, publish
from etl.warehouse.stories.turn import Turn, forget, take_turn

__all__ = ["RelateResult", "StoryBacklog", "forget", "open_work", "relate", "settle"]

# Articles a turn: enough that fixed costs do not show, few enough that a kill loses seconds.
ARTICLES_AT_ONCE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class RelateResult:
    """What relating did."""

    articles: int  # that were due
    changes: int  # of them and of others', taken into stories
    edges: int
    stories: int  # written


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryBacklog:
    """What is not in stories yet."""

    due: int  # articles whose keys are to be published
    changes: int  # published changes that no turn has taken
    is_older: bool  # all articles are to be related anew, since the rules of relating changed


def relate(engine: Engine, *, most: int = ARTICLES_AT_ONCE) -> RelateResult:
    """Work off what is due, `most` articles a turn. Safe to run many times at once: each takes what is there.

    Raises `Transient` when the database asks to try again; nothing is lost then.
    """
    with faults_of(engine, "relating"):
        return _until_done(engine, most=most, waits=False)


def settle(engine: Engine, *, most: int = ARTICLES_AT_ONCE) -> RelateResult:
    """Leave nothing open: also what others hold at this moment, and all articles when the rules of relating changed.

    What loads bring while it runs may be left for the next time.
    """
    with faults_of(engine, "relating"):
        _move(engine)
        return _until_done(engine, most=most, waits=True)


def open_work(engine: Engine) -> StoryBacklog:
    """What is not in stories yet. Nothing open means that the stories are those of all articles of now."""
    with engine.connect() as connection:
        due, changes, version = connection.execute(
            text("""
                SELECT (SELECT count(*) FROM ops.story_due), (SELECT count(*) FROM ops.story_change),
                       (SELECT relate_version FROM ops.story_turn)
            """)
        ).one()
    return StoryBacklog(due=due, changes=changes, is_older=version != STORY_VERSION)


def _move(engine: Engine) -> None:
    """Make all articles due that stand under other rules of relating, once for each change of the rules."""
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
    articles, turns = 0, list[Turn]()
    while True:
        published = publish(engine, most=most, until=until, waits=waits)
        articles += published.taken
        turns.append(take_turn(engine))
        if not published.taken and not turns[-1].changes:
            return RelateResult(
                articles=articles,
                changes=sum(t.changes for t in turns),
                edges=sum(t.edges for t in turns),
                stories=sum(t.stories for t in turns),
            )
