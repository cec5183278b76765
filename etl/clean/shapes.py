"""Recognises a whole line by its own words: returns the matching rule, or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from etl.clean.anchors import Anchors, find_title
from etl.clean.attribution import (
    author_note_rule,
    contributed_rule,
    is_agency_line,
    is_caption_credit,
    is_contact_line,
    is_initials_line,
    reads_as_credit,
    rights_rule,
)
from etl.clean.fold import fold, fold_with_map, is_spaceless, is_word_char, line_key, numbered, skeleton, squeeze
from etl.clean.rules import CleaningRule, FooterRule, PrefixRule, first_word, load
from etl.clean.tokens import is_token_line
from etl.clean.view import LineView

MAX_LINE = 700  # words alone cannot prove a longer line to be boilerplate
MAX_KNOWN = 2000  # of captions and site lines, which are proved by being the same
MAX_INLINE = 120
MAX_PROMPT = 200
_FULL_STOP = re.compile(r"(?:[^.…]\.|[。।۔])['”\"’»」』)]*$")
_SEPARATOR = re.compile(r"^\s*(?:[:：|»›>→►▶▸=＝\]】/／]|'(?=\s))|^\s+[–—-]+\s")
_SEPARATOR_ENDS = (":", "：", "=", "＝")
# A shortcode that the page's own system did not resolve: "[button link=…]Send[/button]", "[gallery ids=1,2]".
_SHORTCODE = re.compile(
    r"^\[(?:[a-z][\w-]*\s+[\w-]+=[^\]]*\](?:.*\])?|/[a-z][\w-]*\]|[a-z][\w-]*\].*\[/[a-z][\w-]*\])$"
)
_LIST_SEPARATOR = re.compile(r"[,،、;|·•#/]|\s{2,}")
# Reported speech after a comma: then the line is an ordinary sentence.
_SAYS = re.compile(
    r"[,，]\s?(?:[\w.'’-]+\s){0,4}?(?:says|said|told|wrote|asked|added|sagt|sagte|meint|schrieb|dit|dice|dijo|diz|disse|ha detto|zegt"
    r"|zei|mówi|powiedział\w*|säger|sade|siger|sagde|sier|sa|sanoi|sanoo|говорит|сказал\w*|каже|сказав|řekl\w*|povedal\w*|spus|mondta"
    r"|λέει|είπε|dedi|diyor|قال|قالت|گفت|אמר|אמרה|कहा|kata|ujar|nói)\b|(?:と述べた|と話した|と語った|라고 말했다|说|表示)[。.]?$"
)
_QUOTE = frozenset('"“”„«»')


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a line is. `move_to` names the field that keeps it; `tags` are the entries of a list of tags."""

    rule_id: str
    category: str
    move_to: str | None = None
    tags: tuple[str, ...] = ()
    is_proven: bool = False  # by what the page says elsewhere: its tags, authors, links and captions


def _of(rule: CleaningRule, **more: object) -> Match:
    return Match(rule_id=rule.id, category=rule.category, move_to=rule.move_to, **more)  # type: ignore[arg-type]


def match_inline(line: LineView, known: Anchors) -> Match | None:
    """Return what a line is that may stand anywhere in the text."""
    if len(line.text) > MAX_KNOWN:
        return None
    word = line.first_word
    may_be_numbered = bool(known.site_lines) and any(map(str.isdigit, word))
    if word not in load().inline_words and word not in known.line_words and not may_be_numbered:
        return _inline_shape(line) if len(line.text) <= MAX_LINE else None
    if line.number_key in known.site_lines:
        return Match(rule_id="site_line", category="site_line")
    if line.key in known.captions or line.key in known.credits:
        return Match(rule_id="caption.known", category="caption", move_to="captions", is_proven=True)
    if len(line.text) > MAX_LINE or not line.key:
        return None
    rule = exact_rule(line, known, "inline")
    if rule is not None:
        return _of(rule)
    found = _prefix(line, known, ("label", "prompt", "credit"), "inline")
    if found is not None:
        return found
    return _inline_shape(line)


