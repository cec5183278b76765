"""Text that the publisher printed in a wrong encoding: repaired with a flag, and what is meant as it stands is left."""

from __future__ import annotations

import pytest
from news_html import NEWS, html, read

from etl.extract.mojibake import REPAIRED

QUOTE = "“We had planned to stop in November,” said Petra Lind, who doesn’t cross – herself – any more, and left the hall early."


def broken(text: str, encoding: str = "cp1252") -> str:
    """The text as a system prints it that takes its UTF-8 for `encoding`."""
    out = []
    for byte in text.encode():
        try:
            out.append(bytes((byte,)).decode(encoding))
        except UnicodeDecodeError:
            out.append(chr(byte))
    return "".join(out)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
@pytest.mark.parametrize("times", [1, 2])
def test_quotes_are_repaired(encoding: str, times: int) -> None:
    told = QUOTE
    for _ in range(times):
        told = broken(told, encoding)
    page = read(html(before=f"<p>{told}</p>"))
    assert QUOTE in page.text
    assert REPAIRED in page.flags


@pytest.mark.parametrize("language", ["de", "es", "fr", "ru", "uk", "pl"])
@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_texts_of_many_languages_are_repaired(language: str, encoding: str) -> None:
    title, *lines = NEWS[language]
    page = read(
        html(title=broken(title, encoding), lines=tuple(broken(line, encoding) for line in lines), lang=language)
    )
    assert page.title == title
    assert lines[0] in page.text
    assert REPAIRED in page.flags


def test_cyrillic_taken_for_windows_1251_is_repaired() -> None:
    title, *lines = NEWS["ru"]
    page = read(html(title=broken(title, "cp1251"), lines=tuple(broken(line, "cp1251") for line in lines), lang="ru"))
    assert page.title == title
    assert lines[0] in page.text


def test_references_and_metadata_are_repaired() -> None:
    told = "".join(f"&#{ord(c)};" if ord(c) > 127 else c for c in broken(QUOTE))
    head = f'<meta property="og:description" content="{broken("The board’s decision")}">'
    page = read(html(before=f"<p>{told}</p>", head=head))
    assert QUOTE in page.text
    assert page.description == "The board’s decision"


@pytest.mark.parametrize(
    "line",
    [
        "« C’est un “été” à l’Élysée… » dit-il à “André”, près de “Besançé”. Un café à 3 €, s’il vous plaît — “voilà”, à bientôt.",
        "Різдво у Львові: «Рівне», “Сім’я” — Ґанок, Вінниця. Сірко й Рябко… Річ у тім, що Свято «Весни» вже минуло.",
        "NÃO HÁ SÃO JOÃO: “Â” é uma letra… “Ã” também, disse a professora à turma do segundo ano na quinta-feira.",
    ],
)
def test_what_is_meant_as_it_stands_is_left(line: str) -> None:
    page = read(html(before=f"<p>{line}</p>"))
    assert line in page.text
    assert REPAIRED not in page.flags


def test_code_that_shows_such_text_is_left() -> None:
    assert REPAIRED not in read(html(after=f"<pre>{broken('don’t')}</pre>")).flags


def test_plain_text_is_repaired_too() -> None:
    page = read(f"Ferry stays\n{broken(QUOTE)}\n{QUOTE}", content_type="text/plain; charset=utf-8")
    assert page.text.count("doesn’t") == 2
    assert REPAIRED in page.flags
