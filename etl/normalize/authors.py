"""Names of people from bylines and metadata.

A byline field holds people, but also sites, agencies, cities, roles, account names and commenters; a false name is worse
than none. Words are data: `names.yaml`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale

from etl.normalize import credits, eastern_names, months
from etl.normalize.text import folded, from_markup

_MAX_BYLINE = 400  # characters; longer is a paragraph
_MAX_NAME = 60
_MAX_WORDS = 6
_HOST_CHARS = 8  # a site name from here on is one inside a longer text, too ("Noticias El Comercio Perú")
_HONORIFIC = re.compile(
    r"^(?:(?:dr|prof|mr|mrs|ms|sir|ing|mag|dipl|phd|mba|bc|mgr|med|rer|nat|h\.?c)\.?\s+)+(?=\S+\s)", re.I
)
_DEGREE = re.compile(
    r"^(?:PhD|Ph\.D\.?|M\.?D\.?|M\.?Sc\.?|B\.?Sc\.?|MBA|RN|RD|LL\.?M\.?|M\.?A\.?|M\.?S\.?|M\.?P\.?H\.?|B\.?A\.?|D\.?V\.?M\.?|VMD|DDS|DO|PharmD|RDN?|"
    r"LDN?|CDN|FOMA|DABOM|DACVB|FACP|NP|PA-C|JD|J\.D\.?|EdD|PsyD|CFP®?|CSCS|Jr\.?|Sr\.?|II|III|IV|CFA|CPA|Esq\.?)$"
)
_SEPARATOR = re.compile(r"(?:(?<!\s)\s+)?(?:[;|·•\n\t，、；،]|\s[-–—/]\s|(?<=\w)/(?=\w))\s*")
# What follows a name: brackets, addresses, dates, clocks, "for the Example Times".
_TAIL = re.compile(
    r"(?:(?<!\s)\s+)?(?:\([^()]*\)|\[[^\[\]]*\]|@\s?\S.*|\S+@\S+\.\S+.*|https?:.*|www\..*|\b\d{1,2}[./:]\d.*|\b(?:19|20)\d\d\b.*|\d{1,2}\s?(?:am|pm)\b.*|"
    r"\s(?:for|at|of|from)\s(?:the\s)?[A-Z].*|\s(?:published|updated|posted|on|am|um|le|el|il)\s\d.*|\s(?:im gespräch|in conversation).*|\+\d.*|"
    r"(?:Quelle|Foto|Fotos|Bild|Bilder|Photo|Photos|Source|Fuente|Fonte|Fotografía|Illustration|Grafik)\s*:.*)\s*$",
    re.I,
)
_BAD = re.compile(
    r"https?:|www\.|\.(?:com|net|org|de|fr|es|it|nl|pl|ru|co|uk|info|tv|at|ch|eu)\b|[<>{}\[\]=_#%$\\→←»«©]|\d{3,}|[!?…]|"
    r"\b(?:cookie|copyright|newsletter|subscribe|login|rights|read|minutes?|minuten|min|kommentare?|comments?|beiträge|posts?|views?|abonnieren|follow|"
    r"articles?|artikel|autoren|authors?|publications?|profil|bearbeiten|veröffentlicht|publiziert|posted|published|photo|foto|image|getty|datum|about the|email the|"
    r"updated|aktualisiert|powered|stand(?=:)|alle|iniciar|sesión|přihlaste|opinión|community|zvg|archive)\b",
    re.I,
)
# German and Dutch write organisations as one word: Bundesverband, Pressestelle, Landesregierung.
_COMPOUND = re.compile(
    r"\w{3,}(?:verband|fraktion|verein|gesellschaft|ministerium|redaktion|verlag|zeitung|stiftung|agentur|magazin|kreuz|partei|kammer|amt|stelle|bund|kirche|diakonie)\b"
    r"|\bdiakonie\b|\bpartei\b|\bdie grünen\b|\brotes kreuz\b",
    re.I,
)
# What sites write around a name: "More about Ada Brown", "View all posts by", "2 hours ago Ada Brown", "Ada Brown Full bio".
_LEAD = re.compile(
    r"^(?:(?:more|read more|see more|learn more|all|see all|view all|view|meet|about|follow|articles?|posts?|stories|other (?:posts|articles)|all (?:posts|articles|stories)|"
    r"see all (?:posts|articles|stories)|view all (?:posts|articles|stories)|contact|profile of|profile)\s++(?:about|from|by|of|the author|posts by|articles by)?\s*+(?::\s*+)?|"
    r"(?:alle (?:artikel|beiträge) von|mehr von|über|o autorze|à propos de|sobre|tous les articles de|plus de|voir tous les articles de|todos los artículos de|más de|ver todos los artículos de|todos os artigos de|"
    r"tutti gli articoli di|alle artikelen van|все (?:статьи|материалы|записи) автора|усі статті автора|wszystkie (?:artykuły|wpisy))\s+)(?-i:(?=[^\W\d_a-zß-ÿ]))",
    re.I,
)
_AGO = re.compile(
    r"^(?:published|posted|updated)?\s*(?:\d+|an?)\s(?:sec(?:ond)?s?|min(?:ute)?s?|hours?|hrs?|days?|weeks?|months?|years?)\sago\W*|\W*\b(?:\d+|an?)\s(?:min(?:ute)?s?|hours?|hrs?|days?|weeks?|months?)\sago.*$|"
    r"\W*\b(?:\d+|one|two|three|five|ten)[\s-]?min(?:ute)?s?\.?(?:\sread)?.*$",
    re.I,
)
_CONTROL = re.compile(
    r"[\s|,•·+–-]*\b(?:contact (?:the )?(?:reporter|writer|us|me)|follow (?:me |us |him |her )?on [\w.]+|get (?:e-?mail )?alerts|more (?:stories |articles )?(?:by|from) (?:this|the) (?:author|writer|reporter)|"
    r"read (?:full |more )?(?:profile|bio|about .*)|comments?(?:\s?\(\d*\))?|subscribe|avatar|updated.*|published.*|opens? .*|full bio|read bio|see (?:full )?bio|view bio|bio|follow(?:ing)?|unfollow|sign in|log in|sign up|read more|see more|show more|contact(?: the author)?|view profile|see profile|"
    r"(?:opens? )?in (?:a )?new (?:window|tab)|e-?mail(?: the author)?|share|twitter|linkedin|instagram|facebook|rss|website|profil anzeigen|folgen|suivre|seguir|segui|volgen|obserwuj|takip et|подписаться)$",
    re.I,
)
_GLUED_BY = re.compile(
    r"^(?:(?:Written|Posted|Published|Reviewed|Story|Words|Text)\s?)?(?:By|by|BY|Author|Autor|Autorin|Auteur|Von|Par|Por|Door)(?=[A-ZÄÖÜÉ][a-zß-ÿ]+[\s’'-])"
)
# What others did for the text, behind the writers: "Ada Brown | Photographs: Joe Kent", "Edited by …".
_OTHERS_WORK = re.compile(
    r"(?<=[^\W\d_])[\s|,;·•–-]+(?:photo(?:graph)?s?|photography|pictures?|images?|videos?|illustrations?|graphics?|(?:edited|translated|produced|reviewed|fact[- ]checked)(?= by)|additional reporting|"
    r"fotos?|fotografie|bilder|bild|grafik|illustration|traducci[oó]n|traduction|übersetzung|edición|montage|fotograf[ií]as?|фото|видео|перевод)\s*(?:by|von|par|por|av|:|／|/)\s.*$",
    re.I,
)
_IN_PLACE = re.compile(
    r"(?<=\w)\s(?:in|aus|à|en|в|из|w|reporting from)\s[^\W\d_a-zß-ÿ][\w.’'-]*(?:\s[^\W\d_a-zß-ÿ][\w.’'-]*){0,2}$"
)
_PICTURE_OF = re.compile(r"^(?:photo|picture|image|portrait|headshot|avatar|foto|bild)\s(?:of|for|von|de)\s", re.I)
_AND_FIRST = re.compile(r"^(?:and|und|et|y|e|en|och|og|i|и|та|ve|dan|&)\s+(?=[^\W\d_a-zß-ÿ])")
_MARK = re.compile(r"(?<=[^\W\d_]{2})[\d*†‡§¹²³⁴-⁹]+(?:\s?,\s?\d+)*$")
_HOST = re.compile(r"\.(?:com|net|org|info|de|ch|at|fr|es|it|nl|pl|uk|ru|eu|tv|io)$")
_SLUG = re.compile(r"[a-z]{2,}(?:[-.][a-z]{2,}){1,2}")
_CJK_ROLE = re.compile(r"\s?(?:기자|특파원|記者|记者|编辑|編集委員|특집부)(?:\s?외\s?\d+명)?$")


def split(raw: str) -> tuple[str, ...]:
    """The names in one byline text, in order, cleaned; "Last, First" is turned round where it can be nothing else.

    >>> split("By Ada Brown and Joe Kent, staff writer")
    ('Ada Brown', 'Joe Kent')
    >>> split("You, Xiaoying")
    ('Xiaoying You',)
    """
    text = from_markup(raw)
    if not text or len(text) > _MAX_BYLINE:
        return ()
    if eastern_names.is_from_abroad(text) and not eastern_names.opens_with_role(text):
        return (text,)
    if eastern_names.EASTERN.search(text) and (told := eastern_names.writers(text, closes=True)):
        return told.names if told.trust is not eastern_names.Trust.EDITOR else ()
    text = _without_by(_OTHERS_WORK.sub("", text))
    names: list[str] = []
    for part in _SEPARATOR.split(text):
        for piece in _and().split(part):
            names += _at_commas(piece)
    return tuple(name for name in (_clean(n) for n in names) if name)


def people(values: Iterable[str], *, not_names: Iterable[str] = (), also: Iterable[str] = ()) -> tuple[str, ...]:
    """The people among byline texts, each once, in order.

    `not_names` are never authors: the site's names, host, sections. `also` are accepted although they are no person's
    names, such as a news agency's.
    """
    barred = {_tight(n) for n in not_names if n} - {""}
    hosts = tuple(b for b in barred if len(b) >= _HOST_CHARS)
    allowed = {folded(n) for n in also}
    found: dict[str, str] = {}
    for value in values:
        if is_address(value) or value.strip().startswith(("http:", "https:", "//")):
            continue
        for at, name in enumerate(split(value)):
            if at and _is_title(name):
                continue
            key = folded(name)
            tight = _tight(name)
            of_site = tight in barred or any(host in tight for host in hosts)
            if key and not of_site and (key in allowed or is_person(name)):
                found.setdefault(key, name)
    # "Kent" beside "Joe Kent" is the same person named twice.
    return tuple(n for k, n in found.items() if not any(k != other and f" {k} " in f" {other} " for other in found))


def _tight(name: str) -> str:
    """Letters only, without accents, as host names write it."""
    plain = unicodedata.normalize("NFD", folded(name).replace("ß", "ss"))
    return "".join(c for c in plain if c.isalnum())


def is_staff(name: str) -> bool:
    """Whether a desk or the staff signs: "Redaktion", "BR24 Redaktion", "Staff and wire reports"."""
    key = folded(name)
    return key in _words()["staff"] or any(key.endswith(f" {desk}") for desk in _words()["staff"] if len(desk) > 4)


def is_person(name: str) -> bool:
    """Whether the text can be a person's name: no role, account, organisation, date, place list or sentence."""
    key = folded(name)
    words = key.split()
    if not words or len(name) > _MAX_NAME or len(words) > _MAX_WORDS or _BAD.search(name):
        return False
    if key in _words()["nobody"] or key in _words()["staff"] or key in _calendar():
        return False
    if any(c.isdigit() for c in name) and any(w in _calendar() for w in words):
        return False
    if key in _labels():
        return False
    small = [w for w in name.split() if w[:1].islower() and w not in _PARTICLES and w.isalpha()]
    if len(small) > 1 and len(small) < len(words):  # a sentence's words; account names are small throughout
        return False
    if all(w in _role_words() for w in words) or any(w in _words()["organisation"] for w in words):
        return False
    if eastern_names.EASTERN.search(name) and not eastern_names.is_name(name):
        return False
    return any(c.isalpha() for c in name) and not _COMPOUND.search(name)


