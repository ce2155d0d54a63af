"""Members by regime: bounds, shrinking, the contract's start, and the graph beside its twin."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bellwether.arrays import FloatArray, IntArray
from bellwether.bars import Bars
from bellwether.features import Scaling, compute, core15, ewma_volatility
from bellwether.models import (
    REGIME_MEMBER_WEIGHT,
    EnsembleState,
    FittedModel,
    RegimeWeights,
    TrainingData,
    UnusableState,
    bundle_lookback_bars,
    combine,
    export_bundle_graph,
    fit_state,
    make_family,
    pick_weights,
    shrunk_multipliers,
    starting_multipliers,
)
from bellwether.registry import REGIME_MEMBER_WEIGHT as AS_THE_REGISTRY_CALLS_IT
from bellwether.rules import Regime, confirmed_regimes, rule_signals

ALIKE = np.ones((5, 3))
skills = arrays(np.float64, (5, 3), elements=st.floats(-2.0, 2.0))
errors = arrays(np.float64, (5, 3), elements=st.floats(0.0, 10.0) | st.just(np.nan))
overalls = arrays(np.float64, 3, elements=st.floats(-2.0, 2.0))


@given(skill=skills, error=errors, overall=overalls, is_contract=st.booleans())
def test_multipliers_are_between_a_half_and_two_and_one_on_average(
    skill: FloatArray, error: FloatArray, overall: FloatArray, is_contract: bool
) -> None:
    start = starting_multipliers(["lstm", "transformer", "gradient_boosting"])
    found = shrunk_multipliers(skill, error, overall, start if is_contract else ALIKE)
    assert found.min() >= 0.5 - 1e-12
    assert found.max() <= 2.0 + 1e-12
    np.testing.assert_allclose(found.mean(axis=1), 1.0, rtol=1e-12)


def test_without_evidence_multipliers_are_what_they_start_from() -> None:
    nothing = np.full((5, 3), np.nan)
    np.testing.assert_array_equal(
        shrunk_multipliers(nothing, nothing, np.zeros(3), ALIKE), np.ones((5, 3))
    )
    start = starting_multipliers(["lstm", "transformer", "gradient_boosting"])
    assert start[Regime.TRENDING_UP].tolist() == start[Regime.TRENDING_DOWN].tolist()
    assert start[Regime.TRENDING_UP].tolist() == [1.3, 1.0, 1.2]
    assert start[Regime.RANGING].tolist() == [0.8, 1.0, 0.9]
    assert start[Regime.VOLATILE].tolist() == [0.7, 1.0, 1.2]
    assert start[Regime.QUIET].tolist() == [1.0, 1.0, 1.0]
    found = shrunk_multipliers(nothing, nothing, np.zeros(3), start)
    # Scaled to one on average, which the sum of weights undoes again.
    np.testing.assert_allclose(found * start.mean(axis=1, keepdims=True), start, rtol=1e-12)


def test_the_surer_a_difference_is_the_more_it_counts() -> None:
    skill = np.full((5, 2), 0.05)
    skill[Regime.VOLATILE] = 0.10, 0.0
    ratios = []
    for error in (0.2, 0.05, 0.01):
        found = shrunk_multipliers(skill, np.full((5, 2), error), np.full(2, 0.05), ALIKE[:, :2])
        np.testing.assert_array_equal(found[Regime.RANGING], 1.0)
        ratios.append(found[Regime.VOLATILE, 0] - 1.0)
    assert 0.0 < ratios[0] < ratios[1] < ratios[2]
    # (.10 - .05) / .05 of a difference, for .02^2 / (.02^2 + .2^2) of which there is evidence.
    assert ratios[0] == pytest.approx(0.0004 / 0.0404)


@dataclass(frozen=True)
class World:
    """A market, two small members, and all that is needed to ask the graph about it."""

    matrix: FloatArray
    members: tuple[tuple[str, FittedModel], ...]
    scaling: Scaling
    rows: IntArray
    forecasts: FloatArray
    volatility: FloatArray
    regime: IntArray
    target: FloatArray

    @property
    def n_bars(self) -> int:
        return bundle_lookback_bars(core15(), 1, by_regime=True)

    def windows(self) -> FloatArray:
        return np.stack([self.matrix[row - self.n_bars + 1 : row + 1] for row in self.rows])


@pytest.fixture(scope="module")
def world(make_bars: Callable[[int, int], Bars]) -> World:
    n_bars = bundle_lookback_bars(core15(), 1, by_regime=True)
    matrix = make_bars(n_bars + 260, 11).matrix
    values = compute(core15(), matrix)
    volatility = compute((ewma_volatility(),), matrix)[:, 0]
    rows = np.arange(n_bars - 1, len(matrix) - 1, 4)
    scaling = Scaling.fit(values[rows])
    windows = scaling.transform(values[rows])[:, None]
    close = matrix[:, 3]
    target = (close[rows + 1] / close[rows] - 1.0) / volatility[rows]
    data = TrainingData(windows=windows, target=target.astype(np.float32))
    members = tuple((name, make_family(name).fit(data, data, 1)) for name in ("ridge", "logistic"))
    return World(
        matrix=matrix,
        members=members,
        scaling=scaling,
        rows=rows,
        forecasts=np.column_stack([model.predict(windows) for _, model in members]),
        volatility=volatility[rows],
        regime=confirmed_regimes(matrix)[rows],
        target=target,
    )


@pytest.fixture(scope="module")
def graph(world: World) -> bytes:
    return export_bundle_graph(
        core15(), world.scaling, world.members, horizon_bars=1, by_regime=True
    )


@pytest.fixture(scope="module")
def ask(graph: bytes) -> Callable[[Mapping[str, FloatArray]], dict[str, FloatArray]]:
    session = onnxruntime.InferenceSession(graph)
    names = [one.name for one in session.get_outputs()]
    return lambda inputs: dict(zip(names, session.run(names, dict(inputs)), strict=True))


Ask = Callable[[Mapping[str, FloatArray]], dict[str, FloatArray]]


def state_of(world: World, multiplier: FloatArray) -> EnsembleState:
    return fit_state(
        [name for name, _ in world.members],
        world.forecasts,
        world.target,
        weight=RegimeWeights(
            weight=np.array([0.7, 0.3]), multiplier=multiplier, past_regime=world.regime
        ),
    )


@settings(max_examples=20, deadline=None)
@given(multiplier=arrays(np.float64, (5, 2), elements=st.floats(0.5, 2.0)))
def test_the_graph_gives_the_numbers_of_its_twin(
    world: World, ask: Ask, multiplier: FloatArray
) -> None:
    state = state_of(world, multiplier)
    answer = ask({"bars": world.windows(), **state.inputs()})
    assert answer["ok"].all()
    np.testing.assert_array_equal(answer["regime"], world.regime)
    weight = state.weights_in(world.regime)
    np.testing.assert_allclose(answer[REGIME_MEMBER_WEIGHT], weight, atol=1e-12)
    said = state.forecast(
        answer["member_forecasts"], world.volatility, 1, answer["reach"], world.regime
    )
    for name in ("score", "probability_up", "expected_return", "quantiles"):
        np.testing.assert_allclose(answer[name], getattr(said, name), atol=1e-9)
    np.testing.assert_allclose(answer["member_forecasts"], world.forecasts, atol=1e-6)


def test_the_market_of_these_tests_sees_several_regimes(world: World) -> None:
    assert len(set(world.regime.tolist())) > 2


def test_a_row_has_the_same_bits_alone_and_among_many(world: World, ask: Ask) -> None:
    inputs = state_of(world, np.linspace(0.5, 2.0, 10).reshape(5, 2)).inputs()
    together = ask({"bars": world.windows()[:12], **inputs})
    for row in range(12):
        alone = ask({"bars": world.windows()[row : row + 1], **inputs})
        for name, values in alone.items():
            assert values.tobytes() == together[name][row : row + 1].tobytes(), name


def test_broken_bars_spoil_their_own_row_only(world: World, ask: Ask) -> None:
    inputs = state_of(world, np.full((5, 2), 1.0)).inputs()
    bars = world.windows()[:6]
    sound = ask({"bars": bars, **inputs})
    broken = np.array(bars)
    broken[1, 3, 3] = np.nan
    broken[2, -1] = np.inf
    broken[3, :, :4] = -1.0
    broken[4] = 0.0
    answer = ask({"bars": broken, **inputs})
    assert answer["ok"].tolist() == [True, False, False, False, False, True]
    for name, values in answer.items():
        np.testing.assert_array_equal(values[[0, 5]], sound[name][[0, 5]])
        if name != "ok":
            assert np.isnan(values[1:5]).all()


def test_multipliers_of_one_change_nothing(world: World, ask: Ask) -> None:
    state = state_of(world, np.ones((5, 2)))
    plain = replace(state, regime_multiplier=None)
    answer = ask({"bars": world.windows(), **state.inputs()})
    said = plain.forecast(answer["member_forecasts"], world.volatility, 1, answer["reach"])
    np.testing.assert_allclose(answer["score"], said.score, atol=1e-12)


def test_who_does_not_ask_for_regimes_gets_a_graph_without_them(world: World) -> None:
    plain = export_bundle_graph(core15(), world.scaling, world.members, horizon_bars=1)
    session = onnxruntime.InferenceSession(plain)
    assert "regime_multiplier" not in {one.name for one in session.get_inputs()}
    assert not {"regime", REGIME_MEMBER_WEIGHT} & {one.name for one in session.get_outputs()}
    assert bundle_lookback_bars(core15(), 1) < world.n_bars


def test_registry_and_models_mean_the_same_output() -> None:
    assert REGIME_MEMBER_WEIGHT == AS_THE_REGISTRY_CALLS_IT


def test_regimes_are_those_that_the_rules_tell(make_bars: Callable[[int, int], Bars]) -> None:
    matrix = make_bars(300, 4).matrix
    codes = confirmed_regimes(matrix)
    np.testing.assert_array_equal(codes, rule_signals(matrix).regime_confirmed)
    np.testing.assert_array_equal(confirmed_regimes(matrix[:120]), codes[:120])


def test_each_row_is_combined_by_its_own_weights() -> None:
    forecasts = np.array([[1.0, -1.0], [1.0, -1.0]])
    weight, multiplier = np.array([0.5, 0.5]), np.ones((5, 2))
    multiplier[Regime.QUIET] = 2.0, 0.5
    rows = pick_weights(weight, multiplier, np.array([Regime.RANGING, Regime.QUIET]))
    np.testing.assert_allclose(rows, [[0.5, 0.5], [0.8, 0.2]])
    score = combine(forecasts, np.zeros(2), np.ones(2), rows)
    np.testing.assert_allclose(score, [0.0, 0.6])


def test_a_state_keeps_its_multipliers_and_one_without_stays_what_it_was(world: World) -> None:
    state = state_of(world, np.linspace(0.5, 2.0, 10).reshape(5, 2))
    plain = replace(state, regime_multiplier=None)
    assert "regime_multiplier" not in plain.to_dict()
    assert "regime_multiplier" not in plain.inputs()
    assert plain.digest != state.digest
    for one in (state, plain):
        assert EnsembleState.from_json(one.to_json()).digest == one.digest
    flat = replace(state, regime_multiplier=state.inputs()["regime_multiplier"])
    assert flat.digest == state.digest


@pytest.mark.parametrize(
    "multiplier", [np.ones((4, 2)), np.zeros((5, 2)), np.full((5, 2), np.nan), np.ones(9)]
)
def test_multipliers_that_are_none_are_refused(world: World, multiplier: FloatArray) -> None:
    state = state_of(world, np.ones((5, 2)))
    with pytest.raises(UnusableState, match="regime_multiplier"):
        replace(state, regime_multiplier=multiplier)
