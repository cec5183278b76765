"""Faults of PostgreSQL for `benchmarks.faults`: refused from the start, interrupted, lost answers, read-only, full."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import make_url

from benchmarks.fault_postgres import RESTARTS, Ballast
from benchmarks.fault_trials import Result, nothing, tried_if_wanted, world
from benchmarks.fault_world import Ground, World, named, scenarios

MOMENTS = (0.3, 0.8)  # of what an undisturbed run asks


def postgres_faults(names: list[str]) -> Iterator[Result]:
    """Refused from the start; restarts, cuts and lost answers; a database that turns full or read-only."""
    with world() as w:
        for scenario in named(scenarios(w.inputs), names):
            ground = w.ground(scenario)
            if not ground.steps["postgres"]:
                continue  # it knows of no database
            yield from _refused(w, ground)
            yield from _interrupted(w, ground)
            yield from _turned(w, ground)
    try:
        with world(disk_mib=400) as w:
            for scenario in named(scenarios(w.inputs), names):
                ground = w.ground(scenario)
                if ground.steps["postgres"]:
                    yield from full_database(w, ground)
    except PermissionError as error:
        print(f"left out: a full disk of the database ({error})", flush=True)


def _refused(w: World, ground: Ground) -> Iterator[Result]:
    """From the start on no connection is to be had."""

    def other(**parts: str | int) -> Callable[[str], Mapping[str, str]]:
        def env_of(database: str) -> Mapping[str, str]:
            url = make_url(w.postgres.through_wire(database)).set(**parts)  # type: ignore[arg-type]
            return {"NEWS_ETL_WAREHOUSE_URL": url.render_as_string(hide_password=False)}

        return env_of

    finds = 3 if ground.scenario.name.startswith("doctor") else None  # it names what is wrong, of whatever kind
    for fault, kind, env_of, code in (
        ("away at the start", "away", other(port=1), 75),
        ("wrong password", "refused", other(password="geheim"), 2),
        ("no such database", "refused", other(database="nowhere"), 2),
    ):
        yield from tried_if_wanted(
            w, ground, fault, kind=kind, begin=nothing, end=nothing, env_of=env_of, may_be=_only(finds or code)
        )
    for fault, change, back in (
        ("too many connections", "CONNECTION LIMIT 0", "CONNECTION LIMIT -1"),
        ("takes no connections", "ALLOW_CONNECTIONS false", "ALLOW_CONNECTIONS true"),
    ):
        yield from tried_if_wanted(
            w,
            ground,
            fault,
            kind="no connection left",
            begin=lambda d, change=change: w.postgres.execute(f'ALTER DATABASE "{d}" {change}'),
            end=lambda d, back=back: w.postgres.execute(f'ALTER DATABASE "{d}" {back}'),
            may_be=_only(finds or 75),
        )


def _only(code: int) -> tuple[int, ...]:
    return (code,)


def _interrupted(w: World, ground: Ground) -> Iterator[Result]:
    """Restarts in the middle, and lost answers to COMMIT, after which its success is unknown."""
    wire, postgres = w.postgres.wire, w.postgres

    def over(_: str) -> None:
        wire.arm(None, None)
        postgres.start()

    for moment in MOMENTS:
        at = max(1, int(ground.steps["postgres"] * moment))
        for name, number in RESTARTS.items():
            yield from tried_if_wanted(
                w,
                ground,
                f"{name} at {moment:.0%}",
                kind="restarted within",
                begin=lambda _, at=at, number=number: wire.arm(at, lambda: postgres.restart(number)),
                end=over,
            )
        yield from tried_if_wanted(
            w,
            ground,
            f"away from {moment:.0%} on",
            kind="away",
            begin=lambda _, at=at: wire.arm(at, lambda: wire.cut(stays=True)),
            end=over,
        )
    commits = ground.steps["commits"]
    moments = {1: "the first", max(1, commits // 2): "in the middle", commits: "the last"}
    for n, which in moments.items() if commits else ():
        for name, after in (("a COMMIT that does not arrive", False), ("a COMMIT whose answer is lost", True)):
            yield from tried_if_wanted(
                w,
                ground,
                f"{name} ({which})",
                kind="COMMIT lost",
                begin=lambda _, n=n, after=after: wire.arm(
                    n, lambda: wire.cut(stays=False), at_commit=True, after=after
                ),
                end=over,
            )


def _turned(w: World, ground: Ground) -> Iterator[Result]:
    """In the middle the database gets another setting, and all sessions end."""
    wire, postgres = w.postgres.wire, w.postgres
    at = max(1, int(ground.steps["postgres"] * 0.5))
    for fault, kind, change, back, may_be in (
        ("no connection left at 50%", "no connection left", "CONNECTION LIMIT 0", "CONNECTION LIMIT -1", (75,)),
        (
            "read-only from 50% on",
            "read-only",
            "SET default_transaction_read_only = on",
            "RESET default_transaction_read_only",
            (75, 2),
        ),
        (
            "statement_timeout from 50% on",
            "statement_timeout",
            "SET statement_timeout = '2ms'",
            "RESET statement_timeout",
            (75,),
        ),
    ):

        def begin(database: str, change: str = change) -> None:
            def turn() -> None:
                postgres.execute(f'ALTER DATABASE "{database}" {change}')
                postgres.end_sessions(database)

            wire.arm(at, turn)

        def end(database: str, back: str = back) -> None:
            wire.arm(None, None)
            postgres.execute(f'ALTER DATABASE "{database}" {back}')

        yield from tried_if_wanted(w, ground, fault, kind=kind, begin=begin, end=end, may_be=may_be)


def full_database(w: World, ground: Ground) -> Iterator[Result]:
    """The disk of the database is full in the middle of statements, and when a COMMIT comes."""
    ballast = Ballast(w.postgres.home.parent)
    wire = w.postgres.wire

    def end(_: str) -> None:
        wire.arm(None, None)
        ballast.remove()
        w.postgres.start()

    at = max(1, int(ground.steps["postgres"] * 0.3))
    for fault, step, at_commit in (("at 30%", at, False), ("at a COMMIT", 1, True)):
        if at_commit and not ground.steps["commits"]:
            continue
        yield from tried_if_wanted(
            w,
            ground,
            f"database's disk full {fault}",
            kind="database's disk full",
            begin=lambda _, step=step, at_commit=at_commit: wire.arm(step, ballast.fill, at_commit=at_commit),
            end=end,
        )
