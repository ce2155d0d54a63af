import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.monitor import (
    Detector,
    DetectorState,
    ForeignState,
    HitDetector,
    ScoreDetector,
    Thresholds,
    UnusableMonitorOption,
    UnusableObservation,
    settled_score,
)

HITS = st.lists(st.sampled_from((0.0, 1.0)), max_size=40)
SCORES = st.lists(st.floats(-2.5, 2.5), max_size=40)
HORIZONS = st.integers(1, 5)


def follow(detector: Detector, outcomes: Sequence[float]) -> DetectorState:
    """Return the state after one outcome a bar."""
    state = detector.start()
    for one in outcomes:
        state = detector.step(state, [one])
    return state


def evidence_from_every_start(factors: Sequence[Sequence[float]]) -> float:
    """Return the definition written out: a product from each bar on, added up, then averaged."""
    n_alternatives = len(factors[0])
    total = 0.0
    for place in range(n_alternatives):
        own = [bar[place] for bar in factors]
        total += math.fsum(math.prod(own[start:]) for start in range(len(own)))
    return total / n_alternatives


# What every detector keeps to


@given(hits=HITS, scores=SCORES, horizon_bars=HORIZONS)
def test_the_same_outcomes_give_the_same_state_in_one_go_and_after_a_pause(
    hits: list[float], scores: list[float], horizon_bars: int
) -> None:
    pairs: tuple[tuple[Detector, list[float]], ...] = (
        (HitDetector(floor=0.53, horizon_bars=horizon_bars), hits),
        (ScoreDetector(floor=0.05, horizon_bars=horizon_bars), scores),
    )
    for detector, outcomes in pairs:
        half = len(outcomes) // 2
        stored = follow(detector, outcomes[:half]).to_json()
        state = DetectorState.from_json(stored)
        for one in outcomes[half:]:
            state = detector.step(state, [one])
        assert state == follow(detector, outcomes)
        assert state.n_bars == len(outcomes)


@given(hits=HITS, place=st.integers(0, 39), horizon_bars=HORIZONS)
def test_a_hit_in_place_of_a_miss_never_speaks_against_a_model(
    hits: list[float], place: int, horizon_bars: int
) -> None:
    detector = HitDetector(floor=0.53, horizon_bars=horizon_bars)
    better = [1.0 if number == place else one for number, one in enumerate(hits)]
    assert follow(detector, better).e_value <= follow(detector, hits).e_value


@given(scores=SCORES, place=st.integers(0, 39), horizon_bars=HORIZONS)
def test_a_better_score_never_speaks_against_a_model(
    scores: list[float], place: int, horizon_bars: int
) -> None:
    detector = ScoreDetector(floor=0.05, horizon_bars=horizon_bars)
    better = [min(one + 1.0, 2.5) if n == place else one for n, one in enumerate(scores)]
    assert follow(detector, better).e_value <= follow(detector, scores).e_value


def test_before_the_first_bar_nothing_speaks_against_a_model() -> None:
    assert HitDetector(floor=0.53, horizon_bars=3).start().e_value == 0.0
    assert ScoreDetector(floor=0.05).start().e_value_per_bar == 0.0


def test_a_bar_on_which_nothing_was_settled_passes_for_every_alternative_alike() -> None:
    detector = HitDetector(floor=0.53)
    state = detector.step(detector.start(), [])
    assert state.sums == ((1.0,) * 8,)


# The evidence itself


@given(hits=HITS.filter(bool))
def test_hits_are_weighed_from_every_bar_on_which_the_loss_may_have_begun(
    hits: list[float],
) -> None:
    detector = HitDetector(floor=0.53)
    factors = [
        [p / 0.53 if hit else (1.0 - p) / (1.0 - 0.53) for p in detector.alternatives]
        for hit in hits
    ]
    expected = evidence_from_every_start(factors)
    assert follow(detector, hits).e_value == pytest.approx(expected, rel=1e-9)


@given(scores=SCORES.filter(bool))
def test_scores_are_weighed_from_every_bar_on_which_the_loss_may_have_begun(
    scores: list[float],
) -> None:
    detector = ScoreDetector(floor=0.05)
    factors = [[1.0 + bet * (0.05 - one) for bet in detector.bets] for one in scores]
    expected = evidence_from_every_start(factors)
    assert follow(detector, scores).e_value == pytest.approx(expected, rel=1e-9)


def test_the_alternatives_are_those_of_the_design_at_an_accuracy_of_55_percent() -> None:
    # The accuracies the design was measured with: {.30, .35, .40, .425, .45, .475, .50, .515}.
    expected = (0.30, 0.35, 0.40, 0.425, 0.45, 0.475, 0.50, 0.515)
    assert HitDetector(floor=0.55).alternatives == pytest.approx(expected)


