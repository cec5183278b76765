"""Each kind of page, in several scripts, and beside each what looks like it and is an article."""

from __future__ import annotations

import pytest
from news_html import NEWS, PARAGRAPHS, TITLE, html, ld, read

from etl.extract.page_phrases import says
from etl.model import Outcome, Page, PageType

ONE_LINE = {
    "en": "The harbour office opens again on Monday at nine, the town said.",
    "de": "Das Hafenamt öffnet am Montag um neun wieder, teilte die Stadt mit.",
    "ru": "Портовое управление откроется в понедельник в девять, сообщил город.",
    "ar": "يفتح مكتب الميناء أبوابه يوم الاثنين في التاسعة، كما أعلنت البلدية.",
    "ja": "港湾事務所は月曜の九時に再開すると市が発表した。",
    "hi": "बंदरगाह कार्यालय सोमवार को नौ बजे फिर खुलेगा, नगर ने बताया।",
}


def kind(page: Page) -> tuple[Outcome, PageType]:
    return page.outcome, page.page_type


# Not found


@pytest.mark.parametrize(
    "title",
    ["404", "Error 404 – Page not found", "The page you requested could not be found", "Diese Seite existiert nicht", "Cette page n’existe plus",
     "La página solicitada no existe", "Página não encontrada", "Pagina non trovata", "Pagina niet gevonden", "Siden findes desværre ikke",
     "Siden finnes dessverre ikke", "Sidan kunde inte hittas", "Sivua ei löytynyt", "Strona nie istnieje", "Stránka nebyla nalezena",
     "Stránka sa nenašla", "Az oldal nem található", "Pagina nu a fost găsită", "Страницата не е намерена", "Stranica nije pronađena",
     "Η σελίδα δεν βρέθηκε", "Sayfa bulunamadı", "Ошибка 404", "Сторінку не знайдено", "الصفحة المطلوبة غير موجودة", "صفحه مورد نظر یافت نشد",
     "הדף המבוקש לא נמצא", "पृष्ठ नहीं मिला", "Halaman tidak ditemukan", "Không tìm thấy trang", "ไม่พบหน้าที่คุณต้องการ", "お探しのページは見つかりませんでした",
     "페이지를 찾을 수 없습니다", "您访问的页面不存在", "找不到此頁"],
)  # fmt: skip
def test_a_page_that_is_not_found_says_so_in_its_own_language(title: str) -> None:
    assert kind(read(html(title=title, lines=("Search or go to the front page.",)))) == (
        Outcome.SOFT_404,
        PageType.SOFT_404,
    )


@pytest.mark.parametrize(
    "head", ['<meta name="prerender-status-code" content="404">', "<meta name=prerender-status-code content=410>"]
)
def test_a_status_that_a_page_tells_machines_needs_no_words(head: str) -> None:
    assert read(html(title="Nordhafen Post", head=head, lines=("Go on.",))).outcome is Outcome.SOFT_404


def test_a_system_that_calls_its_page_an_error_needs_no_words() -> None:
    page = html(title="Hoppla!", lines=("Hier ist nichts, schade.",), lang="de").replace(
        "<body>", '<body class="error404 wp">'
    )
    assert read(page).page_type is PageType.SOFT_404
    assert read(html(lang="de").replace("<body>", '<body class="error404">')).page_type is PageType.ARTICLE


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "Missing hiker not found, search goes on"), ("en", "404 people sign up for the harbour run"), ("de", "Vermisster Segler nicht gefunden"),
     ("ru", "Пропавший рыбак не найден"), ("ar", "الصياد المفقود غير موجود في الميناء"), ("ja", "行方不明の船員、見つかりませんでした"),
     ("hi", "लापता नाविक अब तक नहीं मिला")],
)  # fmt: skip
def test_a_short_report_of_someone_who_was_not_found_is_an_article(language: str, title: str) -> None:
    assert read(html(title=title, lines=(ONE_LINE[language],), lang=language)).page_type is PageType.ARTICLE


# Error


@pytest.mark.parametrize(
    "title",
    ["500 Internal Server Error", "Error establishing a database connection", "502 Bad Gateway", "Interner Serverfehler", "Erreur interne du serveur",
     "Sitio en mantenimiento", "Wewnętrzny błąd serwera", "Внутренняя ошибка сервера", "الموقع تحت الصيانة", "ただいまメンテナンス中です",
     "系统维护中", "서버 내부 오류", "Sunucu hatası"],
)  # fmt: skip
def test_an_error_behind_a_good_status_is_tried_again(title: str) -> None:
    page = read(html(title=title, lines=("Please come back later.",)))
    assert kind(page) == (Outcome.HTTP_ERROR, PageType.ERROR)
    assert page.detail == title


