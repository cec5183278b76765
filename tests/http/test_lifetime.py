"""For how long an answer is fresh, by headers as servers write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from etl.http.lifetime import lifetime

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DATE, LATER, EARLIER = (f"Tue, 24 Nov 2026 {clock} GMT" for clock in ("11:59:00", "12:09:00", "11:00:00"))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "max-age=300"}, 300),
        ({"cache-control": "Public,MAX-AGE = 300"}, 300),
        ({"cache-control": 'max-age="300"'}, 300),
        ({"cache-control": "max-age=300, max-age=600"}, 300),
        ({"cache-control": "s-maxage=900, max-age=300"}, 300),
        ({"cache-control": "max-age=300", "age": "100"}, 200),
        ({"cache-control": "max-age=300", "age": "100, 20"}, 200),
        ({"cache-control": "max-age=300", "age": "400"}, None),
        ({"cache-control": "max-age=300", "age": "-5"}, 300),
        ({"cache-control": "max-age=0"}, None),
        ({"cache-control": "max-age=-1"}, None),
        ({"cache-control": "max-age=soon"}, None),
        ({"cache-control": "max-age=" + "9" * 19}, 1 << 31),
        ({"cache-control": "no-cache, max-age=300"}, None),
        ({"cache-control": "no-store"}, None),
        ({"cache-control": 'private="x, max-age=5"'}, None),
        ({"cache-control": "max-age=300", "expires": LATER, "date": EARLIER}, 300),
        ({"expires": LATER, "date": DATE}, 600),
        ({"expires": LATER}, 540),
        ({"expires": EARLIER, "date": DATE}, None),
        ({"expires": "0"}, None),
        ({"expires": "Thu, 01 Jan 1970 00:00:00 GMT", "date": DATE}, None),
        ({"expires": "Tue, 99 Nov 2026"}, None),
        ({"expires": LATER, "date": "yesterday"}, 540),
        ({}, None),
    ],
)
def test_headers_say_for_how_long(headers: dict[str, str], seconds: int | None) -> None:
    wanted = timedelta(seconds=seconds) if seconds is not None else None
    assert lifetime(headers.get, now=NOW) == wanted
