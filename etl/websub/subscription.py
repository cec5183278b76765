"""Subscriptions to hubs: what to ask for and when, what to confirm, and whether a message is the hub's. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

# What is asked for, and what is believed of a hub that grants something else.
LEASE = timedelta(days=10)
SHORTEST_LEASE, LONGEST_LEASE = timedelta(minutes=10), timedelta(days=90)
# A hub verifies within seconds; a subscription that was asked for earlier is nobody's to confirm.
VERIFIED_WITHIN = timedelta(days=1)
# A hub that does not answer is asked again after as long as it has not, within these.
SHORTEST_RETRY, LONGEST_RETRY = timedelta(minutes=10), timedelta(days=1)

# The methods of the standard. SHA-1 is what many hubs sign with; against forged messages HMAC of it still holds.
METHODS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_SIGNATURE = re.compile(r"\s*([A-Za-z0-9]{1,10})=([0-9A-Fa-f]{1,256})\s*")
_CHALLENGE = re.compile(r"[\x21-\x7e]{1,1024}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """Where a feed says that its changes are told, and under which address of its own (`topic`)."""

    hub: str
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription of a feed at a hub. `token` is the secret path of its callback, `secret` signs the hub's messages.

    `asked_at` is the last request, `failing_since` the first of those in a row that the hub refused; it is confirmed until `ends_at`.
    """

    url: str
    to: Hub
    token: str
    secret: str
    asked_at: datetime
    ends_at: datetime | None = None
    failing_since: datetime | None = None

    def is_active(self, now: datetime) -> bool:
        """Whether the hub tells of changes."""
        return self.ends_at is not None and now < self.ends_at

    def is_due(self, now: datetime) -> bool:
        """Whether to ask the hub: when a tenth of the lease is left, or again after a request that led to nothing."""
        waited = now - self.asked_at
        if waited < timedelta():
            return True  # a clock that was ahead
        if self.ends_at is not None and now < self.ends_at - LEASE / 10 and self.ends_at - self.asked_at > LEASE / 10:
            return False
        if self.failing_since is None:
            return waited >= SHORTEST_RETRY
        return waited >= min(max(self.asked_at - self.failing_since, SHORTEST_RETRY), LONGEST_RETRY)


def wanted(
    hubs: Mapping[str, Hub], known: Iterable[Subscription], *, now: datetime, token: str = "", secret: str = ""
) -> list[Subscription]:
    """The subscriptions to ask for now, of these feeds by URL: new ones, those that end soon, those whose hub has changed.

    They are to be stored before the hubs are asked, which may verify before they answer.
    """
    of = {each.url: each for each in known}
    found = []
    for url, to in sorted(hubs.items()):
        before = of.get(url)
        if before is None or before.to != to:
            new_token, new_secret = token or secrets.token_urlsafe(32), secret or secrets.token_urlsafe(32)
            found.append(Subscription(url=url, to=to, token=new_token, secret=new_secret, asked_at=now))
        elif before.is_due(now):
            found.append(
                Subscription(
                    url=url,
                    to=to,
                    token=before.token,
                    secret=before.secret,
                    asked_at=now,
                    ends_at=before.ends_at,
                    failing_since=before.failing_since,
                )
            )
    return found


def form(subscription: Subscription, callback: str) -> dict[str, str]:
    """The fields of a subscription request (section 5.1)."""
    return {
        "hub.mode": "subscribe",
        "hub.topic": subscription.to.topic,
        "hub.callback": f"{callback.rstrip('/')}/{subscription.token}",
        "hub.lease_seconds": str(int(LEASE.total_seconds())),
        "hub.secret": subscription.secret,
    }


def confirmed(subscription: Subscription, query: Mapping[str, str], *, now: datetime) -> tuple[str, datetime] | None:
    """What to answer to a hub that verifies a subscription, and until when it then lasts; None: it is not ours (section 5.3)."""
    challenge = query.get("hub.challenge", "")
    if (
        query.get("hub.mode") != "subscribe"
        or query.get("hub.topic") != subscription.to.topic
        or _CHALLENGE.fullmatch(challenge) is None
        or not timedelta() <= now - subscription.asked_at <= VERIFIED_WITHIN
    ):
        return None
    said = query.get("hub.lease_seconds", "")
    lease = timedelta(seconds=int(said)) if re.fullmatch(r"[0-9]{1,9}", said) and int(said) else LEASE
    return challenge, now + min(max(lease, SHORTEST_LEASE), LONGEST_LEASE)


def is_authentic(secret: str, signature: str | None, body: bytes) -> bool:
    """Whether a message is signed with the subscription's secret (section 8)."""
    found = _SIGNATURE.fullmatch(signature or "")
    method = METHODS.get(found[1].lower()) if found else None
    if found is None or method is None:
        return False
    return hmac.compare_digest(hmac.new(secret.encode(), body, method).hexdigest(), found[2].lower())


def is_public_callback(url: str) -> bool:
    """Whether hubs can be told this address: a web address without query and fragment."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
