"""The command that keeps the lake tidy: compact."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.options import Json, past_day


def compact(
    before: Annotated[
        date | None,
        typer.Option(metavar="DAY", parser=past_day, help="Only segments of days before this one. Default: today."),
    ] = None,
    json: Json = False,
) -> None:
    """Merge small WARC files of past days, and delete silver files that were loaded on a past day."""
    from etl.stages.maintenance.compact import compact as compact_lake
    from etl.stages.resources import open_resources

    day = before or datetime.now(UTC).date()
    with open_resources(settings_module.load(), activate=False) as r:
        done = compact_lake(r, before=day)
    if json:
        output.print_json(
            {"merged": done.merged, "made": done.made, "left_over": done.left_over, "silver": done.silver}
        )
        return
    output.say(
        f"{done.merged} WARC files became {len(done.made)}; removed: {len(done.left_over)} WARC files that were merged "
        f"before, {done.silver} silver files that were loaded.",
    )
