import { createHash } from "node:crypto";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readCanonical, writeCanonical } from "../src/canonical-json.js";
import type { CanonicalValue } from "../src/canonical-json.js";
import { readInstant, writeInstant, writeSecond } from "../src/instants.js";
import { normalQuantile } from "../src/normal.js";
import { fixedText, floatText, percentText, shortText } from "../src/numerals.js";
import { sha256 } from "../src/sha256.js";
import { CASES } from "./files.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("numbers are written as the service writes them", () => {
  it.each(CASES.numbers.map((row) => [row[1], row] as const))("%s", (_, row) => {
    const [value, ...texts] = row;
    const found = [floatText, (x: number) => fixedText(x, 1), (x: number) => fixedText(x, 0)];
    const all = [...found, (x: number) => percentText(x, 1), shortText].map((write) => write(value));
    // Beyond 1e21 the language itself gives up on fixed decimals; nothing here is that large.
    const isLarge = Math.abs(value) >= 1e18;
    expect(isLarge ? [all[0], all[4]] : all).toEqual(isLarge ? [texts[0], texts[4]] : texts);
  });

  it("any number reads back the same", () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Object.is(Number(floatText(value)), value)).toBe(true);
    }));
  });

  it("quantiles of the normal distribution agree to the last digits", () => {
    for (const [probability, quantile] of CASES.quantiles) {
      expect(Math.abs(normalQuantile(probability) - quantile)).toBeLessThan(1e-14 * Math.max(1, Math.abs(quantile)));
    }
  });
});

describe("canonical JSON", () => {
  const leaf = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.bigInt(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: "binary" }),
  );
  const value = fc.letrec<{ value: CanonicalValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(fc.string({ unit: "binary" }), tie("value"), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value;

  it("is read back as it was written", () => {
    fc.assert(fc.property(value, (one) => {
      expect(writeCanonical(readCanonical(bytes(writeCanonical(one))))).toBe(writeCanonical(one));
    }));
  });

  it.each([
    '{"a":1,"a":1}', '{"b":1,"a":1}', '{"a": 1}', "[1,]", "[1 ,2]", "1.50", "1e5", "01", "-0", "1E+16",
    '"\u00e9"', '"\\u00E9"', '"\\/"', "NaN", "Infinity", "", "[", "{", '{"a"}', "[1][2]", "nul", '"a',
    "[".repeat(32) + "1" + "]".repeat(32),
  ])("refuses %s", (text) => {
    expect(() => readCanonical(bytes(text))).toThrow(SyntaxError);
  });

  it("tells a whole number from one with a point", () => {
    expect(readCanonical(bytes('[5,5.0,1e-07,1e+16,"\\u007f\\ud83d\\udc0f"]'))).toEqual([5n, 5, 1e-7, 1e16, "\x7f\u{1f40f}"]);
  });
});

describe("digests and instants", () => {
  it("SHA-256 is the one that others compute", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (content) => {
      expect(sha256(content)).toBe(createHash("sha256").update(content).digest("hex"));
    }));
  });

  it("SHA-256 holds around the edges of its blocks, and for a view into a larger array", () => {
    for (const n of [0, 55, 56, 57, 63, 64, 65, 119, 120, 128]) {
      const content = new Uint8Array(n + 3).fill(n + 1).subarray(3);
      expect(sha256(content)).toBe(createHash("sha256").update(content).digest("hex"));
    }
  });

  it.each([
    ["2018-12-27T21:00:00Z", 1545944400000000],
    ["2018-12-27T21:00:00.000001", 1545944400000001],
    ["2018-12-27T22:30:00+01:30", 1545944400000000],
    ["1969-12-31T23:59:59.5Z", -500000],
  ])("reads %s", (text, instant) => {
    expect(readInstant(text)).toBe(instant);
    expect(readInstant(writeInstant(instant))).toBe(instant);
  });

  it.each(["2018-02-30T00:00", "2018-13-01T00:00", "2018-01-01", "yesterday", "2018-01-01T25:00"])(
    "finds no instant in %s",
    (text) => {
      expect(readInstant(text)).toBeNaN();
    },
  );

  it("writes seconds for a person", () => {
    expect(writeSecond(1545944400999999)).toBe("2018-12-27T21:00:00Z");
  });
});
