"""The line of categories, date and comment link that blog themes print over the body, in every locale."""

from __future__ import annotations

import pytest
from clean_articles import ARTICLES

from etl.clean.engine import CleanContext, clean, rebuild

# Locale -> nobody commented, one, many, switched off. {t} the title, {n} a number.
LINKS: dict[str, tuple[str, str, str, str]] = {
    "en_US": ("No Comments on {t}", "1 Comment on {t}", "{n} Comments on {t}", "Comments Off on {t}"),
    "da_DK": (
        "Ingen kommentarer til {t}",
        "1 kommentar til {t}",
        "{n} kommentarer til {t}",
        "Kommentarer lukket til {t}",
    ),
    "de_DE": (
        "Keine Kommentare zu {t}",
        "1 Kommentar zu {t}",
        "{n} Kommentare zu {t}",
        "Kommentare deaktiviert für {t}",
    ),
    "el": (
        "Δεν υπάρχουν σχόλια στο {t}",
        "1 σχόλιο στο {t}",
        "{n} σχόλια στο {t}",
        "Δεν επιτρέπεται σχολιασμός στο {t}",
    ),
    "es_ES": (
        "No hay comentarios en {t}",
        "1 comentario en {t}",
        "{n} comentarios en {t}",
        "Comentarios desactivados en {t}",
    ),
    "fi": (
        "Ei kommentteja artikkeliin {t}",
        "1 kommentti artikkeliin {t}",
        "{n} kommenttia artikkeliin {t}",
        "Kommentit pois päältä artikkelissa {t}",
    ),
    "fr_FR": (
        "Aucun commentaire sur {t}",
        "Un commentaire sur {t}",
        "{n} commentaires sur {t}",
        "Commentaires fermés sur {t}",
    ),
    "id_ID": (
        "Tak ada komentar pada {t}",
        "1 Komentar pada {t}",
        "{n} Komentar pada {t}",
        "Komentar Dinonaktifkan pada {t}",
    ),
    "it_IT": ("Nessun commento su {t}", "1 commento su {t}", "{n} commenti su {t}", "Commenti disabilitati su {t}"),
    "ja": (
        "{t} へのコメントはまだありません",
        "{t} への1件のコメント",
        "{t} への{n}件のコメント",
        "{t} はコメントを受け付けていません",
    ),
    "ko_KR": ("{t}에 댓글 없음", "{t}에 댓글 1개", "{t}에 댓글 {n}개", "{t} 댓글 닫힘"),
    "nb_NO": (
        "Ingen kommentarer til {t}",
        "1 kommentar til {t}",
        "{n} kommentarer til {t}",
        "Kommentarer er skrudd av for {t}",
    ),
    "nl_NL": ("Geen reacties op {t}", "1 reactie op {t}", "{n} reacties op {t}", "Reacties uitgeschakeld voor {t}"),
    "pl_PL": (
        "Brak komentarzy do {t}",
        "1 komentarz do {t}",
        "{n} komentarzy do {t}",
        "Możliwość komentowania {t} została wyłączona",
    ),
    "pt_BR": (
        "Nenhum comentário em {t}",
        "1 comentário em {t}",
        "{n} comentários em {t}",
        "Comentários desativados em {t}",
    ),
    "pt_PT": ("Sem comentários em {t}", "1 comentário em {t}", "{n} comentários em {t}", "Comentários fechados em {t}"),
    "ru_RU": (
        "Комментариев к записи {t} нет",
        "1 комментарий к записи {t}",
        "{n} комментариев к записи {t}",
        "Комментарии к записи {t} отключены",
    ),
    "sr_RS": ("Нема коментара на {t}", "1 коментар на {t}", "{n} коментара на {t}", "Коментари су искључени на {t}"),
    "sv_SE": (
        "Inga kommentarer till {t}",
        "1 kommentar till {t}",
        "{n} kommentarer till {t}",
        "Kommentarer inaktiverade för {t}",
    ),
    "th": ("ไม่มีความเห็น บน {t}", "1 ความเห็น บน {t}", "{n} ความเห็น บน {t}", "ปิดความเห็น บน {t}"),
    "tl": (
        "Walang mga Komento sa {t}",
        "1 Komento sa {t}",
        "{n} Mga Komento sa {t}",
        "Nakapatay ang mga Komento sa {t}",
    ),
    "tr_TR": ("Yorum yok {t}", "{t} için bir yorum", "{t} için {n} yorum", "{t} için yorumlar kapalı"),
    "uk": ("Немає Коментарів до {t}", "1 Коментар до {t}", "{n} Коментарів до {t}", "Коментарі Вимкнено до {t}"),
    "vi": ("Không có bình luận ở {t}", "1 bình luận ở {t}", "{n} bình luận ở {t}", "Chức năng bình luận bị tắt ở {t}"),
    "zh_CN": ("{t}无评论", "{t}有 1 条评论", "{t}有 {n} 条评论", "{t}已关闭评论"),
    "zh_TW": ("在〈{t}〉中尚無留言", "在〈{t}〉中有 1 則留言", "在〈{t}〉中有 {n} 則留言", "在〈{t}〉中留言功能已關閉"),
}
# Older wordings, and themes that write their own.
OTHERS: list[tuple[str, str]] = [
    ("en_US", "Leave a Comment on {t}"),
    ("en_US", "One Reply to “{t}”"),
    ("en_US", "{n} Replies to “{t}”"),
    ("en_US", "One thought on “{t}”"),
    ("en_US", "{n} thoughts on “{t}”"),
    ("en_US", "{n} Responses to “{t}”"),
    ("de_DE", "Eine Antwort auf „{t}“"),
    ("es_ES", "Una respuesta a “{t}”"),
    ("fr_FR", "Une réponse sur “{t}”"),
    ("it_IT", "Una risposta a “{t}”"),
    ("nl_NL", "Eén gedachte over “{t}”"),
    ("pl_PL", "Jedna odpowiedź do “{t}”"),
    ("ru_RU", "{t}: {n} комментариев"),
    ("ru_RU", "{t}: 1 комментарий"),
    ("ja", "“{t}” への1件の返信"),
    ("ko_KR", "“{t}”에 대한 한개의 댓글"),
    ("zh_CN", "“{t}”的一个回复"),
    ("tr_TR", "“{t}” için bir yanıt"),
    ("vi", "Một trả lời cho “{t}”"),
]
PREFIXES = [
    "Europe, News, US February 24, 2022 ",
    "24.02.2022 ",
    "24 de febrero de 2022 | ",
    "2022年2月24日 ",
    "24 Şubat 2022 · ",
    "February 24, 2022 at 10:00 am ",
    "24. Februar 2022",
    "",
]
SHAPES = [(locale, shape) for locale, shapes in LINKS.items() for shape in shapes] + OTHERS


