"""Years of two and three digits, and numbers that are none of a date."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from etl.model import Precision
from etl.normalize.dates import parse, with_offset


@pytest.mark.parametrize(
    ("raw", "year"),
    [
        ("24.02.00", 2000),
        ("24.02.26", 2026),
        ("24.02.69", 2069),
        ("24.02.70", 1970),
        ("24.02.99", 1999),
        ("24/02/69", 2069),
        ("24-02-70", 1970),
        ("24 Feb '69", 2069),
        ("24 Feb ’70", 1970),
        ("24 février 69", 2069),
        ("24. Februar 70", 1970),
        ("24 февраля 99 г.", 1999),
        ("٢٤/٠٢/٦٩", 2069),
        ("२४/०२/७०", 1970),
    ],
)
def test_years_of_two_digits_are_of_this_century_up_to_69(raw: str, year: int) -> None:
    stamp = parse(raw)
    assert stamp is not None and stamp.day == date(year, 2, 24)


@pytest.mark.parametrize(
    "raw",
    [
        "24.02.202", "24/02/202", "24.02.022", "024.02.2022", "012/02/2022", "024-02-22", "202-02-24", "24 Feb 202",
        "February 24, 202", "202 Feb 24", "24 de febrero de 202", "٢٤/٠٢/٢٠٢", "202年2月24日", "24 ngày 2",
        "2022/02/1999", "2022.02.2024", "1.2.3.4",
    ],
)  # fmt: skip
def test_numbers_of_three_digits_and_other_numbers_are_no_years(raw: str) -> None:
    assert parse(raw) is None


@pytest.mark.parametrize(
    ("raw", "month_first", "day"),
    [
        ("12/02/2022", True, (12, 2)),
        ("13/02/2022", True, (2, 13)),
        ("12/12/2022", True, (12, 12)),
        ("02/13/2022", False, (2, 13)),
        ("02/12/2022", False, (12, 2)),
        ("02.12.2022", True, (12, 2)),  # points: the day comes first wherever they are written
    ],
)
def test_a_number_over_twelve_is_the_day(raw: str, month_first: bool, day: tuple[int, int]) -> None:
    stamp = parse(raw, month_first=month_first)
    assert stamp is not None and stamp.day == date(2022, *day)


@pytest.mark.parametrize(
    ("raw", "clock"),
    [
        ("2022-02-24T24:00", (25, 0, 0)),
        ("2022-02-24T23:59", (24, 23, 59)),
        ("2022-02-24T10:59", (24, 10, 59)),
    ],
)
def test_midnight_at_the_end_of_a_day_is_the_next_day(raw: str, clock: tuple[int, int, int]) -> None:
    stamp = parse(raw)
    assert stamp is not None and stamp.when is not None
    assert (stamp.day.day, stamp.when.hour, stamp.when.minute) == clock


@pytest.mark.parametrize("raw", ["2022-02-24T10:60", "2022-02-24T25:00", "2022-02-24T10:99:00"])
def test_a_clock_that_there_is_not_leaves_the_day(raw: str) -> None:
    stamp = parse(raw)
    assert stamp is not None and (stamp.day, stamp.precision, stamp.when) == (date(2022, 2, 24), Precision.DAY, None)


@pytest.mark.parametrize(("raw", "precision"), [("24.02.2022 10:30", "minute"), ("24.02.2022 10:30:05", "second")])
def test_an_offset_makes_a_local_clock_as_exact_as_it_was_written(raw: str, precision: str) -> None:
    stamp = parse(raw)
    assert stamp is not None and stamp.precision is Precision.LOCAL
    made = with_offset(stamp, timedelta(hours=2))
    assert made.precision.value == precision and made.instant is not None
    assert made.instant.utcoffset() == timedelta(hours=2)
    day = parse("24.02.2022")
    assert day is not None and with_offset(day, timedelta(hours=2)) == day
    assert with_offset(made, timedelta(hours=5)) == made


@pytest.mark.parametrize(("raw", "hour"), [("Feb 24, 2022 12:05 am", 0), ("Feb 24, 2022 12:05 pm", 12),
                                           ("Feb 24, 2022 1:05 pm", 13), ("Feb 24, 2022 11:05 am", 11),
                                           ("Feb 24, 2022 13:05 pm", 13), ("2022-02-24 12:05 am", 0),
                                           ("2022-02-24 01:05 pm", 13)])  # fmt: skip
def test_noon_and_midnight_of_half_days(raw: str, hour: int) -> None:
    stamp = parse(raw)
    assert stamp is not None and stamp.when is not None and stamp.when.hour == hour


@pytest.mark.parametrize(
    ("raw", "iso", "precision"),
    [
        ("Thu, 24 Feb 2022 10:00:00 -0000", "2022-02-24T10:00:00", "local"),  # RFC 5322: no zone is said
        ("Thu, 24 Feb 2022 10:00:00 +0000", "2022-02-24T10:00:00+00:00", "second"),
        ("Thu, 24 Feb 2022 10:00:00 UT", "2022-02-24T10:00:00+00:00", "second"),
        ("Thu, 24 Feb 2022 10:00 GMT", "2022-02-24T10:00:00+00:00", "minute"),
        ("24 Feb 2022 10:00:00 CST", "2022-02-24T10:00:00-06:00", "second"),
        ("Thu, 24 Feb 2022 9:5:7 GMT", "2022-02-24T09:05:07+00:00", "second"),
        ("24 Feb 2022 10:00:00", "2022-02-24T10:00:00", "local"),
    ],
)
def test_dates_of_mails_are_read_by_their_own_rules(raw: str, iso: str, precision: str) -> None:
    stamp = parse(raw)
    assert stamp is not None and stamp.when is not None
    assert (stamp.when.isoformat(), stamp.precision.value) == (iso, precision)


def test_a_month_of_the_solar_hijri_year_stands_beside_a_year_of_it_only() -> None:
    assert parse("5 اسفند 2022") is None
    stamp = parse("5 اسفند 1400")
    assert stamp is not None and stamp.day == date(2022, 2, 24)
