"""Everything that can be asked of the newsroom on one day, as bytes."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import NamedTuple

from etl.errors import Permanent
from etl.sample import listings, themes
from etl.sample.content import SamplePage, SampleSite, load_pages, load_sites

# Larger than any sensible limit for a page, small enough for a test on a laptop.
TOO_LARGE_BYTES = 24 * 1024 * 1024

# Files that are not pages of a site's content management system were last touched then.
_FILES_TOUCHED = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)
_SECOND_DAY = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


class Validators(NamedTuple):
    """What a client may send back to ask whether its copy is the present one."""

    etag: str
    last_modified: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleAnswer:
    """What one URL gives. `coded` is the body in the content coding that it is sent in to those who accept it."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    coding: str = ""
    coded: bytes = b""
    validators: Validators | None = None
    endless_to: int = 0  # the body is repeated until so many bytes went out
    may_wait: bool = False


def build(day: int, port: int) -> dict[tuple[str, str], SampleAnswer]:
    """All answers of that day by (host address, path with query)."""
    sites, pages = load_sites(), load_pages(day)
    first = load_pages(1)
    answers: dict[tuple[str, str], SampleAnswer] = {}
    for site in sites.values():
        answers |= _site_answers(site, pages, port)
    for page in pages:
        site = sites[page.site]
        place = (page.host or site.host, page.path)
        if place in answers:
            raise Permanent(f"{page.site}/{page.slug}: {page.path} is taken already")
        answers[place] = _page_answer(page, site, neighbours(site, first), port)
    return answers if day == 1 else _touched(answers, before=build(day - 1, port))


def _touched(
    answers: dict[tuple[str, str], SampleAnswer], *, before: dict[tuple[str, str], SampleAnswer]
) -> dict[tuple[str, str], SampleAnswer]:
    """The answers, with a later Last-Modified where the body is not what it was the day before."""
    later = format_datetime(_SECOND_DAY, usegmt=True)
    touched = {}
    for place, answer in answers.items():
        if answer.validators and (place not in before or before[place].body != answer.body):
            answer = replace(answer, validators=answer.validators._replace(last_modified=later))
        touched[place] = answer
    return touched


def not_found(site: SampleSite, port: int) -> SampleAnswer:
    """What a site says when nothing is there."""
    text = site.labels.get("not_found", "Not found")
    page = SamplePage(site=site.key, slug="not-found", path="/404", title=text, status=404, theme="error")
    return _answer(page, themes.render(page, site, (), port).encode())


def neighbours(site: SampleSite, pages: Sequence[SamplePage]) -> tuple[SamplePage, ...]:
    """The articles that a site's pages link to. They are those of the first day, so that old pages do not change."""
    return tuple(page for page in pages if page.site == site.key and page.is_article and page.published)


def _site_answers(site: SampleSite, pages: Sequence[SamplePage], port: int) -> dict[tuple[str, str], SampleAnswer]:
    answers: dict[tuple[str, str], SampleAnswer] = {}
    for feed in (*site.feeds, *site.sitemaps, *site.sections):
        body = listings.render(feed, site, pages, port)
        answers[site.host, feed.path] = _file(body, listings.content_type(feed), site)
    if (site.host, "/") not in answers:
        own = [page for page in neighbours(site, pages) if not page.host]
        text = themes.front(site, site.name, [(page, page.path) for page in own], port)
        answers[site.host, "/"] = _file(text.encode(), "text/html; charset=UTF-8", site)
    for host in (site.host, *site.alias_hosts):
        robots = site.robots.replace("{base}", site.base(port)).encode()
        answers[host, "/robots.txt"] = SampleAnswer(
            status=site.robots_status,
            content_type="text/plain; charset=utf-8",
            body=robots,
            validators=_validators(robots, None) if site.robots_status == 200 else None,
        )
    for path, text in site.files.items():
        kind = "application/json" if path.endswith(".json") else "application/xml"
        answers[site.host, path] = _file(text.encode(), kind, site)
    return answers


def _file(body: bytes, content_type: str, site: SampleSite) -> SampleAnswer:
    coding = "" if content_type == "application/x-gzip" else site.coding
    return SampleAnswer(
        status=200,
        content_type=content_type,
        body=body,
        coding=_token(coding),
        coded=_coded(body, coding),
        validators=_validators(body, None),
    )


def _page_answer(page: SamplePage, site: SampleSite, others: Sequence[SamplePage], port: int) -> SampleAnswer:
    if page.location is not None:
        location = page.location.replace("{port}", str(port))
        return SampleAnswer(
            status=page.status,
            content_type="text/html",
            body=b"",
            headers=(("Location", location), *page.headers.items()),
        )
    match page.behaviour:
        case "pdf":
            return _answer(page, _pdf(page))
        case "text":
            return _answer(page, "".join(f"{block.text}\n\n" for block in page.blocks).encode(page.charset))
        case "empty_body":
            return _answer(page, b"")
        case "list":
            links = [(each, each.path) for each in others]
            return _answer(page, themes.front(site, page.title, links, port).encode(), site.coding)
    text = themes.render(page, site, others, port)
    return _answer(page, text.encode(page.charset, errors="xmlcharrefreplace"), site.coding)


def _answer(page: SamplePage, body: bytes, site_coding: str = "") -> SampleAnswer:
    coding = page.coding if page.coding is not None else site_coding
    media_type = {"pdf": "application/pdf", "text": "text/plain"}.get(page.behaviour, "text/html")
    says_charset = page.charset_in in ("header", "both") and media_type != "application/pdf"
    return SampleAnswer(
        status=page.status,
        content_type=f"{media_type}; charset={page.charset_label}" if says_charset else media_type,
        body=body,
        headers=tuple(page.headers.items()),
        coding=_token(coding),
        coded=_coded(body, coding),
        endless_to=TOO_LARGE_BYTES if page.behaviour == "too_large" else 0,
        may_wait=page.behaviour == "slow",
        validators=_validators(body, page.modified or page.published) if page.status == 200 else None,
    )


def _validators(body: bytes, changed: str | None) -> Validators:
    at = datetime.fromisoformat(changed).astimezone(UTC) if changed else _FILES_TOUCHED
    return Validators(
        etag=f'"{hashlib.sha256(body).hexdigest()[:24]}"',
        last_modified=format_datetime(at.replace(microsecond=0), usegmt=True),
    )


def _token(coding: str) -> str:
    """The name in Content-Encoding: `deflate` covers streams with and without the zlib wrapper in the wild."""
    return {"raw-deflate": "deflate", "broken-gzip": "gzip"}.get(coding, coding)


def _coded(body: bytes, coding: str) -> bytes:
    match coding:
        case "gzip":
            return gzip.compress(body, mtime=0)
        case "deflate":
            return zlib.compress(body)
        case "raw-deflate":
            packer = zlib.compressobj(wbits=-15)
            return packer.compress(body) + packer.flush()
        case "broken-gzip":  # sound at first, damaged in the middle
            sound = gzip.compress(body, mtime=0)
            middle = len(sound) // 2
            return sound[:middle] + bytes(64) + sound[middle + 64 : -8] + b"\xff" * 8
        case "":
            return b""
    raise Permanent(f"content coding {coding!r} is not one that the newsroom speaks")


def _pdf(page: SamplePage) -> bytes:
    """A small PDF with one line of text."""
    stream = f"BT /F1 12 Tf 72 720 Td ({page.title}) Tj ET".encode("latin-1", errors="replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    out, offsets = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, each in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + (
        b"xref\n0 5\n0000000000 65535 f \n%strailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (table, len(out))
    )
