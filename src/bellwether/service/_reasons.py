"""Why a rung of the ladder did not answer, as codes and in words."""

from enum import StrEnum


class FallbackReason(StrEnum):
    """Why a rung of the ladder did not answer."""

    NO_MODEL_PROMOTED = "no_model_promoted"
    MODELS_DISABLED = "models_disabled"
    REGISTRY_UNAVAILABLE = "registry_unavailable"
    BUNDLE_MISSING = "bundle_missing"
    BUNDLE_CORRUPT = "bundle_corrupt"
    BUNDLE_TOO_NEW = "bundle_too_new"
    BUNDLE_UNSAFE = "bundle_unsafe"
    BUNDLE_UNSIGNED = "bundle_unsigned"
    SIGNATURE_INVALID = "signature_invalid"
    SIGNER_UNKNOWN = "signer_unknown"
    GOLDEN_MISMATCH = "golden_mismatch"
    LOAD_FAILED = "load_failed"
    TOO_FEW_BARS = "too_few_bars"
    INFERENCE_FAILED = "inference_failed"
    TIME_BUDGET_EXCEEDED = "time_budget_exceeded"
    INFERENCE_PROCESS_DOWN = "inference_process_down"
    MODEL_QUARANTINED = "model_quarantined"
    OUTPUT_NOT_FINITE = "output_not_finite"
    OUTPUT_OUT_OF_RANGE = "output_out_of_range"
    LOW_CONFIDENCE = "low_confidence"
    MODEL_TOO_OLD = "model_too_old"
    DRIFT_RED = "drift_red"
    BEHIND_RULES = "behind_rules"
    RULES_FAILED = "rules_failed"
    INSUFFICIENT_DATA = "insufficient_data"
    DATA_CONTRACT_BROKEN = "data_contract_broken"
    BAR_NOT_CLOSED = "bar_not_closed"
    GAP_AT_THE_END = "gap_at_the_end"
    FROZEN_COLUMN = "frozen_column"
    SCALE_JUMP = "scale_jump"
    EXPIRED_DATA = "expired_data"
    POOR_DATA = "poor_data"
    BARS_UNAVAILABLE = "bars_unavailable"
    SERVICE_FAILED = "service_failed"

    @property
    def words(self) -> str:
        """The reason as a newcomer reads it."""
        return _WORDS[self]

    @property
    def is_about_data(self) -> bool:
        """Whether the bars are at fault, so that nobody may answer on them."""
        return self in _ABOUT_DATA


_WORDS = {
    FallbackReason.NO_MODEL_PROMOTED: "no model has proven itself on this market yet",
    FallbackReason.MODELS_DISABLED: "models are switched off in the settings",
    FallbackReason.REGISTRY_UNAVAILABLE: "the list of promoted models cannot be read",
    FallbackReason.BUNDLE_MISSING: "the model's file is missing",
    FallbackReason.BUNDLE_CORRUPT: "the model's file is damaged",
    FallbackReason.BUNDLE_TOO_NEW: "the model's file was written by a newer version",
    FallbackReason.BUNDLE_UNSAFE: "the model's file asks for operations that are not allowed",
    FallbackReason.BUNDLE_UNSIGNED: "the model's file is not signed, as the settings require",
    FallbackReason.SIGNATURE_INVALID: "the signature of the model's file does not hold",
    FallbackReason.SIGNER_UNKNOWN: "the model's file is signed by a key that is not trusted",
    FallbackReason.GOLDEN_MISMATCH: "the model no longer answers as it did when it was made",
    FallbackReason.LOAD_FAILED: "the model cannot be loaded",
    FallbackReason.TOO_FEW_BARS: "the model needs a longer history than there is",
    FallbackReason.INFERENCE_FAILED: "the model failed while computing its answer",
    FallbackReason.TIME_BUDGET_EXCEEDED: "the model's answer was not ready within its time budget",
    FallbackReason.INFERENCE_PROCESS_DOWN: "the process that computes models is being started",
    FallbackReason.MODEL_QUARANTINED: "the model is not asked for a while, for it kept failing",
    FallbackReason.OUTPUT_NOT_FINITE: "the model's answer was no number",
    FallbackReason.OUTPUT_OUT_OF_RANGE: "the model's answer was outside its possible range",
    FallbackReason.LOW_CONFIDENCE: "the model's forecast is one of its weakest",
    FallbackReason.MODEL_TOO_OLD: "the model has not been retrained for too long",
    FallbackReason.DRIFT_RED: "drift is red: the model has been right less often than before",
    FallbackReason.BEHIND_RULES: "the rules have been right more often than the model of late",
    FallbackReason.RULES_FAILED: "not even the rules could be computed",
    FallbackReason.INSUFFICIENT_DATA: "insufficient data: there are fewer than 60 bars",
    FallbackReason.DATA_CONTRACT_BROKEN: "a bar is impossible (such as a high below its low)",
    FallbackReason.BAR_NOT_CLOSED: "the last bar has not closed yet",
    FallbackReason.GAP_AT_THE_END: "a session is missing right before the last bar",
    FallbackReason.FROZEN_COLUMN: "the last bars repeat a number, as if the feed stood still",
    FallbackReason.SCALE_JUMP: "prices jump as if their unit had changed",
    FallbackReason.EXPIRED_DATA: "the last bar is too old to say anything about the next one",
    FallbackReason.POOR_DATA: "too many bars are missing or stand still",
    FallbackReason.BARS_UNAVAILABLE: "the newest stored bars cannot be read",
    FallbackReason.SERVICE_FAILED: "the prediction could not be computed",
}
_ABOUT_DATA = frozenset(
    {
        FallbackReason.INSUFFICIENT_DATA,
        FallbackReason.DATA_CONTRACT_BROKEN,
        FallbackReason.BAR_NOT_CLOSED,
        FallbackReason.GAP_AT_THE_END,
        FallbackReason.FROZEN_COLUMN,
        FallbackReason.SCALE_JUMP,
        FallbackReason.EXPIRED_DATA,
        FallbackReason.POOR_DATA,
        FallbackReason.BARS_UNAVAILABLE,
    }
)
