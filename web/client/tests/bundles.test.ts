import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { unpackArchive } from "../src/archive.js";
import { BundleUnusable } from "../src/bundle-fault.js";
import { openBundle } from "../src/bundle.js";
import { DirectBundles } from "../src/bundle-source.js";
import { fetchBundle } from "../src/fetching.js";
import { checkGolden, readGolden } from "../src/golden.js";
import { readManifest } from "../src/manifest.js";
import { inspectBundle } from "../src/sealing.js";
import { checkSignature, readPublicKey, readSignature } from "../src/signature.js";
import type { Trust } from "../src/signature.js";
import { floats, unpackArray } from "../src/tensors.js";
import { CASES, readData, readText } from "./files.js";
import { ENGINE, Files } from "./stands.js";

const MODEL = readData("model.bundle");
const PARTS = unpackArchive(MODEL, "model");
const MANIFEST = PARTS.get("manifest.json")!;
const NAME = "model";

function reasonOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof BundleUnusable) return error.reason;
    throw error;
  }
  return "nothing";
}

function changedManifest(change: (text: string) => string): Uint8Array {
  return new TextEncoder().encode(change(new TextDecoder().decode(MANIFEST)));
}

describe("archives", () => {
  it("have the parts that were packed, in their order", () => {
    const titles = [...PARTS.keys()];
    expect(titles.slice(0, 3)).toEqual(["manifest.json", "manifest.sha256", "model.onnx"]);
  });

  it("no byte can be changed, but for a permission or the version of who packed it", () => {
    const packedBy = new Set<number>();
    const start = new DataView(MODEL.buffer).getUint32(MODEL.length - 6, true);
    for (let place = start; place < MODEL.length - 22; ) {
      const nName = new DataView(MODEL.buffer).getUint16(place + 28, true);
      for (const offset of [4, 5, 36, 37, 40, 41]) packedBy.add(place + offset);
      place += 46 + nName;
    }
    fc.assert(fc.property(fc.nat(MODEL.length - 1), fc.integer({ min: 1, max: 255 }), (place, by) => {
      const content = MODEL.slice();
      content[place]! ^= by;
      if (!packedBy.has(place)) expect(reasonOf(() => unpackArchive(content, NAME))).toBe("bundle_corrupt");
    }), { numRuns: 300 });
  });

  it("cannot be cut, lengthened or doubled", () => {
    fc.assert(fc.property(fc.nat(MODEL.length - 1), (length) => {
      expect(reasonOf(() => unpackArchive(MODEL.slice(0, length), NAME))).toBe("bundle_corrupt");
    }), { numRuns: 50 });
    for (const content of [[...MODEL, 0], [0, ...MODEL], [...MODEL, ...MODEL]]) {
      expect(reasonOf(() => unpackArchive(Uint8Array.from(content), NAME))).toBe("bundle_corrupt");
    }
  });

  it("that are noise are refused", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (content) => {
      expect(reasonOf(() => unpackArchive(content, NAME))).toBe("bundle_corrupt");
    }));
  });
});

describe("manifests", () => {
  it("are read with what an answer rests on", () => {
    const manifest = readManifest(MANIFEST, NAME);
    expect(manifest).toMatchObject({ kind: "model", symbols: ["WORLD"], horizonBars: 1, families: ["ridge"] });
    expect(manifest.metrics).toMatchObject({ tiny: 1e-7, large: 1e16, whole: 12 });
  });

  it.each<[string, (text: string) => string]>([
    ["a space", (text) => text.replace('"kind":', '"kind": ')],
    ["another kind", (text) => text.replace('"kind":"model"', '"kind":"other"')],
    ["a count with a point", (text) => text.replace('"horizon_bars":1', '"horizon_bars":1.0')],
    ["a count of nothing", (text) => text.replace('"horizon_bars":1', '"horizon_bars":0')],
    ["an unknown entry", (text) => text.replace('"words":', '"word":1,"words":')],
    ["a missing entry", (text) => text.replace('"verdict":null,', "")],
    ["an id that is a path", (text) => text.replace("world-1d-h1-2018", "../world")],
    ["an instant that is none", (text) => text.replace("2018-06-29T21", "2018-06-31T21")],
  ])("with %s are refused", (_, change) => {
    expect(reasonOf(() => readManifest(changedManifest(change), NAME))).toBe("bundle_corrupt");
  });

  it("of a later format are told apart", () => {
    const later = changedManifest((text) => text.replace('"format_version":1', '"format_version":2'));
    expect(reasonOf(() => readManifest(later, NAME))).toBe("bundle_too_new");
  });
});

describe("arrays", () => {
  const content = PARTS.get("golden/out/probability_up.npy")!;

  it("are read by their shape", () => {
    expect(unpackArray(content, "part", NAME)).toMatchObject({ kind: "float64", shape: [5] });
  });

  it.each<[string, (text: string) => string]>([
    ["Python objects", (text) => text.replace("'<f8'", "'|O' ")],
    ["another order", (text) => text.replace("False", "True ")],
    ["a lying shape", (text) => text.replace("(5,)", "(6,)")],
  ])("of %s are refused", (_, change) => {
    const text = String.fromCharCode(...content);
    const changed = Uint8Array.from(change(text), (letter) => letter.charCodeAt(0));
    expect(reasonOf(() => unpackArray(changed, "part", NAME))).toBe("bundle_corrupt");
  });
});

