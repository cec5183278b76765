"""The command that checks settings, lake and warehouse: doctor."""

from __future__ import annotations

from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.options import Json
from etl.cli.output import Exit


def doctor(
    json: Json = False,
    lake: Annotated[
        bool,
        typer.Option("--lake", help="Also read the whole lake and check that every capture is in the warehouse."),
    ] = False,
) -> None:
    """Check settings, lake and warehouse, and say what to do about each problem. Exits with 3 when there is one."""
    from etl.doctor import Level, examine

    findings = examine(settings_module.load(), reads_lake=lake)
    if json:
        output.print_json([{"level": f.level, "subject": f.subject, "found": f.found, "do": f.do} for f in findings])
    else:
        output.print_rows(
            ("", "subject", "found", "what to do"),
            [(f.level, f.subject, f.found, f.do) for f in findings],
            as_json=False,
        )
    if any(f.level is Level.ERROR for f in findings):
        raise typer.Exit(Exit.INCOMPLETE)
