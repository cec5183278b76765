"""Sites of the sample newsroom taken in: entries written, or proposals in the lake, and what becomes of walls and of repeats."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from etl import stages
from etl.sample.server import Newsroom, running_newsroom
from etl.settings import Settings, load
from etl.sources import registry
from etl.stages.inspect import onboarding
from etl.stages.inspect.onboarding import OnboardResult


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    with running_newsroom(port=0) as one:
        yield one


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return load(
        {
            "NEWS_ETL_HOME": str(tmp_path / "home"),
            "NEWS_ETL_WAREHOUSE_URL": database_url,
            "NEWS_ETL_SOURCES": str(tmp_path / "sources.yaml"),
        }
    )


@pytest.mark.parametrize("enable", [False, True])
def test_a_site_is_written_as_it_was_asked_for_and_its_entry_lies_in_the_lake(
    newsroom: Newsroom, settings: Settings, enable: bool
) -> None:
    found = stages.onboard(settings, newsroom.url("harbour-post"), enable=enable)
    assert found.result is (OnboardResult.ENABLED if enable else OnboardResult.WRITTEN)
    (source,) = registry.load(settings.sources).sources.values()
    assert (source.key, source.enabled) == (found.key, enable)
    stored = Path(str(found.proposal).removeprefix("file://"))
    assert tuple(registry.load(stored).sources) == (found.key,) and "# " in stored.read_text("utf-8")
    again = stages.onboard(settings, newsroom.url("harbour-post"), enable=enable)
    assert (again.result, again.key) == (OnboardResult.KNOWN, found.key)


def test_a_registry_that_cannot_be_written_from_here_stays_and_the_proposal_is_named(
    newsroom: Newsroom, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onboarding, "_is_writable", lambda _: False)  # root may write everywhere
    found = stages.onboard(settings, newsroom.url("morgenkurier"), enable=True)
    assert found.result is OnboardResult.PROPOSED and str(found.proposal) in found.why
    assert not settings.sources.exists()


@pytest.mark.parametrize("what", ["a wall", "no domain", "no contact"])
def test_what_gives_no_articles_is_left_out_with_the_reason(newsroom: Newsroom, settings: Settings, what: str) -> None:
    domain = {"a wall": newsroom.url("quiet-quay"), "no domain": "nonsense", "no contact": "news.example"}[what]
    found = stages.onboard(settings, domain, enable=True)
    assert found.result is OnboardResult.LEFT_OUT and found.why
    assert not settings.sources.exists()
