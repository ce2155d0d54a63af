from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest

from bellwether.arrays import FloatArray
from bellwether.bars import Bars, Panel, edge_world, noise_world
from bellwether.features import core15
from bellwether.labels import LabelSpec
from bellwether.models import (
    fit_state,
    performance_weights,
    soft_weights,
    starting_weights,
)
from bellwether.rules import Regime
from bellwether.samples import Samples, build_samples
from bellwether.trials import TrialCount
from bellwether.validation import (
    Dossier,
    Evidence,
    FamilyPlan,
    InlineFitRunner,
    MemberForecasts,
    ScoredForecasts,
    TrainingPlan,
    collect_evidence,
    floor_stream,
    gather_forecasts,
    location_score,
    plan_fits,
    score_forecasts,
)
from bellwether.validation._weighing import Weighing

COLUMNS = ("open", "high", "low", "close", "volume")
STREAM = (
    "score",
    "direction",
    "probability_up",
    "expected_return",
    "confidence",
    "interval_low",
    "interval_high",
)


def with_another_future(bars: Bars, kept: int, seed: int) -> Bars:
    """Return the same bars up to `kept`, and another market's moves from there on."""
    other = noise_world(seed, len(bars), drift=-0.5).bars
    scale = bars.close[kept - 1] / other.close[kept - 1]
    columns: dict[str, FloatArray] = {}
    for name in COLUMNS:
        factor = 3.0 if name == "volume" else scale
        ours, theirs = getattr(bars, name), factor * getattr(other, name)
        columns[name] = np.concatenate([ours[:kept], theirs[kept:]])
    return Bars(
        symbol=bars.symbol,
        closed_at=bars.closed_at,
        open=columns["open"],
        high=columns["high"],
        low=columns["low"],
        close=columns["close"],
        volume=columns["volume"],
    )


@dataclass(frozen=True)
class Ran:
    samples: Samples
    scored: ScoredForecasts
    evidence: Evidence


def run(panel: Panel, horizon_bars: int) -> Ran:
    plan = TrainingPlan(
        name="tiny",
        families=tuple(
            FamilyPlan(family=name, preset="demo", n_refits=4)
            for name in ("ridge", "gradient_boosting")
        ),
        state_refit_bars=40,
    )
    samples = build_samples(panel, core15(), LabelSpec(horizon_bars=horizon_bars))
    walk = plan_fits(samples, plan)
    outcomes = {
        task.key: outcome
        for task, outcome in InlineFitRunner().run(samples, walk.tasks, lambda *_: None)
    }
    forecasts = gather_forecasts(samples, walk, outcomes)
    scored = score_forecasts(samples, forecasts, plan.state_refit_bars)
    dossier = Dossier(
        name="tiny",
        pipeline="p",
        trials=TrialCount(n_pipelines=1, n_looks=1),
        rule_direction=[np.zeros(len(bars)) for bars in panel.bars],
        folds=walk.folds["ridge"],
        leaks=(),
        cost_bps=5.0,
        ic_worth_finding=0.1,
    )
    return Ran(samples, scored, collect_evidence(panel, samples, scored.stream, dossier))


@pytest.mark.parametrize("n_symbols", [1, 2])
@pytest.mark.parametrize("horizon_bars", [1, 5])
def test_nothing_of_the_future_moves_what_was_said_before_it(
    horizon_bars: int, n_symbols: int
) -> None:
    whole = [edge_world(seed, 460, information_coefficient=0.6).bars for seed in range(n_symbols)]
    truth = run(Panel(bars=whole), horizon_bars)
    for kept in (300, 397, 459):
        changed = [with_another_future(bars, kept, 50 + k) for k, bars in enumerate(whole)]
        other = run(Panel(bars=changed), horizon_bars)
        past = truth.samples.bar < kept
        said = past & truth.scored.stream.out_of_sample
        assert said.sum() > 30 * n_symbols
        assert np.ptp(truth.scored.stream.probability_up[said]) > 0.01
        for name in STREAM:
            ours, theirs = (getattr(one.scored.stream, name) for one in (truth, other))
            np.testing.assert_array_equal(ours[past], theirs[past], err_msg=name)
            assert np.isfinite(ours[said]).all()
        assert truth.evidence.out_of_sample_from == other.evidence.out_of_sample_from
        for name in ("forecast", "direction", "probability_up", "expected_return"):
            ours, theirs = (getattr(one.evidence, name) for one in (truth, other))
            np.testing.assert_array_equal(ours[: kept + 1], theirs[: kept + 1], err_msg=name)


