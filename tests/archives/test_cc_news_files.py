"""Which files of the news crawl may hold a day."""

from __future__ import annotations

from datetime import date

import pytest

from etl.archives.cc_news import started_at, wanted_names
from etl.archives.days import Span, one_day

DAY = date(2022, 2, 24)


def name(at: str) -> str:
    return f"crawl-data/CC-NEWS/{at[:4]}/{at[4:6]}/CC-NEWS-{at}-00042.warc.gz"


@pytest.mark.parametrize(
    "names", [[], ["", "crawl-data/CC-NEWS/2022/02/readme.txt", "CC-NEWS-20229999000000-1.warc.gz"]]
)
def test_a_month_without_files_has_none_for_any_day(names):
    assert wanted_names(names, one_day(DAY)) == []
    assert all(started_at(each) is None for each in names)


def test_the_files_of_a_day_are_those_that_were_open_from_its_start_to_a_day_after_its_end():
    times = [
        "20220222230000",  # ended before the day
        "20220223230000",  # open when the day began
        "20220224120000",
        "20220225235959",
        "20220226000000",
    ]
    assert wanted_names([name(at) for at in reversed(times)], one_day(DAY)) == [name(at) for at in times[1:4]]


def test_files_of_several_days_are_named_once_and_the_last_one_may_still_be_open():
    times = ["20220201000000", "20220220000000"]
    found = wanted_names([name(at) for at in times * 2], Span(first=date(2022, 2, 19), last=DAY))
    assert found == [name(at) for at in times]
