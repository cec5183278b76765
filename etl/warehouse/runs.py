"""Runs and their sources: started, ended, and summed up, in `ops.run` and `ops.run_source`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, text

from etl.errors import Permanent
from etl.foreign import to_json
from etl.model import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A run in numbers. The outcomes add up to the candidates, but for those still undecided."""

    run_id: str
    outcomes: Counter[Outcome]
    candidates: int
    undecided: int
    failed: Mapping[str, str]  # source key: error

    def as_json(self) -> dict[str, Any]:
        """For `ops.run.summary` and for machines."""
        return {
            "run_id": self.run_id,
            "candidates": self.candidates,
            "outcomes": {o.value: self.outcomes[o] for o in Outcome if self.outcomes[o]},
            "undecided": self.undecided,
            "failed_sources": dict(self.failed),
        }


def start(
    engine: Engine,
    *,
    run_id: str,
    batches: Mapping[str, Sequence[str]],
    window: tuple[datetime, datetime] | None,
    as_of: datetime,
) -> datetime:
    """Register a run and the batches of its sources; returns the time that it acts as of: the first attempt's."""
    with engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO ops.run (run_id, window_start, window_end, as_of, state)
                VALUES (:run, :start, :end, :as_of, 'running')
                ON CONFLICT (run_id) DO UPDATE SET state = 'running', ended_at = NULL
            """),
            {
                "run": run_id,
                "start": window[0] if window else None,
                "end": window[1] if window else None,
                "as_of": as_of,
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


def as_of(engine: Engine, run_id: str) -> datetime:
    """The time that a run acts as of. Raises `Permanent` for a run that was never planned."""
    with engine.connect() as connection:
        found = connection.execute(text("SELECT as_of FROM ops.run WHERE run_id = :run"), {"run": run_id}).scalar()
    if not isinstance(found, datetime):
        raise Permanent(f"run {run_id} was not planned: its first stage is `plan`")
    return found


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


def states(engine: Engine, *, run_id: str, sources: Sequence[str]) -> dict[str, str]:
    """How far sources of a run have come: planned, discovered, ok or failed."""
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT source_key, state FROM ops.run_source
                WHERE run_id = :run AND source_key = ANY(CAST(:sources AS text[]))
            """),
            {"run": run_id, "sources": list(sources)},
        )
        return {r.source_key: r.state for r in found}


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


def segments(engine: Engine, *, run_id: str, batch: str) -> tuple[str, ...]:
    """The WARCs that a batch of a run has written, in all its attempts."""
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT warc FROM ops.segment WHERE run_id = :run AND batch = :batch ORDER BY warc"),
            {"run": run_id, "batch": batch},
        )
        return tuple(row.warc for row in found)


def discovered(engine: Engine, *, run_id: str, source_key: str, error: str | None) -> None:
    """Record how the documents of a source went; an error of an earlier attempt is replaced."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE ops.run_source SET state = :state, error = :error WHERE run_id = :run AND source_key = :key"),
            {
                "state": "failed" if error else "discovered",
                "error": error or None,
                "run": run_id,
                "key": source_key,
            },
        )


def summarize(engine: Engine, *, run_id: str, is_over: bool = True) -> RunSummary:
    """Sum a run up, and write it into `ops.run` when it is over. A source that never ended counts as failed."""
    with engine.begin() as connection:
        counts = connection.execute(
            text("SELECT outcome, count(*) FROM ops.run_url WHERE run_id = :run GROUP BY outcome"), {"run": run_id}
        ).all()
        sources = connection.execute(
            text("SELECT source_key, state, error FROM ops.run_source WHERE run_id = :run ORDER BY source_key"),
            {"run": run_id},
        ).all()
        summary = RunSummary(
            run_id=run_id,
            outcomes=Counter({Outcome(o): n for o, n in counts if o is not None}),
            candidates=sum(n for _, n in counts),
            undecided=sum(n for o, n in counts if o is None),
            failed={
                key: error or "did not come to its end: see the log of its task"
                for key, state, error in sources
                if state != "ok"
            },
        )
        if is_over:
            connection.execute(
                text("""
                    UPDATE ops.run SET state = :state, ended_at = now(), summary = CAST(:summary AS jsonb)
                    WHERE run_id = :run
                """),
                {
                    "run": run_id,
                    "state": "failed" if summary.failed or summary.undecided else "ok",
                    "summary": to_json(summary.as_json()),
                },
            )
        return summary
