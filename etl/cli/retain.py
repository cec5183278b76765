"""The command that deletes raw pages past their retention period: retain."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.options import DryRun, Json
from etl.cli.output import Exit


def retain(
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Delete raw pages past the `retention` (or `rights`) of their source; the values extracted last stay."""
    from etl.stages.maintenance.retain import retain as retain_pages
    from etl.stages.resources import open_resources

    with open_resources(settings_module.load(), activate=not dry_run) as r:
        done = retain_pages(r, now=datetime.now(UTC), dry_run=dry_run)
    if json:
        output.print_json(done.as_json())
    else:
        rows = [(key or "(none)", count, done.bytes[key]) for key, count in sorted(done.captures.items())]
        if rows:
            what = "would be deleted" if dry_run else "were deleted"
            output.print_rows(
                ("source", "captures", "bytes"), rows, as_json=False, title=f"Raw pages that {what}, by source"
            )
        else:
            output.say("No raw page has expired.")
        if done.warcs:
            output.say(f"{len(done.warcs)} WARC files were rewritten or deleted.")
        if done.unreadable:
            output.note(
                f"{done.unreadable} captures are damaged in the lake: their values could not be extracted a last time",
            )
    if done.unreadable:
        raise typer.Exit(Exit.INCOMPLETE)
