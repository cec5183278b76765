"""Days of the Islamic, Nepali and other calendars, and where no day is better than a wrong one."""

from __future__ import annotations

from datetime import date

import pytest

from etl.normalize.calendars import bikram_sambat, hijri
from etl.normalize.dates import parse

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("10 جمادى الآخرة 1448 هـ", {}), ("الجمعة ١٠ جمادى الثانية ١٤٤٨هـ", {}), ("1448/06/10 هـ", {}), ("1448-06-10", {"language": "ar"}),
        ("10 Jumada al-Thani 1448 AH", {}), ("الجمعة 10 جمادى الآخرة 1448 هـ الموافق 20 نوفمبر 2026", {}),
        ("२०८३ मंसिर ४ गते शुक्रबार", {"language": "ne"}), ("मंसिर ४, २०८३", {"language": "ne"}), ("४ मंसिर २०८३ १०:३०", {"language": "ne"}),
        ("२०८३/०८/०४", {"language": "ne"}), ("2083-08-04 10:30", {"language": "ne"}), ("Mangsir 4, 2083", {"region": "NP"}),
        ("२०८३ मंसिर ४ / Nov 20, 2026", {"language": "ne"}), ("৫ই অগ্রহায়ণ ১৪৩৩ বঙ্গাব্দ", {}), ("২০শে নভেম্বর ২০২৬", {}),
        ("۲۹ لړم ۱۴۰۵", {}), ("2026年（令和8年）11月20日", {}), ("令和8年（2026年）11月20日", {}), ("㋿8年11月20日", {}), ("二Ｏ二六年十一月二十日", {}),
        ("20/11/69", {"language": "th"}), ("20/11/2569", {"language": "th"}), ("26-11-20 09:30", {"language": "sv"}), ("26. 11. 20. 09:30", {"language": "hu"}),
        ("new Date(1795170600000)", {}), ("Fri Nov 20 10:30:00 2026", {}), ("Posted Fri Nov 20 10:30:00 EST 2026 by Ada Brown", {}), ("Friday, 20-Nov-26 10:30:00 GMT", {}),
    ],
)  # fmt: skip
def test_the_day(raw: str, said: dict[str, str]) -> None:
    found = parse(raw, **said)  # type: ignore[arg-type]
    assert found is not None
    assert found.day == DAY


@pytest.mark.parametrize(
    ("raw", "instant"),
    [
        ("14:05, 20/11/2026 (GMT+7)", "2026-11-20T14:05:00+07:00"),
        ("Date: Fri, 20 Nov 2026 10:30:00 -0500 (EST)", "2026-11-20T10:30:00-05:00"),
        ("Fri, 20 Nov 2026 10:30:00 +0100 - by Ada Brown", "2026-11-20T10:30:00+01:00"),
        ("Posted Fri Nov 20 10:30:00 EST 2026", "2026-11-20T10:30:00-05:00"),
        ("Friday, 20-Nov-26 10:30:00 GMT", "2026-11-20T10:30:00+00:00"),
    ],
)
def test_dates_of_machines_in_loose_lines_keep_their_zone(raw: str, instant: str) -> None:
    found = parse(raw)
    assert found is not None
    assert found.instant is not None
    assert found.instant.isoformat() == instant


def test_the_half_of_the_day_behind_a_date_of_mails_counts() -> None:
    found = parse("Posted: 20 Nov 2026 8:11 pm")
    assert found is not None
    assert found.when is not None
    assert found.when.hour == 20


@pytest.mark.parametrize("region", ["PK", "IN", "ID", "MA"])
def test_countries_that_begin_a_month_by_the_moon_get_no_guessed_day(region: str) -> None:
    assert parse("10 جمادى الآخرة 1448 هـ", region=region) is None


def test_a_day_beside_a_clock_is_no_day_with_a_year() -> None:
    found = parse("20.11. 14:05 Uhr")
    assert found is None or found.day.year != 2014


@pytest.mark.parametrize("number", [0, 33])
def test_days_that_a_calendar_does_not_have_are_none(number: int) -> None:
    assert hijri(1448, 6, number) is None
    assert bikram_sambat(2083, 8, number) is None


def test_years_that_no_page_is_of_are_none() -> None:
    assert hijri(1300, 1, 1) is None
    assert bikram_sambat(1999, 1, 1) is None
