"""Each kind of finding: what brings it about, what it is told with, and what does not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.bars import (
    SEVERITIES,
    Bars,
    Finding,
    QualityReport,
    SessionCalendar,
    Severity,
    assess,
    edge_world,
    gravest,
    noise_world,
)

MakeBars = Callable[[int, int], Bars]
PRICES = ("open", "high", "low", "close")
COLUMNS = ("closed_at", *PRICES, "volume", "adjustment")


def rebuild(bars: Bars, rows: Any = slice(None), **changed: Any) -> Bars:
    columns = {name: changed.get(name, getattr(bars, name)[rows]) for name in COLUMNS}
    return Bars(symbol=bars.symbol, interval=bars.interval, **columns)


def scale(bars: Bars, factor: Any) -> Bars:
    return rebuild(bars, **{name: getattr(bars, name) * factor for name in PRICES})


def sessions_of(bars: Bars) -> SessionCalendar:
    return SessionCalendar(name="weekdays", closes_at=bars.closed_at)


def report(bars: Bars, calendar: SessionCalendar | None = None) -> QualityReport:
    return assess(bars, calendar or sessions_of(bars))


def told(bars: Bars, calendar: SessionCalendar | None = None) -> list[Finding]:
    """Return what is graver than a note."""
    found = report(bars, calendar).findings
    return [one for one in found if one.severity is not Severity.NOTE]


def day(bars: Bars, row: int) -> str:
    return str(bars.closed_at[row].astype("datetime64[D]"))


def touch(bars: Bars, row: int, name: str, factor: float) -> Bars:
    values = getattr(bars, name).copy()
    values[row] *= factor
    return rebuild(bars, **{name: values})


def between(n_bars: int, first: int, end: int, factor: float) -> Any:
    rows = np.arange(n_bars)
    return np.where((rows >= first) & (rows < end), factor, 1.0)


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_wrong_with_simulated_markets(seed: int) -> None:
    for world in (noise_world(seed, 2520), edge_world(seed, 2520, information_coefficient=0.1)):
        assert told(world.bars) == []


@pytest.mark.parametrize(
    ("name", "factor", "code", "words"),
    [
        ("low", 0.01, "scale-error", "the low of 1.0"),
        ("low", 0.1, "scale-error", "about 10 times too small"),
        ("high", 10.0, "scale-error", "about 10 times too large"),
        ("low", 0.4, "stray-extreme", "times the middle of open and close"),
        ("high", 3.0, "stray-extreme", "times the middle of open and close"),
    ],
)
def test_an_extreme_that_nobody_traded_is_told(
    make_bars: MakeBars, name: str, factor: float, code: str, words: str
) -> None:
    bars = make_bars(300, 3)
    level = np.exp(np.mean(np.log(bars.close)))
    calm = scale(bars, 100.0 / level)
    [found] = told(touch(calm, 150, name, factor))
    assert (found.code, found.where) == (code, day(bars, 150))
    if "1.0" not in words:
        assert words in found.what


def test_wide_bars_of_wild_days_are_no_stray_extremes(make_bars: MakeBars) -> None:
    bars = make_bars(300, 3)
    wild = rebuild(bars, low=bars.low / between(300, 140, 170, 1.25), high=bars.high)
    assert told(touch(wild, 150, "low", 0.8)) == []


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 20),
    row=st.integers(5, 290),
    power=st.sampled_from([-3, -2, -1, 1, 2, 3]),
    name=st.sampled_from(["high", "low"]),
)
def test_a_price_in_another_unit_is_found_wherever_it_stands(
    make_bars: MakeBars, seed: int, row: int, power: int, name: str
) -> None:
    spoiled = touch(make_bars(300, seed), row, name, 10.0 ** (abs(power) * (-1) ** (name == "low")))
    assert ("scale-error", day(spoiled, row)) in {(one.code, one.where) for one in told(spoiled)}


@pytest.mark.parametrize("n_bars", [1, 2, 3])
def test_a_spike_is_one_finding_however_long_it_lasts(make_bars: MakeBars, n_bars: int) -> None:
    bars = make_bars(300, 6)
    [found] = told(scale(bars, between(300, 150, 150 + n_bars, 3.0)))
    assert (found.code, found.where) == ("reverting-move", day(bars, 150))
    back = "the next bar" if n_bars == 1 else f"the bar {n_bars} later"
    assert f"came back on {back}" in found.what


@pytest.mark.parametrize("factor", [0.01, 0.1, 100.0])
def test_a_whole_bar_in_another_unit_is_a_scale_error(make_bars: MakeBars, factor: float) -> None:
    bars = make_bars(300, 6)
    [found] = told(scale(bars, between(300, 150, 151, factor)))
    size = "too large" if factor > 1 else "too small"
    assert found.code == "scale-error"
    assert f"{max(factor, 1 / factor):g} times {size}" in found.what


def test_a_small_spike_is_found_where_the_market_is_calm(make_bars: MakeBars) -> None:
    bars = make_bars(300, 2)
    spike = between(300, 150, 151, 1.13)
    steady = scale(bars, 1.0 / bars.close)
    trend = np.exp(np.cumsum(0.008 * np.random.default_rng(1).standard_normal(300)))
    calm = scale(steady, 100.0 * trend)
    [found] = told(scale(calm, spike))
    assert (found.code, found.where) == ("reverting-move", day(bars, 150))
    assert "times a usual move, turnover" in found.what
    wild = np.exp(np.cumsum(0.05 * np.random.default_rng(1).standard_normal(300)))
    assert told(scale(scale(steady, 100.0 * wild), spike)) == []


def test_a_stretch_of_another_company_is_one_finding_with_its_ends(make_bars: MakeBars) -> None:
    bars = make_bars(400, 8)
    [found] = told(scale(bars, between(400, 210, 236, 2.65)))
    assert (found.code, found.where, found.severity) == (
        "spliced-series",
        day(bars, 210),
        Severity.ERROR,
    )
    assert f"up to {day(bars, 235)} 26 bars stand at 2.6" in found.what


def test_a_rise_on_heavy_turnover_that_is_lost_again_is_no_splice(make_bars: MakeBars) -> None:
    bars = make_bars(400, 8)
    moved = scale(bars, between(400, 210, 236, 2.65))
    busy = between(400, 210, 211, 15.0) * between(400, 236, 237, 15.0)
    assert [one.code for one in told(rebuild(moved, volume=moved.volume * busy))] == []


def test_prices_that_are_rounded_to_two_steps_are_no_splice(make_bars: MakeBars) -> None:
    bars = make_bars(400, 8)
    level = between(400, 200, 220, 0.5) * 0.02
    coarse = {name: np.full(400, level) for name in PRICES}
    codes = {one.code for one in report(rebuild(bars, **coarse)).findings}
    assert "spliced-series" not in codes


@pytest.mark.parametrize(
    ("price", "turnover", "rest", "is_another"),
    [
        (1.3, 400.0, 300, True),
        (0.9, 0.1, 300, True),
        (10.0, 1.0, 80, True),
        (1.4, 0.7, 300, False),
        (1.3, 0.2, 80, False),
    ],
)
def test_a_ticker_that_comes_back_is_compared_with_what_it_was(
    make_bars: MakeBars, price: float, turnover: float, rest: int, is_another: bool
) -> None:
    bars = make_bars(800, 9)
    kept = (np.arange(800) < 300) | (np.arange(800) >= 300 + rest)
    after = np.arange(800) >= 300 + rest
    # The random walk of the rest itself is taken out.
    level = price * bars.close[299] / bars.open[300 + rest]
    moved = scale(bars, np.where(after, level, 1.0))
    ratio = np.median(moved.close[280:300] * moved.volume[280:300]) / np.median(
        moved.close[300 + rest : 320 + rest] * moved.volume[300 + rest : 320 + rest]
    )
    busy = rebuild(moved, volume=moved.volume * np.where(after, turnover * ratio, 1.0))
    found = told(rebuild(busy, kept), sessions_of(bars))
    splices = [one for one in found if one.code == "spliced-series"]
    assert bool(splices) == is_another
    assert any(one.code == "gap" for one in found)
    if splices:
        assert splices[0].where == day(bars, 300 + rest)
        assert f"after {rest} sessions without a bar; its price is {price:.3g}" in splices[0].what
        assert not any(one.code in ("level-break", "suspected-split") for one in found)


def test_a_level_that_no_market_reaches_in_a_bar_is_a_break(make_bars: MakeBars) -> None:
    bars = make_bars(300, 5)
    heavy = bars.volume * between(300, 200, 201, 20.0)
    moved = rebuild(scale(bars, between(300, 200, 300, 17.0)), volume=heavy)
    [found] = told(moved)
    assert (found.code, found.where, found.severity) == (
        "level-break",
        day(bars, 200),
        Severity.ERROR,
    )


def test_erratic_prices_are_told_as_such(make_bars: MakeBars) -> None:
    bars = make_bars(400, 11)
    jumps = np.exp(0.5 * np.random.default_rng(1).standard_normal(400))
    [first, *_] = [one for one in told(scale(bars, jumps)) if one.code == "erratic-prices"]
    assert "of 400 bars move by more than a third" in first.what


def test_long_stretches_are_graver_than_short_ones(make_bars: MakeBars) -> None:
    bars = make_bars(400, 7)
    for count, severity in ((9, Severity.NOTE), (10, Severity.WARNING)):
        close = bars.close.copy()
        close[100 : 100 + count] = close[100]
        still = rebuild(
            bars, close=close, high=np.maximum(bars.high, close), low=np.minimum(bars.low, close)
        )
        [found] = [one for one in report(still).findings if one.code == "frozen-closes"]
        assert found.severity is severity
    for count, severity in ((19, Severity.NOTE), (21, Severity.WARNING)):
        volume = bars.volume.copy()
        volume[50 : 50 + count] = 0.0
        silent = rebuild(bars, volume=volume)
        [found] = [one for one in report(silent).findings if one.code == "zero-volume"]
        assert found.severity is severity


def test_the_gravest_findings_come_first(make_bars: MakeBars) -> None:
    bars = make_bars(400, 8)
    spoiled = touch(scale(bars, between(400, 210, 236, 2.65)), 50, "low", 0.01)
    quiet = spoiled.volume.copy()
    quiet[10] = 0.0
    codes = [one.code for one in report(rebuild(spoiled, volume=quiet)).findings]
    assert codes == ["spliced-series", "scale-error", "zero-volume"]


def test_a_severity_is_never_milder_than_its_kind() -> None:
    for code, severity in SEVERITIES.items():
        assert Finding(code=code, where="", what="").severity is severity
    raised = Finding(code="flat-bars", where="", what="", severity=Severity.WARNING)
    lowered = Finding(code="level-break", where="", what="", severity=Severity.NOTE)
    unknown = Finding(code="weather", where="", what="")
    assert (raised.severity, lowered.severity, unknown.severity) == ("warning", "error", "note")
    assert gravest() is Severity.NOTE
    assert raised.to_json()["severity"] == "warning"


def test_bars_without_volume_are_checked_as_far_as_prices_go(make_bars: MakeBars) -> None:
    bars = rebuild(make_bars(300, 6), volume=np.zeros(300))
    spoiled = scale(bars, between(300, 150, 151, 10.0))
    assert [one.code for one in report(spoiled).findings] == ["scale-error", "no-volume"]


def test_hourly_bars_are_named_by_their_minute(make_bars: MakeBars) -> None:
    bars = make_bars(300, 6)
    hours = np.datetime64("2020-01-01T01:00", "us") + np.timedelta64(1, "h") * np.arange(300)
    spoiled = scale(bars, between(300, 150, 151, 10.0))
    columns = {name: getattr(spoiled, name) for name in COLUMNS if name != "closed_at"}
    hourly = Bars(symbol="X", interval="1h", closed_at=hours, **columns)
    [found] = told(hourly)
    assert found.where == "2020-01-07T07:00"


@settings(max_examples=80, deadline=None)
@given(data=st.data(), n_bars=st.integers(1, 90))
def test_no_prices_however_odd_are_more_than_a_finding(data: st.DataObject, n_bars: int) -> None:
    exponents = st.floats(-12.0, 15.0)
    drawn = data.draw(st.lists(st.tuples(*[exponents] * 4), min_size=n_bars, max_size=n_bars))
    prices = np.sort(10.0 ** np.array(drawn), axis=1)
    volume = np.array(data.draw(st.lists(st.floats(0, 1e18), min_size=n_bars, max_size=n_bars)))
    steps = data.draw(st.lists(st.integers(1, 500), min_size=n_bars, max_size=n_bars))
    closed_at = np.datetime64("1990-01-01T21", "us") + np.cumsum(steps) * np.timedelta64(1, "D")
    bars = Bars(
        symbol="X",
        closed_at=closed_at,
        open=prices[:, 1],
        high=prices[:, 3],
        low=prices[:, 0],
        close=prices[:, 2],
        volume=volume,
    )
    days = np.arange(closed_at[0], closed_at[-1] + np.timedelta64(1, "D"), np.timedelta64(1, "D"))
    found = report(bars, SessionCalendar(name="24/7", closes_at=days)).findings
    ranks = [one.severity.rank for one in found]
    assert ranks == sorted(ranks, reverse=True)


def test_prices_beyond_what_a_float_holds_as_turnover_raise_nothing(make_bars: MakeBars) -> None:
    bars = make_bars(300, 6)
    huge = rebuild(scale(bars, 1e300), volume=bars.volume * 1e290)
    [found] = told(scale(huge, between(300, 150, 151, 0.01)))
    assert found.code == "scale-error"
