"""Every command line of README: its blocks for a shell are run, line by line, and what stands in sentences can be typed."""

from __future__ import annotations

import gzip
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer

from benchmarks.databases import drop_database
from etl import cli
from etl.sample.server import running_newsroom

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
# What a test of this machine cannot do, and what does it instead: `make run` and `make test` are the continuous
# integration's, Airflow's own commands are run in tests/airflow_local.
ELSEWHERE = ("make run", "make test", "news-etl airflow ", "news-etl sample")


def lines() -> Iterator[str]:
    """The command lines, each with the lines that it goes on in."""
    for block in BLOCKS:
        whole = ""
        for line in block.splitlines():
            whole += line
            try:
                shlex.split(whole, comments=True)
            except ValueError:  # within quotes
                whole += "\n"
                continue
            yield whole
            whole = ""
        assert not whole, whole


def spans() -> Iterator[str]:
    """Commands of ours within sentences and tables."""
    text = re.sub(r"^```.*?^```", "", README, flags=re.DOTALL | re.MULTILINE)
    for line in text.splitlines():
        yield from re.findall(r"`(news-etl [^`]*)`", line)


@pytest.mark.parametrize("span", sorted(set(spans())))
def test_a_command_in_a_sentence_can_be_typed(span: str) -> None:
    asked = re.sub(r"\[[^\]]*\](?:\.\.\.)?", "", span.replace("\\|", "|")).replace("...", "").replace("SQL", "sql")
    words = shlex.split(asked)[1:]
    found: Any = typer.main.get_command(cli.app)
    while hasattr(found, "commands") and words and words[0] in found.commands:
        name, *words = words
        found = found.commands[name]
    options = {name for parameter in found.params for name in (*parameter.opts, *parameter.secondary_opts)}
    options |= {"--help", "--version", "--install-completion"}
    assert not [w for w in words if w.startswith("-") and w != "-" and w not in options and found.name != "airflow"], (
        span
    )
    assert not words or not hasattr(found, "commands") or words[0].startswith("-"), span


@pytest.mark.slow
def test_every_command_line_runs_in_the_order_of_the_readme(
    tmp_path: Path, postgres_server: str, migrated_database: str
) -> None:
    """As a new user: one shell, the sample newsroom, PostgreSQL of their own; domains and days are those of the newsroom."""
    import psycopg
    from sqlalchemy import make_url

    url = make_url(postgres_server)
    names = {"readme": migrated_database, "readme_rebuilt": "template0"}
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(False), autocommit=True) as connection:
        for name, template in names.items():
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            with running_newsroom(port=0) as newsroom:
                _run(tmp_path, newsroom.port, {n: url.set(database=n).render_as_string(False) for n in names})
        finally:
            for name in names:
                drop_database(connection, name)


def _run(folder: Path, port: int, urls: dict[str, str]) -> None:
    page = ROOT / "tests" / "golden" / "pages"
    html = next(page.glob("*.html")).read_bytes()
    (folder / "page.html").write_bytes(html)
    (folder / "domains.txt").write_text(f"127.0.0.14:{port}\n", encoding="utf-8")
    (folder / "archives").mkdir()
    for name in ("crawl-2026-10.warc.gz", "archives/b.warc.gz"):
        (folder / name).write_bytes(gzip.compress(_archive(html, name)))
    (folder / ".news-etl" / "postgres").mkdir(parents=True)
    database = re.match(r".*://(?P<user>[^:]*):(?P<password>[^@]*)@[^:]*:(?P<port>\d+)/", urls["readme"])
    assert database
    for name, value in (("port", database["port"]), ("reader_password", database["password"])):
        (folder / ".news-etl" / "postgres" / name).write_text(value, encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("NEWS_ETL_", "PG"))}
    env |= {
        "PATH": f"{Path(sys.executable).parent}:{env['PATH']}",
        "NEWS_ETL_HOME": str(folder / ".news-etl"),
        "NEWS_ETL_WAREHOUSE_URL": urls["readme"],
    }
    program = ["set -u"]
    typed = [line for line in lines() if not line.startswith(ELSEWHERE)]
    for number, line in enumerate(typed):
        here = line
        for written, meant in (
            ("127.0.0.11:18080", f"127.0.0.11:{port}"),
            ("sources add harbour-post.example", f"sources add 127.0.0.12:{port} --yes"),
            ("sources import domains.txt", "sources import domains.txt --yes"),
            ("2026-03-01", "2026-11-10"),
            ("2026-03-31", "2026-11-10"),
            ("postgresql://user@host/empty", urls["readme_rebuilt"]),
            (" s3://bucket/key.warc.gz", ""),
            ("PGDATABASE=news ", "PGDATABASE=readme "),
            ("PGUSER=news_reader", f"PGUSER={database['user']}"),
        ):
            here = here.replace(written, meant)
        if (tool := here.split()[0]) in ("psql", "jq") and shutil.which(tool) is None:
            continue
        if "import pandas" in here and find_spec("pandas") is None:
            continue
        if "| jq" in here and shutil.which("jq") is None:
            here = here.partition("| jq")[0]
        program += [here, f"echo '@@ {number}' $?"]
    done = subprocess.run(
        ["bash", "-c", "\n".join(program)], cwd=folder, env=env, capture_output=True, text=True, timeout=900
    )
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    ended = {int(n): int(code) for n, code in re.findall(r"^@@ (\d+) (\d+)$", done.stdout, re.MULTILINE)}
    # What needs a look ends with 3 by README's own table: a fill of a day of which a page is missing, and what a check,
    # `doctor` or `why` names.
    look = ("news-etl fill", "news-etl sources check", "news-etl doctor", "news-etl why")
    wrong = [typed[n] for n, code in ended.items() if code and not (code == 3 and typed[n].startswith(look))]
    assert not wrong, f"{wrong}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    assert "Swing bridge will open by itself" in done.stdout


def _archive(html: bytes, name: str) -> bytes:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(html) + html
    head = (
        f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: https://example.org/{name}\r\n"
        "WARC-Date: 2026-10-01T08:00:00Z\r\nWARC-Record-ID: <urn:uuid:6f1b2c3d-0000-4000-8000-000000000001>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"
