"""The command that loads open work and processes rejects again: replay."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.times import within_reason

Json = Annotated[bool, typer.Option("--json", help="For machines: JSON on standard output.")]


def replay(
    reason: Annotated[str | None, typer.Option(help="Only rejects with this reason.")] = None,
    since: Annotated[
        datetime | None, typer.Option(help="Only rejects since this time (UTC).", callback=within_reason)
    ] = None,
    lost: Annotated[
        bool, typer.Option("--lost", help="First read the whole lake and reload what the warehouse lacks.")
    ] = False,
    give_up: Annotated[
        list[str] | None,
        typer.Option(help="Drop a WARC that left the lake before it was loaded; its URLs become due again."),
    ] = None,
    json: Json = False,
) -> None:
    """Load open work, and process rejected captures again with the current rules."""
    from etl.stages.process import replay as replaying
    from etl.stages.process.replay import replay as replay_rejects
    from etl.stages.resources import open_resources

    with open_resources(settings_module.load()) as r:
        for name in give_up or ():
            replaying.give_up(r, name)
        for name in replaying.find_lost(r) if lost else ():
            output.note("some of its rows are missing: it is loaded again", label=name)
        report = replay_rejects(r, reason=reason, since=since)
    if json:
        output.print_json({"outcomes": output.counts(report.outcomes), "notes": report.notes})
    else:
        output.print_outcomes(report.outcomes, title="Rejected captures, processed again")
        for note in report.notes:
            output.say(note)