def _inline_shape(line: LineView) -> Match | None:
    """Return what a line is by its marks alone."""
    if line.text[0] == "[" and _SHORTCODE.match(line.text):
        return Match(rule_id="shortcode", category="shortcode")
    if line.text.startswith(">>") and line.text.endswith("<<"):
        return Match(rule_id="related.arrows", category="related")
    if is_caption_credit(line.text):
        return Match(rule_id="caption.credit", category="caption", move_to="captions")
    return None


def match_head(line: LineView, known: Anchors) -> Match | None:
    """Return what a line of the head is."""
    if len(line.text) > MAX_LINE or not line.key:
        return None
    rule = exact_rule(line, known, "head")
    if rule is not None:
        return _of(rule)
    if is_token_line(line.number_key):
        return _of(load().network_rule)
    return _breadcrumb(line, known)


def match_tail(line: LineView, known: Anchors, from_end: int) -> Match | None:
    """Return what a line of the tail is; `from_end` is 0 for the last line."""
    if len(line.text) > MAX_LINE or not line.key:
        return None
    rules = load()
    rule = exact_rule(line, known, "tail")
    if rule is not None:
        return _of(rule)
    if is_token_line(line.number_key):
        return _of(rules.network_rule)
    found = _prefix(line, known, ("prompt", "start", "neighbour", "tags"), "tail")
    if found is not None:
        return found
    key = line.key
    for word, rule in rules.contained:
        if word in key and len(line.text) <= 400:
            return _of(rule)
    if is_agency_line(line.text) and from_end < 3:
        return Match(rule_id="credit.agency", category="credit", move_to="credit_line")
    contributed = contributed_rule(line.text, line.key)
    if contributed is not None:
        return _of(contributed)
    if from_end < 3 and is_contact_line(line.text):
        return Match(rule_id="author.mail", category="author_box", move_to="author_note")
    if from_end == 0 and is_initials_line(line.text):
        return Match(rule_id="credit.initials", category="credit", move_to="credit_line")
    rights = rights_rule(line.text, line.key)
    if rights is not None:
        return _of(rights)
    if from_end < 3:
        note = author_note_rule(line.text, known.authors)
        if note is not None:
            return _of(note, is_proven=True)
    return match_footer(line, known)


def match_note(line: LineView, known: Anchors) -> Match | None:
    """Return the note that a line is: it stays in the text and is copied."""
    return _prefix(line, known, ("note",), "any")


def exact_rule(line: LineView, known: Anchors, zone: str) -> CleaningRule | None:
    """Return the rule for which the whole line is one of its phrases."""
    for rule in load().lines.get(line.number_key, ()):
        if rule.zone == zone and (not rule.is_word or known.language == rule.language):
            return rule
    return None


def _prefix(line: LineView, known: Anchors, kinds: tuple[str, ...], zone: str) -> Match | None:
    for prefix in load().prefixes.get(first_word(line.number_key), ()):
        if prefix.kind not in kinds or prefix.rule.zone != zone:
            continue
        if not line.number_key.startswith(prefix.phrase):
            continue
        at = len(prefix.phrase)
        following = line.number_key[at : at + 1]
        if following and is_word_char(following) and not is_spaceless(prefix.phrase[-1]) and prefix.kind != "neighbour":
            continue
        found = _judge(line, line.number_key[at:], prefix, known)
        if found is not None:
            return replace(found, rule_id=_own_language(prefix, known).rule.id)
    return None


def _own_language(prefix: PrefixRule, known: Anchors) -> PrefixRule:
    """Return the rule of the page's language among those with the same phrase, for the record's sake."""
    for other in load().prefixes[first_word(prefix.phrase)]:
        if (other.phrase, other.kind, other.rule.language) == (prefix.phrase, prefix.kind, known.language):
            return other
    return prefix


