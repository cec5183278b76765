"""Commands on the registry of sources."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output, probing, registering, site_lines
from etl.cli.output import Exit

app = typer.Typer(no_args_is_help=True)
app.add_typer(site_lines.app, name="lines", help="Lines that a site prints on many pages: propose, review, activate.")
app.command("probe")(probing.probe)
app.command("add")(registering.add)
app.command("enable")(registering.enable)
app.command("disable")(registering.disable)
app.command("remove")(registering.remove)
app.command("import")(registering.import_)
app.command("export")(registering.export)
app.command("try-url")(registering.try_url)
app.command("schema")(registering.schema)
Json = Annotated[bool, typer.Option("--json", help="For machines: JSON on standard output.")]


@app.command("list")
def list_sources(json: Json = False) -> None:
    """List the sources of the registry."""
    from etl.stages.resources import load_registry

    registry = load_registry(settings_module.load())
    output.print_rows(
        ("source", "name", "homepage", "country", "languages", "enabled", "feeds", "sitemaps", "sections"),
        [
            (
                s.key,
                s.name,
                s.homepage,
                s.country,
                list(s.languages),
                s.enabled,
                len(s.feeds),
                len(s.sitemaps),
                len(s.sections),
            )
            for s in registry.sources.values()
        ],
        as_json=json,
    )


@app.command("check")
def check_sources(
    captures: Annotated[
        int, typer.Option(min=0, help="Also check extraction rules against this many latest captures of each source.")
    ] = 0,
    json: Json = False,
) -> None:
    """Check the registry for errors and doubtful entries. Exits with 3 when there is an error.

    Uses no network. With --captures it also checks that the rules of a source still match its pages in the lake.
    """
    from etl.sources.check import Severity, check, in_order
    from etl.stages.inspect.check_rules import check_rules
    from etl.stages.resources import load_registry, open_resources

    settings = settings_module.load()
    registry = load_registry(settings)
    findings = check(registry, today=datetime.now(UTC).date())
    if captures and any(source.rules for source in registry.sources.values()):
        with open_resources(settings, activate=False) as r:
            findings = in_order(registry, [*findings, *check_rules(r, per_source=captures)])
    output.print_rows(
        ("severity", "source", "code", "finding"),
        [(f.severity, f.source_key, f.code, f.message) for f in findings],
        as_json=json,
    )
    if any(f.severity is Severity.ERROR for f in findings):
        raise typer.Exit(Exit.INCOMPLETE)
