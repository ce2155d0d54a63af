import json
from dataclasses import replace
from typing import Any

import pytest

from bellwether.hashing import canonical_json
from bellwether.service import LeaderboardRow, TrainingResult, make_leaderboard
from bellwether.validation import Decision

Desk = Any  # the class lives in conftest, which is no module


@pytest.fixture(scope="module")
def result(edge_desk: tuple[Desk, TrainingResult]) -> TrainingResult:
    return edge_desk[1]


@pytest.fixture(scope="module")
def rows(result: TrainingResult) -> tuple[LeaderboardRow, ...]:
    return make_leaderboard(result)


def test_ensemble_then_models_by_skill_then_rules_then_floors_by_return(
    rows: tuple[LeaderboardRow, ...],
) -> None:
    kinds = [row.kind for row in rows]
    assert kinds == ["ensemble", "model", "model", "rules", *["floor"] * (len(rows) - 4)]
    skill = [row.skill_t for row in rows if row.kind == "model" and row.skill_t is not None]
    assert len(skill) == 2
    assert skill == sorted(skill, reverse=True)
    returns = [row.net_return for row in rows if row.kind == "floor" and row.net_return is not None]
    assert returns == sorted(returns, reverse=True)


def test_every_candidate_and_every_baseline_has_its_row(
    result: TrainingResult, rows: tuple[LeaderboardRow, ...]
) -> None:
    everyone = [one.name for one in result.candidates] + [one.name for one in result.baselines]
    assert sorted(row.name for row in rows) == sorted(everyone)


def test_a_row_repeats_the_verdict(
    result: TrainingResult, rows: tuple[LeaderboardRow, ...]
) -> None:
    by_name = {row.name: row for row in rows}
    for candidate in result.candidates:
        row, verdict = by_name[candidate.name], candidate.verdict
        assert verdict.skill is not None
        assert verdict.contract is not None
        assert row.decision == str(verdict.decision)
        assert row.skill_t == verdict.skill.statistic.minimum
        assert row.needed_t == verdict.skill.needed
        assert row.accuracy == verdict.contract.accuracy.value
        assert row.model_id == candidate.record.model_id
        assert row.reason == verdict.reason


def test_rules_and_floors_are_measured_and_never_decided(
    rows: tuple[LeaderboardRow, ...],
) -> None:
    for row in rows:
        if row.kind in ("rules", "floor"):
            assert (row.decision, row.needed_t, row.model_id) == (None, None, None)
            assert row.reason == "measured for comparison; never promoted"


def test_the_skill_of_a_constant_is_unknown_not_a_number_that_breaks_json(
    rows: tuple[LeaderboardRow, ...],
) -> None:
    [always_up] = [row for row in rows if row.name == "always_up"]
    assert always_up.skill_t is None
    for row in rows:
        assert json.loads(canonical_json(row.to_json()))["name"] == row.name


def test_an_infinite_profit_factor_is_written_as_a_word(
    rows: tuple[LeaderboardRow, ...],
) -> None:
    assert replace(rows[0], profit_factor=float("inf")).to_json()["profit_factor"] == "inf"


def test_a_single_family_is_a_model_not_an_ensemble(result: TrainingResult) -> None:
    alone = replace(result, candidates=result.candidates[1:2])
    assert make_leaderboard(alone)[0].kind == "model"


def test_reports_that_could_not_be_made_leave_the_row_empty(result: TrainingResult) -> None:
    first = result.candidates[0]
    bare = replace(first.verdict, skill=None, value=None, contract=None, decision=Decision.REFUSE)
    row = make_leaderboard(replace(result, candidates=(replace(first, verdict=bare),)))[0]
    assert (row.skill_t, row.accuracy, row.net_return) == (None, None, None)
    assert row.contract_passed is False


def test_the_proposal_is_who_serves_else_the_first(result: TrainingResult) -> None:
    assert result.proposal is result.candidates[0]
    second = replace(result, champion=result.candidates[1].record)
    assert second.proposal is result.candidates[1]
    assert second.verdict is result.candidates[1].verdict
    nobody = replace(result, champion=None)
    assert nobody.proposal is result.candidates[0]
