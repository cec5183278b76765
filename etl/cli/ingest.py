"""The command that loads archives and single pages: ingest."""

from __future__ import annotations

from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.options import CapturedAt, Json, PageUrl
from etl.cli.output import Exit
from etl.model import Outcome


def ingest(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...", help="WARC, WET, WACZ, ARC, HTML or text files, folders of archives, or s3://bucket/key."
        ),
    ],
    url: PageUrl = None,
    captured_at: CapturedAt = None,
    json: Json = False,
) -> None:
    """Load archives and single pages into the lake and the warehouse. Ingesting a file again changes nothing.

    Exits with 3 where there is no page, or one could not be processed.
    """
    from etl.stages.process.adopt import adopt
    from etl.stages.process.ingest import ingest as ingest_warcs
    from etl.stages.resources import open_resources

    with open_resources(settings_module.load()) as r:
        adopted = adopt(r, paths, url=url, captured_at=captured_at)
        for note in adopted.notes:
            output.note(note)
        with output.progress_bar("ingest", quiet=json) as progress:
            report = ingest_warcs(r, warcs=adopted.uris, progress=progress)
    if json:
        output.print_json({"outcomes": output.counts(report.outcomes), "notes": report.notes})
    else:
        output.print_outcomes(report.outcomes, title="Records by outcome")
        for note in report.notes:
            output.say(note)
    is_empty = not report.outcomes.total()
    if is_empty:
        output.note("nothing was loaded: it holds no page, or only pages that were erased", label=", ".join(paths[:3]))
    if is_empty or report.outcomes[Outcome.QUARANTINED]:
        raise typer.Exit(Exit.INCOMPLETE)
