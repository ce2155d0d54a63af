import numpy as np

from bellwether.watch import RULES, PaperForecast, PaperOutcome, Voice, settled_bet

AS_OF = np.datetime64("2020-01-02T21:00:00", "us")
LATER = np.datetime64("2020-01-03T21:00:00", "us")


def voice(who: str, direction: int, members: dict[str, float] | None = None) -> Voice:
    return Voice(
        who=who,
        bundle_digest="d" * 64,
        direction=direction,
        probability_up=0.5,
        expected_return=0.0,
        confidence=60.0,
        members=members or {},
    )


def forecast(*voices: Voice) -> PaperForecast:
    return PaperForecast(
        symbol="A",
        interval="1d",
        horizon_bars=1,
        as_of=AS_OF,
        closes_at=LATER,
        price=10.0,
        volatility=0.02,
        bars_digest="b" * 64,
        voices=voices,
    )


def outcome(of: PaperForecast, realized_return: float | None) -> PaperOutcome:
    return PaperOutcome(
        key=of.key, symbol="A", as_of=AS_OF, closes_at=LATER, realized_return=realized_return
    )


def test_a_bet_holds_what_model_rules_and_members_said() -> None:
    said = forecast(voice(RULES, -1), voice("m", 1, {"ridge": 0.6, "trees": 0.4, "idle": 0.5}))
    bet = settled_bet(said, outcome(said, 0.01), "m")
    assert bet is not None
    assert (bet.symbol, bet.rules, bet.model, bet.outcome) == ("A", -1, 1, 0.01)
    assert bet.members == {"ridge": 1, "trees": -1, "idle": 0}


def test_what_cannot_be_compared_is_no_bet() -> None:
    whole = forecast(voice(RULES, 1), voice("m", 1))
    silent = forecast(voice(RULES, 1))
    assert settled_bet(whole, outcome(whole, None), "m") is None
    assert settled_bet(silent, outcome(silent, 0.01), "m") is None
    lonely = forecast(voice("m", 1))
    assert settled_bet(lonely, outcome(lonely, 0.01), "m") is None
