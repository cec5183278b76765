"""Detects a list of headlines by a text's lines: many short lines without a stop at their end."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.relate import rules
from etl.relate.characters import ALONE, SEPARATOR, TABLE_SIZE, UNSEEN, tables
from etl.relate.jit import kernel
from etl.relate.tokens import fold_of
from etl.relate.utf8 import code_point, packed, utf8

_HEADLINES = rules.LIST_HEADLINES
_SHARE = rules.LIST_SHARE
_WIDTH = rules.LIST_WIDTH
_NEWLINE = 10
_KIND, _ONE = np.uint64(0xFF), np.uint64(1)
_SEPARATOR, _UNSEEN, _ALONE = np.uint64(SEPARATOR), np.uint64(UNSEEN), np.uint64(ALONE)
_WIDE = 3  # an ideograph says as much as three letters


@kernel
def looks_like_list(data: Any, start: int, end: int, folds: Any, ends: Any) -> bool:
    """True if a text's lines are short on average and a third of them are headlines: without a stop at their end."""
    lines = headlines = total = width = last = 0
    at = np.uint64(start)
    stop = np.uint64(end)
    while at <= stop:
        point: Any = np.int64(_NEWLINE)
        lead = data[at] if at < stop else np.uint8(_NEWLINE)
        if lead < 0x80:
            point = np.int64(lead)
            at += _ONE
        else:
            point, size = code_point(data, at)
            at += np.uint64(size)
        if point == _NEWLINE:
            if width:
                lines += 1
                total += width
                headlines += not (last < TABLE_SIZE and ends[last])
            width = 0
            continue
        fold = np.uint64(folds[lead]) if lead < 0x80 else fold_of(point, folds)
        kind = fold & _KIND
        if kind != _SEPARATOR and kind != _UNSEEN:
            width += _WIDE if kind == _ALONE else 1
            last = point
        elif point > 0x20 and point != 0xA0:
            last = point
    return headlines >= _HEADLINES and headlines >= _SHARE * lines and total <= _WIDTH * lines


def is_list(text: str) -> bool:
    """True if a text looks like a list of headlines, whatever its page was taken for."""
    data: NDArray[np.uint8]
    data, offsets = packed(utf8([text]))
    return bool(looks_like_list(data, 0, int(offsets[1]), tables().folds, tables().ends))
