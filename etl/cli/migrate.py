"""The command that brings the warehouse's schema up to date: migrate."""

from __future__ import annotations

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