describe("golden answers", () => {
  const golden = readGolden(PARTS, NAME);

  it.each([[0, "nothing"], [1e-7, "nothing"], [1e-5, "golden_mismatch"], [NaN, "golden_mismatch"]])(
    "a difference of %f is %s",
    (by, reason) => {
      const stored = golden.outputs.probability_up!;
      const data = Float64Array.from(stored.data as Float64Array, (value) => value + by);
      const answers = { ...golden.outputs, probability_up: { ...stored, data } };
      expect(reasonOf(() => { checkGolden(golden, answers, NAME); })).toBe(reason);
    },
  );

  it.each([
    ["score", 0.9e-4, "nothing"], ["score", 1.1e-4, "golden_mismatch"],
    ["probability_up", 1.1e-6, "golden_mismatch"],
  ])("of '%s' %f is %s where forecasts spread by a hundredth", (output, by, reason) => {
    const stored = { score: floats([0.5]), probability_up: floats([0.5]) };
    const close = { inputs: { member_scale: floats([0.2, 0.01]) }, outputs: stored };
    const answers = { ...stored, [output]: floats([0.5 + by]) };
    expect(reasonOf(() => { checkGolden(close, answers, NAME); })).toBe(reason);
  });

  it("a missing output is a mismatch", () => {
    expect(reasonOf(() => { checkGolden(golden, {}, NAME); })).toBe("golden_mismatch");
  });

  it("an engine that computes something else is not believed", async () => {
    const engine = {
      open: async (graph: Uint8Array) => {
        const session = await ENGINE.open(graph);
        const wrong = { ...golden.outputs, volatility: golden.outputs.score! };
        return { ...session, run: () => Promise.resolve(wrong) };
      },
    };
    const opened = await openBundle(MODEL, NAME, null, null, engine);
    expect(opened).toMatchObject({ ok: false, trouble: { reason: "golden_mismatch" } });
  });
});

describe("signatures", () => {
  const read = readPublicKey(readText("key.pub"), "somebody");
  const key = read.ok ? read.value : null;
  const signature = readSignature(readData("signature.json"), NAME);
  const trust = (required: boolean): Trust => ({ keys: [key!], required });
  const ask = async (...asked: Parameters<typeof checkSignature>): Promise<string | null> => {
    try {
      return await checkSignature(...asked);
    } catch (error) {
      if (error instanceof BundleUnusable) return error.reason;
      throw error;
    }
  };

  it("by a trusted key are believed", async () => {
    expect(await ask(CASES.model_digest, signature, trust(true), NAME)).toBe(key!.keyId);
  });

  it("of something else are not, required or not", async () => {
    for (const required of [true, false]) {
      expect(await ask("0".repeat(64), signature, trust(required), NAME)).toBe("signature_invalid");
    }
  });

  it("by a stranger, or none, will do only where none is required", async () => {
    const stranger = { ...signature, signer: "0".repeat(16) };
    expect(await ask(CASES.model_digest, stranger, trust(true), NAME)).toBe("signer_unknown");
    expect(await ask(CASES.model_digest, null, trust(true), NAME)).toBe("bundle_unsigned");
    expect(await ask(CASES.model_digest, stranger, trust(false), NAME)).toBeNull();
    expect(await ask(CASES.model_digest, null, trust(false), NAME)).toBeNull();
  });

  it.each(["{}", "[]", '{"algorithm":"rsa","signer":"a","value":""}', "no JSON"])("in the form of %s are none", (text) => {
    expect(reasonOf(() => readSignature(new TextEncoder().encode(text), NAME))).toBe("bundle_corrupt");
  });

  it("a private key is refused where a public one belongs", () => {
    expect(readPublicKey("-----BEGIN PRIVATE KEY-----", "me").ok).toBe(false);
    expect(readPublicKey("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "me").ok).toBe(false);
  });
});

describe("bundles", () => {
  it("are known by their digest", async () => {
    const sealed = await inspectBundle(MODEL, NAME, CASES.model_digest, null);
    expect(sealed.digest).toBe(CASES.model_digest);
  });

  it("that the browser kept and that are others are fetched again", async () => {
    const files = new Files();
    const bundles = new DirectBundles(ENGINE, (address, options) =>
      files.fetch(options.cache === "force-cache" ? "/rules" : address, options));
    const loaded = await bundles.load({ url: "/model", digest: CASES.model_digest }, null);
    expect(loaded.ok).toBe(true);
    expect(files.asked.map(([, cache]) => cache)).toEqual(["force-cache", "reload"]);
  });

  it("without a digest are asked for anew, and taken from what is kept where nobody answers", async () => {
    const files = new Files();
    const found = await fetchBundle({ url: "/model", digest: null }, (address, options) =>
      options.cache === "no-cache" ? Promise.reject(new TypeError("offline")) : files.fetch(address, options));
    expect(found.ok).toBe(true);
    expect(files.asked).toEqual([["/model", "force-cache"]]);
  });

  it("that are not there are missing", async () => {
    const found = await fetchBundle({ url: "/gone", digest: null }, new Files().fetch);
    expect(found).toMatchObject({ ok: false, trouble: { reason: "bundle_missing" } });
  });
});
