import { describe, expect, it } from "vitest";

import { findJudged, isRenewal, marketsOf, nameMarket, tellPromotion, tellRollback, tellRolledBack, whyNotPromotable } from "./acts";
import { buildModel, buildVerdict } from "./building";
import { compare, compareYears, tellCaution, tellDifference } from "./compare";
import { choose, toggle } from "./list";

const champion = buildModel({ model_id: "edge-ensemble-0", stage: "champion" });
const previous = buildModel({ model_id: "edge-ensemble-00", stage: "previous" });
const candidate = buildModel();

describe("who may be promoted", () => {
  it("is a candidate whose verdict says PROMOTE, and nobody else", () => {
    expect(whyNotPromotable(candidate)).toBeUndefined();
    for (const stage of ["champion", "previous", "refused", "retired"] as const) {
      expect(whyNotPromotable(buildModel({ stage }))).toBeDefined();
    }
    expect(whyNotPromotable(buildModel({ decision: "NOT ENOUGH DATA" }))).toContain("NOT ENOUGH DATA");
    expect(whyNotPromotable(buildModel({ decision: null }))).toContain("has not judged");
  });

  it("is told what will happen to those who serve", () => {
    const market = marketsOf([champion, previous, candidate])[0];
    const told = tellPromotion(candidate, market).join(" ");
    expect(told).toContain("edge-ridge-1 answers for EDGE, REVERT");
    expect(told).toContain("edge-ensemble-0, the champion so far, becomes the previous one");
    expect(told).toContain("edge-ensemble-00, the previous one so far, is retired for good");
    expect(tellPromotion(candidate, marketsOf([candidate])[0]).join(" ")).toContain("The rules, which answer now");
  });
});

describe("a rollback", () => {
  it("brings back the previous champion, or the rules", () => {
    expect(tellRollback(marketsOf([champion, previous])[0]!)[1]).toContain("edge-ensemble-00 becomes champion again");
    expect(tellRollback(marketsOf([champion])[0]!)[1]).toContain("the rules answer");
  });

  it("says who serves now", () => {
    expect(tellRolledBack({ retired: "a", champion: "b" })).toBe("a is retired. b serves now.");
    expect(tellRolledBack({ retired: "a", champion: null })).toBe("a is retired. The rules answer now.");
  });
});

describe("markets", () => {
  it("are those of universe, interval and horizon; the served ones come first", () => {
    const other = buildModel({ model_id: "aaa", universe: "aaa", horizon_bars: 5 });
    const markets = marketsOf([other, champion, candidate]);
    expect(markets.map((market) => market.universe)).toEqual(["edge", "aaa"]);
    expect(markets[0]!.models).toHaveLength(2);
    expect(nameMarket(other)).toBe("aaa, 1-day bars, the next 5 bars");
  });
});

describe("a renewal", () => {
  const renewed = buildModel({ model_id: "edge-ensemble-2", snapshot_digest: "t".repeat(64) });

  it("serves on the verdict of other bars than its own", () => {
    expect(isRenewal(renewed, buildVerdict())).toBe(true);
    expect(isRenewal(candidate, buildVerdict())).toBe(false);
  });

  it("names the fit that was judged", () => {
    expect(findJudged(renewed, buildVerdict(), [renewed, candidate])).toBe(candidate);
    expect(findJudged(renewed, buildVerdict(), [renewed])).toBeUndefined();
  });
});

describe("a comparison", () => {
  const one = { model: champion, verdict: buildVerdict() };
  const skill = { ...buildVerdict().skill!, information_coefficient: { value: 0.05, low: 0.01, high: 0.09 } };
  const weaker = { model: candidate, verdict: buildVerdict({ skill }) };

  it("says who shows more skill only where the intervals do not meet", () => {
    expect(tellDifference(one, weaker)).toContain("edge-ensemble-0 shows more skill");
    expect(tellDifference(weaker, one)).toContain("edge-ensemble-0 shows more skill");
    expect(tellDifference(one, one)).toContain("cannot be told");
    expect(tellDifference(one, { ...weaker, verdict: undefined })).toContain("unknown");
  });

  it("marks the better figure, and none of two that read the same", () => {
    const rows = compare(one, weaker);
    expect(rows.find((row) => row.name === "Information coefficient")?.ahead).toBe(0);
    expect(rows.find((row) => row.name === "Sharpe ratio a year")?.ahead).toBeUndefined();
    expect(rows.find((row) => row.name === "Stage")?.texts).toEqual(["champion", "candidate"]);
  });

  it("warns where the bars differ", () => {
    expect(tellCaution(one, weaker)).toBeUndefined();
    expect(tellCaution(one, { ...weaker, verdict: buildVerdict({ snapshot: "other" }) })).toContain("different bars");
    expect(tellCaution(one, { ...weaker, verdict: buildVerdict({ n_bars: 5 }) })).toContain("different stretches");
    expect(tellCaution(one, { ...weaker, verdict: undefined })).toContain("no verdict");
  });

  it("has every year that either was judged on", () => {
    const later = buildVerdict({ by_year: [{ ...buildVerdict().by_year[0]!, year: 2026 }] });
    const years = compareYears(one, { model: candidate, verdict: later });
    expect(years.map((row) => [row.year, ...row.coefficients.map((figure) => figure.text)])).toEqual([
      [2025, "+0.230", "–"],
      [2026, "–", "+0.230"],
    ]);
  });
});

describe("the list", () => {
  it("shows what is wanted, the latest first", () => {
    const all = [champion, previous, candidate];
    const everything = { market: "", stage: "", text: "" };
    expect(choose(all, everything)).toEqual([candidate, previous, champion]);
    expect(choose(all, { ...everything, stage: "champion" })).toEqual([champion]);
    expect(choose(all, { ...everything, text: " RIDGE" })).toEqual([candidate]);
    expect(choose(all, { ...everything, text: "revert" })).toHaveLength(3);
    expect(choose(all, { ...everything, market: "noise 1d 1" })).toEqual([]);
  });

  it("lets two be chosen at the most", () => {
    expect(toggle(["a", "b"], "c")).toEqual(["b", "c"]);
    expect(toggle(["a", "b"], "a")).toEqual(["b"]);
  });
});