def _judge(line: LineView, rest: str, prefix: PrefixRule, known: Anchors) -> Match | None:
    """Return the match when the rest of the line is what the kind of rule asks for."""
    text = line.text
    separator = _SEPARATOR.match(rest)
    if prefix.needs_separator and separator is None and not text.rstrip().endswith(_SEPARATOR_ENDS):
        return None
    kind = prefix.kind
    if kind == "label":
        return _label(line, rest, separator is not None, prefix, known)
    if kind == "prompt":
        return _of(prefix.rule) if _is_call(line, rest, prefix) else None
    if kind == "credit":
        return _credit(text, rest, separator is not None, prefix)
    if kind == "neighbour":
        body = _given_rest(text, prefix.phrase)
        plain = len(text) <= 400 and not _FULL_STOP.search(text)
        return _of(prefix.rule) if plain and (not body or not body[0].islower()) else None
    if kind == "tags":
        return _tags(line, rest, separator is not None, prefix, known)
    if kind == "note":
        return _of(prefix.rule) if len(text) <= 600 else None
    return _start(text, rest, prefix)


def _is_call(line: LineView, rest: str, prefix: PrefixRule) -> bool:
    """True for an imperative to the reader: short, names its object, has no quotation.

    A single verb such as "Follow" has to be followed by whom, not by the network: "Follow Ann Lee on Facebook".
    """
    text = line.text
    if len(text) > MAX_PROMPT or _QUOTE & set(text) or _SAYS.search(text) or not _holds(line.key, prefix.needs):
        return False
    following = first_word(rest)
    return " " in prefix.phrase or following not in prefix.needs or is_spaceless(prefix.phrase[0])


def _label(line: LineView, rest: str, is_separated: bool, prefix: PrefixRule, known: Anchors) -> Match | None:
    """A label with another headline behind it: on a line of its own, short, no sentence."""
    text = line.text
    is_link = line.key in known.link_lines
    if len(text) > (2 * MAX_INLINE if is_link else MAX_INLINE) or (_FULL_STOP.search(text) and not is_link):
        return None
    # "Leggi anche su: …", "Lesen Sie mehr zum Thema: …": a few words may stand between a long label and its colon.
    is_separated = is_separated or (" " in prefix.phrase and bool(re.match(r"[^.!?]{1,25}:\s", rest)))
    if (is_separated and len(rest) > 2) or is_link:
        return _of(prefix.rule, is_proven=is_link)
    return None


def _credit(text: str, rest: str, is_separated: bool, prefix: PrefixRule) -> Match | None:
    if len(text) > MAX_INLINE:
        return None
    if not is_separated and rest and rest[0] not in " ,.;()|©/-":
        return None
    if _FULL_STOP.search(text) and len(text.split()) > 10:
        return None
    body = text[len(prefix.phrase) :]
    return _of(prefix.rule) if reads_as_credit(body) else None


def _tags(line: LineView, rest: str, is_separated: bool, prefix: PrefixRule, known: Anchors) -> Match | None:
    text = line.text
    if len(text) > 300 or _FULL_STOP.search(text):
        return None
    body = _given_rest(text, prefix.phrase).lstrip(" :：-–|=#")
    items = tuple(item for item in (piece.strip(" #'\"“”") for piece in _LIST_SEPARATOR.split(body)) if item)
    if not items:
        return _of(prefix.rule) if is_separated or not rest else None
    all_known = all(line_key(item) in known.categories for item in items)
    short = all(len(item.split()) <= 6 and len(item) <= 60 for item in items)
    if not (all_known or (is_separated and short)):
        return None
    return _of(prefix.rule, tags=items, is_proven=all_known)


def _start(text: str, rest: str, prefix: PrefixRule) -> Match | None:
    """Credits, paywall marks, "originally published by", disclosures: the phrase begins the line."""
    category = prefix.rule.category
    if category == "credit":
        body = _given_rest(text, prefix.phrase)
        is_heading = prefix.needs_separator and not rest  # of a list of sources, which stays
        fits = len(text) <= 300 and not is_heading and reads_as_credit(body)
        return _of(prefix.rule) if fits else None
    # One or two words may begin any sentence; as a mark they stand alone or before a stop.
    may_be_prose = category != "syndicated" and prefix.phrase.count(" ") < 2 and not is_spaceless(prefix.phrase[0])
    if may_be_prose and (rest.lstrip()[:1].isalnum() or _SAYS.search(text)):
        return None
    if category == "paywall":
        return _of(prefix.rule) if len(text) <= 250 else None
    if category == "syndicated":
        is_year = re.match(r"\s*(?:in\s+|en\s+|im\s+|em\s+|nel\s+)?#", rest)
        return _of(prefix.rule) if len(text) <= 350 and not is_year else None
    return _of(prefix.rule) if len(text) <= 600 else None


