import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.monitor import (
    Account,
    AccountState,
    ForeignState,
    SettledBet,
    UnusableMonitorOption,
    UnusableObservation,
)
from bellwether.monitor._bounds import SHARES, bounded_bound, log_wealth
from bellwether.validation import mark_positions, overlap_positions

DIRECTIONS = st.sampled_from((-1, 0, 1))


@st.composite
def bets(draw: st.DrawFn, symbol: str = "A") -> SettledBet:
    return SettledBet(
        symbol=symbol,
        outcome=draw(st.floats(-0.2, 0.2)),
        volatility=draw(st.floats(0.001, 0.1)),
        rules=draw(DIRECTIONS),
        model=draw(DIRECTIONS),
        members={"ridge": draw(DIRECTIONS)},
    )


def bet(model: int, rules: int, outcome: float, symbol: str = "A") -> SettledBet:
    return SettledBet(symbol=symbol, outcome=outcome, volatility=0.01, rules=rules, model=model)


def run(account: Account, bars: list[list[SettledBet]]) -> AccountState:
    state = account.start()
    for settled in bars:
        state = account.step(state, settled)
    return state


@given(settled=st.lists(bets(), max_size=30))
def test_one_bar_forecasts_earn_what_marked_positions_do(settled: list[SettledBet]) -> None:
    state = run(Account(), [[one] for one in settled])
    if settled:
        returns = np.array([one.outcome for one in settled])
        said = np.array([float(one.model) for one in settled])
        assert state.model.net == pytest.approx(float(mark_positions(said, returns, 5.0).sum()))


def test_overlapping_forecasts_pay_for_changes_of_the_position_they_hold_together() -> None:
    rng = np.random.default_rng(5)
    said = rng.choice((-1, 0, 1), 40)
    account = Account(horizon_bars=3)
    state = run(account, [[bet(int(one), 0, 0.0)] for one in said])
    position = np.append(0.0, overlap_positions(said.astype(np.float64), 3))
    assert state.model.costs / 3 == pytest.approx(np.abs(np.diff(position)).sum() * 5e-4, rel=0.1)
    sleeves = [np.abs(np.diff(np.append(0, said[phase::3]))).sum() for phase in range(3)]
    assert state.model.costs == pytest.approx(sum(sleeves) * 5e-4)


@given(settled=st.lists(st.lists(bets(), min_size=1, max_size=1), max_size=20), cut=st.integers(0))
def test_a_state_that_was_stored_goes_on_as_the_one_that_was_not(
    settled: list[list[SettledBet]], cut: int
) -> None:
    account = Account(horizon_bars=2)
    half = run(account, settled[: cut % (len(settled) + 1)])
    state = AccountState.from_json(half.to_json())
    assert state == half
    for bar in settled[cut % (len(settled) + 1) :]:
        state = account.step(state, bar)
    assert state == run(account, settled)


def test_the_order_of_a_bars_symbols_does_not_matter() -> None:
    bars = [bet(1, -1, 0.013, "A"), bet(-1, 1, 0.7, "B"), bet(1, 1, -1e-9, "C")]
    assert run(Account(), [bars]) == run(Account(), [bars[::-1]])


def test_symbols_that_say_the_same_make_no_more_bars() -> None:
    one = run(Account(), [[bet(1, -1, 0.01)]] * 70)
    many = run(Account(), [[bet(1, -1, 0.01, name) for name in "ABCDE"]] * 70)
    assert many.model.n_bars == one.model.n_bars
    assert many.model.added == pytest.approx(one.model.added)
    assert many.model.n_said == 5 * one.model.n_said


def test_a_model_that_says_what_the_rules_say_adds_nothing() -> None:
    value = Account().report(run(Account(), [[bet(1, 1, 0.01)]] * 100)).model
    assert value.added_bps.mean == 0.0
    assert value.evidence == pytest.approx(1.0)
    assert value.accuracy == value.rules_accuracy == 1.0


