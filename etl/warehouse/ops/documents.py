"""State of feeds, sitemaps and section pages at their last fetch: `ops.document`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from etl.rhythm import Rhythm, Turn, rests
from etl.websub.subscription import Hub

# A server that says 304 for ever costs a day at most: once a day a document is asked for without conditions.
WHOLE_EVERY = timedelta(days=1)

MOVED_FOR = timedelta(days=1)

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
    """How a document was when it last came whole, and where it stands between two requests.

    `root` is the sitemap index that named it last, `moved_to` where permanent redirects led.
    """

    validators: DocumentValidators
    read_at: datetime | None
    digest: bytes | None
    is_doubted: bool
    source_key: str = ""
    turn: Turn = Turn()  # noqa: RUF009
    root: str | None = None
    moved_to: str | None = None
    moved_at: datetime | None = None
    status: int | None = None

    def conditions(self, now: datetime) -> DocumentValidators:
        """What to ask with: nothing once a day, and nothing of a document whose validators are doubted."""
        is_due = self.read_at is None or not timedelta() <= now - self.read_at < WHOLE_EVERY
        return NO_VALIDATORS if is_due or self.is_doubted else self.validators

    def moved_lately(self, now: datetime) -> str | None:
        """Where it has moved to, if redirects led there within a day: such ones are taken back all the same."""
        if self.moved_at is None or not timedelta() <= now - self.moved_at < MOVED_FOR:
            return None
        return self.moved_to

    def contradicts(self, digest: bytes, validators: DocumentValidators) -> bool:
        """Whether other bytes come under the validator by which a server would say that nothing changed."""
        if self.digest is None or self.digest == digest:
            return False
        if self.validators.etag is not None:
            return self.validators.etag == validators.etag
        return self.validators.last_modified is not None and self.validators.last_modified == validators.last_modified


def of_sources(engine: Engine, sources: Sequence[str]) -> dict[str, DocumentState]:
    """The state of the documents of these sources, by URL; of what was never asked and no index named there is none."""
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT * FROM ops.document WHERE source_key = ANY(CAST(:sources AS text[]))"),
            {"sources": list(sources)},
        )
        return {r.url: _state(r) for r in found}


def locked(connection: Connection, source_key: str) -> dict[str, DocumentState]:
    """As `of_sources`, for this transaction alone: what one document brings may no longer be another's news."""
    found = connection.execute(
        text("SELECT * FROM ops.document WHERE source_key = :source ORDER BY url FOR UPDATE"), {"source": source_key}
    )
    return {r.url: _state(r) for r in found}


def _state(r: Any) -> DocumentState:
    return DocumentState(
        validators=DocumentValidators(etag=r.etag, last_modified=r.last_modified),
        read_at=r.read_at,
        digest=bytes(r.digest) if r.digest is not None else None,
        is_doubted=r.is_doubted,
        source_key=r.source_key,
        turn=Turn(
            asked_at=r.checked_at,
            due_at=r.due_at,
            not_before=r.not_before,
            failing_since=r.failing_since,
            rhythm=_rhythm(r),
        ),
        root=r.root,
        moved_to=r.moved_to,
        moved_at=r.moved_at,
        status=r.status,
    )


def _rhythm(r: Any) -> Rhythm | None:
    if r.counted_since is None:
        return None
    return Rhythm(
        since=r.counted_since,
        at=r.counted_at,
        hours=tuple(r.news_by_hour),
        days=tuple(r.news_by_day),
        lately=r.news_lately,
        burst=r.news_burst,
    )


def _turn_values(turn: Turn) -> dict[str, Any]:
    rhythm = turn.rhythm
    return {
        "asked_at": turn.asked_at,
        "due_at": turn.due_at,
        "not_before": turn.not_before,
        "failing_since": turn.failing_since,
        "since": rhythm.since if rhythm else None,
        "counted_at": rhythm.at if rhythm else None,
        "hours": list(rhythm.hours) if rhythm else None,
        "days": list(rhythm.days) if rhythm else None,
        "lately": rhythm.lately if rhythm else None,
        "burst": rhythm.burst if rhythm else None,
    }


SET_RHYTHM = """
    counted_since = :since, counted_at = :counted_at, news_by_hour = CAST(:hours AS double precision[]),
    news_by_day = CAST(:days AS double precision[]), news_lately = :lately, news_burst = :burst
"""
SET_TURN = (
    """
    checked_at = :asked_at, due_at = :due_at, not_before = :not_before, failing_since = :failing_since,
"""
    + SET_RHYTHM
)


