"""The address in a text that somebody has copied out of a browser, mail, log or document."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from etl.errors import Quarantine
from etl.urls import host_of, is_web_url, normal_url, registrable_domain
from etl.urls.parts import URN

_PAIRS = {
    "<": ">",
    '"': '"',
    "'": "'",
    "(": ")",
    "[": "]",
    "`": "`",
    "“": "”",
    "„": "“",
    "«": "»",
    "「": "」",
    "《": "》",
}
_MARKDOWN = re.compile(r"\[[^\]]*\]\((\S+?)\)")
_DEFUSED = re.compile(r"hxxp(s?)(?=:)", re.IGNORECASE)
_HOST_END = re.compile(r"[/?#\\]")
_LOCAL = re.compile(r"localhost|[0-9]{1,3}(?:\.[0-9]{1,3}){3}", re.IGNORECASE)
_FINAL_MARKS = ".,;:!?)]}>\"'”“»、。，；：！？）」》؟،।"
# As a normal form has them, where what is not ASCII is escaped.
_ENDS = tuple(dict.fromkeys(form for mark in _FINAL_MARKS for form in (mark, quote(mark, safe=""))))
_MIRRORS = ("www.", "m.", "amp.", "mobile.")


def address_in(text: str) -> str:
    """The address in a pasted text: without what stands around it, with `https://` where the scheme was left out.

    What it cannot make an address of it gives back without the blanks around it.

    >>> address_in(" <HTTPS://a.example/x> "), address_in("a.example.com/x?y=1"), address_in("[here](https://a.example/x)")
    ('HTTPS://a.example/x', 'https://a.example.com/x?y=1', 'https://a.example/x')
    """
    bare = text.strip("\ufeff\u200b \t\r\n\u00a0\u3000")
    if named := _MARKDOWN.fullmatch(bare):
        bare = named[1]
    while len(bare) > 1 and _PAIRS.get(bare[0]) == bare[-1]:
        bare = bare[1:-1].strip()
    bare = _DEFUSED.sub(r"http\1", bare, count=1).replace("[.]", ".")
    if URN.fullmatch(bare) or is_web_url(bare):
        return bare
    guess = f"https:{bare}" if bare.startswith("//") else f"https://{bare}"
    host, _, port = _HOST_END.split(guess[8:], maxsplit=1)[0].partition(":")
    if "@" in host or not is_web_url(guess) or (port and not port.isdecimal()):
        return bare
    return guess if _LOCAL.fullmatch(host) or registrable_domain(guess) else bare


def _without_marks(text: str) -> str:
    end = len(text)
    while mark := next((mark for mark in _ENDS if text.endswith(mark, 0, end)), ""):
        end -= len(mark)
    return text[:end]


def other_spellings(address: str) -> tuple[str, ...]:
    """Addresses that people take for this one and that are pages of their own: with and without a final slash, `www.`,
    a query, `amp`, or a mark that a sentence ends with. None for what is no web address."""
    try:
        parts = urlsplit(normal_url(address))
        host = host_of(address)
    except (Quarantine, ValueError):
        return ()
    if not host:
        return ()
    path, found = parts.path or "/", []
    if (ended := _without_marks(path)) != path and not parts.query:
        found.append(parts._replace(path=ended))
    if (ended := _without_marks(parts.query)) != parts.query:
        found.append(parts._replace(query=ended))
    found.append(parts._replace(path=path[:-1] if path.endswith("/") else f"{path}/"))
    if parts.query:
        found.append(parts._replace(query=""))
    for end in ("/amp/", "/amp", ".amp"):
        if path.endswith(end):
            found.append(parts._replace(path=path.removesuffix(end) or "/"))
            break
    bare = next((host.removeprefix(mark) for mark in _MIRRORS if host.startswith(mark)), host)
    hosts = [each for each in (bare, f"www.{bare}") if each != host]
    found += [each._replace(netloc=other) for each in (parts, *found[:2]) for other in hosts]
    spelled = dict.fromkeys(each.geturl() for each in found if each != parts)
    return tuple(each for each in spelled if is_web_url(each))