def link(shape: str, title: str, number: str = "12") -> str:
    return shape.replace("{t}", title).replace("{n}", number)


def assert_leaves_the_body(text: str, body: str, context: CleanContext) -> None:
    cleaned = clean(text, context)
    assert cleaned.text == body
    assert rebuild(cleaned.text, cleaned.cuts) == text
    assert clean(cleaned.text, context).cuts == ()


@pytest.mark.parametrize(("locale", "shape"), SHAPES)
@pytest.mark.parametrize("end", ["", " ", "\n"], ids=["glued", "space", "line"])
def test_the_cut_ends_at_the_first_word_of_the_body(locale: str, shape: str, end: str) -> None:
    title, body = ARTICLES[locale]
    context = CleanContext(titles=(title,))
    for prefix in PREFIXES:
        for number in ("12", "1,204") if "{n}" in shape else ("12",):
            line = prefix + link(shape, title, number) + end
            assert_leaves_the_body(line + body, body, context)
            assert_leaves_the_body(f"{title}\n{line}{body}", body, context)


@pytest.mark.parametrize(("locale", "shape"), SHAPES)
def test_the_title_may_be_known_from_the_first_line_alone(locale: str, shape: str) -> None:
    title, body = ARTICLES[locale]
    text = f"{title}\n{PREFIXES[0]}{link(shape, title)}{body}"
    cleaned = clean(text)
    assert cleaned.text == body
    assert cleaned.head_title == title
    assert cleaned.head_date_text == "February 24, 2022"
    assert cleaned.head_categories == ("Europe", "News", "US")


TITLE, BODY = ARTICLES["en_US"]


