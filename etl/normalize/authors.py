"""Names of people from bylines and metadata.

A byline field holds people, but also sites, agencies, cities, roles, account names and commenters; a name that nobody
bears is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from etl.normalize.text import folded, from_markup

_MAX_NAME = 60  # characters; longer is a sentence
_MAX_WORDS = 6
# Words before a name, in 30 languages; matched at the start, followed by space or colon.
_BY = re.compile(
    r"^(?:(?:(?:written|reported|posted|published|story|text|words|article|edited|compiled|reviewed|contributed)\s+)?by|"
    r"authors?|autor(?:in|en|es|a|zy|ka|ul|i)?|auteur(?:s|e)?|autore|autori|von|vom|von unser\w*\s\S+|par|propos recueillis par|por|pelo|pela|di|a cura di|"
    r"door|av|af|od|przez|opracował\w*|napsal\w*|írta|szerző|skrifað af|kirjoittanut|toimittaja|text|texte|texto|testo|tekst|tekst og foto|"
    r"автор(?:ы|и)?|текст|от|зьвязда|γράφει(?:\s+(?:ο|η|της|του))?|του|της|συντάκτης|yazan|yazar|haber|oleh|penulis|reporter|editor|redacteur|redaktor|"
    r"bởi|tác giả|بقلم|كتب(?:ت)?|نویسنده|מאת|लेखक|द्वारा|作者|文|記者|记者|撰文|文/|取材・文|โดย|ผู้เขียน|기자|글)(?:\s*[:：|/]\s*|\s+)",
    re.I,
)
_SPLIT = re.compile(
    r"\s*(?:[;|/·•&\n\t，、；]|،|\s+(?:and|und|et|y|e|en|och|og|ja|i|a|oraz|и|та|και|ve|dan|và|و|and|with|mit|avec|con|met)\s+|\s[-–—]\s)\s*",
    re.I,
)
_TITLES = re.compile(r"^(?:dr|prof|mr|mrs|ms|sir|ing|mag|dipl|d|doc|phd|mba|bc|mgr)\.?\s+(?=\S+\s)", re.I)
_TAIL = re.compile(
    r"\s*(?:\(.*?\)|\[.*?\]|[,|–—-]\s*(?:(?:senior|chief|staff|special|political|science|sports?|health|business|associate|managing|contributing|deputy)\s+)*"
    r"(?:reporter|correspondent|editor|writer|journalist|columnist|contributor|staff|producer|analyst|fellow|professor|redakteur\w*|korrespondent\w*|"
    r"journaliste|periodista|giornalista|redactor\w*|corresponsal|envoyée? spéciale?|verslaggever|redacteur|journalist\w*)\b.*|\s(?:for|at|of)\s(?:the\s)?[A-Z].*|"
    r"\b\d{1,2}[./:]\d.*|\b(?:published|updated|posted|on)\b.*|@\S+|\S+@\S+\.\S+.*|,?\s*(?:PhD|MD|M\.D\.|Ph\.D\.|MBA|BSc|MSc|RN|RD))\s*$",
    re.I,
)
_BAD = re.compile(
    r"https?:|www\.|\.(?:com|net|org|de|fr|es|it|nl|pl|ru|co|uk|info|tv|at|ch)\b|[<>{}\[\]=_@#%$\\]|\d{3,}|[!?…]|"
    r"^\W*$|\b(?:cookie|copyright|newsletter|subscribe|login|all rights|read more|follow|share)\b",
    re.I,
)
# Whole folded names that are accounts, roles or nobody.
_NOBODY = frozenset(
    folded(name)
    for name in (
        "admin;administrator;administrador;administrateur;webmaster;root;superuser;super user;user;guest;anonymous;unknown;"
        "editor;editors;editorial team;editorial staff;editorial board;the editors;the editorial board;staff;staff writer;staff writers;"
        "staff reporter;staff reports;staff report;news staff;news desk;newsdesk;web desk;online desk;press release;press releases;"
        "contributor;contributors;guest contributor;guest author;guest post;author;authors;autor;autoren;auteur;autore;redaktion;redaktor;"
        "redakcja;redakce;redacción;redação;redazione;la redazione;la rédaction;rédaction;redactie;de redactie;redaksi;redaksjonen;"
        "redaktionen;toimitus;szerkesztőség;redacția;редакция;редакція;编辑;小编;編輯部;編集部;記者;记者;기자;관리자;online redaktion;"
        "onlineredaktion;none;null;undefined;n/a;na;nan;wire reports;wire services;news agencies;agencies;agency;agencias;agences;agenturen;"
        "correspondent;our correspondent;special correspondent;reporter;publisher;site admin;wp admin;wordpress;test;default;newsroom;"
        "true;false;object;view all posts;see all posts;more posts;sponsored;advertorial;anzeige;partner content;by;von;par;por;"
        "facebook;twitter;instagram;linkedin;youtube;email;e-mail;print;rss;google;share;comments;home;about;contact;kommentare"
    ).split(";")
)
_ORGANISATION = re.compile(
    r"\b(?:news|press|agency|agencies|agence|agencia|agentur|media|magazin\w*|redaktion|redakcja|redacci[oó]n|redação|redazione|rédaction|redactie|"
    r"staff|team|desk|newsroom|times|post|tribune|gazette|herald|journal|daily|today|online|tv|radio|network|group|gmbh|inc|ltd|llc|foundation|"
    r"university|institute|ministry|association|committee|editors|reuters|afp|dpa|apa|ansa|efe|xinhua|redaksi|zeitung|verlag|editorial|"
    r"blog|admin|webmaster|council|department|society|services?|center|centre|company|corp|corporation|company|publishing|studio|studios)\b",
    re.I,
)
_CJK_NAME = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af・· ]{2,12}")


def split(raw: str) -> tuple[str, ...]:
    """The names in one byline text, in order, cleaned; "Last, First" is turned round where the list leaves no doubt.

    >>> split("By Ada Brown and Joe Kent, staff writer")
    ('Ada Brown', 'Joe Kent')
    >>> split("You, Xiaoying")
    ('Xiaoying You',)
    """
    text = from_markup(raw)
    if not text or len(text) > 400:
        return ()
    for _ in range(2):
        text = _BY.sub("", text, count=1).strip()
    names: list[str] = []
    for part in _SPLIT.split(text):
        names += _at_commas(part or "")
    return tuple(name for name in (_clean(n) for n in names) if name)


def people(
    values: Iterable[str], *, not_names: Iterable[str] = (), keep_organisations: bool = False
) -> tuple[str, ...]:
    """The people among byline texts, each once, in order; `not_names` are the site's name, host, sections and such.

    An organisation stands only when `keep_organisations` says that nobody else signs.
    """
    barred = {folded(n) for n in not_names if n} - {""}
    found: dict[str, str] = {}
    for value in values:
        for name in split(value):
            key = folded(name)
            if not key or key in barred or key.replace(" ", "") in {b.replace(" ", "") for b in barred}:
                continue
            if is_person(name) or (keep_organisations and not nobody(name)):
                found.setdefault(key, name)
    # "Joe" beside "Joe Kent" is the same person told twice.
    return tuple(n for k, n in found.items() if not any(k != other and f" {k} " in f" {other} " for other in found))


def nobody(name: str) -> bool:
    """Whether the text is an account or role rather than a name."""
    return folded(name) in _NOBODY or bool(_BAD.search(name))


def is_person(name: str) -> bool:
    """Whether the text can be a person's name: not a role, no organisation's word, of a name's length."""
    if nobody(name) or _ORGANISATION.search(name):
        return False
    words = name.split()
    return len(name) <= _MAX_NAME and len(words) <= _MAX_WORDS and any(c.isalpha() for c in name)


