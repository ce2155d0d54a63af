"""The bundle's graph: the training path and the graph give the same answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest

from bellwether.arrays import Float32Array, FloatArray
from bellwether.bars import Bars
from bellwether.features import (
    FeatureSet,
    Scaling,
    close,
    compute,
    core14,
    core15,
    ewma_volatility,
    interval_variances,
    parse,
)
from bellwether.models import (
    REPLAYED_BARS,
    EnsembleState,
    Family,
    FittedModel,
    IntervalHistory,
    LstmOptions,
    TrainingData,
    TransformerOptions,
    UnusableEnsemble,
    bundle_lookback_bars,
    export_bundle_graph,
    fit_state,
    interval_lookback_bars,
    make_family,
)
from bellwether.models._loop import one_quiet_thread
from bellwether.models._nets import NetFamily, lstm_family, transformer_family

RunGraph = Callable[[bytes, Mapping[str, FloatArray]], dict[str, FloatArray]]
MakeSmall = Callable[[str], Family]
MEMBERS = ("lstm", "transformer", "gradient_boosting", "ridge")
HORIZON_BARS = 5


@dataclass(frozen=True)
class World:
    matrix: FloatArray
    feature_set: FeatureSet
    scaling: Scaling
    windows: Float32Array
    volatility: FloatArray
    rows: np.ndarray
    target: FloatArray

    def bars_before(self, rows: np.ndarray, n_bars: int) -> FloatArray:
        return np.stack([self.matrix[row - n_bars + 1 : row + 1] for row in rows])

    def history(self) -> IntervalHistory:
        variances = compute(interval_variances(), self.matrix)
        close = self.matrix[:, 3]
        moves = np.append(close[HORIZON_BARS:] / close[:-HORIZON_BARS] - 1.0, [np.nan] * 5)
        ago = self.rows[:, None] - HORIZON_BARS - np.arange(REPLAYED_BARS)[::-1]
        return IntervalHistory(
            variances=variances[self.rows], past_variances=variances[ago], past_moves=moves[ago]
        )

    def calm(self) -> IntervalHistory:
        history = self.history()
        return replace(history, past_moves=np.zeros_like(history.past_moves))

    def data(self, chosen: slice) -> TrainingData:
        target = self.target[chosen].astype(np.float32)
        return TrainingData(windows=self.windows[chosen], target=target)


@pytest.fixture(scope="module")
def world(make_bars: Callable[[int, int], Bars]) -> World:
    matrix, feature_set = make_bars(900, 3).matrix, core15()
    values = compute(feature_set, matrix)
    volatility = compute((ewma_volatility(),), matrix)[:, 0]
    rows = np.arange(feature_set.lookback_bars + 18, 900 - HORIZON_BARS)
    scaling = Scaling.fit(values[rows[0] - 19 : 600])
    windows = np.lib.stride_tricks.sliding_window_view(scaling.transform(values), 20, axis=0)
    close = matrix[:, 3]
    moved = close[rows + HORIZON_BARS] / close[rows] - 1.0
    return World(
        matrix=matrix,
        feature_set=feature_set,
        scaling=scaling,
        windows=windows.transpose(0, 2, 1)[rows - 19],
        volatility=volatility[rows],
        rows=rows,
        target=moved / (volatility[rows] * np.sqrt(HORIZON_BARS)),
    )


@pytest.fixture(scope="module")
def members(world: World, make_small: MakeSmall) -> list[tuple[str, FittedModel]]:
    train, validation = world.data(slice(400)), world.data(slice(405, 500))
    return [(name, make_small(name).fit(train, validation, 1)) for name in MEMBERS]


@pytest.fixture(scope="module")
def forecasts(world: World, members: list[tuple[str, FittedModel]]) -> FloatArray:
    return np.column_stack([model.predict(world.windows) for _, model in members])


@pytest.fixture(scope="module")
def state(world: World, forecasts: FloatArray) -> EnsembleState:
    past = forecasts[500:]
    skill = np.sum((past - past.mean(axis=0)) / past.std(axis=0), axis=1)
    fitted = fit_state(MEMBERS, past, world.target[500:] + 0.5 * skill)
    return replace(fitted, variance_weight=np.array([0.4, 0.2, 0.5]))


@pytest.fixture(scope="module")
def bundle(world: World, members: list[tuple[str, FittedModel]]) -> bytes:
    return export_bundle_graph(world.feature_set, world.scaling, members, horizon_bars=HORIZON_BARS)


def test_graph_gives_the_numbers_of_the_training_path(
    world: World,
    bundle: bytes,
    state: EnsembleState,
    forecasts: FloatArray,
    run_graph: RunGraph,
) -> None:
    lookback = bundle_lookback_bars(world.feature_set, 20)

    answer = run_graph(bundle, {"bars": world.bars_before(world.rows, lookback), **state.inputs()})

    reach = state.find_reach(world.history(), world.volatility, HORIZON_BARS)
    expected = state.forecast(forecasts, world.volatility, HORIZON_BARS, reach)
    assert answer["ok"].all()
    np.testing.assert_allclose(answer["reach"], reach, rtol=1e-9)
    assert (
        len(np.unique((reach / state.find_reach(world.calm(), world.volatility, 5)).round(9))) > 5
    )
    assert np.ptp(answer["probability_up"]) > 0.2
    np.testing.assert_array_equal(answer["features"], world.windows)
    np.testing.assert_allclose(answer["score"], expected.score, atol=1e-5, rtol=0)
    for name in ("probability_up", "expected_return", "quantiles"):
        np.testing.assert_allclose(answer[name], getattr(expected, name), atol=1e-6, rtol=0)
    np.testing.assert_allclose(answer["member_forecasts"], forecasts, atol=1e-6, rtol=0)
    np.testing.assert_allclose(answer["volatility"], world.volatility, rtol=1e-12)
    assert np.ptp(answer["confidence"]) > 30.0
    assert np.mean(np.abs(answer["confidence"] - expected.confidence) < 1e-9) > 0.99


def test_graph_gives_the_numbers_of_a_state_whose_symbols_share_a_drift(
    world: World,
    members: list[tuple[str, FittedModel]],
    state: EnsembleState,
    forecasts: FloatArray,
    run_graph: RunGraph,
) -> None:
    shared = replace(state, common_drift=np.array([0.02]), drift=np.array([0.0, 0.3]))
    graph = export_bundle_graph(
        world.feature_set, world.scaling, members, horizon_bars=HORIZON_BARS, common_drift=True
    )
    lookback = bundle_lookback_bars(world.feature_set, 20)

    answer = run_graph(graph, {"bars": world.bars_before(world.rows, lookback), **shared.inputs()})

    reach = shared.find_reach(world.history(), world.volatility, HORIZON_BARS)
    expected = shared.forecast(forecasts, world.volatility, HORIZON_BARS, reach)
    alone = replace(shared, common_drift=None)
    assert np.any(reach != alone.find_reach(world.history(), world.volatility, HORIZON_BARS))
    np.testing.assert_allclose(answer["reach"], reach, rtol=1e-9)
    for name in ("probability_up", "expected_return", "quantiles"):
        np.testing.assert_allclose(answer[name], getattr(expected, name), atol=1e-6, rtol=0)


def test_a_bundle_takes_exactly_the_bars_its_answer_depends_on() -> None:
    longest = max(core15().lookback_bars, ewma_volatility().lookback_bars)

    assert bundle_lookback_bars(core15(), 20) == longest + 19
    assert bundle_lookback_bars(core15(), 20, 5) == longest + 19
    assert bundle_lookback_bars(core15(), 1, 60) == interval_lookback_bars(60)


@pytest.mark.parametrize("n_rows", [1, 2, 3, 5, 7, 8, 9, 16, 31])
def test_a_row_has_the_same_bits_in_a_batch_of_any_size(
    world: World, bundle: bytes, state: EnsembleState, run_graph: RunGraph, n_rows: int
) -> None:
    bars = world.bars_before(world.rows[:62], bundle_lookback_bars(world.feature_set, 20))
    whole = run_graph(bundle, {"bars": bars, **state.inputs()})

    for first in range(0, len(bars) - n_rows + 1, n_rows):
        rows = slice(first, first + n_rows)
        part = run_graph(bundle, {"bars": bars[rows], **state.inputs()})
        for name, found in part.items():
            assert found.tobytes() == whole[name][rows].tobytes(), name


BROKEN = [(0, np.nan), (1, 1e-3), (2, 1e9), (3, -1.0), (3, np.inf), (4, -1.0), (4, np.nan)]


@pytest.mark.parametrize("place", [(bar, *broken) for bar in (0, -1) for broken in BROKEN])
def test_a_broken_bar_silences_its_own_row_and_no_other(
    world: World,
    bundle: bytes,
    state: EnsembleState,
    run_graph: RunGraph,
    place: tuple[int, int, float],
) -> None:
    bar, column, value = place
    bars = world.bars_before(world.rows[:3], bundle_lookback_bars(world.feature_set, 20))
    whole = run_graph(bundle, {"bars": bars, **state.inputs()})
    bars[1, bar, column] = value

    answer = run_graph(bundle, {"bars": bars, **state.inputs()})

    assert answer.pop("ok").tolist() == [True, False, True]
    for name, values in answer.items():
        assert np.isnan(values[1]).all(), name
        np.testing.assert_allclose(values[[0, 2]], whole[name][[0, 2]], atol=1e-6)


def test_bars_that_never_move_get_an_answer(
    world: World, bundle: bytes, state: EnsembleState, run_graph: RunGraph
) -> None:
    still = np.full((1, bundle_lookback_bars(world.feature_set, 20), 5), 50.0)
    still[:, :, 4] = 0.0

    answer = run_graph(bundle, {"bars": still, **state.inputs()})

    assert answer["ok"].all()
    assert all(np.isfinite(values).all() for values in answer.values())


def test_a_feature_that_is_not_finite_silences_its_row(
    make_small: MakeSmall, run_graph: RunGraph
) -> None:
    fragile = FeatureSet(
        name="fragile",
        version="1",
        features=(("ratio", parse("close / (high - low)")), ("price", close)),
    )
    windows = np.random.default_rng(1).standard_normal((80, 1, 2)).astype(np.float32)
    rows = TrainingData(windows=windows, target=windows[:, 0, 0])
    ridge = make_small("ridge").fit(rows, rows, 1)
    scaling = Scaling(center=np.zeros(2), scale=np.ones(2))
    state = fit_state(["ridge"], np.zeros((0, 1)), np.zeros(0))
    bundle = export_bundle_graph(fragile, scaling, [("ridge", ridge)], horizon_bars=1)
    bars = np.full((2, bundle_lookback_bars(fragile, 1), 5), 50.0)
    bars[0, :, 1] = 51.0

    answer = run_graph(bundle, {"bars": bars, **state.inputs()})

    assert answer["ok"].tolist() == [True, False]
    assert np.isnan(answer["probability_up"]).tolist() == [False, True]


def test_state_moves_the_answer_without_a_new_graph(
    world: World, bundle: bytes, forecasts: FloatArray, run_graph: RunGraph
) -> None:
    bars = world.bars_before(world.rows[:2], bundle_lookback_bars(world.feature_set, 20))
    weight = np.array([0.0, 0.0, 0.0, 1.0])
    only_ridge = fit_state(MEMBERS, forecasts, world.target, weight=weight)

    answer = run_graph(bundle, {"bars": bars, **only_ridge.inputs()})

    np.testing.assert_allclose(answer["score"], only_ridge.score(forecasts[:2]), atol=1e-5)


def test_members_of_one_step_need_no_window(
    world: World, members: list[tuple[str, FittedModel]], run_graph: RunGraph
) -> None:
    flat = members[2:]
    state = fit_state([name for name, _ in flat], np.zeros((0, 2)), np.zeros(0))
    bundle = export_bundle_graph(world.feature_set, world.scaling, flat, horizon_bars=1)
    bars = world.bars_before(world.rows[:4], bundle_lookback_bars(world.feature_set, 1))

    answer = run_graph(bundle, {"bars": bars, **state.inputs()})

    assert answer["features"].shape == (4, 1, 15)
    expected = np.column_stack([model.predict(world.windows[:4]) for _, model in flat])
    np.testing.assert_allclose(answer["member_forecasts"], expected, atol=1e-6)


def test_same_members_give_the_same_bytes(
    world: World, members: list[tuple[str, FittedModel]], bundle: bytes, make_small: MakeSmall
) -> None:
    restored = [(name, make_small(name).restore(model.arrays())) for name, model in members]

    again = export_bundle_graph(
        world.feature_set, world.scaling, restored, horizon_bars=HORIZON_BARS
    )

    assert again == bundle


def test_the_ensemble_of_the_contract_fits_two_megabytes(world: World) -> None:
    full_grown = make_family("gradient_boosting", changes={"patience_rounds": 200})
    rows = world.data(slice(600))
    trees = full_grown.fit(rows, rows, 1)
    members = [
        ("lstm", fresh(lstm_family(LstmOptions()))),
        ("transformer", fresh(transformer_family(TransformerOptions()))),
        ("gradient_boosting", trees),
    ]

    bundle = export_bundle_graph(world.feature_set, world.scaling, members, horizon_bars=1)

    assert trees.best_epoch == 200
    assert len(bundle) <= 2_000_000


def test_members_that_cannot_share_a_graph_are_refused(
    world: World, members: list[tuple[str, FittedModel]]
) -> None:
    scaling14 = Scaling(center=np.zeros(14), scale=np.ones(14))

    with pytest.raises(UnusableEnsemble, match="each with its own name"):
        export_bundle_graph(world.feature_set, world.scaling, [], horizon_bars=1)
    with pytest.raises(UnusableEnsemble, match="each with its own name"):
        export_bundle_graph(world.feature_set, world.scaling, members[:1] * 2, horizon_bars=1)
    with pytest.raises(UnusableEnsemble, match="14 features of core14 in lstm"):
        export_bundle_graph(core14(), scaling14, members, horizon_bars=1)
    with pytest.raises(UnusableEnsemble, match="15 features of core15 in the scaling"):
        export_bundle_graph(world.feature_set, scaling14, members, horizon_bars=1)


def fresh(family: NetFamily) -> FittedModel:
    with one_quiet_thread(1):
        weights = family.build(15).state_dict()
    arrays = {name: value.numpy() for name, value in weights.items()}
    return family.restore({**arrays, "counts": np.array([15, 1, 1])})
