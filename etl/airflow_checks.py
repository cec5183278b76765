"""Checks what an Airflow installation lacks for our DAGs, through its command line: this package never imports Airflow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec

from etl import paths

CONNECTIONS = ("news_warehouse", "news_lake")
LIMIT_S = 120.0
TAIL_CHARS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """How an `airflow` command ended."""

    code: int
    output: str
    errors: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AirflowState:
    """What was found. `problem` says why Airflow could not be asked; then nothing else is known."""

    missing_pools: tuple[str, ...] = ()
    missing_connections: tuple[str, ...] = ()
    problem: str | None = None


def is_installed() -> bool:
    """Whether this Python has Airflow."""
    return find_spec("airflow") is not None


def look(env: Mapping[str, str] = os.environ) -> AirflowState:
    """Ask the Airflow that `env` configures for our pools and connections; about 10 s. Changes nothing there.

    A connection may be missing: then the environment variables count.
    """
    questions = [["pools", "list"], *(["connections", "get", name] for name in CONNECTIONS)]
    with ThreadPoolExecutor(max_workers=len(questions)) as threads:
        listed, *connections = threads.map(lambda question: _ask([*question, "--output", "json"], env), questions)
    return state_of(listed, dict(zip(CONNECTIONS, connections, strict=True)), wanted=list(pools()))


def state_of(listed: CommandResult, connections: Mapping[str, CommandResult], *, wanted: Sequence[str]) -> AirflowState:
    """What the answers to `pools list` and `connections get` mean. Output is never quoted: it holds passwords."""
    if listed.code != 0:
        return AirflowState(problem=_problem("airflow pools list", listed))
    try:
        found = {row["pool"] for row in _rows(listed.output)}
    except (ValueError, KeyError, TypeError):
        return AirflowState(problem="airflow pools list did not answer in JSON")
    missing = []
    for name, answer in connections.items():
        if answer.code == 0:
            continue
        if "not found" not in (answer.errors + answer.output).lower():
            return AirflowState(problem=_problem(f"airflow connections get {name}", answer))
        missing.append(name)
    return AirflowState(
        missing_pools=tuple(name for name in wanted if name not in found), missing_connections=tuple(missing)
    )


def pools() -> dict[str, dict[str, object]]:
    """The pools that our DAGs use, in the form that `airflow pools import` reads."""
    found: dict[str, dict[str, object]] = json.loads((paths.data("dags") / "pools.json").read_text(encoding="utf-8"))
    return found


def _rows(output: str) -> list[dict[str, object]]:
    """The JSON of a command's output; plugins and warnings may print lines before it."""
    lines = output.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("[{") or line.strip() in ("[]", "[")]
    rows: list[dict[str, object]] = json.loads("\n".join(lines[starts[0] :] if starts else lines))
    return rows


def _ask(arguments: list[str], env: Mapping[str, str]) -> CommandResult:
    command = [sys.executable, "-m", "airflow", *arguments]
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, cwd="/", timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        return CommandResult(code=-1, output="", errors=f"no answer within {LIMIT_S:.0f} s")
    return CommandResult(code=done.returncode, output=done.stdout, errors=done.stderr)


def _problem(command: str, answer: CommandResult) -> str:
    said = answer.errors.strip().splitlines()
    # The last line of a traceback that is no reference to documentation says what happened.
    telling = [line.strip() for line in said if line.strip() and not line.startswith(("(Background", "[SQL", " "))]
    return f"{command} failed: {(telling[-1] if telling else 'it said nothing')[-TAIL_CHARS:]}"
