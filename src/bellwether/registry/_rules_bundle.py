"""The rules as a bundle like any model's: the same checks, the same engine, the same answers."""

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.hashing import digest_json
from bellwether.registry._bundle import Bundle, make_bundle
from bellwether.registry._manifest import Manifest
from bellwether.rules import (
    REASONS,
    Regime,
    RuleOptions,
    rule_expressions,
    rules_graph,
    rules_lookback_bars,
)

RULES_ID = "rules"
_ANY = "any"


def make_rules_bundle(
    probability_by_signal: FloatArray | None = None, options: RuleOptions | None = None
) -> Bundle:
    """Build the rules' bundle from the installed code; nothing is read from anywhere.

    Parameters
    ----------
    probability_by_signal : float64 array of shape (3,), optional
        Probability of a rise after SELL, HOLD and BUY, as `calibrate_rules` gives it from
        past outcomes; one half each where nothing is known.
    options : RuleOptions, optional
        The contract's by default.

    Returns
    -------
    bundle : Bundle
        Of kind "rules". The same code and arguments give the same bytes.
    """
    options = RuleOptions() if options is None else options
    by_signal = np.full(3, 0.5) if probability_by_signal is None else probability_by_signal
    manifest = Manifest(
        kind="rules",
        model_id=RULES_ID,
        universe=_ANY,
        symbols=(),
        interval=_ANY,
        horizon_bars=1,
        trained_at=None,
        lookback_bars=rules_lookback_bars(options),
        feature_set={"name": RULES_ID, "version": "1", "digest": options.digest},
        feature_names=tuple(rule_expressions(options)),
        families=(RULES_ID,),
        options_digest=options.digest,
        pipeline_digest=rules_pipeline_digest(options),
        snapshot_digest=digest_json([]),
        plan={},
        state={"probability_by_signal": by_signal.tolist()},
        words={
            "reason": {str(int(code)): words for code, words in REASONS.items()},
            "regime": {str(int(regime)): regime.words for regime in Regime},
        },
        metrics={},
        verdict=None,
        parts={},
    )
    return make_bundle(manifest, rules_graph(options))


def rules_pipeline_digest(options: RuleOptions | None = None) -> str:
    """Return the digest of what the installed rules compute: their expressions' own text.

    Parameters
    ----------
    options : RuleOptions, optional
        The contract's by default.
    """
    options = RuleOptions() if options is None else options
    return digest_json({name: str(one) for name, one in rule_expressions(options).items()})