@pytest.mark.parametrize(
    ("on_the_page", "known"),
    [
        ("Mayor: “No plan B” for the bridge", 'Mayor: "No plan B" for the bridge'),
        ("Mayor – no plan B for the bridge", "Mayor - no plan B for the bridge"),
        ("The mayor's plan for the bridge", "The mayor’s plan for the bridge"),
        ("Smith &amp; Sons build the bridge", "Smith & Sons build the bridge"),
        ("Smith & Sons build the bridge", "Smith &amp; Sons build the bridge"),
        ("Council\u00a0closes the bridge", "Council closes the bridge"),
        ("Council closes the bridge", "Council closes the bridge - Harbour Post"),
        ("Council closes the bridge", "Council closes the bridge | Harbour Post"),
        ("COUNCIL CLOSES THE BRIDGE", "Council closes the bridge"),
        ("Council votes to close the old…", TITLE),
        ("Council votes to close the old...", TITLE),
        ("Council votes to close […]", TITLE),
        ("Will the council close the bridge?", "Will the council close the bridge?"),
        ("Will the council close the bridge?", "Will the Council Close the Bridge"),
        ("“We close it”", "We close it now and here"[:11]),
    ],
)
@pytest.mark.parametrize("end", ["", " ", "\n"], ids=["glued", "space", "line"])
def test_a_title_is_found_however_it_is_written(on_the_page: str, known: str, end: str) -> None:
    text = f"News February 24, 2022 No Comments on {on_the_page}{end}{BODY}"
    if on_the_page.endswith("?") and not known.endswith("?"):
        text = f"News February 24, 2022 No Comments on {on_the_page}\n{BODY}"
    assert_leaves_the_body(text, BODY, CleanContext(titles=(known,), site_name="Harbour Post"))


def test_a_body_that_opens_with_a_dateline_keeps_it() -> None:
    body = "KYIV, Feb 24 (Reuters) — " + BODY
    cleaned = clean(f"World February 24, 2022 No Comments on {TITLE}{body}", CleanContext(titles=(TITLE,)))
    assert cleaned.text == body
    assert cleaned.dateline == "KYIV, Feb 24 (Reuters)"
    assert cleaned.agencies == ("Reuters",)


def test_a_body_that_opens_with_a_quotation_keeps_its_quote() -> None:
    title = "Mayor says “it is time”"
    body = "“Nobody spoke,” she said. " + BODY
    assert_leaves_the_body(f"24.02.2022 No Comments on {title}{body}", body, CleanContext(titles=(title,)))


@pytest.mark.parametrize(
    ("meta", "authors", "categories"),
    [
        ("Posted on February 24, 2022 by Ann Lee in Europe / ", ("Ann Lee",), ("Europe",)),
        ("by Ann Lee | Feb 24, 2022 | Europe, News | ", ("Ann Lee",), ("Europe", "News")),
        ("Thursday, 24 February 2022 10:00 · Ann Lee · ", ("Ann Lee",), ()),
        ("EuropeFebruary 24, 2022", (), ("Europe",)),
        ("Europe - 2022-02-24 - ", (), ("Europe",)),
    ],
)
def test_what_stood_before_the_link_is_handed_over(
    meta: str, authors: tuple[str, ...], categories: tuple[str, ...]
) -> None:
    context = CleanContext(titles=(TITLE,), authors=("Ann Lee",))
    cleaned = clean(f"{meta}No Comments on {TITLE}{BODY}", context)
    assert cleaned.text == BODY
    assert cleaned.head_authors == authors
    assert cleaned.head_categories == categories
    assert cleaned.head_date_text is not None


def test_categories_on_a_line_between_title_and_link_go_with_them() -> None:
    text = f"{TITLE}\nEurope, News\nFebruary 24, 2022\nNo Comments on {TITLE}\n{BODY}"
    assert_leaves_the_body(text, BODY, CleanContext(titles=(TITLE,)))


def test_the_year_is_no_number_of_comments() -> None:
    title, body = ARTICLES["de_DE"]
    cleaned = clean(f"24. Februar 2022 12 Kommentare zu {title}{body}", CleanContext(titles=(title,)))
    assert cleaned.head_date_text == "24. Februar 2022"


def test_the_match_that_ends_last_counts() -> None:
    title, body = ARTICLES["ru_RU"]
    cleaned = clean(f"24.02.2022 Комментариев к записи {title} нет{body}", CleanContext(titles=(title,)))
    assert cleaned.text == body


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("There were 12 comments on Budget vote procedure in the hearing.", "Budget vote"),
        ("There were 12 comments on Budget vote Procedure in the hearing.", "Budget vote"),
        ("No comments on War were made by the ministry.", "War"),
        ("No Comments on Update\nThe ministry was silent.", "Update"),
        ("24.02.2022 No Comments on Ukraine\nThe ministry was silent.", "Ukraine"),
        ("The casino comments on Budget vote result. Few agree.", "Budget vote result"),
        ("On February 24, 2022 there were 12 comments on Budget vote day", "Budget vote day"),
    ],
)
def test_prose_that_looks_like_a_comment_link_stays(text: str, title: str) -> None:
    text = f"{text}\n{BODY}"
    assert clean(text, CleanContext(titles=(title,))).text == text
