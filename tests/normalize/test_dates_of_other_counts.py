"""Years first and in two digits, eras, other calendars and machines' odd forms."""

from __future__ import annotations

from datetime import date

import pytest

from etl.normalize.dates import parse

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("26.11.20 09:30", {"language": "ko"}), ("입력 26.11.20 09:30", {}), ("26/11/20", {"language": "zh"}), ("26-11-20 10:11", {"language": "zh"}), ("'26.11.20", {}), ("26年11月20日", {}), ("26년 11월 20일", {}),
        ("中華民國115年11月20日", {}), ("民國115年11月20日", {}), ("發布日期：民國一百一十五年十一月二十日", {}), ("115-11-20", {"region": "TW"}), ("115.11.20 10:30", {"region": "TW"}), ("115/11/20", {"region": "TW"}), ("115年11月20日", {}),
        ("令和8年11月20日", {}), ("令和八年十一月二十日", {}), ("R8.11.20", {"language": "ja"}), ("R8/11/20", {"language": "ja"}),
        ("二〇二六年十一月二十日", {}), ("二零二六年十一月二十日", {}), ("二○二六年十一月二十日", {}),
        ("৫ অগ্রহায়ণ ১৪৩৩", {}), ("ঢাকা, ২০ নভেম্বর ২০২৬, ৫ অগ্রহায়ণ ১৪৩৩", {}), ("۲۹ آبان ۱۴۰۵", {}), ("২০ নভেম্বর ২০২৬", {}),
        ("/Date(1795167000000)/", {}), ("\\/Date(1795167000000+0100)\\/", {}), ("Date(1795167000000)", {}), ("Posted: Fri, 20 Nov 2026 09:30:00 +0100", {}),
        ("21:30 EST, 20 November 2026", {"region": "US"}), ("PUBLISHED: 21:30 EST, 20 November 2026", {"region": "US"}), ("09:30 Uhr, 20. November 2026", {}), ("10:30, 20 ноября 2026", {}), ("10時30分 2026年11月20日", {}), ("a las 21:30 h. del 20 de noviembre de 2026", {}),
        ("20.11.26", {}), ("20/11/26", {"language": "fr"}),
    ],
)  # fmt: skip
def test_the_day(raw: str, said: dict[str, str]) -> None:
    found = parse(raw, **said)  # type: ignore[arg-type]
    assert found is not None
    assert found.day == DAY


@pytest.mark.parametrize("raw", ["115-11-20", "202年2月24日", "ISO 115.11.20 norm"])
def test_three_digits_are_no_year_elsewhere(raw: str) -> None:
    found = parse(raw, language="de")
    assert found is None or found.day != DAY


def test_a_clock_before_the_day_counts_with_its_zone() -> None:
    found = parse("PUBLISHED: 21:30 EST, 20 November 2026", region="US")
    assert found is not None
    assert found.instant is not None
    assert found.instant.isoformat() == "2026-11-20T21:30:00-05:00"
