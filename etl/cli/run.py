"""The command that visits sites: run."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output, stopping
from etl.cli.options import Json, Sources, moment
from etl.cli.output import Exit
from etl.model import Outcome
from etl.states import Schedule


def run(
    source: Sources = None,
    schedule: Annotated[
        Schedule | None, typer.Option(help="Only the sources of this class, as a run of its DAG does.")
    ] = None,
    all_documents: Annotated[
        bool,
        typer.Option(
            "--all-documents", help="Read every feed, sitemap and section, also those that are not due by their rhythm."
        ),
    ] = False,
    now: Annotated[
        datetime | None,
        typer.Option(
            metavar="TIME", parser=moment, help="Act as if it were this time (UTC): for tests and demonstrations."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Find, fetch, extract and load what is new or due: one live run, the same stages as in Airflow."""
    from etl.stages.live.run import run_once

    kept = "what was fetched is in the lake. The next run loads it first (or news-etl replay now), and visits the rest"
    with stopping.tidily(kept), output.working("visiting sites", quiet=json):
        summary = run_once(
            settings_module.load(), sources=source or (), now=now, schedule=schedule, asks_all=all_documents
        )
    if json:
        output.print_json(summary.as_json())
    else:
        output.print_outcomes(summary.outcomes, title=f"URLs of run {summary.run_id} by outcome")
        for key, error in summary.failed.items():
            output.note(error, label=key, is_error=True)
        for warc, problem in summary.problems.items():
            output.note(problem, label=f"not loaded: {warc}", is_error=True)
    output.note_quarantined(summary.outcomes[Outcome.QUARANTINED])
    if summary.failed or summary.problems or summary.outcomes[Outcome.QUARANTINED]:
        raise typer.Exit(Exit.INCOMPLETE)
