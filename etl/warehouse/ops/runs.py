"""Runs and their sources: started, ended, and summed up, in `ops.run` and `ops.run_source`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from etl import processes
from etl.errors import Permanent
from etl.model import Outcome
from etl.rhythm import WORTH_H
from etl.states import RunKind, RunState, Schedule, SourceState
from etl.untrusted_text import to_json
from etl.warehouse.ops import expected_urls

# Longer than any run of the DAGs may last; a run of the command line extends its time now and then.
LASTS = timedelta(hours=24)
# Articles of these days are visited again like those of a live run.
RECENT = timedelta(days=7)

# What an orchestrator says of a run by its name: how it ended, None while it goes on and of runs that are not its own.
HowEnded = Callable[[str], RunState | None]

GIVE_UP = """
UPDATE ops.run_url SET outcome = :outcome, detail = :why
WHERE run_id = :run AND outcome IS NULL AND capture_id IS NULL
"""
# What a fill had put into the frontier for itself is not left to live runs, unless they had it before.
LEAVE_FRONTIER = """
UPDATE ops.candidate c SET due_at = NULL
FROM ops.run_url u
WHERE u.run_id = :run AND u.url_key = c.url_key AND u.outcome = 'deferred' AND c.first_visit_at IS NULL
  AND NOT EXISTS (
      SELECT FROM ops.run_url o JOIN ops.run r USING (run_id) WHERE o.url_key = c.url_key AND r.kind <> 'fill')
"""
# A capture's URL is decided by the load that brings it. What was brought by others before the run noted its visit, or
# left the lake with an erased page before it was loaded, is decided here, once nothing of the run is open.
DECIDE = """
UPDATE ops.run_url u SET (outcome, detail) = (
    SELECT d.outcome, d.detail FROM (
        SELECT 1 AS no, CASE WHEN c.is_revisit AND p.outcome = 'article' THEN 'unchanged' ELSE p.outcome END AS outcome,
               p.detail
        FROM core.capture c JOIN ops.processed p USING (capture_id) WHERE c.capture_id = u.capture_id
        UNION ALL SELECT 2, r.reason, r.detail FROM ops.reject r WHERE r.capture_id = u.capture_id
        UNION ALL SELECT 3, 'erased', 'went with a page that was erased' FROM (SELECT FROM core.tombstone LIMIT 1) t
        WHERE NOT EXISTS (SELECT FROM core.capture c WHERE c.capture_id = u.capture_id)
    ) d ORDER BY d.no, d.outcome LIMIT 1)
