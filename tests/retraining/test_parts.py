"""The parts of the chain: comparison, notes and options."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.registry import MarketKey
from bellwether.retraining import (
    ChainStep,
    RetrainingOptions,
    Step,
    UnreadableStep,
    UnusableRetrainingOption,
    fold_runs,
)
from bellwether.retraining._comparison import (
    LEAST_BARS,
    NOTHING,
    Paired,
    compare,
    lower_bounds,
    pair_evidence,
)
from bellwether.retraining._steps import run_name
from bellwether.service import JournalNote, NoteKind
from bellwether.validation import past_volatility

MARKET = MarketKey(universe="world", interval="1d", horizon_bars=1)
AT = np.datetime64("2021-05-06T07:08:09.123456", "us")
World = Any
NewWorld = Callable[[], Any]
OPTIONS = RetrainingOptions()


def paired(differences: np.ndarray[Any, np.dtype[np.float64]]) -> Paired:
    days = AT + np.timedelta64(1, "D") * np.arange(len(differences))
    return Paired(closed_at=days, differences=differences)


def evidence(world: World, name: str, accuracy: float, **changes: Any) -> Any:
    record = world.register(name, accuracy)
    return replace(world.evidence.get(record.verdict["evidence_digest"]), **changes)


def test_the_same_forecasts_differ_by_nothing_and_are_no_worse(world: World) -> None:
    one = evidence(world, "one", 0.55)
    found = pair_evidence(one, one, {"A": (0, 0), "B": (1, 1)})
    assert not found.differences.any()
    assert compare(found, OPTIONS, 1).is_no_worse


def test_differences_are_those_of_standardised_returns_by_hand(world: World) -> None:
    one, two = evidence(world, "one", 0.5), evidence(world, "other", 0.5)
    found = pair_evidence(one, two, {"A": (0, 0), "B": (1, 1)})
    moves = np.clip(one.returns / past_volatility(one.returns), -2.5, 2.5)
    by_hand = ((two.direction - one.direction) * moves)[100:].mean(axis=1)
    np.testing.assert_allclose(found.differences, by_hand, atol=1e-12)
    np.testing.assert_array_equal(found.closed_at, one.closed_at[100:])


def test_only_common_bars_out_of_sample_count(world: World) -> None:
    one = evidence(world, "one", 0.5)
    cut = slice(200, None)
    arrays = {
        name: getattr(one, name)[cut]
        for name in (
            "closed_at", "close", "returns", "forecast", "direction", "rule_direction", "target",
            "probability_up", "expected_return",
        )
    }  # fmt: skip
    later = replace(one, **arrays, out_of_sample_from=150)
    found = pair_evidence(one, later, {"A": (0, 0)})
    assert found.closed_at[0] == one.closed_at[350]


def test_over_a_horizon_the_mean_of_the_last_directions_is_held(world: World) -> None:
    one, two = evidence(world, "one", 0.5), evidence(world, "other", 0.5)
    slow = [replace(each, horizon_bars=3) for each in (one, two)]
    found = pair_evidence(slow[0], slow[1], {"A": (0, 0)})
    moves = np.clip(one.returns / past_volatility(one.returns), -2.5, 2.5)
    row = 777
    held = [each.direction[row - 2 : row + 1, 0].mean() for each in (one, two)]
    place = int(np.searchsorted(found.closed_at, one.closed_at[row]))
    assert found.differences[place] == pytest.approx((held[1] - held[0]) * moves[row, 0])


def test_too_few_bars_tell_nothing() -> None:
    found = compare(paired(np.full(LEAST_BARS - 1, 2.0)), OPTIONS, 1)
    assert not found.is_no_worse
    assert found.low is None
    assert compare(NOTHING, OPTIONS, 1).to_json()["low"] is None


def test_the_bound_is_below_the_mean_as_often_as_it_says() -> None:
    series = np.random.default_rng(8).standard_normal((400, 300))
    share = float((lower_bounds(series, level=0.05) > 0.0).mean())
    assert 0.02 <= share <= 0.10


def test_bars_are_counted_once_where_shadow_and_past_overlap() -> None:
    first, second = paired(np.zeros(5)), paired(np.ones(8))
    found = first.then(second)
    assert found.differences.tolist() == [0.0] * 5 + [1.0] * 3
    assert len(NOTHING.then(second)) == 8


@given(
    step=st.sampled_from(Step),
    words=st.text(max_size=50),
    facts=st.dictionaries(st.text(max_size=5), st.integers() | st.none() | st.booleans()),
    universe=st.text(min_size=1, max_size=300),
)
@settings(max_examples=50)
def test_a_step_is_the_same_from_its_note(
    step: Step, words: str, facts: dict[str, Any], universe: str
) -> None:
    market = MarketKey(universe=universe, interval="1d", horizon_bars=5)
    taken = ChainStep(
        market=market, run_id=run_name(market, 12), step=step, at=AT, words=words, facts=facts
    )
    note = taken.to_note()
    assert ChainStep.from_note(note) == taken
    assert len(note.key) <= 64


@pytest.mark.parametrize("missing", ["step", "universe", "facts", "run_id"])
def test_a_note_that_lacks_something_is_unreadable(missing: str) -> None:
    note = ChainStep(
        market=MARKET, run_id="r-1", step=Step.DUE, at=AT, words="", facts={}
    ).to_note()
    broken = replace(note, data={k: v for k, v in note.data.items() if k != missing})
    with pytest.raises(UnreadableStep):
        ChainStep.from_note(broken)


def test_a_step_that_nobody_knows_is_unreadable() -> None:
    note = JournalNote(kind=NoteKind.RETRAINING, key="k", at=AT, data={"step": "flown"})
    with pytest.raises(UnreadableStep):
        ChainStep.from_note(note)
    with pytest.raises(UnreadableStep):
        ChainStep.from_note(replace(note, kind=NoteKind.WATCH))


def test_what_was_asked_for_is_no_run() -> None:
    asked = ChainStep(market=MARKET, run_id="r", step=Step.ASKED, at=AT, words="", facts={})
    assert fold_runs([asked]) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"enough_evidence": 0.5},
        {"margin_points": -1.0},
        {"level": 0.0},
        {"decide_bars": 1000},
        {"probation_bars": 0},
        {"most_tries": 0},
    ],
)
def test_options_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UnusableRetrainingOption):
        RetrainingOptions(**wrong)


def test_a_run_tells_all_of_itself(new_world: NewWorld) -> None:
    world = new_world()
    world.crown("old")
    world.pass_days(92)
    world.advance()
    told = world.runs[-1].to_json()
    assert [step["step"] for step in told["steps"]] == ["due", "trained", "compared", "shadowed"]
    assert (told["champion"], told["is_open"]) == ("old", True)
