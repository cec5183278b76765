"""The command that keeps the lake tidy: compact."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output


def compact(
    before: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only segments of days before this one. Default: today."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="For machines: JSON on standard output.")] = False,
) -> None:
    """Merge small WARC files of past days, and delete silver files that were loaded on a past day."""
    from etl.stages.maintenance.compact import compact as compact_lake
    from etl.stages.resources import open_resources

    day = before.date() if before else datetime.now(UTC).date()
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
