"""What is reported beside a verdict: right by hand, whole in corner cases, deciding nothing."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bellwether.hashing import canonical_json
from bellwether.validation import (
    Beside,
    ContractNumber,
    Evidence,
    MalformedEvidence,
    Verdict,
    contract_returns,
    deflated_sharpe,
    diebold_mariano,
    judge,
    overfitting_probability,
    sharpe_moments,
    superior_predictive_ability,
)
from bellwether.validation._report_candidates import candidate_results
from bellwether.validation._report_parts import known_regimes
from bellwether.validation._reports import _with_interval
from bellwether.validation._workings import Workings

Maker = Callable[..., Evidence]
# Of the evidence below, before evidence could hold candidates and intervals.
EARLIER_DIGEST = "72a62fc3f2cd1f049a19c32f0e398274313df2d6470a0057a5f5a14c13f62e0d"


@pytest.fixture(scope="module")
def evidence(make_evidence: Maker) -> Evidence:
    sound = make_evidence()
    return replace(
        sound,
        probability_up=1.0 / (1.0 + np.exp(-sound.forecast)),
        expected_return=0.004 * sound.forecast,
    )


@pytest.fixture(scope="module")
def with_candidates(evidence: Evidence) -> Evidence:
    random = np.random.default_rng(5)
    shape = (7, *evidence.forecast.shape)
    some = 0.5 * evidence.forecast + random.standard_normal(shape)
    return replace(evidence, candidate_forecasts=some)


def change(evidence: Evidence, **changes: Any) -> Evidence:
    return replace(evidence, **changes)


def beside_of(evidence: Evidence) -> Beside:
    beside = judge(evidence).beside
    assert beside is not None
    return beside


def test_older_evidence_keeps_its_digest(make_evidence: Maker) -> None:
    assert make_evidence(n_bars=300).digest == EARLIER_DIGEST


def test_candidates_and_intervals_change_the_digest_and_survive_storage(
    with_candidates: Evidence,
) -> None:
    low = with_candidates.forecast * 0.0 - 0.02
    full = replace(with_candidates, interval_low=low, interval_high=-low, interval_coverage=0.8)
    again = Evidence.from_parts(full.to_json(), full.to_arrays())
    assert again.digest == full.digest != with_candidates.digest
    assert again.interval_coverage == 0.8
    assert again.candidate_forecasts.shape == (7, 1260, 1)


def test_candidates_of_one_symbol_need_no_axis_for_it(evidence: Evidence) -> None:
    flat = np.zeros((3, evidence.n_bars))
    assert replace(evidence, candidate_forecasts=flat).candidate_forecasts.shape == (3, 1260, 1)


@pytest.mark.parametrize(
    ("part", "shape"),
    [
        ("candidate_forecasts", (3, 9)),
        ("candidate_forecasts", (1260, 1, 2, 1)),
        ("interval_low", (1260,)),
        ("interval_low", (9, 1)),
    ],
)
def test_parts_of_another_shape_are_refused(
    evidence: Evidence, part: str, shape: tuple[int, ...]
) -> None:
    with pytest.raises(MalformedEvidence, match=r"candidate|interval"):
        change(evidence, **{part: np.zeros(shape)})


def test_what_is_beside_a_verdict_survives_storage(with_candidates: Evidence) -> None:
    verdict = judge(with_candidates)
    assert Verdict.from_json(json.loads(canonical_json(verdict.to_json()))) == verdict


def test_candidates_decide_nothing(evidence: Evidence, with_candidates: Evidence) -> None:
    alone, among = judge(evidence), judge(with_candidates)
    assert (alone.decision, alone.checks) == (among.decision, among.checks)
    assert alone.beside is not None
    assert alone.beside.candidates is None


def test_floors_are_what_anybody_has_for_nothing(evidence: Evidence) -> None:
    beside = beside_of(evidence)
    floors = {floor.track.name: floor for floor in beside.floors}
    assert list(floors) == ["always_up", "last_price", "last_return", "rules"]
    rows = slice(378, None)
    moves = evidence.returns[rows, 0]
    held = moves.copy()
    held[0] -= 5e-4
    assert floors["always_up"].track.net_return == pytest.approx(np.prod(1.0 + held) - 1.0)
    again = np.sign(evidence.returns[377:-1, 0])
    repeated = again * moves - 5e-4 * np.abs(np.diff(again, prepend=0.0))
    assert floors["last_return"].track.net_return == pytest.approx(np.prod(1.0 + repeated) - 1.0)
    cash = floors["last_price"].track
    assert (cash.net_return, cash.sharpe, cash.accuracy) == (0.0, None, None)


def test_tests_against_floors_are_those_of_the_differences(evidence: Evidence) -> None:
    beside = beside_of(evidence)
    own = contract_returns(evidence, evidence.direction)
    rules = contract_returns(evidence, evidence.rule_direction)
    [against] = [floor for floor in beside.floors if floor.track.name == "rules"]
    assert against.result_test == diebold_mariano(own - rules)
    assert against.error_test is None
    assert against.excess_a_year is not None
    assert against.excess_a_year.value == pytest.approx((own - rules).mean() * 261.0, rel=0.01)


def test_errors_against_the_last_price_are_in_units_of_the_past_variance(
    evidence: Evidence,
) -> None:
    [floor] = [one for one in beside_of(evidence).floors if one.track.name == "last_price"]
    rows = slice(378, None)
    volatility = Workings(evidence, 0.01).volatility[rows, 0]
    own = ((evidence.returns - evidence.expected_return)[rows, 0] / volatility) ** 2
    other = (evidence.returns[rows, 0] / volatility) ** 2
    assert floor.error_test is not None
    assert floor.error_test.gain.value == pytest.approx(np.mean(other - own))
    assert floor.explained_frac == pytest.approx(1.0 - own.sum() / other.sum())
    assert floor.error_test.p < 0.01


def test_regimes_hold_every_judged_bar_once(evidence: Evidence) -> None:
    verdict = judge(evidence)
    assert verdict.beside is not None
    regimes = verdict.beside.by_regime
    assert sum(regime.n_bars for regime in regimes) == verdict.n_bars
    assert sum(regime.share for regime in regimes) == pytest.approx(1.0)
    sizes = [regime.n_bars for regime in regimes]
    assert sizes == sorted(sizes, reverse=True)
    whole = sum(regime.share * regime.return_a_year for regime in regimes)
    assert verdict.beside.track is not None
    assert whole == pytest.approx(verdict.beside.track.return_a_year)


def test_regimes_know_no_close_of_their_own_bar_or_later(evidence: Evidence) -> None:
    before = known_regimes(Workings(evidence, 0.01))
    changed = evidence.close.copy()
    changed[700:] *= np.linspace(1.0, 3.0, len(changed) - 700)[:, None] + 0.5
    after = known_regimes(Workings(replace(evidence, close=changed), 0.01))
    assert np.array_equal(before[:701], after[:701], equal_nan=True)
    assert not np.array_equal(before[701:], after[701:], equal_nan=True)


def test_probabilities_that_are_right_are_told_as_right(evidence: Evidence) -> None:
    report = beside_of(evidence).reliability
    assert report is not None
    assert sum(one.n for one in report.bins) == 882
    assert [one.probability for one in report.bins] == sorted(
        one.probability for one in report.bins
    )
    assert report.brier < report.brier_of_base_rate
    # Overconfident by construction: the odds are not those of the planted correlation.
    assert 0.0 < report.calibration_error < 0.2


def test_without_probabilities_there_is_nothing_to_calibrate(make_evidence: Maker) -> None:
    assert beside_of(make_evidence()).reliability is None


@pytest.mark.parametrize("horizon_bars", [1, 5])
def test_coverage_counts_the_returns_inside_their_intervals(
    evidence: Evidence, horizon_bars: int
) -> None:
    reach = np.full_like(evidence.forecast, 0.018 * np.sqrt(horizon_bars))
    wide = replace(
        evidence,
        horizon_bars=horizon_bars,
        interval_low=-reach,
        interval_high=reach,
    )
    report = beside_of(wide).coverage
    assert report is not None
    outcome = Workings(wide, 0.01).outcome
    inside = np.abs(outcome[~np.isnan(outcome)]) <= reach[0, 0]
    assert report.measured.value == pytest.approx(inside.mean())
    assert report.measured.n == pytest.approx(inside.size / horizon_bars)
    assert report.mean_width == pytest.approx(2.0 * reach[0, 0])
    assert report.claimed == 0.9


def test_candidates_are_traded_as_the_value_leg_trades(evidence: Evidence) -> None:
    twice = np.stack([evidence.forecast, -evidence.forecast])
    workings = Workings(replace(evidence, candidate_forecasts=twice), 0.01)
    net, excess = candidate_results(workings)
    assert net[:, 0] == pytest.approx(workings.over_cash)
    assert excess[:, 0] == pytest.approx(workings.over_holding)
    assert net.shape == excess.shape == (882, 2)


def test_the_best_candidate_is_reported_with_what_its_choice_is_worth(
    with_candidates: Evidence,
) -> None:
    report = beside_of(with_candidates).candidates
    assert report is not None
    net, excess = candidate_results(Workings(with_candidates, 0.01))
    sharpes = net.mean(axis=0) / net.std(axis=0, ddof=1)
    moments = sharpe_moments(net[:, report.best])
    assert moments is not None
    assert report.best == int(sharpes.argmax())
    assert report.n_candidates == 7
    assert report.deflated_sharpe == deflated_sharpe(moments, 7, float(sharpes.var(ddof=1)))
    assert report.overfitting_probability == overfitting_probability(net)
    assert report.superior_p == superior_predictive_ability(excess)


def test_a_candidate_that_never_speaks_spoils_no_other(with_candidates: Evidence) -> None:
    some = np.array(with_candidates.candidate_forecasts)
    some[3] = np.nan
    report = beside_of(replace(with_candidates, candidate_forecasts=some)).candidates
    assert report is not None
    assert report.best != 3
    assert report.superior_p is not None
    silent = beside_of(replace(with_candidates, candidate_forecasts=some * np.nan)).candidates
    assert silent is None


def test_the_only_candidate_that_speaks_is_not_deflated(with_candidates: Evidence) -> None:
    some = np.array(with_candidates.candidate_forecasts[:2])
    some[1] = np.nan
    report = beside_of(replace(with_candidates, candidate_forecasts=some)).candidates
    assert report is not None
    assert (report.best, report.deflated_sharpe) == (0, None)


def test_intervals_without_an_end_have_no_coverage(evidence: Evidence) -> None:
    nothing = np.full_like(evidence.forecast, np.nan)
    assert (
        beside_of(replace(evidence, interval_low=nothing, interval_high=nothing)).coverage is None
    )


def test_symbol_without_bars_has_no_regime(make_evidence: Maker) -> None:
    two = make_evidence(n_bars=700, n_symbols=2)
    close = two.close.copy()
    close[1:, 1] = np.nan
    code = known_regimes(Workings(replace(two, close=close), 0.01))
    assert np.isnan(code[:, 1]).all()
    assert not np.isnan(code[1:, 0]).any()


def test_resamples_that_never_move_leave_a_number_without_interval() -> None:
    number = ContractNumber(value=1.0, threshold=1.5, passed=False)
    assert _with_interval(number, np.full(5, np.nan)) == number


def test_equity_begins_at_one_and_ends_where_the_returns_do(evidence: Evidence) -> None:
    verdict = judge(evidence)
    assert verdict.beside is not None
    assert verdict.contract is not None
    equity = verdict.beside.equity
    assert equity is not None
    [forecast] = [line for line in equity.lines if line.name == "forecast"]
    assert forecast.values[0] == 1.0
    assert forecast.values[-1] == pytest.approx(1.0 + verdict.contract.net_return, rel=1e-4)
    assert len(equity.closed_at) == len(forecast.values) == len(equity.drawdown)
    deepest = verdict.contract.maximum_drawdown.value
    assert max(equity.drawdown) == pytest.approx(deepest, rel=1e-4)
    assert equity.closed_at[-1] == "2004-10-29T21:00"


def test_bootstrap_intervals_hold_the_contracts_numbers(evidence: Evidence) -> None:
    contract = judge(evidence).contract
    assert contract is not None
    for number in (contract.profit_factor, contract.maximum_drawdown):
        assert number.interval == "bootstrap"
        assert number.low is not None
        assert number.value is not None
        assert number.high is not None
        assert number.low < number.value < number.high
    assert contract.accuracy.interval == "exact"


def test_symbols_that_move_together_widen_intervals(make_evidence: Maker) -> None:
    one = make_evidence(n_bars=900)
    copies = {
        name: np.repeat(getattr(one, name), 4, axis=1)
        for name in ("close", "returns", "forecast", "direction", "rule_direction", "target")
    }
    copied = {"probability_up": np.empty(0), "expected_return": np.empty(0), **copies}
    four = judge(change(one, **copied)).contract
    alone = judge(one).contract
    assert four is not None
    assert alone is not None
    assert four.accuracy == alone.accuracy
    assert four.pesaran_timmermann_p == pytest.approx(alone.pesaran_timmermann_p)


def test_forecast_without_a_number_leaves_what_does_not_need_it(evidence: Evidence) -> None:
    nothing = replace(evidence, direction=np.full_like(evidence.direction, np.nan))
    beside = beside_of(nothing)
    assert beside.floors
    assert beside.equity is not None
    assert "forecast" not in [line.name for line in beside.equity.lines]


def test_statements_of_the_years_add_up_to_those_of_all(evidence: Evidence) -> None:
    draw = np.random.default_rng(11)
    reach = np.full_like(evidence.forecast, 0.018)
    stated = replace(
        evidence,
        probability_up=draw.uniform(0.4, 0.6, evidence.forecast.shape),
        interval_low=-reach,
        interval_high=reach,
    )
    beside = beside_of(stated)
    years = beside.statements_by_year
    outcome = Workings(stated, 0.01).outcome
    moved = ~np.isnan(outcome) & (outcome != 0.0)

    closed = stated.closed_at[stated.out_of_sample].astype("datetime64[Y]")
    assert [report.part for report in years] == np.unique(closed).astype(str).tolist()
    first = moved & (closed == closed[0])[:, None]
    assert years[0].n == first.sum()
    assert years[0].share_up is not None
    assert years[0].share_up.value == pytest.approx((outcome[first] > 0.0).mean())
    chances = stated.probability_up[stated.out_of_sample]
    assert years[0].probability_up == pytest.approx(chances[first].mean())
    assert sum(report.n for report in years) == moved.sum()
    assert beside.coverage is not None
    held = [report.coverage.value * report.coverage.n for report in years if report.coverage]
    assert sum(held) == pytest.approx(beside.coverage.measured.value * beside.coverage.measured.n)
    assert 0 < sum(report.n for report in beside.statements_by_regime) <= moved.sum()


def test_nothing_stated_is_nothing_to_report_by_year(make_evidence: Maker) -> None:
    assert beside_of(make_evidence()).statements_by_year == ()
