"""One page of a file explained: what `news-etl extract --explain` writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from etl import urls
from etl.errors import Permanent, Quarantine
from etl.explain.sheet import sheet
from etl.extract.page import read_page
from etl.extract.rules import SourceRules, rules_version
from etl.lake import warc
from etl.lake.captures import resolve
from etl.lake.local import LocalStore
from etl.model import Capture
from etl.settings import Settings
from etl.stages.adopt import is_warc, local_page
from etl.stages.originals import Originals
from etl.stages.resources import load_registry


def explanation(
    settings: Settings, path: Path, *, url: str | None, captured_at: datetime | None, say: Callable[[str], None]
) -> str:
    """The explanation of one page as an HTML file. `say` is told what had to be assumed, and which page it is.

    Of an archive it is the first page that a server gave, or with `url` the first capture of that address. Raises
    `Permanent` where there is none.
    """
    if is_warc(path):
        capture = _of_archive(path, url)
        say(f"{path.name}: {capture.target_uri} of {capture.captured_at:%Y-%m-%dT%H:%M:%SZ}")
    else:
        page, notes = local_page(path, url=url, captured_at=captured_at)
        for note in notes:
            say(note)
        capture = Capture(
            target_uri=page.url,
            captured_at=page.captured_at,
            payload_digest="",
            status=200,
            headers=(("Content-Type", page.content_type),),
            body=page.body,
        )
    registry = load_registry(settings)
    source = registry.source_of(capture.target_uri) if urls.is_web_url(capture.target_uri) else None
    source = source or registry.sources.get(capture.meta.source_key or "")
    rules = source.extraction_at(capture.captured_at) if source else SourceRules()
    content_type = next((value for name, value in capture.headers if name.lower() == "content-type"), None)
    found = read_page(
        capture.body,
        url=capture.target_uri,
        captured_at=capture.captured_at,
        content_type=content_type,
        rules=rules,
    )
    return sheet(
        found,
        url=capture.target_uri,
        captured_at=capture.captured_at,
        content_type=content_type,
        version=rules_version(registry.version_of(source)),
    )


def _of_archive(path: Path, url: str | None) -> Capture:
    store = LocalStore(path.resolve().parent)
    originals = Originals(store)
    seen = 0
    for record in warc.read(store, path.name):
        if not isinstance(record, Capture):
            continue
        seen += 1
        capture = originals.remember(record)
        if url is not None and not _is_of(capture, url):
            continue
        if capture.is_revisit and (original := originals.resolve(capture)) is not None:
            capture = resolve(capture, original)
        if 200 <= capture.status < 300 and capture.body:
            return capture
        if url is not None:
            raise Permanent(f"{path.name}: {url} has status {capture.status} and no page to explain")
    if url is not None:
        raise Permanent(f"{path.name}: none of its {seen} captures is of {url}")
    raise Permanent(f"{path.name}: no page among its {seen} captures")


def _is_of(capture: Capture, url: str) -> bool:
    if capture.target_uri == url:
        return True
    try:
        return urls.url_key(capture.target_uri) == urls.url_key(url)
    except Quarantine:
        return False
