"""Lines that are made of interface tokens and nothing else: "Facebook Twitter WhatsApp", "Leave a Reply Cancel reply".

The tokens may be glued to each other ("FacebookTwitterPinterest"), counters and separators may stand between.
"""

from __future__ import annotations

from etl.clean.fold import NUMBERED
from etl.clean.rules import load

MAX_LINE = 600
_BETWEEN = frozenset(" |,·•/:;.()[]{}-_…+*!?'\"<>►▶=~" + NUMBERED)
_SINGLE = (1,)
_COUNTER_UNITS = frozenset(("k", "m", "tsd", "mil"))


def is_token_line(key: str) -> bool:
    """True for a folded, numbered line that is a share bar or a row of other interface strings.

    It takes two tokens, one of which is no ordinary word.

    >>> is_token_line("facebook twitter #")
    True
    >>> is_token_line("facebook and twitter said on monday they would")
    False
    """
    rules = load()
    if not key or len(key) > MAX_LINE:
        return False
    position = found = 0
    is_proved = False
    size = len(key)
    while position < size:
        char = key[position]
        if char in _BETWEEN:
            position += 1
            continue
        for length in rules.token_lengths.get(key[position : position + 2], _SINGLE):
            token = key[position : position + length]
            if len(token) < length or token not in rules.tokens:
                continue
            if length == 1 and position + 1 < size and key[position + 1] not in _BETWEEN:
                continue  # an X alone is a network, the X of a word is not
            found += length > 1  # an X proves nothing: tables are full of them
            is_proved = is_proved or rules.tokens[token]
            position += length
            break
        else:
            position = _after_unit(key, position)
            if position < 0:
                return False
    return found >= 2 and is_proved


def _after_unit(key: str, position: int) -> int:
    """Return the position behind the unit of a counter ("12K"), or -1."""
    if position and key[position - 1] == NUMBERED:
        for unit in _COUNTER_UNITS:
            end = position + len(unit)
            if key.startswith(unit, position) and (end == len(key) or key[end] in _BETWEEN):
                return end
    return -1
