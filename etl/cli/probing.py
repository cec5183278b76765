"""`news-etl sources probe`: proposes a source for a site, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.options import Json
from etl.cli.output import Exit
from etl.printable import one_line
from etl.probe.findings import USEFUL, ProbedDocument, Proposal, Role, Verdict

Domain = Annotated[str, typer.Argument(metavar="DOMAIN", help="A domain, or the address of a front page.")]

_SAYS = {
    Verdict.READY: "ready: it would work as proposed",
    Verdict.DOUBTFUL: "doubtful: it would work in part",
    Verdict.NOT_READY: "not ready: it would bring no articles",
}


def probe(
    domain: Domain,
    as_yaml: Annotated[
        bool, typer.Option("--yaml", help="Print an entry for the registry, with its evidence as comments.")
    ] = False,
    json: Json = False,
) -> None:
    """Probe a site and propose a source: feeds, sitemaps, languages, time zone, five sample articles, and warnings.

    Sends at most 40 requests, robots.txt and redirects included, and stores nothing. Exits with 3 when the site would not
    work as a source, or only in part.
    """
    proposal = run(domain, quiet=json)
    if json:
        from etl.probe.writing import to_json

        output.print_json(to_json(proposal))
    elif as_yaml:
        from etl.probe.writing import to_yaml

        output.document(to_yaml(proposal, enabled=False))
    else:
        show(proposal)
    if proposal.verdict is not Verdict.READY:
        raise typer.Exit(Exit.INCOMPLETE)


def run(domain: str, *, quiet: bool) -> Proposal:
    """Probe a domain, with a spinner on a terminal."""
    from etl.stages.inspect.probe import probe

    with output.working(f"probing {domain}, 40 requests at most", quiet=quiet):
        return probe(settings_module.load(), domain)


def show(proposal: Proposal) -> None:
    """Print the proposal for people: fields, documents, articles and warnings."""
    output.print_rows(("field", "proposed", "because"), list(_fields(proposal)), as_json=False, title=proposal.asked)
    if proposal.documents:
        output.print_rows(
            ("document", "is", "named by", "what it holds"), _documents(proposal.documents), as_json=False
        )
    for number, sample in enumerate(proposal.samples, start=1):
        said = [sample.title or "without a title", f"  {sample.url}"]
        if sample.text_chars:
            facts = (sample.published, ", ".join(sample.authors), sample.language, f"{sample.text_chars} characters")
            said.append("  " + " · ".join(fact for fact in facts if fact))
        said += [f"  cut ({cut.rule}): {one_line(cut.text)[:100]}" for cut in sample.cuts]
        if sample.detail:
            said.append(f"  {sample.detail}")
        output.say("\n".join(said), label=f"sample {number}: {sample.outcome.value}")
    for warning in proposal.warnings:
        output.say(warning.message, label=f"warning ({warning.wall.value})" if warning.wall else "warning")
    output.say(f"{_SAYS[proposal.verdict]} ({proposal.requests} requests)", label=proposal.key)


def _fields(proposal: Proposal) -> Iterator[tuple[str, str, str]]:
    for name in ("name", "homepage", "country", "languages", "timezone", "aliases"):
        value = getattr(proposal, name)
        shown = ", ".join(value) if isinstance(value, tuple) else value
        if shown or name in ("languages", "timezone"):
            yield name, shown or "not known", "; ".join(proposal.evidence.get(name, ()))
    for name in ("feeds", "sitemaps", "sections", "date_archives"):
        if values := getattr(proposal, name):
            yield name, str(len(values)), ""
    if proposal.system:
        yield "made with", proposal.system, "; ".join(proposal.evidence.get("system", ()))
    if proposal.hosts:
        yield "other hosts", ", ".join(proposal.hosts), "seen in its links"
    if proposal.past_days:
        yield "past days", proposal.past_days, ""
    if proposal.rights:
        yield "rights", "; ".join(f"{name}: {value}" for name, value in proposal.rights.items()), ""


def _documents(documents: Sequence[ProbedDocument]) -> list[tuple[str, str, str, str]]:
    return [
        (
            each.url,
            each.role.value,
            each.named_by,
            f"{each.why} as {each.same_as}" if each.same_as else each.why,
        )
        for each in documents
        if each.role in USEFUL or each.role is not Role.NOTHING or each.named_by != "the usual place"
    ]
