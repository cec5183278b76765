"""Commands on files of pages: ingest, extract, replay."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.moments import of_a_reading, within_reason
from etl.cli.output import Exit
from etl.errors import Permanent
from etl.files import replacing
from etl.model import Outcome
from etl.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="For machines: JSON on standard output.")]
Url = Annotated[str | None, typer.Option(help="The URL of a single page. Without it: urn:sha256:...")]
CapturedAt = Annotated[
    datetime | None,
    typer.Option(help="When a single page was read (UTC). Without it: the time of its file.", callback=of_a_reading),
]


def ingest(
    paths: Annotated[list[str], typer.Argument(help="WARC, WET, HTML or text files, or s3://bucket/key.")],
    url: Url = None,
    captured_at: CapturedAt = None,
    json: Json = False,
) -> None:
    """Take archives and pages into the lake and the warehouse. A second time changes nothing."""
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


def extract(
    paths: Annotated[list[Path], typer.Argument(help="HTML, text or WARC files, also .gz.")],
    url: Annotated[
        str | None,
        typer.Option(
            help="The URL of a single page; with --explain also which capture of a WARC. Without it: urn:sha256:..."
        ),
    ] = None,
    captured_at: CapturedAt = None,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="One HTML page about one page: its text with the cuts, every value and why."),
    ] = False,
    to: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file of --explain; without it standard output.")
    ] = None,
) -> None:
    """Print one JSON record a page, or explain one page. Needs no database.

    With --explain and a WARC it is the capture of --url, without it the first page in the file.
    """
    settings = settings_module.load()
    if explain:
        _explain(settings, paths, url, captured_at, to)
        return
    if to is not None:
        raise Permanent("-o goes with --explain; records are printed, so redirect them: news-etl extract ... > FILE")
    from etl.stages.inspect.records import records

    for line in records(settings, paths, url=url, captured_at=captured_at, say=_say):
        output.print_json_line(line)


def _explain(
    settings: Settings, paths: list[Path], url: str | None, captured_at: datetime | None, to: Path | None
) -> None:
    from etl.stages.inspect.explain import explanation

    if len(paths) != 1:
        raise Permanent(f"--explain is about one page, and {len(paths)} files are given")
    page = explanation(settings, paths[0], url=url, captured_at=captured_at, say=_say)
    if to is None:
        output.document(page)
        return
    with replacing(to, reads=[paths[0], settings.sources]) as written:
        written.write_text(page, encoding="utf-8")
    _say(f"written to {to}")


def replay(
    reason: Annotated[str | None, typer.Option(help="Only rejects with this reason.")] = None,
    since: Annotated[
        datetime | None, typer.Option(help="Only rejects since this time (UTC).", callback=within_reason)
    ] = None,
    lost: Annotated[
        bool, typer.Option("--lost", help="Read the whole lake first, and load anew what the warehouse lacks of it.")
    ] = False,
    give_up: Annotated[
        list[str] | None, typer.Option(help="A WARC that left the lake before it was loaded; its pages become due.")
    ] = None,
    json: Json = False,
) -> None:
    """Load what is open, and process rejected captures again, with the rules of today."""
    from etl.stages.process import replay as replaying
    from etl.stages.process.replay import replay as replay_rejects
    from etl.stages.resources import open_resources

    with open_resources(settings_module.load()) as r:
        for name in give_up or ():
            replaying.give_up(r, name)
        for name in replaying.find_lost(r) if lost else ():
            output.note("rows of it are missing: it is loaded anew", label=name)
        report = replay_rejects(r, reason=reason, since=since)
    if json:
        output.print_json({"outcomes": output.counts(report.outcomes), "notes": report.notes})
    else:
        output.print_outcomes(report.outcomes, title="Rejected captures, processed again")
        for note in report.notes:
            output.say(note)


def _say(note: str) -> None:
    output.note(note)
