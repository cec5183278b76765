"""State of feeds, sitemaps and section pages at their last fetch: `ops.document`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, text


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentValidators:
    """Validators for the next conditional request of a document."""

    etag: str | None
    last_modified: str | None


def known(engine: Engine, urls: Sequence[str]) -> dict[str, DocumentValidators]:
    """The validators of documents that were read before."""
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT url, etag, last_modified FROM ops.document WHERE url = ANY(CAST(:urls AS text[]))"),
            {"urls": list(urls)},
        )
        return {r.url: DocumentValidators(etag=r.etag, last_modified=r.last_modified) for r in found}


def succeeded(
    connection: Connection,
    *,
    url: str,
    source_key: str,
    at: datetime,
    validators: DocumentValidators | None,
    status: int | None,
    problems: Sequence[str] = (),
) -> None:
    """Record that a document was read; `validators` None keeps those that are there (it was not modified).

    `problems` are what could not be read in it.
    """
    connection.execute(
        text("""
            INSERT INTO ops.document AS d
                (url, source_key, etag, last_modified, status, error, checked_at, succeeded_at)
            VALUES (:url, :source, :etag, :last_modified, :status, :problems, :at, :at)
            ON CONFLICT (url) DO UPDATE SET
                etag = CASE WHEN :keep THEN d.etag ELSE excluded.etag END,
                last_modified = CASE WHEN :keep THEN d.last_modified ELSE excluded.last_modified END,
                source_key = excluded.source_key, status = excluded.status, error = excluded.error, failures = 0,
                checked_at = excluded.checked_at, succeeded_at = excluded.succeeded_at
        """),
        {
            "url": url,
            "source": source_key,
            "etag": validators.etag if validators else None,
            "last_modified": validators.last_modified if validators else None,
            "keep": validators is None,
            "problems": "; ".join(problems) or None,
            "status": status,
            "at": at,
        },
    )


def failed(connection: Connection, *, url: str, source_key: str, at: datetime, status: int | None, error: str) -> None:
    """Record that a document could not be read."""
    connection.execute(
        text("""
            INSERT INTO ops.document AS d (url, source_key, status, error, failures, checked_at)
            VALUES (:url, :source, :status, :error, 1, :at)
            ON CONFLICT (url) DO UPDATE SET source_key = excluded.source_key, status = excluded.status,
                error = excluded.error, failures = d.failures + 1, checked_at = excluded.checked_at
        """),
        {"url": url, "source": source_key, "status": status, "error": error, "at": at},
    )
