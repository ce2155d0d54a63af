/** Members: what each model of an ensemble had to do with the ensemble's answer. */

import type { OutputRow } from "./bundle.js";
import { REGIME_MEMBER_WEIGHT } from "./cut-graph.js";
import type { Answer } from "./ladder.js";
import type { Manifest } from "./manifest.js";
import type { MemberPart } from "./prediction.js";

/** Where an ensemble cuts a member's standardised forecast off. */
const SCORE_BOUND = 3;

/**
 * Return each member's part in a model's answer, the largest first.
 *
 * Contributions add up to the ensemble's score; expected returns, with the drift that is owed to
 * nobody, to the answer's. Empty for a bundle that is no ensemble of ours.
 *
 * @param row What the model's graph said.
 */
export function tellMembers(answer: Answer, row: OutputRow, manifest: Manifest): MemberPart[] {
  const { families, state, horizonBars } = manifest;
  const drift = state.drift ?? [];
  const said = standardise(row.member_forecasts ?? [], manifest);
  const weights = row[REGIME_MEMBER_WEIGHT] ?? state.member_weight ?? [];
  if (said === null || weights.length !== said.length || drift.length !== 2) return [];
  const edge = answer.standing?.edge_factor ?? 1;
  // A return for each point of the score, as the graph and the standing make it.
  const worth = edge * row.volatility![0]! * Math.sqrt(horizonBars) * drift[1]!;
  const parts = said.map((standardised, place) => {
    const [name, weight] = [families[place]!, weights[place]!];
    const contribution = weight * standardised;
    return { name, weight, standardised, contribution, expected_return: worth * contribution };
  });
  if (!parts.every((one) => Number.isFinite(one.contribution + one.expected_return))) return [];
  return parts.sort((one, other) => Math.abs(other.contribution) - Math.abs(one.contribution));
}

/** Return members' forecasts in units of their own past ones; null where they are none of ours. */
function standardise(forecasts: readonly number[], { families, state }: Manifest): number[] | null {
  const [means, scales] = [state.member_mean ?? [], state.member_scale ?? []];
  const isOurs = [forecasts, means, scales].every((one) => one.length === families.length);
  if (!isOurs || scales.includes(0)) return null;
  return forecasts.map((forecast, place) => {
    const inUnits = (forecast - means[place]!) / scales[place]!;
    return Math.min(Math.max(inUnits, -SCORE_BOUND), SCORE_BOUND);
  });
}