def succeeded(
    connection: Connection,
    *,
    url: str,
    source_key: str,
    turn: Turn,
    validators: DocumentValidators | None,
    status: int | None,
    digest: bytes | None = None,
    is_doubted: bool = False,
    moved_to: str | None = None,
    is_led_there: bool = False,
    has_news: bool = False,
    problems: Sequence[str] = (),
) -> None:
    """Record that a document was read; `validators` None keeps those that are there (it was not modified).

    `digest` is that of its bytes, `is_doubted` says that its validators contradict them. `problems` are what could not be read in it.
    `moved_to` is where it has moved for good; `is_led_there`: redirects said so now.
    """
    _add(connection, url, source_key)
    connection.execute(
        text(f"""
            UPDATE ops.document AS d SET
                etag = CASE WHEN :keep THEN d.etag ELSE :etag END,
                last_modified = CASE WHEN :keep THEN d.last_modified ELSE :last_modified END,
                read_at = CASE WHEN :keep THEN d.read_at ELSE CAST(:asked_at AS timestamptz) END,
                digest = CASE WHEN :keep THEN d.digest ELSE CAST(:digest AS bytea) END,
                is_doubted = d.is_doubted OR :is_doubted,
                source_key = :source, status = :status, error = :problems, failures = 0, succeeded_at = :asked_at,
                moved_to = :moved_to,
                moved_at = CASE WHEN :is_led_there THEN CAST(:asked_at AS timestamptz) ELSE d.moved_at END, news_at = CASE WHEN :has_news THEN CAST(:asked_at AS timestamptz) ELSE d.news_at END,
                {SET_TURN}
            WHERE d.url = :url
        """),
        {
            "url": url,
            "source": source_key,
            "etag": validators.etag if validators else None,
            "last_modified": validators.last_modified if validators else None,
            "keep": validators is None,
            "digest": digest,
            "is_doubted": is_doubted,
            "moved_to": moved_to,
            "is_led_there": is_led_there,
            "has_news": has_news,
            "problems": "; ".join(problems) or None,
            "status": status,
            **_turn_values(turn),
        },
    )


def failed(connection: Connection, *, url: str, source_key: str, turn: Turn, status: int | None, error: str) -> None:
    """Record that a document could not be read: from now on it is asked under its own address again."""
    _add(connection, url, source_key)
    connection.execute(
        text(f"""
            UPDATE ops.document AS d SET source_key = :source, status = :status, error = :error, failures = d.failures + 1,
                moved_to = NULL, {SET_TURN}
            WHERE d.url = :url
        """),
        {"url": url, "source": source_key, "status": status, "error": error, **_turn_values(turn)},
    )


def _add(connection: Connection, url: str, source_key: str) -> None:
    connection.execute(
        text("INSERT INTO ops.document (url, source_key) VALUES (:url, :source) ON CONFLICT (url) DO NOTHING"),
        {"url": url, "source": source_key},
    )


def keep_rhythms(connection: Connection, rhythms: Mapping[str, Rhythm]) -> None:
    """Store what other documents lost of their news; call it holding their rows (`locked`)."""
    for url, rhythm in sorted(rhythms.items()):
        connection.execute(
            text(f"UPDATE ops.document SET {SET_RHYTHM} WHERE url = :url"),
            {"url": url, **_turn_values(Turn(rhythm=rhythm))},
        )


def named(connection: Connection, *, root: str, source_key: str, children: Sequence[str]) -> None:
    """Record which sitemaps of an index are read from now on: a new one is due, also after a kill."""
    connection.execute(
        text("UPDATE ops.document SET root = NULL WHERE root = :root AND url <> ALL(CAST(:children AS text[]))"),
        {"root": root, "children": list(children)},
    )
    connection.execute(
        text("""
            INSERT INTO ops.document (url, source_key, root)
            SELECT url, :source, :root FROM unnest(CAST(:children AS text[])) AS url WHERE url <> :root ORDER BY url
            ON CONFLICT (url) DO UPDATE SET root = excluded.root, source_key = excluded.source_key
        """),
        {"root": root, "source": source_key, "children": list(children)},
    )


def is_read(connection: Connection, url: str) -> None:
    """A further page of a list was read: it is not asked again until the list's first page leads to it."""
    connection.execute(text("UPDATE ops.document SET root = NULL WHERE url = :url"), {"url": url})


def names_hub(connection: Connection, url: str, hub: Hub | None) -> None:
    """Record the WebSub hub that a feed names, or that it names none."""
    connection.execute(
        text("UPDATE ops.document SET hub = :hub, topic = :topic WHERE url = :url"),
        {"url": url, "hub": hub.hub if hub else None, "topic": hub.topic if hub else None},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubledDocuments:
    """Documents of which the registry should say something else, by URL."""

    resting: tuple[str, ...]
    moved: tuple[str, ...]


def troubled(connection: Connection) -> TroubledDocuments:
    """Documents that rest, since nothing answers there any more, and those that have moved for good."""
    found = connection.execute(
        text("SELECT * FROM ops.document WHERE failing_since IS NOT NULL OR moved_to IS NOT NULL ORDER BY url")
    )
    states = {r.url: _state(r) for r in found}
    return TroubledDocuments(
        resting=tuple(url for url, state in states.items() if rests(state.turn)),
        moved=tuple(url for url, state in states.items() if state.moved_to is not None),
    )
