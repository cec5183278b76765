"""Dates as pages write them: the day, how exactly it is known, and nothing invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from etl.model import Precision
from etl.normalize import dates

CAPTURED = datetime(2024, 5, 20, 12, 0, tzinfo=UTC)
DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2049, 12, 31))

WRITTEN = [
    "24 de febrero de 2022", "2022年2月24日", "24 Şubat 2022", "February 24, 2022", "Feb. 24, 2022", "24th February 2022",
    "24. Februar 2022", "24 Jänner 2022", "le 24 février 2022", "24 febbraio 2022", "24 de fevereiro de 2022", "24 februari 2022",
    "24. februar 2022", "24. helmikuuta 2022", "24 lutego 2022", "24. února 2022", "24. února 2022", "2022. február 24.",
    "24 februarie 2022", "24 Φεβρουαρίου 2022", "24 февраля 2022 г.", "24 лютого 2022", "24 февруари 2022", "24. veljače 2022",
    "24. februarja 2022", "2022 m. vasario 24 d.", "24. veebruar 2022", "24 فبراير 2022", "٢٤ فبراير ٢٠٢٢", "24 فوریه 2022",
    "24 בפברואר 2022", "24 फ़रवरी 2022", "24 Februari 2022", "24 tháng 2, 2022", "24 กุมภาพันธ์ 2565", "2022년 2월 24일",
    "2022. 2. 24.", "令和4年2月24日", "24/02/2022", "24.02.2022", "24-02-2022", "2022/02/24", "24.2.22", "Do., 24.02.2022",
    "Posted on Thursday, February 24, 2022", "Von Ada Brown, 24 Februar, 2022", "20220224",
]  # fmt: skip


@pytest.mark.parametrize("text", [t for t in WRITTEN if "Jänner" not in t])
def test_a_date_of_many_languages_gives_its_day_and_no_clock(text: str) -> None:
    stamp = dates.parse(text)
    assert stamp is not None
    assert (stamp.day, stamp.precision, stamp.when) == (date(2022, 2, 24), Precision.DAY, None)


def test_austrian_january_is_january() -> None:
    stamp = dates.parse("24. Jänner 2022")
    assert stamp is not None
    assert stamp.day == date(2022, 1, 24)


@pytest.mark.parametrize(
    "locale", "en de fr es pt it nl da sv fi pl cs sk hu ro tr ru uk el id vi ja ko zh he ar hi".split()
)
@given(day=DAYS)
def test_what_a_locale_writes_in_full_reads_back_as_the_same_day(locale: str, day: date) -> None:
    stamp = dates.parse(format_date(day, "long", locale=locale))
    assert stamp is not None
    assert stamp.day == day


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2022-02-24T10:15:30+01:00", "2022-02-24T10:15:30+01:00"),
        ("2022-02-24T10:15:30+0100", "2022-02-24T10:15:30+01:00"),
        ("2022-02-24T10:15:30.123Z", "2022-02-24T10:15:30+00:00"),
        ("20220224T101530Z", "2022-02-24T10:15:30+00:00"),
        ("2022-2-4T10:15:30+02:00", "2022-02-04T10:15:30+02:00"),
        ("2022-02-24 10:15:30 -0500", "2022-02-24T10:15:30-05:00"),
        ("2022-02-24T10:15:30-03:30[America/St_Johns]", "2022-02-24T10:15:30-03:30"),
        ("Thu, 24 Feb 2022 10:15:30 GMT", "2022-02-24T10:15:30+00:00"),
        ("Thu, 24 Feb 2022 10:15:30 EST", "2022-02-24T10:15:30-05:00"),
        ("Thu Feb 24 10:15:30 EST 2022", "2022-02-24T10:15:30-05:00"),
        ("Thu Feb 24 2022 10:15:30 GMT+0100 (Central European Standard Time)", "2022-02-24T10:15:30+01:00"),
        ("1645697730", "2022-02-24T10:15:30+00:00"),
        ("1645697730000", "2022-02-24T10:15:30+00:00"),
        ("2022-02-24T24:00:00Z", "2022-02-25T00:00:00+00:00"),
    ],
)
def test_an_instant_keeps_its_offset_and_its_second(text: str, when: str) -> None:
    stamp = dates.parse(text)
    assert stamp is not None
    assert stamp.precision is Precision.SECOND
    assert stamp.instant == datetime.fromisoformat(when)
    assert stamp.instant.utcoffset() == datetime.fromisoformat(when).utcoffset()
    assert stamp.day == datetime.fromisoformat(when).date()


def test_an_instant_without_seconds_says_so() -> None:
    stamp = dates.parse("2022-02-24T10:15+01:00")
    assert stamp is not None
    assert stamp.precision is Precision.MINUTE


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("2022-02-24 10:15:00", "10:15"), ("February 24, 2022 at 10:00 am", "10:00"), ("Feb 24, 2022 3:05 p.m. ET", "15:05"),
        ("24. Februar 2022, 10:15 Uhr", "10:15"), ("le 24 février 2022 à 10h15", "10:15"), ("24.02.2022 - 14:45", "14:45"),
        ("2022年2月24日 10時15分", "10:15"), ("2022年2月24日 午後3時5分", "15:05"), ("2022. 2. 24. 오후 3:05", "15:05"),
        ("2022년 2월 24일 10시 15분", "10:15"), ("24 Φεβρουαρίου 2022, 3:05 μ.μ.", "15:05"), ("24 февраля 2022, 10:15", "10:15"),
        ("10:15, 24 Feb 2022", "10:15"), ("24 Feb 2022 09.30", "09:30"), ("February 24, 2022 | 12:05am", "00:05"),
        ("24 فبراير 2022 - 3:05 م", "15:05"), ("2022/02/24(木) 10:15", "10:15"), ("24/02/2022 10:15 IST", "10:15"),
    ],
)  # fmt: skip
def test_a_clock_without_an_offset_is_local_and_no_instant(text: str, clock: str) -> None:
    stamp = dates.parse(text)
    assert stamp is not None
    assert stamp.precision is Precision.LOCAL
    assert stamp.instant is None
    assert stamp.day == date(2022, 2, 24)
    assert stamp.when is not None
    assert f"{stamp.when:%H:%M}" == clock


def test_a_number_pair_that_can_be_both_follows_the_region() -> None:
    assert dates.parse("02/03/2022").day == date(2022, 3, 2)
    assert dates.parse("02/03/2022", month_first=True).day == date(2022, 2, 3)


@pytest.mark.parametrize("text", ["02/24/2022", "24/02/2022"])
@pytest.mark.parametrize("month_first", [True, False])
def test_a_number_over_twelve_settles_the_order_itself(text: str, month_first: bool) -> None:
    assert dates.parse(text, month_first=month_first).day == date(2022, 2, 24)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2022",
        "yesterday at 10:15",
        "99/99/9999",
        "2022-13-45",
        "31.02.2022",
        "call 0049 30 123456",
        "May",
        "Chapter 3, verse 16",
    ],
)
def test_what_is_no_date_gives_none(text: str) -> None:
    assert dates.parse(text) is None


def test_a_date_far_into_a_long_text_is_not_looked_for() -> None:
    assert dates.parse("word " * 60 + "24 February 2022") is None


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("1989-12-31", False), ("1246-01-01", False), ("1990-01-01", True), ("2024-05-21T11:59:00+00:00", True),
        ("2024-05-21T12:01:00+00:00", False), ("2024-05-21", True), ("2024-05-22", False), ("2024-05-21T13:30:00+02:00", True),
    ],
)  # fmt: skip
def test_a_publication_is_not_before_1990_nor_a_day_after_the_capture(text: str, possible: bool) -> None:
    stamp = dates.parse(text)
    assert stamp is not None
    assert dates.within(stamp, CAPTURED) is possible


@given(
    when=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2049, 12, 31)).map(
        lambda d: d.replace(microsecond=0)
    ),
    quarters=st.integers(min_value=-48, max_value=56),
)
def test_an_iso_instant_reads_back_as_itself(when: datetime, quarters: int) -> None:
    instant = when.replace(tzinfo=timezone(timedelta(minutes=15 * quarters)))
    stamp = dates.parse(instant.isoformat())
    assert stamp is not None
    assert stamp.instant == instant
    assert stamp.instant.utcoffset() == instant.utcoffset()
    assert dates.parse(stamp.instant.isoformat()).instant == stamp.instant


@given(st.text(max_size=80))
def test_any_text_gives_a_stamp_or_none(text: str) -> None:
    stamp = dates.parse(text)
    assert stamp is None or isinstance(stamp.day, date)


def test_an_offset_of_the_page_makes_a_local_clock_an_instant() -> None:
    local = dates.parse("2022-02-24 10:15")
    exact = dates.with_offset(local, timedelta(hours=2))
    assert exact.instant == datetime.fromisoformat("2022-02-24T10:15:00+02:00")
    day = dates.parse("2022-02-24")
    assert dates.with_offset(day, timedelta(hours=2)) is day


def test_the_same_instant_on_another_clock_may_be_another_day() -> None:
    stamp = dates.in_offset(dates.parse("2022-02-25T02:25:54Z"), timedelta(hours=-5))
    assert stamp.day == date(2022, 2, 24)
    assert stamp.instant == datetime.fromisoformat("2022-02-25T02:25:54+00:00")
