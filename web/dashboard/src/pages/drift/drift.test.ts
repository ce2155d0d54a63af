import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { EpisodeAnswer } from "../../api/schema";
import { rankCondition, tellCondition } from "./conditions";
import { readDetails, type StandingChange } from "./details";
import { writeChance } from "./inputs-table";
import { makeLanes, spansOfChanges } from "./lanes";
import { findInterval, judgeLastCheck } from "./last-check";
import { placeEvidence, placeOn, rulerOf } from "./rulers";
import { falseAlarms } from "./standing-card";

function episode(changes: Partial<EpisodeAnswer> = {}): EpisodeAnswer {
  return {
    episode_id: "3f2a9c81d0b7e645",
    subject: "sp500-1d",
    channel: "data",
    condition: "amber",
    worst: "amber",
    words: "late bars",
    facts: {},
    opened_at: "2026-01-01T00:00:00Z",
    changed_at: "2026-01-01T00:00:00Z",
    over_at: null,
    n_reopened: 0,
    acknowledged: null,
    ...changes,
  };
}

function change(asOf: string, condition: string, answers = true): StandingChange {
  return { asOf, before: "ok", condition, answers, words: "" };
}

describe("the last check", () => {
  const last = (hours: number) => ({ at: "2026-01-01T00:00:00Z", age_seconds: hours * 3_600 });

  it("is silent about a monitor that goes on", () => {
    expect(judgeLastCheck(last(25), [], 24)).toBeUndefined();
    expect(judgeLastCheck(last(400), [], null)).toBeUndefined();
  });

  it("warns from one and a half intervals, and calls three red", () => {
    expect(judgeLastCheck(last(37), [], 24)?.tone).toBe("warn");
    expect(judgeLastCheck(last(73), [], 24)?.tone).toBe("bad");
    expect(judgeLastCheck(last(73), [], 24)?.title).toBe("The monitor itself is silent: the last check was 3 days ago");
  });

  it("believes the service's own alarm where the interval is not known", () => {
    expect(judgeLastCheck(last(73), [episode({ channel: "monitor", condition: "red" })], null)?.tone).toBe("bad");
    expect(judgeLastCheck(last(1), [episode({ channel: "monitor", over_at: "2026-01-02T00:00:00Z" })], null)).toBeUndefined();
    expect(judgeLastCheck(last(1), [episode({ channel: "monitor", condition: "ok" })], 24)).toBeUndefined();
  });

  it("says when there was none yet", () => {
    expect(judgeLastCheck(null, [], 24)?.title).toContain("no check yet");
  });

  it("finds the interval among the settings, where it is", () => {
    expect(findInterval({ settings: [{ name: "home", value: "x" }, { name: "monitor_interval_hours", value: 48 }] })).toBe(48);
    expect(findInterval({ settings: [] })).toBeNull();
    expect(findInterval("nonsense")).toBeNull();
  });
});

describe("the timeline", () => {
  it("shows when a model was not simply OK, up to the next change", () => {
    const spans = spansOfChanges([change("2026-03-01", "ok"), change("2026-01-01", "amber"), change("2026-02-01", "red")]);
    expect(spans.map((span) => [span.from, span.to, span.tone])).toEqual([
      ["2026-01-01", "2026-02-01", "warn"],
      ["2026-02-01", "2026-03-01", "bad"],
    ]);
  });

  it("shows what lasts still, and that the rules answer for a model that is OK", () => {
    const [span] = spansOfChanges([change("2026-01-01", "ok", false)]);
    expect([span?.to, span?.tone, span?.words]).toEqual([null, "neutral", "OK, and the rules answer: they are expected to be better"]);
  });

  it("has a lane a model and one a subject of each check, and tells nothing twice", () => {
    const lanes = makeLanes(new Map([["sp500-1d", [change("2026-01-01", "red")]]]), [
      episode(),
      episode({ channel: "performance" }),
      episode({ channel: "performance", subject: "gone", over_at: "2026-02-01T00:00:00Z", worst: "red" }),
      episode({ opened_at: "2025-01-01T00:00:00Z" }),
    ]);
    expect(lanes.map((lane) => [lane.name, lane.spans.length])).toEqual([
      ["sp500-1d", 1],
      ["Data: sp500-1d", 2],
      ["Performance: gone", 1],
    ]);
    expect(lanes[2]?.spans[0]?.tone).toBe("bad");
  });
});

