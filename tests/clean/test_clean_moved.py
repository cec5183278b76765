"""What is worth keeping is moved to a field of its own, and what stands between paragraphs goes."""

from __future__ import annotations

import pytest
from clean_articles import ARTICLES

from etl.clean.engine import CleanContext, clean, rebuild

BODY = (
    "\n".join(ARTICLES["en_US"][1:] * 2)
    + "\nThe mayor said that the new bridge would be wide, and open to walkers all day."
)
TITLE = ARTICLES["en_US"][0]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("(Reporting by Ann Lee in Kyiv; Editing by Bob Roe)", "credit_line"),
        ("Additional reporting by Ann Lee and Bob Roe", "credit_line"),
        ("AP writer Ann Lee in Paris contributed to this report.", "credit_line"),
        ("Ann Lee and Bob Roe contributed reporting.", "credit_line"),
        ("Mit Material von dpa und AFP", "credit_line"),
        ("© dpa-infocom, dpa:240516-99-53606/3", "credit_line"),
        ("(avec AFP)", "credit_line"),
        ("Con información de EFE y AP", "credit_line"),
        ("Com informações da Reuters", "credit_line"),
        ("Bron: ANP", "credit_line"),
        ("źródło: PAP", "credit_line"),
        ("(ANSA)", "credit_line"),
        ("dpa/AFP", "credit_line"),
        ("Источник: ТАСС", "credit_line"),
        ("Джерело: Укрінформ", "credit_line"),
        ("Kaynak: AA", "credit_line"),
        ("المصدر: رويترز", "credit_line"),
        ("منبع: ایرنا", "credit_line"),
        ("Sumber: Antara", "credit_line"),
        ("来源：新华社", "credit_line"),
        ("출처: 연합뉴스", "credit_line"),
        ("(dmk)", "credit_line"),
        ("aja/PAP", "credit_line"),
        ("© 2024 Harbour Post. All rights reserved.", "rights_line"),
        ("Copyright 2024 Harbour Post", "rights_line"),
        ("This material may not be published, broadcast, rewritten or redistributed.", "rights_line"),
        ("Alle Rechte vorbehalten.", "rights_line"),
        ("Tous droits réservés", "rights_line"),
        ("Todos los derechos reservados", "rights_line"),
        ("Todos os direitos reservados", "rights_line"),
        ("© RIPRODUZIONE RISERVATA", "rights_line"),
        ("Wszelkie prawa zastrzeżone", "rights_line"),
        ("Все права защищены", "rights_line"),
        ("Tüm hakları saklıdır", "rights_line"),
        ("جميع الحقوق محفوظة", "rights_line"),
        ("सर्वाधिकार सुरक्षित", "rights_line"),
        ("無断転載を禁じます", "rights_line"),
        ("未经授权不得转载", "rights_line"),
        ("<저작권자 ⓒ 항구신문, 무단 전재 및 재배포 금지>", "rights_line"),
        ("This post is for subscribers only", "paywall_marker"),
        ("Already have an account? Sign in", "paywall_marker"),
        ("You have 3 free articles remaining", "paywall_marker"),
        ("Dieser Beitrag ist nur für Abonnenten", "paywall_marker"),
        ("Il vous reste 80 % de cet article à lire.", "paywall_marker"),
        ("Contenido exclusivo para suscriptores", "paywall_marker"),
        ("Доступно только подписчикам", "paywall_marker"),
        ("この記事は有料会員限定です 残り1204文字", "paywall_marker"),
        ("This article is republished from Bay Weekly under a Creative Commons licence.", "syndicated_from"),
        ("Dieser Text erschien zuerst im Hafenblatt.", "syndicated_from"),
        ("Este artículo fue publicado originalmente en El Puerto.", "syndicated_from"),
        ("本文转载自港口日报", "syndicated_from"),
        ("Ann Lee is a reporter who covers the harbour.", "author_note"),
        ("Contact Ann Lee at ann.lee@post.example", "author_note"),
        ("Ann Lee ann.lee@post.example", "author_note"),
        ("ann.lee@post.example", "author_note"),
    ],
)
def test_a_line_worth_keeping_is_moved(line: str, field: str) -> None:
    text = f"{BODY}\n{line}"
    cleaned = clean(text, CleanContext(authors=("Ann Lee",)))
    assert cleaned.text == BODY
    assert getattr(cleaned, field) == line
    assert rebuild(cleaned.text, cleaned.cuts) == text


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("dpa", " (dpa)"),
        ("AFP", "(AFP)"),
        ("Reuters", " (Reuters)"),
        ("Kyodo", "（共同）"),
        ("Xinhua", "（新华社）"),
        ("Reuters", " (رويترز)"),
        ("PAP", " (PAP)"),
        ("EFE", " (EFE)"),
    ],
)
def test_the_agency_that_closes_the_last_paragraph_is_moved(name: str, end: str) -> None:
    cleaned = clean(BODY + end)
    assert cleaned.text == BODY
    assert cleaned.credit_line == end.strip()
    assert cleaned.agencies == (name,)


