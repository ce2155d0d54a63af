/** Manifest: who a bundle is, what went into it and what came out of its trial. */

import { BundleUnusable, corrupt } from "./bundle-fault.js";
import { isList, plain, readCanonical, writeCanonical } from "./canonical-json.js";
import type { CanonicalValue, JsonValue } from "./canonical-json.js";
import { readInstant } from "./instants.js";
import { tell } from "./result.js";
import { sha256Text } from "./sha256.js";

/** The format of bundles known here. */
export const FORMAT_VERSION = 1;
const MOST_BYTES = 1 << 22;
const MOST_LETTERS = 1 << 16;
const MOST_COUNT = 1_000_000n;
const PART = "manifest.json";
const MODEL_ID = /^[a-z0-9][a-z0-9._-]{0,99}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?$/;
const PLAIN = /^[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]*$/u;

/** Everything a bundle says about itself that an answer may rest on; the rest as plain JSON. */
export interface Manifest {
  readonly kind: "model" | "rules";
  readonly modelId: string;
  readonly universe: string;
  readonly symbols: readonly string[];
  readonly interval: string;
  readonly horizonBars: number;
  /** Close of the last bar it was trained on, in microseconds since 1970; null for the rules. */
  readonly trainedAt: number | null;
  readonly lookbackBars: number;
  readonly featureNames: readonly string[];
  readonly families: readonly string[];
  /** The graph's inputs besides the bars. */
  readonly state: Readonly<Record<string, readonly number[]>>;
  readonly stateDigest: string;
  /** For outputs that are codes, what each code means to a reader. */
  readonly words: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly metrics: Readonly<Record<string, JsonValue>>;
  readonly verdict: Readonly<Record<string, JsonValue>> | null;
  /** SHA-256 of every other part of the file, by name. */
  readonly parts: Readonly<Record<string, string>>;
  readonly bellwetherVersion: string;
}

/**
 * Return the manifest that was written in the one form it has.
 *
 * @throws {BundleUnusable} `bundle_too_new` for a format that is not known here; `bundle_corrupt`
 * for anything else that is no manifest.
 */
export function readManifest(content: Uint8Array, name: string): Manifest {
  if (content.length > MOST_BYTES) throw corrupt(name, PART, `larger than ${MOST_BYTES} bytes`);
  try {
    const entries = named(readCanonical(content));
    checkFormat(entries, name);
    checkKnown(entries);
    return readEntries(entries);
  } catch (error) {
    if (error instanceof BundleUnusable) throw error;
    throw corrupt(name, PART, tell(error).slice(0, 200));
  }
}

type Entries = Readonly<Record<string, CanonicalValue>>;

const ENTRIES = [
  "kind", "model_id", "universe", "symbols", "interval", "horizon_bars", "trained_at",
  "lookback_bars", "feature_set", "feature_names", "families", "options_digest",
  "pipeline_digest", "snapshot_digest", "plan", "state", "words", "metrics", "verdict", "parts",
  "format_version", "bellwether_version",
];

function readEntries(entries: Entries): Manifest {
  for (const name of ["options_digest", "pipeline_digest", "snapshot_digest"]) line(entries[name]);
  each(entries.feature_set, line);
  named(entries.plan);
  const state = each(entries.state, numbers);
  return {
    kind: kindOf(entries.kind),
    modelId: modelId(entries.model_id),
    universe: line(entries.universe),
    symbols: lines(entries.symbols),
    interval: line(entries.interval),
    horizonBars: count(entries.horizon_bars),
    trainedAt: instant(entries.trained_at),
    lookbackBars: count(entries.lookback_bars),
    featureNames: lines(entries.feature_names),
    families: lines(entries.families),
    state,
    stateDigest: sha256Text(writeCanonical(state)),
    words: each(entries.words, (value) => each(value, line)),
    metrics: each(entries.metrics, plain),
    verdict: entries.verdict === null ? null : each(entries.verdict, plain),
    parts: each(entries.parts, line),
    bellwetherVersion: line(entries.bellwether_version),
  };
}

function checkFormat(entries: Entries, name: string): void {
  const format = count(entries.format_version);
  if (format <= FORMAT_VERSION) return;
  const by = typeof entries.bellwether_version === "string" ? entries.bellwether_version : "?";
  const was = `format ${format}, written by bellwether ${by}`;
  const expected = `a format up to ${FORMAT_VERSION} in bundle ${name}`;
  const hint = "upgrade bellwether to read it";
  throw new BundleUnusable("bundle_too_new", `expected ${expected}, was ${was}; ${hint}`);
}

function checkKnown(entries: Entries): void {
  for (const name of ENTRIES) if (!(name in entries)) throw new TypeError(`no entry '${name}'`);
  const unknown = Object.keys(entries).find((name) => !ENTRIES.includes(name));
  if (unknown !== undefined) throw new TypeError(`unknown entry '${unknown.slice(0, 40)}'`);
}

function named(value: CanonicalValue | undefined): Entries {
  const isNamed = typeof value === "object" && value !== null && !isList(value);
  if (!isNamed) throw new TypeError("something else where named values belong");
  return value;
}

function each<Item>(
  value: CanonicalValue | undefined,
  read: (item: CanonicalValue) => Item,
): Readonly<Record<string, Item>> {
  const entries = Object.entries(named(value));
  return Object.fromEntries(entries.map(([name, item]) => [line(name), read(item)] as const));
}

function line(value: CanonicalValue | undefined): string {
  if (typeof value !== "string") throw new TypeError("something else where a text belongs");
  if (value.length > MOST_LETTERS || !PLAIN.test(value)) {
    throw new TypeError(`${value.slice(0, 40)} where a line of plain text belongs`);
  }
  return value;
}

function lines(value: CanonicalValue | undefined): readonly string[] {
  if (!isList(value)) throw new TypeError("something else where a list belongs");
  return value.map(line);
}

function count(value: CanonicalValue | undefined): number {
  if (typeof value !== "bigint" || value < 1n || value > MOST_COUNT) {
    throw new TypeError(`${value === undefined ? "nothing" : writeCanonical(value).slice(0, 40)} where a count belongs`);
  }
  return Number(value);
}

function numbers(value: CanonicalValue): readonly number[] {
  if (!isList(value)) throw new TypeError("no list where numbers belong");
  return value.map((item) => {
    const number = typeof item === "number" || typeof item === "bigint" ? Number(item) : NaN;
    if (!Number.isFinite(number)) throw new TypeError("something else where a number belongs");
    return number;
  });
}

function kindOf(value: CanonicalValue | undefined): "model" | "rules" {
  if (value === "model" || value === "rules") return value;
  throw new TypeError("a kind that is neither model nor rules");
}

function modelId(value: CanonicalValue | undefined): string {
  const id = line(value);
  if (!MODEL_ID.test(id)) throw new TypeError(`${id.slice(0, 40)} where a model's id belongs`);
  return id;
}

function instant(value: CanonicalValue | undefined): number | null {
  if (value === null) return null;
  const at = INSTANT.test(line(value)) ? readInstant(line(value)) : NaN;
  if (Number.isNaN(at)) throw new TypeError("something else where an instant belongs");
  return at;
}
