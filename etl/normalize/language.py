"""The language of a text: its script first, then a statistical identifier, with what the page declares as evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

# Languages that news sites write in. The identifier knows 130, among them Latin, Esperanto and dialects, which it
# prefers for headlines and names; restricted to these it errs less.
NEWS_LANGUAGES = (
    "af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko"
    " ku ky lb lo lt lv mk ml mn mr ms mt my ne nl no or pa pl ps pt ro ru si sk sl so sq sr sv sw ta te tg th tl tr uk"
    " ur uz vi zh"
).split()
_SAMPLE_CHARS = 900  # beyond it the answer no longer changes, the time does
_SHORT_CHARS = 120  # below it a declaration weighs more than letters
# A declaration that the identifier holds for at least this likely beats its own favourite: bs/hr/sr, da/no, ms/id.
_PLAUSIBLE = 0.02
_SURE = 0.5
_ALIASES = {
    "iw": "he", "in": "id", "ji": "yi", "nb": "no", "nn": "no", "fil": "tl", "cmn": "zh", "jp": "ja", "cz": "cs",
    "gr": "el", "ua": "uk", "kr": "ko", "cn": "zh", "tw": "zh", "dk": "da", "se": "sv", "ee": "et", "sh": "sr",
    "english": "en", "german": "de", "deutsch": "de", "french": "fr", "spanish": "es", "italian": "it", "russian": "ru",
    "turkish": "tr", "arabic": "ar", "portuguese": "pt", "chinese": "zh", "japanese": "ja",
}  # fmt: skip
# Scripts that one news language writes, or few: (first, last) code point → languages.
_SCRIPTS: tuple[tuple[int, int, str], ...] = (
    (0x0370, 0x03FF, "el"),
    (0x0400, 0x052F, "ru uk be bg sr mk kk ky mn tg"),
    (0x0530, 0x058F, "hy"),
    (0x0590, 0x05FF, "he"),
    (0x0600, 0x06FF, "ar fa ur ps ku"),
    (0x0900, 0x097F, "hi mr ne"),
    (0x0980, 0x09FF, "bn"),
    (0x0A00, 0x0A7F, "pa"),
    (0x0A80, 0x0AFF, "gu"),
    (0x0B00, 0x0B7F, "or"),
    (0x0B80, 0x0BFF, "ta"),
    (0x0C00, 0x0C7F, "te"),
    (0x0C80, 0x0CFF, "kn"),
    (0x0D00, 0x0D7F, "ml"),
    (0x0D80, 0x0DFF, "si"),
    (0x0E00, 0x0E7F, "th"),
    (0x0E80, 0x0EFF, "lo"),
    (0x1000, 0x109F, "my"),
    (0x10A0, 0x10FF, "ka"),
    (0x1200, 0x137F, "am"),
    (0x1780, 0x17FF, "km"),
    (0x3040, 0x30FF, "ja"),
    (0x3400, 0x9FFF, "zh ja"),
    (0xAC00, 0xD7AF, "ko"),
)
_LETTERS = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A language and where it came from: script, text, declared, or declared+text."""

    language: str
    evidence: str


def tag(declared: str | None) -> str | None:
    """The primary subtag of what a page declares (html lang, inLanguage, og:locale), or None.

    >>> tag("pt_BR"), tag("zh-Hant-TW"), tag("iw"), tag("x-default")
    ('pt', 'zh', 'he', None)
    """
    primary = re.split(r"[-_\s,;]", (declared or "").strip().casefold(), maxsplit=1)[0]
    primary = _ALIASES.get(primary, primary)
    return primary if 2 <= len(primary) <= 3 and primary.isascii() and primary.isalpha() and primary != "und" else None


def identify(text: str, declared: tuple[str, ...] = ()) -> Guess | None:
    """The language of `text`; `declared` are primary subtags, the most trusted first. None when nothing speaks for any."""
    sample = text[:_SAMPLE_CHARS]
    scripts = _by_script(sample)
    said = next((d for d in declared if not scripts or d in scripts), None)
    if len(scripts) == 1:
        return Guess(language=scripts[0], evidence="script")
    letters = len(_LETTERS.findall(sample))
    if letters < 20:
        return Guess(language=said, evidence="declared") if said else None
    ranked = _ranked(sample, scripts)
    best, likely = ranked[0]
    chance = dict(ranked).get(said or "", 0.0)
    if said and said == best:
        return Guess(language=best, evidence="declared+text")
    if said and (
        chance >= _PLAUSIBLE
        or (said not in NEWS_LANGUAGES and likely < _SURE)
        or (letters < _SHORT_CHARS and likely < 0.9)
    ):
        return Guess(language=said, evidence="declared+text" if chance >= _PLAUSIBLE else "declared")
    return Guess(language=best, evidence="text")


def _by_script(sample: str) -> tuple[str, ...]:
    """Languages that the text's script leaves; empty for Latin and for too few letters."""
    counts = [0] * len(_SCRIPTS)
    letters = 0
    for char in sample[:800]:
        if not char.isalpha():
            continue
        letters += 1
        code = ord(char)
        if code < 0x370:
            continue
        for i, (first, last, _) in enumerate(_SCRIPTS):
            if first <= code <= last:
                counts[i] += 1
                break
    if not letters:
        return ()
    kana, han = counts[-3], counts[-2]
    if kana + han > 0.3 * letters and kana + han >= counts[-1]:
        return ("ja",) if kana > 0.05 * (kana + han) else ("zh", "ja")[:1]
    top = max(range(len(counts)), key=counts.__getitem__)
    return tuple(_SCRIPTS[top][2].split()) if counts[top] > 0.4 * letters else ()


def _ranked(sample: str, among: tuple[str, ...]) -> list[tuple[str, float]]:
    # Web addresses and handles say nothing of the language of the prose around them.
    prose = re.sub(r"\S*(?:://|www\.|@)\S*", " ", sample)
    ranked: list[tuple[str, float]] = [
        ("no" if lang in ("nn", "nb") else lang, p) for lang, p in _identifier().rank(prose)
    ]
    kept = [(lang, p) for lang, p in ranked if not among or lang in among]
    return kept or ranked


@cache
def _identifier() -> Any:
    """The model, read once: constant data of the package, half a second to load."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([lang for lang in {*NEWS_LANGUAGES, "nn"} if lang in identifier.nb_classes])
    return identifier
