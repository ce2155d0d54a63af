/** The trial ledger in words: who tried what, and what that makes of the next verdict. */

import type { LedgerAnswer, LedgerCheckAnswer, TrialAnswer, TrialFamilyAnswer } from "../../api/schema";
import { count, fixed } from "../../format";
import type { Tone } from "../../shell/parts";
import { writeLevel } from "./plan";

/** What an entry may be about, as the service names it and as people do. */
export const KINDS: Readonly<Record<string, string>> = {
  fit: "fit",
  tuning: "tuning trial",
  seed: "change of the seed",
  feature_edit: "feature set",
  look: "look at a result",
};

/** The kind of an entry for people. */
export function nameKind(kind: string): string {
  return KINDS[kind] ?? kind.replaceAll("_", " ");
}

/** Whether the chain of digests holds. */
export function tellChain(answer: LedgerAnswer): { tone: Tone; badge: string; words: string } {
  if (!answer.chain.is_sound) {
    return { tone: "bad", badge: "broken", words: `The chain is broken: ${answer.chain.fault ?? "an entry is not what was written"}.` };
  }
  const entries = answer.n_entries === 1 ? "1 entry is" : `All ${count(answer.n_entries)} entries are`;
  return { tone: "good", badge: "chain verified", words: `${entries} what was written, by the chain of digests.` };
}

/** What a market is called: by its models, or else by its bars. */
export function nameFamily(family: TrialFamilyAnswer): string {
  return family.markets.join("; ") || `bars ${(family.snapshots[0] ?? "").slice(0, 12)}`;
}

/** What was done on a market's bars. */
export function tellFamily(family: TrialFamilyAnswer): string {
  const { fit = 0, tuning = 0, seed = 0 } = family.n_by_kind;
  return (
    `${many(family.n_pipelines, "pipeline")} looked at, ${many(family.n_looks, "look")} on ${many(family.snapshots.length, "snapshot")}; ` +
    `${many(fit, "fit")}, ${many(tuning, "tuning trial")}, ${many(seed, "change")} of the seed alone, ${many(family.n_feature_sets, "feature set")}.`
  );
}

/** What the next pipeline on a market will be judged at. */
export function tellNext(family: TrialFamilyAnswer, level: number): string {
  const alpha = writeLevel(family.alpha_for_a_new_pipeline);
  const t = fixed(family.critical_t_for_a_new_pipeline, 2);
  return `A new pipeline would be judged at ${alpha}, t above ${t} (${writeLevel(level)} over ${many(family.n_pipelines + 1, "pipeline")}).`;
}

/** What a check of everything came to. */
export function tellCheck(check: LedgerCheckAnswer): { tone: Tone; title: string; words: string[] } {
  const looked = `${many(check.n_models, "model")}, ${many(check.n_evidence, "evidence", "evidence")} and ${many(check.n_fits, "fit")}`;
  const words = [];
  if (check.n_foreign > 0) {
    words.push(`${many(check.n_foreign, "model")} made elsewhere: what was tried there stands in another ledger.`);
  }
  if (check.n_fits_unknown > 0) {
    words.push(`${many(check.n_fits_unknown, "kept fit")} may belong to entries of an older version, which name none.`);
  }
  return check.is_sound
    ? { tone: "good", title: `Sound: looked for ${looked}, and all are there.`, words }
    : { tone: "bad", title: `Not sound: looked for ${looked}.`, words };
}

/** Whether a text is a head as it is noted down: a number, a colon, a digest. */
export function isHead(text: string): boolean {
  return /^\d{1,18}:[0-9a-f]{64}$/.test(text);
}

/** The digests of an entry that it has. */
export function digestsOf(trial: TrialAnswer): [name: string, digest: string][] {
  const all: [string, string][] = [["snapshot", trial.snapshot], ["features", trial.features], ["recipe", trial.recipe], ["fit", trial.fit]];
  return all.filter(([, digest]) => digest !== "");
}

function many(number: number, one: string, plural = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : plural}`;
}
