"""One model, bar by bar: fine, lost, proven again, and what follows each time."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from bellwether.monitor import (
    Benchmark,
    DetectorState,
    ForeignState,
    SettledBet,
    Standing,
    Thresholds,
    UnusableMonitorOption,
    drift_of_accuracy,
)
from bellwether.watch._health import ModelWatch, SettledVoice, StandingChange
from bellwether.watch._judging import begin_watch, next_condition, step_watch
from bellwether.watch._options import WatchOptions
from bellwether.watch._telling import (
    accused_symbols,
    describe_watch,
    explain,
    make_standing,
    recent_accuracy,
)

OPTIONS = WatchOptions()
PROMISED = Benchmark(
    accuracy=0.56,
    accuracy_low=0.54,
    score_mean=drift_of_accuracy(0.56),
    score_low=drift_of_accuracy(0.54),
    rules_accuracy=0.51,
    rules_score_mean=0.02,
    n_settled=2000,
    n_effective=2000.0,
)
MANY = replace(PROMISED, n_symbols=20)


def said(score: float, symbol: str = "A", *, model: int = 1, rules: int = -1) -> SettledVoice:
    bet = SettledBet(symbol=symbol, outcome=0.01 * score, volatility=0.01, rules=rules, model=model)
    return SettledVoice(bet=bet, confidence=72.5)


def scores(rng: np.random.Generator, accuracy: float, n_symbols: int) -> Sequence[float]:
    own, common = rng.standard_t(5, n_symbols), rng.standard_t(5)
    drawn = drift_of_accuracy(accuracy) + (own * 0.9**0.5 + common * 0.1**0.5) * 0.6**0.5
    found: list[float] = drawn.tolist()
    return found


def live(
    watch: ModelWatch,
    years: Iterable[tuple[float, int]],
    seed: int,
    options: WatchOptions = OPTIONS,
) -> list[ModelWatch]:
    """Return the state after each bar of stretches of an accuracy."""
    rng = np.random.default_rng(seed)
    n_symbols, states = watch.benchmark.n_symbols, []
    for accuracy, n_bars in years:
        for _ in range(n_bars):
            drawn = scores(rng, accuracy, n_symbols)
            settled = [said(score, f"S{k:02d}") for k, score in enumerate(drawn)]
            watch = step_watch(watch, f"{watch.n_bars:06d}", settled, options)
            states.append(watch)
    return states


def begin(benchmark: Benchmark = PROMISED, horizon_bars: int = 1) -> ModelWatch:
    return begin_watch("m", horizon_bars, benchmark)


def conditions(states: Iterable[ModelWatch]) -> list[str]:
    """Return each condition once for as long as it lasts."""
    told: list[str] = []
    for state in states:
        if not told or told[-1] != state.condition:
            told.append(state.condition)
    return told


def test_a_sound_model_goes_on_and_nothing_is_reduced() -> None:
    last = live(begin(MANY), [(0.57, 250)], seed=1)[-1]
    standing = make_standing(last, OPTIONS)
    assert (last.condition, last.answers) == ("ok", True)
    assert (standing.confidence_factor, standing.edge_factor) == (1.0, 1.0)
    assert standing.words.startswith("as promised")


def test_a_lost_edge_is_found_and_a_proven_recovery_brings_the_model_back() -> None:
    states = live(begin(MANY), [(0.57, 100), (0.44, 150), (0.60, 500)], seed=21)
    told = conditions(states)
    assert [told.index(one) for one in ("amber", "red", "recovering")] == [1, 2, 3]
    assert states[-1].answers
    red = next(state for state in states if state.condition == "red")
    back = next(state for state in states if state.condition == "recovering")
    assert not red.answers
    assert red.n_bars < 160
    assert back.answers
    assert back.n_bars > 250
    assert back.evidence == 0.0
    assert back.recovery is None


def test_a_model_that_stays_bad_stays_in_the_shadow() -> None:
    states = live(begin(MANY), [(0.44, 120), (0.48, 500)], seed=3)
    assert states[-1].condition == "red"
    assert not states[-1].answers


def test_one_good_month_is_no_proof() -> None:
    states = live(begin(), [(0.40, 300), (0.70, 21)], seed=4)
    assert states[-1].condition == "red"
    recovery = states[-1].recovery
    assert recovery is not None
    assert recovery.e_value < OPTIONS.recovery_evidence


def test_a_model_that_falls_again_after_its_return_is_found_again() -> None:
    years = [(0.44, 150), (0.62, 400), (0.42, 200)]
    states = live(begin(MANY), years, seed=5)
    assert conditions(states)[-1] == "red"
    assert conditions(states).count("red") == 2


def test_the_rules_answer_where_they_are_expected_to_be_better() -> None:
    states = live(begin(replace(PROMISED, rules_accuracy=0.53)), [(0.44, 120)], seed=6)
    behind = next(state for state in states if not state.answers)
    assert behind.belief.mean_accuracy < behind.benchmark.fallback_accuracy
    assert make_standing(behind, OPTIONS).words


def test_confidence_is_reduced_by_what_is_believed_or_by_steps() -> None:
    states = live(begin(MANY), [(0.47, 200)], seed=7)
    amber = next(state for state in states if state.condition == "amber")
    believed = (amber.belief.mean_accuracy - 0.5) / 0.06
    by_belief = make_standing(amber, OPTIONS)
    by_steps = make_standing(amber, WatchOptions(reduction="steps"))
    assert by_belief.edge_factor == pytest.approx(max(believed, 0.0))
    assert by_belief.confidence_factor == max(by_belief.edge_factor, 0.01)
    assert by_steps.confidence_factor == 0.85
    red = next(state for state in states if state.condition == "red")
    assert make_standing(red, WatchOptions(reduction="steps")).confidence_factor == 0.7


def test_every_standing_on_the_way_can_be_stored() -> None:
    for state in live(begin(MANY), [(0.57, 30), (0.42, 120), (0.62, 200)], seed=8):
        standing = make_standing(state, OPTIONS)
        assert Standing.from_json(standing.to_json()) == standing
        assert explain(state, OPTIONS) == standing.words


def test_an_amber_light_goes_out_at_half_of_what_lit_it() -> None:
    watch = begin()
    amber = replace(watch, condition="amber")
    lit = replace(amber, hits=_evidence(130.0), scores=_evidence(130.0))
    out = replace(amber, hits=_evidence(120.0), scores=_evidence(120.0))
    assert next_condition(lit, OPTIONS) == "amber"
    assert next_condition(out, OPTIONS) == "ok"
    assert next_condition(replace(lit, condition="ok"), OPTIONS) == "ok"


def test_evidence_is_the_mean_of_hits_and_scores() -> None:
    watch = replace(begin(), hits=_evidence(2000.0), scores=_evidence(600.0))
    assert watch.evidence == 1300.0
    assert next_condition(watch, OPTIONS) == "red"


def _evidence(e_value: float) -> DetectorState:
    return DetectorState(sums=((e_value,),), n_bars=10)


def test_bars_without_a_direction_or_a_move_are_no_evidence() -> None:
    watch = begin()
    for _ in range(300):
        watch = step_watch(watch, "2020", [said(1.0, model=0)], OPTIONS)
    assert watch.evidence == 0.0
    assert watch.condition == "ok"
    assert watch.n_bars == 300
    assert watch.n_settled == 0
    still = step_watch(watch, "2021", [said(0.0)], OPTIONS)
    assert still.hits == watch.hits


def test_the_order_of_the_symbols_of_a_bar_is_the_callers_and_the_past_is_never_touched() -> None:
    states = live(begin(MANY), [(0.5, 40)], seed=9)
    kept = [state.to_json() for state in states]
    live(states[-1], [(0.4, 100)], seed=10)
    assert [state.to_json() for state in states] == kept


def test_a_state_comes_back_from_json_to_the_last_bit() -> None:
    for state in live(begin(MANY), [(0.57, 30), (0.42, 120)], seed=11)[::10]:
        assert ModelWatch.from_json(state.to_json()) == state


@pytest.mark.parametrize("missing", ["hits", "belief", "recent", "symbols"])
def test_what_is_no_state_is_refused(missing: str) -> None:
    content = begin().to_json()
    del content[missing]
    with pytest.raises(ForeignState):
        ModelWatch.from_json(content)
    with pytest.raises(ForeignState):
        ModelWatch.from_json(begin().to_json() | {"condition": "purple"})


def test_severity_is_told_in_points_with_an_interval() -> None:
    watch = begin()
    for k in range(60):
        watch = step_watch(watch, f"{k:03d}", [said(1.0 if k % 5 < 2 else -1.0)], OPTIONS)
    found = recent_accuracy(watch)
    assert found.accuracy == 0.4
    assert found.severity == "HIGH"  # 16 points below 56 %
    assert found.low is not None
    assert found.high is not None
    assert 0.27 < found.low < 0.4 < found.high < 0.53
    assert found.rules_accuracy == pytest.approx(0.6)


def test_a_few_outcomes_have_no_severity() -> None:
    watch = begin()
    for k in range(19):
        watch = step_watch(watch, f"{k:03d}", [said(-1.0)], OPTIONS)
    assert recent_accuracy(watch).severity == ""
    assert recent_accuracy(begin()).accuracy is None


def test_symbols_on_which_the_score_is_lost_are_named() -> None:
    watch, rng = begin(MANY), np.random.default_rng(12)
    for k in range(250):
        drawn = [*scores(rng, 0.57, 19), -1.0 if rng.random() < 0.85 else 1.0]
        settled = [said(score, f"S{place:02d}") for place, score in enumerate(drawn)]
        watch = step_watch(watch, f"{k:03d}", settled, OPTIONS)
    assert accused_symbols(watch, OPTIONS) == {"S19"}


def test_the_details_are_json_a_reader_can_use() -> None:
    told = describe_watch(live(begin(MANY), [(0.5, 50)], seed=13)[-1], OPTIONS)
    assert told["benchmark"]["floor"] == 0.54
    assert {one["n_bars"] for one in told["recent"]} == {20, 60, 252}
    assert told["standing"]["model_id"] == "m"
    assert told["facts"]["false_alarms_a_year"] > 0.0


def test_phases_of_a_long_horizon_take_turns() -> None:
    watch = begin(horizon_bars=3)
    watch = step_watch(watch, "000", [said(-1.0)], OPTIONS)
    assert [phase[0] > 0.0 for phase in watch.hits.sums] == [True, False, False]


def test_a_change_comes_back_from_json() -> None:
    state = live(begin(), [(0.42, 20)], seed=14)[-1]
    change = StandingChange(
        model_id="m",
        number=1,
        as_of="2020",
        before="ok",
        standing=make_standing(state, OPTIONS),
        facts={"e_value": 3.0},
    )
    assert StandingChange.from_json(change.to_json()) == change
    with pytest.raises(ForeignState):
        StandingChange.from_json({})


def test_options_come_back_from_json_and_are_checked() -> None:
    options = WatchOptions(thresholds=Thresholds(amber=100.0, red=500.0), reduction="steps")
    assert WatchOptions.from_json(options.to_json()) == options
    with pytest.raises(ForeignState):
        WatchOptions.from_json({"thresholds": {}, "unknown": 1})
    for wrong in ({"recovery_evidence": 1.0}, {"recovering_bars": -1}, {"input_level": 0.0}):
        with pytest.raises(UnusableMonitorOption):
            WatchOptions(**wrong)
    with pytest.raises(UnusableMonitorOption):
        WatchOptions(reduction="halve")  # type: ignore[arg-type]
