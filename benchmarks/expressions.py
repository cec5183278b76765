"""The regular expressions of the package: how many, and how each is checked with texts made to be slow for it.

    python -m benchmarks.expressions

An expression is held by its form (no nested repeats that double), and either by its cost, which grows with the text
(`LONGER` times the text, at most `MAX_GROWTH` times the time), or by the length of what it is ever given (`HELD`), at which
the worst of its texts takes `MAX_HELD_S` at most. Times are of the processor.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from benchmarks.expressions_attacks import Attack, attacks, cost_s
from benchmarks.expressions_found import CALLS, ROOT, Expression

SIZE = 4_000
LONGER = 16
MAX_GROWTH = 64.0  # for that many times the text: between 16 (linear) and 256 (quadratic)
SLOW_S = 0.001  # what is looked at again in a longer text
MAX_HELD_S = 0.1
LONGEST_S = 4.0

# Rooms whose text is short before any expression sees it: characters, and what says so. Growth does not count there.
HELD: Mapping[str, int] = {
    "etl/normalize/dates.py": 200,  # _MAX_RAW
    "etl/normalize/reckoned.py": 140,  # _MAX_CHARS, the line that is looked at
    "etl/normalize/credits.py": 160,  # dateline: the first characters; brackets: the last 60
    "etl/normalize/authors.py": 400,  # _MAX_BYLINE
    "etl/extract/images.py": 600,  # _MAX_CAPTION
    "etl/clean/attribution.py": 700,  # MAX_NOTE, the longest line that is looked at
    "etl/clean/comment_link.py": 20,  # the end of what stands before a word
    "etl/urls/keys.py": 8_192,  # MAX_URL_CHARS
    "etl/urls/parts.py": 8_192,  # MAX_URL_CHARS
    "etl/urls/mending.py": 24_576,  # the same, escaped
    "etl/urls/wrappers.py": 24_576,  # the same, escaped
    "etl/urls/former.py": 24_576,  # the same, escaped
    "etl/discover/sections.py": 8_192,  # parts of URLs
    "etl/fetch/verdicts.py": 8_192,  # parts of URLs
    "etl/archives/sitemaps.py": 8_192,  # URLs
}
# Expressions for text of the operator, the database or the disks, not for untrusted text.
OURS = (
    "etl/sources/",
    "etl/sample/",
    "etl/settings.py",
    "etl/airflow_local/",
    "etl/cli/",
    "etl/faults/",
    "etl/warehouse/schema/",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The worst text that was found for an expression, what it costs, and how it is held ("" when it is not)."""

    expression: Expression
    attack: Attack | None
    seconds: float
    growth: float | None
    held: str


def found_apart() -> list[Expression]:
    """All expressions, found by a process of its own: here modules were imported before."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.expressions_found"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [Expression(*each) for each in json.loads(done.stdout)]


def of_strangers(expressions: Sequence[Expression]) -> list[Expression]:
    """Each pattern once, those that only meet our own text left out."""
    met = (each for each in expressions if not each.module.startswith(OURS))
    return list({(each.pattern, each.flags, each.is_bytes): each for each in met}.values())


def measure(expression: Expression) -> Measured:
    """Try all attacks, and check the worst one by the rules of this module."""
    pattern = expression.compiled()
    limit = HELD.get(expression.module)
    size = min(limit or SIZE, SIZE)
    worst: tuple[float, str, Attack] | None = None
    for way in ways(expression):
        for attack in attacks(expression):
            seconds = cost_s(pattern, _text(expression, attack, size), way=way, limit_s=0.2, times=1)
            if worst is None or seconds > worst[0]:
                worst = seconds, way, attack
            if seconds >= 0.2:
                break
    if worst is None or worst[0] < SLOW_S:
        return Measured(
            expression=expression, attack=None, seconds=worst[0] if worst else 0.0, growth=None, held="fast"
        )
    _, way, attack = worst
    if limit is not None:
        seconds = cost_s(pattern, _text(expression, attack, limit), way=way, limit_s=1.0)
        held = f"{limit} characters" if seconds <= MAX_HELD_S else ""
        return Measured(expression=expression, attack=attack, seconds=seconds, growth=None, held=held)
    once = cost_s(pattern, _text(expression, attack, size), way=way, limit_s=1.0)
    if once >= 1.0:
        return Measured(expression=expression, attack=attack, seconds=once, growth=None, held="")
    longer = cost_s(pattern, _text(expression, attack, LONGER * size), way=way, limit_s=LONGEST_S)
    growth = longer / max(once, 1e-6)
    is_linear = growth <= MAX_GROWTH or longer < LONGER * SLOW_S
    held = "linear" if is_linear and longer < LONGEST_S else ""
    return Measured(expression=expression, attack=attack, seconds=once, growth=growth, held=held)


def ways(expression: Expression) -> list[str]:
    """How the module uses it: "match", "fullmatch", "search" (whatever looks for it in a text); all if that cannot be told."""
    names, inline = _uses(expression.module)
    used = {way for first, last, way in inline if first <= expression.line <= last}
    for first, last, name, text_uses in names:
        if first <= expression.line <= last:
            used |= text_uses or {name}
    kinds = {way if way in ("match", "fullmatch") else "search" for way in used if way in CALLS - {"compile"}}
    return sorted(kinds) or ["match", "search"]


@cache
def _uses(module: str) -> tuple[list[tuple[int, int, str, set[str]]], list[tuple[int, int, str]]]:
    text = (ROOT / module).read_text(encoding="utf-8")
    tree = ast.parse(text)
    names, inline = [], []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            methods = set(re.findall(rf"\b{name}\.(\w+)\(", text))
            if len(re.findall(rf"\b{name}\b", text)) > len(re.findall(rf"\b{name}\.\w+\(", text)) + 1:
                methods = set()  # handed on: to wherever
            names.append((node.lineno, node.end_lineno or node.lineno, "", methods))
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr != "compile"
        ):
            inline.append((node.lineno, node.end_lineno or node.lineno, node.func.attr))
    return names, inline


def _text(expression: Expression, attack: Attack, size: int) -> str | bytes:
    text = attack.text(size)
    return text.encode("utf-8", "replace") if expression.is_bytes else text


def main() -> int:
    everything = found_apart()
    expressions = of_strangers(everything)
    rooms: dict[str, Counter[str]] = {}
    loose = 0
    for each in expressions:
        measured = measure(each)
        room = "/".join(each.module.split("/")[:2])
        kind = measured.held if measured.held in ("fast", "linear") else "by length" if measured.held else "NOT HELD"
        rooms.setdefault(room, Counter())[kind] += 1
        if not measured.held:
            loose += 1
            print(
                f"{each.module}:{each.line} {measured.seconds:.3f} s x{measured.growth} {measured.attack} {each.pattern[:120]!r}",
                flush=True,
            )
    print(f"{len(everything)} expressions, {len(expressions)} different ones that meet strangers' text")
    print(f"{'room':<20} {'all':>5} {'fast':>5} {'linear':>7} {'by length':>10} {'NOT HELD':>9}")
    for room, kinds in sorted(rooms.items()):
        print(
            f"{room:<20} {kinds.total():>5} {kinds['fast']:>5} {kinds['linear']:>7} {kinds['by length']:>10} {kinds['NOT HELD']:>9}"
        )
    return 1 if loose else 0


if __name__ == "__main__":
    sys.exit(main())
