/** The four conditions of what is watched, in words and tone. */

import type { Tone } from "../../shell/parts";

/** What a condition is called, and what follows from it. */
export interface ConditionWords {
  readonly name: string;
  readonly tone: Tone;
  readonly means: string;
}

const CONDITIONS: Readonly<Record<string, ConditionWords>> = {
  ok: { name: "OK", tone: "good", means: "nothing is found" },
  amber: { name: "Amber", tone: "warn", means: "under suspicion: its confidence is reduced" },
  red: { name: "Red", tone: "bad", means: "found bad: the next rung answers until recovery is proven" },
  recovering: { name: "Recovering", tone: "neutral", means: "back after a proven recovery" },
};
const UNWATCHED: ConditionWords = { name: "Not watched yet", tone: "neutral", means: "no outcome is settled yet" };
const RANKS: Readonly<Record<string, number>> = { red: 0, amber: 1, recovering: 2, ok: 3 };
const EVENTS: Readonly<Record<string, string>> = {
  opened: "Began",
  changed: "Changed",
  still: "Still",
  over: "Over",
  acknowledged: "Acknowledged",
};

/** Tell a condition; null is that of a model nobody has watched yet. */
export function tellCondition(condition: string | null): ConditionWords {
  if (condition === null) {
    return UNWATCHED;
  }
  return CONDITIONS[condition] ?? { name: condition, tone: "neutral", means: "" };
}

/** Return how urgent a condition is: the worst is 0. */
export function rankCondition(condition: string | null): number {
  return RANKS[condition ?? ""] ?? 4;
}

/** What happened to an episode. */
export function tellEvent(event: string): string {
  return EVENTS[event] ?? event;
}
