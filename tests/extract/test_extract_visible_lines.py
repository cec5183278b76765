"""Bylines and dates that stand as lines under the headline, in the shapes of many languages."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from news_html import NEWS, PARAGRAPHS, TITLE, html, ld, read

from etl.model import Precision


def news(language: str) -> tuple[str, tuple[str, ...]]:
    title, *lines = NEWS.get(language, (TITLE, *PARAGRAPHS))
    return title, tuple(lines)


@pytest.mark.parametrize(
    ("language", "line", "authors"),
    [
        ("en", "BY ILSE BRANDVOLD", ("Ilse Brandvold",)),
        ("en", "Written by Ilse Brandvold", ("Ilse Brandvold",)),
        ("en", "By Ilse Brandvold and Jonas Ek", ("Ilse Brandvold", "Jonas Ek")),
        ("en", "By Ilse Brandvold | Staff Writer", ("Ilse Brandvold",)),
        ("ru", "Автор: Илья Петров", ("Илья Петров",)),
        ("pl", "Autor: Jan Kowalski", ("Jan Kowalski",)),
        ("ar", "بقلم: أحمد حسن", ("أحمد حسن",)),
        ("tr", "Yazan: Ahmet Yılmaz", ("Ahmet Yılmaz",)),
    ],
)
def test_a_byline_names_its_authors_and_is_no_part_of_the_text(
    language: str, line: str, authors: tuple[str, ...]
) -> None:
    title, lines = news(language)
    page = read(html(title=title, lines=lines, lang=language, before=f'<p class="byline">{line}</p>'))
    assert page.authors == authors
    assert page.text == "\n".join(lines)


@pytest.mark.parametrize(
    ("language", "line", "precision"),
    [
        ("ru", "20 мая 2024, 08:30", Precision.LOCAL),
        ("de", "20. Mai 2024, 08:30 Uhr", Precision.LOCAL),
        ("fr", "Publié le 20 mai 2024 à 8h30", Precision.LOCAL),
        ("ja", "2024年5月20日 8時30分", Precision.LOCAL),
        ("ko", "2024.05.20 08:30", Precision.LOCAL),
        ("es", "20 de mayo de 2024", Precision.DAY),
        ("ar", "20 مايو 2024", Precision.DAY),
        ("hi", "20 मई 2024", Precision.DAY),
        ("he", "20 במאי 2024", Precision.DAY),
    ],
)
def test_a_date_line_gives_the_day_as_exactly_as_it_stands(language: str, line: str, precision: Precision) -> None:
    title, lines = news(language)
    page = read(html(title=title, lines=lines, lang=language, before=f'<p class="date">{line}</p>'))
    assert (page.published_on, page.published_precision) == (date(2024, 5, 20), precision)
    assert page.published_at is None
    assert page.text == "\n".join(lines)


def test_a_clock_without_an_offset_takes_it_from_the_time_of_the_last_change() -> None:
    node = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": TITLE,
        "datePublished": "2024-05-20T08:30:00",
        "dateModified": "2024-05-20T09:45:00+02:00",
    }
    page = read(html(head=ld(node)))
    assert page.published_at == datetime.fromisoformat("2024-05-20T08:30:00+02:00")
    assert page.modified_at == datetime.fromisoformat("2024-05-20T09:45:00+02:00")
