"""The command that says why pages are, or are not, among the articles: why."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.options import Json

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from etl.settings import Settings
    from etl.why.answer import WhyAnswer

T = TypeVar("T")

_MORE = 5  # of lists, so many lines on a terminal; --json has more


def why(
    urls: Annotated[
        list[str] | None,
        typer.Argument(metavar="URL...", help="Addresses as you have them, in any spelling; - reads one per line."),
    ] = None,
    json: Json = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of what --json prints.")] = False,
) -> None:
    """Say why a page is, or is not, among the articles, and what to do about it. Changes nothing; no network.

    For any address, seen or never seen: who offered it, which rule keeps it out, when it is due, its visits, captures,
    outcome, article and story.
    """
    from etl.clock import clock
    from etl.errors import SettingError
    from etl.sources.registry import Registry
    from etl.stages.inspect.why import why as answers
    from etl.stages.resources import load_registry

    if schema:
        from importlib.resources import files

        output.document(files("etl.why").joinpath("answer.schema.json").read_text(encoding="utf-8"))
        return
    if not urls or any(not url.strip() for url in urls):
        raise SettingError("no address is given: news-etl why URL...")
    settings = settings_module.load()
    registry = load_registry(settings) if settings.sources.exists() else Registry.of(())
    with ExitStack() as stack:
        for answer in answers(_connection(settings, stack), registry, _asked(urls), now=clock()):
            if json:
                output.print_json(answer.to_json())
            else:
                output.say("\n".join(_lines(answer)), label=answer.asked)


def _connection(settings: Settings, stack: ExitStack) -> Connection | None:
    """None where nothing was loaded yet: then the registry alone answers."""
    from etl.warehouse import engine as warehouse
    from etl.warehouse.schema import migrate

    engine = stack.enter_context(warehouse.opened(settings))
    # No transaction: one that is left open, while addresses come in, would hold back readers of changes.
    connection = stack.enter_context(engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
    if settings.warehouse_url is None and migrate.current(connection) is None:
        output.note("the warehouse is empty: nothing was loaded yet, so the registry alone answers")
        return None
    migrate.require_current(connection)
    return connection


def _asked(urls: Sequence[str]) -> Iterator[str]:
    for url in urls:
        if url == "-":
            yield from (line for line in map(str.strip, sys.stdin) if line)
        else:
            yield url


def _lines(a: WhyAnswer) -> Iterator[str]:
    """An answer for people: the standing first, then what it rests on."""
    yield f"{a.standing.value.replace('_', ' ')}: {a.says}"
    for step in a.steps:
        how = "is" if step.by == "spelling" else f"leads by {step.by} to"
        yield f"{step.from_url} {how} {step.to_url}"
    if a.do:
        yield f"what to do: {a.do}"
    for url in a.similar:
        yield f"known is: {url}"
    for check in a.checks:
        yield f"{check.rule} ({check.passes}): {check.says}"
    for offer in _first(a.offers):
        words = f", as {offer.title!r}" if offer.title else ""
        dated = f", published {offer.published_raw}" if offer.published_raw else ""
        yield f"offered by {offer.via} {offer.found_at}, first at {_at(offer.offered_at)}{words}{dated}"
    for listing in _first(a.archives):
        yield f"listed by {listing.via} {listing.found_at} for {listing.day}, tried {listing.tries} times: {listing.outcome}"
    if a.due is not None:
        yield f"due: {a.due.says} (visits so far: {a.due.visits})"
    for end in _first([e for e in a.runs if e.outcome != "duplicate_candidate"] or a.runs):
        what = end.outcome or ("captured" if end.capture_id else "not decided yet")
        yield f"run {end.run_id} of {_at(end.as_of)}: {what}" + (f" ({end.detail})" if end.detail else "")
    for request in _first(a.requests):
        ended = request.outcome or "full answer"
        why = f", {request.error}" if request.error else ""
        yield f"request {_at(request.fetched_at)}: status {request.status}, {request.bytes} bytes, {ended}{why}"
    for capture in _first(a.captures):
        place = f"{capture.warc} at {capture.warc_offset}" if capture.warc else "its bytes are given up"
        read = capture.outcome or "not read yet"
        yield (
            f"capture {capture.capture_id[:16]} of {_at(capture.captured_at)}: status {capture.status}, {read}, {place}, "
            f"rules {(capture.rules_version or '-')[:12]}"
        )
    for reject in _first(a.rejects):
        yield f"reject: {reject.reason}" + (f" ({reject.detail})" if reject.detail else "")
    for file in _first(a.open_files):
        yield f"open work: {file.warc}" + (f", {file.problem}" if file.problem else "")
    if a.standing == "not_offered" and a.source is not None:
        for document in a.source.documents:
            when = f"read {_at(document.succeeded_at)}" if document.succeeded_at else "never read"
            yield f"document {document.url}: {when}" + (f", now {document.error}" if document.error else "")
    if a.article is not None:
        yield (
            f"article {a.article.article_id}: {a.article.title or 'without a title'}, {a.article.published_on or 'no day'}, "
            f"{a.article.revisions} revisions"
        )


def _first(found: Sequence[T]) -> Iterator[T]:
    yield from found[:_MORE]


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"