def test_a_change_of_the_past_does_move_what_is_said_after_it() -> None:
    bars = noise_world(0, 460).bars
    truth = run(Panel(bars=[bars]), 1)
    other = run(Panel(bars=[with_another_future(bars, 300, 9)]), 1)
    late = truth.samples.bar >= 300
    assert not np.array_equal(truth.scored.stream.score[late], other.scored.stream.score[late])


def hand_made(
    n_bars: int, horizon_bars: int = 1, symbols: tuple[str, ...] = ("A",), seed: int = 5
) -> Samples:
    """Return samples of random returns, every bar labelled that can be."""
    draw = np.random.default_rng(seed)
    days = np.datetime64("2020-01-01", "us") + np.arange(n_bars) * np.timedelta64(1, "D")
    closes_at = np.full(n_bars, np.datetime64("NaT", "us"))
    closes_at[:-horizon_bars] = days[horizon_bars:]
    returns = draw.normal(0.0, 0.01, (len(symbols), n_bars))
    returns[:, -horizon_bars:] = np.nan
    n_rows = len(symbols) * n_bars
    return Samples(
        features=np.zeros((n_rows, 1)),
        symbol=np.repeat(np.arange(len(symbols)), n_bars),
        bar=np.tile(np.arange(n_bars), len(symbols)),
        decided_at=np.tile(days, len(symbols)),
        closes_at=np.tile(closes_at, len(symbols)),
        forward_return=returns.ravel(),
        target=returns.ravel() / (0.01 * np.sqrt(horizon_bars)),
        volatility=np.full(n_rows, 0.01),
        symbols=symbols,
        feature_names=("none",),
        horizon_bars=horizon_bars,
    )


def forecasts_of(samples: Samples, n_warm: int, n_members: int = 2) -> MemberForecasts:
    """Return random forecasts: some bars of silence, some warm ones, the rest out of sample."""
    draw = np.random.default_rng(8)
    values = draw.standard_normal((len(samples), n_members))
    silent = samples.bar < 10
    warm = ~silent & (samples.bar < 10 + n_warm)
    values[silent] = np.nan
    names = tuple(f"member {number}" for number in range(n_members))
    tested = samples.bar >= 10 + n_warm
    return MemberForecasts(names=names, values=values, warm=warm, out_of_sample=tested)


def slow_t(samples: Samples, rows: list[int], forecast: FloatArray) -> float:
    """Return a member's T on some rows, bar by bar."""
    said, came = forecast[rows], samples.target[rows]
    standard = np.clip((said - said.mean()) / said.std(), -3.0, 3.0)
    products = standard * location_score(came - came.mean())
    sums: dict[np.datetime64, float] = {}
    for row, product in zip(rows, products, strict=True):
        at = samples.decided_at[row]
        sums[at] = sums.get(at, 0.0) + float(product)
    scale = np.sqrt(sum(value**2 for value in sums.values()))
    return float(sum(sums.values()) / scale / np.sqrt(samples.horizon_bars))


