import { describe, expect, it } from "vitest";

import { DirectBundles } from "../src/bundle-source.js";
import { LADDER_OPTIONS } from "../src/ladder.js";
import type { Serving } from "../src/shelf.js";
import { CASES, questionOf } from "./files.js";
import type { Case } from "./files.js";
import { ENGINE, Files, SERVING, predictorOn } from "./stands.js";

// Nets and trees compute in float32; everything else agrees to the last digits.
const NEAR = 1e-7;

function servingOf(one: Case): Serving {
  const { least_confidence: least, when_unsure: unsure, most_age_days: age } = one.ladder;
  const isAbout = one.symbol === "WORLD" && one.interval === "1d" && one.horizon_bars === 1;
  return {
    champion: isAbout ? { ...SERVING.champion!, standing: one.standing } : null,
    previous: null,
    modelsEnabled: one.models,
    ladder: {
      leastConfidence: least ?? LADDER_OPTIONS.leastConfidence,
      whenUnsure: unsure ?? LADDER_OPTIONS.whenUnsure,
      mostAgeDays: age ?? LADDER_OPTIONS.mostAgeDays,
    },
  };
}

/** Replace numbers that are as good as the expected ones, so that all else can be compared exactly. */
function settle(found: unknown, expected: unknown): unknown {
  if (typeof found === "number" && typeof expected === "number") {
    return Math.abs(found - expected) <= NEAR * Math.max(1, Math.abs(expected)) ? expected : found;
  }
  if (typeof found !== "object" || found === null || typeof expected !== "object") return found;
  const theirs = expected as Readonly<Record<string, unknown>>;
  const entries = Object.entries(found).map(([name, value]) => [name, settle(value, theirs[name])]);
  return Array.isArray(found) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

describe("the page's answer is the service's", () => {
  const bundles = new DirectBundles(ENGINE, new Files().fetch);
  for (const one of CASES.cases) {
    it(one.name, async () => {
      const predictor = predictorOn(new Files(), servingOf(one), { bundles, now: () => one.now });
      const told = await predictor.predict(questionOf(one));
      expect(settle(told.prediction, one.prediction)).toEqual(one.prediction);
      expect(Object.keys(told.prediction)).toEqual(Object.keys(one.prediction));
      expect(told.by).toBe("page");
      expect(told.detours).toEqual([]);
    });
  }
});
