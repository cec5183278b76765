"""Chooses the primary article of a story."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime

from etl.model import Precision
from etl.relate.agencies import is_own_site
from etl.relate.member import Member

_EXACTNESS = {
    Precision.SECOND: 0,
    Precision.MINUTE: 1,
    Precision.ZONED: 2,
    Precision.LOCAL: 3,
    Precision.DAY: 4,
    Precision.RECKONED: 5,
}
_LATE = datetime.max.replace(tzinfo=UTC)


def primary(members: Iterable[Member]) -> Member:
    """Return the primary article of a story, independent of the order of its members.

    The agency's own page first; then the earliest day, the more exact time, the earlier instant, the earlier capture,
    the lower URL key. What is not known comes last.
    """
    every = list(members)
    agencies = frozenset(name for member in every for name in member.agencies)
    return min(every, key=_order(agencies))


def _order(agencies: frozenset[str]) -> Callable[[Member], tuple[object, ...]]:
    def of(member: Member) -> tuple[object, ...]:
        return (
            not any(is_own_site(member.site, agency) for agency in agencies),
            member.published_on or date.max,
            _EXACTNESS.get(member.published_precision, len(_EXACTNESS)) if member.published_precision else 9,
            member.published_at or _LATE,
            member.captured_at or _LATE,
            member.url_key,
        )

    return of