def test_overlapping_outcomes_are_dealt_to_phases_that_do_not_overlap() -> None:
    hits = np.random.default_rng(5).integers(0, 2, 60).astype(float).tolist()
    together = follow(HitDetector(floor=0.53, horizon_bars=3), hits)
    alone = [follow(HitDetector(floor=0.53), hits[phase::3]) for phase in range(3)]
    assert together.sums == tuple(state.sums[0] for state in alone)
    assert together.e_value == pytest.approx(sum(state.e_value for state in alone))


@pytest.mark.parametrize("detector", [HitDetector(floor=0.53), ScoreDetector(floor=0.05)])
def test_with_a_full_design_effect_symbols_that_agree_count_as_one(detector: Detector) -> None:
    one = detector.step(detector.start(), [0.0])
    many = detector.step(detector.start(), [0.0] * 20, design_effect=20.0)
    assert many.e_value == pytest.approx(one.e_value)


def test_a_model_at_its_floor_is_accused_no_more_often_than_promised() -> None:
    # 200 models of 5 years at ARL 252: at most 1,000 alarms expected, standard deviation about 32.
    detector, rng, n_alarms = HitDetector(floor=0.55), np.random.default_rng(11), 0
    for _ in range(200):
        state = detector.start()
        for hit in (rng.random(1260) < 0.55).astype(float).tolist():
            state = detector.step(state, [hit])
            if Thresholds().colour(state.e_value) != "ok":
                n_alarms, state = n_alarms + 1, detector.start()
    assert n_alarms <= 1000
    assert n_alarms >= 700  # and is no detector that sleeps


def test_endless_losses_stay_a_number() -> None:
    state = follow(HitDetector(floor=0.9, gaps=(0.85,)), [0.0] * 2000)
    assert math.isfinite(state.e_value)


# Lights


def test_lights_change_at_their_thresholds() -> None:
    lights = [Thresholds().colour(one) for one in (0.0, 251.9, 252.0, 1259.9, 1260.0, 1e300)]
    assert lights == ["ok", "ok", "amber", "amber", "red", "red"]


def test_a_score_is_the_standardised_return_in_the_direction_predicted() -> None:
    assert settled_score(1.0, 0.02, 0.01) == 2.0
    assert settled_score(-1.0, 0.02, 0.01, weight=0.5) == -1.0
    assert settled_score(1.0, 0.9, 0.01) == 2.5


# What cannot be taken


@pytest.mark.parametrize("floor", [0.25, 1.0, float("nan")])
def test_a_floor_that_is_no_accuracy_of_a_model_is_refused(floor: float) -> None:
    with pytest.raises(UnusableMonitorOption, match="floor"):
        HitDetector(floor=floor)


def test_losses_larger_than_the_floor_are_refused() -> None:
    with pytest.raises(UnusableMonitorOption, match="gaps"):
        HitDetector(floor=0.3, gaps=(0.3,))


def test_bets_that_could_lose_everything_are_refused() -> None:
    with pytest.raises(UnusableMonitorOption, match="bet_shares"):
        ScoreDetector(floor=0.0, bet_shares=(1.0,))


def test_a_horizon_below_one_bar_is_refused() -> None:
    with pytest.raises(UnusableMonitorOption, match="horizon_bars"):
        ScoreDetector(floor=0.0, horizon_bars=0)


@pytest.mark.parametrize("outcome", [0.5, float("nan"), -1.0])
def test_an_outcome_that_is_neither_hit_nor_miss_is_refused(outcome: float) -> None:
    detector = HitDetector(floor=0.53)
    with pytest.raises(UnusableObservation):
        detector.step(detector.start(), [1.0, outcome])


@pytest.mark.parametrize("score", [2.6, float("nan"), -3.0])
def test_a_score_that_was_not_clipped_is_refused(score: float) -> None:
    detector = ScoreDetector(floor=0.05)
    with pytest.raises(UnusableObservation):
        detector.step(detector.start(), [score])


def test_a_design_effect_below_one_is_refused() -> None:
    detector = HitDetector(floor=0.53)
    with pytest.raises(UnusableObservation):
        detector.step(detector.start(), [1.0], design_effect=0.9)


@pytest.mark.parametrize("volatility", [0.0, float("nan"), float("inf")])
def test_a_score_without_a_volatility_is_refused(volatility: float) -> None:
    with pytest.raises(UnusableObservation):
        settled_score(1.0, 0.01, volatility)


def test_a_state_of_another_detector_is_refused() -> None:
    with pytest.raises(ForeignState):
        HitDetector(floor=0.53, horizon_bars=2).step(HitDetector(floor=0.53).start(), [1.0])


@pytest.mark.parametrize(
    "content",
    [{}, {"sums": [], "n_bars": 0}, {"sums": [[1.0], [1.0, 2.0]], "n_bars": 1},
     {"sums": [["x"]], "n_bars": 1}, {"sums": [[1.0]], "n_bars": -1}],
)  # fmt: skip
def test_a_stored_state_that_is_none_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(ForeignState):
        DetectorState.from_json(content)


def test_thresholds_out_of_order_are_refused() -> None:
    with pytest.raises(UnusableMonitorOption):
        Thresholds(amber=1000.0, red=500.0)
