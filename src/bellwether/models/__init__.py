"""Models: families that learn from samples, floors that must be beaten, and the bundle's graph."""

from bellwether.models._calibration import fit_state
from bellwether.models._catalog import FAMILIES, make_family, make_options
from bellwether.models._ensemble import QUANTILES, EnsembleState, Forecast, combine
from bellwether.models._errors import (
    MissingExtra,
    UnknownFamily,
    UnknownOption,
    UnknownPreset,
    UnreadableModel,
    UnusableEnsemble,
    UnusableOption,
    UnusableState,
    UnusableTrainingData,
)
from bellwether.models._export import bundle_lookback_bars, export_bundle_graph
from bellwether.models._floors import FLOORS
from bellwether.models._model import Family, FittedModel, ModelArrays, Progress, TrainingData
from bellwether.models._options import (
    PRESETS,
    BoostingOptions,
    LogisticOptions,
    LstmOptions,
    Options,
    RidgeOptions,
    TransformerOptions,
)
from bellwether.models._weights import STARTING_WEIGHTS, performance_weights, soft_weights

__all__ = [
    "FAMILIES",
    "FLOORS",
    "PRESETS",
    "QUANTILES",
    "STARTING_WEIGHTS",
    "BoostingOptions",
    "EnsembleState",
    "Family",
    "FittedModel",
    "Forecast",
    "LogisticOptions",
    "LstmOptions",
    "MissingExtra",
    "ModelArrays",
    "Options",
    "Progress",
    "RidgeOptions",
    "TrainingData",
    "TransformerOptions",
    "UnknownFamily",
    "UnknownOption",
    "UnknownPreset",
    "UnreadableModel",
    "UnusableEnsemble",
    "UnusableOption",
    "UnusableState",
    "UnusableTrainingData",
    "bundle_lookback_bars",
    "combine",
    "export_bundle_graph",
    "fit_state",
    "make_family",
    "make_options",
    "performance_weights",
    "soft_weights",
]
