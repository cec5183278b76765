"""The command that loads open work and processes rejects again: replay."""

from __future__ import annotations

from datetime import datetime
from difflib import get_close_matches
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.options import Json, past_moment
from etl.model import Outcome


def _outcome(value: str) -> Outcome:
    try:
        return Outcome(value)
    except ValueError:
        near = get_close_matches(value, [each.value for each in Outcome], n=1)
        told = f"did you mean {near[0]}?" if near else "`news-etl status` shows those of rejects"
        raise typer.BadParameter(f"{value!r} is no outcome: {told}") from None


def replay(
    reason: Annotated[
        Outcome | None,
        typer.Option(
            metavar="OUTCOME", parser=_outcome, help="Only rejects for this reason, such as quarantined or empty_text."
        ),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(metavar="TIME", parser=past_moment, help="Only rejects since this time (UTC)."),
    ] = None,
    lost: Annotated[
        bool, typer.Option("--lost", help="First read the whole lake and reload what the warehouse lacks.")
    ] = False,
    give_up: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WARC", help="Drop a WARC that left the lake before it was loaded; its URLs become due again."
        ),
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
