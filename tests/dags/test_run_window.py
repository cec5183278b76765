from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from etl.errors import Permanent
from etl.run_window import live, published_day

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("run_type", ["scheduled", "manual", "operator_triggered", "asset_materialization"])
def test_the_window_is_the_interval_of_the_run(run_type: str) -> None:
    found = live(run_type, start=NOON - 2 * HOUR, end=NOON - HOUR, run_after=NOON)
    assert (found.start, found.end) == (NOON - 2 * HOUR, NOON - HOUR)


@pytest.mark.parametrize(("start", "end"), [(None, None), (NOON, NOON), (NOON, None)])
def test_a_run_without_an_interval_covers_the_hour_before_it(start: datetime | None, end: datetime | None) -> None:
    found = live("manual", start=start, end=end, run_after=NOON)
    assert (found.start, found.end) == (NOON - HOUR, NOON)


@pytest.mark.parametrize("run_type", ["backfill", "asset_triggered"])
def test_a_run_for_another_day_is_refused_with_what_to_do_instead(run_type: str) -> None:
    with pytest.raises(Permanent, match=rf"of type {run_type} .*airflow dags trigger news_ingest"):
        live(run_type, start=NOON - HOUR, end=NOON, run_after=NOON)


@pytest.mark.parametrize("day", ["0001-01-01", "1991-08-05"])
def test_a_day_before_there_were_pages_is_refused(day: str) -> None:
    with pytest.raises(Permanent, match="before the first web page"):
        published_day(day, now=datetime(2026, 11, 24, tzinfo=UTC))
