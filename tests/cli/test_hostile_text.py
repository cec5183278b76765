"""Untrusted text is shown, and does nothing: in tables, notes, errors, progress, JSON and logs."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hostile_text import ACTING, HOSTILE
from rich.console import Console
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from benchmarks.pages import page
from etl import cli
from etl.cli import output
from etl.errors import Permanent
from etl.printable import json_line, log_fields, one_line, visible

ROOT = Path(__file__).parents[2]
STYLES = re.compile(r"\x1b\[[\d;]*m")
# PostgreSQL takes neither.
STORABLE = [each for each in HOSTILE if "\x00" not in each and not re.search("[\ud800-\udfff]", each)]

SOURCES = """
sources:
  - key: harbour-post
    name: "[/red] \\e[2J \\u202e Post"
    homepage: http://127.0.0.11:18080/
    languages: [en]
    feeds: ["http://127.0.0.11:18080/[/red].xml"]
"""


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> str:
    folder = tmp_path / "[" / "red]\x1b[2J"
    folder.mkdir(parents=True)
    (folder / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    monkeypatch.setenv("NEWS_ETL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NEWS_ETL_WAREHOUSE_URL", database_url)
    monkeypatch.setenv("NEWS_ETL_LAKE_URL", str(tmp_path / "lake"))
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(folder / "sources.yaml"))
    monkeypatch.setenv("NEWS_ETL_CONTACT", "mailto:[/red]@example.org")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "AIRFLOW_HOME"):
        monkeypatch.delenv(name, raising=False)
    return database_url


def run(*command: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(cli.app, [str(c) for c in command])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    assert not ACTING.search(result.output)
    return result.output


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_a_terminal_shows_it_and_obeys_nothing_of_it(hostile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, markup=False, emoji=False, highlight=False, width=4000)
    monkeypatch.setattr(output, "_out", console)
    monkeypatch.setattr(output, "_err", console)
    output.say(hostile, label=hostile)
    output.note(hostile, label=hostile, is_error=True)
    output.print_rows((hostile, "b"), [(hostile, [hostile]), (None, {hostile: 1})], as_json=False, title=hostile)
    with output.working(hostile, quiet=False):
        pass
    shown = screen.getvalue().replace("\x1b[?25l", "").replace("\x1b[?25h", "")
    shown = re.sub(r"\x1b\[(?:1A|2K)|\r", "", STYLES.sub("", shown))
    assert not ACTING.search(shown)
    for part in visible(hostile).expandtabs(1).split("\n"):
        assert part.rstrip() in shown or len(part) > 2000


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_json_is_exact_and_harmless_to_look_at(hostile: str, capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json({hostile: [hostile]})
    printed = capsys.readouterr().out
    assert json.loads(printed) == {hostile: [hostile]}
    assert not ACTING.search(printed) and printed.count("\n") == 1
    assert "عنوان" in printed or "عنوان" not in hostile  # letters stand as they are


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_a_log_has_one_line_for_each_outcome(hostile: str) -> None:
    line = log_fields(outcome="full", url=hostile, error=None)
    assert not ACTING.search(line) and "\n" not in line and "\t" not in line
    value = line.removeprefix("outcome=full url=").removesuffix(" error=None")
    assert (json.loads(value) if value.startswith('"') else value) == hostile
    assert "\n" not in one_line(hostile) and not ACTING.search(one_line(hostile))


def test_json_goes_through_an_output_that_lacks_letters() -> None:
    program = (
        "from etl.cli import output; output.prepare();"
        "output.print_json({'a': 'Größe \\U0001f600 \\ud800'}); output.say('Größe \\ud800'); output.note('語')"
    )
    for encoding in ("ascii", "latin-1", "cp1252", "utf-8"):
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, cwd=ROOT, env={"PYTHONIOENCODING": encoding}
        )
        assert done.returncode == 0, done.stderr
        first, second = done.stdout.decode(encoding).splitlines()
        assert json.loads(first) == {"a": "Größe \U0001f600 \ud800"}
        assert second.endswith("\\ud800")


def test_numbers_that_json_has_not_are_strings() -> None:
    value = {"a": [float("nan"), float("inf"), -float("inf"), 1.5], "b": 10**30}
    assert json.loads(json_line(value), parse_constant=pytest.fail) == {
        "a": ["NaN", "Infinity", "-Infinity", 1.5],
        "b": 10**30,
    }


def test_further_lines_of_an_error_cannot_pass_for_messages_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    output.note("a title\nnews-etl: done", label="news-etl", is_error=True)
    assert capsys.readouterr().err == "news-etl: a title\n  news-etl: done\n"


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_an_error_that_quotes_it_is_told(
    hostile: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for error, code in ((Permanent(hostile), 2), (KeyError(hostile), 1), (ValueError(hostile), 1)):
        monkeypatch.setattr(cli, "app", lambda error=error: (_ for _ in ()).throw(error))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == code
        assert not ACTING.search(capsys.readouterr().err)


def test_query_shows_them_as_values_and_as_names_of_columns(environment: str, tmp_path: Path) -> None:
    engine = create_engine(environment)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE public.hostile (n int, value text, list text[], doc jsonb)"))
        connection.execute(
            text("INSERT INTO public.hostile VALUES (:n, :v, ARRAY[:v], jsonb_build_object(:v, :v))"),
            [{"n": n, "v": value} for n, value in enumerate(STORABLE)],
        )
    engine.dispose()
    query = "SELECT value, list, doc FROM public.hostile ORDER BY n"
    table = run("query", query)
    assert "[link=file:///etc/passwd]see[/link]" in table and ":skull:" in table and "\\x1b[2J" in table
    lines = [json.loads(line) for line in run("query", "--json", query).splitlines()]
    assert lines == [{"value": v, "list": [v], "doc": {v: v}} for v in STORABLE]
    assert "[/red]" in run("query", 'SELECT 1 AS "[/red]", 2 AS ":skull:"')


def test_status_shows_what_servers_and_pages_said(environment: str) -> None:
    run("sources", "list")
    engine = create_engine(environment)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO ops.document (url, source_key, error, failures, checked_at) VALUES (:v, 'harbour-post', :v, 1, now())"
            ),
            [{"v": value} for value in STORABLE if len(value) < 2000],
        )
        connection.execute(
            text("""INSERT INTO ops.reject (reject_id, url, stage, reason, detail, rules_version)
                    VALUES (sha256(convert_to(:v, 'utf8')), :v, 'extract', :v, :v, '')"""),
            [{"v": value} for value in STORABLE if len(value) < 2000],
        )
        connection.execute(
            text("INSERT INTO ops.run (run_id, kind, as_of, state, summary) VALUES (:v, 'live', now(), 'ok', jsonb_build_object('outcomes', jsonb_build_object(CAST(:v AS text), 1)))"),
            [{"v": value} for value in STORABLE if len(value) < 2000],
        )  # fmt: skip
    engine.dispose()
    shown = run("status")
    assert "[/red]" in shown
    found = json.loads(run("status", "--json"))
    assert "\x1b[2J\x1b[Hcleared" in {row["reason"] for row in found["Rejects"]}


def test_registry_and_doctor_show_names_paths_and_contacts(environment: str) -> None:
    for command in (["sources", "list"], ["sources", "check"], ["doctor"]):
        assert "[/red]" in run(*command) or "check" in command
        for line in run(*command, "--json").splitlines():
            json.loads(line)


def test_a_registry_with_hostile_mistakes_is_told(environment: str, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    Path(os.environ["NEWS_ETL_SOURCES"]).write_text('sources: [{key: "[/red]\\e[2J", name: "\\u202e"}]')
    monkeypatch.setattr(sys, "argv", ["news-etl", "sources", "check"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 2 and "[/red]" in said and not ACTING.search(said)


def test_pages_and_files_with_hostile_names_are_read_and_told(environment: str, tmp_path: Path) -> None:
    title = "[/red]&#27;[2J &#8238;abc &#155; :skull:"
    for n, name in enumerate(("[red].html", "\x1b[2Jx.html", "a\nnews-etl: done.html", "\u202eltmh.html", "\x9b.html")):
        file = tmp_path / name
        file.write_text(page(n).replace("<title>", f"<title>{title} {n} "), encoding="utf-8")
        (record,) = map(json.loads, run_out("extract", file).splitlines())
        assert record["source_file"] == name
        said = run("ingest", file)
        assert not re.search(r"^news-etl: done", said, re.M)
        run("extract", "--explain", file, "-o", tmp_path / "out.html")
        printed = run_out("extract", "--explain", file)
        assert not ACTING.search(printed)
    run("query", "SELECT title, url, evidence FROM news.article")
    assert "found in" in run("erase", "--verify", "--text", title.split(" ")[0], code=3)


def run_out(*command: str | Path) -> str:
    result = CliRunner().invoke(cli.app, [str(c) for c in command])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert not ACTING.search(result.output)
    return result.stdout


@pytest.mark.parametrize("hostile", [*HOSTILE[:20], "--[/red]", "--\x1b[2J"])
def test_a_wrong_command_that_quotes_it_is_told(hostile: str, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    for argv in (
        [hostile or "x"],
        ["status", hostile or "x"],
        ["fill", "--from", hostile],
        ["query", "--limit", hostile],
    ):
        monkeypatch.setattr(sys, "argv", ["news-etl", *argv])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 2
        assert not ACTING.search(STYLES.sub("", capsys.readouterr().err))


def test_a_run_tells_what_failed(environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from etl.model import Outcome
    from etl.stages.live import run as live
    from etl.warehouse.ops.runs import RunSummary

    failed = {f"{n} {value}": value for n, value in enumerate(HOSTILE)}
    summary = RunSummary(
        run_id="[/red]\x1b[2J", candidates=1, outcomes=Counter({Outcome.ARTICLE: 1}), failed=failed, undecided=0
    )
    monkeypatch.setattr(live, "run_once", lambda *_, **__: summary)
    shown = run("run", code=3)
    assert "[/red]" in shown
    assert json.loads(run("run", "--json", code=3).splitlines()[0])


def test_all_commands_print_through_one_module() -> None:
    """No command writes to a stream, or knows of markup, by itself."""
    for path in sorted((ROOT / "etl" / "cli").glob("*.py")):
        if path.name == "output.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = getattr(node, "module", None) or node.names[0].name
                assert not module.startswith("rich"), path
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("print", "typer.echo", "typer.secho", "sys.stdout.write", "sys.stderr.write"), (
                    path
                )
