"""The language of texts in many scripts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.normalize import language

PROSE = {
    "ja": "市議会は木曜日の夜、古い橋を閉鎖することを決めた。反対した議員はいなかった。",
    "zh": "市议会星期四晚上决定关闭旧桥。没有一名议员表示反对，工程将于明年春天开始。",
    "ko": "시의회는 목요일 저녁 낡은 다리를 폐쇄하기로 결정했다. 반대한 의원은 없었다.",
    "th": "สภาเมืองมีมติเมื่อเย็นวันพฤหัสบดีให้ปิดสะพานเก่า ไม่มีสมาชิกคนใดคัดค้าน",
    "he": "מועצת העיר החליטה ביום חמישי בערב לסגור את הגשר הישן. איש לא התנגד.",
    "el": "Το δημοτικό συμβούλιο αποφάσισε την Πέμπτη να κλείσει την παλιά γέφυρα.",
    "ar": "قرر مجلس المدينة مساء الخميس إغلاق الجسر القديم ولم يعترض أي من الأعضاء على القرار.",
    "fa": "شورای شهر عصر پنجشنبه تصمیم گرفت پل قدیمی را ببندد و هیچ‌یک از اعضا مخالفت نکردند.",
    "ru": "Городской совет в четверг вечером решил закрыть старый мост. Никто из депутатов не был против.",
    "uk": "Міська рада у четвер увечері вирішила закрити старий міст. Ніхто з депутатів не був проти.",
    "en": "The city council decided on Thursday evening to close the old bridge. No member voted against it.",
    "de": "Der Stadtrat hat am Donnerstagabend beschlossen, die alte Brücke zu schließen. Niemand stimmte dagegen.",
    "fr": "Le conseil municipal a décidé jeudi soir de fermer le vieux pont. Personne n'a voté contre cette décision.",
    "es": "El ayuntamiento decidió el jueves por la noche cerrar el viejo puente. Ningún concejal votó en contra.",
    "tr": "Belediye meclisi perşembe akşamı eski köprünün kapatılmasına karar verdi. Hiçbir üye karşı çıkmadı.",
    "pl": "Rada miasta w czwartek wieczorem postanowiła zamknąć stary most. Żaden z radnych nie był przeciw.",
    "vi": "Hội đồng thành phố tối thứ Năm đã quyết định đóng cửa cây cầu cũ. Không ai bỏ phiếu chống.",
    "hi": "नगर परिषद ने गुरुवार शाम को पुराने पुल को बंद करने का फैसला किया और किसी भी सदस्य ने विरोध नहीं किया।",
}


@pytest.mark.parametrize(("code", "prose"), PROSE.items())
def test_prose_is_known_by_its_letters_without_a_declaration(code: str, prose: str) -> None:
    guess = language.identify(prose)
    assert guess is not None
    assert guess.language == code
    assert guess.basis in ("script", "text")
    assert guess.confidence > 0.5


@pytest.mark.parametrize("code", ["ja", "ko", "th", "he", "el"])
def test_a_script_of_one_language_outweighs_a_wrong_declaration(code: str) -> None:
    guess = language.identify(PROSE[code], ("en",))
    assert guess is not None
    assert (guess.language, guess.evidence) == (code, "script 1.00")


@pytest.mark.parametrize("code", ["ar", "ru", "uk", "en", "de", "tr"])
def test_a_right_declaration_joins_the_text_and_a_wrong_one_loses(code: str) -> None:
    alone, right = language.identify(PROSE[code]), language.identify(PROSE[code], (code,))
    assert alone is not None and right is not None
    assert (right.language, right.basis, right.declared) == (code, "text", code)
    assert right.confidence > alone.confidence
    wrong = language.identify(PROSE[code] * 3, ("fr",))
    assert wrong is not None
    assert (wrong.language, wrong.basis) == (code, "text")


def test_a_declaration_alone_speaks_for_a_text_too_short_and_nothing_for_none() -> None:
    for text, declared in (("Ok", ("sv", "en")), ("24.02.2022", ("pt",))):
        guess = language.identify(text, declared)
        assert guess is not None
        assert (guess.language, guess.evidence) == (declared[0], "declared 0.80")
    assert language.identify("") is None
    assert language.identify("24 — 02") is None


@pytest.mark.parametrize(
    ("declared", "primary"),
    [
        ("pt_BR", "pt"), ("zh-Hant-TW", "zh"), ("EN-us", "en"), (" uk ", "uk"), ("iw", "he"), ("in", "id"), ("nb-NO", "no"),
        ("nn", "no"), ("jp", "ja"), ("cz", "cs"), ("ua", "uk"), ("fil-PH", "tl"), ("German", "de"), ("de, en", "de"),
        ("x-default", None), ("und", None), ("", None), (None, None), ("日本語", None), ("e1", None), ("\x00", None),
    ],
)  # fmt: skip
def test_a_declaration_is_brought_to_its_primary_subtag(declared: str | None, primary: str | None) -> None:
    assert language.tag(declared) == primary


@given(st.one_of(st.text(max_size=12), st.from_regex(r"[a-zA-Z]{2,3}([-_][A-Za-z]{2,4})?", fullmatch=True)))
def test_a_subtag_is_its_own_subtag(declared: str) -> None:
    primary = language.tag(declared)
    assert language.tag(primary) == primary


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(sorted(PROSE)))
def test_the_language_found_is_found_again_when_it_is_declared(code: str) -> None:
    guess = language.identify(PROSE[code])
    assert guess is not None
    again = language.identify(PROSE[code], (guess.language,))
    assert again is not None and again.language == guess.language
