import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";

import { DirectBundles } from "../src/bundle-source.js";
import type { LoadedBundle } from "../src/bundle.js";
import { readBars } from "../src/bars.js";
import { CannotExplain, cutGraph } from "../src/cut-graph.js";
import { CutGraph, drawOrders, maskRows } from "../src/occlusion.js";
import { bytesOf, numberOf, readFields, textsOf, writeFields } from "../src/protobuf.js";
import { inspectBundle } from "../src/sealing.js";
import { CASES, questionOf, readData } from "./files.js";
import { ENGINE, Files } from "./stands.js";

const CASE = CASES.cases.find((one) => one.name === "why, bar 320")!;

async function graphOf(name: string): Promise<Uint8Array> {
  return (await inspectBundle(readData(name), name, null, null)).graph;
}

describe("the orders in which features are shown", () => {
  it("are the service's", () => {
    for (const [nFeatures, orders] of Object.entries(CASES.orders)) {
      expect(drawOrders(Number(nFeatures))).toEqual(orders);
    }
  });

  it("show one feature more at each step", () => {
    expect(maskRows([[0, 1], [1, 0]]).map((row) => [...row])).toEqual([[0, 0], [1, 1], [1, 0], [0, 1]]);
  });
});

describe("contributions", () => {
  let bundle: LoadedBundle;
  let window: Float64Array;

  beforeAll(async () => {
    const loaded = await new DirectBundles(ENGINE, new Files().fetch).load({ url: "/model", digest: null }, null);
    const bars = readBars("WORLD", "1d", questionOf(CASE));
    if (!loaded.ok || !bars.ok) throw new Error("the stored model and bars");
    bundle = loaded.value;
    window = bars.value.matrix.slice(-5 * bundle.facts.manifest.lookbackBars);
  });

  it("add up to the whole move", async () => {
    const told = await bundle.explain(window);
    if (!("amounts" in told)) throw new Error(told.trouble);
    const sum = told.amounts.reduce((all, one) => all + one, 0);
    expect(Math.abs(told.value - told.baseline - sum)).toBeLessThan(1e-12);
    expect(told.amounts.length).toBe(bundle.facts.manifest.featureNames.length);
  });

  it("say why there are none: no time left, bars that are none, a graph of something else", async () => {
    const features = { kind: "float32", shape: [1, 1, 15], data: new Float32Array(15) } as const;
    const state = Object.entries(bundle.facts.manifest.state).map(
      ([name, values]) => [name, { kind: "float64", shape: [values.length], data: Float64Array.from(values) }] as const,
    );
    const late = new CutGraph(await graphOf("model.bundle"), ENGINE, Object.fromEntries(state));
    expect(await late.explain(features, () => true)).toEqual({ trouble: "there was no time left for it; ask again" });
    expect((await late.explain(features, () => false)).trouble).toBe("");
    const { trouble } = await bundle.explain(window.slice(5));
    expect(trouble).toMatch(/^it could not be computed: /);
    const rules = new CutGraph(await graphOf("rules.bundle"), ENGINE, {});
    expect(await rules.explain(features, () => false)).toEqual({
      trouble: "this model's file cannot tell: a graph whose features is not masked",
    });
  });
});

describe("a graph", () => {
  it("is cut behind its features", async () => {
    const session = await ENGINE.open(cutGraph(await graphOf("model.bundle")));
    expect(session.inputNames).toContain("features");
    expect(session.inputNames).not.toContain("bars");
    expect(session.outputNames).toEqual(["probability_up"]);
  });

  it("that is cut short is refused, wherever that is", async () => {
    const graph = await graphOf("model.bundle");
    fc.assert(
      fc.property(fc.integer({ min: 0, max: graph.length - 1 }), (length) => {
        expect(() => cutGraph(graph.subarray(0, length))).toThrow();
      }),
      { numRuns: 40 },
    );
    expect(() => cutGraph(new Uint8Array())).toThrow(CannotExplain);
  });
});

describe("messages", () => {
  it("are read as they were written", () => {
    const number = fc.integer({ min: 1, max: 1000 });
    const content = fc.oneof(fc.maxSafeNat(), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(number, content)), (fields) => {
        const read = readFields(writeFields(fields));
        expect(read.map((one) => [one.number, one.content])).toEqual(fields);
      }),
    );
  });

  it("give the last number, and every text", () => {
    const fields = readFields(writeFields([[1, 5], [2, "a"], [1, 300], [2, "é"]]));
    expect([numberOf(fields, 1), numberOf(fields, 3)]).toEqual([300, 0]);
    expect(textsOf(fields, 2)).toEqual(["a", "é"]);
    expect(bytesOf(fields, 1)).toEqual([]);
  });

  it("of the fixed sizes are passed over", () => {
    const fields = readFields(Uint8Array.of(0x0d, 1, 2, 3, 4, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x18, 9));
    expect(fields.map((one) => one.number)).toEqual([1, 2, 3]);
    expect(numberOf(fields, 3)).toBe(9);
  });
});
