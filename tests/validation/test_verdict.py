"""A verdict holds all that is needed to show it, and survives storage."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bellwether.hashing import canonical_json
from bellwether.validation import (
    Evidence,
    GateOptions,
    UnreadableVerdict,
    Verdict,
    judge,
    maximum_drawdown,
    profit_factor,
)

Maker = Callable[..., Evidence]


@pytest.fixture(scope="module")
def evidence(make_evidence: Maker) -> Evidence:
    sound = make_evidence()
    share = 1.0 / (1.0 + np.exp(-sound.forecast))
    return replace(sound, probability_up=share, expected_return=0.004 * sound.forecast)


@pytest.fixture(scope="module")
def verdict(evidence: Evidence) -> Verdict:
    return judge(evidence, GateOptions(binding="both"))


def test_a_verdict_comes_back_from_its_json(verdict: Verdict) -> None:
    stored = json.loads(canonical_json(verdict.to_json()))
    assert Verdict.from_json(stored) == verdict


def test_infinite_and_undefined_numbers_survive_storage(evidence: Evidence) -> None:
    hindsight = np.sign(np.nan_to_num(evidence.returns))
    perfect = judge(replace(evidence, direction=hindsight, cost_bps=0.0))
    assert perfect.contract is not None
    assert perfect.contract.profit_factor.value == math.inf
    stored = json.loads(canonical_json(perfect.to_json()))
    assert stored["contract"]["profit_factor"]["value"] == "inf"
    assert Verdict.from_json(stored) == perfect
    flat = judge(replace(evidence, direction=np.zeros_like(hindsight)))
    assert Verdict.from_json(json.loads(canonical_json(flat.to_json()))) == flat


def test_a_refusal_that_could_not_compute_survives_storage(evidence: Evidence) -> None:
    nothing = judge(replace(evidence, forecast=np.full_like(evidence.returns, np.nan)))
    stored = json.loads(canonical_json(nothing.to_json()))
    again = Verdict.from_json(stored)
    assert again.to_json() == nothing.to_json()
    assert again.headline == nothing.headline


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("decision", "PERHAPS"),
        ("binding", "neither"),
        ("n_bars", "many"),
        ("checks", [{"name": "skill"}]),
        ("skill", "good"),
        ("n_needed", "abc"),
    ],
)
def test_a_damaged_verdict_is_refused(verdict: Verdict, part: str, value: object) -> None:
    with pytest.raises(UnreadableVerdict, match="judge the evidence again"):
        Verdict.from_json({**verdict.to_json(), part: value})


def test_a_verdict_with_a_part_missing_or_added_is_refused(verdict: Verdict) -> None:
    stored = verdict.to_json()
    with pytest.raises(UnreadableVerdict):
        Verdict.from_json({**stored, "extra": 1})
    del stored["decision"]
    with pytest.raises(UnreadableVerdict):
        Verdict.from_json(stored)


def test_a_verdict_stored_by_an_earlier_version_still_reads() -> None:
    text = (Path(__file__).parent / "stored_verdicts" / "0.1.0.json").read_text()
    old = Verdict.from_json(json.loads(text))
    assert (old.decision, old.n_bars) == ("PROMOTE", 630)
    assert (old.beside, old.opinions, old.calibration) == (None, None, None)
    assert Verdict.from_json(json.loads(canonical_json(old.to_json()))) == old


@pytest.mark.parametrize("part", ["opinions", "calibration", "beside"])
def test_a_verdict_with_a_later_part_damaged_is_refused(verdict: Verdict, part: str) -> None:
    with pytest.raises(UnreadableVerdict):
        Verdict.from_json({**verdict.to_json(), part: {"unknown": 1}})


def test_the_verdict_names_what_it_judged(evidence: Evidence, verdict: Verdict) -> None:
    assert verdict.evidence_digest == evidence.digest
    assert (verdict.n_bars, verdict.n_symbols, verdict.n_effective) == (882, 1, 882.0)
    assert verdict.n_needed == 433.0
    assert verdict.first_closed_at == str(evidence.closed_at[378].astype("datetime64[s]"))
    assert verdict.last_closed_at == str(evidence.closed_at[-1].astype("datetime64[s]"))


def test_the_contracts_numbers_are_those_of_trading_after_costs(
    evidence: Evidence, verdict: Verdict
) -> None:
    rows = slice(378, None)
    signal, moves = evidence.direction[rows, 0], evidence.returns[rows, 0]
    net = signal * moves - 5e-4 * np.abs(np.diff(signal, prepend=0.0))
    contract = verdict.contract
    assert contract is not None
    assert contract.accuracy.value == pytest.approx(np.mean(signal == np.sign(moves)))
    assert contract.accuracy.low is not None
    assert contract.accuracy.low < 0.65 < (contract.accuracy.high or 0.0)
    assert contract.profit_factor.value == pytest.approx(profit_factor(net))
    assert contract.maximum_drawdown.value == pytest.approx(maximum_drawdown(net))
    assert contract.net_return == pytest.approx(np.prod(1.0 + net) - 1.0)
    assert contract.pesaran_timmermann_p is not None
    assert contract.pesaran_timmermann_p < 1e-6
    assert contract.brier is not None
    assert 0.15 < contract.brier < 0.25
    assert contract.strict_hit_rate is not None
    assert contract.strict_hit_rate.n == 882


def test_years_add_up_to_the_whole(verdict: Verdict) -> None:
    contract = verdict.contract
    assert contract is not None
    assert sum(year.n_bars for year in verdict.by_year) == verdict.n_bars
    whole = math.prod(1.0 + year.net_return for year in verdict.by_year)
    assert whole - 1.0 == pytest.approx(contract.net_return)
    assert [year.year for year in verdict.by_year] == [2001, 2002, 2003, 2004]


def test_the_skill_report_holds_all_four_statistics(verdict: Verdict) -> None:
    skill = verdict.skill
    assert skill is not None
    four = [getattr(skill.statistic, name) for name in type(skill.statistic).__slots__]
    assert skill.statistic.minimum == min(four) > skill.needed
    assert skill.p < skill.alpha
    assert skill.information_coefficient is not None
    interval = skill.information_coefficient
    assert interval.low < 0.35 < interval.high


def test_the_value_report_agrees_with_its_checks(verdict: Verdict) -> None:
    value = verdict.value
    assert value is not None
    checks = {check.name: check.figures.get("excess_a_year") for check in verdict.checks}
    assert value.over_cash == checks["beats_cash"]
    assert value.over_holding == checks["beats_holding"]
    assert value.over_rules == checks["beats_rules"]
    assert value.maximum_drawdown is not None
    assert value.maximum_drawdown_95 is not None
    assert 0.0 < value.maximum_drawdown < 1.0
    assert value.deflated_sharpe == value.probabilistic_sharpe


def test_a_promotion_reads_as_one(verdict: Verdict) -> None:
    assert verdict.headline.startswith("PROMOTE: the forecast's skill t-statistic is 10.56")
    assert verdict.headline.count("after costs it earned") == 1
    assert verdict.headline.endswith("Next step: let it serve, with the rules in shadow beside it.")
