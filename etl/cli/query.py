"""The command for ad-hoc SQL: query."""

from __future__ import annotations

from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.options import Json


def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help='Such as "SELECT title, url FROM news.article LIMIT 5".')],
    json: Json = False,
    limit: Annotated[int, typer.Option(metavar="ROWS", help="Rows to show; 0 for all.", min=0, max=10**12)] = 1000,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", help="Seconds before the query is cancelled.", min=0.1, max=86400)
    ] = 600,
) -> None:
    """Run one read-only SQL query and print its rows."""
    from etl.warehouse import engine as warehouse
    from etl.warehouse.queries import check_reader, rows

    settings = settings_module.load()
    with warehouse.opened_for_reading(settings) as engine:
        said = check_reader(engine, is_named=settings.reader_url is not None)
        columns, found, is_cut = rows(engine, sql, limit=limit, limit_s=timeout)
    output.print_rows(columns, found, as_json=json)
    if said and not json:
        output.note(said)
    if is_cut:
        output.note(f"Only the first {limit} rows; --limit 0 shows all.")
