"""The time zone of a site, by what its dates and clocks show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from etl.normalize import dates
from etl.probe.zones import Country, SeenOffset, Witness, find, of_clocks, of_country, of_raw

WINTER, SUMMER = datetime(2026, 1, 20, 9, tzinfo=UTC), datetime(2026, 7, 20, 9, tzinfo=UTC)


def seen(hours: float, at: datetime = WINTER, witness: Witness = Witness.PAGE) -> SeenOffset:
    return SeenOffset(offset=timedelta(hours=hours), at=at, witness=witness, where="/a")


def sure(code: str) -> Country:
    return Country(code=code, where="its domain", is_sure=True)


def guess(code: str) -> Country:
    return Country(code=code, where="its language", is_guess=True)


@pytest.mark.parametrize(
    ("offsets", "countries", "languages", "zone"),
    [
        ([seen(-6)], [sure("US")], ["en"], "America/Chicago"),
        ([seen(-5)], [sure("US")], ["en"], "America/New_York"),
        ([seen(-5, SUMMER)], [sure("US")], ["en"], "America/Chicago"),
        ([seen(11)], [sure("AU")], ["en"], "Australia/Sydney"),
        ([seen(10)], [sure("AU")], ["en"], "Australia/Brisbane"),
        ([seen(8)], [sure("AU")], ["en"], "Australia/Perth"),
        ([seen(5)], [sure("RU")], ["ru"], "Asia/Yekaterinburg"),
        ([seen(1), seen(2, SUMMER)], [sure("DE")], ["de"], "Europe/Berlin"),
        ([], [sure("JP")], ["ja"], "Asia/Tokyo"),
        ([], [sure("US")], ["en"], None),
        ([seen(0)], [sure("IE")], ["en"], "Europe/Dublin"),
        ([], [guess("JP")], ["ja"], "Asia/Tokyo"),
        ([], [guess("ES")], ["es"], None),  # or Lima
        ([seen(-5)], [guess("ES")], ["es"], "America/Bogota"),
        ([seen(2)], [guess("RU")], ["ru"], "Europe/Kyiv"),  # not Kaliningrad
        ([seen(5.5)], [Country(code="US", where="lang=en-US"), guess("US")], ["en"], "Asia/Kolkata"),
        ([seen(13)], [], ["cy"], None),
        ([], [], [], None),
    ],
)
def test_the_zone_is_the_one_that_had_the_offset(offsets, countries, languages, zone) -> None:
    assert find(offsets, countries, languages).zone == zone


def test_an_offset_that_a_country_never_has_is_a_setting_of_the_machine() -> None:
    found = find([seen(-6, witness=Witness.FEED)] * 40, [sure("PL")], ["pl"])
    assert found.zone == "Europe/Warsaw"
    assert "no zone of it has the offset -06:00" in found.evidence[0]


def test_a_clock_that_readers_see_counts_more_than_any_number_of_dates_of_a_machine() -> None:
    offsets = [seen(-6, witness=Witness.FEED)] * 100 + [seen(5.5, witness=Witness.CLOCK)]
    assert find(offsets, [guess("US")], ["en"]).zone == "Asia/Kolkata"


def test_a_clock_on_a_page_is_held_against_the_instant_that_the_page_states() -> None:
    shown = dates.parse("24.11.2026 14:05")
    assert shown is not None
    found = of_clocks([datetime(2026, 11, 24, 12, 5, tzinfo=UTC)], [shown], where="/a")
    assert found is not None and found.offset == timedelta(hours=2)


def test_a_clock_of_another_story_gives_no_offset() -> None:
    shown = dates.parse("24.11.2026 14:12")
    assert shown is not None
    assert of_clocks([datetime(2026, 11, 24, 12, 5, tzinfo=UTC)], [shown], where="/a") is None


def test_a_date_without_an_offset_shows_none() -> None:
    assert of_raw("2026-11-24 10:00", witness=Witness.FEED, where="/feed") is None
    assert of_raw(None, witness=Witness.FEED, where="/feed") is None


def test_every_country_of_the_table_has_zones_and_names_as_iana_writes_them() -> None:
    assert of_country("ua") == ("Europe/Kyiv", "Europe/Simferopol") or "Europe/Kyiv" in of_country("UA")
    assert of_country("IN") == ("Asia/Kolkata",)
    assert of_country("XX") == ()
