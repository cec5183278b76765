"""For how long an answer is fresh by its own headers (RFC 9111 section 4.2). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_DIRECTIVE = re.compile(r"""(?:^|,)\s*([\w-]+)\s*(?:=\s*(?:"([^"]*)"|([^\s,;"]*)))?""")
_MOST_SECONDS = 1 << 31  # RFC 9111 section 1.2.2


def lifetime(header: Callable[[str], str | None], *, now: datetime) -> timedelta | None:
    """How long it is before the origin may have something newer to give; None where nothing, or nothing usable, is said.

    max-age less the Age that the answer already has, else Expires less Date. `no-cache`, `no-store` and a time that is over
    say nothing.

    >>> lifetime({"cache-control": "public, max-age=300", "age": "100"}.get, now=datetime(2026, 11, 24, tzinfo=UTC))
    datetime.timedelta(seconds=200)
    """
    said: dict[str, str] = {}
    for name, quoted, plain in _DIRECTIVE.findall(header("cache-control") or ""):
        said.setdefault(name.lower(), (quoted or plain).strip())
    if "no-cache" in said or "no-store" in said:
        return None
    if "max-age" in said:
        most = _seconds(said["max-age"])
        return _positive(most - (_seconds(header("age")) or timedelta())) if most is not None else None
    expires = _instant(header("expires"))
    if expires is None:
        return None
    return _positive(expires - (_instant(header("date")) or now) - (_seconds(header("age")) or timedelta()))


def _positive(span: timedelta) -> timedelta | None:
    return span if span > timedelta() else None


def _seconds(value: str | None) -> timedelta | None:
    # Of an Age that proxies have written twice the first counts.
    digits = re.match(r"\s*(\d{1,20})\s*(?:,|$)", value or "", re.A)
    return timedelta(seconds=min(int(digits[1]), _MOST_SECONDS)) if digits else None


def _instant(value: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(value) if value else None
    except (TypeError, ValueError, OverflowError):
        return None
    if found is None:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
