/** Why a rung of the ladder did not answer, as codes and in words: those of the service. */

const WORDS = {
  no_model_promoted: "no model has proven itself on this market yet",
  models_disabled: "models are switched off in the settings",
  registry_unavailable: "the list of promoted models cannot be read",
  bundle_missing: "the model's file is missing",
  bundle_corrupt: "the model's file is damaged",
  bundle_too_new: "the model's file was written by a newer version",
  bundle_unsafe: "the model's file asks for operations that are not allowed",
  bundle_unsigned: "the model's file is not signed, as the settings require",
  signature_invalid: "the signature of the model's file does not hold",
  signer_unknown: "the model's file is signed by a key that is not trusted",
  golden_mismatch: "the model no longer answers as it did when it was made",
  load_failed: "the model cannot be loaded",
  too_few_bars: "the model needs a longer history than there is",
  inference_failed: "the model failed while computing its answer",
  time_budget_exceeded: "the model's answer was not ready within its time budget",
  inference_process_down: "the process that computes models is being started",
  model_quarantined: "the model is not asked for a while, for it kept failing",
  output_not_finite: "the model's answer was no number",
  output_out_of_range: "the model's answer was outside its possible range",
  low_confidence: "the model's forecast is one of its weakest",
  model_too_old: "the model has not been retrained for too long",
  drift_red: "drift is red: the model has been right less often than before",
  behind_rules: "the rules have been right more often than the model of late",
  rules_failed: "not even the rules could be computed",
  insufficient_data: "insufficient data: there are fewer than 60 bars",
  data_contract_broken: "a bar is impossible (such as a high below its low)",
  bar_not_closed: "the last bar has not closed yet",
  gap_at_the_end: "a session is missing right before the last bar",
  frozen_column: "the last bars repeat a number, as if the feed stood still",
  scale_jump: "prices jump as if their unit had changed",
  expired_data: "the last bar is too old to say anything about the next one",
  poor_data: "too many bars are missing or stand still",
  bars_unavailable: "the newest stored bars cannot be read",
  service_failed: "the prediction could not be computed",
} as const;

/** Why a rung of the ladder did not answer. */
export type FallbackReason = keyof typeof WORDS;

const ABOUT_DATA: readonly FallbackReason[] = [
  "insufficient_data",
  "data_contract_broken",
  "bar_not_closed",
  "gap_at_the_end",
  "frozen_column",
  "scale_jump",
  "expired_data",
  "poor_data",
  "bars_unavailable",
];

/** Return a reason as a newcomer reads it. */
export function wordsOf(reason: FallbackReason): string {
  return WORDS[reason];
}

/** Whether the bars are at fault, so that nobody may answer on them. */
export function isAboutData(reason: FallbackReason): boolean {
  return ABOUT_DATA.includes(reason);
}

/** Every reason there is. */
export const FALLBACK_REASONS = Object.keys(WORDS) as readonly FallbackReason[];
