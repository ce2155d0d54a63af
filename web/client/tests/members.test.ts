import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";

import { DirectBundles } from "../src/bundle-source.js";
import type { LoadedBundle, OutputRow } from "../src/bundle.js";
import type { Answer } from "../src/ladder.js";
import { tellMembers } from "../src/members.js";
import { CASES } from "./files.js";
import { ENGINE, Files } from "./stands.js";

const { regimes: REGIMES } = CASES;
const NEAR = 9;

const ANSWER: Answer = {
  direction: "BUY",
  probabilityUp: 0.6,
  expectedReturn: 0.01,
  interval: { low: -0.1, high: 0.1, coverage: 0.9 },
  confidence: 70,
  pastHits: null,
  standing: null,
  targetFrac: 0,
  stopFrac: 0,
  reasons: [],
  source: { kind: "model", model_id: "m", version: "1", age_days: 1, bundle_digest: "b", state_digest: "s" },
};

describe("an ensemble whose members count by the regime", () => {
  let bundle: LoadedBundle;
  let row: OutputRow;
  const window = Float64Array.from(REGIMES.window);

  beforeAll(async () => {
    const loaded = await new DirectBundles(ENGINE, new Files().fetch).load({ url: "/regimes", digest: null }, null);
    if (!loaded.ok) throw new Error(loaded.trouble.detail);
    bundle = loaded.value;
    const said = await bundle.run(window);
    if (!said.ok) throw new Error(said.trouble.detail);
    row = said.value;
  });

  it("weighs them as the service does", () => {
    expect(row.regime).toEqual([REGIMES.regime]);
    for (const [place, weight] of REGIMES.weights.entries()) {
      expect(row.regime_member_weight![place]).toBeCloseTo(weight, NEAR);
    }
  });

  it("tells their parts, which add up to the score", () => {
    const told = tellMembers(ANSWER, row, bundle.facts.manifest);
    expect(told.map((one) => one.name).sort()).toEqual(["logistic", "ridge"]);
    expect(told.reduce((sum, one) => sum + one.contribution, 0)).toBeCloseTo(REGIMES.score, 6);
    expect(told.reduce((sum, one) => sum + one.weight, 0)).toBeCloseTo(1, NEAR);
    expect(told.map((one) => one.weight).sort()).toEqual([...row.regime_member_weight!].sort());
  });

  it("tells what its features did, as the service does", async () => {
    const told = await bundle.explain(window);
    if (!("amounts" in told)) throw new Error(told.trouble);
    expect(told.value).toBeCloseTo(REGIMES.value, 6);
    expect(told.baseline).toBeCloseTo(REGIMES.baseline, 6);
    for (const [place, amount] of REGIMES.amounts.entries()) expect(told.amounts[place]).toBeCloseTo(amount, 6);
  });

  it("has no parts where state and forecasts do not go together", () => {
    const { manifest } = bundle.facts;
    const changed = (state: Readonly<Record<string, readonly number[]>>): unknown =>
      tellMembers(ANSWER, row, { ...manifest, state: { ...manifest.state, ...state } });
    expect(changed({ member_mean: [0] })).toEqual([]);
    expect(changed({ member_scale: [1, 0] })).toEqual([]);
    expect(changed({ drift: [] })).toEqual([]);
    expect(changed({ drift: [0, Infinity] })).toEqual([]);
    expect(tellMembers(ANSWER, { ...row, regime_member_weight: [1] }, manifest)).toEqual([]);
  });

  it("has parts in order and within bounds, whatever members say", () => {
    const number = fc.double({ noNaN: true, min: -1e300, max: 1e300 });
    fc.assert(
      fc.property(number, number, (one, other) => {
        const told = tellMembers(ANSWER, { ...row, member_forecasts: [one, other] }, bundle.facts.manifest);
        expect(told.length).toBe(2);
        expect(Math.abs(told[0]!.contribution)).toBeGreaterThanOrEqual(Math.abs(told[1]!.contribution));
        for (const { standardised } of told) expect(Math.abs(standardised)).toBeLessThanOrEqual(3);
      }),
    );
  });
});
