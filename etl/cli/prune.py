"""The command that deletes the requests and offered URLs of runs long past: prune."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.options import DryRun, Json


def prune(
    days: Annotated[
        int | None,
        typer.Option(
            "--days",
            metavar="DAYS",
            min=1,
            max=36500,
            help="How long they are kept; without it NEWS_ETL_LOG_DAYS, or 400.",
        ),
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Delete the requests and offered URLs of runs long past; articles, pages and the runs' summaries stay."""
    from etl.stages.resources import open_warehouse
    from etl.warehouse.maintenance.pruning import prune as prune_rows

    settings = settings_module.load()
    before = datetime.now(UTC).date() - timedelta(days=days or settings.log_days)
    with open_warehouse(settings) as engine:
        done = prune_rows(engine, before=before, dry_run=dry_run)
    if json:
        output.print_json(done.as_json())
        return
    what = "would be deleted" if dry_run else "were deleted"
    if not done.requests and not done.runs:
        output.say(f"Nothing is from before {before}.")
        return
    output.say(
        f"From before {before} {what}: {done.requests:,} requests ({done.months} whole months), and {done.urls:,} URLs of "
        f"{done.runs:,} runs."
    )
