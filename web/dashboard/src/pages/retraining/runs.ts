/** Retrainings in words: what each step means, and that most end without a change. */

import { factsOf } from "../../api/reading";
import type { RunAnswer, RunStepAnswer, ScheduleAnswer } from "../../api/schema";
import type { Lane, Span } from "../../charts";
import { age, day } from "../../format";
import type { Tone } from "../../shell/parts";

/** What a step is called, and what it means for who serves. */
export interface StepWords {
  readonly name: string;
  readonly tone: Tone;
  readonly means: string;
}

const STEPS: Readonly<Record<string, StepWords>> = {
  due: { name: "Due", tone: "neutral", means: "A challenger is made." },
  trained: { name: "Trained", tone: "neutral", means: "The gate has judged it." },
  compared: { name: "Compared", tone: "neutral", means: "It was held against the champion on bars neither had seen." },
  shadowed: { name: "In the shadow", tone: "neutral", means: "It forecasts beside the champion and answers nobody." },
  decided: { name: "Decided", tone: "good", means: "It may serve." },
  promoted: { name: "Serves, on probation", tone: "good", means: "It answers, and is taken back if it turns out bad." },
  confirmed: { name: "Stays", tone: "good", means: "Its probation is over." },
  refused: { name: "Refused", tone: "neutral", means: "A normal end: most challengers are no better, and the champion stays." },
  superseded: { name: "Superseded", tone: "neutral", means: "A newer challenger took its place." },
  overtaken: { name: "Overtaken", tone: "neutral", means: "Somebody else was made champion in the meantime." },
  failed: { name: "Failed", tone: "bad", means: "Nothing was made; the champion stays." },
  condemned: { name: "Condemned", tone: "warn", means: "It is about to be taken back." },
  "rolled back": { name: "Rolled back", tone: "warn", means: "The one before it answers again." },
};

const TRIGGERS: Readonly<Record<string, string>> = {
  check: "Next look",
  first: "First training",
  drift: "Drift",
  inputs: "Changed inputs",
  age: "Age",
  quarter: "Quarterly",
  asked: "Asked for",
  none: "Nothing",
};

/** Tell a step; one that this page does not know is told by its name. */
export function tellStep(step: string): StepWords {
  return STEPS[step] ?? { name: step, tone: "neutral", means: "" };
}

/** Why something is due. */
export function tellTrigger(trigger: string | null): string {
  return trigger === null ? "Unknown" : (TRIGGERS[trigger] ?? trigger);
}

/** Name the market of a run or of a schedule. */
export function nameMarket(market: { readonly universe: string; readonly interval: string; readonly horizon_bars: number }): string {
  return `${market.universe}, ${market.interval}, ${market.horizon_bars} ${market.horizon_bars === 1 ? "bar" : "bars"} ahead`;
}

/** Whether its challenger is a later fit of the champion's own pipeline. */
export function isRenewal(run: RunAnswer): boolean {
  return run.steps.some((step) => factsOf(step.facts).renews === true);
}

/** What a scale of training is called. */
export function tellScale(scale: string | null): string {
  switch (scale) {
    case "full":
      return "everything the budget allows";
    case "challenger":
      return "the champion's own plan on newer bars";
    default:
      return "";
  }
}

/** When the next challenger is due, in a sentence's beginning. */
export function tellNext(schedule: ScheduleAnswer, now: Date = new Date()): string {
  if (schedule.is_due) {
    return schedule.waits_for === null ? "Due now" : "Due, and waiting";
  }
  return `${day(schedule.next_at)}, ${age(schedule.next_at, now)}`;
}

/** The facts of a step that say more than its words; identities and lists of digests are left out. */
export function evidenceOf(step: RunStepAnswer): Readonly<Record<string, unknown>> {
  const hidden = new Set(["snapshots", "symbols", "trigger", "scale", "champion", "challenger", "models", "renews", "lineage", "doubt"]);
  const facts = Object.entries(factsOf(step.facts)).filter(([name]) => !hidden.has(name));
  return Object.fromEntries(facts);
}

/** One lane a market, one span a retraining. */
export function lanesOfRuns(runs: readonly RunAnswer[]): Lane[] {
  const lanes = new Map<string, Span[]>();
  for (const run of runs) {
    const { name, tone } = tellStep(run.step);
    const kind = isRenewal(run) ? "renewal, " : "";
    // What ended at once lasted no time; it is an instant, and wide enough to be seen.
    const span: Span = { from: run.begun_at, to: run.is_open ? null : (run.ended_at ?? run.begun_at), tone, words: `${name} (${kind}${tellTrigger(run.trigger).toLowerCase()}): ${run.words}` };
    const market = nameMarket(run);
    lanes.set(market, [span, ...(lanes.get(market) ?? [])]);
  }
  return [...lanes].map(([name, spans]) => ({ name, spans }));
}