@pytest.mark.parametrize("horizon_bars", [1, 3])
@pytest.mark.parametrize("symbols", [("A",), ("A", "B")])
def test_each_block_is_said_by_the_state_of_outcomes_known_when_it_begins(
    symbols: tuple[str, ...], horizon_bars: int
) -> None:
    samples = hand_made(90, horizon_bars, symbols)
    forecasts = forecasts_of(samples, 20)
    scored = score_forecasts(samples, forecasts, 25)
    assert [int(samples.bar[samples.decided_at == w.decided_at][0]) for w in scored.weights] == [
        30,
        55,
        80,
    ]
    for weights, stop in zip(scored.weights, (55, 80, 90), strict=True):
        begin = weights.decided_at
        rows = [
            row
            for bar in range(10, 90)
            for row in np.flatnonzero(samples.bar == bar).tolist()
            if samples.closes_at[row] <= begin
        ]
        past_t = [slow_t(samples, rows, forecasts.values[:, k]) for k in range(2)]
        share = soft_weights(np.array(past_t))
        np.testing.assert_allclose(weights.weight, share, rtol=1e-12)
        state = fit_state(
            forecasts.names,
            forecasts.values[rows],
            samples.target[rows],
            weight=share,
            horizon_bars=horizon_bars,
        )
        block = (samples.decided_at >= begin) & (samples.bar < stop)
        expected = state.forecast(
            forecasts.values[block], samples.volatility[block], samples.horizon_bars
        )
        for name in ("score", "probability_up", "expected_return", "confidence"):
            np.testing.assert_allclose(
                getattr(scored.stream, name)[block], getattr(expected, name), rtol=1e-9
            )


def test_symbols_of_which_nothing_was_forecast_are_not_ranked_by_volatility() -> None:
    plain = hand_made(200, 1, ("CALM", "WILD"))
    volatility = np.where(plain.symbol == 0, 0.005, 0.04)
    rising = plain.target + 0.3
    samples = replace(
        plain,
        volatility=volatility,
        target=rising,
        forward_return=rising * volatility,
    )
    forecasts = forecasts_of(samples, 20)
    nothing = replace(forecasts, values=np.where(np.isnan(forecasts.values), np.nan, 0.0))

    scored = score_forecasts(samples, nothing, 25)

    calm, wild = (scored.stream.expected_return[samples.symbol == one][60:] for one in (0, 1))
    np.testing.assert_array_equal(calm, wild)
    assert np.all(calm > 0.0)
    alone = score_forecasts(hand_made(90), forecasts_of(hand_made(90), 20), 25)
    assert alone.state.common_drift is None


def test_the_state_that_ships_knows_every_closed_outcome_and_no_open_one() -> None:
    samples = hand_made(90, 3)
    forecasts = forecasts_of(samples, 20)
    state = score_forecasts(samples, forecasts, 25).state
    known = np.flatnonzero((samples.bar >= 10) & np.isfinite(samples.target))
    apart = forecasts.values[known] - state.mean
    np.testing.assert_allclose(state.scale, np.sqrt(np.mean(apart**2, axis=0)), rtol=1e-12)


def test_warm_rows_have_a_score_and_nothing_else() -> None:
    samples = hand_made(90)
    stream = score_forecasts(samples, forecasts_of(samples, 20), 25).stream
    assert np.isfinite(stream.score[stream.warm]).all()
    for name in STREAM[1:]:
        assert np.isnan(getattr(stream, name)[stream.warm]).all()
    assert np.isnan(stream.score[:10]).all()


def test_without_any_past_the_first_block_believes_nothing() -> None:
    samples = hand_made(60)
    stream = score_forecasts(samples, forecasts_of(samples, 0), 25).stream
    first = stream.out_of_sample & (samples.bar < 35)
    assert (stream.probability_up[first] == 0.5).all()
    assert (stream.direction[first] == 0.0).all()


def test_a_member_that_was_right_outweighs_one_that_was_not() -> None:
    samples = hand_made(200)
    forecasts = forecasts_of(samples, 20)
    values = np.array(forecasts.values)
    values[:, 0] = np.nan_to_num(samples.target)
    values[:10] = np.nan
    scored = score_forecasts(samples, replace(forecasts, values=values), 25)
    assert scored.weights[-1].weight[0] > 0.999
    assert scored.state.weight[0] > 0.999


