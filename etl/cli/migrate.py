"""The command that brings the warehouse's schema and URL keys up to date: migrate."""

from __future__ import annotations

from etl import settings as settings_module
from etl.cli import output
from etl.urls import KEY_VERSION


def migrate() -> None:
    """Bring the warehouse's schema up to date, and its rows to the current URL keys. If it was stopped, it resumes."""
    from etl.stages.maintenance.rekey import rekey
    from etl.warehouse import engine as warehouse
    from etl.warehouse.schema import migrate as migrations
    from etl.warehouse.schema import readers

    settings = settings_module.load()
    with warehouse.opened(settings) as engine:
        output.say(f"schema {migrations.upgrade(engine, say=output.note)}")
        if settings.reader_url and readers.make_login(engine, settings.reader_url):
            output.note("made the login of NEWS_ETL_READER_URL, which can only read")
        with engine.connect() as connection:
            is_old = migrations.keys_of(connection) != KEY_VERSION
    if is_old:
        output.say(rekey(settings, say=output.note).as_text())