def test_an_author_in_german_has_a_compound_job() -> None:
    line = "Ann Lee ist Wirtschaftsredakteurin im Hauptstadtbüro."
    cleaned = clean(f"{BODY}\nÜber die Autorin\n{line}", CleanContext(authors=("Ann Lee",), language="de"))
    assert cleaned.text == BODY
    assert cleaned.author_note == line


@pytest.mark.parametrize(
    "note",
    [
        "Correction: An earlier version named the wrong street.",
        "Editor’s note: The names were changed.",
        "Korrektur: In einer früheren Fassung stand die falsche Straße.",
        "Rectificatif : le nom de la rue était faux.",
        "Fe de erratas: la calle era otra.",
        "Errata: a rua era outra.",
        "Rättelse: Gatan hette något annat.",
        "Исправление: улица названа иначе.",
        "تصحيح: اسم الشارع مختلف.",
        "訂正：通りの名前が違っていました。",
        "更正：街道名称有误。",
        "[정정] 거리 이름이 달랐습니다.",
    ],
)
def test_a_correction_stays_and_is_copied(note: str) -> None:
    for text in (f"{BODY}\n{note}", f"{note}\n{BODY}"):
        cleaned = clean(text)
        assert cleaned.text == text
        assert cleaned.correction_note == note


@pytest.mark.parametrize(
    ("line", "credit"),
    [
        ("Photo: Ann Lee", "Ann Lee"),
        ("Foto: dpa", "dpa"),
        ("Crédit photo : Ann Lee", "Ann Lee"),
        ("Kuva: Ann Lee", "Ann Lee"),
        ("Фото: Анна Ли", "Анна Ли"),
        ("Fotoğraf: Ann Lee", "Ann Lee"),
        ("الصورة: رويترز", "رويترز"),
        ("Ảnh: Ann Lee", "Ann Lee"),
        ("写真＝時事", None),
        ("[사진=연합뉴스]", "사진=연합뉴스"),
        ("The old bridge on Monday. (AP Photo/Ann Lee)", "AP Photo/Ann Lee"),
        ("Ann Lee/AFP via Getty Images", None),
    ],
)
def test_a_picture_s_credit_between_paragraphs_is_moved(line: str, credit: str | None) -> None:
    text = f"{ARTICLES['en_US'][1]}\n{line}\n{BODY}"
    cleaned = clean(text)
    assert cleaned.text == f"{ARTICLES['en_US'][1]}\n{BODY}"
    assert [c.text for c in cleaned.captions] == [line]
    assert cleaned.captions[0].credit == credit
    assert [cut.zone for cut in cleaned.cuts] == ["inline"]


def test_a_known_caption_is_moved_wherever_it_stands() -> None:
    caption = "Residents at the council on Monday evening."
    paragraphs = BODY.split("\n")
    text = "\n".join([*paragraphs, caption, *paragraphs, *paragraphs])
    cleaned = clean(text, CleanContext(captions=(caption,)))
    assert caption not in cleaned.text
    assert [c.text for c in cleaned.captions] == [caption]


@pytest.mark.parametrize(
    "line",
    [
        "ADVERTISEMENT",
        "[Anzeige]",
        "La suite après cette publicité",
        "Continúa después de la publicidad",
        "Continua após a publicidade",
        "Pubblicità",
        "Advertentie",
        "Dalsza część artykułu pod materiałem wideo",
        "Annons",
        "Mainos",
        "Реклама",
        "إعلان",
        "विज्ञापन",
        "Scroll untuk melanjutkan membaca",
        "Quảng cáo",
        "広告",
        "广告",
        "광고",
        "Read more: Harbour fees rise again",
        "Also read | Harbour fees rise again",
        "RELATED: Harbour fees rise again",
        "Lesen Sie auch: Hafengebühren steigen",
        "Lesen Sie mehr zum Thema: Hafengebühren steigen",
        "À lire aussi » Les droits de port augmentent",
        "Lea también: Suben las tasas del puerto",
        "Te puede interesar: Suben las tasas",
        "Leia também: Sobem as taxas do porto",
        "(Leggi anche su: Le tasse del porto)",
        "Lees ook: Havengeld stijgt",
        "Czytaj też: Opłaty rosną",
        "Läs också: Avgifterna höjs",
        "LÆS OGSÅ: Afgifterne stiger",
        "Lue myös: Maksut nousevat",
        "Читайте также: Сборы растут",
        "Читайте також: Збори зростають",
        "İlgili haber: Liman ücretleri artıyor",
        "اقرأ أيضاً: ارتفاع رسوم الميناء",
        "بیشتر بخوانید: عوارض بندر",
        "यह भी पढ़ें: बंदरगाह शुल्क बढ़ा",
        "Baca juga: Tarif pelabuhan naik",
        "Xem thêm: Phí cảng tăng",
        "関連記事：港の料金が上がる",
        "相关阅读：港口收费上涨",
        "관련기사: 항구 요금 인상",
        "Citește și: Taxele cresc",
        "Διαβάστε επίσης: Αυξάνονται τα τέλη",
        "Přečtěte si také: Poplatky rostou",
        "Sign up for our newsletter and get the news in your inbox.",
        "[gallery ids=1,2,3]",
        "[button link=x]Send[/button]",
    ],
)
def test_boilerplate_between_paragraphs_goes(line: str) -> None:
    first = ARTICLES["en_US"][1]
    text = f"{first}\n{line}\n{BODY}"
    cleaned = clean(text)
    assert cleaned.text == f"{first}\n{BODY}"
    assert rebuild(cleaned.text, cleaned.cuts) == text


