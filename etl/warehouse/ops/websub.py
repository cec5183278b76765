"""Subscriptions of feeds at hubs: `ops.websub`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, text

from etl.websub.subscription import Hub, Subscription


def hubs(engine: Engine, urls: Iterable[str]) -> dict[str, Hub]:
    """The hubs that these documents name, by URL."""
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT url, hub, topic FROM ops.document
                WHERE url = ANY(CAST(:urls AS text[])) AND hub IS NOT NULL AND topic IS NOT NULL
            """),
            {"urls": list(urls)},
        )
        return {r.url: Hub(hub=r.hub, topic=r.topic) for r in found}


def known(engine: Engine) -> list[Subscription]:
    """All subscriptions."""
    with engine.connect() as connection:
        return [_subscription(r) for r in connection.execute(text("SELECT * FROM ops.websub ORDER BY url"))]


def of_token(engine: Engine, token: str) -> Subscription | None:
    """The subscription with this callback."""
    with engine.connect() as connection:
        found = connection.execute(text("SELECT * FROM ops.websub WHERE token = :token"), {"token": token}).first()
        return _subscription(found) if found is not None else None


def _subscription(r: Any) -> Subscription:
    return Subscription(
        url=r.url,
        to=Hub(hub=r.hub, topic=r.topic),
        token=r.token,
        secret=r.secret,
        asked_at=r.asked_at,
        ends_at=r.ends_at,
        failing_since=r.failing_since,
    )


def asked(engine: Engine, subscription: Subscription) -> None:
    """Store a subscription before its hub is asked."""
    with engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO ops.websub (url, hub, topic, token, secret, asked_at)
                VALUES (:url, :hub, :topic, :token, :secret, :at)
                ON CONFLICT (url) DO UPDATE SET hub = excluded.hub, topic = excluded.topic, asked_at = excluded.asked_at,
                    ends_at = CASE WHEN websub.token = excluded.token THEN websub.ends_at END,
                    token = excluded.token, secret = excluded.secret
            """),
            {
                "url": subscription.url,
                "hub": subscription.to.hub,
                "topic": subscription.to.topic,
                "token": subscription.token,
                "secret": subscription.secret,
                "at": subscription.asked_at,
            },
        )


def answered(engine: Engine, subscription: Subscription, *, error: str | None) -> None:
    """Store how a hub took the request; `error` None: it will verify."""
    with engine.begin() as connection:
        connection.execute(
            text("""
                UPDATE ops.websub SET error = :error,
                    failing_since = CASE WHEN CAST(:error AS text) IS NOT NULL THEN COALESCE(failing_since, :at) END
                WHERE token = :token
            """),
            {"error": error, "at": subscription.asked_at, "token": subscription.token},
        )


def confirmed(engine: Engine, subscription: Subscription, *, ends_at: datetime) -> None:
    """Store that a hub has verified a subscription, and until when it lasts."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE ops.websub SET ends_at = :ends_at, error = NULL, failing_since = NULL WHERE token = :token"),
            {"ends_at": ends_at, "token": subscription.token},
        )


def denied(engine: Engine, subscription: Subscription, *, why: str, at: datetime) -> None:
    """Store that a hub has denied or ended a subscription."""
    with engine.begin() as connection:
        connection.execute(
            text("""
                UPDATE ops.websub SET ends_at = NULL, error = :why, failing_since = COALESCE(failing_since, :at)
                WHERE token = :token
            """),
            {"why": why, "at": at, "token": subscription.token},
        )


def pushed(engine: Engine, subscription: Subscription, *, at: datetime) -> None:
    """A hub says that a feed has changed: it is due at once, whatever its rhythm and its server's caches say."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE ops.websub SET pushed_at = :at, pushes = pushes + 1 WHERE token = :token"),
            {"at": at, "token": subscription.token},
        )
        connection.execute(
            text("UPDATE ops.document SET due_at = NULL, not_before = NULL WHERE url = :url AND failing_since IS NULL"),
            {"url": subscription.url},
        )