WHERE u.run_id = :run AND u.outcome IS NULL AND u.capture_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM ops.segment s WHERE s.run_id = :run AND s.loaded_at IS NULL)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A run in numbers. The outcomes add up to the candidates, but for those still undecided."""

    run_id: str
    outcomes: Counter[Outcome]
    candidates: int
    undecided: int
    failed: Mapping[str, str]  # source key: error
    problems: Mapping[str, str] = field(default_factory=dict)  # WARC that could not be loaded: why; it is open work
    reasons: tuple[str, ...] = ()  # why it failed beside that, in words
    orchestrator: RunState | None = None  # how it says that the run ended, where it let the run go

    @property
    def state(self) -> RunState:
        """How the run ended: as the orchestrator says; else it failed with any source, task or URL that is undecided."""
        if self.orchestrator is not None:
            return self.orchestrator
        return RunState.FAILED if self.reasons or self.failed or self.undecided else RunState.OK

    def as_json(self) -> dict[str, Any]:
        """For `ops.run.summary` and for machines."""
        return {
            "run_id": self.run_id,
            "candidates": self.candidates,
            "outcomes": {o.value: self.outcomes[o] for o in Outcome if self.outcomes[o]},
            "undecided": self.undecided,
            "failed_sources": dict(self.failed),
            **({"problems": dict(self.problems)} if self.problems else {}),
            **({"reasons": list(self.reasons)} if self.reasons else {}),
            **({"orchestrator": self.orchestrator.value} if self.orchestrator else {}),
        }


def start(
    engine: Engine,
    *,
    run_id: str,
    kind: RunKind,
    batches: Mapping[str, Sequence[str]],
    window: tuple[datetime, datetime] | None,
    as_of: datetime,
    holder: str | None = None,
    lasts: timedelta = LASTS,
    schedule: Schedule | None = None,
    asks_all: bool = False,
    worth_h: float = WORTH_H,
) -> datetime:
    """Register a run and the batches of its sources; returns the run's time (`as_of`), set by its first attempt.

    What is set by the first attempt as well: `schedule`, `asks_all` and `worth_h`, as in `Asking`.

    `holder` is its process, if it is a single one. The run is abandoned when that process is gone, or when `lasts` is over
    and was not extended.
    """
    with engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO ops.run
                    (run_id, kind, window_start, window_end, as_of, state, holder, over_at, schedule, asks_all, worth_h)
                VALUES (:run, :kind, :start, :end, :as_of, 'running', :holder, now() + :lasts, :schedule, :asks_all, :worth_h)
                ON CONFLICT (run_id) DO UPDATE SET state = 'running', ended_at = NULL, holder = excluded.holder,
                                                   over_at = excluded.over_at, pruned_at = NULL
            """),
            {
                "run": run_id,
                "kind": kind.value,
                "start": window[0] if window else None,
                "end": window[1] if window else None,
                "as_of": as_of,
                "holder": holder,
                "lasts": lasts,
                "schedule": schedule.value if schedule else None,
                "asks_all": asks_all,
                "worth_h": worth_h,
            },
        )
        for batch, sources in batches.items():
            for key in sorted(sources):
                connection.execute(
                    text("""
                        INSERT INTO ops.run_source (run_id, source_key, batch, state)
                        VALUES (:run, :key, :batch, 'planned')
                        ON CONFLICT (run_id, source_key) DO UPDATE SET batch = excluded.batch
                    """),
                    {"run": run_id, "key": key, "batch": batch},
                )
        found = connection.execute(text("SELECT as_of FROM ops.run WHERE run_id = :run"), {"run": run_id}).scalar_one()
        assert isinstance(found, datetime)
        return found


def goes_on(engine: Engine, run_id: str, *, lasts: timedelta = LASTS) -> None:
    """Extend the time of a run that is still working."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE ops.run SET over_at = GREATEST(over_at, now() + :lasts) WHERE run_id = :run"),
            {"run": run_id, "lasts": lasts},
        )


def register(engine: Engine, *, run_id: str, kind: RunKind, as_of: datetime) -> None:
    """Record a run that ended before it was planned, such as by a registry that cannot be read."""
    with engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO ops.run (run_id, kind, as_of, state) VALUES (:run, :kind, :as_of, 'running')
                ON CONFLICT (run_id) DO NOTHING
            """),
            {"run": run_id, "kind": kind.value, "as_of": as_of},
        )


