"""Commands on the registry of sources."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from etl import settings as settings_module
from etl.cli import output, probing, registering, site_lines
from etl.cli.options import Json
from etl.cli.output import Exit

if TYPE_CHECKING:
    from etl.settings import Settings
    from etl.sources.check import RegistryFinding
    from etl.sources.source import Source

# Of each source with rules, where a check says nothing else: enough to tell a layout from a page.
CAPTURES = 20

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
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


@app.command("list")
def list_sources(json: Json = False) -> None:
    """List the sources of the registry."""
    from etl.stages.resources import load_registry

    registry = load_registry(settings_module.load())
    if not registry.sources and not json:
        output.say("The registry has no source yet: `news-etl sources add DOMAIN` adds one.")
        return
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
    keys: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY...", help="Keys of sources. Default: all; with --live the enabled."),
    ] = None,
    captures: Annotated[
        int,
        typer.Option(
            metavar="COUNT", min=0, help="Also check extraction rules against this many latest captures of each source."
        ),
    ] = 0,
    history: Annotated[
        bool,
        typer.Option(
            "--history",
            help="Also what past runs show, of enabled sources: silence against their own rhythm, volume, refusals, "
            "shrinking fields, failing documents, patterns that match nothing, changed statements on rights.",
        ),
    ] = False,
    live: Annotated[
        bool,
        typer.Option(
            "--live",
            help="All of that, and ask the sites of enabled sources (or of KEY...), with at most 40 polite requests each: "
            "moved and gone documents, walls, changed robots.txt.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Check the registry: what is wrong with each source, since when, and what to do. Exits with 3 when there is an error.

    Without --live it uses no network, and without --captures, --history or --live no database.
    """
    from etl.sources.check import Severity, check, in_order
    from etl.stages.resources import load_registry

    settings = settings_module.load()
    registry = load_registry(settings)
    named = registry.select(keys) if keys else tuple(registry.sources.values())
    asked = named if keys else registry.enabled
    found: list[RegistryFinding] = check(registry, today=datetime.now(UTC).date())
    if history or live or (captures and any(source.rules for source in named)):
        found += _stored(settings, named, captures, has_history=history or live)
    if live:
        found += _live(settings, asked, quiet=json)
    wanted = {source.key for source in named}
    findings = in_order(registry, [each for each in found if each.source_key in wanted])
    rows = [(f.severity, f.source_key, f.code, f.since, f.message) for f in findings]
    if rows or json:
        output.print_rows(("severity", "source", "code", "since", "finding"), rows, as_json=json)
    else:
        output.say(f"{len(named)} sources, and nothing wrong with them")
    if any(f.severity is Severity.ERROR for f in findings):
        raise typer.Exit(Exit.INCOMPLETE)


def _stored(
    settings: Settings, sources: Sequence[Source], captures: int, *, has_history: bool
) -> list[RegistryFinding]:
    from etl.stages.inspect.check_rules import check_rules
    from etl.stages.inspect.source_history import check_history
    from etl.stages.resources import open_resources

    with open_resources(settings, activate=False) as r:
        return [
            *check_rules(r, sources, per_source=captures or CAPTURES),
            *(check_history(r, sources) if has_history else ()),
        ]


def _live(settings: Settings, sources: Sequence[Source], *, quiet: bool) -> list[RegistryFinding]:
    from etl.stages.inspect.probe import check_live

    found: list[RegistryFinding] = []
    with output.progress_bar("sources", quiet=quiet) as progress:
        for number, source in enumerate(sources):
            progress(number, len(sources))
            found += check_live(settings, source)
    return found
