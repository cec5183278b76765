"""JSON-LD in the marks that hid scripts from browsers and validators of old."""

from __future__ import annotations

import pytest

from etl.extract import jsonld

NODE = {"@type": "NewsArticle", "headline": "Of {1,} and ]]> here -->"}
SCRIPT = '{"@type": "NewsArticle", "headline": "Of {1,} and ]]> here -->"}'


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("", ""),
        ("\n  ", " ;\n"),
        ("<![CDATA[", "]]>"),
        ("//<![CDATA[\n", "\n//]]>\n"),
        ("// <![CDATA[\n", "\n// ]]>"),
        ("<!--\n", "\n-->"),
        ("<![CDATA[", "]]>;\n"),
        ("", "\n//]]>"),
    ],
)
def test_marks_around_a_script_go_and_those_within_it_stay(before: str, behind: str) -> None:
    assert jsonld.read(f"{before}{SCRIPT}{behind}") == [NODE]


@pytest.mark.parametrize("broken", ['{"a": "1",}', '{"a": "1"\n"b": "2"}'])
def test_a_script_is_repaired_where_it_cannot_be_read(broken: str) -> None:
    assert jsonld.read(broken)[0]["a"] == "1"