def given_up(engine: Engine, *, how_ended: HowEnded | None = None) -> dict[str, RunState | None]:
    """Runs that never said how they ended and never will: their process is gone, their time is over, or they were let go.

    Each with what the orchestrator says of it; `how_ended` is asked of runs that are not processes of their own.
    """
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT run_id, holder, COALESCE(over_at < now(), false) AS is_over FROM ops.run
                WHERE state = 'running' AND kind <> 'rebuild' ORDER BY started_at, run_id
            """)
        )
        runs = found.all()
    answer = {}
    for run in runs:
        ended = how_ended(run.run_id) if how_ended is not None and run.holder is None else None
        if ended is not None or run.is_over or processes.is_gone(run.holder):
            answer[run.run_id] = ended
    return answer


def kind_of(connection: Connection, run_id: str) -> RunKind | None:
    """The kind of a run; None for one that was never planned."""
    found = connection.execute(text("SELECT kind FROM ops.run WHERE run_id = :run"), {"run": run_id}).scalar()
    return RunKind(found) if found else None


def is_recent(connection: Connection, run_id: str, today: date) -> bool:
    """Whether the days that a fill was planned for are so recent that their pages are visited again."""
    end = connection.execute(text("SELECT window_end FROM ops.run WHERE run_id = :run"), {"run": run_id}).scalar()
    return end is not None and end.astimezone(UTC).date() - timedelta(days=1) >= today - RECENT


def as_of(engine: Engine, run_id: str) -> datetime:
    """The time that a run's decisions use. Raises `Permanent` for a run that was never planned."""
    with engine.connect() as connection:
        found = connection.execute(text("SELECT as_of FROM ops.run WHERE run_id = :run"), {"run": run_id}).scalar()
    if not isinstance(found, datetime):
        raise Permanent(f"run {run_id} was not planned: its first stage is `plan`")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a live run asks for documents, on which all its batches agree.

    `schedule` is the class of sources that it is for, None for a run by hand; `asks_all` says that rhythms do not count;
    `worth_h` is what a request must be worth (`rhythm.worth_of_a_request`).
    """

    as_of: datetime
    schedule: Schedule | None = None
    asks_all: bool = False
    worth_h: float = WORTH_H


def asking(engine: Engine, run_id: str) -> Asking:
    """How a run asks for documents. Raises `Permanent` for a run that was never planned."""
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT schedule, asks_all, worth_h FROM ops.run WHERE run_id = :run"), {"run": run_id}
        ).first()
    return Asking(
        as_of=as_of(engine, run_id),
        schedule=Schedule(found.schedule) if found and found.schedule else None,
        asks_all=bool(found and found.asks_all),
        worth_h=found.worth_h if found and found.worth_h else WORTH_H,
    )


def window_of(engine: Engine, run_id: str) -> tuple[datetime, datetime]:
    """The window that a run was planned for, its end excluded. Raises `Permanent` when it has none."""
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT window_start, window_end FROM ops.run WHERE run_id = :run"), {"run": run_id}
        ).first()
    if found is None or found.window_start is None or found.window_end is None:
        raise Permanent(f"run {run_id} was not planned for any days: its first stage is `plan_fill`")
    return found.window_start, found.window_end


def batch_of(engine: Engine, run_id: str, source_key: str) -> str:
    """The batch of a run that a source is in."""
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT batch FROM ops.run_source WHERE run_id = :run AND source_key = :key"),
            {"run": run_id, "key": source_key},
        ).scalar()
    if not isinstance(found, str):
        raise Permanent(f"source {source_key} was not planned in run {run_id}")
    return found


def sources_of(engine: Engine, run_id: str) -> list[str]:
    """The sources of a run."""
    with engine.connect() as connection:
        query = text("SELECT source_key FROM ops.run_source WHERE run_id = :run ORDER BY source_key")
        return list(connection.execute(query, {"run": run_id}).scalars())


def states(engine: Engine, *, run_id: str, sources: Sequence[str]) -> dict[str, SourceState]:
    """The states of a run's sources."""
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT source_key, state FROM ops.run_source
                WHERE run_id = :run AND source_key = ANY(CAST(:sources AS text[]))
            """),
            {"run": run_id, "sources": list(sources)},
        )
        return {r.source_key: SourceState(r.state) for r in found}


def fetched(engine: Engine, *, run_id: str, sources: Sequence[str], errors: Mapping[str, str]) -> None:
    """Sources whose documents were read are done when their pages are; those that `errors` name have failed."""
    with engine.begin() as connection:
        for key, error in sorted(errors.items()):
            connection.execute(
                text(
                    "UPDATE ops.run_source SET state = 'failed', error = :error WHERE run_id = :run AND source_key = :key"
                ),
                {"error": error, "run": run_id, "key": key},
            )
        connection.execute(
            text("""
                UPDATE ops.run_source SET state = 'ok'
                WHERE run_id = :run AND source_key = ANY(CAST(:sources AS text[])) AND state = 'discovered'
            """),
            {"run": run_id, "sources": list(sources)},
        )


def discovered(engine: Engine, *, run_id: str, source_key: str, error: str | None) -> None:
    """Record how the documents of a source went; an error of an earlier attempt is replaced."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE ops.run_source SET state = :state, error = :error WHERE run_id = :run AND source_key = :key"),
            {
                "state": (SourceState.FAILED if error else SourceState.DISCOVERED).value,
                "error": error or None,
                "run": run_id,
                "key": source_key,
            },
        )


