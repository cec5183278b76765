"""Datelines and news agencies, from the text and the byline."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Agency → how pages write it. Short names count only in capitals and in brackets, a byline or a credit.
AGENCIES: dict[str, str] = {
    "AFP": r"AFP|Agence France-Presse|Agence France Presse|АФП|法新社|فرانس برس|أ ?ف ?ب|एएफपी|AFP통신|AFP時事",
    "AP": r"AP|Associated Press|美联社|美聯社|أسوشيتد برس|एपी|AP통신|AP通信",
    "Reuters": r"Reuters|REUTERS|Thomson Reuters|Рейтер|Reuter|روی?ترز|رويترز|路透社?|路透|ロイター|로이터|रॉयटर्स|Ρόιτερς",
    "dpa": r"dpa|DPA|德新社|د ب أ|ДПА|dpa-infocom|Deutsche Presse-Agentur|dpa/\w+",
    "APA": r"APA|Austria Presse Agentur",
    "Keystone-SDA": r"sda|SDA|Keystone-SDA|Keystone-ATS|ATS",
    "ANSA": r"ANSA|Ansa",
    "Adnkronos": r"Adnkronos",
    "EFE": r"EFE|Agencia EFE",
    "Europa Press": r"Europa Press|EUROPA PRESS|EP",
    "Lusa": r"Lusa|LUSA|Agência Lusa",
    "Agência Brasil": r"Agência Brasil",
    "Belga": r"Belga|BELGA",
    "ANP": r"ANP",
    "PAP": r"PAP",
    "ČTK": r"ČTK|CTK",
    "TASR": r"TASR",
    "SITA": r"SITA",
    "MTI": r"MTI",
    "TT": r"TT",
    "NTB": r"NTB|©NTB",
    "Ritzau": r"Ritzau|/ritzau/",
    "STT": r"STT",
    "TASS": r"TASS|ТАСС|塔斯社|타스통신|تاس",
    "RIA Novosti": r"РИА Новости|RIA Novosti",
    "Interfax": r"Interfax|Интерфакс",
    "Ukrinform": r"Ukrinform|Укринформ|Укрінформ",
    "Anadolu": r"AA|Anadolu(?: Agency| Ajansı)?|الأناضول|Анадолу|آناتولی",
    "DHA": r"DHA",
    "IHA": r"İHA|IHA",
    "Xinhua": r"Xinhua|XINHUA|新华社|新華社|新华网|شينخوا|Синьхуа|신화통신|新華",
    "Kyodo": r"Kyodo(?: News)?|KYODO|共同通信|共同",
    "Jiji": r"Jiji(?: Press)?|時事通信|時事",
    "Yonhap": r"Yonhap|연합뉴스|韩联社|聯合ニュース",
    "PTI": r"PTI|Press Trust of India|पीटीआई|भाषा|पीटीआइ",
    "ANI": r"ANI|एएनआई",
    "IANS": r"IANS|आईएएनएस",
    "Antara": r"ANTARA|Antara",
    "Bernama": r"Bernama|BERNAMA",
    "AAP": r"AAP|Australian Associated Press",
    "PA Media": r"PA Media|PA|Press Association",
    "The Canadian Press": r"The Canadian Press|Canadian Press|La Presse Canadienne|CP",
    "UPI": r"UPI",
    "Bloomberg": r"Bloomberg(?: News)?",
    "IRNA": r"IRNA|ایرنا|إرنا",
    "WAM": r"WAM|وام",
    "SPA": r"SPA|واس",
    "MENA": r"MENA|أ ش أ",
    "ISNA": r"ISNA|ایسنا",
    "Tasnim": r"Tasnim|تسنیم",
    "Petra": r"Petra|بترا",
    "KUNA": r"KUNA|كونا",
    "APS": r"APS|Algérie Presse Service|واج",
    "MAP": r"MAP|Maghreb Arabe Presse|و ?م ?ع",
    "CNA": r"CNA|中央社",
    "China News Service": r"China News Service|中新社|中新网",
    "NAN": r"NAN|News Agency of Nigeria",
    "GNA": r"GNA|Ghana News Agency",
    "VNA": r"VNA|TTXVN|Vietnam News Agency|Thông tấn xã Việt Nam",
    "TNA": r"TNA|Thai News Agency|สำนักข่าวไทย",
    "APP": r"Associated Press of Pakistan|اے پی پی",
    "UNB": r"UNB|ইউএনবি",
    "BSS": r"BSS|বাসস",
    "UNI": r"UNI|यूनीवार्ता|वार्ता",
    "AMNA": r"ΑΠΕ-ΜΠΕ|ΑΠΕ|AMNA|ANA-MPA",
    "BTA": r"БТА|BTA",
    "Hina": r"Hina|HINA",
    "Tanjug": r"Tanjug|Танјуг",
    "Agerpres": r"Agerpres|AGERPRES",
    "BelTA": r"БелТА|BelTA|БЕЛТА",
    "BNS": r"BNS",
    "LETA": r"LETA",
    "ELTA": r"ELTA",
    "Télam": r"Télam|TELAM",
    "Notimex": r"Notimex|NOTIMEX",
    "Estadão Conteúdo": r"Estadão Conteúdo",
    "Folhapress": r"Folhapress|FOLHAPRESS",
    "LaPresse": r"LaPresse",
    "AGI": r"AGI",
    "epd": r"epd",
    "KNA": r"KNA",
}
_NAMED = {name: re.compile(rf"(?<![\w/])(?:{pattern})(?![\w])") for name, pattern in AGENCIES.items()}
# "KYIV, Feb 24 (Reuters) —", "BERLIN (AP) -", "Paris (AFP) –", "MADRID, 24 Feb. (EUROPA PRESS) -", "ROMA - (ANSA)".
_DATELINE = re.compile(
    r"^(?P<line>(?P<place>[^\W\d_][^()\n.!?:;]{1,48}?)(?:[,.]?\s{1,4}(?P<date>[^()\n]{2,24}?))?\s{0,4}"
    r"(?:[(（/]\s{0,4}(?P<agency>[^()（）\n/]{2,40}?)\s{0,4}[)）/]\s{0,4}(?P<dash>[-–—.:]{0,2})|\s[-–—]{1,2}|(?<=[^\W\d_])\s?[–—]{1,2}))\s+(?=\S)"
)
_CJK_DATELINE = re.compile(r"^(?P<line>[（(【［\[](?P<agency>[^（()）】］\]\n]{2,20})[)）】］\]])\s*")
_BRACKETED = re.compile(r"[(（\[]\s*([^()（）\[\]\n]{2,48}?)\s*[)）\]]")


def dateline(text: str) -> str | None:
    """The dateline that opens the text ("KYIV, Feb 24 (Reuters)"), or None. It stays in the text.

    Without an agency in brackets the place has to be in capitals, else "Word – " opens any sentence.
    """
    first = text.partition("\n")[0][:160]
    if match := _DATELINE.match(first):
        place = match["place"].strip()
        if match["agency"] and (place.isupper() or (match["dash"] and agencies_in(match["agency"]))):
            return match["line"].strip(" -–—.:")
        if not match["agency"] and place.isupper() and len(place) > 3 and len(place.split()) <= 4:
            return match["line"].strip(" -–—.:")
    if (match := _CJK_DATELINE.match(first)) and agencies_in(match["agency"]):
        return match["line"]
    return None


def agencies_in(text: str) -> tuple[str, ...]:
    """The agencies that a credit, byline or bracket names.

    >>> agencies_in("dpa/AFP")
    ('AFP', 'dpa')
    """
    if not text:
        return ()
    spaced = re.sub(r"[/,;|+&·-]", " ", text)
    texts = (text,) if spaced == text else (spaced, text)
    return tuple(name for name, pattern in _NAMED.items() if any(pattern.search(t) for t in texts))


def is_agency(name: str) -> bool:
    """Whether a name as a whole is a news agency's.

    >>> is_agency("The Associated Press"), is_agency("AP"), is_agency("Ada Reuters")
    (True, True, False)
    """
    name = name.strip(" .()/").removeprefix("The ")
    return any(pattern.fullmatch(name) for pattern in _NAMED.values())


def agencies(text: str, bylines: Iterable[str], credit: str | None) -> tuple[str, ...]:
    """The agencies that a text is credited to: in its dateline, byline or credit, or in brackets at its very end.

    A mention in the prose is no credit.
    """
    found: dict[str, None] = {}
    for source in (dateline(text) or "", *bylines, credit or ""):
        found.update(dict.fromkeys(agencies_in(source)))
    last = text.rsplit("\n", 1)[-1]
    for match in _BRACKETED.finditer(last[-60:]):
        if last.endswith(match[0]) or last.rstrip(" .").endswith(match[0]):
            found.update(dict.fromkeys(agencies_in(match[1])))
    return tuple(found)
