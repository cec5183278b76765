"""One line and everything that it is compared as, each computed when first asked for."""

from __future__ import annotations

import html
from functools import cached_property

from etl.clean.fold import Folded, fold, fold_with_map, line_key, numbered, skeleton

HEAD_CHARS = 700  # how far into a line the head's rules look: the zone of 600, and the end of a title that begins in it


class LineView:
    """A line of the working text. Values only; a view never changes after it was made."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def key(self) -> str:
        """The whole line folded, without decoration."""
        return line_key(self.text)

    @cached_property
    def number_key(self) -> str:
        """The key with every number as #."""
        return numbered(self.key)

    @cached_property
    def head(self) -> str:
        """The part that the head's rules look at."""
        return self.text[:HEAD_CHARS]

    @cached_property
    def head_probe(self) -> str:
        """The letters of that part, folded, without positions: for a quick look."""
        return "".join(filter(str.isalnum, fold(html.unescape(self.head) if "&" in self.head else self.head)))

    @cached_property
    def head_folded(self) -> Folded:
        """That part folded, with positions."""
        return fold_with_map(self.head)

    @cached_property
    def head_letters(self) -> Folded:
        """Its letters and digits alone."""
        return skeleton(self.head_folded)
