"""State of feeds, sitemaps and section pages at their last fetch: `ops.document`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text

# A server that says 304 for ever costs a day at most: once a day a document is asked for without conditions.
WHOLE_EVERY = timedelta(days=1)

VALIDATORS_LIE = (
    "validators_lie: the content changed under the same ETag or Last-Modified, so it is always read whole now"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentValidators:
    """Validators for the next conditional request of a document."""

    etag: str | None
    last_modified: str | None


NO_VALIDATORS = DocumentValidators(etag=None, last_modified=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentState:
    """How a document was when it last came whole."""

    validators: DocumentValidators
    read_at: datetime | None
    digest: bytes | None
    is_doubted: bool

    def conditions(self, now: datetime) -> DocumentValidators:
        """What to ask with: nothing once a day, and nothing of a document whose validators are doubted."""
        is_due = self.read_at is None or not timedelta() <= now - self.read_at < WHOLE_EVERY
        return NO_VALIDATORS if is_due or self.is_doubted else self.validators

    def contradicts(self, digest: bytes, validators: DocumentValidators) -> bool:
        """Whether other bytes come under the validator by which a server would say that nothing changed."""
        if self.digest is None or self.digest == digest:
            return False
        if self.validators.etag is not None:
            return self.validators.etag == validators.etag
        return self.validators.last_modified is not None and self.validators.last_modified == validators.last_modified


def known(engine: Engine, urls: Sequence[str]) -> dict[str, DocumentState]:
    """The state of documents that were read before."""
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT url, etag, last_modified, read_at, digest, is_doubted FROM ops.document
                WHERE url = ANY(CAST(:urls AS text[]))
            """),
            {"urls": list(urls)},
        )
        return {
            r.url: DocumentState(
                validators=DocumentValidators(etag=r.etag, last_modified=r.last_modified),
                read_at=r.read_at,
                digest=bytes(r.digest) if r.digest is not None else None,
                is_doubted=r.is_doubted,
            )
            for r in found
        }


def succeeded(
    connection: Connection,
    *,
    url: str,
    source_key: str,
    at: datetime,
    validators: DocumentValidators | None,
    status: int | None,
    digest: bytes | None = None,
    is_doubted: bool = False,
    problems: Sequence[str] = (),
) -> None:
    """Record that a document was read; `validators` None keeps those that are there (it was not modified).

    `digest` is that of its bytes, `is_doubted` says that its validators contradict them. `problems` are what could not be read in it.
    """
    connection.execute(
        text("""
            INSERT INTO ops.document AS d
                (url, source_key, etag, last_modified, status, error, checked_at, succeeded_at, read_at, digest, is_doubted)
            VALUES (:url, :source, :etag, :last_modified, :status, :problems, :at, :at,
                    CASE WHEN :keep THEN NULL ELSE CAST(:at AS timestamptz) END, :digest, :is_doubted)
            ON CONFLICT (url) DO UPDATE SET
                etag = CASE WHEN :keep THEN d.etag ELSE excluded.etag END,
                last_modified = CASE WHEN :keep THEN d.last_modified ELSE excluded.last_modified END,
                read_at = CASE WHEN :keep THEN d.read_at ELSE excluded.read_at END,
                digest = CASE WHEN :keep THEN d.digest ELSE excluded.digest END,
                is_doubted = d.is_doubted OR excluded.is_doubted,
                source_key = excluded.source_key, status = excluded.status, error = excluded.error, failures = 0,
                checked_at = excluded.checked_at, succeeded_at = excluded.succeeded_at
        """),
        {
            "url": url,
            "source": source_key,
            "etag": validators.etag if validators else None,
            "last_modified": validators.last_modified if validators else None,
            "keep": validators is None,
            "digest": digest,
            "is_doubted": is_doubted,
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
