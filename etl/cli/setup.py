"""Commands that set things up: migrate, up, down, sample."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output


def migrate() -> None:
    """Bring the warehouse's schema up to date."""
    from etl.warehouse import engine as warehouse
    from etl.warehouse.schema import migrate as migrations
    from etl.warehouse.schema import readers

    settings = settings_module.load()
    with warehouse.opened(settings) as engine:
        output.say(f"schema {migrations.upgrade(engine, say=output.note)}")
        if settings.reader_url and readers.make_login(engine, settings.reader_url):
            output.note("made the login of NEWS_ETL_READER_URL, which can only read")


def up() -> None:
    """Start Airflow with its UI on this machine, on the embedded PostgreSQL.

    Where NEWS_ETL_SOURCES names no registry of yours, the sample newsroom is served beside it, for the DAGs to read.
    """
    from etl import airflow_local

    has_sources = "NEWS_ETL_SOURCES" in os.environ
    output.say(airflow_local.up(settings_module.load(), with_newsroom=not has_sources))


def airflow(context: typer.Context) -> None:
    """Run one of Airflow's own commands on the Airflow of `up`: news-etl airflow backfill create --dag-id news_fill ..."""
    from etl import airflow_local

    airflow_local.execute(settings_module.load(), context.args)


def down() -> None:
    """Stop what `up` started, and the embedded PostgreSQL."""
    from etl import airflow_local
    from etl.embedded_postgres import server

    settings = settings_module.load()
    airflow_local.down(settings)
    server.stop(settings.postgres_dir)
    output.say("stopped")


def demo(
    day: Annotated[
        int,
        typer.Option(
            help="1, or 2 for the newsroom a day later: changed and new pages, and removed ones after an hour."
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


FURTHER = """
How to look further:
  .venv/bin/news-etl query "SELECT title, text FROM news.article JOIN news.article_text USING (article_id) LIMIT 3"
  .venv/bin/news-etl query "SELECT url, removed FROM news.article WHERE jsonb_array_length(removed) > 0"
  .venv/bin/news-etl status
  .venv/bin/news-etl demo --day 2     # the day after: corrected and new pages
  make up                             # Airflow's UI; make down stops it
"""


def sample(
    port: Annotated[int, typer.Option(help="Port of the newsroom's hosts in 127.0.0.0/8.", min=1, max=65_535)] = 18080,
    day: Annotated[int, typer.Option(help="1, or 2 for a day later: changed, new and removed pages.")] = 1,
    log: Annotated[Path | None, typer.Option(help="Where to write the request log, as JSON lines.")] = None,
    sources: Annotated[bool, typer.Option("--sources", help="Only print its entries for the registry.")] = False,
) -> None:
    """Serve the sample newsroom until it is interrupted."""
    from etl.sample import server
    from etl.sample.sources import sources_yaml

    if sources:
        output.document(sources_yaml(port))
        return
    server.run(port, day=day, log=log)