@pytest.mark.parametrize(
    "title",
    [
        "Harbour website down: internal server error hits ticket sales",
        "Wartungsarbeiten an der Schleuse beginnen",
        "技術者が語るサーバーエラー",
    ],
)
def test_a_long_report_of_an_error_is_an_article(title: str) -> None:
    assert read(html(title=title)).outcome is Outcome.ARTICLE


def test_a_short_report_of_an_error_that_is_dated_is_an_article() -> None:
    head = '<meta property="article:published_time" content="2024-05-20T08:00:00+02:00">'
    assert (
        read(html(title="Service unavailable at town hall", lines=(ONE_LINE["en"],), head=head)).outcome
        is Outcome.ARTICLE
    )


# Consent


@pytest.mark.parametrize(
    "lines",
    [("Używamy plików cookies na stronie.", "Akceptuj wszystkie albo odrzuć wszystkie."), ("Мы используем файлы cookie.", "Принять все или отклонить все."),
     ("نحن نستخدم ملفات تعريف الارتباط.", "قبول الكل أو رفض الكل"), ("אנו משתמשים בעוגיות.", "אישור הכול או שינוי ההגדרות"), ("हम कुकीज़ का उपयोग करते हैं।", "सभी स्वीकार करें"),
     ("当サイトはクッキーを使用しています。", "すべて同意する"), ("본 사이트는 쿠키를 사용합니다.", "모두 동의"), ("本网站使用 cookie。", "全部接受或查看隐私设置"),
     ("Χρησιμοποιούμε πάντα cookies.", "Αποδοχή όλων"), ("Folosim mereu cookie-uri.", "Acceptă toate"), ("Kami menggunakan cookie.", "Terima semua"),
     ("Käytämme aina evästeitä.", "Hyväksy kaikki"), ("Çerezleri kullanıyoruz.", "Tümünü kabul et")],
)  # fmt: skip
def test_a_form_for_consent_is_a_wall_in_its_own_language(lines: tuple[str, ...]) -> None:
    assert kind(read(html(title="Nordhafen", lines=lines))) == (Outcome.CONSENT_WALL, PageType.CONSENT_WALL)


@pytest.mark.parametrize(
    ("language", "banner"),
    [("en", "We use cookies. Accept all. Reject all. Manage preferences."), ("de", "Wir verwenden Cookies. Alle akzeptieren. Alle ablehnen."),
     ("ru", "Мы используем файлы cookie. Принять все. Отклонить все."), ("ar", "نستخدم ملفات تعريف الارتباط. قبول الكل. رفض الكل."),
     ("ja", "クッキーを使用しています。すべて同意する。"), ("hi", "हम कुकीज़ का उपयोग करते हैं। सभी स्वीकार करें।")],
)  # fmt: skip
def test_a_short_report_with_a_banner_for_consent_is_an_article(language: str, banner: str) -> None:
    page = html(title=ONE_LINE[language][:20], lines=(ONE_LINE[language],), lang=language)
    page = page.replace("</body>", f'<div id="cookie-banner" class="cookie-banner"><p>{banner}</p></div></body>')
    assert read(page).page_type is PageType.ARTICLE


# Challenge


@pytest.mark.parametrize(
    ("title", "line"),
    [("Access denied", "Please enable cookies."), ("Einen Moment bitte", "Ihr Browser wird überprüft."), ("Un momento", "Verifica que eres humano."),
     ("Проверка браузера", "Подтвердите, что вы не робот."), ("لحظة من فضلك", "تحقق من أنك إنسان"), ("しばらくお待ちください", "ロボットではありません"),
     ("安全验证", "请完成安全验证"), ("Bir dakika lütfen", "Robot değilim."), ("Chwileczkę", "Potwierdź, że jesteś człowiekiem."),
     ("잠시만 기다려 주세요", "사람인지 확인합니다"), ("รอสักครู่", "ฉันไม่ใช่โปรแกรมหุ่นยนต์")],
)  # fmt: skip
def test_a_challenge_is_known_by_its_words_in_many_languages(title: str, line: str) -> None:
    page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1><p>{line}</p></body></html>"
    assert kind(read(page)) == (Outcome.BOT_CHALLENGE, PageType.BOT_CHALLENGE)


