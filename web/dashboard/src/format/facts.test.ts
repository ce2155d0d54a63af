import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { labelOf, plainNumber, tellFacts } from "./facts";

describe("facts", () => {
  it("are told with their names and units, those with a name of their own first", () => {
    const told = tellFacts({ zeta: 1, n_left_out: 12, accuracy: 0.558, e_value: 1304.2, done: "the rules answer", is_no_worse: true });
    expect(told.map((fact) => [fact.label, fact.text])).toEqual([
      ["Evidence (e-value)", "1,304"],
      ["What was done", "the rules answer"],
      ["Accuracy", "55.8%"],
      ["Shown to be no worse", "yes"],
      ["Zeta", "1"],
      ["Left out", "12"],
    ]);
  });

  it("leave out what says nothing", () => {
    expect(tellFacts({ nothing: null, empty: "", table: { a: 1 }, list: [], features: [{ name: "x" }] })).toEqual([]);
  });

  it("shorten digests and long lists, and write instants", () => {
    const [digest, symbols, at] = tellFacts({ digest: "a".repeat(64), many: Array.from({ length: 12 }, (_, n) => `S${n}`), at: "2018-12-28T22:00:03.120000" });
    expect(digest?.text).toBe("aaaaaaaaaaaa…");
    expect(symbols?.text).toBe("S0, S1, S2, S3, S4, S5, S6, S7 and 4 more");
    expect(at?.text).toContain("2018-12-28 22:00 UTC");
  });

  it("never fail, whatever an answer holds", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (facts) => {
        expect(tellFacts(facts).every((fact) => fact.text !== "")).toBe(true);
      }),
    );
  });
});

describe("plain words and numbers", () => {
  it("have as many digits as tell something", () => {
    expect([3, 1234.56, 12.34, 1.234, 0.01234, 0.0000123].map(plainNumber)).toEqual(["3", "1,235", "12.3", "1.23", "0.0123", "0.000012"]);
    expect(labelOf("false_alarms")).toBe("False alarms");
  });
});
