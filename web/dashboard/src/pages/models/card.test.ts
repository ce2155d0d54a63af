import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { CalibrationAnswer } from "../../api/schema";
import { asSentence } from "../../format";
import { buildCheck, buildVerdict } from "./building";
import { contractOf, effectsOf, errorRateOf, judgedOf, legsOf, skillOf, tell, valuesOf, withCalibration } from "./card";
import { growthOf, reliabilityOf } from "./charts";
import { figure, full, writeAny, writeChance } from "./figure";
import { opinionsOf, tellOpinions } from "./opinions";
import { exactShare } from "./proportion";
import { tableOfCoverage, tableOfStatements } from "./statements";
import { hitsOf, tableOfFloors, tableOfRegimes, tableOfYears } from "./tables";
import { placeOn, planScale, toneOfFigure, toneOfHeld } from "./tracks";
import { levelOf, luckAfterTrials, read, shareLeft, smallestOf } from "./verdict";

describe("a figure", () => {
  it("is written as the cards write it", () => {
    expect(figure("share", 0.5674).text).toBe("56.7%");
    expect(figure("gain", -0.02).text).toBe("−2.0%");
    expect(figure("correlation", 0.21).text).toBe("+0.210");
    expect(figure("number", "inf").text).toBe("infinite");
    expect(full(figure("share", 0.5, { low: 0.4, high: 0.6 }))).toBe("50.0% [40.0% to 60.0%]");
  });

  it("is a dash where it is unknown, and words where there is something to say", () => {
    expect(figure("gain", null).text).toBe("–");
    expect(figure("rate", null, { words: "not measured here" }).text).toBe("not measured here");
  });

  it("never claims that a chance is certain", () => {
    expect([writeChance(1e-9), writeChance(0.0312), writeChance(0.99999)]).toEqual(["below 0.1%", "3.1%", "above 99.9%"]);
  });

  it("of unknown size keeps about four digits that matter", () => {
    expect([writeAny(1764), writeAny(2.807), writeAny(3e-17)]).toEqual(["1,764", "2.807", "below 0.000001"]);
  });
});

describe("a verdict", () => {
  it("holds the level that the gate was asked for", () => {
    expect(levelOf(buildVerdict())).toBe(0.01);
    expect(levelOf(buildVerdict({ n_looks: 3, skill: { ...buildVerdict().skill!, alpha: 0.05 * shareLeft({ n_pipelines: 3, n_looks: 3 }) } }))).toBe(0.05);
    expect(levelOf(buildVerdict({ skill: null }))).toBe(0.01);
  });

  it("charges luck for every pipeline that was tried", () => {
    expect(luckAfterTrials(buildVerdict())).toBeCloseTo(9.6e-5, 7);
    expect(luckAfterTrials(buildVerdict({ n_pipelines: 1_000_000 }))).toBe(1);
  });

  it("counts the smallest of four statistics, and none where one is unknown", () => {
    const skill = buildVerdict().skill!;
    expect(smallestOf(skill)).toBe(4);
    expect(smallestOf({ ...skill, statistic: { ...skill.statistic, raw_expanding: null } })).toBeUndefined();
  });

  it("reads infinities by their names", () => {
    expect([read("inf"), read("-inf"), read("nonsense"), read(null), read(2)]).toEqual([Infinity, -Infinity, undefined, undefined, 2]);
  });
});

