/** Why: which features and members moved a model's answer, as a caller is told it. */

import type { Answer } from "./ladder.js";
import type { LoadedBundle, OutputRow } from "./bundle.js";
import { tellMembers } from "./members.js";
import type { Occlusion } from "./occlusion.js";
import type { Contribution, Explanation, MemberPart } from "./prediction.js";

/** What an answer says of its features and members, where it was asked why. */
export interface Why {
  readonly contributions: readonly Contribution[];
  readonly explanation: Explanation;
  readonly members: readonly MemberPart[];
}

const NO_MODEL = "no model answered, and only a model's answer is made of features";

/** Return what is said where an answer is not explained, with the reason in words. */
export function explainNothing(trouble = NO_MODEL): Why {
  return { contributions: [], explanation: { baseline: null, value: null, trouble }, members: [] };
}

/**
 * Return which features and members moved a model's answer, and by how much: the largest first by size.
 *
 * @param row What the model's graph said.
 */
export async function explainAnswer(
  answer: Answer | null,
  bundle: LoadedBundle,
  row: OutputRow,
  window: Float64Array,
): Promise<Why> {
  if (answer?.source.kind !== "model") return explainNothing();
  const { manifest } = bundle.facts;
  const members = tellMembers(answer, row, manifest);
  const occlusion = await bundle.explain(window);
  if (!("amounts" in occlusion)) return { ...explainNothing(occlusion.trouble), members };
  const { baseline, value } = occlusion;
  return {
    contributions: order(manifest.featureNames, occlusion),
    explanation: { baseline, value, trouble: "" },
    members,
  };
}

function order(names: readonly string[], occlusion: Extract<Occlusion, { trouble: "" }>): Contribution[] {
  return names
    .map((feature, place) => ({ feature, amount: occlusion.amounts[place]! }))
    .sort((one, other) => Math.abs(other.amount) - Math.abs(one.amount));
}