def test_a_missing_number_stays_out_of_sample_without_any_statement() -> None:
    samples = hand_made(90)
    forecasts = forecasts_of(samples, 20)
    values = np.array(forecasts.values)
    values[30:33, 1] = np.nan
    values[60, 0] = np.inf
    stream = score_forecasts(samples, replace(forecasts, values=values), 25).stream
    assert stream.out_of_sample[30:].all()
    for name in STREAM:
        assert np.isnan(getattr(stream, name)[[30, 31, 32, 60]]).all()
        assert np.isfinite(getattr(stream, name)[33:60]).all()


def test_hits_by_confidence_add_up_to_every_settled_decision() -> None:
    samples = hand_made(300, 2)
    returns = np.array(samples.forward_return)
    returns[[100, 150]] = 0.0
    samples = replace(samples, forward_return=returns)
    scored = score_forecasts(samples, forecasts_of(samples, 40), 25)
    stream = scored.stream
    settled = stream.out_of_sample & np.isfinite(returns) & (returns != 0.0)
    settled &= stream.direction != 0.0
    hits = settled & (np.sign(returns) == stream.direction)
    buckets = scored.hits_by_confidence
    assert sum(bucket.n_settled for bucket in buckets) == settled.sum()
    assert sum(bucket.n_hits for bucket in buckets) == hits.sum()
    for bucket in buckets:
        inside = (stream.confidence >= bucket.least) & (stream.confidence < bucket.most)
        assert bucket.n_settled == (settled & inside).sum()
        assert bucket.n_hits == (hits & inside).sum()
    assert all(one.most == two.least for one, two in pairwise(buckets))
    assert buckets[0].least == 50.0
    assert buckets[-1].most > 95.0


def test_a_floor_speaks_where_the_model_spoke() -> None:
    samples = hand_made(60, symbols=("A", "B"))
    like = score_forecasts(samples, forecasts_of(samples, 20), 25).stream
    said = [np.linspace(-1.0, 1.0, 60), np.zeros(60)]
    floor = floor_stream(samples, said, like)
    spoken = samples.bar >= 10
    np.testing.assert_array_equal(floor.score[spoken], np.concatenate(said)[spoken])
    assert np.isnan(floor.score[~spoken]).all()
    np.testing.assert_array_equal(floor.direction[spoken], np.sign(np.concatenate(said))[spoken])
    assert np.isnan(floor.probability_up).all()
    np.testing.assert_array_equal(floor.out_of_sample, like.out_of_sample)
    np.testing.assert_array_equal(said[0], np.linspace(-1.0, 1.0, 60))


def test_intervals_reach_as_the_state_says_from_the_past_alone() -> None:
    bars = noise_world(4, 460).bars
    ran = run(Panel(bars=[bars]), 1)
    stream, samples = ran.scored.stream, ran.samples
    said = stream.out_of_sample
    assert np.isfinite(stream.interval_low[said]).all()
    assert (stream.interval_low[said] < stream.interval_high[said]).all()
    known = said & samples.labelled
    held = (stream.interval_low <= samples.forward_return) & (
        samples.forward_return <= stream.interval_high
    )
    assert 0.82 < held[known].mean() < 0.97
    assert ran.evidence.interval_low.shape == ran.evidence.returns.shape


def test_contract_weights_move_from_its_starting_weights_by_the_last_ten() -> None:
    samples = hand_made(120)
    forecasts = forecasts_of(samples, 20)
    values = np.array(forecasts.values)
    values[10:, 0] = np.nan_to_num(samples.forward_return)[10:] + 1e-12
    values[10:, 1] = -values[10:, 0]
    scored = score_forecasts(
        samples, replace(forecasts, values=values, names=("lstm", "transformer")), 25, "contract"
    )
    expected = starting_weights(("lstm", "transformer"))
    for weights in scored.weights:
        expected = performance_weights(expected, np.array([1.0, 0.0]))
        np.testing.assert_allclose(weights.weight, expected, rtol=1e-12)
    np.testing.assert_allclose(
        scored.state.weight, performance_weights(expected, np.array([1.0, 0.0])), rtol=1e-12
    )


def test_contract_weights_wait_for_ten_settled_predictions() -> None:
    samples = hand_made(60)
    scored = score_forecasts(samples, forecasts_of(samples, 5), 3, "contract")
    first = scored.weights[0].weight
    np.testing.assert_allclose(first, [0.5, 0.5])
    assert not np.array_equal(scored.weights[-1].weight, first)