def test_a_model_that_adds_is_told_from_nothing_and_one_that_costs_is_too() -> None:
    rng = np.random.default_rng(1)
    signs = rng.choice((-1, 1), 600)
    good = [[bet(int(one), 0, 0.004 * float(one) + 0.01 * rng.normal())] for one in signs]
    added = Account().report(run(Account(), good)).model
    assert added.added_bps.low is not None
    assert added.added_score.low is not None
    assert added.added_bps.low > 0.0
    assert added.added_score.low > 0.0
    assert added.evidence > 1000.0
    bad = [[bet(-one.model, 0, one.outcome) for one in bar] for bar in good]
    lost = Account().report(run(Account(), bad)).model
    assert lost.added_bps.high is not None
    assert lost.added_bps.high < 0.0
    assert lost.evidence < 1.0


def test_the_interval_of_returns_begins_at_63_bars() -> None:
    bars = [[bet(1, -1, 0.01 * (-1) ** place)] for place in range(63)]
    assert Account().report(run(Account(), bars[:62])).model.added_bps.low is None
    assert Account().report(run(Account(), bars)).model.added_bps.low is not None
    assert "too few" in Account().report(run(Account(), bars[:62])).model.words
    assert "over the rules" in Account().report(run(Account(), bars)).model.words
    assert Account().report(Account().start()).model.added_score.low is None


def test_members_are_held_to_the_bars_they_spoke_on() -> None:
    late = SettledBet(
        symbol="A", outcome=0.01, volatility=0.01, rules=-1, model=1, members={"trees": 1}
    )
    report = Account().report(run(Account(), [[bet(1, -1, 0.01)]] * 5 + [[late]] * 3))
    assert report.model.n_bars == 8
    assert report.members["trees"].n_bars == 3
    assert report.members["trees"].rules_accuracy == 0.0
    assert report.to_json()["members"]["trees"]["accuracy"] == 1.0


@given(squares=st.floats(0.0, 1e5), alpha=st.floats(0.001, 0.4))
def test_a_bounded_sum_at_its_bound_has_the_evidence_of_its_level(
    squares: float, alpha: float
) -> None:
    bound = bounded_bound(squares, 5.0, alpha)
    assert math.exp(log_wealth(bound, squares, 5.0)) == pytest.approx(2.0 / alpha, rel=1e-6)


@given(low=st.floats(-5.0, 0.0), high=st.floats(0.0, 5.0), share=st.sampled_from(SHARES))
def test_a_bet_on_a_term_of_mean_zero_expects_to_gain_nothing(
    low: float, high: float, share: float
) -> None:
    if high - low < 1e-6:
        return
    chance = -low / (high - low)
    drop = (math.log1p(-share) + share) / 25.0
    expected = sum(
        weight * math.exp(share / 5.0 * term + drop * term**2)
        for weight, term in ((chance, high), (1.0 - chance, low))
    )
    assert expected <= 1.0 + 1e-9


@pytest.mark.parametrize(
    "options", [{"horizon_bars": 0}, {"cost_bps": -1.0}, {"level": 1.0}, {"cost_bps": math.nan}]
)
def test_options_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(UnusableMonitorOption):
        Account(**options)  # type: ignore[arg-type]


def test_what_is_no_settled_forecast_is_refused() -> None:
    with pytest.raises(UnusableObservation):
        bet(2, 0, 0.01)
    with pytest.raises(UnusableObservation):
        bet(1, 0, math.nan)
    with pytest.raises(UnusableObservation):
        SettledBet(symbol="A", outcome=0.1, volatility=0.0, rules=1, model=1)


def test_what_is_no_state_is_refused() -> None:
    whole = run(Account(), [[bet(1, -1, 0.01)]]).to_json()
    for broken in (
        {},
        {**whole, "model": {"n_bars": -1}},
        {**whole, "rules": {**whole["rules"], "net": math.inf}},
        {**whole, "held": {"A": {"rules": ["x"]}}},
    ):
        with pytest.raises(ForeignState):
            AccountState.from_json(broken)
