/** How strong a forecast is among the model's own, and in which colour that is shown. */

import type { Tone } from "../shell/badge";

/** From here on a confidence is high, or middling. */
export const HIGH = 80;
export const MIDDLE = 60;

export type ConfidenceBand = "high" | "middle" | "low" | "none";

/** Return the band of a confidence; an answer without a direction has none. */
export function bandOf(confidence: number, direction: string): ConfidenceBand {
  if (direction === "HOLD" || !Number.isFinite(confidence)) {
    return "none";
  }
  if (confidence >= HIGH) {
    return "high";
  }
  return confidence >= MIDDLE ? "middle" : "low";
}

export const BAND_TONES: Readonly<Record<ConfidenceBand, Tone>> = { high: "good", middle: "warn", low: "bad", none: "neutral" };

export const BAND_WORDS: Readonly<Record<ConfidenceBand, string>> = { high: "high", middle: "medium", low: "low", none: "none" };
