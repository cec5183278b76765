"""A slice of the simulated sites (`python -m benchmarks.probe_sites` takes all 300), over connections on loopback."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.probe_sites import MAX_REQUESTS, Score, probe_all, score
from benchmarks.probe_world import WALLS, build
from etl.probe.findings import Proposal, Verdict, Wall

SLICE = range(1, 300, 5)  # sixty, of every publishing system and most walls


@pytest.fixture(scope="module")
def total() -> Score:
    return score(asyncio.run(probe_all(map(build, SLICE))))


def test_feeds_and_sitemaps_of_sixty_sites_are_found_and_hardly_anything_else(total: Score) -> None:
    assert total.feeds_missed + total.feeds_wrong <= 0.02 * total.feeds_found, total.misses
    assert total.sitemaps_missed + total.sitemaps_wrong <= 0.02 * total.sitemaps_found, total.misses
    assert total.feeds_found > 60 and total.sitemaps_found > 50


def test_languages_and_time_zones_of_sixty_sites_are_told(total: Score) -> None:
    assert total.languages.count(False) == 0, total.misses
    assert total.zones.count(False) <= 0.06 * len(total.zones), total.misses


def test_no_probe_asks_for_more_than_forty_documents(total: Score) -> None:
    assert max(total.requests) <= MAX_REQUESTS


def test_no_site_that_would_bring_no_articles_is_called_ready(total: Score) -> None:
    assert total.wrong_ready == 0, total.misses


@pytest.mark.parametrize("number", [4 * n + 3 for n in range(len(WALLS))], ids=WALLS)
def test_what_stands_before_the_articles_is_said(number: int) -> None:
    site = build(number)
    proposal = _probe(number)
    assert proposal.verdict is not Verdict.READY
    assert site.traits[-1] == WALLS[(number - 3) // 4]
    assert {warning.wall for warning in proposal.warnings} & EXPECTED[site.traits[-1]], proposal.warnings


EXPECTED = {
    "consent": {Wall.CONSENT},
    "challenge": {Wall.CHALLENGE, Wall.ROBOTS},  # which may answer robots.txt as well
    "challenge_articles": {Wall.CHALLENGE},
    "javascript": {Wall.JAVASCRIPT},
    "javascript_articles": {Wall.JAVASCRIPT},
    "paywall": {Wall.PAYWALL},
    "paywall_stub": {Wall.PAYWALL},
    "login": {Wall.LOGIN},
    "robots_all": {Wall.ROBOTS},
    "robots_articles": {Wall.ROBOTS},
    "robots_down": {Wall.ROBOTS, Wall.UNREACHABLE},
    "forbidden": {Wall.REFUSED, Wall.ROBOTS},
    "down": {Wall.UNREACHABLE, Wall.ROBOTS},
    "consent_page": {Wall.NOTICE, Wall.CONSENT, Wall.NO_ARTICLES},
    "titled_notice": {Wall.NOTICE},
    "teasers": {None, Wall.PAYWALL, Wall.NO_ARTICLES},
    "asleep": {None},
    "nobody": {Wall.UNREACHABLE, Wall.ROBOTS},
}


def test_the_same_answers_give_the_same_proposal() -> None:
    assert _probe(21) == _probe(21)


def _probe(number: int) -> Proposal:
    ((_, proposal),) = asyncio.run(probe_all([build(number)]))
    return proposal
