"""What a comment form says of its fields, left in the text under the prompt to leave a comment."""

from __future__ import annotations

import pytest
from test_clean_tail import PROMPTS, body_of

from etl.clean.engine import clean, rebuild

# Locale -> required fields, keep my name for the next time.
FORMS: dict[str, tuple[str, ...]] = {
    "da_DK": ("Gem mit navn, mail og websted i denne browser til næste gang jeg kommenterer.",),
    "de_DE": ("Erforderliche Felder sind mit * markiert",),
    "el": ("Τα υποχρεωτικά πεδία σημειώνονται με *",),
    "fi": ("Pakolliset kentät on merkitty *",),
    "fr_FR": ("Les champs obligatoires sont indiqués avec *",),
    "id_ID": (
        "Ruas yang wajib ditandai *",
        "Simpan nama, email, dan situs web saya pada peramban ini untuk komentar saya berikutnya.",
    ),
    "it_IT": ("I campi obbligatori sono contrassegnati *",),
    "ja": ("* が付いている欄は必須項目です",),
    "ko_KR": ("필수 필드는 *로 표시됩니다",),
    "nb_NO": (
        "Obligatoriske felt er merket med *",
        "Lagre mitt navn, e-post og nettside i denne nettleseren for neste gang jeg kommenterer.",
    ),
    "nl_NL": ("Vereiste velden zijn gemarkeerd met *",),
    "pl_PL": ("Wymagane pola są oznaczone *",),
    "pt_BR": ("Campos obrigatórios são marcados com *",),
    "pt_PT": ("Guardar o meu nome, email e site neste navegador para a próxima vez que eu comentar.",),
    "ru_RU": ("Обязательные поля помечены *",),
    "sr_RS": ("Неопходна поља су означена *",),
    "sv_SE": ("Obligatoriska fält är märkta *",),
    "tr_TR": ("Gerekli alanlar * ile işaretlenmişlerdir",),
    "uk": ("Обов’язкові поля позначені *",),
    "vi": ("Các trường bắt buộc được đánh dấu *",),
    "zh_CN": ("必填项已用 * 标注",),
    "zh_TW": ("必填欄位標示為 *",),
    "ar": ("الحقول الإلزامية مشار إليها بـ *",),
}


@pytest.mark.parametrize(("locale", "line"), [(locale, line) for locale, lines in FORMS.items() for line in lines])
def test_what_a_comment_form_says_of_its_fields_does_not_keep_the_prompts_above_it(locale: str, line: str) -> None:
    body = body_of(locale) + "\n" + body_of(locale)
    text = f"{body}\n{PROMPTS[locale][0]}\n{line}"
    cleaned = clean(text)
    assert cleaned.text == body
    assert rebuild(cleaned.text, cleaned.cuts) == text
