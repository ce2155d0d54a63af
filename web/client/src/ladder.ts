/** The ladder: champion, previous champion, rules, HOLD. The first that may answer does. */

import { fixedText, shortText } from "./numerals.js";
import type { Direction, PastHits, PredictionInterval, Rung, Source, Standing, Step } from "./prediction.js";
import type { FallbackReason } from "./reasons.js";
import { isAboutData } from "./reasons.js";

/** When a model's answer is good enough. */
export interface LadderOptions {
  /** Models below it step aside; the weakest 22 % of a model's forecasts are. */
  readonly leastConfidence: number;
  /** What follows on a confidence below it. */
  readonly whenUnsure: "step_down" | "hold";
  /** Models trained on bars older than this step aside. */
  readonly mostAgeDays: number;
}

/** The contract's own. */
export const LADDER_OPTIONS: LadderOptions = {
  leastConfidence: 60,
  whenUnsure: "step_down",
  mostAgeDays: 180,
};

/** What a rung has to say, finite and within range. */
export interface Answer {
  readonly direction: Direction;
  readonly probabilityUp: number;
  readonly expectedReturn: number;
  readonly interval: PredictionInterval;
  readonly confidence: number;
  readonly pastHits: PastHits | null;
  readonly standing: Standing | null;
  /** Where to take profit and loss, as signed fractions of the price; zero for HOLD. */
  readonly targetFrac: number;
  readonly stopFrac: number;
  readonly reasons: readonly string[];
  readonly source: Source;
}

/** Why a rung has nothing to say. */
export interface Fault {
  readonly reason: FallbackReason;
  readonly detail: string;
}

/** What a rung yields. */
export type Outcome = { readonly answer: Answer } | { readonly fault: Fault };

/** Where the climb ended; without an answer on the last rung, HOLD. */
export interface Landing {
  readonly rung: Rung;
  readonly answer: Answer | null;
  readonly steps: readonly Step[];
}

/** Return why a landing is not the champion's answer; for HOLD, what led to it in the end. */
export function fallbackReason(landing: Landing): FallbackReason | null {
  const step = landing.answer === null ? landing.steps.at(-1) : landing.steps[0];
  return step?.reason ?? null;
}

/** One question's way down the ladder. */
export class Climb {
  private readonly steps: Step[] = [];
  private landing: Landing | null = null;

  constructor(private readonly options: LadderOptions) {}

  /** Whether no further rung is to be asked. */
  get isOver(): boolean {
    return this.landing !== null;
  }

  /** Take what a rung has to say, and land on it if that is an answer that may be given. */
  offer(rung: Rung, outcome: Outcome): void {
    const fault = "fault" in outcome ? outcome.fault : findWeakness(outcome.answer, this.options);
    if (fault === null) {
      const answer = "answer" in outcome ? outcome.answer : null;
      this.landing = { rung, answer, steps: [...this.steps] };
      return;
    }
    this.steps.push({ rung, reason: fault.reason, detail: fault.detail });
    const isUnsure = fault.reason === "low_confidence";
    if (isAboutData(fault.reason) || (isUnsure && this.options.whenUnsure === "hold")) this.land();
  }

  /** Return where the climb ends: on HOLD, where no rung that was asked may answer. */
  land(): Landing {
    this.landing ??= { rung: "hold", answer: null, steps: [...this.steps] };
    return this.landing;
  }
}

/** Return why an answer that could be given should not be, or null; the rules are always there. */
export function findWeakness(answer: Answer, options: LadderOptions): Fault | null {
  if (answer.source.kind !== "model") return null;
  const age = answer.source.age_days;
  if (age === null || !(age <= options.mostAgeDays)) {
    const was = age === null ? "of unknown age" : `${fixedText(age, 0)} days old`;
    const most = `at most ${shortText(options.mostAgeDays)} days are allowed`;
    return { reason: "model_too_old", detail: `it is ${was}; ${most}` };
  }
  if (answer.confidence >= options.leastConfidence) return null;
  const drift = answer.standing;
  const isReduced = drift !== null && drift.confidence_factor < 1;
  const since = isReduced ? `, reduced because drift is ${drift.condition}` : "";
  const least = `at least ${shortText(options.leastConfidence)} is asked for`;
  const detail = `its confidence is ${fixedText(answer.confidence, 1)}${since}; ${least}`;
  return { reason: "low_confidence", detail };
}
