/** What a job is called, and how it ended. */

import type { JobAnswer } from "../api/schema";
import { factsOf, listOf, textOf } from "../api/reading";
import type { Tone } from "../shell/parts";

const KINDS: Readonly<Record<string, string>> = {
  retrain: "Retraining",
  monitor: "Check of the models",
  train: "Training",
  "verify-journal": "Check of the journal",
};
const STATES: Readonly<Record<JobAnswer["state"], { readonly words: string; readonly tone: Tone }>> = {
  queued: { words: "Waits for its turn", tone: "neutral" },
  running: { words: "Under way", tone: "neutral" },
  done: { words: "Done", tone: "good" },
  failed: { words: "Failed", tone: "bad" },
  cancelled: { words: "Stopped", tone: "warn" },
};

/** Name a job: what is done, and to which models. */
export function nameJob(job: JobAnswer): string {
  const kind = KINDS[job.kind] ?? job.kind;
  const universe = textOf(factsOf(job.asked).universe);
  return job.kind === "retrain" ? `${kind} of ${universe || "every universe"}` : kind;
}

/** How a job stands, in words and tone. */
export function tellState(job: JobAnswer): { readonly words: string; readonly tone: Tone } {
  return STATES[job.state];
}

/** What came out of a job that has ended well, a sentence a line. */
export function tellResult(job: JobAnswer): readonly string[] {
  if (job.state !== "done") {
    return [];
  }
  const result = factsOf(job.result);
  switch (job.kind) {
    case "retrain":
      return tellRetraining(result);
    case "monitor":
      return [tellCheck(result)];
    default:
      return ["It has ended as it should."];
  }
}

function tellRetraining(result: Readonly<Record<string, unknown>>): readonly string[] {
  const last = new Map<string, string>();
  for (const step of listOf(result.steps).map(factsOf)) {
    last.set(textOf(step.universe), textOf(step.words));
  }
  const troubles = listOf(result.troubles).map((trouble) => textOf(factsOf(trouble).words));
  const told = [...[...last].map(([universe, words]) => `${universe}: ${words}`), ...troubles.filter((words) => words !== "")];
  return told.length === 0 ? ["Nothing was due, and nothing was done."] : told;
}

function tellCheck(result: Readonly<Record<string, unknown>>): string {
  const conditions = listOf(result.models).map((model) => textOf(factsOf(factsOf(model).standing).condition));
  const counted = ["red", "amber", "recovering", "ok"].flatMap((condition) => {
    const n = conditions.filter((one) => one === condition).length;
    return n === 0 ? [] : [`${n} ${condition}`];
  });
  const n = conditions.length;
  return n === 0 ? "There was no model to check." : `Checked ${n} ${n === 1 ? "model" : "models"}: ${counted.join(", ")}.`;
}
