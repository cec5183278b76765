"""Decides how it stands with a page, and says it: a function of the rules' answers and of what is held of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from etl.frontier import MAX_FAILURES, is_answer
from etl.model import OUTCOME_HELP, Outcome
from etl.sources.source import Source
from etl.states import AnswerState
from etl.why.advice import advice
from etl.why.answer import Standing
from etl.why.checks import Check, Passes, Rule
from etl.why.due import held_up, said, when
from etl.why.traces import CaptureTrace, FrontierEntry, HostTrace, RunEnd, SourceTrace, Traces

_OF_RULE = {
    Rule.SOURCE: Standing.NO_SOURCE,
    Rule.ENABLED: Standing.SOURCE_DISABLED,
    Rule.PATTERN: Standing.EXCLUDED,
    Rule.ROBOTS: Standing.ROBOTS_DENIED,
    Rule.ROBOTS_FILE: Standing.ROBOTS_UNREACHABLE,
    Rule.AGE: Standing.TOO_OLD,
}
_BEFORE_A_VISIT = (Rule.ROBOTS, Rule.ROBOTS_FILE, Rule.AGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingVerdict:
    """A standing with its words."""

    standing: Standing
    says: str
    do: str | None = None
    outcome: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that a verdict is reached on. `entry` is the frontier's row that is visited next, of those that lead to the page."""

    traces: Traces
    checks: Sequence[Check]
    source: Source | None
    entry: FrontierEntry | None
    host: HostTrace
    runs: SourceTrace
    now: datetime

    def refusal(self, *rules: Rule) -> Check | None:
        """The first of these rules that keeps the page out."""
        return next((c for c in self.checks if c.rule in rules and c.passes is Passes.NO), None)


def verdict(case: Case) -> StandingVerdict:
    """How it stands: what is stored of the page decides before what the rules say now, for that is what readers see."""
    held = case.traces
    if held.erased is not None:
        says = f"it was erased on {said(held.erased.erased_at)} ({held.erased.reason}), and is not taken again"
        return StandingVerdict(standing=Standing.ERASED, says=says, do="nothing here: an erasure is for good")
    if held.article is not None:
        return _of_article(case)
    return _of_captures(case) or _of_offers(case)


def _of_article(case: Case) -> StandingVerdict:
    article = case.traces.article
    assert article is not None
    since = f"it is the article {article.article_id}, since {said(article.first_seen_at)}"
    story = f"; in the story {article.story_id} of {article.story_members} articles" if article.story_id else ""
    texts = f", with {article.revisions} texts" if article.revisions > 1 else ""
    old = (
        ""
        if article.is_current
        else "; it stands under rules that are no longer current: news-etl reprocess reads it again"
    )
    if article.gone_at is not None:
        says = f"{since}{texts}{story}; the page is gone from the site since {said(article.gone_at)}{old}"
        return StandingVerdict(standing=Standing.GONE, says=says, outcome=Outcome.GONE)
    return StandingVerdict(standing=Standing.ARTICLE, says=f"{since}{texts}{story}{old}", outcome=Outcome.ARTICLE)


def _of_captures(case: Case) -> StandingVerdict | None:
    """Of a page that was captured and is no article."""
    held = case.traces
    newest = next(iter(held.captures), None)
    if newest is not None and newest.outcome not in (None, Outcome.ARTICLE):
        return _of_reading(newest)
    reject = next((r for r in held.rejects if newest is None or r.capture_id == newest.capture_id), None)
    if reject is not None:  # a capture that could not be processed is not counted as read
        says = f"its record in {reject.warc or 'an archive'} could not be processed: {reject.detail or reject.reason}"
        do, outcome = advice(Outcome.QUARANTINED), Outcome.QUARANTINED
        return StandingVerdict(standing=Standing.QUARANTINED, says=says, do=do, outcome=outcome, detail=reject.detail)
    if newest is not None or any(e.outcome is None and e.capture_id for e in held.ends):
        return _not_loaded(case)
    return None


def _of_reading(capture: CaptureTrace) -> StandingVerdict:
    assert capture.outcome is not None
    outcome = Outcome(capture.outcome)
    page = f"the page of {said(capture.captured_at)} (status {capture.status})"
    why = f": {capture.detail}" if capture.detail else ""
    if outcome is Outcome.GONE:
        says, standing = (
            f"the site answered {capture.status} on {said(capture.captured_at)}: it is no longer there",
            Standing.GONE,
        )
    elif outcome is Outcome.QUARANTINED:
        says, standing = f"{page} could not be processed{why}", Standing.QUARANTINED
    else:
        says, standing = f"{page} is no article: {OUTCOME_HELP[outcome]}{why}", Standing.NO_ARTICLE
    if not capture.is_current:
        says += "; rules read it that are no longer current: news-etl replay reads it again"
    do = (advice(outcome) or "").replace("FILE", f"LAKE/{capture.warc}").replace("URL", capture.url)
    return StandingVerdict(standing=standing, says=says, do=do or None, outcome=outcome, detail=capture.detail)


