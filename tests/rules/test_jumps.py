"""Regimes by jump models: the online recursion against the cheapest path written out."""

from collections.abc import Callable
from dataclasses import fields
from itertools import pairwise

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether import features as fx
from bellwether.arrays import FloatArray, IntArray
from bellwether.bars import Bars
from bellwether.features import compute
from bellwether.rules import (
    Regime,
    RegimeOptions,
    RegimeReadings,
    RuleOptionOutOfRange,
    RuleOptions,
    detect_regime,
    pad_bars,
    read_regime,
    rule_expressions,
    rule_signals,
    rules_graph,
    rules_lookback_bars,
)

BarsMaker = Callable[[int, int], Bars]
Row = tuple[float, float, float, float]
BARE = RegimeReadings(adx=fx.open, atr_frac=fx.high, change=fx.low, fit_r2=fx.close)
JUMP = RegimeOptions(detector="jump")
RULES = RuleOptions(regimes=JUMP)
RANGING, UP, DOWN, VOLATILE, QUIET = Regime
# Readings in the order of the tuple: ADX, ATR over price, change over 20 bars, R^2 over 50.
USUAL, STORM, CALM = (15.0, 0.02, 0.0, 0.5), (15.0, 0.05, 0.0, 0.5), (15.0, 0.004, 0.0, 0.1)
RISE, FALL = (40.0, 0.02, 0.10, 0.9), (40.0, 0.02, -0.10, 0.9)


def follow(readings: list[Row] | FloatArray, options: RegimeOptions = JUMP) -> list[Regime]:
    """Return the regime of each row of readings, the first row repeated before it."""
    rows = np.asarray(readings, dtype=np.float64)
    before = np.tile(rows[:1], (options.memory_bars, 1))
    matrix = np.column_stack([np.vstack([before, rows]), np.zeros(len(before) + len(rows))])
    current, confirmed = detect_regime(BARE, options)
    assert current == confirmed
    return [Regime(int(one)) for one in compute([current], matrix)[len(before) :, 0]]


def cheapest_end(losses: FloatArray, penalty: float) -> tuple[float, float]:
    """Return the cost of the cheapest path of states that ends in each: dynamic programming.

    Bemporad, Breschi, Piga and Boyd (2018): the loss of each bar's state, and a penalty for each
    bar on which the state is another than the bar before.
    """
    cost = np.zeros(2)
    for own in losses:
        cost = own + np.array([min(cost[0], cost[1] + penalty), min(cost[1], cost[0] + penalty)])
    return float(cost[0]), float(cost[1])


def told_by_paths(rows: FloatArray, options: RegimeOptions) -> IntArray:
    """Return the regime of each bar, each model's path found anew on the bars it remembers."""
    adx, atr_frac, change, fit_r2 = rows.T

    # Squared distances of readings from two centroids, in units of half their distance.
    def beyond(values: FloatArray, off: float, on: float) -> FloatArray:
        losses = np.stack([(values - off) ** 2, (values - on) ** 2], axis=1) / 2
        differences: FloatArray = (losses[:, 0] - losses[:, 1]) / ((on - off) ** 2 / 2)
        return differences

    strong = beyond(adx, options.ranging_adx, options.trending_adx)
    quiet = np.minimum(beyond(atr_frac, 0.02, 0.0), beyond(fit_r2, 0.4, 0.0))
    weights = {
        DOWN: np.minimum(strong, beyond(change, 0.0, -0.06)),
        UP: np.minimum(strong, beyond(change, 0.0, 0.06)),
        QUIET: np.where(atr_frac == 0.0, -1.0, quiet),
        VOLATILE: beyond(atr_frac, 0.02, 0.04),
    }
    codes = np.full(len(rows), RANGING)
    for end in range(options.memory_bars, len(rows) + 1):
        for regime, weight in weights.items():
            window = weight[end - options.memory_bars : end]
            losses = np.stack([np.maximum(window, 0.0), np.maximum(-window, 0.0)], axis=1)
            off, on = cheapest_end(losses, options.jump_penalty)
            if off - on > 1e-9:
                codes[end - 1] = regime
    return codes


def wander(seed: int, n_bars: int) -> FloatArray:
    """Return readings that move about their thresholds."""
    generator = np.random.default_rng(seed)
    slow = np.cumsum(generator.normal(0, 0.35, (n_bars, 4)), axis=0)
    held = 2.2 * np.sin(slow) + generator.normal(0, 0.5, (n_bars, 4))
    adx = 22.5 + 8.0 * held[:, 0]
    atr_frac = np.maximum(0.018 + 0.012 * held[:, 1], 0.0)
    return np.column_stack([adx, atr_frac, 0.04 * held[:, 2], np.abs(0.3 * held[:, 3])])


