from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.registry import (
    LEGAL_MOVES,
    IllegalMove,
    MarketKey,
    ModelRecord,
    NotPromotable,
    Serving,
    Stage,
    check_move,
    find_serving,
    plan_exit,
    plan_promotion,
    plan_registration,
    plan_rollback,
    verdict_data,
)
from bellwether.validation import Decision, Verdict

AT = np.datetime64("2019-01-02T00:00", "us")
AtStage = Callable[[str, Stage], ModelRecord]
# Written out by hand: the law, not a copy of the table under test.
LEGAL = {
    ("candidate", "champion"),
    ("candidate", "refused"),
    ("candidate", "retired"),
    ("refused", "retired"),
    ("champion", "previous"),
    ("champion", "retired"),
    ("previous", "champion"),
    ("previous", "retired"),
}


@pytest.mark.parametrize("before", list(Stage))
@pytest.mark.parametrize("after", list(Stage))
def test_only_the_eight_moves_of_the_law_are_legal(before: Stage, after: Stage) -> None:
    if (before.value, after.value) in LEGAL:
        check_move("m", before, after)
    else:
        with pytest.raises(IllegalMove) as caught:
            check_move("m", before, after)
        assert caught.value.legal == tuple(sorted(LEGAL_MOVES[before]))


def test_promotion_without_anyone_serving_moves_the_candidate_only(
    record: ModelRecord, verdict: Verdict
) -> None:
    (move,) = plan_promotion(record, Serving(), verdict, at=AT, reason="first")
    assert (move.model_id, move.before, move.after) == ("world-1", Stage.CANDIDATE, Stage.CHAMPION)
    assert move.verdict == verdict.to_json()


def test_promotion_seats_the_champion_as_previous_and_retires_the_one_before(
    at_stage: AtStage, verdict: Verdict
) -> None:
    serving = Serving(
        champion=at_stage("old", Stage.CHAMPION), previous=at_stage("older", Stage.PREVIOUS)
    )
    moves = plan_promotion(
        at_stage("new", Stage.CANDIDATE), serving, verdict, at=AT, reason="better"
    )
    assert [(move.model_id, move.after.value) for move in moves] == [
        ("older", "retired"),
        ("old", "previous"),
        ("new", "champion"),
    ]


@pytest.mark.parametrize("decision", [Decision.REFUSE, Decision.NOT_ENOUGH_DATA])
def test_no_other_decision_promotes(
    record: ModelRecord, verdict: Verdict, decision: Decision
) -> None:
    with pytest.raises(NotPromotable, match=decision.value):
        plan_promotion(
            record, Serving(), replace(verdict, decision=decision), at=AT, reason="please"
        )


def test_what_only_looks_like_a_verdict_promotes_nothing(record: ModelRecord) -> None:
    forged: Any = SimpleNamespace(promotes=True, pipeline="p", snapshot="s", decision="PROMOTE")
    offers: tuple[Any, ...] = (forged, None, "PROMOTE")
    for offered in offers:
        with pytest.raises(NotPromotable, match="no Verdict"):
            plan_promotion(record, Serving(), offered, at=AT, reason="please")


@pytest.mark.parametrize("other", [{"pipeline": "q"}, {"snapshot": "t"}])
def test_a_verdict_on_something_else_promotes_nothing(
    record: ModelRecord, verdict: Verdict, other: dict[str, str]
) -> None:
    borrowed: Verdict = replace(verdict, **other)  # type: ignore[arg-type]
    with pytest.raises(NotPromotable, match="another pipeline or on other bars"):
        plan_promotion(record, Serving(), borrowed, at=AT, reason="please")


def test_a_verdict_other_than_the_stored_one_promotes_nothing(
    record: ModelRecord, verdict: Verdict
) -> None:
    stored = replace(record, verdict=verdict_data(replace(verdict, n_looks=2)))
    with pytest.raises(NotPromotable, match="stored with the model"):
        plan_promotion(stored, Serving(), verdict, at=AT, reason="please")


def test_a_verdict_that_an_older_version_stored_still_promotes_and_stays_as_it_was(
    record: ModelRecord, verdict: Verdict
) -> None:
    written = dict(verdict_data(verdict) or {})
    older = {name: part for name, part in written.items() if name != "beside"}
    stored = replace(record, verdict=older)
    read = Verdict.from_json(older)
    (move,) = plan_promotion(stored, Serving(), read, at=AT, reason="after an upgrade")
    assert move.verdict == older != written


