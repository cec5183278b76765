"""Commands on files of pages: ingest, extract, replay."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.moments import capture_time, within_reason
from etl.cli.output import Exit
from etl.errors import Permanent
from etl.files import replacing
from etl.model import Outcome
from etl.settings import Settings

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


def extract(
    paths: Annotated[list[Path], typer.Argument(help="HTML, text or WARC files, also .gz.")],
    url: Annotated[
        str | None,
        typer.Option(
            help="The URL of a single page; with --explain, of the capture to take from a WARC. "
            "Default: urn:sha256:... of its bytes."
        ),
    ] = None,
    captured_at: CapturedAt = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Write an HTML report about one page: its text with every cut, and each value with its candidates.",
        ),
    ] = False,
    to: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where --explain writes. Default: standard output.")
    ] = None,
) -> None:
    """Print one JSON record per page, or explain one page. Needs no database.

    Of a WARC, --explain takes the capture of --url, or the first page of the file.
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


def _say(note: str) -> None:
    output.note(note)
