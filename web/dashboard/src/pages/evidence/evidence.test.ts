import { describe, expect, it } from "vitest";

import type { CalibrationAnswer, EvidencePlanAnswer, LedgerAnswer, LedgerCheckAnswer, PlanAnswer, TrialFamilyAnswer } from "../../api/schema";
import { nameCalibration, seedsOf, tellCalibration, writeEnds } from "./gate";
import { digestsOf, isHead, nameFamily, nameKind, tellChain, tellCheck, tellFamily, tellNext } from "./ledger";
import { curvesOf, decisiveOf, NOTHING_ASKED, queryOf, readAsked, tellCosts, tellTrials, tellWhen, writeAsked, writeLevel, writeSkill, yearsThere } from "./plan";

const PLAN: EvidencePlanAnswer = {
  plan: "single", n_bars: 400, n_out_of_sample_bars: 280, n_needed_bars: 433, n_missing_bars: 219, is_enough: false,
  earliest_verdict_at: "2027-09-20T00:00:00Z", alpha: 0.01, critical_t: 2.3263, ic_worth_finding: 0.1, break_even_ic: 0.0157, breadth: 1, powers: [],
};
const ANSWER: PlanAnswer = {
  market: { n_bars: 400, n_symbols: 1, correlation: 0, annual_volatility: 0.18, n_bars_per_year: 252, last_closed_at: null },
  options: { level: 0.01, ic_worth_finding: 0.1, out_of_sample_frac: 0.7, cost_bps: 5, horizon_bars: 1, persistence: 0.9 },
  trials: { n_pipelines: 1, n_looks: 1, is_counted: false },
  decisive: "single",
  plans: [PLAN],
  sentence: "",
  curves: {
    years: [1, 2],
    n_bars: [252, 504],
    lines: [
      { plan: "single", ic: 0.05, accuracy: 0.516, power: [0.05, 0.08] },
      { plan: "clustered", ic: 0.05, accuracy: 0.516, power: [0.2, 0.4] },
    ],
  },
};

describe("the planner's question", () => {
  it("is read from the address and written into it without what is usual", () => {
    const asked = readAsked(new URLSearchParams("symbols=20&ic=0.05&view=plan"));
    expect(asked).toEqual({ ...NOTHING_ASKED, symbols: "20", ic: "0.05" });
    expect(writeAsked(asked)).toEqual({ symbols: "20", ic: "0.05" });
  });

  it("is either about a length of history or about a stored market", () => {
    expect(queryOf({ ...NOTHING_ASKED, cost_bps: "2" })).toEqual({ bars: "1260", cost_bps: "2" });
    expect(queryOf({ ...NOTHING_ASKED, market: "S&P 500 1d" })).toEqual({ symbol: "S&P 500", interval: "1d" });
  });
});

describe("the planner's answer", () => {
  it("says when a verdict is possible", () => {
    expect(tellWhen(PLAN)).toBe(
      "No verdict is possible yet: 433 judged bars find a skill of 0.10 half of the time. Wait for 219 more bars, about 2027-09-20.",
    );
    expect(tellWhen({ ...PLAN, is_enough: true })).toMatch(/^A verdict is possible now: 433/);
    expect(tellWhen({ ...PLAN, earliest_verdict_at: null })).toMatch(/219 more bars\.$/);
  });

  it("says what is charged, and whether the ledger counted it", () => {
    expect(tellTrials(ANSWER, PLAN)).toBe("On a first look at one pipeline, t above 2.33 is needed (level 0.01).");
    const counted = { ...ANSWER, trials: { n_pipelines: 9, n_looks: 2, is_counted: true } };
    expect(tellTrials(counted, PLAN)).toContain("the ledger counts 9 pipelines on these bars, this one's look 2");
  });

  it("says what costs eat", () => {
    expect(tellCosts(ANSWER, PLAN)).toBe("Costs of 5 basis points eat what a skill of 0.016 earns.");
    expect(tellCosts({ ...ANSWER, options: { ...ANSWER.options, horizon_bars: 5 } }, PLAN)).toContain("held for 5 bars");
  });

  it("has curves of one plan at a time", () => {
    expect(curvesOf(ANSWER, "clustered")).toEqual([{ name: "IC 0.05, 51.6% right", points: [[1, 0.2], [2, 0.4]] }]);
    expect(decisiveOf({ ...ANSWER, decisive: "market_neutral" })).toBe(PLAN);
    expect(yearsThere(ANSWER)).toBeCloseTo(1.587, 3);
  });

  it("writes skill and level with the digits they need", () => {
    expect([writeSkill(0.1), writeSkill(0.0157), writeLevel(0.01 / 3)]).toEqual(["0.10", "0.0157", "0.0033"]);
  });
});