def _not_loaded(case: Case) -> StandingVerdict:
    problem = next((f for f in case.traces.open_files if f.problem), None)
    if problem is not None:
        says, do = f"it was captured, and {problem.warc} could not be loaded: {problem.problem}", "news-etl replay"
        return StandingVerdict(standing=Standing.NOT_LOADED, says=says, do=do, detail=problem.problem)
    says = "it was captured, and is not loaded yet"
    return StandingVerdict(
        standing=Standing.NOT_LOADED, says=says, do="the next run of any kind loads it; news-etl replay does so now"
    )


def _of_offers(case: Case) -> StandingVerdict:
    """Of a page that was never captured: the rules as they are now, then how its offers and visits ended."""
    entry, held = case.entry, case.traces
    refused = case.refusal(Rule.SOURCE, Rule.ENABLED, Rule.PATTERN)
    if refused is not None:
        return _refused(case, refused)
    if entry is not None:
        return _of_entry(case, entry)
    last = next((e for e in held.ends if e.outcome not in (None, Outcome.DUPLICATE_CANDIDATE)), None)
    if last is not None:
        return _of_end(case, last)
    if held.listings:
        return _of_listing(case)
    refused = case.refusal(*_BEFORE_A_VISIT)
    return _refused(case, refused) if refused is not None else _not_offered(case)


def _refused(case: Case, check: Check) -> StandingVerdict:
    standing = _OF_RULE[check.rule]
    met = _met(case.traces.ends, case.traces.entries)
    return StandingVerdict(standing=standing, says=f"{check.says}{met}", do=check.do, outcome=_outcome_of(standing))


def _outcome_of(standing: Standing) -> str | None:
    """The outcome that a run gives what stands so."""
    if standing is Standing.NO_SOURCE:
        return Outcome.FOREIGN_HOST
    return Outcome(standing.value) if standing.value in set(Outcome) else None


def _of_entry(case: Case, entry: FrontierEntry) -> StandingVerdict:
    last, then = entry.last_outcome, when(entry, case.now)
    robots = case.refusal(Rule.ROBOTS, Rule.ROBOTS_FILE)
    if last == Outcome.ERASED:
        says = "it led to a page that was erased on request"
        return StandingVerdict(standing=Standing.ERASED, says=says, do=advice(last), outcome=last)
    if robots is not None:
        return _refused(case, robots)
    if last == Outcome.EXCLUDED:
        detail = next((e.detail for e in case.traces.ends if e.outcome == last), None)
        says = f"it {detail}" if detail else "it leads to a page that the patterns of its source leave out"
        return StandingVerdict(standing=Standing.EXCLUDED, says=says, do=_patterns(case), outcome=last, detail=detail)
    if not entry.visits and entry.due_at is None and case.traces.listings:
        return _of_listing(case)  # a fill had put it there, and it was never due for live runs
    if not entry.visits:
        old = case.refusal(Rule.AGE)
        if entry.due_at is None or old is not None:
            says = old.says if old is not None else "it was older than max_age_days of its source while it waited"
            return StandingVerdict(
                standing=Standing.TOO_OLD, says=says, do=old.do if old else _fill(case), outcome=Outcome.TOO_OLD
            )
        why = held_up(entry, case.source, case.host, case.traces.ends, case.runs, case.now)
        says = f"it was offered on {said(entry.offered_at)}, is due {then}, and was not visited yet: {why}"
        return StandingVerdict(standing=Standing.WAITING, says=says, do=_wait(case), outcome=Outcome.DEFERRED)
    end = next((e for e in case.traces.ends if e.outcome == last), None)
    detail = end.detail if end is not None else None
    if last == Outcome.RIGHTS_RESERVED:
        says = f"{OUTCOME_HELP[Outcome.RIGHTS_RESERVED]}{f' ({detail})' if detail else ''}"
        return StandingVerdict(standing=Standing.NO_ARTICLE, says=says, do=advice(last), outcome=last, detail=detail)
    if last in (None, AnswerState.CAPTURED) or is_answer(Outcome(last)):
        return _not_loaded(case)
    why = f"its last visit brought no page: {OUTCOME_HELP[Outcome(last)]}" + (f" ({detail})" if detail else "")
    if entry.due_at is None:
        tries = (
            f"after {entry.failures} failures in a row"
            if entry.failures >= MAX_FAILURES
            else "since that will not change"
        )
        says = f"{why}; given up {tries}"
        return StandingVerdict(standing=Standing.GIVEN_UP, says=says, do=advice(last), outcome=last, detail=detail)
    next_at = f"visited again {then}"
    if entry.due_at is not None and entry.due_at <= case.now:
        next_at += f": {held_up(entry, case.source, case.host, case.traces.ends, case.runs, case.now)}"
    return StandingVerdict(
        standing=Standing.RETRY, says=f"{why}; {next_at}", do=advice(last), outcome=last, detail=detail
    )


