"""The command that rebuilds a warehouse from the lake alone: rebuild."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.options import Json


def rebuild(
    into: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="URL of an empty database. Default: the configured warehouse, if it is empty."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Rebuild a warehouse from the lake alone, with the current rules. A rebuild that was stopped resumes."""
    from etl.stages.maintenance.rebuild import rebuild as rebuild_warehouse
    from etl.stages.resources import open_resources
    from etl.warehouse import engine as warehouse
    from etl.warehouse import fingerprint
    from etl.warehouse.schema import migrate

    settings = settings_module.load()
    if into is not None:
        settings = replace(settings, warehouse_url=settings_module.warehouse_address(into or " ", "--into"))
    with warehouse.opened(settings) as engine:
        migrate.upgrade(engine)
    with open_resources(settings) as r:
        with output.progress_bar("rebuild", quiet=json) as progress:
            made = rebuild_warehouse(r, now=datetime.now(UTC), progress=progress)
        mark = fingerprint.fingerprint(r.engine)
    if json:
        output.print_json(
            {
                "outcomes": output.counts(made.report.outcomes),
                "warcs": made.warcs,
                "raw_expired": made.expired,
                "tombstones": made.tombstones,
                "candidates": made.candidates,
                "fingerprint": mark,
            }
        )
        return
    output.print_outcomes(made.report.outcomes, title="Records by outcome")
    output.say(
        f"{made.warcs} WARC files, {made.expired} captures whose raw pages have expired, {made.tombstones} tombstones, {made.candidates} URLs of the frontier. "
        f"Fingerprint {mark}.",
    )
