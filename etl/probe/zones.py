"""The time zone of a site: from offsets in its dates, local times that its readers see, and its country.

observed offset ─────┬─→ the zones of its country that had it then ─→ the one with most people
country of the site ─┘
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import yaml
from babel.core import get_global

from etl.model import Precision
from etl.normalize import dates

_QUARTER = timedelta(minutes=15)
_MANY = 50  # percent of a country's people
_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)


class Witness(IntEnum):
    """The weight of an offset: systems write the offset of their machine, readers see the local time."""

    FEED = 1
    PAGE = 2
    CLOCK = 4  # a clock on the page beside the instant that it states


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenOffset:
    """An offset from UTC that was seen at an instant."""

    offset: timedelta
    at: datetime
    witness: Witness
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A possible country (ISO 3166) of a site, and the evidence.

    `is_sure`: the site or its domain names it. `is_guess`: it follows from the language only.
    """

    code: str
    where: str
    is_sure: bool = False
    is_guess: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneFound:
    """The zone, if one was found, and the evidence as sentences."""

    zone: str | None
    evidence: tuple[str, ...]
    country: str | None = None  # of those that were given, the one whose zone it is


def of_raw(raw: str | None, *, witness: Witness, where: str) -> SeenOffset | None:
    """The offset of a date as it was written; None for one without.

    >>> of_raw("Tue, 10 Nov 2026 09:00:00 +0200", witness=Witness.FEED, where="a feed").offset
    datetime.timedelta(seconds=7200)
    """
    stamp = dates.parse(raw) if raw else None
    if stamp is None or stamp.instant is None:
        return None
    offset = stamp.instant.utcoffset()
    return None if offset is None else SeenOffset(offset=offset, at=stamp.instant, witness=witness, where=where)


def of_clocks(instants: Iterable[datetime], clocks: Iterable[dates.Stamp], *, where: str) -> SeenOffset | None:
    """The offset between an instant that a page states and a clock without one that it shows; None if none fits."""
    shown = [c.when for c in clocks if c.when is not None and c.when.tzinfo is None and c.precision is Precision.LOCAL]
    for instant in instants:
        utc = instant.astimezone(UTC).replace(tzinfo=None, second=0, microsecond=0)
        for clock in shown:
            gap = clock.replace(second=0, microsecond=0) - utc
            if gap % _QUARTER == timedelta() and _WEST <= gap <= _EAST:
                return SeenOffset(offset=gap, at=instant, witness=Witness.CLOCK, where=where)
    return None


def find(offsets: Sequence[SeenOffset], countries: Sequence[Country], languages: Sequence[str] = ()) -> ZoneFound:
    """The zone of a site. `countries` are the possible ones, the best evidence first.

    Dates in UTC are no evidence unless a local time agrees, since most systems write them so. Where the country is certain
    and has one time zone, an offset that it never has is a setting of the machine; otherwise the offset counts for more.
    """
    telling = [each for each in offsets if each.offset or each.witness is Witness.CLOCK]
    has_clock = any(each.witness is Witness.CLOCK and each.offset for each in telling)
    for country in (each for each in countries if each.is_sure):
        found = _that_fits(country, telling)
        if found is None and not has_clock:
            found = _of_one_clock(country, telling)
        if found is not None:
            return found
    for country in countries:
        if (found := _that_fits(country, telling)) is not None:
            return found
    fitting = _fitting(_of_languages(languages), telling)
    if fitting:
        spoken = f"where {', '.join(languages)} is spoken"
        return ZoneFound(zone=fitting[0], evidence=(*_said(telling, fitting[0]), spoken))
    is_one_clock = _is_one_clock(_of_languages(languages))
    for country in countries:
        # Spanish without an offset may be from Madrid or Lima; Japanese has one time zone.
        if has_clock or (country.is_guess and not is_one_clock):
            continue
        if (found := _of_one_clock(country, telling)) is not None:
            return found
    if telling:
        seen = Counter(_written(each.offset) for each in telling).most_common(1)[0][0]
        return ZoneFound(zone=None, evidence=(f"dates with {seen}, and no known country to choose the zone by",))
    return ZoneFound(
        zone=None, evidence=("no date has a usable offset, and no country with a single time zone is known",)
    )


def _that_fits(country: Country, telling: Sequence[SeenOffset]) -> ZoneFound | None:
    fitting = _fitting(_main_zones(country.code) if country.is_guess else of_country(country.code), telling)
    if not fitting:
        return None
    evidence = (*_said(telling, fitting[0]), f"{country.code}: {country.where}")
    return ZoneFound(zone=fitting[0], evidence=evidence, country=country.code)


