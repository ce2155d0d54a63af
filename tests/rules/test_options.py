"""Options of the rules: ranges, names and frozen values."""

import pytest

from bellwether.rules import (
    RULES_LOOKBACK_BARS,
    Reason,
    Regime,
    RegimeOptions,
    RuleOptionOutOfRange,
    RuleOptions,
    Signal,
    rules_lookback_bars,
)


@pytest.mark.parametrize("bars", [1, 0, -1, 501, 1.5, True, "14"])
@pytest.mark.parametrize("option", ["rsi_bars", "sma_bars"])
def test_windows_are_whole_and_within_range(option: str, bars: object) -> None:
    with pytest.raises(RuleOptionOutOfRange) as caught:
        RuleOptions(**{option: bars})  # type: ignore[arg-type]
    assert (caught.value.option, caught.value.value) == (option, bars)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("adx_bars", 1),
        ("atr_bars", 1),
        ("change_bars", 1),
        ("fit_bars", 1),
        ("confirm_bars", 0),
        ("memory_bars", 0),
        ("ranging_adx", 26.0),
        ("ranging_adx", -1.0),
        ("trending_adx", 101.0),
        ("quiet_frac", 0.04),
        ("quiet_frac", float("nan")),
        ("volatile_frac", 1.5),
        ("change_frac", -0.03),
        ("quiet_r2", 1.1),
    ],
)
def test_regime_options_are_within_range(option: str, value: float) -> None:
    with pytest.raises(RuleOptionOutOfRange) as caught:
        RegimeOptions(**{option: value})  # type: ignore[arg-type]
    assert caught.value.option == option


def test_digests_name_every_option() -> None:
    options = [
        RuleOptions(),
        RuleOptions(rsi_bars=10),
        RuleOptions(sma_bars=20),
        RuleOptions(regimes=RegimeOptions(confirm_bars=2)),
    ]
    assert len({one.digest for one in options}) == 4
    assert RuleOptions(rsi_bars=10).digest == options[1].digest


def test_lookback_follows_from_the_definitions() -> None:
    # The directional index: one bar back, smoothed over 120 taps, twice. The regime remembers
    # 60 bars of it, its confirmation looks 2 bars back, and is remembered for 60 bars.
    directional = 1 + 1 + 119 + 119
    assert rules_lookback_bars(RuleOptions()) == directional + 59 + 2 + 59
    assert rules_lookback_bars(RuleOptions()) == RULES_LOOKBACK_BARS == 360


@pytest.mark.parametrize("rsi_bars", [10, 14, 20])
@pytest.mark.parametrize("sma_bars", [10, 20, 50, 100])
def test_the_contracts_search_space_needs_no_longer_lookback(rsi_bars: int, sma_bars: int) -> None:
    assert rules_lookback_bars(RuleOptions(rsi_bars=rsi_bars, sma_bars=sma_bars)) == 360


def test_codes_never_change_because_bundles_hold_them() -> None:
    assert {one.name: one.value for one in Signal} == {"SELL": -1, "HOLD": 0, "BUY": 1}
    assert {one.name: one.value for one in Regime} == {
        "RANGING": 0,
        "TRENDING_UP": 1,
        "TRENDING_DOWN": 2,
        "VOLATILE": 3,
        "QUIET": 4,
    }
    assert {one.name: one.value for one in Reason} == {
        "INSUFFICIENT_DATA": 0,
        "OVERHEATED": 1,
        "PULL_BACK": 2,
        "UP_TREND": 3,
        "STRONG_UP_TREND": 4,
        "EXHAUSTED": 5,
        "REBOUND": 6,
        "DOWN_TREND": 7,
        "STRONG_DOWN_TREND": 8,
        "OVERSOLD": 9,
        "OVERBOUGHT": 10,
        "NO_CLEAR_EDGE": 11,
    }
