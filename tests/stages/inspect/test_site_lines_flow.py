"""Lines that repeat across a site: proposed, looked at, activated; its articles move, and every cut is on record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text
from typer.testing import CliRunner

from benchmarks.pages import START, WORDS, page
from etl.clean.engine import rebuild
from etl.cli import app
from etl.errors import Permanent, SettingError
from etl.lake.segment import Exchange, SegmentWriter
from etl.model import Capture
from etl.settings import Settings
from etl.sources import registry, site_lines
from etl.stages.inspect import site_lines as stage
from etl.stages.process.adopt import adopt
from etl.stages.process.ingest import ingest
from etl.stages.process.observe import observe_all
from etl.stages.resources import open_resources
from etl.warehouse.engine import open_engine

PAGES = 20
LINES = {
    "en": "This gazette is set by hand, and the type is older than the harbour.",
    "ar": "تطبع هذه الجريدة على ورق من مصنع الميناء القديم",
    "ja": "本紙は港の製紙工場の紙に刷られています",
}
HEADINGS = {"en": "How the vote went", "ar": "كيف جرى التصويت", "ja": "採決の経過"}
SOURCES = "sources:\n" + "".join(
    f'  - {{key: {key}, name: Gazette, homepage: "https://{key}.example/", languages: [{key}], enabled: false}}\n'
    for key in LINES
)


def exchanges(keys: Sequence[str] = tuple(LINES)) -> Iterator[Exchange]:
    """For each site the same number of articles: a heading of a series amid the text, the site's line at its end."""
    for key in keys:
        for i in range(PAGES):
            html = page(6 * i + sorted(WORDS).index(key))
            first, *rest = html.split("</p><p>")
            html = "</p><p>".join([first, *rest[:2]]) + f"</p><h2>{HEADINGS[key]}</h2><p>" + "</p><p>".join(rest[2:])
            yield Exchange(
                target_uri=f"https://{key}.example/{i}",
                captured_at=START + timedelta(days=40 + i % 3, seconds=i),
                status=200,
                headers=(("Content-Type", "text/html; charset=utf-8"),),
                body=html.replace("<p>Leave a comment</p>", f"<p>{LINES[key]}</p><p>Leave a comment</p>").encode(),
            )


class Place:
    """A lake and a warehouse with the pages of some sites, and the registry that the next opening reads."""

    def __init__(self, folder: Path, database_url: str, keys: Sequence[str]) -> None:
        folder.mkdir()
        (folder / "sources.yaml").write_text(SOURCES)
        self.settings = Settings(
            home=folder,
            warehouse_url=database_url,
            lake_url=(folder / "lake").as_uri(),
            sources=folder / "sources.yaml",
            contact=None,
            s3_endpoint_url=None,
        )
        self.engine = open_engine(database_url)
        with SegmentWriter(folder, now=START, operator=None, user_agent="test") as writer:
            for exchange in exchanges(keys):
                writer.write(exchange)
            archive = writer.close().path
        with open_resources(self.settings) as r:
            ingest(r, warcs=adopt(r, [str(archive)], url=None, captured_at=None).uris)

    def texts(self, key: str) -> list[str]:
        with self.engine.connect() as connection:
            query = "SELECT b.text FROM core.article a JOIN core.body b USING (text_digest) WHERE source_key = :key"
            return [row.text for row in connection.execute(text(query), {"key": key})]

    def articles(self) -> dict[str, list[tuple[Any, ...]]]:
        with self.engine.connect() as connection:
            query = "SELECT source_key, url, rules_version, revision_count FROM core.article ORDER BY url"
            rows = [tuple(row) for row in connection.execute(text(query))]
        return {key: [row for row in rows if row[0] == key] for key in LINES}


@pytest.fixture
def place(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    place = Place(tmp_path / "place", database_url, request.param)
    monkeypatch.setenv("NEWS_ETL_HOME", str(place.settings.home))
    monkeypatch.setenv("NEWS_ETL_WAREHOUSE_URL", database_url)
    monkeypatch.setenv("NEWS_ETL_LAKE_URL", place.settings.lake_url)
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(place.settings.sources))
    monkeypatch.setattr("etl.stages.process.reprocess.workers_here", lambda: 1)
    yield place
    place.engine.dispose()


