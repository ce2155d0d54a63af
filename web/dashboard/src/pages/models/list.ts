/** Every model, a page after the other, and what of them is listed. */

import type { ModelAnswer, ModelsAnswer } from "../../api/schema";
import { getJson } from "../../api/service";
import type { Tone } from "../../shell/parts";
import { marketKeyOf } from "./acts";

const A_PAGE = 500;
const MOST_PAGES = 20;

/** Models as far as they were read. */
export interface ModelList {
  readonly models: readonly ModelAnswer[];
  /** Whether there are more than a page can show at once. */
  readonly isCut: boolean;
}

/** Ask for every model. */
export async function loadModels(signal: AbortSignal): Promise<ModelList> {
  const models: ModelAnswer[] = [];
  let after: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = after === undefined ? { limit: A_PAGE } : { limit: A_PAGE, after };
    const answer = await getJson<ModelsAnswer>("/v1/models", { query, signal });
    models.push(...answer.models);
    if (answer.next_after === null) {
      return { models, isCut: false };
    }
    after = answer.next_after;
  }
  return { models, isCut: true };
}

/** What is wanted of the list; an empty text is everything. */
export interface Wanted {
  readonly market: string;
  readonly stage: string;
  readonly text: string;
}

/** Return the models that are wanted, the latest first. */
export function choose(models: readonly ModelAnswer[], wanted: Wanted): ModelAnswer[] {
  const text = wanted.text.trim().toLowerCase();
  return [...models]
    .filter(
      (model) =>
        (wanted.market === "" || marketKeyOf(model) === wanted.market) &&
        (wanted.stage === "" || model.stage === wanted.stage) &&
        (text === "" || model.model_id.includes(text) || model.symbols.some((symbol) => symbol.toLowerCase().includes(text))),
    )
    .reverse();
}

/** Order of stages by what they mean for answers. */
export const STAGES = ["champion", "previous", "candidate", "refused", "retired"] as const;

/** The tone of a stage. */
export function toneOfStage(stage: string): Tone {
  return stage === "champion" ? "good" : stage === "refused" ? "bad" : "neutral";
}

/** Choose two models at the most: a third takes the place of the first. */
export function toggle(chosen: readonly string[], modelId: string): string[] {
  return chosen.includes(modelId) ? chosen.filter((one) => one !== modelId) : [...chosen, modelId].slice(-2);
}
