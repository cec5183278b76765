"""Zone names behind clocks, calendars other than the common one, and forms that a language gives its months."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl.model import Precision
from etl.normalize import calendars, dates, months, zones

WHEN = datetime(2022, 2, 24, 10, 0)


@pytest.mark.parametrize(
    ("raw", "language", "region", "offset"),
    [
        ("24. Februar 2022, 10:00 Uhr MEZ", "de", None, 60), ("24. Februar 2022, 10:00 (MESZ)", "de", None, 120),
        ("24 lutego 2022, 10:00 CET", "pl", None, 60), ("24 Feb 2022, 10:00 EET", "en", None, 120),
        ("February 24, 2022 10:00 AM EST", "en", None, -300), ("February 24, 2022 10:00 a.m. PDT", "en", None, -420),
        ("2022年2月24日 10:00 JST", "ja", None, 540), ("2022-02-24 10:00 KST", "ko", None, 540), ("2022년 2월 24일 10:00 KST", "ko", None, 540),
        ("24 февраля 2022, 10:00 МСК", "ru", None, 180), ("24 февраля 2022, 10:00 (мск)", "ru", None, 180),
        ("24 февраля 2022, 10:00 по московскому времени", "ru", None, 180), ("24 лютого 2022, 10:00 за київським часом", "uk", None, 120),
        ("24 Şubat 2022, 10:00 TSİ", "tr", None, 180), ("24 Februari 2022 10:00 WIB", "id", None, 420),
        ("24 février 2022 à 10h00 HNE", "fr", "CA", -300), ("24/02/2022 10:00 GMT+7", "vi", None, 420),
        ("24 February 2022, 10:00 BST", "en", "GB", 60), ("24 February 2022, 10:00 BST", "en", "BD", 360),
        ("24 February 2022, 10:00 IST", "en", "IN", 330), ("24 February 2022, 10:00 IST", "en", "IE", 60),
        ("२४ फ़रवरी २०२२, 10:00 IST", "hi", None, 330), ("24 בפברואר 2022, 10:00 IST", "he", None, 120),
        ("24 February 2022, 10:00 CST", "en", "US", -360), ("2022年2月24日 10:00 CST", "zh", None, 480),
        ("Thu Feb 24 10:00:00 CST 2022", "zh", None, 480), ("24 Feb 2022 10:00:00 CST", "zh", None, 480),
        ("February 24, 2022, 10:00 EST", "en", "AU", 600), ("February 24, 2022, 10:00 PST", "en", "PH", 480),
        ("February 24, 2022 10:00 a.m. ET", "en", "US", -300), ("February 24, 2022 10:00 a.m. PT", "en", None, -480),
    ],
)  # fmt: skip
def test_a_zones_name_makes_a_written_clock_an_instant(
    raw: str, language: str, region: str | None, offset: int
) -> None:
    stamp = dates.parse(raw, language=language, region=region)
    assert stamp is not None and stamp.instant is not None, raw
    assert stamp.instant.utcoffset() == timedelta(minutes=offset)
    assert stamp.when is not None and stamp.when.replace(tzinfo=None) == WHEN


@pytest.mark.parametrize(
    ("raw", "language", "region"),
    [
        ("24 February 2022, 10:00 IST", "en", None), ("24 February 2022, 10:00 BST", "en", None), ("24 February 2022, 10:00 CST", None, None),
        ("24 février 2022, 10:00 et plus", "fr", None), ("24 février 2022, 10:00 est ouvert", "fr", None),
        ("February 24, 2022, 10:00 ART & CULTURE", "en", None), ("February 24, 2022, 10:00 ET", "et", None),
        ("24 February 2022, 10:00 ESTONIA", "en", None),
    ],
)  # fmt: skip
def test_a_name_that_may_mean_several_places_or_a_word_gives_no_offset(
    raw: str, language: str | None, region: str | None
) -> None:
    stamp = dates.parse(raw, language=language, region=region)
    assert stamp is not None
    assert (stamp.precision, stamp.when) == (Precision.LOCAL, WHEN)


def test_a_clock_of_the_eastern_states_follows_their_summer_time() -> None:
    july = dates.parse("July 24, 2022 10:00 a.m. ET", language="en")
    assert july is not None and july.instant is not None
    assert july.instant.utcoffset() == timedelta(hours=-4)


@pytest.mark.parametrize("text", ["+25", "-1575", "+9960", "XYZ", ""])
def test_what_is_no_offset_gives_none(text: str) -> None:
    assert zones.offset(text, WHEN) is None


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("۲۴ فوریهٔ ۲۰۲۲", "fa"), ("۲۴ فوریه‌ی ۲۰۲۲", "fa"), ("24 فوریۀ 2022", "fa"), ("۵ اسفند ۱۴۰۰", "fa"), ("۱۴۰۰/۱۲/۰۵", "fa"),
        ("1400-12-05", "fa"), ("پنجشنبه ۵ اسفندماه ۱۴۰۰", "fa"), ("۵ حوت ۱۴۰۰", "fa"), ("24 ก.พ. 2565", "th"), ("24 ก.พ. 65", "th"),
        ("24 ก.พ. 2022", "th"), ("24 กุมภาพันธ์ 65", "th"), ("2022. gada 24. februāris", "lv"), ("2022ko otsailaren 24a", "eu"),
        ("2022 ж. 24 ақпан", "kk"), ("2022 оны 2 сарын 24", "mn"), ("2022 оны 2 дугаар сарын 24", "mn"), ("24 ফেব্রুয়ারি ২০২২", "bn"),
        ("24 ફેબ્રુઆરી 2022", "gu"), ("24 ಫೆಬ್ರವರಿ 2022", "kn"), ("24 ഫെബ്രുവരി 2022", "ml"), ("24 फेब्रुवारी 2022", "mr"),
        ("24 ፌብሩዋሪ 2022", "am"), ("24 ဖေဖော်ဝါရီ 2022", "my"), ("24 កុម្ភៈ 2022", "km"), ("24. veebruaril 2022", "et"),
        ("24 lutego 2022", "pl"), ("24. února 2022", "cs"), ("24 лютого 2022", "uk"), ("24 лютага 2022", "be"), ("2022 m. vasario 24 d.", "lt"),
        ("24 Φεβρουαρίου 2022", "el"), ("24. helmikuuta 2022", "fi"), ("24 февраля 2022 г.", "ru"), ("24 февруари 2022 г.", "bg"),
        ("24. veljače 2022.", "hr"), ("24. фебруара 2022.", "sr"), ("24. februarja 2022", "sl"), ("24 Chwefror 2022", "cy"),
        ("令和4年2月24日", "ja"),
    ],
)  # fmt: skip
def test_a_day_is_read_in_the_form_its_language_gives_it(raw: str, language: str) -> None:
    stamp = dates.parse(raw, language=language)
    assert stamp is not None, raw
    assert stamp.day == date(2022, 2, 24)


@pytest.mark.parametrize(
    ("year", "month", "day", "common"),
    [
        (1370, 1, 1, date(1991, 3, 21)), (1375, 1, 1, date(1996, 3, 20)), (1399, 12, 30, date(2021, 3, 20)), (1400, 1, 1, date(2021, 3, 21)),
        (1403, 12, 30, date(2025, 3, 20)), (1404, 6, 31, date(2025, 9, 22)), (1404, 7, 1, date(2025, 9, 23)), (1408, 1, 1, date(2029, 3, 20)),
    ],
)  # fmt: skip
def test_days_of_the_solar_hijri_calendar_fall_on_those_of_the_common_one(
    year: int, month: int, day: int, common: date
) -> None:
    assert calendars.solar_hijri(year, month, day) == common


@pytest.mark.parametrize(
    ("year", "month", "day"), [(1400, 12, 30), (1400, 7, 31), (1400, 13, 1), (1400, 1, 0), (2022, 2, 24)]
)
def test_a_day_that_the_solar_hijri_calendar_has_not_is_none(year: int, month: int, day: int) -> None:
    assert calendars.solar_hijri(year, month, day) is None


@given(st.integers(1360, 1498), st.integers(1, 12), st.integers(1, 29))
def test_days_of_the_solar_hijri_calendar_follow_one_another(year: int, month: int, day: int) -> None:
    found = calendars.solar_hijri(year, month, day)
    after = calendars.solar_hijri(year, month, day + 1) or calendars.solar_hijri(
        *((year, month + 1, 1) if month < 12 else (year + 1, 1, 1))
    )
    assert found is not None and after is not None
    assert after - found == timedelta(days=1)


@example("\u200cٔی")
@example("\u200c\u200cیی")
@given(st.text(st.sampled_from("feb. \u00a0SeptİßﬀۀهٔیA\u200c"), max_size=8))
def test_folding_a_folded_name_changes_nothing(name: str) -> None:
    assert months.fold(months.fold(name)) == months.fold(name)
