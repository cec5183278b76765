"""Which room may know of which: no circles, SQL in the warehouse alone, DAG files on Airflow and the standard library."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "etl").rglob("*.py"))
}
# What asks the database in words of SQL.
SQL = re.compile(
    r"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|TRUNCATE|CREATE TABLE)\b[^\n]{0,200}\b(?:FROM|VALUES|SET|core|ops|news)\b"
)


@cache
def imported(code: str) -> tuple[str, ...]:
    """What a module imports, at its top or within functions; not what only type checkers see."""
    found: list[str] = []
    waiting: list[ast.AST] = [ast.parse(code)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        waiting += ast.iter_child_nodes(node)
    return tuple(found)


def arrows(modules: Mapping[str, str]) -> dict[str, set[str]]:
    """Which module of these imports which."""
    found: dict[str, set[str]] = {}
    for name, code in modules.items():
        named = ((target if target in modules else target.rpartition(".")[0]) for target in imported(code))
        found[name] = {target for target in named if target in modules and target != name}
    return found


def circles(graph: Mapping[str, set[str]]) -> list[set[str]]:
    """Modules that import one another, be it by way of others."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for target in graph[waiting.pop()] - seen:
                seen.add(target)
                waiting.append(target)
        return seen

    ways = {name: reached(name) for name in graph}
    found: list[set[str]] = []
    for name in graph:
        together = {other for other in ways[name] if name in ways[other]}
        if together and together not in found:
            found.append(together)
    return found


def words_of_sql(code: str) -> list[str]:
    return [
        node.value.strip()[:60]
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value)
    ]


@pytest.mark.parametrize(
    ("modules", "expected"),
    [
        ({"a": "import b", "b": "import a"}, [{"a", "b"}]),
        ({"a": "import b", "b": "import c", "c": "from a import x"}, [{"a", "b", "c"}]),
        ({"a": "import b", "b": "def f():\n    from a import x"}, [{"a", "b"}]),
        ({"a": "import b", "b": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a"}, []),
        ({"a": "import b", "b": "import os"}, []),
        ({"p.a": "from p import b", "p.b": "from p.a import x"}, [{"p.a", "p.b"}]),
    ],
)
def test_a_circle_is_seen_however_it_is_written(modules: dict[str, str], expected: list[set[str]]) -> None:
    assert circles(arrows(modules)) == expected


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert circles(arrows({name: path.read_text(encoding="utf-8") for name, path in MODULES.items()})) == []


# What each room stands on. A room that is not named here may be known by all.
UPWARDS = {
    "etl.stages.process": ("etl.stages.live", "etl.stages.fill", "etl.stages.maintenance", "etl.stages.inspect"),
    "etl.stages.live": ("etl.stages.fill", "etl.stages.maintenance", "etl.stages.inspect"),
    "etl.stages.fill": ("etl.stages.maintenance", "etl.stages.inspect"),
    "etl.stages.maintenance": ("etl.stages.live", "etl.stages.fill", "etl.stages.inspect"),
    "etl.warehouse": ("etl.stages", "etl.cli"),
    "etl.lake": ("etl.stages", "etl.cli", "etl.warehouse"),
    "etl.embedded_postgres": ("etl.stages", "etl.cli", "etl.warehouse"),
    "etl.fetch": ("etl.stages", "etl.cli", "etl.warehouse"),
}


def test_no_room_knows_of_those_that_stand_on_it() -> None:
    found = arrows({name: path.read_text(encoding="utf-8") for name, path in MODULES.items()})
    wrong = [
        f"{name} -> {target}"
        for name, targets in found.items()
        for room, above in UPWARDS.items()
        for target in targets
        if f"{name}.".startswith(f"{room}.") and f"{target}.".startswith(tuple(f"{each}." for each in above))
    ]
    assert wrong == []


def test_sql_is_in_the_warehouse_alone() -> None:
    assert words_of_sql('x = text("SELECT 1 FROM core.url")') and words_of_sql('y = f"DELETE FROM ops.run WHERE {a}"')
    wrong = {
        name: words
        for name, path in MODULES.items()
        if name.startswith("etl.stages") and (words := words_of_sql(path.read_text(encoding="utf-8")))
    }
    assert {name: [w for w in words if "news-etl query" not in w] for name, words in wrong.items()} == {
        name: [] for name in wrong
    }
    assert [name for name in MODULES if name.startswith("etl.stages") for target in imported(MODULES[name].read_text())
            if target.startswith("sqlalchemy") and target not in ("sqlalchemy.Engine", "sqlalchemy.Connection")] == []  # fmt: skip


def test_the_package_knows_nothing_of_airflow_and_dags_import_little_at_their_top() -> None:
    assert [
        n for n, p in MODULES.items() for t in imported(p.read_text(encoding="utf-8")) if t.startswith("airflow.")
    ] == []
    wrong = []
    for path in sorted((ROOT / "dags").glob("*.py")):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        named = imported("\n".join(ast.unparse(n) for n in body if isinstance(n, ast.Import | ast.ImportFrom)))
        wrong += [
            f"{path.name}: {target}"
            for target in named
            if target.split(".")[0] not in (*sys.stdlib_module_names, "news_support")
            and not target.startswith("airflow.sdk")
        ]
    assert wrong == []


def classes_of(modules: Mapping[str, str]) -> dict[str, list[str]]:
    """The modules that define a class of each name."""
    found: dict[str, list[str]] = {}
    for module, code in modules.items():
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append(module)
    return found


def test_a_class_name_is_used_in_one_module() -> None:
    assert classes_of({"a": "class X: pass", "b": "def f():\n    class X: pass"}) == {"X": ["a", "b"]}
    found = classes_of({name: path.read_text(encoding="utf-8") for name, path in MODULES.items()})
    assert {name: modules for name, modules in found.items() if len(modules) > 1} == {}
