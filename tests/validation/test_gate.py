"""Every check of the gate, alone: evidence that fails it and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from bellwether.arrays import FloatArray
from bellwether.hashing import digest_json
from bellwether.trials import TrialCount
from bellwether.validation import (
    Binding,
    Check,
    Decision,
    Evidence,
    GateOptions,
    Leg,
    UnusableOptions,
    Verdict,
    bars_per_year,
    examine,
    judge,
)
from bellwether.validation._gate import BOUND_LEGS, CHECKS

Maker = Callable[..., Evidence]
BOTH = GateOptions(binding="both")


class Bench:
    """Makes evidence in which exactly one thing is wrong."""

    def __init__(self, make: Maker, change_returns: Maker) -> None:
        self.make = make
        self.change_returns = change_returns
        self.sound = make()

    def rows(self, value: float) -> FloatArray:
        return np.full(self.sound.returns.shape, value)

    def returns(self) -> FloatArray:
        return np.nan_to_num(self.sound.returns)

    def leak_probes_ran(self) -> Evidence:
        return replace(self.sound, leaks_probed=False)

    def no_leak_found(self) -> Evidence:
        return replace(self.sound, leaks=("feature rsi_14 at bar 500 moved",))

    def folds_are_purged(self) -> Evidence:
        ((_, decided),) = self.sound.fold_spans
        return replace(self.sound, fold_spans=((decided + np.timedelta64(1, "D"), decided),))

    def times_increase(self) -> Evidence:
        closed_at = np.array(self.sound.closed_at)
        closed_at[700] = closed_at[699]
        return replace(self.sound, closed_at=closed_at)

    def no_stretch_is_copied(self) -> Evidence:
        returns = self.returns()
        returns[900:920] = returns[500:520]
        return self.change_returns(self.sound, returns)

    def returns_match_prices(self) -> Evidence:
        returns = np.array(self.sound.returns)
        returns[700] += 1e-6
        return replace(self.sound, returns=returns)

    def label_is_no_price_level(self) -> Evidence:
        return replace(self.sound, target=self.sound.close)

    def forecast_is_complete(self) -> Evidence:
        forecast = np.array(self.sound.forecast)
        forecast[700] = np.nan
        return replace(self.sound, forecast=forecast)

    def forecast_varies(self) -> Evidence:
        # A level that the warm-up did not know, on a market that rises ever more calmly.
        begin, returns = self.sound.out_of_sample_from, self.returns()
        forecast = np.array(self.sound.forecast)
        forecast[begin:] = 30.0
        returns[begin:, 0] = 0.03 * np.exp(-np.arange(len(returns) - begin) / 150.0)
        short = self.rows(-1.0)
        return self.change_returns(self.sound, returns, forecast=forecast, rule_direction=short)

    def enough_bars(self) -> Evidence:
        return self.make(n_bars=500, ic=0.45)

    def skill(self) -> Evidence:
        many = TrialCount(n_pipelines=10**9, n_looks=1)
        return self.make(ic=0.12, ic_worth_finding=0.30, trials=many)

    def beats_cash(self) -> Evidence:
        return self._on_a_drift(drift=-0.30, ic=0.35, rules=1.0, cost_bps=80.0)

    def beats_holding(self) -> Evidence:
        return self._on_a_drift(drift=0.50, ic=0.20, rules=-1.0, cost_bps=80.0)

    def beats_rules(self) -> Evidence:
        return replace(self.sound, rule_direction=np.sign(self.returns()))

    def contract_accuracy(self) -> Evidence:
        returns = self.returns()
        large = np.abs(returns) > np.quantile(np.abs(returns), 0.55)
        return replace(self.sound, direction=np.where(large, 1.0, -1.0) * np.sign(returns))

    def contract_profit_factor(self) -> Evidence:
        right = np.random.default_rng(3).random(self.sound.returns.shape) < 0.58
        direction = np.where(right, 1.0, -1.0) * np.sign(self.returns())
        return replace(self.sound, direction=direction)

    def contract_drawdown(self) -> Evidence:
        direction = np.sign(self.returns())
        direction[700:760] *= -1.0
        return replace(self.sound, direction=direction)

    def _on_a_drift(self, *, drift: float, ic: float, rules: float, cost_bps: float) -> Evidence:
        """Return skill that leans long, on a market whose drift sets in out of sample."""
        evidence = self.make(ic=ic)
        returns = np.nan_to_num(evidence.returns)
        returns[evidence.out_of_sample] += drift / 252.0
        lean = np.linspace(0.0, 4.0, evidence.n_bars)[:, None]
        return self.change_returns(
            evidence,
            returns,
            forecast=evidence.forecast + lean,
            rule_direction=self.rows(rules),
            cost_bps=cost_bps,
        )


@pytest.fixture(scope="module")
def bench(make_evidence: Maker, change_returns: Maker) -> Bench:
    return Bench(make_evidence, change_returns)


def test_sound_evidence_with_skill_is_promoted_by_both_gates(bench: Bench) -> None:
    verdict = judge(bench.sound, BOTH)
    assert verdict.decision is Decision.PROMOTE, verdict.headline
    assert verdict.promotes
    assert verdict.contract_passed
    assert not verdict.failed
    assert {check.next_step for check in verdict.checks} == {""}


EXPECTED = {
    "leak_probes_ran": "leak probes did not run",
    "no_leak_found": "feature rsi_14 at bar 500 moved",
    "folds_are_purged": "after its first test forecast",
    "times_increase": "bar 700 (2002-09-06T21:00) is duplicated or out of order",
    "no_stretch_is_copied": "come again from 2003-06-16T21:00",
    "returns_match_prices": "a return is not that of its closes",
    "label_is_no_price_level": "moves like the price itself",
    "forecast_is_complete": "1 of 882 judged bars have no finite forecast",
    "forecast_varies": "the same on every judged bar",
    "enough_bars": "350 out-of-sample bars where 433 are needed",
    "skill": "t-statistic is 4.57 where 6.71 is needed (1000000000 pipelines tried",
    "beats_cash": "a year less than cash",
    "beats_holding": "a year less than buy and hold at its own average exposure",
    "beats_rules": "a year less than the rules",
    "contract_accuracy": "where at least 55.0% is asked",
    "contract_profit_factor": "where at least 1.50 is asked",
    "contract_drawdown": "where at most 20.0% is asked",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_check_alone_stops_a_promotion(bench: Bench, name: str) -> None:
    binding: Binding = "both" if name.startswith("contract") else "evidence"
    verdict = judge(getattr(bench, name)(), GateOptions(binding=binding))
    legs = BOUND_LEGS[binding]
    assert [check.name for check in verdict.failed if check.leg in legs] == [name]
    wanted = Decision.NOT_ENOUGH_DATA if name == "enough_bars" else Decision.REFUSE
    assert verdict.decision is wanted
    assert EXPECTED[name] in verdict.headline
    assert verdict.next_step


@pytest.mark.parametrize("name", EXPECTED)
def test_examining_decides_what_judging_does(bench: Bench, name: str) -> None:
    evidence = getattr(bench, name)()
    verdict, found = judge(evidence, BOTH), examine(evidence, BOTH)
    assert (found.decision, found.checks) == (verdict.decision, verdict.checks)
    assert (found.reason, found.next_step) == (verdict.reason, verdict.next_step)
    assert not found.promotes


def test_examining_sound_evidence_promotes_it(bench: Bench) -> None:
    assert examine(bench.sound).promotes


def test_no_check_is_without_a_case_of_its_own() -> None:
    assert [rule.name for rule in CHECKS] == list(EXPECTED)


@pytest.mark.parametrize("name", [n for n in EXPECTED if n.startswith("contract")])
def test_the_contract_does_not_bind_unless_asked(bench: Bench, name: str) -> None:
    verdict = judge(getattr(bench, name)())
    assert verdict.promotes
    assert not verdict.contract_passed


@pytest.mark.parametrize("name", ["skill", "beats_cash", "enough_bars"])
def test_the_contract_gate_leaves_evidence_aside_but_shows_it(bench: Bench, name: str) -> None:
    evidence = getattr(bench, name)()
    perfect = replace(evidence, direction=np.sign(np.nan_to_num(evidence.returns)), cost_bps=0.0)
    verdict = judge(perfect, GateOptions(binding="contract"))
    assert verdict.promotes
    assert verdict.contract is not None
    assert verdict.contract.profit_factor.value == np.inf


@pytest.mark.parametrize("binding", ["evidence", "contract", "both"])
def test_no_gate_promotes_what_was_made_wrongly(bench: Bench, binding: Binding) -> None:
    for name in (rule.name for rule in CHECKS if rule.leg is Leg.CONSTRUCTION):
        assert not judge(getattr(bench, name)(), GateOptions(binding=binding)).promotes


def test_the_verdict_says_how_many_pipelines_and_looks_were_spent(make_evidence: Maker) -> None:
    noise = make_evidence(ic=0.0, trials=TrialCount(n_pipelines=3, n_looks=1))
    assert judge(noise).headline.startswith(
        "REFUSE: the forecast's skill t-statistic is 0.85 where 2.71 is needed "
        "(3 pipelines tried on these bars). Cheapest next step: "
    )
    again = replace(noise, ic_worth_finding=0.2, trials=TrialCount(n_pipelines=3, n_looks=4))
    assert "look 4 at this one" in judge(again).headline


def test_weak_skill_is_told_how_long_it_would_take(make_evidence: Maker) -> None:
    headlines = [judge(make_evidence(ic=0.07, seed=seed)).headline for seed in range(8)]
    assert any("wait for about" in headline for headline in headlines)
    assert any("more years of bars" in headline for headline in headlines)


def test_more_trials_need_more_evidence(make_evidence: Maker) -> None:
    needed = [
        judge(make_evidence(trials=TrialCount(n_pipelines=n, n_looks=m))).skill
        for n, m in ((1, 1), (20, 1), (20, 5))
    ]
    figures = [skill.needed for skill in needed if skill is not None]
    levels = [0.01, 0.01 / 20, 0.01 / 20 * 6.0 / (np.pi * 5.0) ** 2]
    assert figures == pytest.approx(norm.isf(levels))


@pytest.mark.parametrize("value", [0.0, 7.5])
def test_a_constant_forecast_is_refused(bench: Bench, value: float) -> None:
    verdict = judge(replace(bench.sound, forecast=bench.rows(value)))
    assert verdict.decision is Decision.REFUSE
    assert "the same on every judged bar" in verdict.reason


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_forecast_without_numbers_is_refused(bench: Bench, value: float) -> None:
    verdict = judge(replace(bench.sound, forecast=bench.rows(value)), BOTH)
    assert verdict.decision is Decision.REFUSE
    assert "no finite forecast" in verdict.reason


def test_a_constant_price_is_refused_without_an_error(bench: Bench) -> None:
    returns = np.zeros_like(bench.sound.returns)
    verdict = judge(bench.change_returns(bench.sound, returns), BOTH)
    assert verdict.decision is Decision.REFUSE
    skill = next(check for check in verdict.checks if check.name == "skill")
    assert not skill.computed
    assert "could not be computed" in skill.reason


def test_labels_that_never_move_are_refused_as_not_computed(bench: Bench) -> None:
    verdict = judge(replace(bench.sound, target=bench.rows(0.5)))
    assert verdict.decision is Decision.REFUSE
    assert "could not be computed" in verdict.reason


def test_missing_labels_are_refused(bench: Bench) -> None:
    verdict = judge(replace(bench.sound, target=bench.rows(np.nan)))
    assert "fewer than 30 label values" in verdict.reason


def test_silent_rules_cannot_be_beaten(bench: Bench) -> None:
    verdict = judge(replace(bench.sound, rule_direction=bench.rows(np.nan)))
    assert verdict.decision is Decision.REFUSE
    assert "beats rules" in verdict.reason


def test_an_error_within_a_check_is_a_refusal_with_its_reason(bench: Bench) -> None:
    class Broken(Evidence):
        @property
        def out_of_sample(self) -> slice:
            raise ZeroDivisionError("broken on purpose")

    parts = {name: getattr(bench.sound, name) for name in Evidence.__dataclass_fields__}
    evidence = Broken(**parts)
    verdict = judge(evidence, BOTH)
    skill = next(check for check in verdict.checks if check.name == "skill")
    assert verdict.decision is Decision.REFUSE
    assert not skill.computed
    assert "broken on purpose" in skill.reason
    assert (verdict.skill, verdict.value, verdict.contract) == (None, None, None)
    assert (verdict.n_bars, verdict.n_effective, verdict.by_year) == (0, None, ())


def test_folds_that_are_not_on_record_are_refused(bench: Bench) -> None:
    verdict = judge(replace(bench.sound, fold_spans=()))
    assert "no fold is on record" in verdict.reason


def test_judging_forecasts_from_before_the_first_test_is_refused(bench: Bench) -> None:
    begin = bench.sound.out_of_sample_from - 50
    verdict = judge(replace(bench.sound, out_of_sample_from=begin))
    assert "before the first test forecast of any fold" in verdict.reason


def test_several_leaks_are_counted(bench: Bench) -> None:
    verdict = judge(replace(bench.sound, leaks=("one", "two", "three")))
    assert "one (and 2 more)" in verdict.reason


def test_a_price_level_is_recognised_at_longer_horizons(bench: Bench) -> None:
    level = np.log(bench.sound.close)
    returns = np.full_like(level, np.nan)
    returns[:-20] = level[20:] - level[:-20]
    for target, passes in ((level, False), (returns, True), (-level, False)):
        evidence = replace(bench.sound, target=target, horizon_bars=20)
        checks = {check.name: check for check in judge(evidence).checks}
        assert checks["label_is_no_price_level"].passed is passes


def test_returns_moved_by_one_bar_are_refused(bench: Bench) -> None:
    moved = np.roll(bench.sound.returns, -1, axis=0)
    verdict = judge(replace(bench.sound, returns=moved))
    assert "as if moved against its bar" in verdict.reason


def test_a_return_where_there_is_no_price_is_refused(bench: Bench) -> None:
    close = np.array(bench.sound.close)
    close[700] = np.nan
    verdict = judge(replace(bench.sound, close=close))
    assert "a return is not that of its closes" in verdict.reason


def test_a_market_at_rest_is_no_copied_stretch(bench: Bench) -> None:
    returns = bench.returns()
    returns[400:440] = returns[500:540] = 0.0
    verdict = judge(bench.change_returns(bench.sound, returns))
    assert verdict.promotes, verdict.headline


def test_histories_too_short_to_hold_a_copy_are_judged_all_the_same(make_evidence: Maker) -> None:
    evidence = make_evidence(n_bars=250, warm_from=60)
    short = {
        name: getattr(evidence, name)[:18]
        for name in ("closed_at", "close", "returns", "forecast", "direction")
    }
    verdict = judge(
        replace(
            evidence,
            **short,
            rule_direction=evidence.rule_direction[:18],
            target=evidence.target[:18],
            probability_up=np.empty(0),
            expected_return=np.empty(0),
            out_of_sample_from=5,
            warm_from=0,
        )
    )
    assert not verdict.promotes
    assert verdict.n_bars == 0


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("level", 0.0),
        ("level", 0.5),
        ("binding", "none"),
        ("least_accuracy", 1.5),
        ("least_profit_factor", -1.0),
        ("least_accuracy", -0.5),
        ("most_drawdown", float("nan")),
        ("most_drawdown", -0.5),
        ("most_drawdown", 1.5),
        ("panel", "pooled"),
    ],
)
def test_options_out_of_range_are_named(option: str, value: Any) -> None:
    with pytest.raises(UnusableOptions, match=option):
        GateOptions(**{option: value})


def test_options_may_lie_on_their_bounds() -> None:
    least = GateOptions(least_accuracy=0.0, least_profit_factor=0.0, most_drawdown=0.0)
    most = GateOptions(least_accuracy=1.0, most_drawdown=1.0)
    assert (least.least_accuracy, most.least_accuracy) == (0.0, 1.0)


def test_options_have_a_digest_of_their_content() -> None:
    assert GateOptions().digest == GateOptions(level=0.01).digest != GateOptions(level=0.02).digest
    assert GateOptions().digest != GateOptions(panel="market_neutral").digest


def test_options_from_before_panels_could_be_chosen_keep_their_digest() -> None:
    written_then = {
        "level": 0.01,
        "binding": "evidence",
        "least_accuracy": 0.55,
        "least_profit_factor": 1.5,
        "most_drawdown": 0.20,
    }
    assert GateOptions().digest == digest_json(written_then)


def test_nothing_traded_leaves_the_contract_undefined_and_failed(bench: Bench) -> None:
    verdict = judge(
        replace(bench.sound, direction=bench.rows(0.0)), GateOptions(binding="contract")
    )
    assert verdict.decision is Decision.REFUSE
    assert "undefined, because nothing was traded" in verdict.reason
    assert verdict.contract is not None
    values = (verdict.contract.accuracy, verdict.contract.profit_factor)
    assert [number.value for number in values] == [None, None]
    assert verdict.contract.maximum_drawdown.value is None
    assert verdict.contract.n_trades == 0


def promoted(verdicts: list[Verdict]) -> int:
    return sum(verdict.promotes for verdict in verdicts)


def test_skill_worth_finding_is_found_and_noise_is_not(make_evidence: Maker) -> None:
    skilled = [judge(make_evidence(seed=seed, ic=0.25)) for seed in range(20)]
    noise = [judge(make_evidence(seed=seed, ic=0.0)) for seed in range(20)]
    assert (promoted(skilled), promoted(noise)) == (20, 0)


def test_history_whose_sufficiency_cannot_be_computed_is_refused_not_merely_short(
    make_evidence: Maker,
) -> None:
    found = examine(make_evidence(ic_worth_finding=1e-200))
    assert [check.name for check in found.checks if not check.computed] == ["enough_bars"]
    assert found.decision is Decision.REFUSE


def find_check(evidence: Evidence, name: str) -> Check:
    return next(check for check in examine(evidence).checks if check.name == name)


@pytest.mark.parametrize(("ic", "needed"), [(0.07008, 882.0), (0.07005, 883.0)])
def test_exactly_as_many_bars_as_are_needed_are_enough(
    make_evidence: Maker, ic: float, needed: float
) -> None:
    check = find_check(make_evidence(ic_worth_finding=ic), "enough_bars")
    assert check.figures == {"found": 882.0, "needed": needed}
    assert check.passed == (needed == 882.0)


def test_short_histories_are_told_how_many_bars_are_missing(bench: Bench) -> None:
    # 500 bars gave 350 to judge by where 433 are needed: 500 x 433 / 350 - 500 = 118.6.
    step = find_check(bench.enough_bars(), "enough_bars").next_step
    assert step == "bring about 119 more bars of history, or a panel of several symbols"
    silent = find_check(replace(bench.sound, forecast=bench.rows(np.nan)), "enough_bars")
    assert (silent.computed, silent.figures["found"]) == (True, 0.0)
    assert silent.next_step == "bring bars, or a panel of several symbols"


@pytest.mark.parametrize(
    ("ic", "seed", "advice"),
    [
        (0.00, 3, "keep the rules; the forecast was no better than chance"),  # t = -.20
        (0.00, 4, "keep the rules; the forecast was no better than chance"),  # t = -1.39
        (0.07, 3, "wait for about {bars:.0f} more bars"),
        (0.05, 2, "wait for about {bars:.0f} more bars"),  # 2.8 years
        (0.00, 0, "it would take {years:.0f} more years"),  # 3.8 years
        (0.07, 4, "it would take {years:.0f} more years"),
    ],
)
def test_a_shortage_of_skill_is_answered_by_what_it_would_take(
    make_evidence: Maker, ic: float, seed: int, advice: str
) -> None:
    evidence = make_evidence(ic=ic, seed=seed)
    check = find_check(evidence, "skill")
    t, needed = check.figures["t"], check.figures["needed"]
    assert t is not None
    assert needed is not None
    bars = 882 * ((needed / t) ** 2 - 1.0)
    expected = advice.format(bars=bars, years=bars / bars_per_year(evidence.closed_at))
    assert expected in check.next_step


def test_a_forecast_that_never_trades_does_not_beat_cash(bench: Bench) -> None:
    check = find_check(replace(bench.sound, forecast=bench.rows(0.0)), "beats_cash")
    assert (check.computed, check.passed, check.figures["excess_a_year"]) == (True, False, 0.0)