describe("a card", () => {
  it("says what a promotion means in each stage", () => {
    expect(tell(buildVerdict(), "champion").lead).toBe("Model Ridge has earned its place and serves now.");
    expect(tell(buildVerdict({ name: "ensemble" }), "candidate").lead).toBe("The ensemble has earned its place and may serve.");
    expect(tell(buildVerdict(), "champion").comfort).toContain("at most 1% of the time");
  });

  it("says that too few bars are no fault of the forecast", () => {
    const told = tell(buildVerdict({ decision: "NOT ENOUGH DATA" }), "candidate");
    expect(told.lead).toContain("too few bars to tell skill from luck");
    expect(told.stepName).toBe("Cheapest next step");
  });

  it("says that evidence must be put right where it was not made honestly", () => {
    const checks = [buildCheck({ name: "no_leak_found", leg: "construction", passed: false })];
    expect(tell(buildVerdict({ decision: "REFUSE", checks }), "refused").comfort).toContain("put right");
    expect(tell(buildVerdict({ decision: "REFUSE" }), "refused").comfort).toContain("normal and good outcome");
  });

  it("shows the hardest rival to beat, with an interval from its t", () => {
    const net = effectsOf(buildVerdict())[1]!;
    expect(net.note).toContain("over buy and hold");
    expect(net.figure.interval).toBe("+20.2% to +35.8%");
  });

  it("is whole where a leg could not be computed", () => {
    const bare = buildVerdict({ skill: null, value: null, contract: null, by_year: [], checks: [] });
    expect(skillOf(bare)).toEqual([]);
    expect(valuesOf(bare)).toEqual([]);
    expect(contractOf(bare)).toEqual([]);
    expect(effectsOf(bare).map((fact) => fact.figure.text)).toEqual(["–", "–", "–", "not measured here"]);
    expect(opinionsOf(bare)).toEqual([]);
  });

  it("marks the statistic that counts", () => {
    expect(skillOf(buildVerdict()).map((one) => one.note)).toEqual(["", "", "the smallest counts", ""]);
    expect(skillOf(buildVerdict()).every((one) => one.passed)).toBe(true);
  });

  it("says which legs decide", () => {
    const decides = (binding: "evidence" | "contract" | "both"): boolean[] => legsOf(buildVerdict({ binding })).map((leg) => leg.decides);
    expect(decides("evidence")).toEqual([true, true, true, true, false]);
    expect(decides("contract")).toEqual([true, false, false, false, true]);
    expect(decides("both")).toEqual([true, true, true, true, true]);
  });

  it("tells the next step of a check that failed, and only of one", () => {
    const checks = [buildCheck({ passed: false, next_step: "bring more bars" }), buildCheck({ next_step: "never told" })];
    const lines = legsOf(buildVerdict({ checks })).flatMap((leg) => leg.checks);
    expect(lines.map((line) => line.nextStep)).toEqual(["Bring more bars.", ""]);
  });

  it("holds the contract's numbers against what is asked, and says where intervals come from", () => {
    const told = contractOf(buildVerdict());
    expect(told.map((one) => one.bound)).toEqual(["at least 55.0%", "at least 1.50", "at most 20.0%"]);
    expect(told.map((one) => one.note)).toEqual(["exact 95% interval", "no exact interval exists", "bootstrap 95% interval"]);
  });

  it("states the gate's error with its exact interval", () => {
    const rate = { value: 0.0058, low: 0, high: 1 };
    const nulls = { world: "noise", kind: "null", information_coefficient: 0, n_runs: 695, n_promoted: 4, rate, limit: null, seed: 0 } as const;
    const fact = errorRateOf(buildVerdict({ calibration: { snapshot: "", measured_at: "2026-11-23T00:49:50Z", figures: [nulls] } }));
    expect(full(fact.figure)).toBe("0.58% [0.16% to 1.47%]");
    expect(fact.note).toBe("of 695 runs without skill were promoted, in simulated worlds, 2026-11-23");
  });

  it("takes the gate's error that was measured since: of its own bars, else of simulated worlds", () => {
    const build = (snapshot: string | null, options_digest: string): CalibrationAnswer => ({
      snapshot, options_digest, is_present_gate: true, n_configurations: 1, n_bars: 10, measured_at: "2026-11-23T00:00:00Z", seconds: 1, n_runs_left_out: 0,
      false_promotion: { value: 0, low: 0, high: 1, n: 0 }, conclusion: "open", sentence: "", figures: [],
    });
    const verdict = buildVerdict();
    const own = build(verdict.snapshot, verdict.options_digest);
    const worlds = build(null, verdict.options_digest);
    const take = (...calibrations: CalibrationAnswer[]): string | undefined => withCalibration(verdict, { level: 0.01, calibrations }).calibration?.snapshot;
    expect([take(worlds, own), take(worlds), take(build(null, "of another gate")), take()]).toEqual([verdict.snapshot, "", undefined, undefined]);
    expect(withCalibration(verdict, undefined)).toBe(verdict);
  });

  it("names bars and pipelines", () => {
    expect(judgedOf(buildVerdict())[1]).toEqual(["Judged", "801 out-of-sample bars, 2023-01-20 to 2026-02-13, 2 symbols"]);
  });
});

