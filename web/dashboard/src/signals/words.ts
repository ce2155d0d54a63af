/** Answers in words, in the service's own where it has them. */

import type { FallbackReason, PredictionAnswer } from "../api/schema";
import { daysLong } from "../format";
import type { Tone } from "../shell/badge";
import { FALLBACK_REASONS, wordsOf } from "../../../client/src/reasons";

type Answer = Pick<PredictionAnswer, "source" | "rung" | "fallback_reason"> & { readonly reasons: readonly string[] };

/** Who answered, in one or two words. */
export function sourceName(answer: Answer): string {
  switch (answer.source.kind) {
    case "model":
      return answer.rung === "previous champion" ? "Previous model" : "Model";
    case "rules":
      return "Rules";
    default:
      return "Nobody";
  }
}

/** Why it was they who answered: the service's own sentence, or that of the reason's code. */
export function sourceReason(answer: Answer): string {
  const [first] = answer.reasons;
  if (first !== undefined) {
    return first;
  }
  return answer.fallback_reason === null ? "" : `${capital(reasonWords(answer.fallback_reason))}.`;
}

/** A reason's code in words; a code that this page does not know yet is shown as it is. */
export function reasonWords(reason: FallbackReason): string {
  return FALLBACK_REASONS.includes(reason) ? wordsOf(reason) : reason.replaceAll("_", " ");
}

/** How old whoever answered is; the rules have no age. */
export function sourceAge(answer: Answer): string | undefined {
  const { age_days: days } = answer.source;
  return days === null ? undefined : `trained ${daysLong(days)} ago`;
}

/** The tone of a source: a model has proven itself, the rules stand in, nobody is a warning. */
export function sourceTone(answer: Answer): Tone {
  return answer.source.kind === "model" ? "good" : answer.source.kind === "rules" ? "neutral" : "warn";
}

/** How far a level is from the price, as a share. */
export function distance(level: number | null, from: number | null): number | null {
  return level === null || from === null || from === 0 ? null : level / from - 1;
}

/** The same words with a capital letter in front. */
export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
