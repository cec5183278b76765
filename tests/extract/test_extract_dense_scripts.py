"""Short texts in scripts that say three times as much in a character keep their paragraphs."""

from __future__ import annotations

import pytest
from news_html import NEWS, html, read


@pytest.mark.parametrize("lang", ["zh", "ja", "ko"])
def test_a_short_text_in_a_dense_script_is_no_single_line(lang: str) -> None:
    title, *lines = NEWS[lang]
    lines = [line[: line.index("。") + 1] if "。" in line else line for line in lines]
    page = read(html(title=title, lines=tuple(lines), before='<p class="meta"><span>2024.05.20</span></p>', lang=lang))
    assert page.text.split("\n") == lines
