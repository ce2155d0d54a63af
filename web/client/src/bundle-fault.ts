/** What can be wrong with a bundle, as a value: the reason the ladder knows, and what was found. */

import type { FallbackReason } from "./reasons.js";
import { failed } from "./result.js";

/** Why a bundle cannot be used. The ladder's next rung answers. */
export interface BundleFault {
  readonly reason: FallbackReason;
  /** What exactly was found, for whoever mends it. */
  readonly detail: string;
}

/** Thrown within the readers of a bundle, and never beyond them: `asFault` turns it into a value. */
export class BundleUnusable extends Error {
  constructor(
    readonly reason: FallbackReason,
    detail: string,
  ) {
    super(detail);
  }
}

/** Return the error for a part that is missing, added, cut or changed. */
export function corrupt(name: string, part: string, was: string): BundleUnusable {
  const hint = "restore the file from a copy or train the model again";
  const expected = `${part} as it was written in bundle ${name}`;
  return new BundleUnusable("bundle_corrupt", `expected ${expected}, was ${was}; ${hint}`);
}

/** Return what a reader threw as a fault; what none of them throws on purpose goes through. */
export function asFault(thrown: unknown): { readonly ok: false; readonly trouble: BundleFault } {
  if (!(thrown instanceof BundleUnusable)) throw thrown;
  return failed({ reason: thrown.reason, detail: thrown.message.slice(0, 300) });
}
