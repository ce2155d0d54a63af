/** Sources of bundles: what an address leads to, opened once and kept. */

import type { BundleFault } from "./bundle-fault.js";
import { openBundle } from "./bundle.js";
import type { LoadedBundle } from "./bundle.js";
import type { Engine } from "./engine.js";
import { fetchBundle } from "./fetching.js";
import type { BundleAddress, Fetch } from "./fetching.js";
import type { Result } from "./result.js";
import type { Trust } from "./signature.js";

/** What opens bundles by their address. Treaty: always answers, and never throws. */
export interface BundleSource {
  load(address: BundleAddress, trust: Trust | null): Promise<Result<LoadedBundle, BundleFault>>;
}

/** Bundles opened on this very thread: within the worker, and in tests. */
export class DirectBundles implements BundleSource {
  private readonly opened = new Map<string, LoadedBundle>();

  constructor(
    private readonly engine: Engine,
    private readonly fetch: Fetch,
  ) {}

  async load(
    address: BundleAddress,
    trust: Trust | null,
  ): Promise<Result<LoadedBundle, BundleFault>> {
    const key = JSON.stringify([address.url, address.digest, trust?.required, trust?.keys]);
    const kept = this.opened.get(key);
    if (kept !== undefined) return { ok: true, value: kept };
    const first = await this.open(address, trust, false);
    const isOther = !first.ok && first.trouble.reason === "bundle_corrupt";
    const last = isOther ? await this.open(address, trust, true) : first;
    if (last.ok) this.opened.set(key, last.value);
    return last;
  }

  private async open(
    address: BundleAddress,
    trust: Trust | null,
    again: boolean,
  ): Promise<Result<LoadedBundle, BundleFault>> {
    const content = await fetchBundle(address, this.fetch, again);
    if (!content.ok) return content;
    return openBundle(content.value, address.url, address.digest, trust, this.engine);
  }
}
