/** Prediction: what a caller is told, in the very JSON that the service gives. */

import { quote } from "./canonical-json.js";
import { floatText } from "./numerals.js";
import { writeInstant } from "./instants.js";
import type { FallbackReason } from "./reasons.js";
import { sha256Text } from "./sha256.js";

/** What the prediction says to do. */
export type Direction = "BUY" | "SELL" | "HOLD";

/** Steps of the ladder, best first. */
export type Rung = "champion" | "previous champion" | "rules" | "hold";

/** Where the return over the horizon is expected to lie, as fractions of the price. */
export interface PredictionInterval {
  readonly low: number;
  readonly high: number;
  /** Share of outcomes that should lie between them. */
  readonly coverage: number;
}

/** How often past out-of-sample forecasts about as strong as this one were right. */
export interface PastHits {
  readonly n_hits: number;
  readonly n_settled: number;
  readonly rate: number | null;
}

/** What was thought of the model that answered, on its outcomes settled until then. */
export interface Standing {
  readonly condition: "ok" | "amber" | "red" | "recovering";
  readonly accuracy: number;
  readonly fallback_accuracy: number;
  readonly confidence_factor: number;
  readonly edge_factor: number;
  /** Last settled bar, ISO 8601, UTC; empty where none was. */
  readonly as_of: string;
}

/** What kind of market it is. */
export interface Regime {
  readonly current: string;
  readonly confirmed: string;
  readonly is_confirmed: boolean;
}

/** How much one feature moved the answer, in units of the score. */
export interface Contribution {
  readonly feature: string;
  readonly amount: number;
}

/** Who made the prediction; `none` where nobody may, and HOLD is the answer. */
export interface Source {
  readonly kind: "model" | "rules" | "none";
  readonly model_id: string | null;
  readonly version: string | null;
  readonly age_days: number | null;
  readonly bundle_digest: string | null;
  readonly state_digest: string | null;
}

/** What one member of an ensemble had to do with the answer. */
export interface MemberPart {
  /** Its family: each takes part once. */
  readonly name: string;
  /** Its share of the say on this bar; they sum to one. */
  readonly weight: number;
  /** Its forecast in units of its own past ones, cut off at 3 either way. */
  readonly standardised: number;
  /** Weight times standardised: they add up to the ensemble's score. */
  readonly contribution: number;
  /** What of the answer's expected return it accounts for; the market's drift is left over. */
  readonly expected_return: number;
}

/** From where to where the contributions lead, or why there are none. */
export interface Explanation {
  /** The chance with every feature at its training mean. */
  readonly baseline: number | null;
  readonly value: number | null;
  /** In words; empty where there are contributions. */
  readonly trouble: string;
}

/** One rung that did not answer. */
export interface Step {
  readonly rung: Rung;
  readonly reason: FallbackReason;
  /** What exactly was found, for whoever mends it. */
  readonly detail: string;
}

/** An answer about one market, complete and valid whoever gave it. */
export interface Prediction {
  /** Digest of everything the answer follows from. */
  readonly prediction_id: string;
  readonly symbol: string;
  readonly interval: string;
  /** Close of the last bar used, ISO 8601 with Z; null where there was no bar. */
  readonly as_of: string | null;
  readonly horizon_bars: number;
  readonly direction: Direction;
  /** Calibrated probability of a rise; null where nobody may answer. */
  readonly probability_up: number | null;
  readonly expected_return: number | null;
  readonly prediction_interval: PredictionInterval | null;
  /** Strength on the contract's scale, 50 to 95; 0 where nobody may answer. No probability. */
  readonly confidence: number;
  readonly past_hits: PastHits | null;
  /** What is thought of the model; left out where nobody watches it. */
  readonly standing?: Standing;
  /** Close of the last bar, as traded. */
  readonly price: number | null;
  readonly target: number | null;
  readonly stop: number | null;
  readonly regime: Regime | null;
  /** Why, in words, the most important first; at least one. */
  readonly reasons: readonly string[];
  /** What moved a model's own chance of a rise, largest first, where it was asked why. */
  readonly contributions: readonly Contribution[];
  /** What the contributions add up to, or why there are none; left out where nobody asked. */
  readonly explanation?: Explanation;
  /** Members of the ensemble that answered, largest contribution first; left out where nobody asked why. */
  readonly members?: readonly MemberPart[];
  readonly source: Source;
  /** Step of the ladder that answered. */
  readonly rung: Rung;
  /** Why it is not the champion's answer; null where it is. */
  readonly fallback_reason: FallbackReason | null;
  /** The rungs that did not answer, in the order they were asked. */
  readonly steps: readonly Step[];
  /** Digest of the bars the answer depends on. */
  readonly bars_digest: string;
}

/** Return 1 for BUY, -1 for SELL, 0 for HOLD. */
export function signOf(direction: Direction): 1 | -1 | 0 {
  if (direction === "HOLD") return 0;
  return direction === "BUY" ? 1 : -1;
}

/**
 * Return a prediction with its id.
 *
 * @param prediction All but the id.
 * @param asOf Close of the last bar in microseconds since 1970; null where there was none.
 */
export function identify(prediction: Omit<Prediction, "prediction_id">, asOf: number | null): Prediction {
  const { source, standing, fallback_reason: reason } = prediction;
  const told = [
    quote(prediction.symbol),
    quote(prediction.interval),
    quote(asOf === null ? "None" : writeInstant(asOf)),
    String(prediction.horizon_bars),
    quote(prediction.bars_digest),
    list([quote(source.kind), text(source.bundle_digest), text(source.state_digest)]),
    list([quote(prediction.direction), quote(prediction.rung)]),
    text(reason),
  ];
  if (standing !== undefined) told.push(describe(standing));
  return { prediction_id: sha256Text(list(told)), ...prediction };
}

function describe(standing: Standing): string {
  const factors = [standing.accuracy, standing.fallback_accuracy];
  const numbers = [...factors, standing.confidence_factor, standing.edge_factor].map(floatText);
  return list([quote(standing.condition), ...numbers, quote(standing.as_of)]);
}

function text(value: string | null): string {
  return value === null ? "null" : quote(value);
}

function list(items: readonly string[]): string {
  return `[${items.join(",")}]`;
}