_PARTICLES = frozenset(
    "van von de da del della di der den le la al el bin ben dos das du zu zur ter ten te af av y e i und and of the do d l ibn abu bint st zum vom".split()
)


@cache
def _labels() -> frozenset[str]:
    """What stands before a name and is none: "Written by"."""
    return frozenset(folded(w) for w in _by_words())


def is_account(name: str) -> bool:
    """Whether a name is one word as accounts are written and no first name is: "jsmith", "KatieS", "admin2"."""
    return " " not in name and name.isascii() and not (name[:1].isupper() and name[1:].islower())


def is_address(value: str) -> bool:
    """Whether the text is a company with city and country, as some systems write into the author field."""
    parts = [folded(p) for p in value.split(",")]
    return len(parts) > 1 and any(p in _countries() for p in parts[1:])


def _without_by(text: str) -> str:
    for _ in range(3):
        shorter = _by().sub("", text, count=1).strip()
        if shorter == text:
            break
        text = shorter
    # "Posted on May 3 by Ada Brown", "Disko Von Ernst Lohoff": the name is what follows the last such word.
    match = next(reversed(list(_inner_by().finditer(text))), None)
    return text[match.end() :] if match and len(text) - match.end() >= 3 else text


def _at_commas(part: str) -> list[str]:
    pieces = [p.strip() for p in part.split(",") if p.strip()]
    if len(pieces) == 2 and len(pieces[0].split()) == 1 and len(pieces[1].split()) <= 2:
        turned = f"{pieces[1]} {pieces[0]}"
        if (
            all(_is_word_of_name(w) for w in turned.split())
            and not _is_role(pieces[1])
            and not _DEGREE.match(pieces[1])
            and not pieces[0].isupper()
        ):
            return [turned]
    kept: list[str] = []
    if len(pieces) == 2 and len(pieces[0].split()) > 1 and _is_place(pieces[1]):
        return pieces[:1]  # "Ada Brown, Tolverne"
    for at, piece in enumerate(pieces):
        if at and _is_role(piece):
            return kept  # "Senior Director, Content": what follows a role belongs to it
        if not at or not _DEGREE.match(piece):
            kept.append(piece)
    return kept


