import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.arrays import FloatArray
from bellwether.bars import Bars, Panel, noise_world
from bellwether.validation import (
    JudgedMarket,
    UnusableOptions,
    draw_forecasts,
    flip_signs,
    permute_bars,
    plant_skill,
    t_statistic,
)
from bellwether.validation._market_copies import common_bars

SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def panel() -> Panel:
    return common_bars(Panel(bars=[noise_world(1, 400).bars, noise_world(2, 400).bars]))


def log_moves(bars: Bars) -> FloatArray:
    """Return the log move of every bar from the close before it, written anew."""
    before = np.concatenate([[bars.open[0]], bars.close[:-1]])
    return np.asarray(np.log(bars.close / before))


@given(seed=SEEDS)
def test_flipping_signs_keeps_the_size_of_every_move_and_one_sign_a_bar(
    panel: Panel, seed: int
) -> None:
    copy = flip_signs(panel, np.random.default_rng(seed))
    turned = []
    for own, other in zip(panel.bars, copy.bars, strict=True):
        before, after = log_moves(own), log_moves(other)
        np.testing.assert_allclose(np.abs(after), np.abs(before), atol=1e-12)
        np.testing.assert_array_equal(other.volume, own.volume)
        turned.append(np.sign(before) != np.sign(after))
    np.testing.assert_array_equal(turned[0], turned[1])
    assert 0 < turned[0].sum() < len(turned[0])


def test_a_bar_whose_sign_is_turned_is_its_mirror_image(panel: Panel) -> None:
    copy = flip_signs(panel, np.random.default_rng(3)).bars[0]
    own = panel.bars[0]
    row = int(np.flatnonzero(np.sign(log_moves(own)[1:]) != np.sign(log_moves(copy)[1:]))[0]) + 1
    above = np.log(own.high[row] / own.close[row - 1])
    below = np.log(copy.low[row] / copy.close[row - 1])
    assert below == pytest.approx(-above)


@given(seed=SEEDS)
def test_permuting_bars_keeps_each_with_its_shape_and_its_volume(panel: Panel, seed: int) -> None:
    copy = permute_bars(panel, np.random.default_rng(seed))
    for own, other in zip(panel.bars, copy.bars, strict=True):
        before = sorted(zip(log_moves(own).round(10), own.volume, strict=True))
        after = sorted(zip(log_moves(other).round(10), other.volume, strict=True))
        np.testing.assert_allclose(after, before, atol=1e-9)
        assert not np.array_equal(other.volume, own.volume)


def test_symbols_are_permuted_together(panel: Panel) -> None:
    copy = permute_bars(panel, np.random.default_rng(4))
    pairs = {tuple(row) for row in np.column_stack([bars.volume for bars in panel.bars]).tolist()}
    moved = {tuple(row) for row in np.column_stack([bars.volume for bars in copy.bars]).tolist()}
    assert moved == pairs


@pytest.mark.parametrize("copy", [flip_signs, permute_bars])
def test_what_could_be_foreseen_cannot_be_foreseen_in_a_copy(copy: object) -> None:
    rising = np.where(np.arange(600) % 2, 0.01, -0.009)
    close: FloatArray = 100.0 * np.cumprod(1.0 + rising, dtype=np.float64)
    own = common_bars(Panel(bars=[_flat_bars(close)]))
    contrary = -np.sign(np.append(0.0, rising[:-1]))
    assert t_statistic(contrary, rising) > 20.0
    seen = []
    for seed in range(40):
        assert callable(copy)
        moves = log_moves(copy(own, np.random.default_rng(seed)).bars[0])
        seen.append(t_statistic(-np.sign(np.append(0.0, moves[:-1])), moves))
    assert abs(np.mean(seen)) < 0.6
    assert np.max(np.abs(seen)) < 4.5


def test_a_planted_skill_is_there_with_its_strength() -> None:
    own = common_bars(Panel(bars=[noise_world(5, 6000).bars]))
    random = np.random.default_rng(6)
    signal = draw_forecasts(random, 6000, 1)
    market = JudgedMarket(panel=plant_skill(own, signal, 0.3, random))
    found = np.corrcoef(signal[100:, 0], market.returns[100:, 0])[0, 1]
    assert found == pytest.approx(0.3, abs=0.05)


def test_symbols_are_taken_where_all_of_them_have_bars() -> None:
    first, second = noise_world(1, 400).bars, noise_world(2, 300).bars
    common = common_bars(Panel(bars=[first, second]))
    assert [len(bars) for bars in common.bars] == [300, 300]
    np.testing.assert_array_equal(common.bars[0].close, first.close[:300])


def test_a_split_is_no_move_of_a_copy() -> None:
    bars = noise_world(1, 200).bars
    columns = {name: getattr(bars, name) for name in ("closed_at", "volume")}
    factor = np.where(np.arange(200) < 100, 0.5, 1.0)
    traded = {name: getattr(bars, name) / factor for name in ("open", "high", "low", "close")}
    split = Bars(symbol="SPLIT", adjustment=factor, **columns, **traded)
    common = common_bars(Panel(bars=[split]))
    np.testing.assert_allclose(common.bars[0].close, bars.close)


def test_too_few_common_bars_are_an_error() -> None:
    early, late = noise_world(1, 400).bars[:150], noise_world(2, 400).bars[100:]
    with pytest.raises(UnusableOptions, match="at least 100 bars at which every symbol has one"):
        common_bars(Panel(bars=[early, late]))


def _flat_bars(close: FloatArray) -> Bars:
    opened = np.concatenate([[100.0], close[:-1]])
    return Bars(
        symbol="FLAT",
        closed_at=noise_world(1, len(close)).bars.closed_at,
        open=opened,
        high=np.maximum(opened, close),
        low=np.minimum(opened, close),
        close=close,
        volume=np.ones(len(close)),
    )
