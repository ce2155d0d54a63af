/** Stand-ins for the outside: a server of files in memory, a shelf, and a predictor on both. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { DirectBundles } from "../src/bundle-source.js";
import type { Fetch } from "../src/fetching.js";
import { LADDER_OPTIONS } from "../src/ladder.js";
import { Predictor } from "../src/predictor.js";
import { found } from "../src/result.js";
import type { Serving } from "../src/shelf.js";
import { wasmEngine } from "../src/wasm-engine.js";
import type { PredictorPorts } from "../src/way.js";
import { readData } from "./files.js";

const WASM = createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm");

/** The engine that pages use, its WebAssembly file handed to it: here is no server. */
export const ENGINE = wasmEngine(() => Promise.resolve(new Uint8Array(readFileSync(WASM))));

/** A server of files in memory that remembers how it was asked. */
export class Files {
  readonly asked: [string, RequestCache | undefined][] = [];
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>([
    ["/model", readData("model.bundle")],
    ["/rules", readData("rules.bundle")],
    ["/regimes", readData("regimes.bundle")],
  ]);

  readonly fetch: Fetch = (address, options) => {
    this.asked.push([address, options.cache]);
    const content = this.files.get(address);
    return Promise.resolve(
      content === undefined ? new Response("gone", { status: 404 }) : new Response(content),
    );
  };
}

/** The champion at `/model`, and the contract's ladder. */
export const SERVING: Serving = {
  champion: { address: { url: "/model", digest: null }, trainedAt: null, standing: null },
  previous: null,
  modelsEnabled: true,
  ladder: LADDER_OPTIONS,
};

/** Return a predictor on files in memory. */
export function predictorOn(
  files: Files,
  serving: Serving = SERVING,
  ports: Partial<PredictorPorts> = {},
): Predictor {
  return new Predictor({
    shelf: { find: () => Promise.resolve(found(serving)) },
    bundles: new DirectBundles(ENGINE, files.fetch),
    rules: { url: "/rules", digest: null },
    service: null,
    trust: null,
    now: () => Date.now() * 1000,
    ...ports,
  });
}
