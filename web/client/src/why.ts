/** Why: which features moved a model's answer, as a caller is told it. */

import type { Answer } from "./ladder.js";
import type { LoadedBundle } from "./bundle.js";
import type { Occlusion } from "./occlusion.js";
import type { Contribution, Explanation } from "./prediction.js";

/** What an answer says of its features, where it was asked why. */
export interface Why {
  readonly contributions: readonly Contribution[];
  readonly explanation: Explanation;
}

const NO_MODEL = "no model answered, and only a model's answer is made of features";

/** Return what is said where an answer is not explained, with the reason in words. */
export function explainNothing(trouble = NO_MODEL): Why {
  return { contributions: [], explanation: { baseline: null, value: null, trouble } };
}

/** Return which features moved a model's answer, and by how much: the largest first by size. */
export async function explainAnswer(
  answer: Answer | null,
  bundle: LoadedBundle | null,
  window: Float64Array,
): Promise<Why> {
  if (answer?.source.kind !== "model" || bundle === null) return explainNothing();
  const occlusion = await bundle.explain(window);
  if (!("amounts" in occlusion)) return explainNothing(occlusion.trouble);
  const { baseline, value } = occlusion;
  return {
    contributions: order(bundle.facts.manifest.featureNames, occlusion),
    explanation: { baseline, value, trouble: "" },
  };
}

function order(names: readonly string[], occlusion: Extract<Occlusion, { trouble: "" }>): Contribution[] {
  return names
    .map((feature, place) => ({ feature, amount: occlusion.amounts[place]! }))
    .sort((one, other) => Math.abs(other.amount) - Math.abs(one.amount));
}