def by_regime(samples: Samples, seed: int = 3) -> MemberForecasts:
    """Return forecasts of two members, the first of which knows something in one regime only."""
    draw = np.random.default_rng(seed)
    regime = draw.integers(0, 2, len(samples)) * int(Regime.VOLATILE)
    forecasts = forecasts_of(samples, 20)
    values = np.array(forecasts.values)
    came = np.nan_to_num(samples.target)
    values[10:, 0] += np.where(regime == Regime.VOLATILE, 0.6, 0.0)[10:] * came[10:]
    values[10:, 1] += 0.3 * came[10:]
    return replace(forecasts, values=values, regime=regime)


def test_a_member_counts_more_in_the_regime_it_knows() -> None:
    samples = hand_made(4000)
    state = score_forecasts(samples, by_regime(samples), 500).state
    multiplier = state.regime_multiplier
    assert multiplier is not None
    assert multiplier[Regime.VOLATILE, 0] > 1.1
    assert multiplier[Regime.RANGING, 0] < 0.9
    np.testing.assert_array_equal(multiplier[Regime.QUIET], [1.0, 1.0])


@pytest.mark.parametrize("weighing", ["soft", "contract"])
def test_each_block_is_scored_by_the_multipliers_known_when_it_begins(
    weighing: Weighing,
) -> None:
    samples = hand_made(300, 2)
    forecasts = by_regime(samples)
    regime = forecasts.regime
    assert regime is not None
    scored = score_forecasts(samples, forecasts, 90, weighing)
    later = np.array(forecasts.values)
    began = [samples.bar[samples.decided_at == one.decided_at][0] for one in scored.weights]
    later[began[1] :] = -later[began[1] :]
    other = score_forecasts(samples, replace(forecasts, values=later), 90, weighing)
    first = slice(began[0], began[1])
    for name in ("score", "probability_up", "expected_return"):
        np.testing.assert_array_equal(
            getattr(scored.stream, name)[first], getattr(other.stream, name)[first]
        )
    for one, another in zip(scored.weights[:2], other.weights[:2], strict=True):
        assert one.regime_multiplier is not None
        assert another.regime_multiplier is not None
        np.testing.assert_array_equal(one.regime_multiplier, another.regime_multiplier)
    weights = scored.weights[1].in_regimes(regime[[began[1]]])
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)


def test_without_evidence_the_contracts_multipliers_are_in_force() -> None:
    samples = hand_made(60)
    forecasts = replace(
        forecasts_of(samples, 0),
        names=("lstm", "transformer"),
        regime=np.full(60, int(Regime.VOLATILE)),
    )
    [first, *_] = score_forecasts(samples, forecasts, 25, "contract").weights
    share = starting_weights(("lstm", "transformer")) * np.array([0.7, 1.0])
    found = first.in_regimes(np.array([int(Regime.VOLATILE)]))[0]
    np.testing.assert_allclose(found, share / share.sum(), rtol=1e-12)


def test_forecasts_without_regimes_are_scored_as_ever() -> None:
    samples = hand_made(120)
    scored = score_forecasts(samples, forecasts_of(samples, 20), 25)
    assert scored.regime is None
    assert scored.state.regime_multiplier is None
    assert all(one.regime_multiplier is None for one in scored.weights)
    forecasts = replace(forecasts_of(samples, 20), regime=np.zeros(120, dtype=np.int64))
    assert forecasts.only(("member 1", "member 0")).regime is forecasts.regime
    assert forecasts.only(("member 1",)).regime is None


def test_a_member_that_says_the_same_on_all_bars_is_left_where_it_starts() -> None:
    samples = hand_made(400)
    forecasts = by_regime(samples)
    values = np.array(forecasts.values)
    values[10:, 1] = 0.2
    state = score_forecasts(samples, replace(forecasts, values=values), 100).state
    assert state.regime_multiplier is not None
    assert np.isfinite(state.regime_multiplier).all()
