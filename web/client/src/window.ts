/** What exactly an answer's digest of bars covers. */

import type { Bars } from "./bars.js";
import { lastBars } from "./bars.js";
import { QUALITY_BARS } from "./data-check.js";
import { sha256 } from "./sha256.js";

const known = new WeakMap<Bars, string>();

/**
 * Return the digest that a prediction on these bars carries; it is computed once.
 *
 * SHA-256 of the adjusted open, high, low, close and the volume, and of the closing times, of the
 * last 504 bars, or of all where there are fewer; each with its name, kind and shape in front.
 */
export function digestWindow(bars: Bars): string {
  const digest = known.get(bars) ?? computeDigest(bars);
  known.set(bars, digest);
  return digest;
}

function computeDigest(bars: Bars): string {
  const recent = lastBars(bars, QUALITY_BARS);
  const nBars = recent.closedAt.length;
  const heads = [`["bars","<f8",[${nBars},5]]`, `["closed_at","<i8",[${nBars}]]`];
  const [first, second] = heads.map((head) => new TextEncoder().encode(head));
  const content = new Uint8Array(first!.length + second!.length + 48 * nBars);
  const view = new DataView(content.buffer);
  content.set(first!);
  for (let place = 0; place < recent.matrix.length; place++) {
    view.setFloat64(first!.length + 8 * place, recent.matrix[place]!, true);
  }
  const times = first!.length + 40 * nBars;
  content.set(second!, times);
  for (let bar = 0; bar < nBars; bar++) {
    view.setBigInt64(times + second!.length + 8 * bar, BigInt(recent.closedAt[bar]!), true);
  }
  return sha256(content);
}
