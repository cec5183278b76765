"""Commands that change the registry: `sources add`, `enable`, `disable`, `remove`, `import`, `export`, `try-url`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from etl import settings as settings_module
from etl.cli import output, probing
from etl.cli.options import Json, Yes
from etl.cli.output import Exit
from etl.errors import NewsEtlError, SettingError
from etl.probe.findings import USEFUL, Role, Verdict
from etl.settings import Settings
from etl.sources.registry import Registry, load, load_or_begin

Keys = Annotated[list[str], typer.Argument(metavar="KEY...", help="Keys of sources.")]
File = Annotated[
    str | None,
    typer.Option("--file", metavar="NAME", help="The file to write in a registry that is a folder. Default: KEY.yaml."),
]


def add(
    domain: probing.Domain,
    key: Annotated[
        str | None, typer.Option("--key", metavar="KEY", help="The key of the new source. Default: made of its name.")
    ] = None,
    file: File = None,
    yes: Yes = False,
) -> None:
    """Probe a site, show the proposal, and add it to the registry: disabled, with the evidence as comments.

    Exits with 3, and writes nothing, when the site would give no articles.
    """
    from etl.sources import files
    from etl.stages.inspect import onboarding

    settings = settings_module.load()
    files.check_writable(settings.sources)
    registry = load_or_begin(settings.sources)
    _refuse_known(registry, domain)
    key = _free_key(registry, key)
    files.file_for(settings.sources, file)
    proposal = probing.run(domain, quiet=False)
    probing.show(proposal)
    if proposal.verdict is Verdict.NOT_READY:
        output.note("nothing was written: it would give no articles", label=proposal.key)
        raise typer.Exit(Exit.INCOMPLETE)
    named = onboarding.with_free_key(proposal, registry, key)
    if not yes:
        output.confirm(f"Write {named.key} into {settings.sources}?", else_said="nothing was written")
    path = onboarding.write(settings, registry, named, file=file)
    output.say(f"added to {path}, disabled: `news-etl sources enable {named.key}` enables it", label=named.key)


def enable(
    keys: Keys,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also enable sources that are doubtful or not ready.")
    ] = False,
) -> None:
    """Check the documents and five articles of sources, and enable the sources that work.

    Exits with 3 when a source was not enabled; the output gives the reasons.
    """
    from etl.sources import files
    from etl.stages.inspect.probe import recheck

    settings = settings_module.load()
    left_off = 0
    for source in load(settings.sources).select(keys):
        if source.enabled:
            output.say("is already enabled", label=source.key)
            continue
        with output.working(f"checking {source.key}", quiet=False):
            proposal = recheck(settings, source)
        for document in proposal.documents:
            if document.role not in USEFUL and document.named_by == "the registry":
                is_what = "cannot be read" if document.role is Role.NOTHING else f"is {document.role.value}"
                output.say(f"{document.url} {is_what}: {document.why}", label=f"{source.key}: warning")
        for warning in proposal.warnings:
            if warning.wall is not None:
                output.say(warning.message, label=f"{source.key}: warning ({warning.wall.value})")
        if proposal.verdict is not Verdict.READY and not anyway:
            left_off += 1
            output.say(
                f"not enabled: {proposal.verdict.value.replace('_', ' ')}; --anyway enables it nevertheless",
                label=source.key,
            )
            continue
        path = files.set_enabled(settings.sources, source.key, enabled=True)
        whole = sum(sample.text_chars > 0 and not sample.is_truncated for sample in proposal.samples)
        samples = f"{whole} of {len(proposal.samples)} samples are complete articles"
        output.say(f"enabled in {path} ({samples})", label=source.key)
    if left_off:
        raise typer.Exit(Exit.INCOMPLETE)


def disable(keys: Keys) -> None:
    """Disable sources: they are no longer fetched. Their loaded articles stay."""
    from etl.sources import files

    settings = settings_module.load()
    for source in load(settings.sources).select(keys):
        if not source.enabled:
            output.say("is already disabled", label=source.key)
            continue
        path = files.set_enabled(settings.sources, source.key, enabled=False)
        output.say(f"disabled in {path}", label=source.key)


def remove(keys: Keys, yes: Yes = False) -> None:
    """Remove sources from the registry. Their articles stay; to delete them, run `news-etl erase --source KEY` before."""
    from etl.sources import files

    settings = settings_module.load()
    chosen = load(settings.sources).select(keys)
    names = ", ".join(source.key for source in chosen)
    if not yes:
        output.confirm(f"Remove {names} from {settings.sources}?", else_said="nothing was removed")
    for source in chosen:
        path = files.remove(settings.sources, source.key)
        output.say(f"removed from {path}", label=source.key)


def import_(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Domains, one per line (# for comments), or OPML.")],
    file: File = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Probe the sites of a list, add those that work to the registry, disabled, and report the result for each site.

    Each site is written as soon as it is probed, so an interrupted import resumes. Feeds that an OPML file names are added
    too. Exits with 3 when a site was left out.
    """
    from etl.sources import files

    settings = settings_module.load()
    files.check_writable(settings.sources)
    files.file_for(settings.sources, file)
    asked, problems = _listed(path)
    for problem in problems:
        output.note(problem, label=path.name)
    if not asked:
        raise SettingError(f"{path}: no domain and no feed in it: give domains, one a line, or OPML")
    delay = f"up to {40 * len(asked)} requests"
    if not yes:
        question = f"Probe {len(asked)} sites ({delay}) and add those that work to {settings.sources}?"
        output.confirm(question, else_said="nothing was probed")
    rows: list[tuple[str, str | None, str, str]] = []
    with output.progress_bar("import", quiet=json) as progress:
        for domain, feeds in asked.items():
            progress(len(rows), len(asked))
            rows.append(_imported(settings, domain, feeds, file))
    output.print_rows(("site", "source", "result", "why"), rows, as_json=json)
    if problems or any(row[2] == "left out" for row in rows):
        raise typer.Exit(Exit.INCOMPLETE)