def _at_commas(part: str) -> list[str]:
    pieces = [p.strip() for p in part.split(",")]
    if len(pieces) == 2 and all(pieces) and len(pieces[0].split()) == 1 and len(pieces[1].split()) <= 2:
        first_like = is_person(pieces[1]) and not _TAIL.search(", " + pieces[1])
        if first_like and pieces[0][:1].isupper() and pieces[1][:1].isupper():
            return [f"{pieces[1]} {pieces[0]}"]
    if len(pieces) > 1:
        kept: list[str] = []
        for piece in pieces:
            if kept and (
                _TAIL.fullmatch(", " + piece) or re.fullmatch(r"(?:PhD|MD|M\.D\.|Jr\.?|Sr\.?|III?|Ph\.D\.)", piece)
            ):
                continue
            kept.append(piece)
        return kept
    return pieces


def _clean(name: str) -> str:
    name = _BY.sub("", name, count=1)
    for _ in range(2):
        name = _TAIL.sub("", name)
    name = _TITLES.sub("", name).strip(' \t.,:;|-–—·•*"“”„»«/')
    if not name or len(name) > _MAX_NAME or len(name) < 2:
        return ""
    if name.isupper() and len(name) > 4 and " " in name:
        name = " ".join(_capital(word) for word in name.split())
    return name


def _capital(word: str) -> str:
    """ADA → Ada, O'NEIL → O'Neil, MARIE-LOUISE → Marie-Louise."""
    return re.sub(r"[^\W\d_]+", lambda m: m[0].capitalize(), word)
