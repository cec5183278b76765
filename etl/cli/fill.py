"""The command that brings in past days: fill."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from etl import settings as settings_module
from etl.cli import output, stopping
from etl.cli.options import DryRun, FirstDay, Json, LastDay, Sources
from etl.cli.output import Exit
from etl.model import ARCHIVES


def fill(
    first: FirstDay = None,
    last: LastDay = None,
    source: Sources = None,
    archive: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ARCHIVE",
            help=f"Read this archive; may be repeated: {', '.join(ARCHIVES)}. Default: NEWS_ETL_ARCHIVES.",
        ),
    ] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="Only days that news.coverage lists and that are not final.")
    ] = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Load past days from archives, by published day. A fill that was stopped resumes when it is started again.

    --dry-run reads the archives' listings, fetches no page, and prints what the fill would cost.
    """
    from etl.stages.fill.run import fill_days

    with stopping.tidily("what was fetched is in the lake. Run the same command again: it loads that and resumes"):
        days = fill_days(
            settings_module.load(),
            first=first,
            last=last,
            sources=source or (),
            archives=archive or (),
            only_missing=missing,
            is_dry=dry_run,
            say=None if json else _say,
        )
    if dry_run:
        _plan(days.estimates, as_json=json)
        for files in days.files:
            _say(
                f"{files['first']} to {files['last']}: {files['to_read']} of {files['files']} files of {files['archive']} "
                f"are to be read, about {files['bytes'] / (1 << 30):.0f} GiB"
            )
        return
    columns = ("day", "source_key", "state", "expected", "expected_from", "loaded", "missing", "missing_by")
    rows = [[getattr(c, name) for name in columns] for c in days.coverage]
    if rows or json:
        output.print_rows(columns, rows, as_json=json, title="Coverage")
    elif not days.problem:
        output.say("Nothing to fill: no day of news.coverage is open." if missing else "Nothing to fill.")
    if gone := sum(c.missing - c.obtainable for c in days.coverage):
        output.note(f"{gone} pages are gone for good or are no articles (missing_by): no later fill gets them")
    if days.problem:
        output.note(days.problem)
    output.note_quarantined(days.quarantined)
    if days.problem or days.quarantined or any(c.obtainable for c in days.coverage):
        raise typer.Exit(Exit.INCOMPLETE)


def _plan(estimates: list[dict[str, Any]], *, as_json: bool) -> None:
    columns = ("day", "source_key", "archives", "expected", "loaded", "requests", "bytes", "hours", "fits_today")
    rows = [[e[name] for name in columns] for e in estimates]
    output.print_rows(columns, rows, as_json=as_json, title="What a fill would fetch")
    if not as_json:
        requests = sum(e["requests"] for e in estimates)
        size = sum(e["bytes"] for e in estimates) / (1 << 20)
        hours: dict[str, float] = {}
        for e in estimates:
            hours[e["source_key"]] = hours.get(e["source_key"], 0) + e["hours"]
        output.say(
            f"{requests} requests, about {size:.0f} MiB; {max(hours.values(), default=0):.1f} hours for the source that "
            "takes longest (sources are read in parallel)",
        )


def _say(line: str) -> None:
    output.note(line)
