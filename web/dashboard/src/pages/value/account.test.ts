import { describe, expect, it } from "vitest";

import type { AccountAnswer } from "../../api/schema";
import { asPercent, groupAccounts, intervalOf, sumsOf, tellBars, tellKnown, tellScore, writeEvidence, writeRange } from "./account";

const CURVE = {
  at: ["2026-01-01T21:00:00Z", "2026-04-01T21:00:00Z", "2026-06-01T21:00:00Z"],
  n_bars: [1, 63, 100],
  sum_net_bps: [1, 2, 3],
  sum_rules_net_bps: [0, -1, -2],
  sum_added_bps: [1, 3, 5],
  added_bps: [400, 3, 2.7],
  low: [null, -9, -6.9],
  high: [null, 15, 12.3],
};

function build(changes: Partial<AccountAnswer> = {}): AccountAnswer {
  return {
    model_id: "edge-1", stage: "champion", horizon_bars: 1, symbol: null, member: null, n_bars: 212, n_said: 400, accuracy: 0.558, rules_accuracy: 0.514,
    net_bps: 3.1, costs_bps: 1.2, rules_net_bps: 0.4, added_bps: { mean: 2.7, low: -6.9, high: 12.3 }, added_score: { mean: 0.03, low: -0.2, high: 0.26 },
    evidence: 1.9, words: "", sum_net_bps: 657.2, sum_rules_net_bps: 84.8, sum_costs_bps: 254.4, sum_added_bps: 572.4,
    first_at: "2018-02-27T21:00:00Z", last_at: "2018-12-31T21:00:00Z", curve: null, ...changes,
  };
}

describe("what is known", () => {
  it("is nothing while zero lies within the interval", () => {
    expect(tellKnown(build())).toEqual({
      tone: "neutral",
      badge: "not known yet",
      words:
        "Whether the model adds anything over the rules is not known yet: +2.7 basis points a bar after costs, but the interval, " +
        "which holds at all times at once, runs from −6.9 to +12.3 and zero lies within.",
    });
    expect(tellKnown(build({ added_bps: { mean: 1, low: 0, high: 2 } })).badge).toBe("not known yet");
  });

  it("is said where the whole interval is on one side", () => {
    expect(tellKnown(build({ added_bps: { mean: 5, low: 0.5, high: 9 } }))).toMatchObject({ tone: "good", badge: "adds value" });
    const worse = tellKnown(build({ member: "gradient_boosting", added_bps: { mean: -5, low: -9, high: -0.5 } }));
    expect(worse).toMatchObject({ tone: "bad", badge: "costs value" });
    expect(worse.words).toContain("the member gradient boosting earned less than the rules");
  });

  it("is too early to say below 63 bars", () => {
    expect(tellKnown(build({ n_bars: 12, added_bps: { mean: 50, low: null, high: null } })).words).toContain("12 bars settled");
  });

  it("is told of scores, too", () => {
    expect(tellScore(build())).toContain("+0.030 above the rules' (−0.200 to +0.260)");
    expect(tellScore(build({ added_score: { mean: 0.03, low: null, high: null } }))).not.toContain("(−");
    expect([writeEvidence(1.9), writeEvidence(12.34), writeEvidence(1e9)]).toEqual(["1.90", "12.3", "above 10,000"]);
  });

  it("names bars and directions", () => {
    expect(tellBars(build())).toBe("212 bars settled from 2018-02-27 to 2018-12-31, with 400 directions said");
    expect([asPercent(657.2), writeRange(null, 3), writeRange(-1, 3)]).toEqual(["+6.6%", "too few bars", "−1.0 to +3.0"]);
  });
});

describe("accounts", () => {
  it("are grouped by model, the champion first, without members of single symbols", () => {
    const groups = groupAccounts([
      build({ model_id: "old", stage: "previous" }),
      build(),
      build({ member: "ridge" }),
      build({ symbol: "SPY" }),
      build({ symbol: "SPY", member: "ridge" }),
      build({ model_id: "gone", stage: null }),
    ]);
    expect(groups.map((group) => group.modelId)).toEqual(["edge-1", "old", "gone"]);
    expect(groups[0]).toMatchObject({ whole: { member: null, symbol: null }, members: [{ member: "ridge" }], symbols: [{ symbol: "SPY" }] });
    expect(groups[0]!.symbols).toHaveLength(1);
  });

  it("have a picture from the first interval on", () => {
    const picture = intervalOf(build({ curve: CURVE }));
    expect(picture?.lines[0]?.points.map((point) => point.value)).toEqual([3, 2.7]);
    expect(picture?.band.places[0]).toEqual({ at: "2026-04-01T21:00:00Z", low: -9, high: 15 });
  });

  it("have one of what there is where no interval is known", () => {
    const none = { ...CURVE, low: [null, null, null], high: [null, null, null] };
    expect(intervalOf(build({ curve: none }))?.lines[0]?.points).toHaveLength(3);
    expect(intervalOf(build())).toBeUndefined();
    expect(sumsOf(build())).toEqual([]);
  });

  it("hold model and rules side by side", () => {
    expect(sumsOf(build({ curve: CURVE })).map((line) => [line.name, line.points.at(-1)?.value])).toEqual([
      ["The model", 3],
      ["The rules", -2],
    ]);
  });
});
