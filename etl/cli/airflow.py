"""The commands for Airflow on this machine: up, airflow, down."""

from __future__ import annotations

import os

import typer

from etl import settings as settings_module
from etl.cli import output


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

    settings = settings_module.load()
    if not airflow_local.is_prepared(settings):
        output.note(f"preparing an Airflow in {settings.home / 'airflow'}, which takes a minute the first time")
    airflow_local.execute(settings, context.args)


def down() -> None:
    """Stop what `up` started, and the embedded PostgreSQL."""
    from etl import airflow_local
    from etl.embedded_postgres import server

    settings = settings_module.load()
    airflow_local.down(settings)
    server.stop(settings.postgres_dir)
    output.say("stopped")
