"""The catalogues: order, memory, finiteness on anything valid."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.arrays import FloatArray
from bellwether.features import (
    CATALOGUES,
    FeatureSet,
    UnknownCatalogue,
    compute,
    core14,
    core15,
    ewma_volatility,
    find_catalogue,
    parse,
)

ORDER = [
    "rsi_14",
    "rsi_14_change_1",
    "sma_dev_5",
    "sma_dev_20",
    "sma_dev_50",
    "momentum_10",
    "volume_ratio_20",
    "volatility_20",
    "macd_signal",
    "bollinger_position_20",
    "atr_14",
    "return_1",
    "return_5",
    "trend_r2_50",
    "close_location",
]
N_BARS = 400


def test_core15_has_the_features_of_the_contract_in_its_order() -> None:
    assert list(core15().names) == ORDER


def test_core14_leaves_out_volume_and_never_reads_it() -> None:
    assert list(core14().names) == [name for name in ORDER if name != "volume_ratio_20"]
    assert not any("volume" in str(one) for one in core14().expressions)


def test_catalogues_are_found_by_name() -> None:
    names = ["core14", "core15", "technical35", "alpha158", "alpha360"]
    assert [find_catalogue(name).name for name in CATALOGUES] == names == list(CATALOGUES)
    with pytest.raises(UnknownCatalogue, match="core14, core15"):
        find_catalogue("core16")


@pytest.mark.parametrize("name", CATALOGUES)
def test_catalogues_can_be_read_back_from_their_text(name: str) -> None:
    features = find_catalogue(name)
    again = tuple((key, parse(str(one))) for key, one in features.features)
    copy = FeatureSet(name=name, version=features.version, features=again)
    assert copy.digest == features.digest


def test_the_digest_of_a_released_version_never_changes() -> None:
    # A changed formula needs a changed version: bundles are known by this digest.
    assert (core15().version, core15().digest[:16]) == ("1", "7bce228d84df0404")
    assert (core14().version, core14().digest[:16]) == ("1", "163639a1c427e944")


def bars_of(closes: FloatArray, spread: float, volume: FloatArray | float) -> FloatArray:
    opened = np.r_[closes[0], closes[:-1]]
    high, low = np.maximum(opened, closes) * (1 + spread), np.minimum(opened, closes) / (1 + spread)
    return np.column_stack([opened, high, low, closes, np.broadcast_to(volume, closes.shape)])


HOSTILE = {
    "constant": bars_of(np.full(N_BARS, 0.1), 0.0, 0.0),
    "only up": bars_of(np.geomspace(1, 1e6, N_BARS), 0.0, 1.0),
    "only down": bars_of(np.geomspace(1e6, 1e-6, N_BARS), 0.0, 1.0),
    "one jump": bars_of(np.r_[np.full(320, 1.0), np.full(80, 1e9)], 0.0, 0.0),
    "two prices": bars_of(np.tile([1.0, 1000.0], 200), 0.5, np.tile([0.0, 1e15], 200)),
    "tiny": bars_of(1e-12 * np.geomspace(1, 2, N_BARS), 0.01, 1e-12),
    "huge": bars_of(1e12 * np.geomspace(1, 2, N_BARS), 0.01, 1e15),
    "stopped": bars_of(np.r_[np.geomspace(1, 2, 300), np.full(100, 2.0)], 0.0, 0.0),
}


@pytest.mark.parametrize("name", CATALOGUES)
@pytest.mark.parametrize("bars", HOSTILE.values(), ids=HOSTILE.keys())
def test_features_are_finite_on_hostile_series(name: str, bars: FloatArray) -> None:
    expressions = (*find_catalogue(name).expressions, ewma_volatility())
    values = compute(expressions, bars)[max(one.lookback_bars for one in expressions) - 1 :]
    assert np.isfinite(values).all()


def test_a_market_that_stands_still_has_the_neutral_value_of_each_feature() -> None:
    values = dict(zip(ORDER, compute(core15(), HOSTILE["constant"])[-1], strict=True))
    neutral = {"rsi_14": 50.0, "bollinger_position_20": 0.5, "close_location": 0.5}
    neutral["volume_ratio_20"] = 1.0
    assert values == pytest.approx({name: neutral.get(name, 0.0) for name in ORDER}, abs=1e-12)


def test_volatility_never_falls_to_zero() -> None:
    assert compute([ewma_volatility()], HOSTILE["constant"])[-1, 0] == 1e-6


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_features_of_any_valid_bars_are_finite_and_within_bounds(data: st.DataObject) -> None:
    steps = st.lists(st.sampled_from([-0.5, -0.01, 0.0, 0.0, 0.01, 1.0]), min_size=9, max_size=9)
    closes = 100 * np.exp(np.cumsum(np.resize(data.draw(steps), N_BARS) / 20))
    volume = np.resize(data.draw(st.lists(st.integers(0, 3), min_size=7, max_size=7)), N_BARS)
    bars = bars_of(closes, data.draw(st.sampled_from([0.0, 0.001, 0.1])), volume.astype(float))
    for name in ("technical35", "alpha158"):
        others = find_catalogue(name)
        assert np.isfinite(compute(others, bars)[others.lookback_bars - 1 :]).all()
    features = core15()
    values = compute(features, bars)[features.lookback_bars - 1 :]
    assert np.isfinite(values).all()
    by_name = dict(zip(ORDER, values.T, strict=True))
    for name, most in (("rsi_14", 100), ("trend_r2_50", 1), ("close_location", 1)):
        assert by_name[name].min() >= -1e-12
        assert by_name[name].max() <= most + 1e-9
    assert by_name["volatility_20"].min() >= 0
    assert by_name["atr_14"].min() >= 0


@pytest.mark.parametrize("scale", [1e-6, 3.0, 1e6])
def test_features_do_not_depend_on_the_currency(scale: float, matrix: FloatArray) -> None:
    scaled = matrix * [scale, scale, scale, scale, 1 / scale]
    np.testing.assert_allclose(
        compute(core15(), scaled), compute(core15(), matrix), rtol=1e-7, atol=1e-9
    )


def test_features_of_real_markets_are_finite(market_data: Path) -> None:
    for path in sorted((market_data / "us_daily_cc0").rglob("*.*"))[:400:80]:
        if path.name == "INDEX.csv":
            continue
        table = pl.read_csv(path).rename(str.lower)
        bars = table.select("open", "high", "low", "close", "volume").to_numpy().astype(np.float64)
        for name in CATALOGUES:
            features = find_catalogue(name)
            values = compute(features, bars)[features.lookback_bars - 1 :]
            assert len(values) > 1_000
            assert np.isfinite(values).all()
