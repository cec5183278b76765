"""Judges an answer by its status, headers, first bytes and final URL, before extraction. Pure.

Only certain cases are decided here: a page that passes is classified again by its text, one that is refused here is not.
The page's wording is examined by extraction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import SplitResult, unquote, urlsplit

from etl import urls
from etl.errors import Quarantine
from etl.fetch.messages import FetchResult, Refusal
from etl.fetch.sniff import READ_BYTES, first_element
from etl.model import Outcome
from etl.untrusted_text import as_line

# The index page of a folder under its own name.
_INDEX = re.compile(r"(?:index|default|home|start|accueil|startseite)(?:\.\w{2,5})?", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2,4})?", re.IGNORECASE)
_DATE_PART = re.compile(r"(?:19|20)\d\d|[01]?\d|[0-3]\d")
_CONSENT_HOSTS = frozenset({"consent", "guce", "cmp", "myprivacy", "cookiewall", "privacy-gate"})
_CONSENT_PATHS = frozenset(
    {
        *("consent", "cookie-consent", "cookieconsent", "consent-wall", "consentwall", "cookie-wall", "cookiewall"),
        *("gdpr-consent", "privacy-gate", "privacygate", "privacy-wall", "privacywall", "collectconsent", "zustimmung"),
    }
)
_LOGIN_HOSTS = frozenset({"login", "signin", "sso", "auth", "accounts", "account", "idp"})
_LOGIN_PATHS = frozenset(
    {
        *("login", "log-in", "logon", "signin", "sign-in", "sign_in", "sso", "oauth", "oauth2", "authorize", "auth"),
        *("wp-login.php", "subscribe", "paywall", "anmelden", "einloggen", "connexion", "se-connecter"),
        *("iniciar-sesion", "inloggen", "accedi", "entrar", "logga-in", "logg-inn", "zaloguj"),
    }
)
_NOT_FOUND = re.compile(
    r"(?:error[-_]?)?404(?:[-_]?error)?(?:\.\w{2,5})?|(?:page[-_]?)?not[-_]?found(?:\.\w{2,5})?", re.I
)
_CHALLENGE_HOSTS = ("captcha-delivery.com", "perfdrive.com", "challenges.cloudflare.com", "hcaptcha.com")
_CHALLENGE_PATHS = frozenset({"captcha", "challenge-platform", "_incapsula_resource"})

_MAGIC: Sequence[tuple[bytes, str]] = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG\r\n", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"\x00\x00\x01\x00", "an image"),
    (b"PK\x03\x04", "an archive or office document"),
    (b"PK\x05\x06", "an archive or office document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document"),
    (b"\x1f\x8b", "an archive"),
    (b"Rar!\x1a\x07", "an archive"),
    (b"7z\xbc\xaf\x27\x1c", "an archive"),
    (b"BZh", "an archive"),
    (b"ID3", "audio"),
    (b"OggS", "audio or video"),
    (b"\x1aE\xdf\xa3", "video"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "PostScript"),
)
# What only a page, or only another document, begins with.
_HTML_ELEMENTS = frozenset(
    {
        *("!doctype html", "html", "head", "body", "title", "meta", "script", "style", "div", "p", "h1", "table"),
        *("article", "iframe", "font", "a", "b", "br"),
    }
)
_XML_ROOTS = frozenset({"rss", "feed", "rdf:rdf", "urlset", "sitemapindex", "svg"})
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_TEXT_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/plain"})


def judge(result: FetchResult) -> Refusal | None:
    """Why an answer is not the requested page; None if it may be.

    A bot challenge is recognised before its status is used: a 403 that asks for a proof says nothing about the page.
    """
    challenge = bot_challenge(result)
    if challenge is not None:
        return Refusal(outcome=Outcome.BOT_CHALLENGE, detail=challenge)
    if result.outcome is not None:
        return Refusal(outcome=result.outcome, detail=result.error or "")
    if result.redirects:
        outcome = redirect_outcome(result.url, result.final_url)
        if outcome is not None:
            return Refusal(outcome=outcome, detail=f"led to {result.final_url}")
    reason = not_html(result.header("Content-Type"), result.body)
    return Refusal(outcome=Outcome.NOT_HTML, detail=reason) if reason else None


def has_end(body: bytes) -> bool:
    """Whether a page comes to its own end, whatever its length was said to be."""
    return b"</html" in body[-4096:].lower()


def bot_challenge(result: FetchResult) -> str | None:
    """The sign of a bot challenge: headers that its vendors document, or its URL."""
    if "challenge" in (result.header("cf-mitigated") or "").lower():
        return "cf-mitigated: challenge"
    waf = (result.header("x-amzn-waf-action") or "").lower()
    if waf in ("challenge", "captcha"):
        return f"x-amzn-waf-action: {waf}"
    if result.status in (403, 405, 429) and result.header("x-datadome"):
        return "x-datadome"
    parts = urlsplit(result.final_url)
    host = parts.hostname or ""
    if result.redirects and any(host == name or host.endswith(f".{name}") for name in _CHALLENGE_HOSTS):
        return f"led to {host}"
    if result.redirects and _CHALLENGE_PATHS & {part.lower() for part in _segments(parts)}:
        return f"led to {result.final_url}"
    return None


def redirect_outcome(asked: str, final: str) -> Outcome | None:
    """Where a redirect went, if not to the page: a consent form, a login, an error page, a front or section page."""
    try:
        before, after = urlsplit(urls.normal_url(asked)), urlsplit(urls.normal_url(final))
    except (Quarantine, ValueError):
        return None
    new_parts = {part.lower() for part in _segments(after)} - {part.lower() for part in _segments(before)}
    new_labels = set() if after.hostname == before.hostname else {(after.hostname or "").partition(".")[0]}
    if new_parts & _CONSENT_PATHS or new_labels & _CONSENT_HOSTS:
        return Outcome.CONSENT_WALL
    if new_parts & _LOGIN_PATHS or new_labels & _LOGIN_HOSTS:
        return Outcome.PAYWALL_STUB
    if any(_NOT_FOUND.fullmatch(part) for part in new_parts):
        return Outcome.SOFT_404
    return Outcome.MOVED_TO_FRONT if _is_move_to_front(before, after) else None


def not_html(content_type: str | None, body: bytes) -> str | None:
    """What the bytes are, if neither HTML nor plain text; None if they may be. The bytes count before their label."""
    for magic, what in _MAGIC:
        if body.startswith(magic):
            return what
    if body[4:8] == b"ftyp" or (body[:4] == b"RIFF" and body[8:12] in (b"WEBP", b"WAVE", b"AVI ")):
        return "an image, audio or video"
    first = first_element(body)
    if (root := (first or "").removeprefix("!doctype ")) in _XML_ROOTS:
        return f"XML, <{root}>"
    if first in _HTML_ELEMENTS:
        return None
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type in ("text/html", "application/xhtml+xml"):
        return None
    is_utf16 = body.startswith(_UTF16_BOMS) or "utf-16" in (content_type or "").lower()
    if not is_utf16 and b"\x00" in body[:READ_BYTES]:
        return "binary data"
    if media_type in _TEXT_TYPES or not media_type:
        return None
    return f"of type {as_line(media_type, 100)}"


def _is_move_to_front(before: SplitResult, after: SplitResult) -> bool:
    asked, final = _segments(before), _segments(after)
    if (not asked and not before.query) or after.query:  # "/?p=123" is an article of WordPress
        return False
    if not final or (len(final) == 1 and _LANGUAGE.fullmatch(final[0])):
        return len(asked) > len(final) or bool(before.query)
    is_above = len(asked) > len(final) and asked[: len(final)] == final
    return is_above and _is_article_name(asked[-1]) and all(map(_is_section_name, final))


def _is_article_name(segment: str) -> bool:
    """A number of an article, a title, or a file: what is surely more than a section, or a view such as `amp`, `2`."""
    return bool(re.search(r"\d{4}", segment) or re.search(r"\.\w{3,5}$", segment)) or len(_words(segment)) >= 4


def _is_section_name(segment: str) -> bool:
    """Short and without numbers, or a part of a date."""
    if _DATE_PART.fullmatch(segment):
        return True
    return not any(map(str.isdigit, segment)) and len(_words(segment)) <= 3 and len(segment) <= 30


def _words(segment: str) -> list[str]:
    return [word for word in re.split(r"[-_ ]", segment) if word]


def _segments(parts: SplitResult) -> list[str]:
    segments = [unquote(part) for part in parts.path.split("/") if part]
    return segments[:-1] if segments and _INDEX.fullmatch(segments[-1]) else segments
