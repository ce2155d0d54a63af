/**
 * bellwether in a page: bundles checked and run in WebAssembly, and always a labelled answer.
 *
 * `openPredictor` gives a predictor, `predictor.predict(question)` an answer. Nothing is thrown at
 * whoever asks: what goes wrong is a value.
 */

export type { Bars, Columns, Instant, Numbers } from "./bars.js";
export { readBars } from "./bars.js";
export type { BundleFacts } from "./bundle.js";
export type { BundleFault } from "./bundle-fault.js";
export type { SessionCalendar } from "./calendar.js";
export { findDataFault } from "./data-check.js";
export type { Fault, LadderOptions } from "./ladder.js";
export { LADDER_OPTIONS } from "./ladder.js";
export type { Manifest } from "./manifest.js";
export type { PredictorOptions } from "./open.js";
export { openPredictor } from "./open.js";
export type {
  Contribution,
  Direction,
  Explanation,
  MemberPart,
  PastHits,
  Prediction,
  PredictionInterval,
  Regime,
  Rung,
  Source,
  Standing,
  Step,
} from "./prediction.js";
export type { Question } from "./predictor.js";
export { Predictor } from "./predictor.js";
export type { FallbackReason } from "./reasons.js";
export { FALLBACK_REASONS, isAboutData, wordsOf } from "./reasons.js";
export type { Result } from "./result.js";
export type { ServiceOptions, ServiceTrouble } from "./service.js";
export { Service } from "./service.js";
export type { ChosenBundle } from "./shelf.js";
export type { Trust, TrustedKey } from "./signature.js";
export { readPublicKey } from "./signature.js";
export type { StandingRecord } from "./standing.js";
export type { Detour, PredictorPorts, Told } from "./way.js";
