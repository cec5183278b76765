"""Days that a page tells by its reader's clock, reckoned from the time of the capture: Monday 20 May 2024, 12:00 UTC."""

from __future__ import annotations

from datetime import date

import pytest
from news_html import html, read

from etl.model import Precision


@pytest.mark.parametrize(
    ("line", "lang", "day"),
    [
        ("By Ada Brown • 5 hours ago", "en", date(2024, 5, 20)), ("Ada Brown, 13 hours ago", "en", date(2024, 5, 19)), ("3 days ago", "en", date(2024, 5, 17)), ("Yesterday", "en", date(2024, 5, 19)), ("Today at 9:30", "en", date(2024, 5, 20)),
        ("vor 3 Stunden", "de", date(2024, 5, 20)), ("gestern, 10:30 Uhr", "de", date(2024, 5, 19)), ("il y a 2 jours", "fr", date(2024, 5, 18)), ("Hier à 10:30", "fr", date(2024, 5, 19)), ("hace 5 horas", "es", date(2024, 5, 20)), ("ayer", "es", date(2024, 5, 19)),
        ("há 3 horas", "pt", date(2024, 5, 20)), ("2 ore fa", "it", date(2024, 5, 20)), ("3 uur geleden", "nl", date(2024, 5, 20)), ("för 2 dagar sedan", "sv", date(2024, 5, 18)), ("3 tuntia sitten", "fi", date(2024, 5, 20)), ("5 godz. temu", "pl", date(2024, 5, 20)),
        ("2 gün önce", "tr", date(2024, 5, 18)), ("3 часа назад", "ru", date(2024, 5, 20)), ("вчера, 18:20", "ru", date(2024, 5, 19)), ("2 дні тому", "uk", date(2024, 5, 18)), ("منذ 3 ساعات", "ar", date(2024, 5, 20)), ("أمس", "ar", date(2024, 5, 19)),
        ("۳ ساعت پیش", "fa", date(2024, 5, 20)), ("לפני 3 שעות", "he", date(2024, 5, 20)), ("5 घंटे पहले", "hi", date(2024, 5, 20)), ("5小时前", "zh", date(2024, 5, 20)), ("昨天 10:30", "zh", date(2024, 5, 19)), ("3日前", "ja", date(2024, 5, 17)), ("3시간 전", "ko", date(2024, 5, 20)),
        ("2 ngày trước", "vi", date(2024, 5, 18)), ("3 jam yang lalu", "id", date(2024, 5, 20)),
    ],
)  # fmt: skip
def test_so_long_ago(line: str, lang: str, day: date) -> None:
    page = read(html(before=f'<p class="meta">{line}</p>', lang=lang), url="https://www.nordhafen-post.example/a/12")
    assert (page.published_on, page.published_at, page.published_precision) == (day, None, Precision.RECKONED)


@pytest.mark.parametrize(
    ("line", "lang", "day"),
    [
        ("5月19日 10:30", "zh", date(2024, 5, 19)), ("来源：北港日报 5月19日 10:30", "zh", date(2024, 5, 19)), ("12月31日", "ja", date(2023, 12, 31)), ("5월 19일", "ko", date(2024, 5, 19)), ("19 May", "en", date(2024, 5, 19)), ("Dec 24, 10:30 am", "en", date(2023, 12, 24)),
        ("19 мая, 10:30", "ru", date(2024, 5, 19)), ("19. toukokuuta", "fi", date(2024, 5, 19)), ("19 de mayo", "es", date(2024, 5, 19)), ("05-19 10:30", "zh", date(2024, 5, 19)), ("19 Mayıs 10:30", "tr", date(2024, 5, 19)),
    ],
)  # fmt: skip
def test_a_day_without_a_year_is_the_latest_before_the_capture(line: str, lang: str, day: date) -> None:
    page = read(html(before=f"<p>{line}</p>", lang=lang), url="https://www.nordhafen-post.example/a/12")
    assert (page.published_on, page.published_precision) == (day, Precision.RECKONED)


@pytest.mark.parametrize(
    "line",
    [
        "Chapter 5 March of the penguins goes on and on for years", "USA Today Network", "The Guardian Today", "Section 19 of the act may not apply here", "30 minutes of reading", "Updated 5 hours ago", "Zuletzt aktualisiert vor 3 Stunden",
    ],
)  # fmt: skip
def test_other_words_are_no_day(line: str) -> None:
    page = read(html(before=f"<p>{line}</p>"), url="https://www.nordhafen-post.example/a/12")
    assert page.published_on is None


def test_a_printed_day_comes_before_a_reckoned_one() -> None:
    page = read(html(before="<p>2 hours ago</p><p>12 May 2024</p>"), url="https://www.nordhafen-post.example/a/12")
    assert (page.published_on, page.published_precision) == (date(2024, 5, 12), Precision.DAY)
