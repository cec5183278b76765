"""What makes a capture the same capture: its URI, its time, its bytes. Frozen: ids in warehouses depend on it."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta

_CAPTURE_DOMAIN = b"news-etl capture 1\n"

# WARC 1.1, 5.4: W3C profile of ISO 8601, down to a year alone or up to nine digits of a second. Tolerated beside it: more
# digits, "t" and "z" (RFC 3339, 5.6), a leap second, and 24:00 as the end of a day (ISO 8601).
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,30}))?)?([Zz]|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII,
)


def capture_id(target_uri: str, captured_at: datetime, payload_digest: str) -> bytes:
    """The 32 bytes that name a capture: sha256 over URI, WARC-Date and payload digest.

    Each part is preceded by its length (4 bytes, big-endian), so no two triples give the same input. The date counts as
    an instant, to the microsecond. Raises `ValueError` for a time without a zone.
    """
    digest = hashlib.sha256(_CAPTURE_DOMAIN)
    for part in (target_uri, warc_date(captured_at), payload_digest):
        data = part.encode()
        digest.update(len(data).to_bytes(4, "big"))
        digest.update(data)
    return digest.digest()


def payload_digest(body: bytes) -> str:
    """`sha256:<hex>` of a body after transfer and content decoding."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def warc_date(instant: datetime) -> str:
    """A WARC-Date in UTC, always with six digits of a second, so that text sorts as time.

    >>> warc_date(datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
    '2026-11-24T09:30:00.000000Z'
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone")
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_warc_date(text: str) -> datetime:
    """The instant of a WARC-Date of any precision that WARC 1.0 or 1.1 allows; below a microsecond it is cut.

    A leap second counts as the second before it. Raises `ValueError`, also for what no calendar has.

    >>> parse_warc_date("2024-05-03T18:19:08Z").isoformat()
    '2024-05-03T18:19:08+00:00'
    >>> parse_warc_date("2016-12-31t23:59:60z").isoformat()
    '2016-12-31T23:59:59+00:00'
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text[:80]!r} is no WARC-Date")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    is_end_of_day = (hour, minute, int(second or 0), int(fraction or 0)) == ("24", "00", 0, 0)
    instant = datetime(
        int(year),
        int(month or 1),
        int(day or 1),
        0 if is_end_of_day else int(hour or 0),
        int(minute or 0),
        59 if second == "60" else int(second or 0),
        int((fraction or "").ljust(6, "0")[:6]),
        tzinfo=UTC,
    )
    hours, minutes = (int(zone[1:3]), int(zone[-2:])) if zone and zone not in "Zz" else (0, 0)
    if hours > 23 or minutes > 59:
        raise ValueError(f"{text!r} has an offset that no clock has")
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if zone and zone[0] == "-" else 1)
    try:
        return instant - offset + timedelta(days=is_end_of_day)
    except OverflowError as error:
        raise ValueError(f"{text!r} is beyond the calendar") from error
