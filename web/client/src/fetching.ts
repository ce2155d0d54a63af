/** Fetching: a bundle's file by its address, from the browser's own cache where that is enough. */

import type { BundleFault } from "./bundle-fault.js";
import { failed, found, tell } from "./result.js";
import type { Result } from "./result.js";

const MOST_BYTES = 1 << 26;

/** A request, as the browser sends it; tests lend their own. */
export type Fetch = (address: string, options: RequestInit) => Promise<Response>;

/** Where a bundle's file is, and what must be there. */
export interface BundleAddress {
  readonly url: string;
  /** Digest of the bundle; null where whatever lies there is right. */
  readonly digest: string | null;
  /** Sent along, such as a key that the service asks for. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Return a bundle's file.
 *
 * @param again Whether what the browser keeps has proven to be another bundle.
 *
 * A bundle never changes under its digest, so with a digest any kept copy will do. Without one the
 * server is asked whether its copy is still the same (ETag), and where it cannot be reached, what
 * is kept must do.
 */
export async function fetchBundle(
  address: BundleAddress,
  fetch: Fetch,
  again = false,
): Promise<Result<Uint8Array, BundleFault>> {
  if (again) return ask(address, fetch, "reload");
  if (address.digest !== null) return ask(address, fetch, "force-cache");
  const fresh = await ask(address, fetch, "no-cache");
  if (fresh.ok || fresh.trouble.reason !== "load_failed") return fresh;
  const kept = await ask(address, fetch, "force-cache");
  return kept.ok ? kept : fresh;
}

async function ask(
  address: BundleAddress,
  fetch: Fetch,
  cache: RequestCache,
): Promise<Result<Uint8Array, BundleFault>> {
  try {
    const headers = address.headers ?? {};
    const response = await fetch(address.url, { cache, headers, credentials: "same-origin" });
    if (!response.ok) return failed(refusal(response.status));
    const content = new Uint8Array(await response.arrayBuffer());
    if (content.length <= MOST_BYTES) return found(content);
    return failed({ reason: "bundle_corrupt", detail: `a file larger than ${MOST_BYTES} bytes` });
  } catch (error) {
    return failed({ reason: "load_failed", detail: `the file cannot be fetched: ${tell(error)}` });
  }
}

function refusal(status: number): BundleFault {
  const detail = `the server answered ${status}`;
  return { reason: status === 404 || status === 410 ? "bundle_missing" : "load_failed", detail };
}