def _of_end(case: Case, end: RunEnd) -> StandingVerdict:
    """Of a page that runs have met and never took."""
    assert end.outcome is not None
    outcome = Outcome(end.outcome)
    met = f"the source {end.source_key} offered it in the run {end.run_id} ({said(end.as_of)})"
    why = f"{OUTCOME_HELP[outcome]}" + (f" ({end.detail})" if end.detail else "")
    if outcome is Outcome.TOO_OLD:
        age = case.refusal(Rule.AGE)
        says = f"{met}, and it was older than max_age_days of the source"
        return StandingVerdict(standing=Standing.TOO_OLD, says=says, do=age.do if age else _fill(case), outcome=outcome)
    if outcome is Outcome.QUARANTINED:
        return StandingVerdict(standing=Standing.QUARANTINED, says=f"{met}: {why}", do=advice(outcome), outcome=outcome,
                       detail=end.detail)  # fmt: skip
    refused = case.refusal(*_BEFORE_A_VISIT)
    if refused is not None:
        return _refused(case, refused)
    says = f"{met}, where a rule kept it out that no longer does: {why}. It is taken when a document offers it next"
    return StandingVerdict(
        standing=Standing.NOT_OFFERED, says=says, do=_next_run(case), outcome=outcome, detail=end.detail
    )


def _of_listing(case: Case) -> StandingVerdict:
    listing = case.traces.listings[0]
    tried = (
        f"the last try ended as {listing.outcome}" + (f" ({listing.detail})" if listing.detail else "")
        if listing.outcome else "it was not tried yet"
    )  # fmt: skip
    says = f"{listing.via} lists it for {listing.day} ({listing.found_at}); {tried}"
    do = f"news-etl fill --source {listing.source_key} --from {listing.day} --to {listing.day}"
    return StandingVerdict(
        standing=Standing.IN_ARCHIVE, says=says, do=do, outcome=listing.outcome, detail=listing.detail
    )


def _not_offered(case: Case) -> StandingVerdict:
    assert case.source is not None
    documents = case.runs.documents
    read = [d for d in documents if d.succeeded_at is not None]
    failing = [d for d in documents if d.error]
    says = (
        f"no rule keeps it out, and none of the {len(documents)} documents of {case.source.key} has offered it so far"
    )
    if not documents:
        says = f"no rule keeps it out, and {case.source.key} has no feed, sitemap or section front that could offer it"
    elif not read:
        says += "; none of them was read yet"
    if failing:
        says += f"; {len(failing)} of them cannot be read whole, such as {failing[0].url}: {failing[0].error}"
    do = "mend or replace that document in the registry" if failing else _next_run(case)
    return StandingVerdict(standing=Standing.NOT_OFFERED, says=says, do=do)


def _met(ends: Sequence[RunEnd], entries: Sequence[FrontierEntry]) -> str:
    if ends:
        end = ends[0]
        how = f", where it ended as {end.outcome}" if end.outcome else ""
        return f"; the source {end.source_key} offered it, last in the run {end.run_id} ({said(end.as_of)}){how}"
    if entries:
        return f"; {entries[0].source_key} offered it first on {said(entries[0].offered_at)}"
    return ""


def _fill(case: Case) -> str:
    named = f" --source {case.source.key}" if case.source else ""
    return f"news-etl fill{named} --from DAY --to DAY, or a larger max_age_days"


def _wait(case: Case) -> str | None:
    return f"news-etl run --source {case.source.key} visits it now, if its host may be visited" if case.source else None


def _patterns(case: Case) -> str:
    return f"change include or exclude of {case.source.key if case.source else 'its source'} in the registry"


def _next_run(case: Case) -> str | None:
    if case.source is None:
        return None
    key = case.source.key
    return (
        f"news-etl run --source {key} reads its documents again; if none of them names such pages, add one that does to {key} "
        "(news-etl sources probe finds some); a page of a past day: news-etl fill"
    )
