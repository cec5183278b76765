"""Recognises lines that credit contributors, rights holders and photographers; they are moved to fields of their own."""

from __future__ import annotations

import re
from functools import lru_cache

from etl.clean.fold import fold, is_spaceless, is_word_char, line_key, squeeze
from etl.clean.rules import CleaningRule, load
from etl.normalize.credits import AGENCIES, agencies_in

MAX_RIGHTS = 400
MAX_CREDIT = 300
MAX_NOTE = 700
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_INITIALS = re.compile(r"^(?P<bracket>[(\[])?[a-zäöüßłśćńężź]{2,4}(?:\s?[/,]\s?[A-Za-zäöü]{2,5}){0,3}[)\]]?\.?$")
_COPYRIGHT = re.compile(
    r"^(?:\W{0,3}(?:copyright|hak cipta)\s*)?(?:©|\(c\)|ⓒ|℗)|^\W{0,3}copyright\s*(?:[:：]|\s(?:#|by\b|\d{4}))"
)
_BRACKETED_END = re.compile(r"(?:(?<!\s)\s+)?[(（\[【]([^()（）\[\]【】]{2,48})[)）\]】]\s*\.?$")
_SENTENCE_END = re.compile(r"[.!?…。！？।؟۔]['”\"’»」』)]*$")
# Words that stand in small letters in a credit; a second small word that is none of them makes it prose.
_CREDIT_WORDS = frozenset(
    "and und et y e i och og ja en with mit avec con com met from von de des der dem del della da do das di du van in at by"
    " the reporting editing writing additional contributed contributing to this report story article material agencies"
    " reporter writer writers reporters correspondent staff compiled translated produced photos video graphics mit"
    " informationen agenturen dpa afp agences agencias agências agenzie información informações информагентств и з та"
    " в на from edit edited escrito reportaje reportagem edição edición por para per sur sous dans un una uno ihre its".split()
)
_CREDIT_AT_END = re.compile(
    r"[(（\[|/]\s*(?:(?:ap|afp|epa|dpa|reuters|getty|file)\s+)?(?:photo|photos|foto|fotos|bild|image|picture|photograph|fotografía|fotografia"
    r"|fot\.|фото|фотография|снимка|kuva|beeld|ảnh|写真|사진|图|圖|ภาพ|صورة|عکس|צילום|φωτο|φωτογραφία|fotoğraf)\b[^()（）\[\]]{0,80}"
    r"[)）\]]?\.?$"
)
_BRACKET = re.compile(r"[(（\[|/]")
_IMAGE_AGENCY_END = re.compile(
    r"(?:getty images|getty|shutterstock|istock|istockphoto|adobe stock|imago images|imago|picture alliance|picture-alliance|dpa-bildfunk"
    r"|via getty images|via ap|ap photo|epa-efe|zuma press|alamy|pixabay|unsplash|pexels|depositphotos|ullstein bild|keystone)"
    r"(?:\s*[/|,©-]\s*[\w .&'-]{2,40})?[)\]]?\.?$"
)


@lru_cache(maxsize=1)
def _agency_line() -> re.Pattern[str]:
    """A line that names agencies and nothing else, with the usual words before them."""
    names = "|".join(AGENCIES.values())
    lead = (
        r"(?:(?i:mit|with|con|com|avec|met|fonte|fuente|quelle|source|bron|kilde|källa|lähde|zdroj|źródło|zdroj|forrás|sursa|источник|"
        r"джерело|kaynak|المصدر|منبع|sumber|nguồn|ที่มา|来源|來源|출처|mit material (?:von|der)|material von|aus|from|©)\s*(?::\s*)?)?"
    )
    between = r"[\s/,;&|+–-]+(?:(?:and|und|et|y|e|og|och|ja|и|та)\s+)?"
    return re.compile(rf"^[\W_]*{lead}(?:{names})(?:{between}(?:{names}))*[\W_]*$")


def is_agency_line(text: str) -> bool:
    """True for "AFP", "dpa/AP", "(Reuters)", "Quelle: dpa": a short line of agency names and nothing else."""
    return len(text) <= 60 and bool(_agency_line().match(text)) and bool(agencies_in(text))


def closing_agency(text: str) -> int | None:
    """Return where the bracket with an agency begins that closes a last paragraph ("… said. (dpa)"), or None.

    Only behind the end of a sentence: in "according to Smith (Reuters)" the agency belongs to the sentence.
    """
    match = _BRACKETED_END.search(text[-80:])
    if match is None:
        return None
    at = max(0, len(text) - 80) + match.start()
    if not at or not _SENTENCE_END.search(text[:at]) or not _agency_line().match(match.group(1)):
        return None
    return at


