"""What makes a capture the same capture: its URI, its time, its bytes. Frozen: ids in warehouses depend on it."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta

_CAPTURE_DOMAIN = b"news-etl capture 1\n"

# WARC 1.1, 5.4: W3C profile of ISO 8601, down to a year alone or up to nine digits of a second.
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?)?)?", re.ASCII
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

    Raises `ValueError`.

    >>> parse_warc_date("2024-05-03T18:19:08Z").isoformat()
    '2024-05-03T18:19:08+00:00'
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no WARC-Date")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    instant = datetime(
        int(year),
        int(month or 1),
        int(day or 1),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
        int((fraction or "").ljust(6, "0")[:6]),
        tzinfo=UTC,
    )
    if zone in (None, "Z"):
        return instant
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return instant - offset if zone[0] == "+" else instant + offset