@pytest.mark.parametrize(
    "guard", ["https://www.google.com/recaptcha/api.js?g-recaptcha", "/cdn-cgi/challenge-platform/scripts/jsd/main.js"]
)
def test_a_short_report_on_a_page_with_a_guard_is_an_article(guard: str) -> None:
    page = html(title="Harbour office opens", lines=(ONE_LINE["en"],), after=f'<script src="{guard}"></script>')
    assert read(page).page_type is PageType.ARTICLE


def test_a_report_that_begins_with_just_a_moment_is_an_article() -> None:
    assert read(html(title="Just a moment in the harbour: how the ferry came back")).page_type is PageType.ARTICLE


# Paywall: the publisher's claim and our verdict are two things


def claiming(free: object) -> str:
    node = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": TITLE, "isAccessibleForFree": free}
    return ld({**node, "datePublished": "2024-05-20T08:00:00+02:00"})


@pytest.mark.parametrize(
    "words",
    ["Subscribe to continue reading", "Nur für Abonnenten", "Réservé aux abonnés", "Exclusivo para suscriptores", "Только для подписчиков",
     "للمشتركين فقط", "ویژه مشترکان", "למנויים בלבד", "有料会員限定", "구독자 전용", "订阅后继续阅读", "Tylko dla prenumeratorów", "Abonelere özel",
     "केवल सदस्यों के लिए", "Chỉ dành cho thành viên"],
)  # fmt: skip
def test_a_claim_and_a_box_over_one_sentence_are_a_stub(words: str) -> None:
    page = read(html(lines=(ONE_LINE["en"],), head=claiming(False), after=f'<div class="offer"><p>{words}</p></div>'))
    assert kind(page) == (Outcome.PAYWALL_STUB, PageType.PAYWALL_STUB)
    assert page.is_accessible_for_free is False


def test_a_short_report_that_is_free_is_no_stub_whatever_its_footer_sells() -> None:
    box = '<div class="paywall-teaser"><p>Subscribers only: our harbour dossier</p></div>'
    assert read(html(lines=(ONE_LINE["en"],), head=claiming(True), after=box)).outcome is Outcome.ARTICLE
    assert read(html(lines=(ONE_LINE["en"],), after=box)).outcome is Outcome.ARTICLE
    said = html(lines=(ONE_LINE["en"], "Subscribe to continue reading"), head=claiming(True))
    assert read(said).outcome is Outcome.ARTICLE


def test_a_claim_alone_cuts_no_text_and_two_witnesses_do() -> None:
    whole = read(html(head=claiming(False)))
    assert (whole.is_accessible_for_free, whole.text_truncated) == (False, False)
    broken = read(
        html(head=claiming(False), lines=(*PARAGRAPHS[:4], "The council will decide on the second landing stage in …"))
    )
    assert (broken.outcome, broken.is_accessible_for_free, broken.text_truncated) == (Outcome.ARTICLE, False, True)


# Live blog, digest


def entries(count: int, *, wrap: str = "div", name: str = "entry") -> str:
    rows = (
        f'<{wrap} class="{name}"><time datetime="2024-05-20T{8 + i:02}:15:00+02:00">{8 + i}:15</time><p>{PARAGRAPHS[i]}</p></{wrap}>'
        for i in range(count)
    )
    return "".join(rows)


def test_entries_in_a_live_blogs_markup_are_a_live_blog_without_words() -> None:
    page = html(lines=(PARAGRAPHS[0],), after=entries(5, name="liveblog-entry"))
    assert kind(read(page)) == (Outcome.ARTICLE, PageType.LIVE_BLOG)


@pytest.mark.parametrize(
    "title",
    ["Ferry live: first crossing today", "Liveticker: Die Fähre fährt wieder", "Le bac en direct", "El transbordador, minuto a minuto",
     "Паром: текстовая трансляция", "تغطية مباشرة: العبارة تعود", "لحظه به لحظه با کشتی", "渡し舟再開【随時更新】", "渡轮恢复运营 图文直播", "나룻배 운항 [실시간]", "Prom na żywo"],
)  # fmt: skip
def test_a_title_that_says_live_over_many_times_of_day_is_a_live_blog(title: str) -> None:
    assert read(html(title=title, lines=(PARAGRAPHS[0],), after=entries(6))).page_type is PageType.LIVE_BLOG


@pytest.mark.parametrize(
    "title",
    [
        "Live music returns to the harbour",
        "Wie unser Liveticker entsteht",
        "بث مباشر من الميناء غدا",
        "図書館でライブ更新",
    ],
)
def test_a_long_article_with_a_live_blogs_word_is_an_article(title: str) -> None:
    assert read(html(title=title)).page_type is PageType.ARTICLE
    beside = "<aside>" + entries(6, wrap="section", name="liveblog-entry") + "</aside>"
    assert read(html(title=title, after=beside)).page_type is PageType.ARTICLE


