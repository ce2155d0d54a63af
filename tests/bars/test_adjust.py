"""Splits and dividends as factors known at the time."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import random_bars

from bellwether.bars import (
    Action,
    AdjustmentImpossible,
    Bars,
    BarsImport,
    Dividend,
    SessionCalendar,
    Sessions,
    Split,
    adjust_bars,
    adjust_import,
    assess,
    read_dividend,
    read_split,
    trading_days,
    with_adjustment,
)

MakeBars = Callable[[int, int], Bars]
N_BARS = 60
DAYS = np.busday_offset(np.datetime64("2010-01-04"), np.arange(N_BARS + 30))

rows = st.integers(0, N_BARS + 29)


def day_of(row: int) -> np.datetime64:
    day: np.datetime64 = DAYS[row]
    return day


splits = st.builds(
    lambda row, ratio: Split(day=day_of(row), ratio=ratio),
    rows,
    st.sampled_from([2.0, 7.0, 1.5, 1 / 20, 1.0]),
)
dividends = st.builds(
    lambda row, cash: Dividend(day=day_of(row), cash=cash), rows, st.floats(0.0, 2.0)
)
actions = st.lists(st.one_of(splits, dividends), max_size=6)


@given(found=actions, seed=st.integers(0, 50), n_bars=st.integers(2, N_BARS))
@settings(max_examples=200)
def test_the_future_never_changes_the_past(found: list[Action], seed: int, n_bars: int) -> None:
    bars = random_bars(N_BARS, seed)
    whole = adjust_bars(bars, found).matrix[:n_bars, 3]
    known = adjust_bars(bars[:n_bars], found).matrix[:, 3]
    # What came later scales all that was before alike: no return of the past moves.
    np.testing.assert_allclose(known / known[-1], whole / whole[-1], rtol=1e-12)
    assert known[-1] == bars.close[n_bars - 1]
    later = [one for one in found if one.day > trading_days(bars)[n_bars - 1]]
    sooner = [one for one in found if one not in later]
    np.testing.assert_array_equal(known, adjust_bars(bars[:n_bars], sooner).matrix[:, 3])


@given(found=actions, seed=st.integers(0, 50))
def test_prices_as_traded_are_kept(found: list[Action], seed: int) -> None:
    bars = random_bars(N_BARS, seed)
    adjusted = adjust_bars(bars, found)
    for name in ("closed_at", "open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(getattr(adjusted, name), getattr(bars, name))


@given(found=actions, seed=st.integers(0, 50))
def test_returns_are_those_of_somebody_who_held_and_reinvested(
    found: list[Action], seed: int
) -> None:
    bars = random_bars(N_BARS, seed)
    close, days = bars.close, trading_days(bars)
    shares = [1.0]
    for row in range(1, N_BARS):
        held = shares[-1]
        due = [one for one in found if one.day == days[row]]
        for one in due:
            held *= one.ratio if isinstance(one, Split) else 1.0
        cash = sum(held * one.cash for one in due if isinstance(one, Dividend))
        # The cash buys shares at the last price before, less what every share then lost.
        worth = shares[-1] * close[row - 1]
        shares.append(held * worth / (worth - cash))
    wealth = np.array(shares) * close
    adjusted = adjust_bars(bars, found).matrix[:, 3]
    np.testing.assert_allclose(adjusted[1:] / adjusted[:-1], wealth[1:] / wealth[:-1], rtol=1e-9)


def test_factors_join_those_that_are_there_already(make_bars: MakeBars) -> None:
    bars = with_adjustment(make_bars(N_BARS, 1), np.linspace(0.5, 1.0, N_BARS))
    adjusted = adjust_bars(bars, [Split(day=DAYS[10], ratio=2.0)])
    np.testing.assert_array_equal(adjusted.adjustment[:10], bars.adjustment[:10] * 0.5)
    np.testing.assert_array_equal(adjusted.adjustment[10:], bars.adjustment[10:])


def test_a_split_on_a_holiday_counts_from_the_next_bar(make_bars: MakeBars) -> None:
    bars = make_bars(N_BARS, 1)
    saturday = DAYS[9] + 1
    assert saturday < DAYS[10]
    np.testing.assert_array_equal(
        adjust_bars(bars, [Split(day=saturday, ratio=2.0)]).adjustment,
        adjust_bars(bars, [Split(day=DAYS[10], ratio=2.0)]).adjustment,
    )


def test_a_dividend_as_large_as_the_price_is_refused(make_bars: MakeBars) -> None:
    bars = make_bars(N_BARS, 1)
    with pytest.raises(AdjustmentImpossible, match="a dividend below the close"):
        adjust_bars(bars, [Dividend(day=DAYS[10], cash=float(bars.close[9]))])


@pytest.mark.parametrize("ratio", [0.0, -2.0, np.nan, np.inf, 1e9])
def test_impossible_splits_are_refused(ratio: float) -> None:
    with pytest.raises(AdjustmentImpossible, match="write seven for one as 7"):
        Split(day=DAYS[0], ratio=ratio)


@pytest.mark.parametrize("cash", [-0.1, np.nan, np.inf])
def test_impossible_dividends_are_refused(cash: float) -> None:
    with pytest.raises(AdjustmentImpossible, match="cash of at least zero"):
        Dividend(day=DAYS[0], cash=cash)


def test_the_trading_day_of_a_short_bar_is_told_by_its_session() -> None:
    # Sydney: the first hours of a session are on the UTC date before.
    days = np.array(["2020-01-06", "2020-01-07"], dtype="datetime64[D]")
    opens = (days - np.timedelta64(1, "h")).astype("datetime64[us]")
    sessions = Sessions(
        name="XASX", days=days, opens_at=opens, closes_at=np.add(opens, np.timedelta64(6, "h"))
    )
    closed_at = (opens[:, None] + np.array([30, 120, 360]).astype("timedelta64[m]")).ravel()
    ones = np.ones(len(closed_at))
    bars = Bars(
        symbol="X", interval="1h", closed_at=closed_at, open=ones, high=ones, low=ones,
        close=ones, volume=ones,
    )  # fmt: skip
    assert trading_days(bars, sessions).tolist() == [day for day in days.tolist() for _ in range(3)]
    plain = trading_days(bars)
    assert plain[0] == days[0] - 1
    split = [Split(day=days[1], ratio=2.0)]
    assert adjust_bars(bars, split, sessions=sessions).adjustment.tolist() == [0.5] * 3 + [1.0] * 3


@pytest.mark.parametrize(
    ("text", "ratio"),
    [("2014-06-09=7", 7.0), ("2009-07-01=1/20", 0.05), (" 2005-02-28=1.5 ", 1.5)],
)
def test_splits_are_read_as_they_are_written(text: str, ratio: float) -> None:
    split = read_split(text)
    assert (str(split.day), split.ratio) == (text.strip()[:10], ratio)


@pytest.mark.parametrize(
    "text", ["", "7", "2014-06-09", "2014-06-09=", "2014-06-09=7:1", "2014-02-30=7", "x=7", "=7",
             "2014-06-09=1/0", "2014-06-09=0", "2014-06-09=nan", "2014-06-09=-7", "2014-6-9=7"]
)  # fmt: skip
def test_what_is_no_split_is_a_typed_error(text: str) -> None:
    with pytest.raises(AdjustmentImpossible):
        read_split(text)


@given(st.text(max_size=30))
def test_no_text_makes_anything_but_a_typed_error(text: str) -> None:
    for read in (read_split, read_dividend):
        try:
            read(text)
        except AdjustmentImpossible:
            continue


def test_dividends_are_read_as_they_are_written() -> None:
    assert read_dividend("2014-08-07=0.47").cash == 0.47


def test_an_action_outside_the_bars_is_refused_when_asked_for(make_bars: MakeBars) -> None:
    bars = make_bars(N_BARS, 1)
    calendar = SessionCalendar(name="own", closes_at=bars.closed_at)
    imported = BarsImport(
        bars=bars, quality=assess(bars, calendar), calendar=calendar, source_digest="d"
    )
    for day in (DAYS[0], DAYS[N_BARS]):
        with pytest.raises(AdjustmentImpossible, match="a day after 2010-01-04"):
            adjust_import(imported, [Split(day=day, ratio=2.0)])
    asked: list[Action] = [Split(day=DAYS[20], ratio=2.0), Dividend(day=DAYS[10], cash=0.5)]
    [told] = [one for one in adjust_import(imported, asked).quality.findings
              if one.code == "adjusted"]  # fmt: skip
    assert told.what == (f"adjusted as asked for: 0.5 paid on {DAYS[10]}, 2 for 1 on {DAYS[20]}")
    assert adjust_import(imported, []) is imported