def rights_rule(text: str, key: str) -> CleaningRule | None:
    """Return the rule for a line that claims rights: it begins with the copyright sign, or is made of such a phrase."""
    if len(text) > MAX_RIGHTS:
        return None
    begins = bool(_COPYRIGHT.match(squeeze(fold(text))))
    for phrase, rule in load().parts:
        if phrase in key:
            if begins or 2 * len(phrase) >= len(key) or _stands_alone(phrase, key):
                return rule
            break
    return load().parts[0][1] if begins and len(text) <= 200 else None


def _stands_alone(phrase: str, key: str) -> bool:
    """True when a phrase is bounded by marks or the ends of the line, as no part of a sentence is."""
    at = key.find(phrase)
    before, after = key[:at].rstrip(), key[at + len(phrase) :].lstrip()
    return (not before or not before[-1].isalnum()) and (not after or not is_word_char(after[0]))


def reads_as_credit(rest: str) -> bool:
    """True when what follows a credit's label is names and small words, not a sentence.

    >>> reads_as_credit("Ann Lee in Kyiv; Editing by Bob Roe")
    True
    >>> reads_as_credit("scientists in Bern suggests that the glacier melts")
    False
    """
    if not rest.strip():
        return True
    letters = [char for char in rest if char.isalpha()]
    if letters and sum(1 for c in letters if c.lower() == c.upper()) > len(letters) / 2:
        return len(rest) <= (40 if any(map(is_spaceless, rest)) else 80)  # no capitals to go by
    small = [
        word
        for word in re.split(r"[\s,;:/()&]+", rest)
        if word
        and word[0].islower()
        and "@" not in word
        and "." not in word[:-1]
        and word.strip(".") not in _CREDIT_WORDS
    ]
    return len(small) <= 1 or len(small) <= 0.15 * len(rest.split())


def is_caption_credit(text: str) -> bool:
    """True for a line that ends as only captions end: "(AP Photo/Ann Lee)", "Foto: dpa", "Getty Images"."""
    if len(text) > MAX_CREDIT:
        return False
    has_bracket = _BRACKET.search(text, max(0, len(text) - 110)) is not None
    if not has_bracket and len(text) > 120:
        return False
    tail = fold(text[-110:])
    if has_bracket and _CREDIT_AT_END.search(tail):
        return True
    return len(text) <= 120 and bool(_IMAGE_AGENCY_END.search(tail)) and not _SENTENCE_END.search(text)


def credit_of(text: str) -> str | None:
    """Return the credit within a caption line: what the closing bracket or the label holds."""
    match = _BRACKETED_END.search(text)
    if match:
        return match.group(1).strip()
    _, colon, rest = text.rpartition(":")
    if colon and 1 < len(rest.strip()) <= 60:
        return rest.strip()
    return None


def author_note_rule(text: str, authors: frozenset[str]) -> CleaningRule | None:
    """Return the rule for a note on the author: it begins with a known author's name and says a job, or a contact."""
    if len(text) > MAX_NOTE:
        return None
    key = line_key(text)
    for author in authors:
        if not key.startswith(author) or (" " not in author and not is_spaceless(author[0])):
            continue
        rest = key[len(author) :]
        if rest and is_word_char(rest[0]) and not is_spaceless(rest[0]):
            continue
        said = rest[:120]
        for stem, rule in load().jobs:
            if stem in said:
                return rule
        if "@" in rest and len(text) <= 200:
            return load().jobs[0][1]
    return None


def is_contact_line(text: str) -> bool:
    """True for a mail address with no more than a name or a label: "• Email: ann.lee@post.example"."""
    if len(text) > 100 or not _MAIL.search(text):
        return False
    rest = _MAIL.sub(" ", text)
    return len(re.findall(r"\w+", rest)) <= 4 and not _SENTENCE_END.search(rest.strip())


def is_initials_line(text: str) -> bool:
    """True for the initials of who wrote or edited, as German, Polish and Swiss pages close: "(dmk)", "aja/PAP"."""
    match = _INITIALS.match(text)
    return match is not None and (match["bracket"] is not None or bool(agencies_in(text)))


def contributed_rule(text: str, key: str) -> CleaningRule | None:
    """Return the rule for "Ann Lee and Bob Roe contributed to this report." """
    if len(text) > MAX_CREDIT:
        return None
    for phrase, rule in load().credit_ends:
        at = key.find(phrase)
        if at >= 0 and reads_as_credit(text[: at + 1]) and reads_as_credit(key[at + len(phrase) :].title()):
            return rule
    return None
