/** Composition: a predictor with a worker of its own, and nothing that is not asked for. */

import type { Fetch } from "./fetching.js";
import type { LadderOptions } from "./ladder.js";
import { LADDER_OPTIONS } from "./ladder.js";
import { Predictor } from "./predictor.js";
import { Service } from "./service.js";
import type { ServiceOptions } from "./service.js";
import { FixedShelf, addressOf } from "./shelf.js";
import type { ChosenBundle, Shelf } from "./shelf.js";
import type { Trust } from "./signature.js";
import { WorkerBundles } from "./worker-bundles.js";

/** What a predictor is made of; everything may be left out but one of `service` and `rules`. */
export interface PredictorOptions {
  /** The service: says who answers, lends their bundles, and answers where the page cannot. */
  readonly service?: ServiceOptions;
  /** A model's bundle chosen by hand, in place of the one that the service names. */
  readonly champion?: ChosenBundle;
  /** The model's bundle that answers where the champion steps aside. */
  readonly previous?: ChosenBundle;
  /** The rules' bundle; the service's own by default. */
  readonly rules?: ChosenBundle;
  /** Whose signatures count on models' bundles; by default none is looked at. */
  readonly trust?: Trust;
  /** When a model's answer is good enough; with a service that is its own say. */
  readonly ladder?: Partial<LadderOptions>;
  /** Where the worker's script is; beside this module by default. */
  readonly workerUrl?: string | URL;
  /** Where the engine's WebAssembly file is; beside the worker's script by default. */
  readonly wasmUrl?: string;
  /** Longest time to fetch and check a bundle, the engine's start included; 20,000 by default. */
  readonly loadMilliseconds?: number;
  /** Longest time to run a bundle; 2,000 by default. */
  readonly runMilliseconds?: number;
  /** The time, in microseconds since 1970; the machine's by default. */
  readonly now?: () => number;
  /** Sends requests to the service; the browser's own by default. */
  readonly fetch?: Fetch;
}

/** Return a predictor. Nothing is fetched, and no worker started, before it is first asked. */
export function openPredictor(options: PredictorOptions): Predictor {
  const service = options.service ? new Service(options.service, options.fetch) : null;
  const bundles = new WorkerBundles({
    start: () => startWorker(options.workerUrl),
    wasmUrl: options.wasmUrl ?? null,
    loadMilliseconds: options.loadMilliseconds ?? 20_000,
    runMilliseconds: options.runMilliseconds ?? 2_000,
  });
  const ports = {
    shelf: chooseShelf(options, service),
    bundles,
    rules: options.rules ? addressOf(options.rules) : (service?.rules ?? null),
    service,
    trust: options.trust ?? null,
    now: options.now ?? (() => Date.now() * 1000),
  };
  return new Predictor(ports, () => {
    bundles.close();
  });
}

function chooseShelf(options: PredictorOptions, service: Service | null): Shelf {
  const { champion = null, previous = null } = options;
  if (service !== null && champion === null) return service;
  return new FixedShelf(champion, previous, { ...LADDER_OPTIONS, ...options.ladder });
}

function startWorker(url: string | URL | undefined): Worker {
  if (url !== undefined) return new Worker(url, { type: "module" });
  return new Worker(new URL(/* @vite-ignore */ "./worker.js", import.meta.url), { type: "module" });
}
