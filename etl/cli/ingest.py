"""The command that loads archives and single pages: ingest."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.output import Exit
from etl.cli.times import capture_time
from etl.model import Outcome

Json = Annotated[bool, typer.Option("--json", help="For machines: JSON on standard output.")]
Url = Annotated[str | None, typer.Option(help="The URL of a single page. Default: urn:sha256:... of its bytes.")]
CapturedAt = Annotated[
    datetime | None,
    typer.Option(
        help="When a single page was captured (UTC). Default: the modification time of its file.",
        callback=capture_time,
    ),
]


def ingest(
    paths: Annotated[list[str], typer.Argument(help="WARC, WET, WACZ, ARC, HTML or text files, or s3://bucket/key.")],
    url: Url = None,
    captured_at: CapturedAt = None,
    json: Json = False,
) -> None:
    """Load archives and single pages into the lake and the warehouse. Ingesting a file again changes nothing."""
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
    if report.outcomes[Outcome.QUARANTINED]:
        raise typer.Exit(Exit.INCOMPLETE)