def _of_one_clock(country: Country, telling: Sequence[SeenOffset]) -> ZoneFound | None:
    own = of_country(country.code)
    if not own or not _is_one_clock(_main_zones(country.code)):
        return None
    why = (
        f"no zone of it has the offset {_written(telling[0].offset)} of the dates"
        if telling
        else "all its dates are in UTC"
    )
    evidence = (f"{country.code}: {country.where}, which has one time zone; {why}",)
    return ZoneFound(zone=own[0], evidence=evidence, country=country.code)


def of_country(country: str) -> tuple[str, ...]:
    """The zones of a country, the one with most people first; none for what is no country."""
    return _zones().get(country.upper(), ())


def likely_country(language: str) -> str | None:
    """The country in which most speakers of a language live, by CLDR.

    >>> likely_country("de"), likely_country("sw")
    ('DE', 'TZ')
    """
    full = str(get_global("likely_subtags").get(language, ""))
    country = full.rpartition("_")[2]
    return country if len(country) == 2 and country.isupper() else None


@cache
def _zones() -> dict[str, tuple[str, ...]]:
    """Constant data of tzdata and of the package."""
    found: dict[str, list[str]] = {}
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found.setdefault(country, list(_listed().get(country, ())))
            if zone not in found[country]:
                found[country].append(zone)
    return {country: tuple(zones) for country, zones in found.items()}


def _of_languages(languages: Sequence[str]) -> tuple[str, ...]:
    """The zones of countries where a language is that of papers, the country with most readers first."""
    found: dict[str, None] = {}
    spoken = get_global("territory_languages")
    for lang in languages:
        shares = {place: said[lang]["population_percent"] for place, said in spoken.items() if lang in said}
        by_share = sorted((place for place, share in shares.items() if share >= _MANY), key=lambda t: (-shares[t], t))
        likely = likely_country(lang)
        for country in (*_speakers().get(lang, ()), *([likely] if likely else []), *by_share):
            found.update(dict.fromkeys(_main_zones(country)))
    return tuple(found)


@cache
def _speakers() -> dict[str, list[str]]:
    """Constant data of the package."""
    read: dict[str, list[str]] = yaml.safe_load(
        files("etl.probe").joinpath("speakers.yaml").read_text(encoding="utf-8")
    )
    return read


def _fitting(zones: Sequence[str], seen: Sequence[SeenOffset]) -> list[str]:
    """The zones with the highest total weight of evidence, in their order; none without evidence.

    Each kind of evidence has one weight however often it occurs, since a feed has a hundred dates of one machine.
    """
    kinds = Counter(each.witness for each in seen)
    weights = [sum(each.witness / kinds[each.witness] for each in seen if _has(zone, each)) for zone in zones]
    best = max(weights, default=0.0)
    return [zone for zone, weight in zip(zones, weights, strict=True) if weight > best - 1e-9 and 2 * best > sum(kinds)]


def _has(zone: str, seen: SeenOffset) -> bool:
    return seen.at.astimezone(ZoneInfo(zone)).utcoffset() == seen.offset


def _is_one_clock(zones: Sequence[str]) -> bool:
    """True if all of them have the same offset, in both seasons."""
    seasons = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))
    clocks = {tuple(at.astimezone(ZoneInfo(zone)).utcoffset() for at in seasons) for zone in zones}
    return len(clocks) == 1


def _main_zones(country: str) -> tuple[str, ...]:
    """The zones by which most of a country lives: those of `zones.yaml`, else the first."""
    return tuple(_listed().get(country, of_country(country)[:1]))


@cache
def _listed() -> dict[str, list[str]]:
    """Constant data of the package."""
    read: dict[str, list[str]] = yaml.safe_load(files("etl.probe").joinpath("zones.yaml").read_text(encoding="utf-8"))
    return read


def _said(seen: Sequence[SeenOffset], zone: str) -> list[str]:
    """The evidence, one sentence for each kind."""
    found = []
    for witness in sorted(Witness, reverse=True):
        fitting = [each for each in seen if each.witness is witness and _has(zone, each)]
        if fitting:
            what = (
                "a local time on the page compared with its instant"
                if witness is Witness.CLOCK
                else "the offset of dates"
            )
            found.append(f"{_written(fitting[0].offset)}: {what} ({len(fitting)} times, such as {fitting[0].where})")
    return found


def _written(offset: timedelta) -> str:
    minutes = int(offset.total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