def reasons_of_tasks(failed: Sequence[str]) -> list[str]:
    """Why a run failed, by its tasks that did."""
    return [f"task {name} failed: its log says why" for name in failed]


def sum_up_again(engine: Engine, run_ids: Iterable[str]) -> None:
    """Write the summaries of those runs that are over again: their open work is decided now.

    Of a run whose URLs were pruned the summary stays: there is nothing left to count.
    """
    for run_id in sorted(run_ids):
        with engine.connect() as connection:
            query = text("SELECT state FROM ops.run WHERE run_id = :run AND kind <> 'rebuild' AND pruned_at IS NULL")
            state = connection.execute(query, {"run": run_id}).scalar()
        if state not in (None, RunState.RUNNING):
            summarize(engine, run_id=run_id)


def summarize(
    engine: Engine,
    *,
    run_id: str,
    is_given_up: bool = False,
    reasons: Sequence[str] | None = None,
    orchestrator: RunState | None = None,
) -> RunSummary:
    """Sum a run up that is over, and write it into `ops.run`. A source that never ended counts as failed.

    Of one that was given up, the URLs that it never came to are deferred: they stay due. `reasons` say why it failed
    beside its sources, `orchestrator` how it ended for whoever runs it; without them what was said of it before stays.
    """
    with engine.begin() as connection:
        if is_given_up:
            connection.execute(
                text(GIVE_UP),
                {"run": run_id, "outcome": Outcome.DEFERRED, "why": "the run ended before it reached this URL"},
            )
            if kind_of(connection, run_id) is RunKind.FILL:
                connection.execute(text(LEAVE_FRONTIER), {"run": run_id})
                expected_urls.decided_before(connection, run_id=run_id)
        connection.execute(text(DECIDE), {"run": run_id})
        counts = connection.execute(
            text("SELECT outcome, count(*) FROM ops.run_url WHERE run_id = :run GROUP BY outcome"), {"run": run_id}
        ).all()
        sources = connection.execute(
            text("SELECT source_key, state, error FROM ops.run_source WHERE run_id = :run ORDER BY source_key"),
            {"run": run_id},
        ).all()
        query = text("SELECT summary FROM ops.run WHERE run_id = :run")
        said = connection.execute(query, {"run": run_id}).scalar() or {}
        if orchestrator is None and reasons is None and "orchestrator" in said:
            orchestrator = RunState(said["orchestrator"])
        summary = RunSummary(
            run_id=run_id,
            reasons=tuple(said.get("reasons", ()) if reasons is None else reasons),
            orchestrator=orchestrator,
            outcomes=Counter({Outcome(o): n for o, n in counts if o is not None}),
            candidates=sum(n for _, n in counts),
            undecided=sum(n for o, n in counts if o is None),
            failed={
                key: error or "did not come to its end: see the log of its task"
                for key, state, error in sources
                if state != SourceState.OK
            },
        )
        connection.execute(
            text("""
                UPDATE ops.run SET state = :state, ended_at = COALESCE(ended_at, now()), summary = CAST(:summary AS jsonb)
                WHERE run_id = :run
            """),
            {
                "run": run_id,
                "state": summary.state.value,
                "summary": to_json(summary.as_json()),
            },
        )
        return summary
