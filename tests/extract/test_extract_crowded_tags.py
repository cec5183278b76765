"""Tags with far more attributes than real ones."""

from __future__ import annotations

import pytest

from etl.extract.tree import parse


@pytest.mark.parametrize("quote", ["", '"', "'"])
@pytest.mark.parametrize("tag", ["p", "a", "custom-tag"])
def test_a_tag_of_100000_attributes_keeps_its_text_and_none_of_them(tag: str, quote: str) -> None:
    attributes = " ".join(f"a{n}={quote}b{quote}" for n in range(100_000))
    root = parse(f"<html><body><p>before</p><{tag} {attributes}>within</{tag}></body></html>")
    assert root is not None
    (found,) = [element for element in root.iter() if element.text == "within"]
    assert dict(found.attrib) == {}


@pytest.mark.parametrize(
    "attribute",
    [
        'src="data:image/png;base64,' + "A" * 50_000 + '"',
        'data-json="' + "{'a': 1, } " * 5_000 + '"',
        'srcset="' + "a.jpg 1x, " * 2_000 + '"',
    ],
)
def test_a_long_tag_of_few_attributes_stays_as_it_is(attribute: str) -> None:
    root = parse(f'<html><body><img alt="x" {attribute}><p>text</p></body></html>')
    assert root is not None
    (picture,) = root.iter("img")
    assert len(picture.attrib) == 2
