"""How sure the language of a text is: of neighbouring languages, short texts, mixed pages and wrong declarations."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.normalize import language
from etl.normalize.language import NEWS_LANGUAGES, Guess

PROSE = {
    "zh-Hans": "市政府星期三宣布，从下个月起，老城区的公共汽车将全部免费。居民们表示欢迎这项决定。",
    "zh-Hant": "市政府星期三宣布，從下個月起，舊城區的公車將全部免費。居民們對這項決定表示歡迎。",
    "ja": "市は水曜日、来月から旧市街のバスをすべて無料にすると発表した。住民は歓迎している。",
    "ko": "시는 수요일 다음 달부터 구시가지의 버스를 모두 무료로 운행한다고 발표했다. 주민들은 환영했다.",
    "th": "เทศบาลประกาศเมื่อวันพุธว่าตั้งแต่เดือนหน้ารถเมล์ในเมืองเก่าจะขึ้นฟรีทุกสาย ชาวบ้านต่างยินดีกับข่าวนี้",
    "ar": "أعلنت البلدية يوم الأربعاء أن الحافلات في المدينة القديمة ستكون مجانية ابتداء من الشهر المقبل.",
    "fa": "شهرداری روز چهارشنبه اعلام کرد که از ماه آینده همه اتوبوس‌های بخش قدیمی شهر رایگان خواهند بود.",
    "ur": "بلدیہ نے بدھ کے روز اعلان کیا ہے کہ اگلے مہینے سے پرانے شہر کی تمام بسیں مفت چلائی جائیں گی۔",
    "he": "העירייה הודיעה ביום רביעי כי החל מהחודש הבא יהיו כל האוטובוסים בעיר העתיקה ללא תשלום.",
    "hi": "नगर निगम ने बुधवार को घोषणा की कि अगले महीने से पुराने शहर की सभी बसें मुफ्त चलाई जाएंगी।",
    "mr": "महापालिकेने बुधवारी जाहीर केले की पुढील महिन्यापासून जुन्या शहरातील सर्व बस मोफत असतील.",
    "ne": "नगरपालिकाले बुधबार आगामी महिनादेखि पुरानो सहरका सबै बस निःशुल्क चल्ने घोषणा गरेको छ।",
    "ta": "அடுத்த மாதம் முதல் பழைய நகரின் அனைத்துப் பேருந்துகளும் இலவசம் என்று மாநகராட்சி அறிவித்தது.",
    "uk": "Міська влада в середу оголосила, що з наступного місяця всі автобуси старого міста будуть безкоштовними.",
    "ru": "Городские власти в среду объявили, что со следующего месяца все автобусы старого города станут бесплатными.",
    "bg": "Общината обяви в сряда, че от следващия месец всички автобуси в стария град ще бъдат безплатни.",
    "sr": "Град је у среду објавио да ће од следећег месеца сви аутобуси у старом граду бити бесплатни.",
    "no": "Kommunen kunngjorde onsdag at alle bussene i gamlebyen skal være gratis fra neste måned, og beboerne er glade.",
    "da": "Kommunen meddelte onsdag, at alle busser i den gamle bydel bliver gratis fra næste måned, og beboerne er glade.",
    "sv": "Kommunen meddelade på onsdagen att alla bussar i gamla stan blir gratis från nästa månad, och de boende är glada.",
    "fi": "Kaupunki ilmoitti keskiviikkona, että kaikki vanhankaupungin bussit ovat ensi kuusta alkaen maksuttomia.",
    "es": "El ayuntamiento anunció el miércoles que todos los autobuses del casco antiguo serán gratuitos desde el mes que viene.",
    "pt": "A prefeitura anunciou na quarta-feira que todos os ônibus do centro antigo serão gratuitos a partir do mês que vem.",
    "gl": "O concello anunciou o mércores que todos os autobuses da zona vella serán de balde a partir do mes que vén.",
    "ca": "L'ajuntament va anunciar dimecres que tots els autobusos del nucli antic seran gratuïts a partir del mes vinent.",
    "id": "Pemerintah kota mengumumkan pada Rabu bahwa semua bus di kota tua akan gratis mulai bulan depan karena banyak warga"
    " yang membutuhkan.",
    "ms": "Majlis bandaraya mengumumkan pada hari Rabu bahawa semua bas di bandar lama adalah percuma mulai bulan hadapan"
    " kerana ramai penduduk memerlukannya.",
    "cs": "Město ve středu oznámilo, že od příštího měsíce budou všechny autobusy ve starém městě zdarma.",
    "sk": "Mesto v stredu oznámilo, že od budúceho mesiaca budú všetky autobusy v starom meste zadarmo.",
    "hr": "Grad je u srijedu objavio da će od sljedećeg mjeseca svi autobusi u staroj jezgri biti besplatni, priopćio je tajnik.",
    "bs": "Grad je u srijedu objavio da će od narednog mjeseca svi autobusi u staroj čaršiji biti besplatni, saopćeno je juče.",
    "en": "The city announced on Wednesday that all buses in the old town will be free of charge from next month.",
    "de": "Die Stadt hat am Mittwoch angekündigt, dass alle Busse in der Altstadt ab dem nächsten Monat kostenlos fahren.",
    "tr": "Belediye çarşamba günü, eski şehirdeki bütün otobüslerin gelecek aydan itibaren ücretsiz olacağını duyurdu.",
    "vi": "Thành phố hôm thứ Tư thông báo tất cả xe buýt trong khu phố cổ sẽ miễn phí từ tháng tới.",
    "el": "Ο δήμος ανακοίνωσε την Τετάρτη ότι από τον επόμενο μήνα όλα τα λεωφορεία της παλιάς πόλης θα είναι δωρεάν.",
}  # fmt: skip
# Languages that a single sentence cannot always tell apart: the declaration does.
NEIGHBOURS = ("hr", "bs", "id", "ms")
HEADLINES = {
    "zh": "古桥关闭", "ja": "旧橋閉鎖決定", "ko": "다리 폐쇄", "th": "ปิดสะพานเก่า", "he": "הגשר ייסגר", "ar": "إغلاق الجسر القديم",
    "fa": "پل قدیمی بسته شد", "ur": "پرانا پل بند", "hi": "पुराना पुल बंद", "mr": "जुना पूल बंद", "uk": "Старий міст закрили", "bg": "Затвориха моста",
    "no": "Gammel bro stengt", "da": "Gammel bro lukket", "sv": "Gamla bron stängs", "es": "Cierran el puente", "pt": "Ponte fechada",
    "gl": "Pechan a ponte vella", "ca": "Tanquen el pont vell", "id": "Jembatan tua ditutup", "ms": "Jambatan lama ditutup", "cs": "Starý most zavřen",
    "sk": "Starý most zatvorený", "hr": "Zatvoren stari most", "sr": "Zatvoren stari most", "bs": "Zatvoren stari most", "eu": "Zubi zaharra itxita",
}  # fmt: skip


def identified(text: str, *declared: str) -> Guess:
    guess = language.identify(text, declared)
    assert guess is not None
    assert 0.0 <= guess.confidence <= 1.0
    return guess


@pytest.mark.parametrize("code", PROSE)
def test_a_sentence_is_surer_with_its_own_declaration(code: str) -> None:
    wanted, text = code.partition("-")[0], PROSE[code]
    alone, declared = identified(text), identified(text, wanted)
    assert declared.language == wanted
    assert declared.confidence >= 0.8
    assert alone.confidence <= declared.confidence or alone.language != wanted
    if code not in NEIGHBOURS:
        assert alone.language == wanted


@pytest.mark.parametrize("code", [code for code in PROSE if code not in NEIGHBOURS])
def test_a_paragraph_is_not_given_to_the_template_language(code: str) -> None:
    wanted = code.partition("-")[0]
    template = "en" if wanted != "en" else "fr"
    assert identified(PROSE[code] * 2, template).language == wanted


@pytest.mark.parametrize(("code", "headline"), HEADLINES.items())
def test_a_headline_leans_on_what_the_page_declares(code: str, headline: str) -> None:
    assert identified(headline, code).language == code


def test_a_headline_alone_is_less_sure_than_prose() -> None:
    assert identified("Gammel bro lukket hele natten").confidence < identified(PROSE["da"]).confidence
    assert identified("Taxi Hotel Bar", "it").evidence == "declared 0.80"


def test_a_script_is_no_languages_that_the_page_declares_in_another() -> None:
    assert identified("Старий міст закрили", "en", "uk").language == "uk"
    assert language.identify("Мост закрыт", ("en",)) is None, "few letters of a script of ten languages"


@pytest.mark.parametrize(
    ("code", "share"), [("hi", 0.8), ("ar", 0.8), ("zh-Hans", 0.6), ("ru", 0.7), ("de", 0.7), ("ja", 0.6), ("th", 0.7)]
)
def test_a_mixed_page_is_in_the_language_of_most_of_its_text(code: str, share: float) -> None:
    chars = 1500
    other = (PROSE[code] + "\n") * 40
    english = (PROSE["en"] + "\n") * 40
    wanted = code.partition("-")[0]
    # The page begins with a paragraph in the lesser one.
    most = english[: int((1 - share) * chars)] + "\n" + other[: int(share * chars)]
    least = other[: int((1 - share) * chars * 0.6)] + "\n" + english[: int(share * chars)]
    assert identified(most, "en").language == wanted
    assert identified(least, wanted).language == "en"
    assert identified(most, "en").confidence < identified(other[:chars], wanted).confidence


def test_names_and_terms_in_latin_letters_do_not_change_a_text() -> None:
    guess = identified(PROSE["ja"] + " Airbus A320neo と Boeing 737 MAX 8 について", "ja")
    assert (guess.language, guess.basis) == ("ja", "script")
    assert identified("इंडियन रेलवे ने IRCTC और UPI AutoPay के लिए नया ऐप जारी किया", "hi").language == "hi"


def test_a_language_that_is_not_looked_for_is_taken_at_its_word_where_nothing_fits() -> None:
    assert identified("Oqaasilerineq Nunatsiarmi kattuffik ataatsimiinnerat", "kl").language == "kl"
    assert identified(PROSE["de"], "kl").language == "de"


@pytest.mark.parametrize(
    ("guess", "line"),
    [
        (Guess(language="en", confidence=0.974, basis="text", declared="en"), "text 0.97, declared en"),
        (Guess(language="de", confidence=1.0, basis="text", declared="en"), "text 1.00, declared en"),
        (Guess(language="ja", confidence=1.0, basis="script"), "script 1.00"),
        (Guess(language="sv", confidence=0.8, basis="declared"), "declared 0.80"),
    ],
)  # fmt: skip
def test_the_evidence_says_what_decided_how_surely_and_what_the_page_says(guess: Guess, line: str) -> None:
    assert guess.evidence == line


@pytest.mark.parametrize("text", ["¼ ½ ¾", "Ⅳ Ⅷ", "② ③", "٣٤ ۱۲", "१२ ๓๔", "—", ""])
def test_numbers_and_fractions_are_in_no_language(text: str) -> None:
    assert language.identify(text, ()) is None


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=80), st.lists(st.sampled_from(NEWS_LANGUAGES), max_size=2))
def test_whatever_the_text_a_confidence_is_a_chance(text: str, declared: list[str]) -> None:
    guess = language.identify(text, tuple(declared))
    assert guess == language.identify(text, tuple(declared))
    assert guess is None or 0.0 <= guess.confidence <= 1.0
