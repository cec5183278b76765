"""Commands on the lines that a site prints on many of its pages: propose, review, activate."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.options import FirstDay, Json, Output, day
from etl.cli.output import Exit
from etl.files import replacing
from etl.model import Outcome

if TYPE_CHECKING:
    from etl.stages.process.reprocess import ReprocessReport

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("propose")
def propose(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The source.")],
    start: FirstDay = None,
    end: Annotated[
        date | None,
        typer.Option("--to", metavar="DAY", parser=day, help="The last day (UTC), included. Default: the last one."),
    ] = None,
    file: Output = None,
    json: Json = False,
) -> None:
    """Propose lines that occur in at least 30% of a site's articles and are not headings of a series.

    --from and --to bound the days of the captures. Nothing is cut yet: review the list (-o), then activate it.
    """
    from etl.sources import site_lines
    from etl.stages.inspect import site_lines as stage
    from etl.stages.resources import open_resources

    settings = settings_module.load()
    with open_resources(settings, activate=False) as r:
        found = stage.propose(r, key, first=start, last=end)
    if file is not None:
        with replacing(file, reads=[settings.sources, settings.sources.parent / site_lines.FOLDER]) as written:
            written.write_text(site_lines.to_yaml(found, is_proposal=True), encoding="utf-8")
    output.print_rows(
        ("line", "count", "share", "active", "evidence"),
        [(line.line, line.count, line.share, line.is_active, line.evidence) for line in found.lines],
        as_json=json,
        title=f"{key}: {found.articles} articles captured from {found.first} to {found.last}",
    )
    if file is not None and found.lines:
        output.note(
            f"Review {file}, delete lines that belong to articles, then: news-etl sources lines activate {file}",
        )


@app.command("activate")
def activate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A list that `propose` wrote, after your review.")],
    reprocess: Annotated[
        bool, typer.Option(help="Extract the site's kept pages again with the new rules; nothing is fetched.")
    ] = True,
    json: Json = False,
) -> None:
    """Activate a list in place of the previous one, and extract the site's kept pages again.

    The list is stored as site_lines/KEY.yaml beside the registry file; a list without lines deactivates it.
    """
    from etl.sources import site_lines
    from etl.stages.inspect import site_lines as stage
    from etl.stages.process import reprocess as reprocessing

    settings = settings_module.load()
    chosen = site_lines.read(file)
    stage.activate(settings, chosen)
    place = site_lines.path_of(settings.sources, chosen.source)
    if not json:
        what = (
            f"{len(chosen.lines)} lines of {chosen.source} are active: {place}"
            if chosen.lines
            else f"no line of {chosen.source} is active any more"
        )
        output.note(what)
    done = None
    if reprocess:
        workers = reprocessing.workers_here()
        done = stage.reprocess_site(settings, chosen.source, workers=workers, progress=None if json else _say)
    if json:
        answer = {"source": chosen.source, "lines": len(chosen.lines), "file": str(place)}
        output.print_json(answer | ({"reprocessed": done.as_json()} if done else {}))
    elif done:
        output.say(f"{done.keys} URLs, {done.captures} captures read again.")
        if done.changed:
            rows = sorted(done.changed.items(), key=lambda each: (-each[1], each[0]))
            output.print_rows(("field", "articles"), rows, as_json=False, title="Articles that changed, by field")
    else:
        output.say(
            f"They are cut from pages extracted from now on; for pages that are kept already: "
            f"news-etl reprocess --by captured --source {chosen.source} --from DAY --to DAY",
        )
    if done and done.outcomes[Outcome.QUARANTINED]:
        raise typer.Exit(Exit.INCOMPLETE)


@app.command("list")
def list_lines(
    key: Annotated[str | None, typer.Argument(metavar="KEY", help="Only this source.")] = None,
    json: Json = False,
) -> None:
    """List the active lines, by source."""
    from etl.sources import site_lines
    from etl.stages.resources import load_registry

    settings = settings_module.load()
    registry = load_registry(settings)
    if key is not None:
        registry.select([key])
    lists = [each for each in site_lines.listed(settings.sources) if key in (None, each.source)]
    output.print_rows(
        ("source", "line", "count", "share", "evidence", "is_in_registry"),
        [
            (x.source, line.line, line.count, line.share, line.evidence, x.source in registry.sources)
            for x in lists
            for line in x.lines
        ],
        as_json=json,
    )


def _say(day: date, done: ReprocessReport) -> None:
    output.note(f"{day}: {done.keys} URLs, {done.captures} captures read again")