@pytest.mark.parametrize("penalty", [0.0, 1.0, 3.0, 20.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_bar_has_the_state_in_which_the_cheapest_path_ends(penalty: float, seed: int) -> None:
    options = RegimeOptions(detector="jump", jump_penalty=penalty, memory_bars=40)
    rows = wander(seed, 600)
    current, _ = detect_regime(BARE, options)
    found = compute([current], np.column_stack([rows, np.zeros(len(rows))]))[39:, 0]
    expected = told_by_paths(rows, options)[39:]
    np.testing.assert_array_equal(found, expected)
    assert len(set(expected.tolist())) >= 3


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(-3, 3).map(lambda one: round(one, 2)), min_size=2, max_size=30),
    st.sampled_from([0.0, 0.5, 2.0, 7.25]),
)
def test_the_clipped_sum_is_what_the_cheapest_paths_differ_by(
    steps: list[float], penalty: float
) -> None:
    losses = np.array([[max(one, 0.0), max(-one, 0.0)] for one in steps])
    off, on = cheapest_end(losses, penalty)
    bars = np.column_stack([steps] * 5)
    found = compute([fx.clipped_sum(fx.close, penalty, len(steps))], bars)[-1, 0]
    assert found == pytest.approx(off - on, abs=1e-12)


def test_a_jump_is_made_when_it_has_made_up_for_the_penalty() -> None:
    options = RegimeOptions(detector="jump", jump_penalty=3.5)
    # A range of 4 % is one unit beyond the threshold of 3 %, as 2 % is one below.
    one_beyond = (15.0, 0.04, 0.0, 0.5)
    told = follow([USUAL, *[one_beyond] * 6, *[USUAL] * 6], options)
    assert told == [RANGING] * 4 + [VOLATILE] * 5 + [RANGING] * 4


def test_a_single_wild_bar_is_no_regime_if_the_penalty_says_so() -> None:
    assert follow([USUAL, STORM, USUAL, USUAL])[1:] == [RANGING] * 3
    eager = RegimeOptions(detector="jump", jump_penalty=0.0)
    assert follow([USUAL, STORM, USUAL, USUAL], eager) == [RANGING, VOLATILE, RANGING, RANGING]


@pytest.mark.parametrize(
    ("reading", "regime"),
    [(USUAL, RANGING), (STORM, VOLATILE), (CALM, QUIET), (RISE, UP), (FALL, DOWN)],
)
def test_what_lasts_is_told(reading: Row, regime: Regime) -> None:
    assert follow([USUAL, *[reading] * 20])[-1] is regime


def test_without_a_penalty_the_thresholds_decide_bar_by_bar() -> None:
    rows = wander(5, 500)
    told = follow(rows, RegimeOptions(detector="jump", jump_penalty=0.0))
    for (adx, atr_frac, change, fit_r2), regime in zip(rows.tolist(), told, strict=True):
        if atr_frac > 0.03:
            expected = VOLATILE
        elif 0 < atr_frac < 0.01 and fit_r2 < 0.2:
            expected = QUIET
        elif adx > 22.5 and abs(change) > 0.03:
            expected = UP if change > 0 else DOWN
        else:
            expected = RANGING
        assert regime is expected


def test_a_market_that_stands_still_is_not_quiet() -> None:
    still = (0.0, 0.0, 0.0, 0.0)
    assert set(follow([still] * 30)) == {RANGING}


def test_trends_up_and_down_never_hold_at_once() -> None:
    rows = wander(7, 3_000)
    matrix = np.column_stack([rows, np.zeros(len(rows))])
    for penalty in (0.0, 3.0, 30.0):
        options = RegimeOptions(detector="jump", jump_penalty=penalty)
        whole, _ = detect_regime(BARE, options)
        turned, _ = detect_regime(
            RegimeReadings(adx=fx.open, atr_frac=fx.high, change=0.0 - fx.low, fit_r2=fx.close),
            options,
        )
        codes, mirrored = compute([whole, turned], matrix)[60:].T
        # The trend up goes before the trend down: were both to hold, the mirror would show it.
        swapped = np.select([mirrored == UP, mirrored == DOWN], [DOWN, UP], mirrored)
        np.testing.assert_array_equal(codes, swapped)


def test_a_higher_penalty_jumps_less_often() -> None:
    rows = wander(9, 3_000)
    n_jumps = []
    for penalty in (0.0, 1.0, 3.0, 10.0):
        told = follow(rows, RegimeOptions(detector="jump", jump_penalty=penalty))
        n_jumps.append(sum(a is not b for a, b in pairwise(told)))
    assert n_jumps == sorted(n_jumps, reverse=True)
    assert n_jumps[-1] < n_jumps[0] / 2


