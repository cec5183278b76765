"""The results of a walk → a proposal: the fields of a source, the evidence for each, and warnings."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from etl.archives.days import span_of
from etl.fetch import robots
from etl.fetch.address import host_name, literal_address
from etl.fetch.robots_store import RobotsState
from etl.model import Outcome
from etl.probe import addresses, archive, languages, zones
from etl.probe.findings import USEFUL, Proposal, Role, Verdict, Wall, Warn
from etl.probe.samples import SampleRead, columns
from etl.probe.seen import Seen
from etl.probe.zones import Country, SeenOffset, Witness, ZoneFound, of_raw
from etl.urls import host_of, registrable_domain

# Top-level domains of countries that are mostly used for something else.
NO_COUNTRY = frozenset("ai cc co eu fm gg io ly me su to tv ws".split())
# The number of articles required among five samples; among fewer samples the majority.
READY_SHARE = 0.6
MIN_SAMPLES = 2
# Brief news has 300 and more; what readers are shown before they pay has one or two sentences.
TEASER_COLUMNS = 250
_LONG_DELAY_S = 30.0
_MAX_OFFSETS = 40  # of one feed: more are no more evidence
# Latin letters that Unicode does not decompose into a letter and a mark.
_LETTERS = str.maketrans(
    {
        "ł": "l",
        "Ł": "L",
        "ø": "o",
        "Ø": "O",
        "ß": "ss",
        "đ": "d",
        "Đ": "D",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "ı": "i",
        "’": "",
        "'": "",
    }
)
_UNSAFE = re.compile(r"[^a-z0-9]+")
_WALLS = {
    Wall.ROBOTS: "robots.txt forbids articles: they are not fetched",
    Wall.CONSENT: "a consent form comes before the articles; it is never accepted",
    Wall.CHALLENGE: "a challenge for robots comes before the articles; it is never circumvented",
    Wall.LOGIN: "articles lead to a login",
    Wall.PAYWALL: "articles are truncated by a paywall: `text_truncated`, or `paywall_stub` where hardly any text is left",
    Wall.JAVASCRIPT: "pages have no text without JavaScript, which is not executed",
    Wall.REFUSED: "the server refuses articles",
    Wall.UNREACHABLE: "articles could not be reached",
    Wall.NOTICE: "all of them have the same text: a notice in place of the article",
    Wall.NO_ARTICLES: "the listed pages are no articles",
}


def propose(seen: Seen) -> Proposal:
    """The proposal. A function of the answers alone."""
    if not seen.homepage:
        return _unreached(seen)
    documents = [*seen.feeds, *seen.sitemaps, *seen.sections]
    spoken = languages.find(documents, [read.sample for read in seen.read], seen.front.lang)
    countries = list(_countries(seen, spoken.languages))
    found = zones.find(list(_offsets(seen)), countries, spoken.languages)
    sitemaps = _sitemaps(seen)
    feeds = [each.url for each in seen.feeds if each.role in USEFUL]
    sections = [each.url for each in seen.sections if each.role in USEFUL]
    name = seen.front.name or host_of(seen.homepage)
    warnings = tuple(_warnings(seen, found, spoken.languages))
    return Proposal(
        asked=seen.asked,
        verdict=_verdict(seen, bool(feeds or sitemaps or sections)),
        key=key_of(name, seen.homepage),
        name=name,
        homepage=seen.homepage,
        country=_country(countries, found),
        languages=spoken.languages,
        timezone=found.zone,
        aliases=tuple(seen.aliases),
        feeds=tuple(dict.fromkeys(feeds)),
        sitemaps=tuple(dict.fromkeys(sitemaps)),
        sections=tuple(dict.fromkeys(sections)),
        date_archives=(seen.date_archive,) if seen.date_archive else (),
        system=seen.system.system.name if seen.system else None,
        hosts=tuple(dict.fromkeys(_hosts(seen))),
        past_days=archive.past_days(seen.sitemaps),
        rights=_rights(seen),
        evidence={
            "country": tuple(f"{each.code}: {each.where}" for each in countries[:3] if not each.is_guess),
            "languages": spoken.evidence,
            "timezone": found.evidence,
            "aliases": tuple(f"{host}: {why}" for host, why in seen.aliases.items()),
            "system": (f"{seen.system.system.name}: {seen.system.evidence}",) if seen.system else (),
        },
        warnings=warnings,
        documents=tuple(sorted(documents, key=lambda each: each.role not in USEFUL)),
        samples=tuple(read.sample for read in seen.read),
    )


def key_of(name: str, homepage: str) -> str:
    """A key for a source by its name, where that has Latin letters, else by its host.

    >>> key_of("Der Würth-Bote", "https://bote.example/"), key_of("新聞", "https://www.xinwen.example/")
    ('der-wurth-bote', 'xinwen')
    """
    folded = unicodedata.normalize("NFKD", name.translate(_LETTERS)).encode("ascii", "ignore").decode().lower()
    key = _UNSAFE.sub("-", folded).strip("-")
    if sum(map(str.isalpha, key)) >= 3 and sum(map(str.isalpha, key)) >= 0.5 * sum(map(str.isalpha, name)):
        return key[:63].strip("-")
    host = host_of(homepage)
    domain = registrable_domain(homepage) or ("" if literal_address(host_name(host)) else host.removeprefix("www."))
    return _UNSAFE.sub("-", (domain.partition(".")[0] or host).lower()).strip("-")[:63] or "source"


def _unreached(seen: Seen) -> Proposal:
    return Proposal(
        asked=seen.asked,
        verdict=Verdict.NOT_READY,
        key=key_of("", f"https://{seen.asked.rpartition('//')[2].partition('/')[0]}/"),
        name=seen.asked,
        homepage="",
        warnings=tuple(Warn(wall=wall, message=said) for wall, said in seen.walls),
    )


def _countries(seen: Seen, spoken: Sequence[str]) -> Iterable[Country]:
    """Possible countries of the site, the best evidence first."""
    found: list[Country] = []
    host = urlsplit(seen.homepage).hostname or ""
    domain = registrable_domain(seen.homepage) or ""
    end = _of_suffix(domain.partition(".")[2])
    if end is not None:
        found.append(Country(code=end, where=f"the top-level domain of {host}", is_sure=True))
    found += (Country(code=code, where=where, is_sure=True) for code, where in seen.front.countries_told)
    said = seen.front.country
    if said is not None:
        found.append(Country(code=said, where="declared with the language of the front page"))
    told = Counter(read.country for read in seen.read if read.country)
    found += (
        Country(code=country, where=f"declared by {count} sample articles")
        for country, count in told.most_common()
        if country is not None
    )
    for language in spoken:
        if (likely := zones.likely_country(language)) is not None:
            found.append(Country(code=likely, where="where most who speak its language live", is_guess=True))
    first: dict[str, Country] = {}
    for each in found:
        if zones.of_country(each.code):
            first.setdefault(each.code, each)
    return first.values()


def _country(countries: Sequence[Country], zone: ZoneFound) -> str | None:
    """The country that is certain, else the declared one that has the zone; never one guessed from the language."""
    named = [each for each in countries if not each.is_guess]
    return next((each.code for each in named if each.is_sure or each.code == zone.country), None)


def _of_suffix(suffix: str) -> str | None:
    """The country of a public suffix, such as `de`, `co.uk` or `com.co`; None for one that is used worldwide.

    >>> _of_suffix("co.uk"), _of_suffix("com.co"), _of_suffix("co"), _of_suffix("com")
    ('GB', 'CO', None, None)
    """
    first, _, last = suffix.rpartition(".")
    if len(last) != 2 or (not first and last in NO_COUNTRY):
        return None
    return "GB" if last == "uk" else last.upper()


def _offsets(seen: Seen) -> Iterable[SeenOffset]:
    for read in seen.read:
        yield from read.offsets
    for document in (*seen.feeds, *seen.sitemaps):
        if document.role not in USEFUL:
            continue
        witness = Witness.FEED
        for entry in document.entries[:_MAX_OFFSETS]:
            found = of_raw(entry.published_raw, witness=witness, where=urlsplit(document.url).path)
            if found is not None:
                yield found


def _sitemaps(seen: Seen) -> list[str]:
    """The useful sitemaps that no other one names, and the news sitemap of an index that also names others.

    The other files of an index are read through it. A file with a date in its name is a different file on the next day.
    """
    useful = [each for each in seen.sitemaps if each.role in USEFUL]
    index_of = {addresses.key_of(child): each for each in useful if each.children for child in each.children}
    kept = []
    for each in useful:
        parent = index_of.get(addresses.key_of(each.url))
        if parent is None or (
            each.role is Role.NEWS_SITEMAP and len(parent.children) > 1 and span_of(each.url) is None
        ):
            kept.append(each)
    return [each.url for each in sorted(kept, key=lambda each: each.role is not Role.NEWS_SITEMAP)]


def _hosts(seen: Seen) -> Iterable[str]:
    own = host_of(seen.homepage)
    listed = [entry.url for each in (*seen.feeds, *seen.sitemaps) for entry in each.entries[:50]]
    for host in (*(host_of(url) for url in (*seen.hops, *listed)), *seen.front.hosts):
        if host and host != own:
            yield host


def _rights(seen: Seen) -> dict[str, str]:
    kept = (
        "tdm_reservation",
        "tdm_policy",
        "content_usage",
        "content_signal",
        "rsl_license_url",
        "license_url",
        "robots_flags",
    )
    found = dict(seen.rights)
    for read in seen.read:
        for name, value in read.rights.items():
            found.setdefault(name, value)
    return {name: found[name] for name in kept if name in found}


def _verdict(seen: Seen, has_way_in: bool) -> Verdict:
    partly = [read for read in seen.read if read.sample.outcome is Outcome.ARTICLE and read.wall is not Wall.NOTICE]
    whole = [read for read in partly if not read.sample.is_truncated]
    if not has_way_in or not partly:
        return Verdict.NOT_READY
    is_enough = len(seen.read) >= MIN_SAMPLES and len(whole) >= READY_SHARE * len(seen.read)
    if is_enough and not _are_teasers(seen) and _asleep_since(seen) is None:
        return Verdict.READY
    return Verdict.DOUBTFUL


def _are_teasers(seen: Seen) -> bool:
    """True if most of the texts are as short as teasers: cut off without a word that says so, or never longer."""
    widths = sorted(columns(each.text) for each in seen.read if each.sample.outcome is Outcome.ARTICLE)
    return bool(widths) and widths[len(widths) // 2] < TEASER_COLUMNS


def _asleep_since(seen: Seen) -> datetime | None:
    """When the site last had something new, if that was long ago by all that tells it; None while it is awake."""
    told = [each.newest for each in (*seen.feeds, *seen.sitemaps) if each.newest is not None]
    for read in seen.read:
        if read.sample.published:
            when = datetime.fromisoformat(read.sample.published)
            told.append(when if when.tzinfo else when.replace(tzinfo=UTC))
    newest, before = max(told, default=None), seen.silent_before
    return newest if newest is not None and before is not None and newest < before else None


def _warnings(seen: Seen, zone: ZoneFound, spoken: Sequence[str]) -> Iterable[Warn]:
    yield from _of_samples(seen.read)
    if _are_teasers(seen):
        yield Warn(
            message=f"most texts have less than {TEASER_COLUMNS} columns: teasers, or a paywall that does not say so"
        )
    if (since := _asleep_since(seen)) is not None:
        yield Warn(message=f"nothing new since {since:%Y-%m-%d}: the site is asleep, or has moved")
    useful = [each for each in (*seen.feeds, *seen.sitemaps) if each.role in USEFUL]
    if not useful and any(each.role in USEFUL for each in seen.sections):
        yield Warn(
            message="neither feed nor sitemap: articles are guessed from links of section fronts, and their dates are known only from the pages"
        )
    elif not useful:
        yield Warn(
            message="no feed, no sitemap and no section with links to articles was found", wall=_front_wall(seen)
        )
    yield from _of_robots(seen)
    for each in (*seen.feeds, *seen.sitemaps):
        if each.role is Role.FOREIGN:
            yield Warn(
                message=f"{each.url}: {each.why}; they get the outcome foreign_host unless `aliases` names the host"
            )
        elif each.role is Role.SILENT:
            yield Warn(message=f"{each.url}: {each.why}; left out")
    if seen.untried:
        yield Warn(
            message=f"{seen.untried} more feeds are named, and were not tried within the limit of requests: add those you want"
        )
    if zone.zone is None:
        yield Warn(
            message=f"no time zone: {zone.evidence[0]}; without one a local time without an offset is only a day"
        )
    if not spoken:
        yield Warn(message="no language was detected: write it into the entry")
    editions = [lang for lang in languages.editions(seen.front.editions) if lang not in spoken]
    if editions:
        yield Warn(
            message=f"editions in {', '.join(editions)} are named, but no articles of them are listed: probe each of them"
        )
    if seen.hops and not seen.asked.rpartition("//")[2].startswith(urlsplit(seen.homepage).netloc):
        yield Warn(message=f"{seen.asked} leads to {seen.homepage}")
    for name, value in _rights(seen).items():
        if name == "tdm_reservation" and value == "1":
            yield Warn(message="the publisher reserves text and data mining: read the terms before you use the text")
        elif name in ("content_usage", "content_signal", "robots_flags"):
            yield Warn(message=f"the site restricts use: {name.replace('_', '-')}: {value}")


def _front_wall(seen: Seen) -> Wall | None:
    return seen.front_wall or (Wall.JAVASCRIPT if seen.front.is_shell else None)


def _of_samples(read: Sequence[SampleRead]) -> Iterable[Warn]:
    walls = Counter(each.wall for each in read if each.wall is not None)
    for wall, count in walls.most_common():
        yield Warn(wall=wall, message=f"{count} of {len(read)} samples: {_WALLS[wall]}")
    if 0 < len(read) < MIN_SAMPLES:
        yield Warn(message="only one article could be checked")


def _of_robots(seen: Seen) -> Iterable[Warn]:
    stored = seen.robots
    if stored is None:
        return
    if stored.state in (RobotsState.DENIED, RobotsState.UNREACHABLE):
        yield Warn(
            wall=Wall.ROBOTS, message=f"robots.txt is {stored.state}: nothing is fetched while it is ({stored.error})"
        )
        return
    rules = robots.parse(stored.text)
    delay = rules.delay(0.0)
    if delay.seconds >= _LONG_DELAY_S:
        day = int(86_400 / delay.seconds)
        yield Warn(
            message=f"robots.txt asks for {delay.asked_s:g} s between requests: at most {day} a day on this host"
        )
    denied = [each for each in (*seen.feeds, *seen.sitemaps) if each.why.startswith(Outcome.ROBOTS_DENIED.value)]
    for each in denied:
        if each.named_by != "the usual place":
            yield Warn(message=f"{each.url}, which {each.named_by} names, is forbidden by robots.txt")
