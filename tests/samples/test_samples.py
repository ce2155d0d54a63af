"""Samples: which rows can be used, their windows, and what is joined to what."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest

from bellwether.arrays import FloatArray
from bellwether.bars import Bars, Panel
from bellwether.features import FeatureSet, compute, core15, ewma_volatility
from bellwether.labels import LabelSpec
from bellwether.samples import (
    Samples,
    SampleShapeMismatch,
    WindowBeforeHistory,
    build_samples,
    probe_future,
)

SampleMaker = Callable[..., Samples]
BarsMaker = Callable[[int, int], Bars]


def test_a_row_is_usable_once_its_symbol_has_enough_steps(make_samples: SampleMaker) -> None:
    samples = make_samples(range(4), [0, 2])
    assert samples.usable().all()
    assert samples.usable(2).tolist() == [False, True, True, True, False, True]
    assert samples.usable(3).tolist() == [False, False, True, True, False, False]


def test_a_gap_in_the_features_blocks_every_window_that_touches_it(
    make_samples: SampleMaker,
) -> None:
    samples = make_samples(range(6))
    features = samples.features.copy()
    features[2] = np.nan
    holed = dataclasses.replace(samples, features=features)
    assert holed.usable(1).tolist() == [True, True, False, True, True, True]
    assert holed.usable(2).tolist() == [False, True, False, False, True, True]


def test_a_row_without_volatility_is_not_usable(make_samples: SampleMaker) -> None:
    samples = make_samples(range(3))
    volatility = np.array([np.nan, 0.01, np.inf])
    assert dataclasses.replace(samples, volatility=volatility).usable().tolist() == [
        False,
        True,
        False,
    ]


def test_no_rows_have_no_usable_ones(make_samples: SampleMaker) -> None:
    samples = make_samples(range(3))
    changes = {
        field.name: getattr(samples, field.name)[:0]
        for field in dataclasses.fields(samples)
        if isinstance(getattr(samples, field.name), np.ndarray)
    }
    assert dataclasses.replace(samples, **changes).usable(5).size == 0


def test_a_window_holds_the_last_steps_oldest_first(make_samples: SampleMaker) -> None:
    samples = make_samples(range(5), range(5))
    windows = samples.windows(np.array([2, 9]), 3)
    assert windows[..., 0].tolist() == [[0, 1, 2], [7, 8, 9]]


def test_a_window_never_reaches_into_another_symbol(make_samples: SampleMaker) -> None:
    samples = make_samples(range(5), range(5))
    with pytest.raises(WindowBeforeHistory) as caught:
        samples.windows(np.array([4, 6]), 3)
    assert (caught.value.row, caught.value.n_steps, caught.value.n_bars) == (6, 3, 2)


def test_every_usable_row_has_a_finite_window(make_samples: SampleMaker) -> None:
    samples = make_samples(range(7), [1, 3, 4], [2])
    for n_steps in (1, 2, 3, 4):
        rows = np.flatnonzero(samples.usable(n_steps))
        assert np.isfinite(samples.windows(rows, n_steps)).all()


def test_open_labels_are_not_labelled_and_close_on_no_instant(make_samples: SampleMaker) -> None:
    samples = make_samples(range(4), [0, 2], horizon_bars=1)
    assert samples.labelled.tolist() == [True, True, True, False, True, False]
    assert samples.decided_on.tolist() == [0, 1, 2, 3, 0, 2]
    assert samples.closes_on.tolist() == [1, 2, 3, 4, 2, 4]


def test_samples_cannot_be_written(make_samples: SampleMaker) -> None:
    samples = make_samples(range(4))
    with pytest.raises(ValueError, match="read-only"):
        samples.features[0] = 1.0


def test_every_array_has_one_entry_a_row(make_samples: SampleMaker) -> None:
    samples = make_samples(range(4))
    with pytest.raises(SampleShapeMismatch) as caught:
        dataclasses.replace(samples, target=np.zeros(3))
    assert caught.value.name == "target"


@pytest.fixture(scope="module")
def panel(make_bars: BarsMaker) -> Panel:
    return Panel(bars=[make_bars(400, 1), make_bars(320, 2)[20:]])


@pytest.mark.parametrize("horizon", [1, 5])
def test_rows_join_features_to_what_happens_afterwards(panel: Panel, horizon: int) -> None:
    features = core15()
    samples = build_samples(panel, features, LabelSpec(horizon_bars=horizon))
    assert samples.symbols == panel.symbols
    assert samples.feature_names == features.names
    assert len(samples) == 700
    for place, bars in enumerate(panel.bars):
        rows = np.flatnonzero(samples.symbol == place)
        assert samples.bar[rows].tolist() == list(range(len(bars)))
        assert (samples.decided_at[rows] == bars.closed_at).all()
        np.testing.assert_array_equal(samples.features[rows], compute(features, bars.matrix))
        row = rows[0] + 200
        assert samples.closes_at[row] == bars.closed_at[200 + horizon]
        gained = bars.close[200 + horizon] / bars.close[200] - 1
        assert samples.forward_return[row] == pytest.approx(gained, rel=1e-12)
        volatility = compute([ewma_volatility()], bars.matrix)[200, 0]
        assert samples.volatility[row] == volatility
        scaled = gained / (volatility * math.sqrt(horizon))
        assert samples.target[row] == pytest.approx(scaled, rel=1e-12)


def test_usable_rows_begin_where_lookback_and_steps_allow(panel: Panel) -> None:
    features = core15()
    samples = build_samples(panel, features, LabelSpec())
    first = samples.bar[samples.usable(20) & (samples.symbol == 1)].min()
    needed = max(features.lookback_bars, ewma_volatility().lookback_bars)
    assert needed - 1 <= first <= needed + 18
    assert samples.usable(20)[samples.symbol == 0][first:].all()


def test_adjusted_prices_make_the_labels(make_bars: BarsMaker) -> None:
    bars = make_bars(300, 3)
    halved = np.where(np.arange(300) < 250, 0.5, 1.0)
    split = dataclasses.replace(
        bars,
        **{name: getattr(bars, name) / halved for name in ("open", "high", "low", "close")},
        adjustment=halved,
    )
    of_split = build_samples(Panel(bars=[split]), core15(), LabelSpec())
    of_whole = build_samples(Panel(bars=[bars]), core15(), LabelSpec())
    np.testing.assert_allclose(of_split.forward_return, of_whole.forward_return, rtol=1e-12)


def test_the_models_input_does_not_see_the_future(make_bars: BarsMaker) -> None:
    features: FeatureSet = core15()

    def known(matrix: FloatArray) -> FloatArray:
        return compute([*(one for _, one in features.features), ewma_volatility()], matrix)

    assert probe_future(known, make_bars(400, 4).matrix, seed=5) == ()
