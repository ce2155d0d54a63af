"""A feature's values are taken from its symbol's past, and a net pays a tenth at most."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.arrays import Float32Array, FloatArray, IntArray
from bellwether.bars import Panel, noise_world
from bellwether.features import GraphBuilder, Scaling, core15
from bellwether.labels import LabelSpec
from bellwether.samples import Samples, build_samples
from bellwether.validation._permuting import BLOCK_BARS, draw_blocks, forecast_permuted


class Told:
    """A fitted model that adds up the last step and remembers what it was shown."""

    family, n_steps, n_features, best_epoch = "told", 2, 15, 1

    def __init__(self, n_epochs: int = 1) -> None:
        self.n_epochs = n_epochs
        self.shown: list[Float32Array] = []

    def predict(self, windows: Float32Array) -> FloatArray:
        self.shown.append(windows.copy())
        return np.asarray(windows[:, -1, :].sum(axis=1), dtype=np.float64)

    def lower(self, graph: GraphBuilder, windows: str) -> str:
        raise NotImplementedError

    def arrays(self) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
        raise NotImplementedError


@pytest.fixture(scope="module")
def samples() -> Samples:
    panel = Panel(bars=[noise_world(3, 400).bars, noise_world(4, 400).bars])
    return build_samples(panel, core15(), LabelSpec())


@given(n_rows=st.integers(1, 200), n_past=st.integers(1, 200), seed=st.integers(0, 2**32))
def test_blocks_of_the_past_are_drawn_whole(n_rows: int, n_past: int, seed: int) -> None:
    places = draw_blocks(n_rows, n_past, np.random.default_rng(seed))
    assert places.shape == (n_rows,)
    assert 0 <= places.min() <= places.max() < n_past
    inside = np.arange(1, n_rows) % BLOCK_BARS != 0
    assert (np.diff(places)[inside] % n_past == 1 % n_past).all()


def split(samples: Samples, first: int, last: int) -> tuple[IntArray, IntArray]:
    """Return rows of both symbols to learn from, and rows after them."""
    usable = samples.usable(2)
    past = np.flatnonzero(usable & (samples.bar < first))
    return past, np.flatnonzero(usable & (samples.bar >= first) & (samples.bar < last))


def test_one_feature_at_a_time_comes_from_its_symbols_past(samples: Samples) -> None:
    past, rows = split(samples, 250, 330)
    scaling = Scaling.fit(samples.features[past])
    model = Told()
    found = forecast_permuted(samples, scaling, model, (past, rows), (7, 0))
    true = scaling.transform(samples.windows(rows, 2))
    assert found.shape == (15, len(rows))
    assert np.isfinite(found).all()
    assert len(model.shown) == 15 * 4
    known = scaling.transform(samples.windows(past, 2))
    for number, shown in enumerate(model.shown):
        feature = number // 4
        others = np.delete(np.arange(15), feature)
        np.testing.assert_array_equal(shown[:, :, others], true[:, :, others])
        for symbol in (0, 1):
            own = shown[samples.symbol[rows] == symbol][:, :, feature]
            pairs = {tuple(pair) for pair in known[samples.symbol[past] == symbol][:, :, feature]}
            assert {tuple(pair) for pair in own} <= pairs


def test_a_symbol_without_a_past_borrows_anothers(samples: Samples) -> None:
    past, rows = split(samples, 250, 330)
    scaling = Scaling.fit(samples.features[past])
    only = past[samples.symbol[past] == 0]
    found = forecast_permuted(samples, scaling, Told(), (only, rows), (7, 0))
    assert np.isfinite(found).all()


def test_the_same_seed_gives_the_same_numbers(samples: Samples) -> None:
    rows = split(samples, 250, 330)
    scaling = Scaling.fit(samples.features[rows[0]])
    first, again, other = (
        forecast_permuted(samples, scaling, Told(), rows, (seed, 0)) for seed in (7, 7, 8)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_net_that_learned_fast_is_asked_about_fewer_rows(samples: Samples) -> None:
    past, rows = split(samples, 250, 380)
    scaling = Scaling.fit(samples.features[past])
    shares = []
    for n_epochs in (2, 10, 1000):
        model = Told(n_epochs)
        found = forecast_permuted(samples, scaling, model, (past, rows), (7, 0))
        kept = np.isfinite(found).all(axis=0)
        assert (np.isfinite(found).any(axis=0) == kept).all()
        shares.append(kept.mean())
        asked = sum(len(shown) for shown in model.shown)
        seen = int((samples.decided_on < samples.decided_on[rows].min()).sum())
        assert asked <= 0.1 * 1.5 * n_epochs * seen + 15
    assert shares[0] < shares[1] < shares[2] == 1.0
