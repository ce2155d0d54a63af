/** Golden answers: what a bundle said when it was written, so that this browser is held to it. */

import type { Parts } from "./archive.js";
import { BundleUnusable, corrupt } from "./bundle-fault.js";
import { shortText } from "./numerals.js";
import { asNumbers, unpackArray } from "./tensors.js";
import type { Tensor, Tensors } from "./tensors.js";

/** Most that an answer may differ, relative for numbers above one. */
export const TOLERANCE = 1e-6;

const SCORE = "score";

/** Inputs a bundle was shown when it was written, and its answers. */
export interface Golden {
  readonly inputs: Tensors;
  readonly outputs: Tensors;
}

/**
 * Return the golden inputs and answers among the parts of a bundle.
 *
 * @throws {BundleUnusable} If there are none, or they are no arrays.
 */
export function readGolden(parts: Parts, name: string): Golden {
  return {
    inputs: readFolder(parts, "golden/in/", name),
    outputs: readFolder(parts, "golden/out/", name),
  };
}

/**
 * Refuse a bundle that answers otherwise than when it was written.
 *
 * @throws {BundleUnusable} If an output is missing, has another shape or other missing values, or
 * differs by more than 1e-6; the score, which counts in spreads of members' forecasts, by more than
 * 1e-6 of a forecast makes of it.
 */
export function checkGolden(golden: Golden, answers: Tensors, name: string): void {
  for (const output of Object.keys(golden.outputs).sort()) {
    const difference = differenceOf(golden.outputs[output]!, answers[output]);
    const tolerance = TOLERANCE * (output === SCORE ? scoreUnit(golden.inputs) : 1);
    if (!(difference <= tolerance)) {
      const within = shortText(tolerance);
      const expected = `the stored answers of '${output}' within ${within} in bundle ${name}`;
      const was = `a difference of ${shortText(difference)}`;
      const hint = "this browser computes something else than the machine that trained";
      throw new BundleUnusable("golden_mismatch", `expected ${expected}, was ${was}; ${hint}`);
    }
  }
}

function readFolder(parts: Parts, folder: string, name: string): Tensors {
  const titles = [...parts.keys()].filter((title) => title.startsWith(folder));
  if (!titles.length) throw corrupt(name, folder, "empty");
  const entries = titles.map((title) => {
    const tensor = unpackArray(parts.get(title)!, title, name);
    return [title.slice(folder.length).replace(/\.npy$/, ""), tensor] as const;
  });
  return Object.fromEntries(entries);
}

/** Return the most by which the score moves where each member's forecast moves by one. */
function scoreUnit(inputs: Tensors): number {
  const scales = inputs.member_scale === undefined ? [] : [...asNumbers(inputs.member_scale)];
  return Math.max(1, ...scales.filter((scale) => scale > 0).map((scale) => 1 / scale));
}

function differenceOf(stored: Tensor, answer: Tensor | undefined): number {
  if (answer === undefined || answer.shape.join() !== stored.shape.join()) return Infinity;
  const [before, now] = [asNumbers(stored), asNumbers(answer)];
  let most = 0;
  for (let i = 0; i < before.length; i++) {
    const [was, is] = [before[i]!, now[i]!];
    if (was === is || (Number.isNaN(was) && Number.isNaN(is))) continue;
    const gap = Math.abs(was - is) / Math.max(1, Math.abs(was));
    if (!Number.isFinite(gap)) return Infinity;
    most = Math.max(most, gap);
  }
  return most;
}
