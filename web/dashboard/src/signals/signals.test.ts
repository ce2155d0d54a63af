import { describe, expect, it } from "vitest";

import type { PredictionAnswer } from "../api/schema";
import { bandOf } from "./confidence";
import { findRate, type HitRate, lookUp, recordOf } from "./hit-rates";
import { distance, reasonWords, sourceName, sourceReason } from "./words";

describe("confidence", () => {
  it.each([
    [95, "BUY", "high"],
    [80, "SELL", "high"],
    [79.999, "BUY", "middle"],
    [60, "BUY", "middle"],
    [59.999, "BUY", "low"],
    [90, "HOLD", "none"],
    [Number.NaN, "BUY", "none"],
  ])("of %d to %s is %s", (confidence, direction, band) => {
    expect(bandOf(confidence, direction)).toBe(band);
  });
});

const RATE: HitRate = {
  symbol: "SPY",
  interval: "1d",
  horizon_bars: 5,
  source: "etf-a",
  kind: "model",
  n_forecasts: 100,
  n_pending: 5,
  n_void: 0,
  n_neither: 0,
  n: 95,
  n_hits: 66,
  rate: 0.695,
  low: 0.47,
  high: 0.85,
  first_at: "2026-07-06T21:00:00Z",
  last_at: "2026-11-20T21:00:00Z",
  bands: [
    { name: "high", at_least: 80, below: null, n: 16, n_hits: 14, rate: 0.875, low: 0.35, high: 0.99 },
    { name: "middle", at_least: 60, below: 80, n: 48, n_hits: 28, rate: 0.583, low: 0.29, high: 0.82 },
    { name: "low", at_least: 50, below: 60, n: 0, n_hits: 0, rate: null, low: null, high: null },
  ],
};

describe("records", () => {
  const said = (confidence: number, past_hits: PredictionAnswer["past_hits"] = null) => ({ confidence, past_hits });

  it("are of the same confidence where enough was measured there", () => {
    expect(recordOf(said(70), RATE)).toEqual({ value: "58.3%", note: "of 48 this confident (29% to 82%)" });
  });

  it.each([85, 55])("are of any confidence where too little was measured at %d", (confidence) => {
    expect(recordOf(said(confidence), RATE).note).toBe("of 95 of any confidence (47% to 85%)");
  });

  it("are those of the trial where nothing was measured, and say so", () => {
    const past = { n_hits: 412, n_settled: 780, rate: 412 / 780 };
    expect(recordOf(said(70, past), undefined)).toEqual({ value: "52.8%", note: "of 780 this strong, in its trial" });
    expect(recordOf(said(70), undefined)).toEqual({ value: "–", note: "not measured yet" });
  });

  it("are told apart from those that are looked up, or cannot be", () => {
    const asked = { ...said(70), symbol: "SPY", interval: "1d", horizon_bars: 5, source: { kind: "model", model_id: "etf-a" } as PredictionAnswer["source"] };
    const reload = (): void => undefined;
    expect(lookUp(asked, { state: "loading", reload })).toBeUndefined();
    expect(lookUp(asked, { state: "failed", reload })?.note).toBe("not known at the moment");
    expect(lookUp(asked, { state: "failed", value: [RATE], reload })?.value).toBe("58.3%");
  });

  it("are found by market and source", () => {
    const source = { kind: "model", model_id: "etf-a" } as PredictionAnswer["source"];
    const asked = { symbol: "SPY", interval: "1d", horizon_bars: 5, source };
    expect(findRate([RATE], asked)).toBe(RATE);
    expect(findRate([RATE], { ...asked, horizon_bars: 1 })).toBeUndefined();
    expect(findRate([{ ...RATE, source: "rules" }], { ...asked, source: { ...source, kind: "rules", model_id: "rules" } })).toBeDefined();
  });
});

describe("words", () => {
  const answer = (changes: object): PredictionAnswer =>
    ({ source: { kind: "rules" }, rung: "rules", reasons: [], fallback_reason: null, ...changes }) as unknown as PredictionAnswer;

  it("name who answered", () => {
    expect([
      sourceName(answer({})),
      sourceName(answer({ source: { kind: "model" }, rung: "champion" })),
      sourceName(answer({ source: { kind: "model" }, rung: "previous champion" })),
      sourceName(answer({ source: { kind: "none" }, rung: "hold" })),
    ]).toEqual(["Rules", "Model", "Previous model", "Nobody"]);
  });

  it("say why, in the service's sentence or by the reason's code", () => {
    expect(sourceReason(answer({ reasons: ["The rules answer."] }))).toBe("The rules answer.");
    expect(sourceReason(answer({ fallback_reason: "no_model_promoted" }))).toBe("No model has proven itself on this market yet.");
    expect(sourceReason(answer({}))).toBe("");
  });

  it("know a reason that is newer than the page by its code", () => {
    expect(reasonWords("moon_in_the_way" as never)).toBe("moon in the way");
  });

  it("tell how far a level is, where both are known", () => {
    expect([distance(105, 100), distance(null, 100), distance(105, 0)]).toEqual([expect.closeTo(0.05, 12), null, null]);
  });
});