@pytest.mark.parametrize(
    "title",
    ["Morning briefing: Monday", "Das war der Montag: Nachrichtenüberblick", "Revue de presse du lundi", "Resumen del día", "Rassegna stampa",
     "Главное за день", "أبرز أخبار اليوم", "مهم‌ترین اخبار امروز", "ニュースまとめ", "오늘의 뉴스", "每日要闻", "Günün özeti", "Przegląd prasy"],
)  # fmt: skip
def test_many_short_pieces_under_a_title_that_says_so_are_a_digest(title: str) -> None:
    assert kind(read(html(title=title))) == (Outcome.ARTICLE, PageType.DIGEST)
    assert read(html(title=title, lines=PARAGRAPHS[:2])).page_type is PageType.ARTICLE


# Video and gallery


def test_a_video_or_gallery_with_a_caption_is_a_stub_and_stays_loaded() -> None:
    node = {
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": TITLE,
        "uploadDate": "2024-05-20",
        "description": "x",
    }
    frame = '<iframe src="https://www.youtube.com/embed/x"></iframe>'
    pictures = '<div class="photo-gallery">' + "".join(f'<img src="/{i}.jpg">' for i in range(8)) + "</div>"
    for page in (
        html(lines=(ONE_LINE["en"],), head=ld(node)),
        html(lines=(ONE_LINE["ar"],), lang="ar", after=frame),
        html(lines=(ONE_LINE["ja"],), lang="ja", after=pictures),
        html(lines=(ONE_LINE["ru"],), lang="ru", head='<meta property="og:type" content="video.other">'),
    ):
        assert kind(read(page)) == (Outcome.ARTICLE, PageType.MEDIA_STUB)


def test_a_video_without_any_text_is_empty_and_known_as_a_video() -> None:
    page = read(html(lines=(), after="<video src=/a.mp4></video>"))
    assert kind(page) == (Outcome.EMPTY_TEXT, PageType.MEDIA_STUB)


def test_an_article_with_a_video_and_a_gallery_is_an_article() -> None:
    pictures = '<div class="gallery">' + "".join(f'<img src="/{i}.jpg">' for i in range(8)) + "</div>"
    assert read(html(after=f"<video></video>{pictures}")).page_type is PageType.ARTICLE


# Lists


def teasers(language: str, count: int) -> str:
    title, *lines = NEWS[language]
    return "".join(
        f'<div class="t"><h2><a href="/n/{i}">{title} {i}</a></h2><p>{lines[0][:70]}</p></div>' for i in range(count)
    )


def front(language: str, *, body: str = "", count: int = 12) -> str:
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><title>Nordhafen</title></head><body class="{body}"><h1>Nordhafen</h1>'
        f"<p>{NEWS[language][1]}</p>{teasers(language, count)}</body></html>"
    )


@pytest.mark.parametrize("language", ["de", "ru", "ar", "ja", "zh"])
@pytest.mark.parametrize(
    ("path", "body"), [("/kategorie/hafen/", ""), ("/etiqueta/puerto", ""), ("/hafen", "archive category"), ("/rubrique/port/", ""), ("/", "")]
)  # fmt: skip
def test_a_section_is_a_list_by_its_address_or_by_its_systems_word(language: str, path: str, body: str) -> None:
    page = read(front(language, body=body), url=f"https://www.nordhafen-post.example{path}")
    assert kind(page) == (Outcome.LIST_PAGE, PageType.LIST)


def test_an_article_above_many_teasers_is_an_article() -> None:
    page = html(lines=PARAGRAPHS[:2]).replace("<body>", '<body class="single single-post postid-7">')
    page = page.replace("<footer>", teasers("de", 20) + "<footer>")
    assert read(page).page_type is PageType.ARTICLE


# Words


@pytest.mark.parametrize("language", sorted(NEWS))
@pytest.mark.parametrize("name", ["not_found", "error", "challenge", "digest", "live"])
def test_no_headline_of_ordinary_news_says_any_of_it(language: str, name: str) -> None:
    assert not says(name, NEWS[language][0])


def test_phrases_of_each_kind_are_there_in_27_languages_and_more() -> None:
    from pathlib import Path

    import yaml

    from etl.extract import page_phrases

    phrases = yaml.safe_load((Path(page_phrases.__file__).parent / "phrases.yaml").read_text("utf-8"))
    assert {name: len(languages) >= 27 for name, languages in phrases.items()} == dict.fromkeys(phrases, True)
