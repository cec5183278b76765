"""Writers in Chinese, Japanese and Korean lines: 记者 张三, 記者張三／台北報導, 作者：, (张三 李四), 文＝山田太郎, 김하늘 기자.

These scripts do not separate words, so a name is recognised by its surroundings (a role, a label, brackets at the end of
a text) and by the surname that it begins with. "记者了解到" (the reporter learned) holds no name.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from etl.normalize.text import one_line

_HAN = "\u3400-\u9fff\u3005"
EASTERN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_PEN_NAME = rf"[{_HAN}\u3040-\u30ffA-Za-z][{_HAN}\u3040-\u30ffA-Za-z0-9_·・.]{{1,15}}"
_BETWEEN = r"[\s、，,/／&＆|｜·‧和與与]{1,3}"
_MAX_LINE = 90
_EDGE = 60  # characters at either end of a paragraph that can hold a byline


class Trust(IntEnum):
    """How a line names a writer, the surest first."""

    LABEL = 0  # 作者：张三, 文／張三, 글=김하늘
    REPORTER = 1  # 本报记者 张三, 김하늘 기자, 山田太郎記者
    BRACKET = 2  # （常书香 马丹阳） at the end of a text
    EDITOR = 3  # 责任编辑：张三, where no other writer is named


class EasternByline(NamedTuple):
    """Writers that one line names."""

    trust: Trust
    names: tuple[str, ...]


def writers(line: str, *, closes: bool = False) -> EasternByline | None:
    """The writers that a line of the page names; `closes` says that it may end the text.

    >>> writers("本报记者 王小明 李雷 北京报道").names
    ('王小明', '李雷')
    >>> writers("김하늘·박바다 기자 sky@example.com").names
    ('김하늘', '박바다')
    >>> writers("记者了解到，渡轮将继续运营")
    """
    line = one_line(line)
    if not EASTERN.search(line):
        return None
    for find in (_labelled, _korean, _reporter, _filed, _japanese):
        if found := find(line):
            return found
    if closes and (found := _bracketed(line)):
        return found
    return _edited(line)


def is_organisation(name: str) -> bool:
    """Whether a name in these scripts holds the word of a paper, a station, a company or a desk."""
    return any(part in name for part in _words("organisation"))


def is_from_abroad(text: str) -> bool:
    """Whether the text is one name from abroad, whose parts a point joins: 卡洛斯·加西亚."""
    return _foreign().fullmatch(text) is not None


def is_name(name: str) -> bool:
    """Whether it can be a person's name in these scripts: no label, no organisation, of a name's length."""
    return bool(name) and name not in _words("nobody") and not is_organisation(name) and len(name) <= 16


def _labelled(line: str) -> EasternByline | None:
    match = _LABEL.search(line)
    if match is None:
        return None
    names = _listed(line[match.end() :], known=False)
    return EasternByline(Trust.LABEL, names) if names else None


_LABEL = re.compile(
    r"(?:^|(?<=[\s\u3000|｜丨·•>（(【\[：:，,;；。/／日分\d□■◎●▲]))(?:本文)?(?:文字作者|作\s?者|撰\s?文|撰稿人?|采写|採寫|採訪撰文|采访|採訪|主笔|主筆|供稿|图文|圖文|文图|文圖|文字|文|取材[・･]文|文[・･、](?:写真|図|構成|取材|撮影|图|圖)|執筆者?|著者|筆者|筆|投稿者|ライター|聞き手|構成[・･]文|"
    r"글쓴이|글[·・]?사진|글|작성자|취재|기고)(?:\s?[：:＝=／/｜|丨︱]\s?|(?:(?<=作者)|(?<=撰稿)|(?<=撰文)|(?<=采写))\s+|(?<=文)[・･]|(?:(?<=글)|(?<=취재)|(?<=사진))\s+(?=[가-힣]{2,4}(?:\s|$)))"
)


def _reporter(line: str) -> EasternByline | None:
    for match in _REPORTER.finditer(line):
        if names := _listed(line[match.end() :], known=True):
            return EasternByline(Trust.REPORTER, names)
    return None


_REPORTER = re.compile(
    r"(?:记者|記者|通讯员|通訊員|特派员|特派員|特约撰稿人?|评论员|評論員|主播|小编|撰述委员|研究员)(?:团|團)?\s?[：:／/｜|]?\s*(?![0-9])"
)


def _filed(line: str) -> EasternByline | None:
    """王小明／台北報導, 王小明 发自北京, ■王小明: a name and where it reports from, or a sign before it."""
    opened = _OPENED.match(line)
    rest = line[opened.end() :] if opened else line
    match = _chinese().match(rest)
    if match is None or not is_name(match["name"].replace(" ", "")):
        return None
    behind = rest[match.end() :]
    if _FILED.match(behind) or (opened and opened["sign"] and not behind.strip()):
        return EasternByline(Trust.REPORTER, (match["name"].replace(" ", "").replace("\u3000", ""),))
    return None


_OPENED = re.compile(r"(?P<sign>[○■□◎●▲◆◇▽△]\s?)?(?:編輯|编辑|記者|记者)?\s?")
_FILED = re.compile(
    rf"\s?[／/]?\s?(?:[{_HAN}]{{2,4}}(?:報導|报道|報道|报导|電|电)|发自|發自)|\s?[／/]\s?[{_HAN}]{{2,4}}(?:報導|报道|報道|报导)"
)


def opens_with_role(text: str) -> bool:
    """Whether a text begins with the word of a role or a label: 記者・山田太郎 is no name of two parts."""
    return _ROLE_FIRST.match(text) is not None


_ROLE_FIRST = re.compile(
    r"(?:記者|记者|文|著者|作者|筆者|編集委員|論説委員|特派員|取材|執筆|聞き手|ライター|[\u3400-\u9fff]{1,4}(?:部|支局|総局))[・·]"
)


def _listed(text: str, *, known: bool) -> tuple[str, ...]:
    """The names that a text begins with; `known` asks for a surname that is one."""
    text = text.lstrip(" \u3000：:")
    names: list[str] = []
    while len(names) < 6 and (found := _first(text, known=known)):
        name, rest = found
        names.append(name)
        joint = _JOINT.match(rest)
        if joint is None:
            break
        text = rest[joint.end() :]
        known = True  # a second name has to be one for sure
    return tuple(dict.fromkeys(names))


_JOINT = re.compile(
    rf"{_BETWEEN}(?:(?:本报|本報)?(?:实习|實習|见习|見習|特约|特約)?(?:记者|記者|通讯员|通訊員)[：:]?\s*)?"
)
_ROLES_BEHIND = "记者 記者 撰文 撰稿 报道 報道 報導 报导 摄影 攝影 摄 攝 发自 發自 通讯员 通訊員 编辑 編輯 实习 實習 整理 文 译 訳 電 电 訊 讯".split()
_ROLE_BEHIND = rf"(?:{'|'.join(_ROLES_BEHIND)})"


def _first(text: str, *, known: bool) -> tuple[str, str] | None:
    hangul = _HANGUL.match(text)
    if hangul and _is_korean(hangul[0]):
        return hangul[0], _KOREAN_ROLE.sub("", text[hangul.end() :])
    if match := _foreign().match(text):
        return match[0], text[match.end() :]
    if (match := _chinese().match(text)) and is_name(match["name"].replace(" ", "")):
        return match["name"].replace(" ", "").replace("\u3000", ""), text[match.end() :]
    if known:
        return None
    if (match := _SPACED_JAPANESE.match(text)) and is_name(match[0]):
        return match[0], text[match.end() :]
    match = _PEN.match(text)
    if match and is_name(match["name"].strip()) and not _SENTENCE.search(match["name"]):
        return match["name"].strip(" ."), text[match.end() :]
    return None


_HANGUL = re.compile(r"[가-힣]{2,4}(?![가-힣])")
_KOREAN_ROLE = re.compile(r"^\s?(?:기자|특파원|작가|교수)")
_PEN = re.compile(rf"(?P<name>{_PEN_NAME}(?: [A-Z][\w.]+)?)(?=$|[\s\u3000、，,。/／|｜;；（()）\]】〕<＜@])")
_SENTENCE = re.compile("[了的是在将將已与與对對请請不我你他她们們這这那个個]|[のはがをにで]{1}(?![\u4e00-\u9fff]$)")
_SPACED_JAPANESE = re.compile(rf"[{_HAN}]{{1,3}}[\u3000 ][{_HAN}\u3040-\u30ff]{{1,4}}(?=$|[\s、，,。/／（(【）)\]】])")


@cache
def _foreign() -> re.Pattern[str]:
    """Names from abroad, as Chinese and Japanese spell them: 卡洛斯·加西亚."""
    return re.compile(
        rf"[{_HAN}\u30a0-\u30ff]{{1,6}}[·・][{_HAN}\u30a0-\u30ff]{{1,8}}(?:[·・][{_HAN}\u30a0-\u30ff]{{1,8}})?"
    )


@cache
def _chinese() -> re.Pattern[str]:
    data = _data()
    single = "".join(c for c in str(data["surnames"]["zh"]) if not c.isspace())
    long = "|".join(data["surnames"]["zh_long"])
    places = "|".join(data["places"])
    end = rf"(?=$|[^{_HAN}]|{_ROLE_BEHIND}|(?:{places})(?:$|[^{_HAN}]|{_ROLE_BEHIND}|[\d０-９]))"
    return re.compile(
        rf"(?P<name>(?:(?:{long})[{_HAN}]{{1,2}}?|[{single}](?:[{_HAN}]{{1,2}}?|[ \u3000]{{1,2}}[{_HAN}](?![{_HAN}]))){end})"
    )


def _bracketed(line: str) -> EasternByline | None:
    """Names and nothing else, or names and a place, in the bracket that ends a text."""
    match = _LAST_BRACKET.search(line)
    if match is None:
        return None
    inner = match["inner"].strip()
    if "記者" in inner or "记者" in inner or "編輯" in inner or "编辑" in inner:
        return None
    names = _listed(inner, known=True)
    if names and _only_names(inner, names):
        return EasternByline(Trust.BRACKET, names)
    plain = inner.replace(" ", "").replace("\u3000", "")
    # Japanese papers sign like this, and their surnames are many: letters of a name's number and no more.
    if match["open"] in "【（" and _JAPANESE_BRACKET.fullmatch(inner) and is_name(plain) and _KANA.search(line):
        return EasternByline(Trust.BRACKET, (inner,))
    return None


_LAST_BRACKET = re.compile(r"(?P<open>[（(【〔\[])(?P<inner>[^（）()【】〔〕\[\]]{2,30})[）)】〕\]][\s。]*$")
_KANA = re.compile("[\u3041-\u3096]")


def _only_names(inner: str, names: tuple[str, ...]) -> bool:
    rest = inner
    for name in names:
        rest = rest.replace(name, "", 1)
    for word in (*_data()["places"], *_ROLES_BEHIND):
        rest = rest.replace(word, "")
    return not _LETTERS.search(rest)


_LETTERS = re.compile(rf"[{_HAN}\w]{{3}}")
_JAPANESE_BRACKET = re.compile(rf"[{_HAN}]{{3,5}}|[{_HAN}]{{1,3}}[\u3000 ][{_HAN}\u3040-\u30ff]{{1,4}}")


def _japanese(line: str) -> EasternByline | None:
    """山田太郎記者, 編集委員 山田太郎, 記者 山田太郎; the first also within brackets."""
    if not (_KANA.search(line) or _TELLS_JAPANESE.search(line)):
        return None
    if match := _JAPANESE_ALONE.fullmatch(line):
        name = next(n for n in match.groups() if n)
        return EasternByline(Trust.REPORTER, (name,)) if is_name(name) and _KANA.search(line) is None else None
    if match := _JAPANESE.search(line):
        name = (match["before"] or match["behind"]).strip()
        plain = name.replace(" ", "").replace("\u3000", "")
        if is_name(plain) and len(plain) > 2:
            return EasternByline(Trust.REPORTER, (name,))
    return None


_TELLS_JAPANESE = re.compile("記者|編集委員|支局|部[・）)]|＝|【")
_JAPANESE_NAME = rf"[{_HAN}]{{1,3}}[\u3000 ][{_HAN}\u3040-\u30ff]{{1,4}}|[{_HAN}]{{3,5}}"
_JAPANESE = re.compile(
    rf"(?:^|[（(【／/＝=・\s])(?:(?P<before>{_JAPANESE_NAME})(?:\s?(?:記者|編集委員|特派員|論説委員|支局長))(?=$|[）)】／/・\s])"
    rf"|(?:編集委員|論説委員|特派員|記者|[{_HAN}\u30a0-\u30ff]{{1,6}}(?:部|支局|総局))[・\s／/：:]+(?P<behind>{_JAPANESE_NAME})(?=$|[）)】\s]))"
)


# 山田太郎（社会部）, 山田太郎＝ロンドン, 【山田太郎】
_JAPANESE_ALONE = re.compile(
    rf"([{_HAN}]{{3,5}})[（(][^（）()]{{0,10}}(?:部|局|記者|委員)[）)]|([{_HAN}]{{3,5}})＝[{_HAN}\u30a0-\u30ff]{{2,8}}|【([{_HAN}]{{3,5}})】"
)


def _korean(line: str) -> EasternByline | None:
    found: list[str] = []
    for match in _KOREAN.finditer(line):
        names = [n.strip() for n in _KOREAN_BETWEEN.split(match["names"]) if n.strip()]
        good = [n for n in names if _is_korean(n)]
        found += good[-3:] if "·" in match["names"] or "," in match["names"] else good[-1:]
    if not found and (behind := _KOREAN_BEHIND.search(line)) and _is_korean(behind["name"]):
        found = [behind["name"]]
    return EasternByline(Trust.REPORTER, tuple(dict.fromkeys(found))) if found else None


_KOREAN = re.compile(
    r"(?<![가-힣])(?P<names>[가-힣]{2,4}(?:\s?[·・,]\s?[가-힣]{2,4}){0,4})\s?(?:인턴|수습|선임|전문|객원|시민|대학생|사진|의학전문|문화전문|명예|/|[가-힣]{1,8}(?:팀|부|국))?\s?"
    r"(?:기자|특파원|논설위원|편집위원|앵커|아나운서|통신원|리포터|칼럼니스트|에디터|PD|피디)(?![가-힣])"
)
_KOREAN_BETWEEN = re.compile(r"[·・,\s]+")
_KOREAN_BEHIND = re.compile(
    r"^(?:기자명|기자|취재기자|작성자|글|기고자)\s*+(?:[:：=|]\s*+)?(?P<name>[가-힣]{2,4})(?![가-힣])"
)


def _is_korean(name: str) -> bool:
    surnames = _data()["surnames"]
    if name in _words("nobody") or is_organisation(name) or name in _NO_KOREAN:
        return False
    long = tuple(surnames["ko_long"])
    return (2 <= len(name) <= 3 and name[0] in surnames["ko"]) or (len(name) in (3, 4) and name.startswith(long))


_NO_KOREAN = frozenset(
    "정치부 경제부 사회부 문화부 국제부 산업부 전국부 사진부 스포츠 한국 서울 부산 대구 인천 광주 대전 제주 전주 수원 정부 기사 담당 소속 현장 전문 인턴 수습 선임 객원 이번 해당".split()
)


def _edited(line: str) -> EasternByline | None:
    match = _EDITOR.search(line)
    if match is None or len(line) > _MAX_LINE:
        return None
    names = _listed(line[match.end() :], known=False)
    return EasternByline(Trust.EDITOR, names[:2]) if names else None


_EDITOR = re.compile(r"(?:责任编辑|責任編輯|责编|責編|编辑|編輯|担当編集|編集)\s?[：:／/]\s?")


def edges(line: str) -> tuple[str, ...]:
    """The parts of a line that can hold a byline: itself when it is short, else its beginning and its end."""
    return (line,) if len(line) <= _MAX_LINE else (line[:_EDGE], line[-_EDGE:])


@cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(str(word) for word in _data()[kind])


@cache
def _data() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data: dict[str, Any] = yaml.load((Path(__file__).parent / "eastern_names.yaml").read_text("utf-8"), loader)
    return data
