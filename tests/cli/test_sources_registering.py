"""Commands that change the registry, on the sample newsroom: what they write, and how they end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from etl import cli
from etl.cli import registering
from etl.errors import SettingError
from etl.sample.server import Newsroom, running_newsroom
from etl.sources import registry


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    with running_newsroom(port=0) as one:
        yield one


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> Path:
    monkeypatch.setenv("NEWS_ETL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NEWS_ETL_WAREHOUSE_URL", database_url)
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(tmp_path / "mine" / "sources.yaml"))
    for name in ("NEWS_ETL_CONTACT", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "mine" / "sources.yaml"


def run(*command: str, code: int = 0) -> str:
    result = CliRunner().invoke(cli.app, ("sources", *command))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


def enabled(path: Path) -> dict[str, bool]:
    return {source.key: source.enabled for source in registry.load(path).sources.values()}


def test_from_a_bare_address_to_a_source_that_is_on_and_off_and_gone(newsroom: Newsroom, path: Path) -> None:
    address = newsroom.url("harbour-post").removeprefix("http://").rstrip("/")
    assert "disabled" in run("add", address, "--yes")
    assert enabled(path) == {"the-harbour-post": False}
    assert "complete articles" in run("enable", "the-harbour-post")
    assert enabled(path) == {"the-harbour-post": True}
    assert "already enabled" in run("enable", "the-harbour-post")
    with pytest.raises(SettingError, match="already"):
        run("add", address, "--yes")
    run("disable", "the-harbour-post")
    assert enabled(path) == {"the-harbour-post": False}
    assert "already disabled" in run("disable", "the-harbour-post")
    run("remove", "the-harbour-post", "--yes")
    assert enabled(path) == {}


def test_nobody_who_can_answer_means_that_nothing_is_written(newsroom: Newsroom, path: Path) -> None:
    with pytest.raises(SettingError, match="--yes"):
        run("add", newsroom.url("morgenkurier"))
    assert not path.exists()


def test_a_site_without_articles_is_not_written(newsroom: Newsroom, path: Path) -> None:
    assert "nothing was written" in run("add", newsroom.url("quiet-quay"), "--yes", code=3)
    assert not path.exists()


def test_a_source_whose_documents_are_gone_is_left_off_and_they_are_named(newsroom: Newsroom, path: Path) -> None:
    path.parent.mkdir()
    home = newsroom.url("morgenkurier")
    path.write_text(
        f"sources:\n- key: mine\n  name: Mine\n  homepage: {home}\n  languages: [de]\n  enabled: false  # yet\n"
        f"  feeds: [{home}gone.xml]\n",
        encoding="utf-8",
    )
    said = run("enable", "mine", code=3)
    assert "gone.xml cannot be read" in said and "not enabled" in said
    assert enabled(path) == {"mine": False}
    run("enable", "mine", "--anyway")
    assert "enabled: true  # yet" in path.read_text(encoding="utf-8")


def test_a_list_of_domains_is_probed_and_reported_and_can_go_on(newsroom: Newsroom, path: Path, tmp_path: Path) -> None:
    hosts = [newsroom.url(key).removeprefix("http://") for key in ("morgenkurier", "al-marfa", "quiet-quay")]
    given = tmp_path / "domains.txt"
    given.write_text("# mine\n" + "\n".join([*hosts, "no domain"]) + "  # the last\n", encoding="utf-8")
    rows = [
        json.loads(line) for line in run("import", str(given), "--yes", "--json", code=3).splitlines() if line[0] == "{"
    ]
    assert [row["result"] for row in rows] == ["written", "written", "left out", "left out"]
    assert len(enabled(path)) == 2 and not any(enabled(path).values())
    again = [
        json.loads(line) for line in run("import", str(given), "--yes", "--json", code=3).splitlines() if line[0] == "{"
    ]
    assert [row["result"] for row in again] == ["known", "known", "left out", "left out"]


def test_feeds_go_out_as_opml_and_come_in_again(newsroom: Newsroom, path: Path, tmp_path: Path) -> None:
    run("add", newsroom.url("morgenkurier"), "--yes")
    given = tmp_path / "feeds.opml"
    given.write_text(run("export"), encoding="utf-8")
    assert newsroom.url("morgenkurier", "/atom.xml") in given.read_text(encoding="utf-8")
    before = registry.load(path)
    path.unlink()
    run("import", str(given), "--yes")
    assert registry.load(path).version == before.version


def test_a_folder_of_files_gets_a_file_a_source(
    newsroom: Newsroom, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = path.parent
    folder.mkdir()
    (folder / "a.yaml").write_text("# mine\nsources: []\n", encoding="utf-8")
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(folder))
    run("add", newsroom.url("morgenkurier"), "--yes", "--key", "kurier")
    run("add", newsroom.url("harbour-post"), "--yes", "--file", "a.yaml")
    assert sorted(each.name for each in folder.iterdir()) == ["a.yaml", "kurier.yaml"]
    run("enable", "kurier")
    assert enabled(folder) == {"the-harbour-post": False, "kurier": True}
    run("remove", "kurier", "--yes")
    assert [each.name for each in folder.iterdir()] == ["a.yaml"]
    with pytest.raises(SettingError, match=r"\*\.yaml"):
        run("add", newsroom.url("al-marfa"), "--yes", "--file", "../x.yaml")


def test_an_address_is_told_its_source_and_the_pattern_that_decides(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(
        "sources:\n- key: mine\n  name: Mine\n  homepage: https://www.mine.example/\n  languages: [en]\n"
        "  include: [/news/]\n  exclude: ['/news/*/live/', '*print=1']\n",
        encoding="utf-8",
    )
    base = "https://mine.example"
    given = ["/news/a", "/news/x/live/b", "/shop/a", "/news/a?print=1"]
    rows = [json.loads(line) for line in run("try-url", *(base + each for each in given), "--json").splitlines()]
    assert [row["fetched"] for row in rows] == [True, False, False, False]
    assert [row["pattern"] for row in rows] == ["/news/", "/news/*/live/", None, "*print=1"]
    assert "no source claims" in run("try-url", "https://other.example/")


def a_parent_that_is_a_file(path: Path) -> Path:
    path.parent.write_text("x")
    return path


def links_in_a_circle(path: Path) -> Path:
    path.parent.mkdir()
    path.symlink_to(path)
    return path


@pytest.mark.parametrize(
    "made", [a_parent_that_is_a_file, links_in_a_circle, lambda _: Path("/proc/none/sources.yaml")]
)
def test_a_registry_that_cannot_be_written_is_said_before_a_site_is_probed(
    path: Path, monkeypatch: pytest.MonkeyPatch, made: Callable[[Path], Path]
) -> None:
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(made(path)))
    monkeypatch.setattr("etl.cli.probing.run", None)  # would be a TypeError
    with pytest.raises(SettingError, match="NEWS_ETL_SOURCES"):
        run("add", "127.0.0.11:9", "--yes")


@pytest.mark.parametrize("key", ["A B", "ä", "../x", "", "x" * 64, "taken"])
def test_a_key_that_is_none_or_taken_is_said_before_a_site_is_probed(
    path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    path.parent.mkdir()
    path.write_text("sources:\n- {key: taken, name: T, homepage: 'https://taken.example/', languages: [en]}\n")
    monkeypatch.setattr("etl.cli.probing.run", None)
    with pytest.raises(SettingError, match="--key"):
        run("add", "127.0.0.11:9", "--yes", "--key", key)


def test_feeds_of_a_list_keep_the_port_of_their_site(tmp_path: Path) -> None:
    listed = tmp_path / "list.opml"
    feeds = ("http://127.0.0.12:18299/feed/", "http://127.0.0.12:18299/other/", "https://feeds.courier.de/a")
    outlines = "".join(f'<outline type="rss" text="t" xmlUrl="{feed}"/>' for feed in feeds)
    listed.write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')
    assert registering._listed(listed)[0] == {"127.0.0.12:18299": list(feeds[:2]), "courier.de": [feeds[2]]}
