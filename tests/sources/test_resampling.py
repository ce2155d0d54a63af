"""Imported bars put together: real hours become the real days."""

from pathlib import Path

import numpy as np
import pytest

from bellwether.bars import COLUMNS, BarsImport, ResamplingImpossible
from bellwether.sources import find_sessions, read_bars, resample_import

HOURS = "lean_raw/Data/equity/usa/hour"
# Half days of which the provider's hours go on after the close, as its days do.
N_LONG_DAYS = 23


def told(imported: BarsImport) -> str:
    [found] = [one.what for one in imported.quality.findings if one.code == "resampled"]
    return found


@pytest.mark.parametrize("symbol", ["spy", "aapl"])
def test_hours_of_a_quarter_century_become_the_days_that_the_provider_has(
    market_data: Path, symbol: str
) -> None:
    hours = read_bars(market_data / f"{HOURS}/{symbol}.zip")
    daily = read_bars(market_data / f"{HOURS}/../daily/{symbol}.zip").bars
    days = resample_import(hours, "1d").bars
    np.testing.assert_array_equal(days.closed_at, daily.closed_at)
    same = np.ones(len(days), dtype=np.bool_)
    for name in (*COLUMNS, "adjustment"):
        same &= np.isclose(getattr(days, name), getattr(daily, name), rtol=1e-9)
    assert np.count_nonzero(~same) == N_LONG_DAYS
    closes = find_sessions("XNYS", days.closed_at[0].astype("M8[D]"), np.datetime64("2021-04-01"))
    row = np.searchsorted(closes.closes_at, days.closed_at[~same])
    half = closes.closes_at[row] - closes.opens_at[row] < np.timedelta64(6, "h")
    assert half.all()


def test_weeks_from_hours_and_from_days_agree(market_data: Path) -> None:
    hours = read_bars(market_data / f"{HOURS}/spy.zip")
    daily = read_bars(market_data / f"{HOURS}/../daily/spy.zip")
    weeks, others = (resample_import(one, "1w") for one in (hours, daily))
    np.testing.assert_array_equal(weeks.bars.closed_at, others.bars.closed_at)
    assert np.count_nonzero(weeks.bars.close != others.bars.close) < N_LONG_DAYS
    assert weeks.calendar.name == "XNYS weeks"
    assert weeks.quality.missing.size == 0
    assert weeks.source_digest == hours.source_digest


def test_hours_on_the_clock_are_counted_from_the_clock(market_data: Path) -> None:
    hours = read_bars(market_data / f"{HOURS}/spy.zip")
    found = resample_import(hours, "2h")
    assert told(found).endswith("counted from the clock")
    with pytest.raises(ResamplingImpossible, match="lies in two"):
        resample_import(hours, "2h", anchor="open")


def test_currency_hours_become_days_that_end_in_new_york(market_data: Path) -> None:
    path = market_data / "lean_raw/Data/forex/oanda/hour/eurusd.zip"
    days = resample_import(read_bars(path, calendar="FX"), "1d")
    assert days.calendar.name == "FX"
    weekdays = (days.bars.closed_at.astype("M8[D]").astype(int) + 3) % 7
    assert set(weekdays.tolist()) == {0, 1, 2, 3, 4}
    hours = {str(at)[11:16] for at in days.bars.closed_at}
    assert hours == {"21:00", "22:00"}
    assert days.quality.missing_frac < 0.003
    own = resample_import(read_bars(path), "1d")
    assert own.calendar.name == "FX-UTC"


def test_days_of_currencies_with_sundays_miss_nearly_none(market_data: Path) -> None:
    imported = read_bars(market_data / "lean_raw/Data/forex/oanda/daily/eurusd.zip")
    assert imported.calendar.name == "FX-UTC"
    assert imported.quality.missing.size == 9
    assert imported.quality.grade in ("good", "excellent")


def test_crypto_hours_become_days_that_end_at_midnight(market_data: Path) -> None:
    path = market_data / "lean_raw/Data/crypto/binance/hour/btcusdt_trade.zip"
    days = resample_import(read_bars(path), "1d").bars
    assert [str(at) for at in days.closed_at.astype("M8[h]")] == [
        f"2018-05-0{one}T00" for one in range(2, 7)
    ]


def test_too_few_bars_for_a_whole_one_are_refused(market_data: Path) -> None:
    path = market_data / "lean_raw/Data/equity/usa/daily/gooav.zip"
    with pytest.raises(ResamplingImpossible, match="no whole one"):
        resample_import(read_bars(path), "1w")


def test_what_was_resampled_is_told(market_data: Path) -> None:
    hours = read_bars(market_data / f"{HOURS}/spy.zip", now=np.datetime64("2021-04-01T00"))
    days = resample_import(hours, "1d", now=np.datetime64("2021-04-01T00"))
    assert told(days) == (
        "40785 bars became 5849 of 1d; 47 outside the sessions were left out; counted from the open"
    )
    assert days.quality.freshness == "fresh"
