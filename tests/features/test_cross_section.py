"""Cross-sections: computed over a panel by hand and by the algebra, and refused elsewhere."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from bellwether import features as f
from bellwether.arrays import FloatArray
from bellwether.bars import Bars, Panel, noise_world
from bellwether.features import (
    Expression,
    FeatureEngine,
    FeatureSet,
    GraphBuilder,
    NeedsPanel,
    Scaling,
    check_one_symbol,
    compute_cross_section,
    cross_rank,
    cross_zscore,
    lower,
    needs_panel,
    parse,
)
from bellwether.models import export_bundle_graph

CHANGE = f.close / f.ref(f.close, 3) - 1
EXPRESSIONS = [
    cross_rank(CHANGE),
    cross_zscore(CHANGE),
    f.mean(cross_rank(CHANGE), 4) - cross_rank(f.volume),
    cross_rank(cross_zscore(f.mean(CHANGE, 3)) * f.close),
    f.where(cross_rank(CHANGE) > 0.5, f.close, f.ref(cross_zscore(f.close), 2)),
    CHANGE,
]


def make_panel(n_symbols: int, seed: int, *, n_bars: int = 60) -> Panel:
    """Return symbols of different lengths, each without some sessions of its own."""
    random = np.random.default_rng(seed)
    days = np.arange(n_bars).astype("datetime64[D]").astype("datetime64[us]")
    days = days + np.timedelta64(40 * 365, "D")
    bars = []
    for place in range(n_symbols):
        kept = np.sort(random.permutation(n_bars)[: n_bars - 7 * (place % 3)])
        close = 100.0 * np.exp(np.cumsum(0.02 * random.standard_normal(len(kept))))
        bars.append(
            Bars(
                symbol=f"S{place}",
                closed_at=days[kept],
                open=close,
                high=close,
                low=close,
                close=close,
                volume=random.integers(0, 3, len(kept)).astype(float),
            )
        )
    return Panel(bars=bars)


def by_hand(panel: Panel, score: str) -> list[FloatArray]:
    """Return a cross-section of CHANGE, instant by instant."""
    values = [FeatureEngine([CHANGE]).compute(bars.matrix)[:, 0] for bars in panel.bars]
    found = [np.full(len(one), np.nan) for one in values]
    for instant in panel.closed_at:
        cells = [
            (place, int(row))
            for place, bars in enumerate(panel.bars)
            for row in np.flatnonzero(bars.closed_at == instant)
            if np.isfinite(values[place][row])
        ]
        if len(cells) < 2:
            continue
        shown = np.array([values[place][row] for place, row in cells])
        if score == "rank":
            scored = rankdata(shown) / len(shown)
        else:
            scored = (shown - shown.mean()) / shown.std(ddof=1)
        for (place, row), one in zip(cells, scored, strict=True):
            found[place][row] = one
    return found


@pytest.mark.parametrize(("place", "score"), [(0, "rank"), (1, "zscore")])
def test_values_are_those_of_each_instant_by_hand(place: int, score: str) -> None:
    panel = make_panel(6, 1)
    for found, expected in zip(
        compute_cross_section(panel, EXPRESSIONS), by_hand(panel, score), strict=True
    ):
        np.testing.assert_allclose(found[:, place], expected, rtol=0, atol=1e-12)


def test_what_lies_above_a_cross_section_is_the_engines_own() -> None:
    panel = make_panel(5, 2)
    rank = compute_cross_section(panel, [cross_rank(CHANGE)])
    mean = compute_cross_section(panel, [f.mean(cross_rank(CHANGE), 4)])
    for ranks, means in zip(rank, mean, strict=True):
        windows = np.lib.stride_tricks.sliding_window_view(ranks[:, 0], 4)
        np.testing.assert_allclose(means[3:, 0], windows.mean(axis=1), atol=1e-12)


def test_expressions_of_one_symbol_are_those_of_the_engine_bit_for_bit() -> None:
    panel = make_panel(3, 3)
    for bars, found in zip(panel.bars, compute_cross_section(panel, EXPRESSIONS), strict=True):
        expected = FeatureEngine([CHANGE]).compute(bars.matrix)[:, 0]
        assert found[:, -1].tobytes() == expected.tobytes()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), cut=st.integers(1, 59), n_symbols=st.integers(1, 5))
def test_the_future_of_no_symbol_changes_the_past_of_any(
    seed: int, cut: int, n_symbols: int
) -> None:
    panel, other = make_panel(n_symbols, seed), make_panel(n_symbols, seed + 1000)
    instant = panel.closed_at[min(cut, len(panel.closed_at) - 1)]
    mixed = [
        join(one[: int((one.closed_at <= instant).sum())], two, instant)
        for one, two in zip(panel.bars, other.bars, strict=True)
    ]
    before = compute_cross_section(panel, EXPRESSIONS)
    after = compute_cross_section(Panel(bars=mixed), EXPRESSIONS)
    for bars, one, two in zip(panel.bars, before, after, strict=True):
        n_known = int((bars.closed_at <= instant).sum())
        np.testing.assert_array_equal(one[:n_known], two[:n_known])


def join(past: Bars, other: Bars, instant: np.datetime64) -> Bars:
    later = other[int((other.closed_at <= instant).sum()) :]
    columns = {
        name: np.concatenate([getattr(past, name), getattr(later, name)])
        for name in ("closed_at", "open", "high", "low", "close", "volume")
    }
    times = columns.pop("closed_at")
    return Bars(symbol=other.symbol, interval="1d", closed_at=times, **columns)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), n_dropped=st.integers(1, 20))
def test_rows_depend_on_the_lookback_of_every_symbol(seed: int, n_dropped: int) -> None:
    """With the same sessions for all, dropping old bars changes nothing behind the lookback."""
    random = np.random.default_rng(seed)
    worlds = [noise_world(int(random.integers(1_000_000)), 60).bars for _ in range(4)]
    times = worlds[0].closed_at
    names = ("open", "high", "low", "close", "volume")
    bars = [
        Bars(symbol=f"S{k}", closed_at=times, **{name: getattr(one, name) for name in names})
        for k, one in enumerate(worlds)
    ]
    whole = compute_cross_section(Panel(bars=bars), EXPRESSIONS)
    later = compute_cross_section(Panel(bars=[one[n_dropped:] for one in bars]), EXPRESSIONS)
    for place, one in enumerate(EXPRESSIONS):
        first = one.lookback_bars - 1
        for long, short in zip(whole, later, strict=True):
            np.testing.assert_allclose(
                long[n_dropped + first :, place], short[first:, place], rtol=0, atol=1e-12
            )


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999))
def test_the_order_of_symbols_does_not_matter(seed: int) -> None:
    panel = make_panel(4, seed)
    turned = Panel(bars=panel.bars[::-1])
    before = compute_cross_section(panel, EXPRESSIONS)
    after = compute_cross_section(turned, EXPRESSIONS)[::-1]
    for one, two in zip(before, after, strict=True):
        np.testing.assert_allclose(one, two, rtol=0, atol=1e-12)


def test_what_is_not_finite_takes_no_part_and_one_alone_is_no_cross_section() -> None:
    panel = make_panel(2, 4)
    rooted = cross_rank(f.log(f.volume))
    alone = compute_cross_section(Panel(bars=panel.bars[:1]), [cross_rank(f.close)])
    assert np.isnan(alone[0]).all()
    for bars, found in zip(panel.bars, compute_cross_section(panel, [rooted]), strict=True):
        assert np.isnan(found[bars.volume == 0, 0]).all()


def test_equal_values_share_their_rank_and_have_no_distance() -> None:
    panel = make_panel(3, 5)
    values = compute_cross_section(panel, [cross_rank(f.close * 0), cross_zscore(f.close * 0)])
    together = [one[0] for one in values]
    shared = {round(float(row[0]), 6) for row in together if np.isfinite(row[0])}
    assert shared <= {round(2 / 3, 6), 0.75}
    assert all(row[1] == 0.0 for row in together if np.isfinite(row[1]))


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_text_is_read_back(expression: Expression) -> None:
    assert parse(str(expression)) == expression


def test_a_lookback_is_that_of_what_is_ranked() -> None:
    assert cross_rank(CHANGE).lookback_bars == CHANGE.lookback_bars
    assert f.mean(cross_rank(CHANGE), 4).lookback_bars == CHANGE.lookback_bars + 3


def test_one_symbol_alone_is_refused_with_one_message_everywhere() -> None:
    expression = f.mean(cross_rank(CHANGE), 4)
    assert needs_panel(expression)
    assert not needs_panel(CHANGE)
    features = FeatureSet(name="mine", version="1", features=(("a", expression),))
    message = "ranks symbols against each other; cross-sections are for research"
    with pytest.raises(NeedsPanel, match=message):
        check_one_symbol(features)
    engine = FeatureEngine(features)
    bars = make_panel(1, 6).bars[0].matrix
    with pytest.raises(NeedsPanel, match=message):
        engine.compute(bars)
    with pytest.raises(NeedsPanel, match=message):
        engine.last(bars)
    graph = GraphBuilder()
    tensor = graph.input("bars", np.float64, ("batch", 50, 5))
    with pytest.raises(NeedsPanel, match=message):
        lower(graph, features, tensor, n_bars=50, n_steps=1)


def test_a_bundle_is_refused_before_its_members_are_looked_at() -> None:
    features = FeatureSet(name="mine", version="1", features=(("a", cross_rank(f.close)),))
    scaling = Scaling(center=np.zeros(1), scale=np.ones(1))
    with pytest.raises(NeedsPanel, match="as bundles hold"):
        export_bundle_graph(features, scaling, [], horizon_bars=1)
