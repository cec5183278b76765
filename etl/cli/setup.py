"""Commands that set things up: migrate, up, down, sample."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output


def migrate() -> None:
    """Bring the warehouse's schema up to date."""
    from etl.warehouse import engine as warehouse
    from etl.warehouse import migrate as migrations

    engine = warehouse.connect(settings_module.load())
    try:
        output.out.print(f"schema {migrations.upgrade(engine)}")
    finally:
        engine.dispose()


def up() -> None:
    """Start Airflow with its UI on this machine, on the embedded PostgreSQL."""
    from etl import airflow_local

    output.out.print(airflow_local.up(settings_module.load()))


def down() -> None:
    """Stop what `up` started, and the embedded PostgreSQL."""
    from etl import airflow_local

    airflow_local.down(settings_module.load())
    output.out.print("stopped")


def sample(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.11 to 127.0.0.16.")] = 18080,
    day: Annotated[int, typer.Option(help="1, or 2 for the day after: changed, new and gone pages.")] = 1,
    log: Annotated[Path | None, typer.Option(help="Where to write the request log, as JSON lines.")] = None,
) -> None:
    """Serve the sample newsroom until it is interrupted."""
    from etl.sample import server

    server.serve(port, day=day, log=log)
