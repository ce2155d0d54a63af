/** Past predictions as marks on a chart: what was said at a bar, and what became of it. */

import type { UTCTimestamp } from "lightweight-charts";

import type { EntryAnswer } from "../api/schema";
import { toTime } from "./candles";

export type Outcome = "hit" | "miss" | "neither" | "void" | "pending";

/** What was said at one bar. */
export interface Mark {
  readonly time: UTCTimestamp;
  readonly direction: "BUY" | "SELL" | "HOLD";
  readonly outcome: Outcome;
}

/** The signs of outcomes: a colour alone would not tell them apart. */
export const SIGNS: Readonly<Record<Outcome, string>> = { hit: "✓", miss: "✗", pending: "…", void: "∅", neither: "·" };

/** How an outcome is called. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  hit: "HIT",
  miss: "MISS",
  pending: "PENDING",
  void: "VOID",
  neither: "NEITHER",
};

/** What became of an answer. */
export function outcomeOf(entry: Pick<EntryAnswer, "settlement">): Outcome {
  return entry.settlement?.outcome ?? "pending";
}

/**
 * Return one mark a bar, oldest first: of several answers about a bar the one recorded last. HOLD
 * said nothing that could be right or wrong, and gets none.
 */
export function makeMarks(entries: readonly EntryAnswer[]): Mark[] {
  const latest = new Map<UTCTimestamp, EntryAnswer>();
  for (const entry of entries) {
    const time = toTime(entry.prediction.as_of);
    const known = time === undefined ? undefined : latest.get(time);
    if (time !== undefined && (known === undefined || known.number < entry.number)) {
      latest.set(time, entry);
    }
  }
  return [...latest]
    .map(([time, entry]) => ({ time, direction: entry.prediction.direction, outcome: outcomeOf(entry) }))
    .filter((mark) => mark.direction !== "HOLD")
    .sort((one, other) => one.time - other.time);
}
