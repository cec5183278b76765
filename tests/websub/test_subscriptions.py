"""What is asked of hubs, what is confirmed to them, and which of their messages are believed."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from etl.websub.subscription import (
    LEASE,
    LONGEST_LEASE,
    SHORTEST_LEASE,
    Hub,
    Subscription,
    confirmed,
    form,
    is_authentic,
    is_public_callback,
    wanted,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FEED = "https://post.example/feed"
HUB = Hub(hub="https://hub.example/", topic=FEED)
ONE = Subscription(url=FEED, to=HUB, token="t" * 43, secret="s" * 43, asked_at=NOW)


def asked(now: datetime, *known: Subscription, hub: Hub = HUB) -> list[Subscription]:
    return wanted({FEED: hub}, known, now=now)


def test_a_new_hub_is_asked_with_a_callback_and_a_secret_that_nobody_can_guess() -> None:
    (one,), (other,) = asked(NOW), asked(NOW)
    assert min(len(one.token), len(one.secret)) >= 43
    assert len({one.token, one.secret, other.token, other.secret}) == 4
    assert form(one, "https://us.example/websub/") == {
        "hub.mode": "subscribe",
        "hub.topic": FEED,
        "hub.callback": f"https://us.example/websub/{one.token}",
        "hub.lease_seconds": "864000",
        "hub.secret": one.secret,
    }


def test_a_subscription_is_renewed_under_its_callback_before_it_ends() -> None:
    active = replace(ONE, ends_at=NOW + LEASE)
    assert asked(NOW + 8 * DAY, active) == []
    (renewed,) = asked(NOW + 9 * DAY + MINUTE, active)
    assert (renewed.token, renewed.secret, renewed.ends_at) == (active.token, active.secret, active.ends_at)


def test_a_short_lease_does_not_make_a_request_every_minute() -> None:
    short = replace(ONE, ends_at=NOW + SHORTEST_LEASE)
    assert asked(NOW + MINUTE, short) == []
    assert asked(NOW + 11 * MINUTE, short) != []


def test_a_hub_that_never_verifies_or_refuses_is_asked_more_and_more_seldom() -> None:
    assert asked(NOW + 9 * MINUTE, ONE) == [] and asked(NOW + 10 * MINUTE, ONE) != []
    one, at, times = replace(ONE, failing_since=NOW), NOW, []
    while at < NOW + 9 * DAY:
        at += MINUTE
        if found := asked(at, one):
            times.append(at - one.asked_at)
            one = found[0]
    assert times[0] == 10 * MINUTE and times[-1] == DAY and len(times) < 20


def test_a_feed_that_names_another_hub_gets_another_callback_and_one_that_names_none_is_left() -> None:
    active = replace(ONE, ends_at=NOW + LEASE)
    (other,) = asked(NOW, active, hub=replace(HUB, hub="https://other.example/"))
    assert other.token != active.token and other.ends_at is None
    assert wanted({}, [active], now=NOW + 20 * DAY) == []


def test_a_clock_that_was_ahead_does_not_put_off_a_request() -> None:
    assert asked(NOW, replace(ONE, asked_at=NOW + 400 * DAY)) != []


QUERY = {"hub.mode": "subscribe", "hub.topic": FEED, "hub.challenge": "abc-123_~", "hub.lease_seconds": "3600"}


def test_a_hub_that_verifies_gets_its_challenge() -> None:
    assert confirmed(ONE, QUERY, now=NOW + MINUTE) == ("abc-123_~", NOW + MINUTE + timedelta(hours=1))


@pytest.mark.parametrize(
    ("lease", "lasts"),
    [
        ("0", LEASE),
        ("", LEASE),
        ("soon", LEASE),
        ("-5", LEASE),
        ("1", SHORTEST_LEASE),
        ("999999999", LONGEST_LEASE),
        ("9" * 40, LEASE),
    ],
)
def test_a_lease_is_believed_within_reason(lease: str, lasts: timedelta) -> None:
    found = confirmed(ONE, {**QUERY, "hub.lease_seconds": lease}, now=NOW)
    assert found is not None and found[1] - NOW == lasts


@pytest.mark.parametrize(
    "changes",
    [
        {"hub.mode": "unsubscribe"},
        {"hub.mode": ""},
        {"hub.topic": "https://post.example/other"},
        {"hub.challenge": ""},
        {"hub.challenge": "<script>\n"},
        {"hub.challenge": "x" * 5000},
    ],
)
def test_what_was_not_asked_for_is_not_confirmed(changes: dict[str, str]) -> None:
    assert confirmed(ONE, QUERY | changes, now=NOW) is None


def test_a_verification_of_a_request_of_long_ago_is_nobodys() -> None:
    assert confirmed(ONE, QUERY, now=NOW + 2 * DAY) is None
    assert confirmed(ONE, QUERY, now=NOW - MINUTE) is None


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_message_signed_with_the_secret_is_the_hubs(method: str) -> None:
    digest = hmac.new(b"secret", b"body", getattr(hashlib, method)).hexdigest()
    assert is_authentic("secret", f"{method}={digest}", b"body")
    assert is_authentic("secret", f" {method.upper()}={digest.upper()} ", b"body")
    assert not is_authentic("secret", f"{method}={digest}", b"other")
    assert not is_authentic("other", f"{method}={digest}", b"body")


@pytest.mark.parametrize(
    "header", [None, "", "sha256", "sha256=", "md5=00", "sha256=zz", "=00", "sha256=é", "00", "sha256=0,sha1=0"]
)
def test_what_is_no_signature_is_none(header: Any) -> None:
    assert not is_authentic("secret", header, b"body")


def test_a_callback_is_a_plain_web_address() -> None:
    assert is_public_callback("https://us.example/websub") and is_public_callback("http://127.0.0.1:8090")
    for bad in ("us.example", "ftp://us.example/", "https:///x", "https://us.example/?a=1", "https://us.example/#a"):
        assert not is_public_callback(bad)
