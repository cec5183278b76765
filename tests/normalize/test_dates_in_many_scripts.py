"""Dates as pages of many countries write them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.model import Precision
from etl.normalize import dates, months
from etl.normalize.dates import Stamp

DAY = date(2022, 2, 24)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def parsed(raw: str, *, month_first: bool = False) -> Stamp:
    stamp = dates.parse(raw, month_first=month_first)
    assert stamp is not None, raw
    return stamp


@pytest.mark.parametrize(
    "raw",
    [
        "jueves, 24 de febrero del 2022", "24 de febrer de 2022", "24. februára 2022", "24 ŞUBAT 2022", "24 شباط 2022",
        "۲۴ فوریه ۲۰۲۲", "24 פברואר 2022", "२४ फ़रवरी २०२२", "২৪ ফেব্রুয়ারী ২০২২", "24 فروری 2022", "24 பிப்ரவரி 2022",
        "24 ఫిబ్రవరి 2022", "24 თებერვალი 2022", "๒๔ กุมภาพันธ์ พ.ศ. ๒๕๖๕", "24/02/2565", "24 tháng 2 năm 2022",
        "2022年02月24日（木）", "  24\u00a0février\u00a02022 ", "24 Shkurt 2022",
    ],
)  # fmt: skip
def test_a_day_is_read_in_the_words_digits_and_era_of_its_country(raw: str) -> None:
    stamp = parsed(raw)
    assert (stamp.day, stamp.precision, stamp.when, stamp.instant) == (DAY, Precision.DAY, None, None)


@pytest.mark.parametrize(
    ("raw", "clock"),
    [
        ("February 24, 2022 at 10:00 am", (10, 0)),
        ("February 24, 2022 12:05 a.m.", (0, 5)),
        ("February 24, 2022 12:05 PM", (12, 5)),
        ("24 février 2022 à 18h30", (18, 30)),
        ("24 Φεβρουαρίου 2022, 6:30 μ.μ.", (18, 30)),
        ("24 فبراير 2022 - 6:30 م", (18, 30)),
        ("٢٤ فبراير ٢٠٢٢ ١٨:٣٠", (18, 30)),
        ("2022年2月24日 午後6時30分", (18, 30)),
        ("2022年2月24日 下午6:30", (18, 30)),
        ("2022년 2월 24일 오후 6시 30분", (18, 30)),
        ("18:30, 24 февраля 2022", (18, 30)),
    ],
)
def test_a_clock_without_an_offset_stays_a_local_time(raw: str, clock: tuple[int, int]) -> None:
    stamp = parsed(raw)
    assert stamp.when == datetime(2022, 2, 24, *clock)
    assert (stamp.day, stamp.precision, stamp.instant) == (DAY, Precision.LOCAL, None)


@pytest.mark.parametrize(
    ("raw", "possible"),
    [
        ("1989-12-31", False),
        ("1990-01-01", True),
        ("2022-02-25T12:00:00Z", True),
        ("2022-02-25T12:00:01Z", False),
        ("2022-02-25T14:00:00+02:00", True),
        ("2022-02-25T11:59:59-01:00", False),
        ("2022-02-25", True),
        ("2022-02-26", False),
    ],
)
def test_a_publication_lies_between_1990_and_a_day_after_the_capture(raw: str, possible: bool) -> None:
    assert dates.within(parsed(raw), datetime(2022, 2, 24, 12, 0, tzinfo=UTC)) is possible


def test_the_order_of_numbers_is_the_callers_until_a_number_is_over_twelve() -> None:
    assert parsed("02/03/2022").day == date(2022, 3, 2)
    assert parsed("02/03/2022", month_first=True).day == date(2022, 2, 3)
    assert parsed("02/24/2022").day == parsed("24/02/2022", month_first=True).day == DAY


@settings(deadline=None)
@given(st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31), timezones=OFFSETS))
def test_an_instant_written_out_is_read_back_the_same_twice(when: datetime) -> None:
    stamp = parsed(when.replace(microsecond=0).isoformat())
    assert stamp.instant is not None
    assert (stamp.instant, stamp.day) == (when.replace(microsecond=0), when.date())
    assert parsed(stamp.instant.isoformat()).instant == stamp.instant


@given(st.sampled_from(sorted(months.months())), st.sampled_from(["", "."]))
def test_a_known_month_is_found_with_a_closing_point(name: str, point: str) -> None:
    assert months.fold(months.fold(name + point)) == months.fold(name + point) == name
