"""A page kept as plain text with the boilerplate of a blog theme glued to it."""

from __future__ import annotations

from datetime import date

import pytest
from news_html import NEWS, PARAGRAPHS, TITLE, URL, read

from etl.clean.engine import rebuild
from etl.model import Outcome, Page, Precision

CASES = {
    "en": (TITLE, PARAGRAPHS, "Europe, News, US February 24, 2022 No Comments on {}", "Leave a comment", ("Europe", "News", "US")),
    "de": (
        NEWS["de"][0],
        (
            *NEWS["de"][1:],
            "Die Kapitänin sagte, das Boot werde bis Ende Oktober alle vierzig Minuten fahren und am Wochenende zweimal in der Stunde.",
            "Die Linie war eingestellt worden, als das Eis die alte Anlegestelle beschädigte und dem Rat das Geld für eine neue fehlte.",
            "Fischer im inneren Hafen hatten ein niedrigeres Tempo in der Nähe ihrer Netze verlangt, und der Betreiber stimmte zu.",
        ),
        "Europa, Nachrichten 24. Februar 2022 Keine Kommentare zu {}",
        "Schreibe einen Kommentar",
        ("Europa", "Nachrichten"),
    ),
    "es": (
        NEWS["es"][0],
        (
            *NEWS["es"][1:],
            "La capitana dijo que el barco saldría cada cuarenta minutos hasta finales de octubre y dos veces por hora los fines de semana.",
            "La línea se había cerrado cuando el hielo dañó el viejo muelle y el consejo no encontró dinero para construir otro.",
            "Los pescadores del puerto interior habían pedido menos velocidad cerca de sus redes, y la empresa aceptó la petición.",
        ),
        "Europa, Noticias 24 febrero, 2022 No hay comentarios en {}",
        "Deja un comentario",
        ("Europa", "Noticias"),
    ),
}  # fmt: skip


def document(language: str) -> str:
    title, lines, meta, end, _ = CASES[language]
    return "\n".join([title, f"{meta.format(title)} {lines[0]}", *lines[1:], end]) + "\n"


def extracted(language: str) -> Page:
    return read(document(language), url="", content_type="text/plain")


@pytest.mark.parametrize("language", sorted(CASES))
def test_the_text_begins_and_ends_with_the_news(language: str) -> None:
    title, lines, _, _, _ = CASES[language]
    page = extracted(language)
    assert page.outcome is Outcome.ARTICLE
    assert page.title == title
    assert page.text == "\n".join(lines)


@pytest.mark.parametrize("language", sorted(CASES))
def test_the_line_of_the_comment_link_gives_the_day_and_nothing_finer(language: str) -> None:
    page = extracted(language)
    assert (page.published_on, page.published_precision) == (date(2022, 2, 24), Precision.DAY)
    assert page.published_at is None


@pytest.mark.parametrize("language", sorted(CASES))
def test_the_categories_before_the_day_are_tags(language: str) -> None:
    assert extracted(language).tags == CASES[language][4]


@pytest.mark.parametrize("language", sorted(CASES))
def test_the_language_is_read_from_the_text(language: str) -> None:
    assert extracted(language).language == language


@pytest.mark.parametrize("language", sorted(CASES))
def test_text_and_cuts_rebuild_what_the_page_held(language: str) -> None:
    page = extracted(language)
    whole = rebuild(page.text, page.removed)
    assert page.removed
    assert all(whole[cut.start : cut.end] == cut.text for cut in page.removed)
    assert whole.split() == document(language).split()


@pytest.mark.parametrize("language", sorted(CASES))
def test_no_boilerplate_is_left_in_the_text(language: str) -> None:
    _, _, meta, end, _ = CASES[language]
    text = extracted(language).text
    assert "2022" not in text
    assert end not in text
    assert meta.split(" {}")[0][-16:] not in text


def test_line_ends_of_another_system_give_the_same_page() -> None:
    crlf = read(document("en").replace("\n", "\r\n"), url="", content_type="text/plain")
    assert crlf == extracted("en")


def test_plain_text_without_boilerplate_stays_whole() -> None:
    text = "\n".join([TITLE, *PARAGRAPHS])
    page = read(text, url=URL, content_type="text/plain")
    assert page.title == TITLE
    assert page.text == "\n".join(PARAGRAPHS)
    assert page.published_on is None
    assert page.tags == ()
