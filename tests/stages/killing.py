"""A command in a process of its own that is killed with all its workers at a chosen call: `kill -9`, nothing is tidied up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from etl.settings import Settings


def run_killed(
    settings: Settings, *, at: str, when: str = "before", nth: int = 1, now: datetime, sources: tuple[str, ...] = ()
) -> None:
    """Run an ingest and kill it `before` or `after` the `nth` call of a function, such as `etl.lake.segment:publish`."""
    told = {
        "home": str(settings.home),
        "warehouse_url": settings.warehouse_url,
        "lake_url": settings.lake_url,
        "sources": str(settings.sources),
        "archives": list(settings.archives),
        "at": at,
        "when": when,
        "nth": nth,
        "now": now.isoformat(),
        "only": list(sources),
    }
    process = subprocess.run(
        [sys.executable, __file__, json.dumps(told)],
        start_new_session=True,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.returncode == -signal.SIGKILL, f"not killed at {at}: {process.returncode} {process.stderr[-2000:]}"


def kill_at(at: str, when: str, nth: int) -> None:
    """Replace a function by one that ends this process and its children at a call."""
    import importlib

    name, _, attribute = at.partition(":")
    owner: Any = importlib.import_module(name)
    *path, last = attribute.split(".")
    for part in path:
        owner = getattr(owner, part)
    original = getattr(owner, last)
    calls = 0

    def dying(*args: Any, **values: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth and when == "before":
            os.killpg(0, signal.SIGKILL)
        result = original(*args, **values)
        if calls == nth:
            os.killpg(0, signal.SIGKILL)
        return result

    setattr(owner, last, dying)


def main(told: dict[str, Any]) -> None:
    from etl.fetch.politeness import PaceRules
    from etl.stages.live import crawling
    from etl.stages.live.run import run_once

    crawling.PACE = PaceRules(backoff_s=0.1)
    kill_at(told["at"], told["when"], told["nth"])
    settings = Settings(
        home=Path(told["home"]),
        warehouse_url=told["warehouse_url"],
        lake_url=told["lake_url"],
        sources=Path(told["sources"]),
        contact=None,
        s3_endpoint_url=None,
    )
    settings = replace(settings, archives=tuple(told["archives"]))
    run_once(settings, sources=told["only"], now=datetime.fromisoformat(told["now"]))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
