"""What to do about a page that ended so."""

from __future__ import annotations

from etl.model import Outcome

_LOOK = "see what the rules saw: news-etl extract FILE --url URL --explain -o page.html"
_BROWSER = "look at the address in a browser"

# Of outcomes that a visit, a capture or an offer can end with; FILE and URL stand for those of a capture.
ADVICE: dict[Outcome, str] = {
    Outcome.HTTP_ERROR: f"{_BROWSER}: if the site answers others and not this crawler, it blocks it, and that is not circumvented",
    Outcome.PAYMENT_REQUIRED: "nothing here: prices are not paid; a publisher may let your user agent in without one",
    Outcome.RIGHTS_RESERVED: (
        "with a licence of the publisher, let the rights policy (NEWS_ETL_RIGHTS) keep pages of its source: `store: {no: full}`"
    ),
    Outcome.TIMEOUT: f"{_BROWSER}: a slow or broken site; it is tried again by itself",
    Outcome.TOO_LARGE: "nothing here: a page of that size is hardly an article",
    Outcome.REFUSED_ADDRESS: "news-etl doctor says which addresses are refused: private ones are never fetched",
    Outcome.NOT_HTML: "nothing here: only web pages and plain text are read; exclude such addresses by a pattern",
    Outcome.SOFT_404: f"{_BROWSER}: the site says 'not found' there; if it does not, {_LOOK}",
    Outcome.MOVED_TO_FRONT: "nothing here: the site has taken the page away and leads to a front page",
    Outcome.CONSENT_WALL: f"{_BROWSER}: the site shows a consent form before its pages; it is not circumvented",
    Outcome.BOT_CHALLENGE: "nothing here: a bot challenge is not circumvented; a publisher may let your user agent in",
    Outcome.PAYWALL_STUB: "nothing here: paywalls are not circumvented",
    Outcome.LIST_PAGE: f"if it is an article after all, {_LOOK}; else exclude such addresses by a pattern",
    Outcome.EMPTY_TEXT: f"if the page has text in a browser, it may need JavaScript; else {_LOOK}",
    Outcome.BROKEN_PAGE: "the bytes are no page that can be read; it is tried again by itself",
    Outcome.FOREIGN_HOST: "if the other host is the publisher's, add it to the aliases of the source",
    Outcome.ROBOTS_DENIED: "nothing here: it is the publisher's rule, and is obeyed",
    Outcome.ROBOTS_UNREACHABLE: "wait: robots.txt is asked again at the next visit",
    Outcome.QUARANTINED: "after a change of rules or code: news-etl replay --reason quarantined",
    Outcome.GONE: "nothing here; news-etl fill may find a copy in an archive",
    Outcome.ERASED: "nothing here: pages that it leads to were erased on request",
}


def advice(outcome: str | None) -> str | None:
    """What to do about an outcome; None where there is nothing to say."""
    return ADVICE.get(Outcome(outcome)) if outcome in set(Outcome) else None