def _is_place(text: str) -> bool:
    """Whether what follows a full name and a comma is one word as places are written: a person has two."""
    return (
        " " not in text
        and text[:1].isupper()
        and text[1:].islower()
        and len(text) > 3
        and not credits.agencies_in(text)
    )


def _is_word_of_name(word: str) -> bool:
    return word[:1].isupper() and word.replace("-", "").replace("'", "").replace(".", "").isalpha()


def _is_title(part: str) -> bool:
    """Whether a part behind a name is what that person is: "Harbour correspondent"."""
    words = folded(part).split()
    return len(words) > 1 and words[-1] in _words()["role"]


def is_control(text: str) -> bool:
    """Whether a text is a page's control rather than a name: "Sign in", "Full Bio", "Follow"."""
    return folded(text) in _words()["nobody"] or not _CONTROL.sub("", f"x {text}")[1:].strip()


def _is_role(text: str) -> bool:
    words = folded(text).split()
    return any(w in _words()["role"] for w in words)


def _clean(name: str) -> str:
    name = _without_by(_GLUED_BY.sub("", name.strip()))
    name = _AND_FIRST.sub("", _PICTURE_OF.sub("", name))
    name = _AGO.sub("", _LEAD.sub("", name)).strip()
    for _ in range(3):
        name = _TAIL.sub("", name)
        name = _CONTROL.sub("", name) if " " in name else name
        name = _IN_PLACE.sub("", name) if name.count(" ") > 2 else name
    name = _before_date(name)
    if " " in name:
        name = _MARK.sub("", name)
    name = _CJK_ROLE.sub("", name)
    name = _HONORIFIC.sub("", name).strip(' \t.,:;|-–—·•*"“”„»«/()')
    half = len(name) // 2
    if len(name) > 8 and name[:half].strip() == name[half:].strip():  # a link's text and its hidden double
        name = name[:half].strip()
    if _SLUG.fullmatch(name) and not _HOST.search(name):  # the last part of a profile's address
        name = " ".join(part.capitalize() for part in re.split(r"[-.]", name))
    words = name.split()
    lead = next((at for at, word in enumerate(words) if folded(word) not in _role_words()), 0)
    if lead and len(words) - lead > 1 and any(folded(word) in _words()["role"] for word in words[:lead]):
        del words[:lead]  # "Staff writer Ada Brown"
    while len(words) > 2 and _DEGREE.match(words[-1]):
        words.pop()
    if len(words) > 2 and folded(words[-1]) in _words()["role"]:
        while len(words) > 2 and folded(words[-1]) in _role_words():
            words.pop()
    while len(words) > 2 and (
        folded(words[-1]) in _calendar() or words[-1].lower() in ("and", "und", "et", "y", "e", "&")
    ):
        words.pop()
    name = " ".join(words)
    if len(name) < 2 or len(name) > _MAX_NAME:
        return ""
    if name.isupper() and len(name) > 4 and " " in name:
        return " ".join(_capital(word) for word in words)
    return name


