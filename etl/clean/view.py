"""One line and everything that it is compared as, each computed when first asked for."""

from __future__ import annotations

import html

from etl.clean.fold import Folded, fold, fold_with_map, line_key, numbered, skeleton
from etl.clean.rules import first_word_of_line

HEAD_CHARS = 700  # how far into a line the head's rules look: the zone of 600, and the end of a title that begins in it


class LineView:
    """A line of the working text; used within one call of `clean` only."""

    __slots__ = ("_first", "_folded", "_key", "_letters", "_number_key", "_probe", "judged", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.judged: set[str] = set()  # which rules have looked at the line and found nothing
        self._key: str | None = None
        self._first: str | None = None
        self._number_key: str | None = None
        self._probe: str | None = None
        self._folded: Folded | None = None
        self._letters: Folded | None = None

    @property
    def key(self) -> str:
        """The whole line folded, without decoration."""
        if self._key is None:
            self._key = line_key(self.text)
        return self._key

    @property
    def first_word(self) -> str:
        """The first word of the key, without the work of folding the whole line."""
        if self._first is None:
            self._first = first_word_of_line(self.text)
        return self._first

    @property
    def number_key(self) -> str:
        """The key with every number as #."""
        if self._number_key is None:
            self._number_key = numbered(self.key)
        return self._number_key

    @property
    def head(self) -> str:
        """The part that the head's rules look at."""
        return self.text[:HEAD_CHARS]

    @property
    def head_probe(self) -> str:
        """The letters of that part, folded, without positions: for a quick look."""
        if self._probe is None:
            head = html.unescape(self.head) if "&" in self.head else self.head
            self._probe = "".join(filter(str.isalnum, fold(head)))
        return self._probe

    @property
    def head_folded(self) -> Folded:
        """That part folded, with positions."""
        if self._folded is None:
            self._folded = fold_with_map(self.head)
        return self._folded

    @property
    def head_letters(self) -> Folded:
        """Its letters and digits alone."""
        if self._letters is None:
            self._letters = skeleton(self.head_folded)
        return self._letters