describe("details of a model", () => {
  it("are read from what the service tells", () => {
    const details = readDetails({
      facts: { e_value: 1.9, effective_sample_size: 212, false_alarms_a_year: 132.6, symbols_accused: ["A", 3] },
      benchmark: { floor: 0.53, accuracy: 0.55, words: "" },
      thresholds: { amber: 252, red: 1260 },
      recent: [{ n_bars: 60, n_settled: 60, accuracy: 0.558, low: 0.433, high: 0.676, rules_accuracy: null }],
      inputs: { at: "2026-01-01T00:00:00", drifted: ["rsi"], features: [
        { name: "rsi", psi: 0.4, psi_high: 0.2, p: 0.001 },
        { name: "volatility level", times: 1.6, p: 0.002, n_effective: 11.5 },
      ] },
      changes: [{ as_of: "2026-01-01", before: "ok", standing: { condition: "amber", answers: false } }],
    });
    expect([details.floor, details.evidence, details.red, details.accused]).toEqual([0.53, 1.9, 1260, ["A"]]);
    expect(details.inputs?.features[0]).toMatchObject({ name: "rsi", psi: 0.4, psiHigh: 0.2, times: null });
    expect(details.inputs?.features[1]).toMatchObject({ name: "volatility level", times: 1.6, psi: null, psiHigh: null });
    expect(details.changes[0]).toMatchObject({ condition: "amber", answers: false });
  });

  it("never fail, whatever is told", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (content) => {
        expect(readDetails(content).recent).toBeInstanceOf(Array);
      }),
    );
  });
});

describe("rulers", () => {
  it("hold every value, and twenty points at least", () => {
    const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null });
    fc.assert(
      fc.property(fc.array(share), (values) => {
        const ruler = rulerOf(values);
        expect(ruler.from).toBeGreaterThanOrEqual(0);
        expect(ruler.to).toBeLessThanOrEqual(1);
        for (const value of values) {
          expect(value === null || (value >= ruler.from - 1e-9 && value <= ruler.to + 1e-9)).toBe(true);
        }
      }),
    );
    expect(rulerOf([0.5])).toEqual({ from: 0.35, to: 0.65 });
  });

  it("place evidence by its digits, never off the ruler", () => {
    expect(placeEvidence(0, 1260)).toBe(0);
    expect(placeEvidence(1e9, 1260)).toBe(1);
    expect(placeEvidence(1260, 1260)).toBeLessThan(1);
    expect(placeOn({ from: 0.4, to: 0.6 }, 0.5)).toBeCloseTo(0.5);
  });
});

describe("words", () => {
  it("tell every condition, and one that nobody knows by its name", () => {
    expect(["ok", "amber", "red", "recovering"].map((one) => tellCondition(one).tone)).toEqual(["good", "warn", "bad", "neutral"]);
    expect(tellCondition(null).name).toBe("Not watched yet");
    expect(tellCondition("violet").name).toBe("violet");
    expect([...["ok", "red", "amber"]].sort((one, other) => rankCondition(one) - rankCondition(other))).toEqual(["red", "amber", "ok"]);
  });

  it("tell what evidence means", () => {
    expect(falseAlarms(0.193)).toBe("false alarms: at most 0.19 a year");
    expect(falseAlarms(132)).toBe("a sound model is often there");
    expect(falseAlarms(null)).toBe("nothing settled yet");
    expect([writeChance(0.00001), writeChance(0.0123), writeChance(null)]).toEqual(["< 0.0001", "0.0123", "–"]);
  });
});
