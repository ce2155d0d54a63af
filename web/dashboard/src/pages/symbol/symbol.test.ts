import { describe, expect, it } from "vitest";

import type { EntryAnswer } from "../../api/schema";
import { countPast, trackCoverage } from "./past";
import { placeContributions } from "./seen";

function entry(outcome: string | null, realized_return: number | null = null, coverage: number | null = 0.9): EntryAnswer {
  const prediction_interval = coverage === null ? null : { low: -0.02, high: 0.02, coverage };
  return { prediction: { prediction_interval }, settlement: outcome === null ? null : { outcome, realized_return } } as unknown as EntryAnswer;
}

describe("past predictions", () => {
  it("are counted, and right as often as they could be judged", () => {
    const entries = [entry("hit", 0.01), entry("hit", 0.03), entry("miss", -0.01), entry("void"), entry("neither", 0), entry(null)];
    expect(countPast(entries)).toEqual({ hits: 2, misses: 1, pending: 1, voids: 1, neither: 1, rate: 2 / 3 });
    expect(countPast([entry(null)]).rate).toBeNull();
  });

  it("hold their intervals to what they stated", () => {
    const entries = [entry(null), entry("hit", 0.01), entry("miss", 0.03), entry("hit", -0.02), entry("void"), entry("hit", 0.5, 0.5), entry("hit", 0, null)];
    expect(trackCoverage(entries)).toEqual({ stated: 0.9, n: 3, nWithin: 2, share: 2 / 3 });
    expect(trackCoverage([entry(null), entry("void")])).toBeUndefined();
  });
});

describe("contributions", () => {
  it("are drawn from the middle, the strongest first, the rest as one", () => {
    const moved = placeContributions(
      [
        { feature: "rsi", amount: 0.1 },
        { feature: "trend", amount: -0.4 },
        { feature: "volume", amount: 0.05 },
        { feature: "broken", amount: Number.NaN },
        { feature: "gap", amount: 0.15 },
      ],
      2,
    );
    expect(moved.map((one) => [one.feature, one.amount, one.start, one.length])).toEqual([
      ["trend", -0.4, 0, 0.5],
      ["gap", 0.15, 0.5, expect.closeTo(0.1875, 12)],
      ["2 others together", expect.closeTo(0.15, 12), 0.5, expect.closeTo(0.1875, 12)],
    ]);
  });

  it("that are all zero have no length", () => {
    expect(placeContributions([{ feature: "rsi", amount: 0 }], 5)[0]?.length).toBe(0);
  });
});
