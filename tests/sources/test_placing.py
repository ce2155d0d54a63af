"""When bars close that are known by their date, or by the time they open."""

import numpy as np
import polars as pl
import pytest

from bellwether.bars import Bars
from bellwether.sources import read_bars


def read(dates: list[str], calendar: str) -> Bars:
    prices = {"open": 1.0, "high": 2.0, "low": 1.0, "close": 2.0, "volume": 5.0}
    frame = pl.DataFrame(
        {"date": dates, **{name: [one] * len(dates) for name, one in prices.items()}}
    )
    return read_bars(frame.with_columns(pl.col("date").str.to_date()), calendar=calendar).bars


def closes(bars: Bars) -> list[str]:
    return [str(at)[:16] for at in bars.closed_at]


def test_weeks_known_by_their_monday_close_on_their_last_session() -> None:
    # Good Friday was on 2020-04-10.
    bars = read(["2020-03-30", "2020-04-06", "2020-04-13"], "XNYS")
    assert bars.interval == "1w"
    assert closes(bars) == ["2020-04-03T20:00", "2020-04-09T20:00", "2020-04-17T20:00"]


def test_weeks_known_by_their_last_day_close_on_it() -> None:
    bars = read(["2020-04-03", "2020-04-09", "2020-04-17"], "XNYS")
    assert closes(bars) == ["2020-04-03T20:00", "2020-04-09T20:00", "2020-04-17T20:00"]


def test_weeks_of_a_market_that_never_closes_last_seven_days() -> None:
    bars = read(["2020-03-30", "2020-04-06", "2020-04-13"], "24/7")
    assert closes(bars) == ["2020-04-06T00:00", "2020-04-13T00:00", "2020-04-20T00:00"]


@pytest.mark.parametrize(
    ("dates", "ends"),
    [
        (["2020-01-01", "2020-02-01", "2020-03-01"], ["2020-01-31", "2020-02-28", "2020-03-31"]),
        (["2020-01-01", "2020-04-01", "2020-07-01"], ["2020-03-31", "2020-06-30", "2020-09-30"]),
        (["2020-01-31", "2020-02-28", "2020-03-31"], ["2020-01-31", "2020-02-28", "2020-03-31"]),
    ],
)
def test_months_known_by_their_first_day_close_on_their_last_session(
    dates: list[str], ends: list[str]
) -> None:
    assert [one[:10] for one in closes(read(dates, "XNYS"))] == ends


def test_a_week_that_is_not_over_is_no_bar_yet() -> None:
    frame = pl.DataFrame(
        {
            "date": ["2020-03-30", "2020-04-06", "2020-04-13"],
            "open": [1.0] * 3,
            "high": [2.0] * 3,
            "low": [1.0] * 3,
            "close": [2.0] * 3,
        }
    )
    imported = read_bars(frame, calendar="XNYS", now=np.datetime64("2020-04-15T12:00"))
    assert len(imported.bars) == 2
    [refused] = imported.quality.refusals
    assert refused.reason.startswith("not closed yet")
