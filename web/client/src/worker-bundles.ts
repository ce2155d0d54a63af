/** Bundles in a worker of their own: waited for within a time, replaced when it is late or gone. */

import type { BundleFault } from "./bundle-fault.js";
import type { BundleSource } from "./bundle-source.js";
import type { LoadedBundle } from "./bundle.js";
import type { BundleAddress } from "./fetching.js";
import type { Answered, Asked } from "./messages.js";
import { uncomputed } from "./occlusion.js";
import type { FallbackReason } from "./reasons.js";
import { failed, found, tell } from "./result.js";
import type { Result } from "./result.js";
import type { Trust } from "./signature.js";

/** A worker, as far as it is used; tests lend their own. */
export type WorkerLike = Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onerror">;

/** How a worker is started, and how long it is waited for. */
export interface WorkerOptions {
  /** Starts a worker. */
  readonly start: () => WorkerLike;
  /** Where the engine's WebAssembly file is; null for beside the worker's own script. */
  readonly wasmUrl: string | null;
  /** Longest time to fetch, check and open a bundle, the engine's start included; or to explain. */
  readonly loadMilliseconds: number;
  /** Longest time to run it once. */
  readonly runMilliseconds: number;
}

type Pending = (answer: Result<unknown, BundleFault>) => void;
// Without the id: that is given when the question is sent.
type Question = Asked extends infer One ? (One extends Asked ? Omit<One, "id"> : never) : never;

const GONE: BundleFault = {
  reason: "inference_process_down",
  detail: "the worker that held the bundle was replaced",
};

/** Bundles in a worker. What it does not answer in time is a fault, and the next worker's turn. */
export class WorkerBundles implements BundleSource {
  private worker: WorkerLike | null = null;
  private number = 0;
  private readonly pending = new Map<number, Pending>();
  private readonly loaded = new Map<string, Promise<Result<LoadedBundle, BundleFault>>>();

  constructor(private readonly options: WorkerOptions) {}

  load(address: BundleAddress, trust: Trust | null): Promise<Result<LoadedBundle, BundleFault>> {
    const key = JSON.stringify([address.url, address.digest, trust?.required, trust?.keys]);
    const known = this.loaded.get(key);
    if (known !== undefined) return known;
    const opening = this.open(address, trust);
    this.loaded.set(key, opening);
    // What failed is tried again by the next question.
    void opening.then((result) => {
      if (!result.ok && this.loaded.get(key) === opening) this.loaded.delete(key);
    });
    return opening;
  }

  /** End the worker, and whatever it is doing. */
  close(): void {
    this.drop("inference_process_down", "it was closed");
  }

  private async open(
    address: BundleAddress,
    trust: Trust | null,
  ): Promise<Result<LoadedBundle, BundleFault>> {
    const { wasmUrl, loadMilliseconds, runMilliseconds } = this.options;
    const asked = { kind: "load", address, trust, wasmUrl } as const;
    const kept = await this.ask<Extract<Answered, { kind: "load" }>>(asked, loadMilliseconds);
    if (!kept.ok) return kept;
    const { handle, facts } = kept.value;
    const { worker } = this;
    // The next worker knows other bundles by the same numbers.
    const isGone = (): boolean => this.worker !== worker;
    const run: LoadedBundle["run"] = async (window) => {
      if (isGone()) return failed(GONE);
      const question = { kind: "run", handle, window } as const;
      return this.ask<Extract<Answered, { kind: "run" }>>(question, runMilliseconds);
    };
    const explain: LoadedBundle["explain"] = async (window) => {
      if (isGone()) return uncomputed(GONE.detail);
      const question = { kind: "explain", handle, window } as const;
      const told = await this.ask<Extract<Answered, { kind: "explain" }>>(question, loadMilliseconds);
      return told.ok ? told.value : uncomputed(told.trouble.detail);
    };
    return found({ facts, run, explain });
  }

  private ask<Told extends Answered>(question: Question, milliseconds: number): Promise<Told["result"]> {
    return new Promise((resolve) => {
      const id = ++this.number;
      const timer = setTimeout(() => {
        this.drop("time_budget_exceeded", `no answer within ${milliseconds} ms`);
      }, milliseconds);
      this.pending.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer as Told["result"]);
      });
      try {
        this.running().postMessage({ ...question, id });
      } catch (error) {
        this.drop("load_failed", `the worker cannot be started: ${tell(error)}`);
      }
    });
  }

  private running(): WorkerLike {
    if (this.worker !== null) return this.worker;
    const worker = this.options.start();
    worker.onmessage = (event: MessageEvent<Answered>) => {
      const settle = this.pending.get(event.data.id);
      this.pending.delete(event.data.id);
      settle?.(event.data.result);
    };
    worker.onerror = (event: ErrorEvent) => {
      event.preventDefault();
      this.drop("load_failed", `the worker failed: ${event.message || "its script cannot be run"}`);
    };
    this.worker = worker;
    return worker;
  }

  /** Let the worker go; whoever waits is told why. */
  private drop(reason: FallbackReason, detail: string): void {
    this.worker?.terminate();
    this.worker = null;
    this.loaded.clear();
    const waiting = [...this.pending.values()];
    this.pending.clear();
    for (const settle of waiting) settle(failed({ reason, detail }));
  }
}
