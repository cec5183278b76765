"""The command that shows the state of the warehouse: status."""

from __future__ import annotations

from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.options import Json


def status(
    json: Json = False,
    fingerprint: Annotated[
        bool, typer.Option("--fingerprint", help="Print only one hash over the warehouse's content.")
    ] = False,
    parts: Annotated[
        bool, typer.Option("--parts", help="Print a fingerprint per table, to see where two warehouses differ.")
    ] = False,
) -> None:
    """Show runs, sources, failing documents, rejects and open work."""
    from etl.warehouse import engine as warehouse
    from etl.warehouse import fingerprint as fingerprints
    from etl.warehouse import queries
    from etl.warehouse.schema import migrate

    settings = settings_module.load()
    with warehouse.opened(settings) as engine:
        with engine.connect() as connection:
            if not settings.warehouse_url and migrate.current(connection) is None:
                output.note(
                    "the warehouse is empty: nothing was loaded yet. `news-etl run`, `fill` and `ingest` load pages"
                )
                return
            migrate.require_current(connection)
        if parts:
            for name, value in fingerprints.parts(engine).items():
                output.say(f"{name:12} {value}")
            return
        if fingerprint:
            output.say(fingerprints.fingerprint(engine))
            return
        report = queries.status(engine)
    if json:
        output.print_json(
            {name: [dict(zip(c, row, strict=True)) for row in rows] for name, (c, rows) in report.items()}
        )
        return
    for name, (columns, rows) in report.items():
        output.print_rows(columns, rows, as_json=False, title=name)
