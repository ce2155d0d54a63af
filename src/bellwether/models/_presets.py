"""The presets: options of each family that have a name."""

from collections.abc import Mapping
from types import MappingProxyType

from bellwether.models._options import (
    BoostingOptions,
    LogisticOptions,
    LstmOptions,
    Options,
    QuadraticOptions,
    RidgeOptions,
    TransformerOptions,
)

PRESETS: Mapping[str, Mapping[str, Options]] = MappingProxyType(
    {
        "gradient_boosting": {
            "contract": BoostingOptions(),
            "demo": BoostingOptions(max_trees=60, patience_rounds=5),
            "tuned": BoostingOptions(
                max_trees=40,
                max_depth=3,
                learning_rate=0.02,
                row_frac=0.3,
                column_frac=0.25,
                loss="t5",
                tells_drift=False,
                keep="last",
                n_steps=3,
                n_seeds=4,
                least_leaf_rows=30,
                leaf_penalty_rows=30,
            ),
        },
        "logistic": {"contract": LogisticOptions(), "demo": LogisticOptions()},
        "lstm": {
            "contract": LstmOptions(),
            "demo": LstmOptions(
                learning_rate=2e-3, batch_rows=256, max_epochs=8, patience_epochs=2
            ),
            "tuned": LstmOptions(
                n_steps=10,
                units=(16,),
                dense_units=8,
                dropout_frac=0.3,
                learning_rate=3e-3,
                batch_rows=128,
                max_epochs=12,
                loss="t5",
                tells_drift=False,
                keep="last",
                weight_decay_frac=1e-3,
                n_seeds=3,
            ),
        },
        "quadratic": {
            "contract": QuadraticOptions(),
            "demo": QuadraticOptions(),
            "tuned": QuadraticOptions(),
        },
        "ridge": {"contract": RidgeOptions(), "demo": RidgeOptions()},
        "transformer": {
            "contract": TransformerOptions(),
            "demo": TransformerOptions(
                learning_rate=2e-3, batch_rows=256, max_epochs=8, patience_epochs=2
            ),
            "tuned": TransformerOptions(
                n_steps=10,
                key_units=8,
                feed_forward_units=32,
                dense_units=8,
                dropout_frac=0.3,
                learning_rate=3e-3,
                batch_rows=128,
                max_epochs=12,
                loss="t5",
                tells_drift=False,
                keep="last",
                weight_decay_frac=1e-3,
                n_seeds=3,
            ),
        },
    }
)
"""Options by family and name: "contract", what CONTRACT.md says, "demo", over in seconds, and
"tuned", what learned most on worlds with a planted edge (docs/decisions/0044)."""
