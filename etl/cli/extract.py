"""The command that prints or explains the values of pages: extract."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.options import CapturedAt, Output
from etl.cli.output import Exit
from etl.errors import Permanent
from etl.files import replacing
from etl.model import Outcome
from etl.settings import Settings


def extract(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="HTML, text, WARC, WET, WACZ or ARC files, or folders of archives."),
    ],
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The URL of a single page; with --explain, of the capture to take from a WARC. "
            "Default: urn:sha256:... of its bytes.",
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
    to: Output = None,
) -> None:
    """Print one JSON record per page, or explain one page. Needs no database.

    Of an archive, --explain takes the capture of --url, or the first page of the file. Exits with 3 where there is no page,
    or one could not be processed.
    """
    settings = settings_module.load()
    if explain:
        _explain(settings, paths, url, captured_at, to)
        return
    if to is not None:
        raise Permanent("-o goes with --explain; records are printed, so redirect them: news-etl extract ... > FILE")
    from etl.stages.inspect.records import records

    outcomes: Counter[Outcome] = Counter()
    for outcome, line in records(settings, paths, url=url, captured_at=captured_at, say=_say):
        output.print_json_line(line)
        outcomes[outcome] += 1
    if quarantined := outcomes[Outcome.QUARANTINED]:
        output.note(
            f"{quarantined} of {outcomes.total()} could not be processed: `detail` says why", label="quarantined"
        )
    if quarantined or not outcomes:
        raise typer.Exit(Exit.INCOMPLETE)


def _explain(
    settings: Settings, paths: list[Path], url: str | None, captured_at: datetime | None, to: Path | None
) -> None:
    from etl.stages.inspect.explain import explanation

    if len(paths) != 1:
        raise Permanent(f"--explain is about one page, and {len(paths)} files are given")
    if to is None:
        output.document(explanation(settings, paths[0], url=url, captured_at=captured_at, say=_say))
        return
    with replacing(to, reads=[paths[0], settings.sources]) as written:
        page = explanation(settings, paths[0], url=url, captured_at=captured_at, say=_say)
        written.write_text(page, encoding="utf-8")
    _say(f"written to {to}")


def _say(note: str) -> None:
    output.note(note)
