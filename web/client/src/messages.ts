/** Messages between the page and its worker. */

import type { BundleFault } from "./bundle-fault.js";
import type { BundleFacts, OutputRow } from "./bundle.js";
import type { BundleAddress } from "./fetching.js";
import type { Occlusion } from "./occlusion.js";
import type { Result } from "./result.js";
import type { Trust } from "./signature.js";

/** What the page asks. */
export type Asked =
  | {
      readonly kind: "load";
      readonly id: number;
      readonly address: BundleAddress;
      readonly trust: Trust | null;
      readonly wasmUrl: string | null;
    }
  | {
      readonly kind: "run" | "explain";
      readonly id: number;
      readonly handle: number;
      readonly window: Float64Array;
    };

/** A bundle that the worker keeps under a number. */
export interface Kept {
  readonly handle: number;
  readonly facts: BundleFacts;
}

/** What the worker answers, to the question of the same id. */
export type Answered =
  | { readonly kind: "load"; readonly id: number; readonly result: Result<Kept, BundleFault> }
  | { readonly kind: "run"; readonly id: number; readonly result: Result<OutputRow, BundleFault> }
  | { readonly kind: "explain"; readonly id: number; readonly result: Result<Occlusion, BundleFault> };
