"""Commands that look and change nothing: query, status, doctor."""

from __future__ import annotations

from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.output import Exit

Json = Annotated[bool, typer.Option("--json", help="For machines: JSON on standard output.")]


def query(
    sql: Annotated[str, typer.Argument(help='Such as "SELECT title, url FROM news.article LIMIT 5".')],
    json: Json = False,
    limit: Annotated[int, typer.Option(help="Rows to show; 0 for all.", min=0, max=10**12)] = 1000,
    timeout: Annotated[float, typer.Option(help="Seconds before the query is cancelled.", min=0.1, max=86400)] = 600,
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
