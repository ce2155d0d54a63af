/** What a model's graph says, as an answer, or why it cannot be one. */

import type { OutputRow } from "./bundle.js";
import { isList } from "./canonical-json.js";
import type { Fault, Outcome } from "./ladder.js";
import type { Manifest } from "./manifest.js";
import { percentText } from "./numerals.js";
import { findRowFault, numberOf, outside } from "./output-row.js";
import type { PastHits, Source } from "./prediction.js";
import { COVERAGE, directionOf, placeLevels } from "./rules-reading.js";
import type { RulesReading } from "./rules-reading.js";

/**
 * Return a model's outputs as an answer, or why they cannot be one.
 *
 * @param rules What the rules say about the same bar: target and stop are placed by their ratio.
 */
export function modelAnswer(
  row: OutputRow,
  manifest: Manifest,
  source: Source,
  rules: RulesReading | null,
): Outcome {
  const quantiles = row.quantiles ?? [];
  const fault = findRowFault(row) ?? findMisfit(row, quantiles);
  if (fault !== null) return { fault };
  const [probabilityUp, confidence] = [numberOf(row, "probability_up"), numberOf(row, "confidence")];
  const direction = directionOf(Math.sign(probabilityUp - 0.5));
  const [targetFrac, stopFrac] = rules === null ? [0, 0] : placeLevels(rules, direction);
  const pastHits = findPastHits(manifest, confidence);
  const answer = {
    direction,
    probabilityUp,
    expectedReturn: numberOf(row, "expected_return"),
    interval: { low: quantiles[0]!, high: quantiles.at(-1)!, coverage: COVERAGE },
    confidence,
    pastHits,
    standing: null,
    targetFrac,
    stopFrac,
    reasons: tellReasons(probabilityUp, confidence, manifest.horizonBars, pastHits),
    source,
  };
  return { answer };
}

function tellReasons(
  probabilityUp: number,
  confidence: number,
  horizonBars: number,
  hits: PastHits | null,
): string[] {
  const ahead = horizonBars === 1 ? "the next bar" : `the next ${horizonBars} bars`;
  const weaker = percentText((confidence - 50) / 45, 0);
  const told = [
    `The model gives a rise over ${ahead} a chance of ${percentText(probabilityUp, 1)}.`,
    `This forecast is stronger than ${weaker} of the model's own past ones.`,
  ];
  if (hits === null || hits.rate === null) return told;
  const rate = percentText(hits.rate, 1);
  const past = `${hits.n_settled} past forecasts about this strong`;
  return [...told, `Of its ${past}, ${rate} got the direction right.`];
}

function findPastHits(manifest: Manifest, confidence: number): PastHits | null {
  const buckets = manifest.metrics.hits_by_confidence;
  for (const bucket of isList(buckets) ? buckets : []) {
    const { least, most, n_hits: hits, n_settled: settled } = bucket as Readonly<Record<string, number>>;
    if (least! <= confidence && confidence < most!) {
      return { n_hits: hits!, n_settled: settled!, rate: settled ? hits! / settled : null };
    }
  }
  return null;
}

function findMisfit(row: OutputRow, quantiles: readonly number[]): Fault | null {
  if (quantiles.some((value, i) => i > 0 && quantiles[i - 1]! > value)) {
    return { reason: "output_out_of_range", detail: "quantiles cross" };
  }
  return (
    outside("probability_up", numberOf(row, "probability_up"), 0, 1) ??
    outside("confidence", numberOf(row, "confidence"), 50, 95) ??
    outside("expected_return", numberOf(row, "expected_return"), -1, 1) ??
    outside("the lowest quantile", quantiles[0] ?? NaN, -1, 1) ??
    outside("the highest quantile", quantiles.at(-1) ?? NaN, -1, 10) ??
    outside("volatility", numberOf(row, "volatility"), 0, 10)
  );
}