_DATE_LABEL = re.compile(
    r"\s(?:stand|on|am|le|el|il|du|den|last|updated|published|posted|aktualisiert|veröffentlicht):?$", re.I
)


def _before_date(name: str) -> str:
    """The name without the date behind it: "Ada Brown 20 November"."""
    words = name.split()
    for at in range(2, len(words) - 1):
        one, two = folded(words[at]), folded(words[at + 1])
        if (one.rstrip("stndrh").isdigit() and two in _calendar()) or (
            one in _calendar() and two.rstrip("stndrh").isdigit()
        ):
            return _DATE_LABEL.sub("", " ".join(words[:at]))
    if len(words) > 2 and words[-1].isdigit():
        return " ".join(words[:-1])
    return name


def _capital(word: str) -> str:
    """ADA → Ada, O'NEIL → O'Neil, MARIE-LOUISE → Marie-Louise."""
    return re.sub(r"[^\W\d_]+", lambda m: m[0].capitalize(), word)


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "names.yaml").read_text("utf-8"))
    return data


@cache
def _words() -> dict[str, frozenset[str]]:
    kinds = ("nobody", "staff", "organisation", "role", "role_before")
    return {kind: frozenset(folded(str(w)) for row in _data()[kind] for w in row) - {""} for kind in kinds}


