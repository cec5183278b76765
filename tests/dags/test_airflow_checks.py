"""How the answers of Airflow's command line are interpreted."""

from __future__ import annotations

import json

from etl.airflow_checks import CommandResult, pools, state_of

WANTED = ("news_fetch", "news_load")
FOUND = CommandResult(code=0, output='[{"id": null, "password": "s3cret"}]', errors="")
MISSING = CommandResult(code=1, output="", errors="Connection not found.\n")


def listed(*names: str, before: str = "") -> CommandResult:
    return CommandResult(
        code=0, output=before + json.dumps([{"pool": name, "slots": "1"} for name in names]), errors=""
    )


def test_what_is_missing_is_named_in_the_order_of_our_list() -> None:
    state = state_of(listed("default_pool"), {"news_warehouse": FOUND, "news_lake": MISSING}, wanted=WANTED)
    assert (state.missing_pools, state.missing_connections, state.problem) == (WANTED, ("news_lake",), None)


def test_lines_of_plugins_before_the_answer_do_not_matter() -> None:
    state = state_of(listed(*WANTED, before="[plugin] loaded\nWARNING - old\n"), {}, wanted=WANTED)
    assert (state.missing_pools, state.problem) == ((), None)


def test_no_pool_at_all_is_an_answer() -> None:
    assert state_of(listed(), {}, wanted=WANTED).missing_pools == WANTED


def test_an_airflow_that_cannot_answer_is_a_problem_and_not_a_lack() -> None:
    trace = (
        "Traceback ...\nsqlalchemy.exc.OperationalError: no such table: slot_pool\n[SQL: SELECT]\n(Background on ...)"
    )
    state = state_of(CommandResult(code=1, output="", errors=trace), {"news_lake": MISSING}, wanted=WANTED)
    assert state.problem == "airflow pools list failed: sqlalchemy.exc.OperationalError: no such table: slot_pool"
    assert state.missing_pools == state.missing_connections == ()
    broken = CommandResult(code=1, output="s3cret", errors="ValueError: Fernet key is wrong")
    state = state_of(listed(*WANTED), {"news_lake": broken}, wanted=WANTED)
    assert state.problem == "airflow connections get news_lake failed: ValueError: Fernet key is wrong"


def test_an_answer_that_is_no_json_is_a_problem() -> None:
    for output in ("", "No data found", "[1]", "[{]"):
        assert state_of(CommandResult(code=0, output=output, errors=""), {}, wanted=WANTED).problem


def test_each_pool_has_slots_and_says_what_it_is_for() -> None:
    assert all(int(str(pool["slots"])) > 0 and pool["description"] for pool in pools().values())