HEAD_LINES = [
    "3 min read",
    "Lesezeit: 4 Minuten",
    "Temps de lecture : 3 min",
    "3 min de lectura",
    "Время чтения: 3 мин",
    "この記事は3分で読めます",
    "阅读时间 3 分钟",
    "Listen to this article",
    "Home > News > Harbour",
    "Published: 24 February 2022, 10:15",
    "Updated: Feb. 24, 2022 10:15 AM EST",
    "Veröffentlicht am 24.02.2022, 10:15 Uhr",
    "Publié le 24 février 2022 à 10h00 - Mis à jour le 25 février 2022 à 11:30",
    "Publicado: 24 de febrero de 2022",
    "Atualizado em 24 de fevereiro de 2022",
    "Pubblicato il 24 febbraio 2022",
    "Opublikowano: 24 lutego 2022",
    "Publicerad 24 februari 2022",
    "Uppdaterad 15.59 | Publicerad 14.14",
    "Julkaistu 24. helmikuuta 2022",
    "Опубликовано: 24 февраля 2022, 10:15",
    "Оновлено 24 лютого 2022",
    "Güncelleme: 24 Şubat 2022 10:15",
    "تاريخ النشر: 24 فبراير 2022",
    "انتشار: ۵ اسفند ۱۴۰۰",
    "פורסם בתאריך 24 בפברואר 2022",
    "अपडेटेड: 24 फ़रवरी 2022",
    "24 กุมภาพันธ์ 2565",
    "Ngày 24 tháng 2 năm 2022",
    "2022年2月24日 10時15分",
    "发布时间：2022-02-24 10:15",
    "입력 2022.02.24 10:15 수정 2022.02.25 11:00",
    "Közzétéve: 2022. február 24.",
    "2022-02-24T10:15:00+01:00",
    "By Ann Lee",
    "By ANN LEE, Political Editor",
    "Von Ann Lee und Bob Roe",
    "Por Ann Lee",
    "Автор: Ann Lee",
    "박안나 기자",
    "Submitted by admin on Thu, 02/24/2022 - 10:00",
    "Facebook Twitter Pinterest WhatsApp",
]


@pytest.mark.parametrize("line", HEAD_LINES)
def test_a_head_line_of_dates_names_and_tools_goes(line: str) -> None:
    for text in (f"{line}\n{BODY}", f"{TITLE}\n{line}\n{BODY}"):
        cleaned = clean(text, CleanContext(titles=(TITLE,), language="en"))
        assert cleaned.text == BODY
        assert rebuild(cleaned.text, cleaned.cuts) == text


def test_the_title_glued_to_the_body_goes() -> None:
    assert clean(TITLE + BODY, CleanContext(titles=(TITLE,))).text == BODY


def test_a_byline_of_somebody_else_stays_where_the_author_is_known() -> None:
    text = f"By Royal Decree\n{BODY}"
    assert clean(text, CleanContext(authors=("Ann Lee",))).text == text


def test_cuts_over_a_quarter_leave_the_text_whole() -> None:
    text = "The bridge closes. It was old.\n" + "\n".join(["Leave a Comment", "Cancel reply", "Comments are closed."])
    cleaned = clean(text)
    assert cleaned.text == text
    assert cleaned.cuts == ()
    assert cleaned.flags == ("clean_guard",)


def test_cuts_that_leave_less_than_two_sentences_leave_the_text_whole() -> None:
    text = "A long report without any stop " * 12 + "\nComments are closed. Leave a Reply\nComments are closed."
    assert clean(text).flags == ("clean_guard",)


def test_what_the_title_proves_may_be_more_than_a_quarter() -> None:
    text = f"{TITLE}\nEurope February 24, 2022 No Comments on {TITLE}It closes in May. Nobody spoke against it."
    cleaned = clean(text, CleanContext(titles=(TITLE,)))
    assert cleaned.text == "It closes in May. Nobody spoke against it."


def test_a_consent_wall_is_flagged_and_news_about_cookies_is_not() -> None:
    wall = (
        "We use cookies to improve the site and to show personalised ads.\n"
        "We and our partners store and/or access information on a device.\nAccept all"
    )
    cleaned = clean(wall)
    assert cleaned.flags == ("consent_text",)
    assert cleaned.text == wall
    news = BODY + "\nThe site had said “We use cookies” and offered a button named “Accept all”, the court found."
    assert clean(news).flags == ()
