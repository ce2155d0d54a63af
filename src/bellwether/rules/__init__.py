"""Rules: the prediction that is always there, and the regimes, as expressions."""

from bellwether.rules._errors import RuleInputMismatch, RuleOptionOutOfRange
from bellwether.rules._graph import rules_graph
from bellwether.rules._history import (
    RuleSignals,
    calibrate_rules,
    confirmed_regimes,
    pad_bars,
    rule_signals,
)
from bellwether.rules._options import LEAST_BARS, RegimeOptions, RuleOptions
from bellwether.rules._regimes import (
    Regime,
    RegimeReadings,
    detect_regime,
    read_regime,
    regime_expressions,
)
from bellwether.rules._signals import (
    REASONS,
    RULES_LOOKBACK_BARS,
    Readings,
    Reason,
    Signal,
    decide,
    read_market,
    rule_expressions,
    rules_lookback_bars,
)

__all__ = [
    "LEAST_BARS",
    "REASONS",
    "RULES_LOOKBACK_BARS",
    "Readings",
    "Reason",
    "Regime",
    "RegimeOptions",
    "RegimeReadings",
    "RuleInputMismatch",
    "RuleOptionOutOfRange",
    "RuleOptions",
    "RuleSignals",
    "Signal",
    "calibrate_rules",
    "confirmed_regimes",
    "decide",
    "detect_regime",
    "pad_bars",
    "read_market",
    "read_regime",
    "regime_expressions",
    "rule_expressions",
    "rule_signals",
    "rules_graph",
    "rules_lookback_bars",
]
