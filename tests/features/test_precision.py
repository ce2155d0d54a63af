"""Stated error bounds, held on series made to break them: levels, plateaus, outliers, ramps."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether import features as f
from bellwether.arrays import FloatArray
from bellwether.features import Expression, compute

UNIT = 2.0**-53
N_BARS = 400
Window = np.ndarray[tuple[int], np.dtype[np.longdouble]]
Bound = Callable[[Window], float]


def hostile_series() -> dict[str, FloatArray]:
    generator = np.random.default_rng(11)
    walk = np.exp(np.cumsum(generator.normal(0, 0.02, N_BARS)))
    plateaus = np.repeat(np.round(walk[::25], 3), 25)
    return {
        "plain": 100 * walk,
        "tiny prices": 1e-9 * walk,
        "huge volumes": np.round(1e9 * generator.lognormal(0, 1, N_BARS)),
        "far from zero": 1e9 + np.round(walk, 3),
        "constant": np.full(N_BARS, 0.1),
        "long plateaus": plateaus,
        "one outlier": np.where(np.arange(N_BARS) == 200, 1e12, walk),
        "a jump": np.r_[np.full(200, 1e-6), np.full(200, 1e9)],
        "ramp": 1.0 + 1e-9 * np.arange(N_BARS),
        "both signs": generator.normal(0, 1, N_BARS),
    }


SERIES = hostile_series()


def centered(window: Window) -> Window:
    distances = window - window[-1]
    deviations: Window = distances - distances.mean()
    return deviations


def size(window: Window) -> float:
    return float(np.abs(window - window[-1]).max())


def deviation(window: Window) -> float:
    return float(np.sqrt((centered(window) ** 2).sum() / (window.size - 1)))


def skewness(window: Window) -> float:
    n, spread = window.size, deviation(window)
    cubes = (centered(window) ** 3).sum()
    return 0.0 if spread == 0 else float(n / ((n - 1) * (n - 2)) * cubes / spread**3)


def kurtosis(window: Window) -> float:
    n, spread = window.size, deviation(window)
    if spread == 0:
        return 0.0
    share = (centered(window) ** 4).sum() / np.longdouble(spread) ** 4
    below = (n - 2) * (n - 3)
    return float(n * (n + 1) / ((n - 1) * below) * share - 3 * (n - 1) ** 2 / below)


def fitted(window: Window) -> tuple[float, float]:
    places = np.arange(window.size, dtype=np.longdouble) - np.longdouble(window.size - 1) / 2
    slope = (places * centered(window)).sum() / (places * places).sum()
    return float(slope), float(centered(window)[-1] - slope * places[-1])


def explained(window: Window) -> float:
    places = np.arange(window.size, dtype=np.longdouble) - np.longdouble(window.size - 1) / 2
    squares = (centered(window) ** 2).sum()
    products = (places * centered(window)).sum()
    return 0.0 if squares == 0 else float(products**2 / (places * places).sum() / squares)


def weighted(window: Window, weights: np.ndarray) -> float:
    exact = weights.astype(np.longdouble)
    return float((window * exact).sum() / exact.sum())


def typical(window: Window) -> float:
    return float(np.abs(window).max())


def depth(window: Window) -> int:
    """Return how often a window is cut in two."""
    return int(np.ceil(np.log2(window.size)))


def half_life(values: Expression, n_bars: int) -> Expression:
    return f.ema(values, 0.5, n_bars)


def within_one(values: Expression, n_bars: int) -> Expression:
    return f.clipped_sum(values, 1, n_bars)


def clipped(window: Window) -> float:
    total = np.longdouble(0)
    for step in window:
        total = np.clip(total, np.longdouble(-1), np.longdouble(1)) + step
    return float(total)


Row = tuple[Callable[[Expression, int], Expression], Callable[[Window], float], Bound]

BOUNDS: dict[str, Row] = {
    "sum": (f.sum, lambda x: float(x.sum()), lambda x: depth(x) * float(np.abs(x).sum())),
    "mean": (
        f.mean,
        lambda x: float(x.mean()),
        lambda x: 2 * float(abs(x.mean())) + (6 * depth(x) + 2) * size(x),
    ),
    "std": (f.std, deviation, lambda x: x.size**0.5 * (6 * depth(x) + 8) * deviation(x)),
    "mean_deviation": (
        f.mean_deviation,
        lambda x: float(np.abs(centered(x)).mean()),
        lambda x: (10 * x.size**0.5 * (depth(x) + 1) + x.size) * deviation(x),
    ),
    "slope": (
        f.slope,
        lambda x: fitted(x)[0],
        lambda x: 36 * (depth(x) + 1) / x.size * size(x),
    ),
    "r2": (f.r2, explained, lambda x: 30 * x.size**0.5 * (depth(x) + 1)),
    "wma": (
        f.wma,
        lambda x: weighted(x, np.arange(x.size) + 1),
        lambda x: (4 * depth(x) + 2) * typical(x),
    ),
    "ema": (
        half_life,
        lambda x: weighted(x, np.longdouble(0.5) ** np.arange(x.size)[::-1]),
        lambda x: (3 * depth(x) + 3) * typical(x),
    ),
    "clipped_sum": (within_one, clipped, lambda x: x.size * (1 + typical(x))),
    "resid": (f.resid, lambda x: fitted(x)[1], lambda x: 24 * (depth(x) + 1) * size(x)),
    "skew": (f.skew, skewness, lambda x: 20 * x.size**1.5),
    "kurt": (f.kurt, kurtosis, lambda x: 20 * x.size**2.0),
    "median": (
        f.median,
        lambda x: float((np.sort(x)[(x.size - 1) // 2] + np.sort(x)[x.size // 2]) / 2),
        lambda x: 3 * float(np.abs(x).max()),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("n_bars", [4, 5, 20, 60])
def test_errors_stay_within_their_bounds_on_hostile_series(name: str, n_bars: int) -> None:
    build, definition, bound = BOUNDS[name]
    for series_name, series in SERIES.items():
        found = compute([build(f.close, n_bars)], np.column_stack([series] * 5))[:, 0]
        windows = np.lib.stride_tricks.sliding_window_view(series.astype(np.longdouble), n_bars)
        for place, window in enumerate(windows[::7]):
            error = abs(found[n_bars - 1 + 7 * place] - definition(window))
            assert error <= UNIT * bound(window), (series_name, place, error)


VALUES = st.lists(st.floats(-1e3, 1e3).map(lambda one: round(one, 6)), min_size=4, max_size=64)
SCALES = st.integers(-12, 12).map(lambda one: 10.0**one)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(BOUNDS)), VALUES, SCALES, st.sampled_from([0.0, 1e3, 1e9, -1e12]))
def test_errors_stay_within_their_bounds_whatever_the_window(
    name: str, values: list[float], scale: float, level: float
) -> None:
    build, definition, bound = BOUNDS[name]
    series = scale * (level + np.array(values))
    window = series.astype(np.longdouble)
    if name in {"skew", "kurt"} and deviation(window) < 1e-14 * abs(float(series[-1])):
        return
    found = compute([build(f.close, series.size)], np.column_stack([series] * 5))[-1, 0]
    assert abs(found - definition(window)) <= UNIT * bound(window)


@pytest.mark.parametrize("n_bars", [5, 60])
def test_correlations_stay_within_their_bound_on_hostile_pairs(n_bars: int) -> None:
    other = np.random.default_rng(5).normal(1e6, 1.0, N_BARS)
    expressions = [f.corr(f.close, f.open, n_bars), f.cov(f.close, f.open, n_bars)]
    for name, series in SERIES.items():
        bars = np.column_stack([other, series, series, series, series])
        found = compute(expressions, bars)
        depth_bars = int(np.ceil(np.log2(n_bars)))
        bound = 2 * n_bars**0.5 * (6 * depth_bars + 8)
        for end in range(n_bars, N_BARS, 7):
            x, y = (column[end - n_bars : end].astype(np.longdouble) for column in (series, other))
            size = deviation(x) * deviation(y)
            products = float((centered(x) * centered(y)).sum()) / (n_bars - 1)
            correlation = 0.0 if deviation(x) == 0 else products / size
            values = found[end - 1]
            assert abs(values[1] - products) <= UNIT * bound * size, name
            assert abs(values[0] - correlation) <= UNIT * 2 * bound, name


@pytest.mark.parametrize("scale", [1e-12, 1e-9, 1.0, 1e9, 1e15])
def test_shape_does_not_depend_on_scale(scale: float) -> None:
    shapes = [f.skew(f.close, 20), f.kurt(f.close, 20), f.corr(f.close, f.open, 20)]
    shapes += [f.rank(f.close, 20), f.argmax(f.close, 20), f.quantile(f.close, 20, 0.3) / f.close]
    generator = np.random.default_rng(2)
    bars = np.column_stack([generator.lognormal(0, 1, N_BARS) for _ in range(5)])
    np.testing.assert_allclose(
        compute(shapes, scale * bars), compute(shapes, bars), rtol=1e-9, atol=1e-11
    )


def test_a_spread_of_rounding_is_none() -> None:
    close = np.tile([0.1, np.nextafter(0.1, 1), np.nextafter(0.1, 0)], 20)
    other = np.random.default_rng(3).normal(size=60)
    bars = np.column_stack([other, close, close, close, close])
    shapes = [f.skew(f.close, 20), f.kurt(f.close, 20), f.corr(f.close, f.open, 20)]
    assert compute(shapes, bars)[-1].tolist() == [0.0, 0.0, 0.0]


def test_an_outlier_that_has_left_the_window_leaves_no_trace() -> None:
    series = np.r_[1e15, np.tile([1.0, 2.0, 4.0, 3.0], 10)]
    bars = np.column_stack([series] * 5)
    expressions = [build(f.close, 4) for build, _, _ in BOUNDS.values()]
    after, alone = compute(expressions, bars)[4:], compute(expressions, bars[1:])[3:]
    assert after.tobytes() == alone.tobytes()
