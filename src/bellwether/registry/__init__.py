"""Registry: models on the shelf, who they are, where they stand, and who may serve."""

from bellwether.registry._bundle import (
    Bundle,
    LoadedBundle,
    make_bundle,
    open_bundle,
    pack_bundle,
)
from bellwether.registry._errors import (
    BadModelId,
    BundleCorrupt,
    BundleError,
    BundleMissing,
    BundleTooNew,
    BundleUnloadable,
    GoldenMismatch,
    IllegalMove,
    ModelExists,
    NotPromotable,
    RegistryUnavailable,
    TrialLogTampered,
    TrialLogUnavailable,
    UnknownModel,
    UnsafeGraph,
)
from bellwether.registry._golden import Golden, check_golden, golden_windows
from bellwether.registry._graph_safety import ALLOWED_OPERATORS, check_graph
from bellwether.registry._manifest import FORMAT_VERSION, BundleKind, Manifest
from bellwether.registry._moves import (
    plan_exit,
    plan_promotion,
    plan_registration,
    plan_rollback,
    verdict_data,
)
from bellwether.registry._record import (
    MarketKey,
    ModelRecord,
    Move,
    Serving,
    check_model_id,
    find_serving,
)
from bellwether.registry._registry import Registry
from bellwether.registry._rules_bundle import (
    RULES_ID,
    make_rules_bundle,
    rules_pipeline_digest,
)
from bellwether.registry._stages import LEGAL_MOVES, Stage, check_move

__all__ = [
    "ALLOWED_OPERATORS",
    "FORMAT_VERSION",
    "LEGAL_MOVES",
    "RULES_ID",
    "BadModelId",
    "Bundle",
    "BundleCorrupt",
    "BundleError",
    "BundleKind",
    "BundleMissing",
    "BundleTooNew",
    "BundleUnloadable",
    "Golden",
    "GoldenMismatch",
    "IllegalMove",
    "LoadedBundle",
    "Manifest",
    "MarketKey",
    "ModelExists",
    "ModelRecord",
    "Move",
    "NotPromotable",
    "Registry",
    "RegistryUnavailable",
    "Serving",
    "Stage",
    "TrialLogTampered",
    "TrialLogUnavailable",
    "UnknownModel",
    "UnsafeGraph",
    "check_golden",
    "check_graph",
    "check_model_id",
    "check_move",
    "find_serving",
    "golden_windows",
    "make_bundle",
    "make_rules_bundle",
    "open_bundle",
    "pack_bundle",
    "plan_exit",
    "plan_promotion",
    "plan_registration",
    "plan_rollback",
    "rules_pipeline_digest",
    "verdict_data",
]
