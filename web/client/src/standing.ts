/** What is thought of a model that serves, and what follows for its answers. */

import type { Answer, Fault } from "./ladder.js";
import { fixedText, percentText } from "./numerals.js";
import type { PredictionInterval, Standing } from "./prediction.js";

const WEAKEST = 50;

/** A model's standing as the service tells it. */
export interface StandingRecord extends Standing {
  /** Whether it may answer; otherwise the next rung does. */
  readonly answers: boolean;
  /** Why, for a person. */
  readonly words: string;
}

/** Return why a model may not answer, or null; one that nobody watches may. */
export function findObjection(standing: StandingRecord | null): Fault | null {
  if (standing === null || standing.answers) return null;
  // Until its recovery is proven, what took a model off the ladder is its red alarm.
  const isRed = standing.condition === "red" || standing.condition === "recovering";
  const detail = standing.words || compare(standing);
  return { reason: isRed ? "drift_red" : "behind_rules", detail };
}

/**
 * Return a model's answer as far as it is still believed.
 *
 * Confidence is as far above 50, and the chance of a rise as far from one half, as the factors leave
 * it; the expected return shrinks with the chance, and its interval moves along. HOLD where no edge
 * is left. The same numbers where both factors are one.
 */
export function temper(answer: Answer, record: StandingRecord): Answer {
  const standing = readingOf(record);
  const [kept, edge] = [standing.confidence_factor, standing.edge_factor];
  if (kept === 1 && edge === 1) return { ...answer, standing };
  const confidence = WEAKEST + kept * (answer.confidence - WEAKEST);
  const probabilityUp = 0.5 + edge * (answer.probabilityUp - 0.5);
  const right = percentText(standing.accuracy, 1);
  const told =
    `Drift is ${standing.condition}: ${right} of its next forecasts are ` +
    `expected to be right. So its confidence is ${fixedText(confidence, 1)} instead of ` +
    `${fixedText(answer.confidence, 1)}, and the chance of a rise ${percentText(probabilityUp, 1)}.`;
  const tempered = {
    ...answer,
    standing,
    confidence,
    probabilityUp,
    expectedReturn: edge * answer.expectedReturn,
    interval: move(answer.interval, (edge - 1) * answer.expectedReturn),
    reasons: [...answer.reasons, told],
  };
  if (probabilityUp !== 0.5 || answer.direction === "HOLD") return tempered;
  return { ...tempered, direction: "HOLD", targetFrac: 0, stopFrac: 0 };
}

/** Return what of a standing goes into an answer, in the order that its id covers. */
function readingOf(record: StandingRecord): Standing {
  return {
    condition: record.condition,
    accuracy: record.accuracy,
    fallback_accuracy: record.fallback_accuracy,
    confidence_factor: record.confidence_factor,
    edge_factor: record.edge_factor,
    as_of: record.as_of,
  };
}

function move(interval: PredictionInterval, distance: number): PredictionInterval {
  const [low, high] = [Math.max(interval.low + distance, -1), Math.max(interval.high + distance, -1)];
  return { low, high, coverage: interval.coverage };
}

function compare(standing: Standing): string {
  const [own, rules] = [percentText(standing.accuracy, 1), percentText(standing.fallback_accuracy, 1)];
  return `${own} of its next forecasts are expected to be right, and ${rules} of the rules'`;
}