const CALIBRATION: CalibrationAnswer = {
  snapshot: null, options_digest: "o", is_present_gate: true, n_configurations: 1, n_bars: 2520, measured_at: "2026-11-23T00:49:50Z", seconds: 25,
  n_runs_left_out: 0, false_promotion: { value: 0.0058, low: 0.0016, high: 0.0147, n: 695 }, conclusion: "open",
  sentence: "in 695 runs without skill it promoted 0.58%",
  figures: [0, 0, 3].map((seed) => ({
    world: "noise", kind: "null", information_coefficient: 0, n_runs: 1, n_promoted: 0, rate: { value: 0, low: 0, high: 1, n: 1 }, limit: null, seed,
  })),
};

describe("the gate's own error", () => {
  it("is held against what is allowed", () => {
    expect(tellCalibration(CALIBRATION, 0.01)).toBe(
      "In 695 runs without skill it promoted 0.58%; at most 1.0% are allowed, and more runs would tell whether that holds.",
    );
    expect(tellCalibration({ ...CALIBRATION, conclusion: "fails" }, 0.01)).toContain("does not hold");
  });

  it("names bars, configurations, day and seeds", () => {
    expect(nameCalibration(CALIBRATION)).toBe("simulated worlds, 2,520 bars, 2026-11-23");
    expect(nameCalibration({ ...CALIBRATION, snapshot: "a".repeat(64), n_configurations: 20 })).toBe(
      "bars aaaaaaaaaaaa and simulated worlds, 2,520 bars, 20 configurations, 2026-11-23",
    );
    expect(seedsOf(CALIBRATION)).toBe("0, 3");
    expect(writeEnds(CALIBRATION.false_promotion)).toBe("0.16% to 1.47%");
  });
});

const FAMILY: TrialFamilyAnswer = {
  family: 1, markets: ["edge, 1d bars, 1 ahead"], symbols: ["EDGE"], snapshots: ["s1", "s2"], n_by_kind: { fit: 52, tuning: 0, seed: 1, feature_edit: 1, look: 6 },
  n_feature_sets: 1, n_pipelines: 3, n_looks: 6, first_at: "", last_at: "", alpha_for_a_new_pipeline: 0.0025, critical_t_for_a_new_pipeline: 2.807, pipelines: [],
};
const LEDGER: LedgerAnswer = {
  head: "1:a", n_entries: 312, level: 0.01, chain: { is_sound: true, fault: null, remedy: null }, families: [], trials: [], next_cursor: null,
};

describe("the ledger", () => {
  it("says what was tried and what that makes of the next verdict", () => {
    expect(tellFamily(FAMILY)).toBe(
      "3 pipelines looked at, 6 looks on 2 snapshots; 52 fits, 0 tuning trials, 1 change of the seed alone, 1 feature set.",
    );
    expect(tellNext(FAMILY, 0.01)).toBe("A new pipeline would be judged at 0.0025, t above 2.81 (0.01 over 4 pipelines).");
    expect(nameFamily({ ...FAMILY, markets: [] })).toBe("bars s1");
    expect([nameKind("feature_edit"), nameKind("something_new")]).toEqual(["feature set", "something new"]);
  });

  it("says whether its chain holds", () => {
    expect(tellChain(LEDGER)).toMatchObject({ tone: "good", words: "All 312 entries are what was written, by the chain of digests." });
    const broken = { ...LEDGER, chain: { is_sound: false, fault: "entry 7 was changed", remedy: "restore it" } };
    expect(tellChain(broken)).toMatchObject({ tone: "bad", words: "The chain is broken: entry 7 was changed." });
  });

  it("tells what a check came to", () => {
    const check: LedgerCheckAnswer = { is_sound: true, head: "1:a", n_models: 1, n_evidence: 2, n_fits: 3, n_foreign: 1, n_fits_unknown: 0, findings: [] };
    expect(tellCheck(check).title).toBe("Sound: looked for 1 model, 2 evidence and 3 fits, and all are there.");
    expect(tellCheck(check).words).toHaveLength(1);
    expect(tellCheck({ ...check, is_sound: false }).tone).toBe("bad");
  });

  it("knows a head, and the digests of an entry that it has", () => {
    expect([isHead(`12:${"0f".repeat(32)}`), isHead("12:xyz"), isHead("")]).toEqual([true, false, false]);
    const trial = { number: 1, family: 1, kind: "fit", pipeline: "p", snapshot: "s", recorded_at: "", note: "", features: "", recipe: "r", fit: "" };
    expect(digestsOf(trial)).toEqual([["snapshot", "s"], ["recipe", "r"]]);
  });
});
