"""Nested repeats that can share a text out among themselves in many ways: the doubling kind of slow expression.

Found in the expression itself. Within a repeat without bound, an inner one is refused if what may follow it can begin
with what it can go on with, and so are two alternatives that take the same character. What is possessive or atomic
gives nothing back, so it doubles nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from benchmarks.expressions_attacks import MANY, children, is_member, parser
from benchmarks.expressions_attacks import constants as c

REPEATS = (c.MAX_REPEAT, c.MIN_REPEAT)
_SAMPLE = frozenset(
    map(chr, (*range(0x250), 0x300, 0x301, 0x391, 0x430, 0x5D0, 0x627, 0x654, 0x915, 0x94D, 0x966, 0xE01))
)
_MORE = frozenset("\u0e31\u1000\u1039\u1780\u200c\u200f\u2013\u2019\u3000\u3042\u4e2d\uac00\uff0c\U00010000")
LETTERS = _SAMPLE | _MORE


def nested(source: Any, flags: int) -> list[str]:
    """What is wrong with an expression, empty for most."""
    return list(_wrong(parser.parse(source, flags), flags))


def _wrong(items: Any, flags: int) -> Iterator[str]:
    for op, value in items:
        if op in REPEATS:
            _, high, body = value
            if high >= MANY:
                yield from _inside(list(body), _first(body, flags)[0], flags)
            yield from _wrong(body, flags)
        elif op is c.POSSESSIVE_REPEAT:
            yield from _wrong(value[2], flags)
        else:
            for inner in children(op, value):
                yield from _wrong(inner, flags)


def _inside(body: list[Any], after: frozenset[str], flags: int) -> Iterator[str]:
    """`after`: what may come behind the body, its own beginning for one."""
    for n, (op, value) in enumerate(body):
        behind, can_be_empty = _first(body[n + 1 :], flags)
        follow = behind | after if can_be_empty else behind
        if op in REPEATS and value[1] > value[0]:
            again, _ = _first(value[2], flags)
            if value[1] >= MANY and again & follow:
                yield f"a repeat in a repeat can give {sorted(again & follow)[:3]} to what follows it"
            yield from _inside(list(value[2]), follow | again, flags)
        elif op is c.SUBPATTERN:
            yield from _inside(list(value[3]), follow, flags)
        elif op is c.BRANCH:
            singles = [_first(branch, flags)[0] for branch in value[1] if _is_one(branch)]
            for m, one in enumerate(singles):
                for other in singles[m + 1 :]:
                    if one & other:
                        yield f"alternatives in a repeat both take {sorted(one & other)[:3]}"
            for branch in value[1]:
                yield from _inside(list(branch), follow, flags)


def _is_one(branch: Any) -> bool:
    """Whether an alternative is one character."""
    return [op for op, _ in branch if op not in (c.ASSERT, c.ASSERT_NOT, c.AT)] in (
        [c.IN],
        [c.LITERAL],
        [c.NOT_LITERAL],
        [c.ANY],
    )


def _first(items: Any, flags: int) -> tuple[frozenset[str], bool]:
    """The characters that a text of these items can begin with, and whether it can be empty."""
    found: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    for op, value in items:
        if op is c.ASSERT_NOT and value[0] == 1 and _is_one(value[1]):
            barred |= _first(value[1], flags)[0]
            continue
        here, can_be_empty = _first_of(op, value, flags)
        found |= here - barred
        if not can_be_empty:
            return found, False
    return found, True


def _first_of(op: Any, value: Any, flags: int) -> tuple[frozenset[str], bool]:
    if op in (c.LITERAL, c.NOT_LITERAL, c.ANY, c.IN):
        return _letters(op, tuple(value) if op is c.IN else value, flags), False
    if op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
        found, can_be_empty = _first(value[2], flags)
        return found, can_be_empty or value[0] == 0
    if op is c.BRANCH:
        each = [_first(branch, flags) for branch in value[1]]
        return frozenset().union(*(found for found, _ in each)), any(empty for _, empty in each)
    if op in (c.SUBPATTERN, c.ATOMIC_GROUP):
        return _first(value[3] if op is c.SUBPATTERN else value, flags)
    return (frozenset(), True) if op in (c.AT, c.ASSERT, c.ASSERT_NOT) else (LETTERS, True)


@cache
def _letters(op: Any, value: Any, flags: int) -> frozenset[str]:
    if op is c.ANY:
        return LETTERS
    members = [(c.LITERAL, value)] if op in (c.LITERAL, c.NOT_LITERAL) else list(value)
    is_negated = op is c.NOT_LITERAL or members[0][0] is c.NEGATE
    members = [each for each in members if each[0] is not c.NEGATE]
    letters = LETTERS | frozenset(chr(each[1]) for each in members if each[0] is c.LITERAL)
    if flags & 2:  # re.IGNORECASE
        return frozenset(
            x
            for x in letters
            if any(is_member(members, y) for y in (x, x.lower(), x.upper()) if len(y) == 1) != is_negated
        )
    return frozenset(x for x in letters if is_member(members, x) != is_negated)