@cache
def _role_words() -> frozenset[str]:
    """Words of roles, and those that stand before them: Senior Content Marketing Manager."""
    return _words()["role"] | _words()["role_before"]


def _by_words() -> list[str]:
    return sorted({str(w) for words in _data()["by"].values() for w in words}, key=len, reverse=True)


@cache
def _by() -> re.Pattern[str]:
    words = "|".join(re.escape(w) for w in _by_words())
    return re.compile(rf"^[\s|–—-]*(?:{words})(?:\s*[:：|／]\s*|\s+)", re.I)


@cache
def _inner_by() -> re.Pattern[str]:
    """By-words in the middle of a byline: only those that nothing else is said with there, before a capital."""
    return re.compile(
        r"(?<=[\s\d,|])(?:by|By|BY|von|Von|VON|por|Por|par|Par|door|Door|av|przez|oleh|Oleh|bởi|โดย|Autor:|Author:|Text:)\s+(?=[^\W\d_a-zß-öø-ÿ])"
    )


@cache
def _and() -> re.Pattern[str]:
    words = "|".join(re.escape(str(w)) for w in _data()["and"])
    return re.compile(rf"(?<!\s)\s+(?:{words})\s+", re.I)


@cache
def _calendar() -> frozenset[str]:
    names = set(months.months())
    for code in ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "tr", "sv", "da"):
        for width in ("wide", "abbreviated"):
            names |= {folded(n) for n in Locale.parse(code).days["format"][width].values()}
    return frozenset(names)


@cache
def _countries() -> frozenset[str]:
    found: set[str] = set()
    for code in ("en", "de", "fr", "es", "it", "nl", "pl"):
        found |= {folded(n) for n in Locale.parse(code).territories.values()}
    return frozenset(found)
