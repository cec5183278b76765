"""The languages that a site publishes in: those of its texts, not those that its templates declare."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from etl.normalize import language
from etl.probe.findings import ProbedDocument, Role, Sample
from etl.urls import host_of

# Letters that a group of headlines needs for its language to be detected, also between Danish and Norwegian.
_ENOUGH = 120
# The share of listed entries that a language needs; fewer are wire stories or quotations.
_SHARE = 0.05
_MAX_CHARS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """The languages, the one of most entries first, and sentences that say why."""

    languages: tuple[str, ...]
    evidence: tuple[str, ...]


def find(documents: Sequence[ProbedDocument], samples: Sequence[Sample], declared: str | None) -> Spoken:
    """The languages of what documents list and samples say.

    Entries are taken together by document, host and first part of their path, since editions lie so; a group is in the
    language of most of its words.
    """
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    tags: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for document in documents:
        if document.role in (Role.FEED, Role.NEWS_SITEMAP):
            for entry in document.entries:
                place = _place(document.url, entry.url)
                words = ". ".join(filter(None, (entry.title, entry.summary)))
                groups[place].append(words)
                if (tag := language.tag(entry.language)) is not None:
                    tags[place][tag] += 1
    counted: Counter[str] = Counter()
    where: dict[str, str] = {}
    for place, texts in groups.items():
        said = tuple(dict.fromkeys(tag for tag, _ in tags[place].most_common(1))) or ((declared,) if declared else ())
        text = " ".join(texts)[:_MAX_CHARS]
        guess = language.identify(text, said)
        if guess is None or sum(map(str.isalpha, text)) < _letters(guess.language):
            continue
        counted[guess.language] += len(texts)
        where.setdefault(guess.language, f"headlines of {place[0]} ({guess.evidence})")
    read = Counter(sample.language for sample in samples if sample.language and sample.text_chars > 200)
    for tag, count in read.items():
        if tag is not None:
            counted[tag] += count
            where.setdefault(tag, f"{count} of {len(samples)} sample articles")
    whole = sum(counted.values())
    kept = [tag for tag, count in counted.most_common() if count >= _SHARE * whole and (count > 1 or whole < 8)]
    # Without headlines, one article in another language is an exception.
    if kept:
        return Spoken(languages=tuple(kept), evidence=tuple(f"{tag}: {where[tag]}" for tag in kept))
    if declared:
        return Spoken(languages=(declared,), evidence=(f"{declared}: declared by the front page, no text was read",))
    return Spoken(languages=(), evidence=("no text has a detected language, and the front page declares none",))


def editions(found: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Languages that a front page names editions in, as primary subtags."""
    return tuple(dict.fromkeys(tag for name, _ in found if (tag := language.tag(name)) is not None))


def _letters(lang: str) -> int:
    """The number of letters, where one of Chinese, Japanese or Korean counts as three."""
    return _ENOUGH // 3 if lang in ("zh", "ja", "ko") else _ENOUGH


def _place(document: str, url: str) -> tuple[str, str, str]:
    first = next((part for part in urlsplit(url).path.split("/") if part), "")
    is_edition = 2 <= len(first) <= 5 and language.tag(first) is not None and not any(map(str.isdigit, first))
    return document, host_of(url), first if is_edition else ""