describe("tables, pictures and other tests", () => {
  it("have no rows where a verdict of an older version holds nothing", () => {
    expect(tableOfFloors(buildVerdict()).rows).toEqual([]);
    expect(tableOfRegimes(buildVerdict()).rows).toEqual([]);
    expect(tableOfStatements(buildVerdict()).rows).toEqual([]);
    expect(tableOfCoverage(buildVerdict({ beside: { coverage: null } })).rows).toEqual([]);
    expect(growthOf(null)).toEqual([]);
    expect(reliabilityOf(undefined)).toEqual([]);
  });

  it("have a figure for each column", () => {
    const table = tableOfYears(buildVerdict());
    expect(table.rows[0]!.figures).toHaveLength(table.columns.length - 1);
  });

  it("hold what was stated against what came, part by part", () => {
    const statement = (part: string, coverage: boolean) => ({
      part, n: 250, probability_up: 0.53, share_up: { value: 0.5, low: 0.44, high: 0.56, n: 250 }, brier: 0.2496,
      coverage: coverage ? { value: 0.88, low: 0.83, high: 0.92, n: 250 } : null,
    });
    const beside = {
      coverage: { claimed: 0.9, measured: { value: 0.89, low: 0.87, high: 0.91, n: 500 }, mean_width: 0.031 },
      statements_by_year: [statement("2025", true)],
      statements_by_regime: [statement("trending up", false)],
    };
    const statements = tableOfStatements(buildVerdict({ beside }));
    expect(statements.rows.map((row) => [row.name, row.mark])).toEqual([["2025", 0.53], ["Trending up", 0.53]]);
    expect(statements.rows[0]!.figures.map((one) => one.text)).toEqual(["50.0%", "53.0%", "0.2496", "250"]);
    const coverage = tableOfCoverage(buildVerdict({ beside }));
    expect(coverage.rows.map((row) => row.name)).toEqual(["All of it", "2025"]);
    expect([coverage.mark, coverage.note?.split(".", 2)[0]]).toEqual([0.9, "The intervals claim 90%, the mark in the picture, and were 3"]);
    for (const table of [statements, coverage]) {
      expect(table.rows.every((row) => row.figures.length === table.columns.length - 1)).toBe(true);
    }
  });

  it("are good where what is to be held is held, and bad on either side", () => {
    const held = (low: number, high: number): string => toneOfHeld(figure("share", 0.9, { low, high }), 0.9);
    expect([held(0.8, 0.95), held(0.91, 0.95), held(0.8, 0.89)]).toEqual(["good", "bad", "bad"]);
    expect(toneOfHeld(figure("share", 0.9), 0.9)).toBe("neutral");
  });

  it("leave out the floor that would flatten all others", () => {
    const lines = [{ name: "forecast", values: [1, 1.1] }, { name: "last_return", values: [1, 0.1] }];
    expect(growthOf({ closed_at: ["2026-01-01", "2026-01-08"], lines }).map((line) => line.name)).toEqual(["The forecast"]);
  });

  it("count the tests that speak, not those that could not be made", () => {
    const opinions = opinionsOf(buildVerdict({ value: { ...buildVerdict().value!, probabilistic_sharpe: null } }));
    expect(opinions.find((one) => one.name === "Probabilistic Sharpe ratio")?.speaks).toBeUndefined();
    expect(tellOpinions(opinions)).toMatch(/^3 of 3 other tests/);
  });

  it("read hit rates only where there are some", () => {
    expect(hitsOf({ hits_by_confidence: [{ least: 50, most: 60, n_hits: 97, n_settled: 214 }, { least: 60, most: 70, n_hits: 0, n_settled: 0 }, null] })).toEqual([
      { band: "50 to 60", hits: 97, settled: 214 },
    ]);
    expect(hitsOf({ hits_by_confidence: "nonsense" })).toEqual([]);
  });

  it("let one interval that is far too wide run off", () => {
    const narrow = [1, 2, 3].map((at) => figure("number", at, { low: at - 1, high: at + 1 }));
    const scale = planScale([...narrow, figure("number", 2, { low: -100, high: 100 })]);
    expect(scale!.high).toBeLessThan(10);
    expect(placeOn(scale!, 1e6)).toBe(100);
    expect(planScale([figure("number", null)])).toBeUndefined();
  });

  it("are good only where the whole interval is on the right side", () => {
    expect(toneOfFigure(figure("gain", 0.1, { low: 0.01, high: 0.2 }))).toBe("good");
    expect(toneOfFigure(figure("gain", 0.1, { low: -0.01, high: 0.2 }))).toBe("neutral");
    expect(toneOfFigure(figure("rate", 0.05, { low: 0.02, high: 0.08 }), 0.01, true)).toBe("bad");
  });

  it("end sentences once", () => {
    expect([asSentence("it varies"), asSentence("Does it?"), asSentence("")]).toEqual(["It varies.", "Does it?", ""]);
    expect(asSentence("desk-ridge-1a2b answers nobody")).toBe("desk-ridge-1a2b answers nobody.");
  });
});

describe("an exact share", () => {
  it("lies within its interval, and the interval within nought and one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
        const { value, low, high } = exactShare(Math.round(n * share), n);
        expect(low).toBeLessThanOrEqual(value + 1e-9);
        expect(high).toBeGreaterThanOrEqual(value - 1e-9);
        expect(Math.min(low, 1 - high)).toBeGreaterThanOrEqual(0);
      }),
      { seed: 7, numRuns: 100 },
    );
  });

  it("of none in n has the known upper end", () => {
    expect(exactShare(0, 174).high).toBeCloseTo(1 - 0.025 ** (1 / 174), 9);
  });
});
