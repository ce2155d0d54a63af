/** The worker: bundles are fetched, checked and run here, so that the page stays awake. */

import { DirectBundles } from "./bundle-source.js";
import type { LoadedBundle } from "./bundle.js";
import type { Answered, Asked, Kept } from "./messages.js";
import { failed, found, tell } from "./result.js";
import { wasmEngine } from "./wasm-engine.js";

const page = globalThis as unknown as DedicatedWorkerGlobalScope;
const kept: LoadedBundle[] = [];
let bundles: DirectBundles | null = null;

page.onmessage = (event: MessageEvent<Asked>) => {
  void answer(event.data).then((told) => {
    page.postMessage(told);
  });
};

async function answer(asked: Asked): Promise<Answered> {
  const { id } = asked;
  try {
    if (asked.kind === "load") return { kind: "load", id, result: await load(asked) };
    const bundle = kept[asked.handle];
    if (bundle === undefined) throw new RangeError("no such bundle");
    if (asked.kind === "run") return { kind: "run", id, result: await bundle.run(asked.window) };
    return { kind: "explain", id, result: found(await bundle.explain(asked.window)) };
  } catch (error) {
    const reason = asked.kind === "load" ? "load_failed" : "inference_failed";
    return { kind: asked.kind, id, result: failed({ reason, detail: tell(error) }) };
  }
}

async function load(asked: Asked & { kind: "load" }): Promise<Answered["result"] & LoadResult> {
  const wasmUrl = asked.wasmUrl ?? new URL(/* @vite-ignore */ "./ort-wasm-simd-threaded.wasm", import.meta.url).href;
  bundles ??= new DirectBundles(wasmEngine(wasmUrl), (address, options) => fetch(address, options));
  const loaded = await bundles.load(asked.address, asked.trust);
  if (!loaded.ok) return loaded;
  const known = kept.indexOf(loaded.value);
  const handle = known < 0 ? kept.push(loaded.value) - 1 : known;
  return found<Kept>({ handle, facts: loaded.value.facts });
}

type LoadResult = Extract<Answered, { kind: "load" }>["result"];
