"""The command that prints or explains the values of pages: extract."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.times import capture_time
from etl.errors import Permanent
from etl.files import replacing
from etl.settings import Settings

CapturedAt = Annotated[
    datetime | None,
    typer.Option(
        help="When a single page was captured (UTC). Default: the modification time of its file.",
        callback=capture_time,
    ),
]


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


def _say(note: str) -> None:
    output.note(note)
