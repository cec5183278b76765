"""One page's bytes → its values. Pure: no I/O, no clock, no memory between calls; never raises for what a page holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from etl.clean.context import CleanContext
from etl.clean.engine import clean
from etl.extract import body as bodies
from etl.extract import byline, images, jsonld, lead, pagetype, publication, signals as reading, site, title, topic
from etl.extract.decode import decode, is_binary
from etl.extract.prune import prune
from etl.extract.rules import SourceRules
from etl.extract.tree import parse
from etl.model import Outcome, Page, PageType, Precision
from etl.normalize import credits, dates, language
from etl.normalize.text import from_markup, lines


def extract_page(
    body: bytes, *, url: str, captured_at: datetime, content_type: str | None, rules: SourceRules | None = None
) -> Page:
    """The values of one page. What cannot be an article has another outcome, and `detail` says what was seen."""
    if not body.strip():
        return Page(outcome=Outcome.EMPTY_TEXT, page_type=PageType.EMPTY, detail="the body is empty")
    if is_binary(body):
        return Page(outcome=Outcome.NOT_HTML, page_type=PageType.NOT_TEXT, detail="the bytes are no text")
    try:
        return _page(decode(body, content_type).text, url, captured_at, rules or SourceRules())
    except RecursionError:
        return Page(outcome=Outcome.BROKEN_PAGE, page_type=PageType.ERROR, detail="nested too deeply to be read")


def _page(text: str, url: str, captured_at: datetime, rules: SourceRules) -> Page:
    root = parse(text)
    if root is None:
        return Page(outcome=Outcome.BROKEN_PAGE, page_type=PageType.ERROR, detail="no element could be read")
    said = reading.collect(root, url)
    site_names = (*site.names(said), *rules.site_names)
    chosen_title, titles = title.choose(said, site_names)
    pictures, captions = images.collect(root, said)
    topics = topic.choose(said, site_names)
    names, names_evidence, bylines = byline.choose(said, (*site_names, topics.section or ""))
    declared = tuple(
        d
        for d in (
            language.tag(v)
            for v in (
                rules.language,
                said.html_lang,
                jsonld.text((said.article or {}).get("inLanguage")),
                said.first("og:locale"),
                said.first("content-language", "language", "dc.language"),
            )
        )
        if d
    )
    month_first = (
        rules.month_first
        if rules.month_first is not None
        else (said.html_lang or "").casefold() in ("en-us", "en_us", "en")
    )
    when = publication.choose(said, captured_at, root, month_first=month_first)
    bodies.strip(root)
    prune(root, url)
    ld_body = jsonld.text((said.article or {}).get("articleBody"))
    found = bodies.extract(root, ld_body=lines(from_markup(ld_body)) if ld_body else None)
    first = lead.find(root, found.text, _descriptions(said), titles) if found.text else None
    if first:
        found = bodies.Body(text=f"{first}\n{found.text}", evidence=found.evidence + "+lead")
    cleaned = clean(
        found.text,
        CleanContext(
            titles=titles,
            site_name=next(iter(site_names), None),
            authors=names,
            categories=tuple(c for c in (topics.section, *topics.tags) if c),
            date_texts=(when.published.stamp.raw,) if when.published else (),
            captions=captions,
            credits=tuple(p.credit for p in pictures if p.credit),
            language=declared[0] if declared else None,
        ),
    )
    verdict = pagetype.judge(said, found.text)
    guess = language.identify(found.text or (chosen_title.value if chosen_title else ""), declared)
    stamp = _in_zone(when.published.stamp, rules.timezone) if when.published else None
    evidence = {
        "title": chosen_title and chosen_title.evidence,
        "authors": names_evidence,
        "published_at": when.published and when.published.evidence,
        "modified_at": when.modified_evidence,
        "language": guess and guess.evidence,
        "section": topics.section_evidence,
        "tags": topics.tags_evidence,
        "text": found.evidence if found.text else None,
    }
    return Page(
        outcome=verdict.outcome,
        page_type=verdict.page_type,
        detail=verdict.detail,
        title=chosen_title.value if chosen_title else None,
        description=_description(said),
        authors=names,
        published_at=stamp.instant if stamp else None,
        published_on=stamp.day if stamp else None,
        published_precision=stamp.precision if stamp else None,
        published_raw=stamp.raw if stamp else None,
        modified_at=when.modified_at,
        language=guess.language if guess else None,
        section=topics.section,
        tags=topics.tags,
        text=cleaned.text,
        removed=cleaned.cuts,
        flags=cleaned.flags,
        images=pictures,
        agencies=credits.agencies(found.text, bylines, None),
        dateline=credits.dateline(found.text),
        canonical_url=said.canonical,
        amp_url=said.amp,
        evidence={field: place for field, place in evidence.items() if place},
    )


def _description(said: reading.Signals) -> str | None:
    value = said.first("og:description", "description", "twitter:description") or jsonld.text(
        (said.article or {}).get("description")
    )
    return (from_markup(value) or None) if value else None


def _descriptions(said: reading.Signals) -> list[str]:
    values = [v for v, _ in said.meta("description", "og:description", "twitter:description")]
    return [from_markup(v) for v in (*values, *jsonld.texts((said.article or {}).get("description")))]


def _in_zone(stamp: dates.Stamp, zone: str | None) -> dates.Stamp:
    """A local clock made an instant by the source's time zone."""
    if zone is None or stamp.precision is not Precision.LOCAL or stamp.when is None:
        return stamp
    when = stamp.when.replace(tzinfo=ZoneInfo(zone))
    return replace(
        stamp,
        when=datetime.fromisoformat(when.isoformat()),
        precision=Precision.SECOND if when.second else Precision.MINUTE,
    )
