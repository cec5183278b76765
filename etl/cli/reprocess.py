"""The command that extracts kept captures again with the current rules: reprocess."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.options import DryRun, Json, LastDay, Sources, day
from etl.cli.output import Exit
from etl.model import Outcome

if TYPE_CHECKING:
    from etl.stages.process.reprocess import ReprocessReport

SHOWN_CHARS = 300


def reprocess(
    start: Annotated[date, typer.Option("--from", metavar="DAY", parser=day, help="The first day (UTC).")],
    end: LastDay = None,
    by: Annotated[Literal["published", "captured"], typer.Option(help="Which day of an article counts.")] = "published",
    source: Sources = None,
    dry_run: DryRun = False,
    rules: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="The rules version that it is to run under; refused if there is another."),
    ] = None,
    json: Json = False,
) -> None:
    """Extract the kept captures of past days again, with the current rules. Nothing is fetched."""
    from etl.stages.process import reprocess as reprocessing
    from etl.stages.process.relate import settle
    from etl.stages.resources import open_resources

    span = reprocessing.days(start, end or start, today=datetime.now(UTC).date())
    sources = source or []
    with open_resources(settings_module.load(), activate=not dry_run) as r:
        version = reprocessing.pinned(r, sources=sources, expected=rules)
        done = reprocessing.reprocess(
            r,
            span=span,
            by=reprocessing.DayBasis(by),
            sources=sources,
            dry_run=dry_run,
            expected_rules=version,
            workers=reprocessing.workers_here(),
            progress=None if json else _say,
        )
        if not dry_run:
            settle(r.engine)
    if json:
        output.print_json({"rules": version, **done.as_json()})
    else:
        _show(done, version, dry_run=dry_run)
    if done.outcomes[Outcome.QUARANTINED]:
        raise typer.Exit(Exit.INCOMPLETE)


def _say(day: date, done: ReprocessReport) -> None:
    changed = sum(done.changed.values())
    output.note(f"{day}: {done.keys} URLs, {done.captures} captures read again, {changed} values changed")


def _show(done: ReprocessReport, version: str, *, dry_run: bool) -> None:
    would = "would change" if dry_run else "changed"
    output.say(f"Rules {version}: {done.keys} URLs, {done.captures} captures that these rules had not seen.")
    if done.expired:
        output.say(
            f"{done.expired} captures were not read again: their raw pages have expired. What was read of them last stays.",
        )
    if done.changed:
        rows = sorted(done.changed.items(), key=lambda each: (-each[1], each[0]))
        output.print_rows(("field", "articles"), rows, as_json=False, title=f"Articles that {would}, by field")
    for sample in done.samples:
        output.say(f"of {sample.url}", label=sample.field)
        for sign, value in (("-", sample.before), ("+", sample.after)):
            for line in output.shown("" if value is None else value)[:SHOWN_CHARS].splitlines():
                output.say(f"  {sign} {line}")
    if done.outcomes:
        output.print_outcomes(done.outcomes, title="Captures by outcome")