def _holds(key: str, needs: frozenset[str]) -> bool:
    for need in needs:
        if need == "@" and need in key:
            return True
        at = key.find(need)
        while at >= 0:
            end = at + len(need)
            before = key[at - 1] if at else " "
            after = key[end] if end < len(key) else " "
            if is_spaceless(need[0]) or (not is_word_char(before) and not is_word_char(after)):
                return True
            at = key.find(need, at + 1)
    return False


def _given_rest(text: str, phrase: str) -> str:
    """Return what follows a folded phrase in the line as given."""
    folded = fold_with_map(text)
    at = numbered(folded.text).find(phrase)
    if at < 0 or numbered(folded.text[:at]) != folded.text[:at] or "#" in phrase:
        return text[len(phrase) :].strip()
    return text[folded.ends[at + len(phrase) - 1] :].strip()


def match_footer(line: LineView, known: Anchors) -> Match | None:
    """Return the feed footer that a line is ("The post T appeared first on S."), proved by title or site."""
    key = line.key
    for footer in load().footers:
        if footer.pieces[1] in key and footer_start(line.text, footer, known) == 0:
            return _of(footer.rule)
    return None


def footer_start(text: str, footer: FooterRule, known: Anchors) -> int | None:
    """Return where in a text the footer begins that ends it, or None; title or site have to be the page's own."""
    window = text[-600:]
    offset = len(text) - len(window)
    folded = fold_with_map(window)
    first, middle, last = footer.pieces
    plain = folded.text.rstrip(" .。'")
    if not plain.endswith(last):
        return None
    end = len(plain) - len(last)
    at = plain.rfind(middle, 0, end)
    if at < 0:
        return None
    site_key = line_key(plain[at + len(middle) : end])
    title_end = at
    site_fits = known.site is not None and site_key == known.site
    letters = skeleton(folded)
    starts = []
    for title in known.titles:
        for place in find_title(window, folded, letters, title):
            gap = plain[place.folded_end : title_end].strip(" '.")
            if place.folded_end <= title_end + 1 and not gap:
                starts.append(place.folded_start)
    if starts:
        begin = min(starts)
        before = plain[:begin].rstrip(" '")
        if not before.endswith(first):
            return None
        begin = len(before) - len(first) if first else begin
    elif site_fits and first:
        begin = plain.rfind(first, 0, at)
        if begin < 0:
            return None
    else:
        return None
    while begin > 0 and folded.text[begin - 1] in "'":
        begin -= 1
    return offset + (folded.starts[begin] if begin < len(folded.starts) else 0)


def _breadcrumb(line: LineView, known: Anchors) -> Match | None:
    """ "Home > News > Politics": arrows between names, the first of them the start page, or all of them known."""
    if len(line.text) > 200:
        return None
    pieces = [p.strip() for p in re.split(r"[>›»→/|»]", line.text) if p.strip()]
    if len(pieces) < 2 or any(len(p) > 80 for p in pieces):
        return None
    keys = [line_key(p) for p in pieces]
    home = keys[0] in _HOME or keys[0] == known.site
    all_known = all(k in known.categories or k == known.site or k in _HOME for k in keys)
    return Match(rule_id="breadcrumb", category="breadcrumb") if home or all_known else None


_HOME = frozenset(
    squeeze(fold(word))
    for word in (
        "home homepage startseite start accueil inicio portada início capa pagina-iniziale forside forsiden hem etusivu úvod"
        " domov címlap kezdőlap acasă начало главная головна почетна početna naslovnica αρχική anasayfa الرئيسية خانه"
        " होम beranda หน้าแรก ホーム トップ 首页 首頁 홈 inici pradžia sākums esileht"
    ).split()
) | frozenset(("strona glowna", "trang chu", "ana sayfa", "עמוד הבית", "דף הבית"))