def export(
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="KEY...", help="Keys of sources. Default: all, enabled or not.")
    ] = None,
) -> None:
    """Print the feeds of the registry as OPML 2.0, which feed readers import."""
    from etl.sources import opml

    registry = load(settings_module.load().sources)
    chosen = registry.select(keys) if keys else tuple(registry.sources.values())
    output.document(opml.write(chosen, title="Sources of news-etl"))


def schema() -> None:
    """Print the JSON Schema of a registry file; with it, editors complete fields and mark mistakes."""
    from importlib.resources import files

    output.document(files("etl.sources").joinpath("registry.schema.json").read_text(encoding="utf-8"))


def try_url(
    urls: Annotated[list[str], typer.Argument(metavar="URL...", help="Addresses of pages.")], json: Json = False
) -> None:
    """Show for URLs to which source they belong, whether they would be fetched, and which pattern decides. No network."""
    from etl.urls import is_web_url

    registry = load(settings_module.load().sources)
    rows: list[tuple[str, str | None, bool, str | None, str]] = []
    for url in urls:
        source = registry.source_of(url)
        if source is None:
            why = "no source claims its host" if is_web_url(url) else "is no web address"
            rows.append((url, None, False, None, why))
            continue
        wanted, pattern = source.deciding_pattern(url)
        if pattern is not None:
            why = f"{'include' if wanted else 'exclude'} decides"
        else:
            why = "no pattern matches" if wanted else "no include pattern matches"
        if wanted and not source.enabled:
            wanted, why = False, "the source is disabled"
        rows.append((url, source.key, wanted, pattern, why))
    output.print_rows(("url", "source", "fetched", "pattern", "why"), rows, as_json=json)


def _imported(
    settings: Settings, domain: str, feeds: Sequence[str], file: str | None
) -> tuple[str, str | None, str, str]:
    from etl.stages.inspect import onboarding

    registry = load_or_begin(settings.sources)
    try:
        known = onboarding.known_as(registry, domain)
        if known is not None:
            return domain, known, "known", "the registry has it"
        proposal = probing.run(domain, quiet=True)
        if proposal.verdict is Verdict.NOT_READY:
            return domain, None, "left out", onboarding.why_not(proposal)
        named = onboarding.with_feeds(onboarding.with_free_key(proposal, registry, None), feeds)
        path = onboarding.write(settings, registry, named, file=file)
    except SettingError as error:
        return domain, None, "left out", str(error)
    except NewsEtlError as error:
        return domain, None, "left out", f"{error}; the same command tries it again"
    return domain, named.key, "written", f"{proposal.verdict.value}, disabled, in {path.name}"


def _listed(path: Path) -> tuple[dict[str, list[str]], Sequence[str]]:
    """The sites of a list, each with the feeds that the list names for it, and the list's problems."""
    from etl.sources import opml
    from etl.urls import host_of, site_of

    try:
        body = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingError(f"{path}: {reason}; give a file of domains, one a line, or OPML") from error
    if b"<" not in body[:500]:
        try:
            lines = [line.partition("#")[0].strip() for line in body.decode("utf-8-sig").splitlines()]
        except UnicodeDecodeError as error:
            raise SettingError(f"{path}: not UTF-8 (byte {error.start}): give domains, one a line, or OPML") from error
        return {line: [] for line in lines if line}, []
    try:
        listed = opml.read(body)
    except SettingError as error:
        raise SettingError(f"{path}: {error}") from error
    found: dict[str, list[str]] = {}
    sites: dict[str, str] = {}
    for feed in listed.feeds:
        place = feed.site or feed.url
        named = host_of(place) if urlsplit(place).port else site_of(place)
        domain = sites.setdefault(named, feed.site or named)
        found.setdefault(domain, []).append(feed.url)
    return found, listed.problems


def _refuse_known(registry: Registry, domain: str) -> None:
    from etl.stages.inspect.onboarding import known_as

    known = known_as(registry, domain)
    if known is not None:
        raise SettingError(f"{domain} already belongs to the source {known}: `news-etl sources list` shows it")


def _free_key(registry: Registry, key: str | None) -> str | None:
    """The key that was asked for. Raises `SettingError` for one that is none or that is taken, before a site is probed."""
    from etl.sources import fields

    if key is None:
        return None
    if key in registry.sources:
        raise SettingError(f"--key: {key} is the key of another source; give another one")
    try:
        return fields.key(key or " ")
    except ValueError as error:
        raise SettingError("--key: give up to 63 of a-z, 0-9 and single hyphens") from error