def test_readings_that_are_missing_weigh_nothing() -> None:
    hole = (np.nan, np.nan, np.nan, np.nan)
    assert follow([USUAL, *[STORM] * 10, hole, hole])[-1] is VOLATILE


def test_the_lookback_is_that_of_the_readings_and_the_memory() -> None:
    directional = 1 + 1 + 119 + 119
    assert rules_lookback_bars(RULES) == directional + 59
    longer = RuleOptions(regimes=RegimeOptions(detector="jump", memory_bars=120))
    assert rules_lookback_bars(longer) == directional + 119


def test_graph_and_batch_agree_by_jumps_too(make_bars: BarsMaker, real_market: FloatArray) -> None:
    session = onnxruntime.InferenceSession(rules_graph(RULES), providers=["CPUExecutionProvider"])
    by_signal = np.array([0.41, 0.5, 0.57])
    names = list(rule_expressions(RULES))
    still = np.tile([100.1, 100.1, 100.1, 100.1, 0.0], (400, 1))
    wide = np.tile([100.0, 101.5, 98.5, 100.0, 1.0], (400, 1))  # range exactly 3 % of price
    for matrix in (real_market, make_bars(600, 3).matrix, still, wide):
        rows = list(range(59, len(matrix), 7))
        windows = np.stack([pad_bars(matrix[: row + 1], 299) for row in rows])
        found = session.run(names, {"bars": windows, "probability_by_signal": by_signal})
        batch = rule_signals(matrix, RULES)
        for name, values in zip(names, found, strict=True):
            expected = getattr(batch, name)[rows]
            np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-12, err_msg=name)
        alone = session.run(names, {"bars": windows[:1], "probability_by_signal": by_signal})
        for one, values in zip(alone, found, strict=True):
            assert one.tobytes() == values[:1].tobytes()


def test_only_the_regimes_and_what_rests_on_them_differ(real_market: FloatArray) -> None:
    usual, jumps = rule_signals(real_market), rule_signals(real_market, RULES)
    for name in ("rsi", "sma_deviation", "atr_frac"):
        np.testing.assert_array_equal(getattr(usual, name), getattr(jumps, name))
    np.testing.assert_array_equal(jumps.regime, jumps.regime_confirmed)
    assert (usual.regime != jumps.regime).any()
    assert {one.name for one in fields(jumps)} == {one.name for one in fields(usual)}


def test_jumps_are_told_from_a_quicker_range_than_targets_are_set_by() -> None:
    readings = read_regime(JUMP), read_regime(RegimeOptions())
    assert [one.atr_frac for one in readings] == [fx.atr(n) / fx.close for n in (2, 14)]
    kept = {"adx", "change", "fit_r2"}
    assert all(getattr(readings[0], name) == getattr(readings[1], name) for name in kept)
    slow = read_regime(RegimeOptions(detector="jump", jump_range_bars=20, atr_bars=5))
    assert slow.atr_frac == fx.atr(20) / fx.close


def test_the_contract_has_the_digest_it_had_whatever_a_jump_would_cost() -> None:
    before = "2fc9e27567bd503b649e88933ecad444f9562de635eae4e9b1249afe5a437fad"
    assert RuleOptions().digest == before
    assert RuleOptions(regimes=RegimeOptions(jump_penalty=9.0, jump_range_bars=9)).digest == before
    others = {RULES.digest}
    others.add(RuleOptions(regimes=RegimeOptions(detector="jump", jump_penalty=9.0)).digest)
    assert len(others | {before}) == 3


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("detector", "markov"),
        ("jump_penalty", -0.1),
        ("jump_penalty", 1000.5),
        ("jump_penalty", float("nan")),
        ("jump_range_bars", 1),
    ],
)
def test_options_of_the_detector_are_within_range(option: str, value: object) -> None:
    with pytest.raises(RuleOptionOutOfRange) as caught:
        RegimeOptions(**{option: value})  # type: ignore[arg-type]
    assert (caught.value.option, str(caught.value.value)) == (option, str(value))


@pytest.mark.parametrize(
    ("option", "value"),
    [("trending_adx", 20.0), ("volatile_frac", 0.01), ("change_frac", 0.0), ("quiet_r2", 0.0)],
)
def test_jumps_need_thresholds_with_a_unit(option: str, value: float) -> None:
    RegimeOptions(**{option: value})  # type: ignore[arg-type]
    with pytest.raises(RuleOptionOutOfRange, match="unit") as caught:
        RegimeOptions(detector="jump", **{option: value})  # type: ignore[arg-type]
    assert caught.value.option == option