@pytest.mark.parametrize("stage", sorted(set(Stage) - {Stage.CANDIDATE}))
def test_only_a_candidate_is_promoted(at_stage: AtStage, verdict: Verdict, stage: Stage) -> None:
    with pytest.raises(IllegalMove):
        plan_promotion(at_stage("m", stage), Serving(), verdict, at=AT, reason="please")


def test_rollback_retires_the_champion_and_brings_the_previous_one_back(at_stage: AtStage) -> None:
    serving = Serving(
        champion=at_stage("bad", Stage.CHAMPION), previous=at_stage("good", Stage.PREVIOUS)
    )
    moves = plan_rollback(serving, at=AT, reason="wrong")
    assert [(move.model_id, move.after.value) for move in moves] == [
        ("bad", "retired"),
        ("good", "champion"),
    ]


def test_rollback_where_nobody_serves_does_nothing() -> None:
    assert plan_rollback(Serving(), at=AT, reason="wrong") == ()


def test_a_champion_cannot_be_refused(at_stage: AtStage) -> None:
    with pytest.raises(IllegalMove):
        plan_exit(at_stage("m", Stage.CHAMPION), Stage.REFUSED, at=AT, reason="no")


@pytest.mark.parametrize("stage", [Stage.CHAMPION, Stage.PREVIOUS, Stage.RETIRED])
def test_nobody_comes_in_as_anything_but_candidate_or_refused(
    at_stage: AtStage, stage: Stage
) -> None:
    with pytest.raises(IllegalMove):
        plan_registration(at_stage("m", stage), at=AT)


def test_a_move_keeps_the_verdict_it_does_not_replace(
    record: ModelRecord, verdict: Verdict
) -> None:
    judged = replace(record, stage=Stage.CHAMPION, verdict=verdict_data(verdict))
    (move,) = plan_rollback(Serving(champion=judged), at=AT, reason="wrong")
    after = judged.after(move)
    assert (after.stage, after.changed_at) == (Stage.RETIRED, AT)
    assert after.verdict == verdict_data(verdict)


def placed(
    record: ModelRecord, universe: str, symbols: tuple[str, ...], stage: Stage
) -> ModelRecord:
    market = MarketKey(universe=universe, interval="1d", horizon_bars=1)
    return replace(
        record, model_id=f"{universe}-{stage}", market=market, symbols=symbols, stage=stage
    )


def test_a_symbol_is_served_by_the_model_made_for_the_fewest(record: ModelRecord) -> None:
    wide = placed(record, "wide", ("A", "B", "C"), Stage.CHAMPION)
    narrow = placed(record, "narrow", ("A",), Stage.CHAMPION)
    elsewhere = placed(record, "else", ("Z",), Stage.CHAMPION)
    assert find_serving([wide, narrow, elsewhere], "A", "1d", 1).champion == narrow
    assert find_serving([wide, narrow, elsewhere], "B", "1d", 1).champion == wide


def test_a_universe_with_a_champion_goes_before_one_with_a_previous_one_only(
    record: ModelRecord,
) -> None:
    left = placed(record, "narrow", ("A",), Stage.PREVIOUS)
    champion = placed(record, "wide", ("A", "B"), Stage.CHAMPION)
    assert find_serving([left, champion], "A", "1d", 1) == Serving(champion=champion)
    assert find_serving([left], "A", "1d", 1) == Serving(previous=left)


@pytest.mark.parametrize(
    ("symbol", "interval", "horizon_bars"), [("Z", "1d", 1), ("A", "1h", 1), ("A", "1d", 5)]
)
def test_nobody_serves_what_no_model_was_made_for(
    at_stage: AtStage, symbol: str, interval: str, horizon_bars: int
) -> None:
    records = [at_stage("m", Stage.CHAMPION)]
    assert find_serving(records, symbol, interval, horizon_bars) == Serving()


@given(st.lists(st.sampled_from(sorted(Stage)), max_size=6))
def test_only_models_that_may_serve_are_found(stages: list[Stage]) -> None:
    market = MarketKey(universe="u", interval="1d", horizon_bars=1)
    records = [
        ModelRecord(
            model_id=f"m{place}",
            market=market,
            symbols=("A",),
            bundle_digest="b",
            pipeline_digest="p",
            snapshot_digest="s",
            bellwether_version="0",
            trained_at=AT,
            registered_at=AT,
            changed_at=AT,
            stage=stage,
            metrics={},
        )
        for place, stage in enumerate(stages)
    ]
    found = find_serving(records, "A", "1d", 1)
    assert (found.champion is not None) == (Stage.CHAMPION in stages)
    assert (found.previous is not None) == (Stage.PREVIOUS in stages)
