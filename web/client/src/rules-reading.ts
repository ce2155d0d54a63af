/** What the rules' graph says about the last bar, and the answer it makes. */

import type { OutputRow } from "./bundle.js";
import type { Answer, Fault } from "./ladder.js";
import type { Manifest } from "./manifest.js";
import { normalQuantile } from "./normal.js";
import { percentText } from "./numerals.js";
import { findRowFault, numberOf, outside } from "./output-row.js";
import type { Direction, Regime, Source } from "./prediction.js";
import { signOf } from "./prediction.js";
import { failed, found } from "./result.js";
import type { Result } from "./result.js";

/** Share of outcomes that intervals should hold. */
export const COVERAGE = 0.9;
/** Average true ranges that held 90 % of the moves over a bar, either way, as measured. */
const RANGES_COVERED = 1.15;
const LEAST_RANGE_FRAC = 0.02;
const MOST_RANGE_FRAC = 0.15;
const MOST_TARGET_FRAC = 0.3;
const REACH = 1.5;
const REACH_WITH_TREND = 2.5;

/** What the rules' graph says about the last bar. */
export interface RulesReading {
  readonly direction: Direction;
  /** Calibrated on past outcomes of the same signal. */
  readonly probabilityUp: number;
  readonly confidence: number;
  /** Signed fractions of the price; zero for HOLD. */
  readonly targetFrac: number;
  readonly stopFrac: number;
  /** Average true range over price. */
  readonly atrFrac: number;
  readonly regime: Regime;
  /** In words. */
  readonly reason: string;
}

/** Return a direction by its code: -1, 0 or 1. */
export function directionOf(code: number): Direction {
  if (code === 0) return "HOLD";
  return code > 0 ? "BUY" : "SELL";
}

/** Return what the rules' graph says, or why it cannot be used. */
export function readRules(row: OutputRow, manifest: Manifest): Result<RulesReading, Fault> {
  const fault = findRowFault(row) ?? findMisfit(row);
  if (fault !== null) return failed(fault);
  const current = wordOf(manifest, "regime", numberOf(row, "regime"));
  const confirmed = wordOf(manifest, "regime", numberOf(row, "regime_confirmed"));
  const reason = wordOf(manifest, "reason", numberOf(row, "reason"));
  if (current === null || confirmed === null || reason === null) {
    return failed({ reason: "rules_failed", detail: "a code that has no words" });
  }
  return found({
    direction: directionOf(Math.round(numberOf(row, "direction"))),
    probabilityUp: numberOf(row, "probability_up"),
    confidence: numberOf(row, "confidence"),
    targetFrac: numberOf(row, "target_frac"),
    stopFrac: numberOf(row, "stop_frac"),
    atrFrac: numberOf(row, "atr_frac"),
    regime: { current, confirmed, is_confirmed: current === confirmed },
    reason,
  });
}

/** Return target and stop in any direction, by the rules' ratio. */
export function placeLevels(reading: RulesReading, direction: Direction): [number, number] {
  if (direction === reading.direction) return [reading.targetFrac, reading.stopFrac];
  const sign = signOf(direction);
  const ratio = Math.min(Math.max(reading.atrFrac, LEAST_RANGE_FRAC), MOST_RANGE_FRAC);
  const isAlong = sign * trendSign(reading.regime.confirmed) > 0;
  const reach = Math.min(ratio * (isAlong ? REACH_WITH_TREND : REACH), MOST_TARGET_FRAC);
  return [sign * reach, -sign * ratio];
}

/**
 * Return the rules' reading as an answer.
 *
 * The rules know a probability but no size. The size comes from the average true range, as measured,
 * and grows with the root of the horizon. The expected return is that of the normal distribution
 * with this width and the rules' probability of a rise.
 */
export function rulesAnswer(reading: RulesReading, source: Source, horizonBars: number): Answer {
  const reach = RANGES_COVERED * reading.atrFrac * Math.sqrt(horizonBars);
  const deviation = reach / normalQuantile(0.5 + COVERAGE / 2);
  const likely = Math.min(Math.max(reading.probabilityUp, 0.001), 0.999);
  const expected = deviation * normalQuantile(likely);
  const { direction, probabilityUp, confidence, targetFrac, stopFrac } = reading;
  return {
    direction,
    probabilityUp,
    expectedReturn: Math.max(expected, -0.999),
    interval: { low: Math.max(expected - reach, -0.999), high: expected + reach, coverage: COVERAGE },
    confidence,
    pastHits: null,
    standing: null,
    targetFrac,
    stopFrac,
    reasons: [`The rules say ${direction} (${reading.reason}).`, ...tellRecord(direction, probabilityUp)],
    source,
  };
}

/** Return a warning where this signal's own past speaks against it. */
function tellRecord(direction: Direction, probabilityUp: number): string[] {
  if (signOf(direction) * (probabilityUp - 0.5) >= 0) return [];
  const share = percentText(probabilityUp, 1);
  const told = `Mind the record: after such signals the price rose ${share} of the time, `;
  return [`${told}which does not support a ${direction}.`];
}

function findMisfit(row: OutputRow): Fault | null {
  const size = (name: string): number => Math.abs(numberOf(row, name));
  return (
    outside("direction", size("direction"), 0, 1) ??
    outside("probability_up", numberOf(row, "probability_up"), 0, 1) ??
    outside("confidence", numberOf(row, "confidence"), 50, 95) ??
    outside("target_frac", size("target_frac"), 0, 0.99) ??
    outside("stop_frac", size("stop_frac"), 0, 0.99) ??
    outside("atr_frac", numberOf(row, "atr_frac"), 0, Infinity)
  );
}

function wordOf(manifest: Manifest, what: string, code: number): string | null {
  return manifest.words[what]?.[String(Math.round(code))] ?? null;
}

function trendSign(regime: string): number {
  if (regime === "trending up") return 1;
  return regime === "trending down" ? -1 : 0;
}
