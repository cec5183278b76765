"""The commands of the sample newsroom: sample, demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.errors import Permanent

FURTHER = """
What to try next:
  .venv/bin/news-etl query "SELECT title, text FROM news.article JOIN news.article_text USING (article_id) LIMIT 3"
  .venv/bin/news-etl query "SELECT url, removed FROM news.article WHERE jsonb_array_length(removed) > 0"
  .venv/bin/news-etl status
  .venv/bin/news-etl demo --day 2     # the day after: corrected and new pages
  make up                             # Airflow's UI; make down stops it
"""


def demo(
    day: Annotated[
        int,
        typer.Option(
            metavar="1|2",
            min=1,
            max=2,
            help="1, or 2 for the newsroom a day later: changed and new pages, and removed ones after an hour.",
        ),
    ] = 1,
) -> None:
    """Run the sample newsroom through Airflow into the embedded warehouse, and show the rows."""
    from etl.demo import demonstrate

    shown = demonstrate(settings_module.load(), say=output.note, day=day)
    output.print_rows(shown.columns, shown.articles, as_json=False, title="news.article")
    output.print_outcomes(shown.outcomes, title=f"{shown.candidates} candidate URLs of run {shown.run_id}, by outcome")
    new = len(shown.articles) - shown.articles_before
    output.say(
        f"{new} new articles, {shown.captures_after - shown.captures_before} new captures; "
        f"{len(shown.articles)} articles in all"
    )
    for key, error in shown.failed.items():
        output.note(error, label=key, is_error=True)
    output.document(FURTHER)


def sample(
    port: Annotated[
        int, typer.Option(metavar="PORT", help="Port of the newsroom's hosts in 127.0.0.0/8.", min=1, max=65_535)
    ] = 18080,
    day: Annotated[
        int, typer.Option(metavar="1|2", min=1, max=2, help="1, or 2 for a day later: changed, new and removed pages.")
    ] = 1,
    log: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write the request log, as JSON lines.")
    ] = None,
    sources: Annotated[bool, typer.Option("--sources", help="Only print its entries for the registry.")] = False,
) -> None:
    """Serve the sample newsroom until it is interrupted."""
    from etl.sample import server
    from etl.sample.sources import sources_yaml

    if sources:
        output.document(sources_yaml(port))
        return
    if log is not None:
        try:
            log.open("a").close()
        except OSError as error:
            raise Permanent(f"--log {log}: {error.strerror}; give a file that can be written") from error
    server.run(port, day=day, log=log)
