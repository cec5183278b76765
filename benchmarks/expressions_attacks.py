"""Texts against a regular expression, made from the expression itself, and what matching them costs.

A backtracking engine takes long where a text can be cut into the parts of an expression in many ways, and then fails.
So each attack is a way to a repeat, a piece that the repeat takes many times, and an end that nothing takes.
"""

from __future__ import annotations

import itertools
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from benchmarks.expressions_found import Expression

parser: Any = sys.modules["re"]._parser
constants: Any = sys.modules["re"]._constants

# What a repeat that is bounded higher than this can do is done by one that is not.
MANY = 16
# Characters that tell classes apart, beside those that the expression names.
USUAL = " \nab0-<>\"'.,/:;&=é中\x00"
MAX_LETTERS = 14
MAX_PUMPS = 60


@dataclass(frozen=True, slots=True)
class Attack:
    """`prefix`, `pump` over and over, `suffix`."""

    prefix: str
    pump: str
    suffix: str

    def text(self, size: int) -> str:
        """About that many characters."""
        return self.prefix + self.pump * max(1, size // len(self.pump)) + self.suffix


def attacks(expression: Expression) -> list[Attack]:
    """Texts that its repeats may be slow on."""
    tree = parser.parse(expression.source, expression.flags)
    found: dict[Attack, None] = {}
    for prefix, body in _repeats(tree):
        for pump in itertools.islice(_pumps(prefix, body, tree, expression.flags), MAX_PUMPS):
            for before in dict.fromkeys(("", prefix)):
                for suffix in ("", "\x00"):
                    found[Attack(before, pump, suffix)] = None
    return list(found)


def _repeats(tree: Any) -> Iterator[tuple[str, Any]]:
    """Each large repeat with a text that leads to it."""

    def walk(items: Any, prefix: str) -> Iterator[tuple[str, Any]]:
        for op, value in items:
            if op in (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT):
                _, high, body = value
                if high >= MANY:
                    yield prefix, body
                yield from walk(body, prefix)
            else:
                for inner in children(op, value):
                    yield from walk(inner, prefix)
            prefix += _sample([(op, value)])

    yield from walk(tree, "")


def children(op: Any, value: Any) -> list[Any]:
    """What stands within an item, repeats apart."""
    if op is constants.BRANCH:
        return list(value[1])
    if op is constants.SUBPATTERN:
        return [value[3]]
    if op in (constants.ASSERT, constants.ASSERT_NOT):
        return [value[1]]
    if op is constants.ATOMIC_GROUP:
        return [value]
    if op is constants.GROUPREF_EXISTS:
        return [each for each in value[1:] if each is not None]
    return []


def _pumps(prefix: str, body: Any, tree: Any, flags: int) -> Iterator[str]:
    """Pieces that the repeat takes: samples of its body, letters, pairs of letters, and the way to it once more."""
    letters = _letters(tree, body)
    samples = [text for pick in range(4) if (text := _sample(body, pick))]
    head = prefix[-60:]
    seen = dict.fromkeys([*samples, *letters])
    seen |= dict.fromkeys(head + each for each in (*samples, *letters[:4]) if head)
    seen |= dict.fromkeys([head] if head else [])
    seen |= dict.fromkeys(a + b for a in samples[:2] for b in letters[:6])
    seen |= dict.fromkeys(a + b for a, b in itertools.permutations(letters[:5], 2))
    yield from (each for each in seen if each)


def _letters(tree: Any, body: Any) -> list[str]:
    named = [*dict.fromkeys(_literals(body)), *dict.fromkeys(_literals(tree))]
    return list(dict.fromkeys([*named[: MAX_LETTERS // 2], *USUAL, *named]))[: MAX_LETTERS + len(USUAL) // 2]


def _literals(items: Any) -> Iterator[str]:
    for op, value in items:
        if op in (constants.LITERAL, constants.NOT_LITERAL):
            yield chr(value)
        elif op is constants.IN:
            yield from _literals([each for each in value if each[0] is not constants.NEGATE])
        elif op is constants.RANGE:
            yield chr(value[0])
        elif op is constants.CATEGORY:
            yield _OF_CATEGORY[value]
        elif op in (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT):
            yield from _literals(value[2])
        else:
            for inner in children(op, value):
                yield from _literals(inner)


_OF_CATEGORY = {
    constants.CATEGORY_DIGIT: "0",
    constants.CATEGORY_NOT_DIGIT: "a",
    constants.CATEGORY_SPACE: " ",
    constants.CATEGORY_NOT_SPACE: "a",
    constants.CATEGORY_WORD: "a",
    constants.CATEGORY_NOT_WORD: "-",
}


def _sample(items: Any, pick: int = 0) -> str:
    """A text that the items match, as far as they can be told one by one; `pick` chooses among alternatives."""
    text = ""
    for op, value in items:
        if op is constants.LITERAL:
            text += chr(value)
        elif op is constants.NOT_LITERAL:
            text += "a" if value != ord("a") else "b"
        elif op is constants.ANY:
            text += "a"
        elif op is constants.IN:
            text += _of_class(value, pick)
        elif op is constants.BRANCH:
            branches = value[1]
            text += _sample(branches[pick % len(branches)], pick)
        elif op is constants.SUBPATTERN:
            text += _sample(value[3], pick)
        elif op is constants.ATOMIC_GROUP:
            text += _sample(value, pick)
        elif op in (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT):
            low, high, body = value
            text += _sample(body, pick) * max(low, min(high, 1 if pick else 0))
    return text


def _of_class(members: Any, pick: int) -> str:
    if members and members[0][0] is constants.NEGATE:
        return next((c for c in 'a -0<\n".' if not is_member(members[1:], c)), "\u4e2d")
    letters = list(_literals(members))
    return letters[pick % len(letters)] if letters else "a"


def is_member(members: Any, letter: str) -> bool:
    """Whether a class without its negation has a letter."""
    for op, value in members:
        if op is constants.LITERAL and value == ord(letter):
            return True
        if op is constants.RANGE and value[0] <= ord(letter) <= value[1]:
            return True
        if op is constants.CATEGORY:
            kind, is_not = str(value).rpartition("_")[2], "_NOT_" in str(value)
            has = {"DIGIT": letter.isdecimal(), "SPACE": letter.isspace(), "WORD": letter.isalnum() or letter == "_"}[
                kind
            ]
            if has != is_not:
                return True
    return False


_CLOCK_STEP_S = 0.01


class TooSlowError(Exception):
    """A match that did not come to its end in the time that it has."""


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def cost_s(pattern: re.Pattern[Any], text: Any, *, way: str, limit_s: float, times: int = 3) -> float:
    """Seconds of looking through a text once, the least of some `times`; `limit_s` when it is not done by then.

    By the wall where it is short, since some clocks of the processor go in steps of 10 ms; else by the processor.
    """
    best = limit_s
    for _ in range(times):
        try:
            with _limited(limit_s):
                start, wall = time.process_time(), time.perf_counter()
                if way == "search":
                    for _each in pattern.finditer(text):
                        pass
                else:
                    getattr(pattern, way)(text)
                best = min(best, time.perf_counter() - wall, time.process_time() - start + _CLOCK_STEP_S)
        except TooSlowError:
            return limit_s
        if best > limit_s / 10:
            break
    return best