def run(*command: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["sources", "lines", *command])
    assert result.exit_code == code, (result.output, result.exception)
    return result.stdout


@pytest.mark.parametrize("place", [tuple(LINES)], indirect=True)
def test_a_proposed_line_is_cut_once_it_is_activated_and_stays_explained(place: Place, tmp_path: Path) -> None:
    before = place.articles()
    assert all(len(of_site) == PAGES for of_site in before.values())
    for key, line in LINES.items():
        assert all(text.endswith("\n" + line) and HEADINGS[key] in text for text in place.texts(key))
        file = tmp_path / f"{key}.yaml"
        shown = [json.loads(row) for row in run("propose", key, "-o", str(file), "--json").splitlines()]
        assert [(row["line"], row["count"], row["share"]) for row in shown] == [(line, PAGES, 1.0)]
        proposed = yaml.safe_load(file.read_text())
        assert proposed["articles"] == PAGES and len(proposed["lines"][0]["examples"]) == 2
        assert all(line in text for text in place.texts(key)), "a proposal changes nothing"

        answer = json.loads(run("activate", str(file), "--json"))
        assert answer["reprocessed"]["captures"] == PAGES
        assert answer["reprocessed"]["changed"] == {"text": PAGES}
        assert not any(line in text for text in place.texts(key))
        assert all(HEADINGS[key] in text for text in place.texts(key))
        listed = [json.loads(row) for row in run("list", key, "--json").splitlines()]
        assert [(row["source"], row["line"]) for row in listed] == [(key, line)]

        after = place.articles()
        moved = {site for site in LINES if after[site] != before[site]}
        assert moved == {key}, "other sites stay under their rules"
        assert [row[3] for row in after[key]] == [1] * PAGES, "no correction by the publisher"
        before = after

    found = registry.load(place.settings.sources)
    for exchange in exchanges():
        capture = Capture(
            target_uri=exchange.target_uri,
            captured_at=exchange.captured_at,
            payload_digest="sha256:0",
            status=200,
            headers=exchange.headers,
            body=exchange.body,
        )
        (seen,) = observe_all([capture], registry=found, resolve=lambda capture: capture)
        (cut,) = [cut for cut in seen.page.removed if cut.rule == "site_line"]
        assert cut.text.strip() == LINES[seen.source_key or ""]
        assert rebuild(seen.page.text, seen.page.removed).count(cut.text.strip()) == 1


@pytest.mark.parametrize("place", [("ja",)], indirect=True)
def test_a_new_proposal_starts_from_what_is_in_use(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "ja.yaml"
    run("propose", "ja", "-o", str(file))
    run("activate", str(file))
    again = [json.loads(row) for row in run("propose", "ja", "-o", str(file), "--json").splitlines()]
    assert [(row["line"], row["active"], row["count"]) for row in again] == [(LINES["ja"], True, PAGES)]
    version = registry.load(place.settings.sources).version
    assert json.loads(run("activate", str(file), "--json"))["reprocessed"]["captures"] == 0
    assert registry.load(place.settings.sources).version == version
    emptied = site_lines.SiteLines(source="ja", lines=())
    file.write_text(site_lines.to_yaml(emptied, is_proposal=False))
    assert "no line" in CliRunner().invoke(app, ["sources", "lines", "activate", str(file)]).output
    assert all(LINES["ja"] in text for text in place.texts("ja"))


@pytest.mark.parametrize("place", [("en",)], indirect=True)
def test_only_captures_of_the_closed_range_are_learnt_from(place: Place) -> None:
    days = [(START + timedelta(days=n)).date() for n in (40, 42)]
    with open_resources(place.settings) as r:
        assert stage.propose(r, "en", first=days[0], last=days[1]).articles == PAGES
        with pytest.raises(Permanent, match=r"^only 14 articles of en were captured from 2026-11-10 to 2026-11-11"):
            stage.propose(r, "en", first=days[0], last=days[0] + timedelta(days=1))
        with pytest.raises(SettingError, match="no source 'fr'"):
            stage.propose(r, "fr")
