/** Bundle: one file that maps bars to a prediction, checked from end to end before it may answer. */

import { BundleUnusable, asFault } from "./bundle-fault.js";
import type { BundleFault } from "./bundle-fault.js";
import type { Engine, Session } from "./engine.js";
import { checkGolden, readGolden } from "./golden.js";
import type { Manifest } from "./manifest.js";
import { CutGraph, uncomputed } from "./occlusion.js";
import type { Occlusion } from "./occlusion.js";
import { found, tell } from "./result.js";
import type { Result } from "./result.js";
import { inspectBundle } from "./sealing.js";
import type { Trust } from "./signature.js";
import { asNumbers, floats } from "./tensors.js";
import type { Tensors } from "./tensors.js";

/** What a page knows of a bundle that passed every check. */
export interface BundleFacts {
  readonly manifest: Manifest;
  readonly digest: string;
  /** Id of the trusted key that signed it; null where none did, or none was asked for. */
  readonly signer: string | null;
}

/** What a graph said about one window: each output's numbers, in the graph's order. */
export type OutputRow = Readonly<Record<string, readonly number[]>>;

/** A bundle that is ready to answer. */
export interface LoadedBundle {
  readonly facts: BundleFacts;
  /**
   * Return what the graph says about one window.
   *
   * @param window Open, high, low, close, volume of `lookbackBars` bars, oldest first.
   */
  run(window: Float64Array): Promise<Result<OutputRow, BundleFault>>;
  /**
   * Return what each feature did to the chance of a rise, by the bundle's own graph.
   *
   * @param window As for `run`; bars that the graph answers with `ok`.
   */
  explain(window: Float64Array): Promise<Occlusion>;
}

/** Longest that an explanation is worked at: whoever is late says so, and gives nothing. */
const EXPLAIN_MILLISECONDS = 1_000;

const OUTPUTS = {
  model: [
    "probability_up", "expected_return", "quantiles", "confidence", "score", "member_forecasts",
    "features", "volatility", "ok",
  ],
  rules: [
    "direction", "probability_up", "confidence", "target_frac", "stop_frac", "regime",
    "regime_confirmed", "reason", "ok",
  ],
} as const;

/**
 * Check the bytes of a bundle's file from end to end and make it ready to answer.
 *
 * @param content The whole file.
 * @param name What to call the bundle in errors.
 * @param digest The digest that is expected; null where none is.
 * @param trust Whose signatures count; null where none is looked at.
 * @returns The bundle, or why it cannot be used: nothing is parsed before its digest holds, the
 * engine sees the graph last, and its golden answers are reproduced on this machine, as
 * `checkGolden` tells.
 */
export async function openBundle(
  content: Uint8Array,
  name: string,
  digest: string | null,
  trust: Trust | null,
  engine: Engine,
): Promise<Result<LoadedBundle, BundleFault>> {
  try {
    const sealed = await inspectBundle(content, name, digest, trust);
    const golden = readGolden(sealed.parts, name);
    const session = await guarded(name, "it cannot be loaded", () => engine.open(sealed.graph));
    checkInterface(session, sealed.manifest);
    const answers = await guarded(name, "its golden inputs fail", () => session.run(golden.inputs));
    checkGolden(golden, answers, name);
    const { manifest, signer } = sealed;
    const facts = { manifest, digest: sealed.digest, signer };
    return found(new ReadyBundle(facts, session, sealed.graph, engine));
  } catch (error) {
    return asFault(error);
  }
}

class ReadyBundle implements LoadedBundle {
  private readonly state: Tensors;
  private readonly cut: CutGraph;

  constructor(
    readonly facts: BundleFacts,
    private readonly session: Session,
    graph: Uint8Array,
    engine: Engine,
  ) {
    const entries = Object.entries(facts.manifest.state);
    this.state = Object.fromEntries(entries.map(([name, values]) => [name, floats(values)] as const));
    this.cut = new CutGraph(graph, engine, this.state);
  }

  async run(window: Float64Array): Promise<Result<OutputRow, BundleFault>> {
    try {
      const outputs = await this.runGraph(window);
      const rows = Object.entries(outputs).map(([name, one]) => [name, [...asNumbers(one)]] as const);
      return found(Object.fromEntries(rows));
    } catch (error) {
      return { ok: false, trouble: { reason: "inference_failed", detail: tell(error) } };
    }
  }

  async explain(window: Float64Array): Promise<Occlusion> {
    const begun = performance.now();
    try {
      const outputs = await this.runGraph(window);
      const isOver = (): boolean => performance.now() - begun > EXPLAIN_MILLISECONDS;
      return await this.cut.explain(outputs.features!, isOver, outputs);
    } catch (error) {
      return uncomputed(tell(error));
    }
  }

  private runGraph(window: Float64Array): Promise<Tensors> {
    return this.session.run({ bars: floats(window, 1, window.length / 5, 5), ...this.state });
  }
}

/** Refuse a graph with other inputs or outputs than its manifest and kind say. */
function checkInterface(session: Session, manifest: Manifest): void {
  const inputs = ["bars", ...Object.keys(manifest.state)].sort().join();
  const missing = OUTPUTS[manifest.kind].filter((name) => !session.outputNames.includes(name));
  if ([...session.inputNames].sort().join() !== inputs || missing.length) {
    throw new BundleUnusable("bundle_unsafe", "a graph with other inputs or outputs than its kind");
  }
}

async function guarded<Value>(name: string, what: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (error) {
    throw new BundleUnusable("load_failed", `bundle ${name}: ${what}: ${tell(error)}`);
  }
}
