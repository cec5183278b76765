"""Tags and sections in many scripts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.normalize import topics


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Economy, Budget;Taxes", ["Economy", "Budget", "Taxes"]),
        ("経済、予算，税金；東京", ["経済", "予算", "税金", "東京"]),
        ("اقتصاد، ميزانية", ["اقتصاد", "ميزانية"]),
        ("Экономика | Бюджет", ["Экономика", "Бюджет"]),
        ("כלכלה,תקציב", ["כלכלה", "תקציב"]),
        ("เศรษฐกิจ, งบประมาณ", ["เศรษฐกิจ", "งบประมาณ"]),
        ("#경제, #예산", ["경제", "예산"]),
        ("“Şehir”, «Bütçe»", ["Şehir", "Bütçe"]),
        ("Kunst &amp; Kultur", ["Kunst & Kultur"]),
        ("Sa\u0303o Paulo", ["São Paulo"]),
        ("Covid-19", ["Covid-19"]),
        ("nul\x00, \ud800", ["nul"]),
        ("Uncategorized, Allgemein, Non classé, Без рубрики, 未分類, 미분류, Ana Sayfa", []),
        ("https://news.example/tag/economy", []),
        ("x" * 81, []),
        ("x" * 80, ["x" * 80]),
        (" , ;, ", []),
    ],
)
def test_a_value_is_split_at_the_signs_of_its_script_and_cleaned(value: str, found: list[str]) -> None:
    assert topics.split(value) == found


def test_a_topic_stays_in_its_first_spelling_and_the_site_is_none() -> None:
    values = ["Київ", "КИЇВ", "ＮＨＫ", "NHK", "Straße", "STRASSE", "The Example", "—"]
    assert topics.unique(values, not_topics=["the example", ""]) == ("Київ", "ＮＨＫ", "Straße")


WORDS = st.text(st.sampled_from("aÄñ東京ا،Жשก경,;|# \n-&"), max_size=30)


@given(WORDS)
def test_splitting_topics_again_gives_the_same(value: str) -> None:
    once = topics.split(value)
    assert [part for topic in once for part in topics.split(topic)] == once


@given(st.lists(WORDS))
def test_unique_topics_are_unique_already(values: list[str]) -> None:
    once = topics.unique(values)
    assert topics.unique(once) == once
    assert topics.unique([*once, *once]) == once
