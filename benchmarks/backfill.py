"""A backfill of past days under the real scheduler, killed in between: `python -m benchmarks.backfill [DAYS] [KILLS]`.

`airflow backfill create` of `news_fill` over 14 days, the newest first, three runs at a time, against a news crawl and
a Wayback Machine on loopback. The scheduler is killed (-9, with its tasks) twice on the way, and Airflow started again.
Then the same days once more with `--reprocess-behavior completed`: days that have runs. The fingerprint must be that of
an undisturbed `news-etl fill` of the same days into another warehouse.

Then `news_reprocess` over these days, once under the rules that they have, and over days that have runs after a rule
that concerns one article in four: these texts change, nothing else does, no article gets another revision, and a
rebuild from the lake under the new rules has the same fingerprint. Exits with 1 when any of this is not so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from benchmarks import archive_servers, fill, past_site
from benchmarks.archive_servers import Archive
from benchmarks.scheduler import ask
from etl import airflow_local
from etl import settings as settings_module
from etl.airflow_local import environment, services

FIRST = date(2022, 2, 11)
LIMIT_S = 2400.0
NEWS_ETL = str(Path(sys.executable).with_name("news-etl"))
ENDED = ("success", "failed")
# Takes the first sentence out of every fourth article.
CHANGED_RULES = "min_delay_s: 0, rules: [{drop: [\"//article/p[contains(., 'number 3')]\"]}]"
ARTICLES = "SELECT url, text_id, revision_count, rules_version FROM news.article"
LOGGED = """
SELECT count(*) FILTER (WHERE field = 'text') AS of, count(DISTINCT article_id) AS articles FROM news.article_change
"""


def main() -> int:
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 14
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    last = FIRST + timedelta(days=days - 1)
    with (
        tempfile.TemporaryDirectory(prefix="news-etl-backfill-") as name,
        archive_servers.running() as archive,
        past_site.running() as site,
    ):
        folder = Path(name)
        folder.chmod(0o755)
        fill_archives(archive, site.base, days)
        sources = folder / "sources.yaml"
        sources.write_text(
            f"sources:\n  - {{key: quay, name: Quay, homepage: '{site.base}/', languages: [en], min_delay_s: 0}}\n",
            encoding="utf-8",
        )
        env = {
            "NEWS_ETL_SOURCES": str(sources),
            "NEWS_ETL_ARCHIVES": "cc_news,wayback",
            "NEWS_ETL_CC_NEWS_URL": archive.base,
            "NEWS_ETL_WAYBACK_URL": archive.base,
            "NEWS_ETL_WAYBACK_EVERY_S": "0.1",
            # A task that died with its scheduler is found after this long; the default is five minutes.
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "45",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "10",
        }
        wanted = undisturbed({**os.environ, **env, "NEWS_ETL_HOME": str(folder / "plain")}, last)
        print(f"undisturbed: {wanted[:16]}", flush=True)
        os.environ |= {**env, "NEWS_ETL_HOME": str(folder / "airflow")}
        settings = settings_module.load()
        settings.home.mkdir()
        settings.home.chmod(0o755)
        airflow_local.up(settings)
        try:
            states = backfill(settings, last, days, kills, again=False)
            found = [said(os.environ, "status", "--fingerprint")]
            print(f"killed {kills} times: {states}, {found[0][:16]}", flush=True)
            states_again = backfill(settings, last, days, 0, again=True)
            found.append(said(os.environ, "status", "--fingerprint"))
            print(f"days that have runs: {states_again}, {found[1][:16]}", flush=True)
            is_wrong = reprocessed(settings, sources, last, days)
        finally:
            airflow_local.down(settings)
    is_wrong |= set(found) != {wanted} or set(states) != {"success"} or set(states_again) != {"success"}
    return int(is_wrong)


def reprocessed(settings: settings_module.Settings, sources: Path, last: date, days: int) -> bool:
    """Whether a change of rules changes anything but the texts that it concerns."""
    states = [backfill(settings, last, days, 0, again=False, dag="news_reprocess")]
    before = articles()
    sources.write_text(sources.read_text("utf-8").replace("min_delay_s: 0", CHANGED_RULES), encoding="utf-8")
    states.append(backfill(settings, last, days, 0, again=True, dag="news_reprocess"))
    after = articles()
    changed = {url for url in after if after[url]["text_id"] != before[url]["text_id"]}
    is_wrong = changed != {url for url in after if url.endswith("-3")}
    is_wrong |= (
        any(after[url]["revision_count"] != before[url]["revision_count"] for url in after)
        or len({a["rules_version"] for a in after.values()} | {b["rules_version"] for b in before.values()}) != 2
    )
    logged = json.loads(said(os.environ, "query", "--json", LOGGED))
    is_wrong |= logged != {"of": len(changed), "articles": len(changed)}
    mark = said(os.environ, "status", "--fingerprint")
    rebuilt = fill.rebuilt({**os.environ})
    print(
        f"reprocessed: {states}, {len(changed)} of {len(after)} articles changed, log {logged}, {mark[:16]}", flush=True
    )
    return is_wrong or rebuilt != mark or any(set(state) != {"success"} for state in states)


def articles() -> dict[str, dict[str, Any]]:
    """The articles that the warehouse has, by URL."""
    lines = said(os.environ, "query", "--json", "--limit", "0", ARTICLES).splitlines()
    return {row["url"]: row for row in map(json.loads, lines)}


def fill_archives(archive: Archive, base: str, days: int) -> None:
    """Two articles a day in the news crawl, a file each two days; two more that only the Wayback Machine has."""
    records: dict[str, list[bytes]] = {}
    for n in range(days):
        day = FIRST + timedelta(days=n)
        for i in range(4):
            url = f"{base}/{day:%Y/%m/%d}/harbour-ferry-sails-again-{i}"
            if i < 2:
                file = f"{FIRST + timedelta(days=n - n % 2):%Y%m%d}060000"
                records.setdefault(file, []).append(
                    archive_servers.record(url, past_site.article(day, i), f"{day}T10:0{i}:00Z")
                )
            else:
                at = datetime(day.year, day.month, day.day, 11, i, tzinfo=UTC)
                archive.captures.append((at, url, past_site.article(day, i).encode()))
    for file, of_file in sorted(records.items()):
        archive.news(file, of_file)


def undisturbed(env: Mapping[str, str], last: date) -> str:
    """The fingerprint of a plain fill of the days."""
    home = Path(env["NEWS_ETL_HOME"])
    home.mkdir()
    home.chmod(0o755)
    try:
        print(said(env, "fill", "--from", FIRST.isoformat(), "--to", last.isoformat())[-1200:], flush=True)
        return said(env, "status", "--fingerprint")
    finally:
        said(env, "down")


def backfill(
    settings: settings_module.Settings, last: date, days: int, kills: int, *, again: bool, dag: str = "news_fill"
) -> dict[str, int]:
    """The states in which the runs of a backfill end, the scheduler killed on the way."""
    login = airflow_local.status(settings)
    base = str(login.url).rstrip("/")
    before = {r["dag_run_id"] for r in _runs(settings, base, dag)} if again else set()
    ask(f"{base}/api/v2/dags/{dag}", {"is_paused": False}, _token(settings, base), "PATCH")
    command = ["backfill", "create", "--dag-id", dag, "--from-date", FIRST.isoformat()]
    command += ["--to-date", last.isoformat(), "--max-active-runs", "3", "--run-backwards"]
    command += ["--reprocess-behavior", "completed" if again else "none"]
    print(environment.run(environment.env(settings), command)[-300:], flush=True)
    started, killed = time.monotonic(), 0
    while time.monotonic() - started < LIMIT_S:
        runs = [r for r in _runs(settings, base, dag) if r["run_type"] == "backfill" and r["dag_run_id"] not in before]
        states = Counter(r["state"] for r in runs)
        done = sum(states[state] for state in ENDED)
        if killed < kills and done >= (killed + 1) * days // (kills + 2):
            _kill_scheduler(settings)
            killed += 1
            print(f"  {time.monotonic() - started:.0f} s, {dict(states)}: scheduler killed", flush=True)
            time.sleep(3)
            airflow_local.up(settings)
        if len(runs) >= days and done == len(runs):
            print(f"  {days} days after {time.monotonic() - started:.0f} s: {dict(states)}", flush=True)
            return dict(states)
        time.sleep(3)
    return {"timeout": 1, **states}


def _kill_scheduler(settings: settings_module.Settings) -> None:
    """The scheduler and all that it has started, at once."""
    for process in services.find(settings.home / "airflow").get("scheduler", []):
        try:
            process.kill()
        except psutil.Error:
            continue


def _runs(settings: settings_module.Settings, base: str, dag: str) -> list[dict[str, Any]]:
    answer = ask(f"{base}/api/v2/dags/{dag}/dagRuns?limit=100", None, _token(settings, base))
    return list(answer["dag_runs"])


def _token(settings: settings_module.Settings, base: str) -> str:
    running = airflow_local.status(settings)
    login = {"username": running.user, "password": running.password}
    return str(ask(f"{base}/auth/token", login)["access_token"])


def said(env: Mapping[str, str], *command: str) -> str:
    done = subprocess.run([NEWS_ETL, *command], env=dict(env), capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        raise RuntimeError(done.stderr[-3000:])
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
