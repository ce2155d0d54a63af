"""Models: families that learn from samples, floors that must be beaten, and the bundle's graph."""

from typing import TYPE_CHECKING

from bellwether._lazy import lend
from bellwether.models._brought_options import OWN_PRESET, BroughtOptions, family_words
from bellwether.models._calibration import fit_state, share_drift
from bellwether.models._catalog import FAMILIES, make_family, make_options
from bellwether.models._ensemble import QUANTILES, EnsembleState, Forecast, combine
from bellwether.models._errors import (
    MissingExtra,
    UnexportableModel,
    UnknownFamily,
    UnknownOption,
    UnknownPreset,
    UnreadableModel,
    UnusableEnsemble,
    UnusableFactory,
    UnusableOption,
    UnusableState,
    UnusableTrainingData,
)
from bellwether.models._export import bundle_lookback_bars, export_bundle_graph
from bellwether.models._floors import FLOORS
from bellwether.models._intervals import (
    REPLAYED_BARS,
    IntervalHistory,
    interval_lookback_bars,
)
from bellwether.models._losses import learned_target
from bellwether.models._model import (
    Family,
    FittedModel,
    ModelArrays,
    Progress,
    TrainingData,
    find_trained_until,
    stops_by_validation,
)
from bellwether.models._options import (
    BoostingOptions,
    LogisticOptions,
    LstmOptions,
    Options,
    OptionValue,
    QuadraticOptions,
    RidgeOptions,
    TransformerOptions,
)
from bellwether.models._presets import PRESETS
from bellwether.models._regime_graph import REGIME_MEMBER_WEIGHT
from bellwether.models._regime_weights import (
    RegimeWeights,
    pick_weights,
    shrunk_multipliers,
    starting_multipliers,
)
from bellwether.models._search import (
    SEARCH_SPACES,
    SearchRange,
    SearchSpace,
    find_search_space,
)
from bellwether.models._weights import (
    STARTING_WEIGHTS,
    believed_weights,
    performance_weights,
    soft_weights,
    starting_weights,
)

if TYPE_CHECKING:
    from bellwether.models._factories import name_family, read_family
    from bellwether.models._family_bench import FamilyClaims
    from bellwether.models._family_contract import FAMILY_CHECKS, find_family_breaches
    from bellwether.models._onnx_family import OnnxFamily
    from bellwether.models._sklearn import SklearnFamily
else:
    __getattr__, __dir__ = lend(
        __name__,
        {
            "bellwether.models._factories": ("name_family", "read_family"),
            "bellwether.models._family_bench": ("FamilyClaims",),
            "bellwether.models._family_contract": ("FAMILY_CHECKS", "find_family_breaches"),
            "bellwether.models._onnx_family": ("OnnxFamily",),
            "bellwether.models._sklearn": ("SklearnFamily",),
        },
    )

__all__ = [
    "FAMILIES",
    "FAMILY_CHECKS",
    "FLOORS",
    "OWN_PRESET",
    "PRESETS",
    "QUANTILES",
    "REGIME_MEMBER_WEIGHT",
    "REPLAYED_BARS",
    "SEARCH_SPACES",
    "STARTING_WEIGHTS",
    "BoostingOptions",
    "BroughtOptions",
    "EnsembleState",
    "Family",
    "FamilyClaims",
    "FittedModel",
    "Forecast",
    "IntervalHistory",
    "LogisticOptions",
    "LstmOptions",
    "MissingExtra",
    "ModelArrays",
    "OnnxFamily",
    "OptionValue",
    "Options",
    "Progress",
    "QuadraticOptions",
    "RegimeWeights",
    "RidgeOptions",
    "SearchRange",
    "SearchSpace",
    "SklearnFamily",
    "TrainingData",
    "TransformerOptions",
    "UnexportableModel",
    "UnknownFamily",
    "UnknownOption",
    "UnknownPreset",
    "UnreadableModel",
    "UnusableEnsemble",
    "UnusableFactory",
    "UnusableOption",
    "UnusableState",
    "UnusableTrainingData",
    "believed_weights",
    "bundle_lookback_bars",
    "combine",
    "export_bundle_graph",
    "family_words",
    "find_family_breaches",
    "find_search_space",
    "find_trained_until",
    "fit_state",
    "interval_lookback_bars",
    "learned_target",
    "make_family",
    "make_options",
    "name_family",
    "performance_weights",
    "pick_weights",
    "read_family",
    "share_drift",
    "shrunk_multipliers",
    "soft_weights",
    "starting_multipliers",
    "starting_weights",
    "stops_by_validation",
]
