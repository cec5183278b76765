"""Shapes that real sites print, as an editor would put them together: templates, stubs, digests, walls, scripts, addresses."""

from __future__ import annotations

import random
import unicodedata

import pytest
from made_stories import SCRIPTS, story
from report_forms import FORMS, reports
from story_groups import Doc, apart, groups

from etl.relate.signatures import page_number


@pytest.mark.parametrize(("language", "kind"), [form[:2] for form in FORMS])
def test_reports_of_one_form_with_other_facts_are_no_copies(language: str, kind: str) -> None:
    made = reports(language, kind)
    assert groups(*(Doc(*report) for report in made)) == apart(len(made))
    assert groups(*(Doc(*report, site="one.example", day=n) for n, report in enumerate(made))) == apart(len(made))


@pytest.mark.parametrize(("language", "kind"), [form[:2] for form in FORMS])
def test_a_report_of_a_form_is_one_story_on_all_sites_that_carry_it(language: str, kind: str) -> None:
    title, text = reports(language, kind)[0]
    assert groups(Doc(title, text), Doc(title, text, day=1), Doc(title, text[: len(text) * 4 // 5])) == [[0, 1, 2]]


@pytest.mark.parametrize("kind", ["weather", "lottery", "police", "election"])
def test_where_nouns_have_capitals_forms_are_told_apart_without_titles(kind: str) -> None:
    made = reports("de", kind)
    assert groups(*(Doc("", text) for _, text in made)) == apart(len(made))


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_stands_before_a_paywall_or_came_as_a_flash_is_the_same_story(script: str) -> None:
    text = story(1, script, 12)
    title = " ".join(text.split()[20:26]) if " " in text else text[40:60]
    stub = text[: len(text) // 6]
    assert groups(Doc(title, text), Doc(title, stub)) == [[0, 1]]
    assert groups(Doc(title, text, site="a.example"), Doc(title, stub, site="a.example")) == [[0, 1]]
    assert groups(Doc(title, text), Doc(title, stub + story(2, script, 2))) == apart(2)  # a paragraph of it in another


WALLS = {
    "thai": ("กขคงจชซดตถทนบปพมยรลวสหอาเแ", "บทความนี้สำหรับสมาชิกเท่านั้น เป็นสมาชิกแล้วใช่ไหม เข้าสู่ระบบ"),
    "lao": ("ກຂຄງຈຊຍດຕຖທນບປຜຝພຟມຢຣລວສຫອາເແ", "ບົດຄວາມນີ້ສຳລັບສະມາຊິກເທົ່ານັ້ນ ກະລຸນາເຂົ້າສູ່ລະບົບເພື່ອອ່ານຕໍ່"),
    "khmer": ("កខគឃងចឆជញដតថទនបផពភមយរលវសហឡអ", "អត្ថបទនេះសម្រាប់តែសមាជិកប៉ុណ្ណោះ សូមចូលគណនីដើម្បីអានបន្ត"),
    "burmese": ("ကခဂငစဆဇညဋတထဒနပဖဗဘမယရလဝသဟအ", "ဤဆောင်းပါးသည် အသင်းဝင်များအတွက်သာ ဖြစ်သည်။ ဆက်ဖတ်ရန် ဝင်ရောက်ပါ"),
}  # fmt: skip


@pytest.mark.parametrize("script", WALLS)
@pytest.mark.parametrize("share", [8, 7, 6, 5, 3, 2])
def test_a_stub_with_the_words_of_the_wall_is_found_where_letters_stand_alone(script: str, share: int) -> None:
    letters, wall = WALLS[script]
    draw = random.Random(f"{script}{share}")
    text = "\n".join("".join(draw.choices(letters, k=130)) for _ in range(8))
    other = "\n".join("".join(draw.choices(letters, k=130)) for _ in range(8))
    stub = f"{text[: len(text) // share]}\n{wall}"
    title = text[100:116]
    assert groups(Doc(title, text), Doc(title, stub), Doc(other[90:106], other)) == [[0, 1], [2]]
    assert groups(Doc(title, stub), Doc(other[90:106], f"{other[: len(other) // share]}\n{wall}")) == apart(2)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_digest_is_nobodys_copy(script: str) -> None:
    briefs = [(f"headline {n} {story(n, script)[:30]}", story(n, script, 2)) for n in range(5)]
    for count in (2, 3, 5):
        some = briefs[:count]
        digest = Doc("Morning briefing", "\n".join(text for _, text in some))
        assert groups(digest, *(Doc(*brief) for brief in some)) == apart(count + 1)


@pytest.mark.parametrize("script", SCRIPTS)
def test_digests_that_share_parts_chain_no_stories(script: str) -> None:
    briefs = [(f"headline {n} {story(n, script)[:30]}", story(n, script, 2)) for n in range(7)]
    titles = SERVICES_OF_BRIEFS[script]
    for turn, title in enumerate(titles):
        # Each issue loses a brief of the one before and gains one; a shorter one and one with some more stand beside them.
        issues = [
            Doc(
                title,
                "\n".join(text for _, text in briefs[n : n + size]),
                f"s{n}.example" if turn else "one.example",
                n,
            )
            for n, size in ((0, 5), (1, 5), (2, 5), (1, 3), (0, 7))
        ]
        assert groups(*issues, *(Doc(*brief) for brief in briefs)) == apart(12)
        assert groups(issues[0], Doc(title, issues[0].text, day=1), *(Doc(*brief) for brief in briefs)) == [
            [0, 1], *([n] for n in range(2, 9))
        ]  # fmt: skip


SERVICES_OF_BRIEFS = {
    "latin": ("Daily digest", "News in brief", "Five things you should know today"),
    "cyrillic": ("Утренний дайджест", "Главное к этому часу"),
    "arabic": ("موجز الأخبار", "أبرز عناوين الصباح"),
    "cjk": ("今日要闻", "早间快讯一览"),
    "thai": ("ข่าวเช้า", "สรุปข่าวเด่นประจำวัน"),
    "hindi": ("सुबह की सुर्खियाँ", "आज के मुख्य समाचार"),
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_part_of_a_service_is_no_copy_where_nobody_else_has_the_other_parts(script: str) -> None:
    # Of a digest two thirds are one report; the rest is nowhere else, so that only the name of the service tells.
    report, rest = story(30, script, 6), story(31, script, 5)
    title = " ".join(report.split()[:6]) if " " in report else report[:14]
    for service in SERVICES_OF_BRIEFS[script]:
        assert groups(Doc(title, report), Doc(service, f"{report}\n{rest}")) == apart(2)
    assert groups(Doc(title, report), Doc(title, f"{report}\n{rest}")) == [[0, 1]]


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_headlines_of_several_reports_in_one_title_are_no_headline_of_one(script: str) -> None:
    own = ["".join("bcdfghjklm"[int(digit)] for digit in f"{n:04d}") for n in range(15)]
    made = [(" ".join(own[n : n + 5]), f"{' '.join(own[n : n + 5])}. {story(n, script, 4)}") for n in (0, 5, 10)]
    digest = Doc(" / ".join(title for title, _ in made), "\n".join(text for _, text in made))
    for title, text in made:
        assert groups(digest, Doc(title, text)) == apart(2)


def test_pages_of_one_article_on_one_site_are_one_story() -> None:
    first, second = story(1, paragraphs=5), story(2, paragraphs=5)
    whole = Doc("The long read of the year", f"{first}\n{second}", site="a.example")
    pages = [Doc("The long read of the year", text, site="a.example") for text in (first, second)]
    assert groups(whole, *pages) == [[0, 1, 2]]


NOTICES = (
    "We use cookies to give you the best experience on our site. By continuing you accept the use of cookies in line with "
    "our policy. You can change your settings at any time. Accept all. Manage preferences.",
    "Es scheint, dass Sie einen Werbeblocker verwenden. Bitte schalten Sie ihn aus, um unsere Inhalte zu lesen. Unser "
    "Journalismus finanziert sich durch Werbung. Klicken Sie auf das Symbol neben der Adresszeile und laden Sie neu.",
    "Ce contenu est bloqué car vous n'avez pas accepté les cookies et autres traceurs. Cliquez sur accepter pour consulter "
    "le contenu ou gérez vos préférences dans le centre de confidentialité de notre site.",
    "このコンテンツをご覧いただくにはJavaScriptを有効にする必要があります。ブラウザの設定を確認してから、もう一度ページを読み込んでください。",
    "您的浏览器不支持播放该视频，请升级浏览器或安装最新版本的播放器后重试。如果问题仍然存在，请联系客服，我们会尽快处理您的反馈。",
    "Для просмотра видео включите поддержку скриптов и обновите браузер. Если вы используете блокировщик рекламы, отключите "
    "его на нашем сайте и обновите страницу ещё раз. Спасибо за понимание.",
    "لتشغيل هذا الفيديو يرجى تفعيل جافا سكريبت والنظر في الترقية إلى متصفح يدعم هذه الخاصية. إذا كنت تستخدم مانع إعلانات "
    "فيرجى إيقافه ثم إعادة تحميل الصفحة من جديد.",
    "กรุณาปิดโปรแกรมบล็อกโฆษณาเพื่ออ่านข่าวต่อ เว็บไซต์ของเราอยู่ได้ด้วยรายได้จากโฆษณา เมื่อปิดแล้วให้โหลดหน้านี้ใหม่อีกครั้ง",
)


@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_in_the_place_of_the_article_makes_no_story_of_its_pages(notice: str) -> None:
    titles = ("Ferry stays in port after gale", "Budget passes by two votes", "Rare owl nests on church tower")
    assert groups(*(Doc(title, notice) for title in titles)) == apart(3)
    assert groups(*(Doc(title, f"{notice} Herald {n}") for n, title in enumerate(titles))) == apart(3)


def test_a_short_text_under_titles_that_agree_is_one_story() -> None:
    caption = "Fishermen mend their nets on the quay of Sulina on Monday morning, a day before the season opens"
    assert groups(*(Doc("Fishermen mend their nets in Sulina", caption) for _ in range(3))) == [[0, 1, 2]]


SERVICES = (
    ("{} Mart burç yorumları", reports("tr", "horoscope")[0][1]),
    ("Daily quiz for March {}", "Here is your daily quiz. Ten questions on history, science and sport, a new round every "
     "morning at six. Answer all of them to see how you compare with other readers. No registration needed."),
    ("3月{}日の運勢", "本日の運勢をお届けします。牡羊座は新しい出会いに恵まれる一日。牡牛座は焦らず計画を進めると吉。双子座は会話にヒントがあります。"),
    ("Гороскоп на {} марта", "Овнам стоит быть внимательнее к мелочам, вечер подходит для встреч. Тельцы получат хорошие "
     "новости. Близнецы полны сил и открыты новым знакомствам. Раки захотят остаться дома и отдохнуть."),
)  # fmt: skip


@pytest.mark.parametrize(("title", "text"), SERVICES)
def test_the_same_text_on_another_day_under_another_number_is_another_day_of_a_service(title: str, text: str) -> None:
    assert groups(*(Doc(title.format(12 + n), text, day=n) for n in range(3))) == apart(3)
    assert groups(*(Doc(title.format(12), text, day=n % 2) for n in range(3))) == [[0, 1, 2]]


def test_a_text_is_the_same_story_a_day_or_a_year_later() -> None:
    text = story(5)
    assert groups(Doc("A storm and a bridge", text), Doc("A storm and a bridge", text, day=1),
                  Doc("A storm and a bridge", text, day=365)) == [[0, 1, 2]]  # fmt: skip


def test_a_corrected_figure_makes_no_other_story() -> None:
    form = (
        "At least {} people were killed and {} injured when a ferry capsized on Lake Oro on Monday, officials said. Rescue "
        "crews searched the water through the night with boats and helicopters. The ferry was carrying more passengers than "
        "allowed, a harbour official said. The government declared a day of mourning and ordered an inquiry."
    )
    title = "Ferry capsizes on Lake Oro"
    assert groups(Doc(title, form.format(12, 30)), Doc(title, form.format(14, 33), day=1)) == [[0, 1]]


def test_a_list_that_loses_old_entries_is_another_one_the_next_day_and_a_live_page_is_not() -> None:
    own = ["".join("bcdfghjklm"[int(digit)] for digit in f"{n:04d}") for n in range(400)]
    entries = [f"{story(n, paragraphs=1)} {' '.join(own[n * 40 : n * 40 + 40])}" for n in range(10)]
    first, second = "\n".join(entries[:7]), "\n".join(entries[2:9])
    assert groups(Doc("Police blotter of the week", first, site="a.example"),
                  Doc("Police blotter of the week", second, site="a.example", day=2)) == apart(2)  # fmt: skip
    assert groups(Doc("Live: the storm in pictures", first, site="a.example"),
                  Doc("Live: the storm in pictures", second, site="a.example")) == [[0, 1]]  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_site_that_gives_a_report_a_new_headline_and_address_keeps_the_number(script: str) -> None:
    text = story(7, script, 8)
    lines = text.split("\n")
    grown = "\n".join([*lines, *story(8, script, 4).split("\n")])
    old, new = Doc("one two three four", text, "a.example", 0, "news/old-slug-4711042.html"), Doc(
        "five six seven eight", grown, "a.example", 1, "4711042/new-slug")  # fmt: skip
    assert groups(old, new) == [[0, 1]]
    new.path = "4711043/new-slug"
    assert groups(old, new) == apart(2)


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("https://example.org/news/ferry-4711042.html", 4711042),
        ("https://example.org/a/123456/b", 123456),
        ("https://example.org/2026/03/12/ferry", 0),
        ("https://example.org/20260312/ferry", 0),
        ("https://example.org/ferry-12345", 0),
        ("https://example.org/ferry?id=4711042", 0),
        ("https://[::1/ferry-4711042", 0),
    ],
)
def test_the_number_of_a_page_is_no_day(url: str, number: int) -> None:
    assert page_number(url) == number


def test_a_text_is_the_same_in_each_of_its_scripts_and_in_capitals() -> None:
    cyrillic = (
        "Градско веће усвојило је данас предлог буџета за наредну годину, саопштено је из кабинета градоначелника. Највише "
        "новца биће уложено у обнову школа и вртића, као и у изградњу новог моста. Џепови грађана неће трпети, обећао је "
        "градоначелник Љубомир Његовановић. Седница је трајала више од пет сати, за предлог гласало је 38 одборника."
    )
    latin = (
        "Gradsko veće usvojilo je danas predlog budžeta za narednu godinu, saopšteno je iz kabineta gradonačelnika. Najviše "
        "novca biće uloženo u obnovu škola i vrtića, kao i u izgradnju novog mosta. Džepovi građana neće trpeti, obećao je "
        "gradonačelnik Ljubomir Njegovanović. Sednica je trajala više od pet sati, za predlog glasalo je 38 odbornika."
    )
    assert groups(Doc("Усвојен буџет града", cyrillic), Doc("Usvojen budžet grada", latin)) == [[0, 1]]
    traditional = (
        "市議會今日通過下年度預算案，市長辦公室發表聲明說，大部分經費將用於學校與幼兒園的翻修，以及興建跨河新橋。"
        "反對黨議員認為計畫不切實際，市府勢必再度舉債。會議進行超過五個小時，共有三十八位議員投下贊成票。"
    )
    simplified = (
        "市议会今日通过下年度预算案，市长办公室发表声明说，大部分经费将用于学校与幼儿园的翻修，以及兴建跨河新桥。"
        "反对党议员认为计划不切实际，市府势必再度举债。会议进行超过五个小时，共有三十八位议员投下赞成票。"
    )
    assert groups(Doc("市議會通過預算", traditional), Doc("市议会通过预算", simplified)) == [[0, 1]]
    greek = reports("el", "weather")[0][1]
    capitals = "".join(c for c in unicodedata.normalize("NFD", greek.upper()) if c != "\u0301")
    assert groups(Doc("Ο καιρός", greek), Doc("Ο ΚΑΙΡΟΣ", unicodedata.normalize("NFC", capitals))) == [[0, 1]]
    turkish = reports("tr", "horoscope")[0][1]
    assert groups(Doc("burç", turkish), Doc("BURÇ", turkish.replace("i", "İ").replace("ı", "I").upper())) == [[0, 1]]


FURNITURE = (
    "Mehr Nachrichten aus der Region lesen Sie in unserem kostenlosen Newsletter, den wir jeden Morgen verschicken. Melden "
    "Sie sich jetzt an und bleiben Sie auf dem Laufenden. Unsere Redaktion erreichen Sie unter der bekannten Nummer oder "
    "per Mail. Haben Sie einen Fehler entdeckt? Schreiben Sie uns, wir prüfen jeden Hinweis. Mit unserem Abo lesen Sie alle "
    "Artikel ohne Werbung, auf allen Geräten und zu jeder Zeit. Folgen Sie uns auch in den sozialen Netzwerken, dort finden "
    "Sie Bilder, Videos und die wichtigsten Meldungen des Tages. Vielen Dank für Ihr Vertrauen und Ihre Treue."
)


def test_furniture_of_sister_sites_makes_no_story_of_their_short_reports() -> None:
    briefs = (
        (
            "Brücke in Altfeld ab Montag gesperrt",
            "Die Brücke über die Aar in Altfeld ist ab Montag für zwei Wochen gesperrt.",
        ),
        (
            "Feuerwehr rettet Katze von Kirchturm",
            "Die Feuerwehr hat am Sonntag eine Katze vom Kirchturm in Bohlen geholt.",
        ),
        (
            "Neue Linie 7 fährt bis zum Klinikum",
            "Die neue Linie 7 bringt Fahrgäste ab April ohne Umstieg zum Klinikum.",
        ),
    )
    assert groups(*(Doc(title, f"{text}\n{FURNITURE}") for title, text in briefs)) == apart(3)
    assert groups(*(Doc(title, f"{text}\n{FURNITURE}", "a.example") for title, text in briefs)) == apart(3)


def test_two_reports_that_share_their_background_are_two_stories() -> None:
    background = story(20, paragraphs=6)
    one, other = story(21, paragraphs=3), story(22, paragraphs=3)
    titles = [" ".join(text.split()[3:9]) for text in (one, other)]
    docs = [Doc(title, f"{text}\n{background}") for title, text in zip(titles, (one, other), strict=True)]
    assert groups(*docs) == apart(2)
