import { describe, expect, it } from "vitest";

import { age, bars, clock, count, day, daysLong, fixed, instant, percent, points, price, readInstant } from "./index";

describe("numbers", () => {
  it.each([
    [0.5364, {}, "53.6%"],
    [-0.0125, { digits: 2, signed: true }, "−1.25%"],
    [0.0125, { digits: 2, signed: true }, "+1.25%"],
    [0, { signed: true }, "0.0%"],
    [null, {}, "–"],
    [Number.NaN, {}, "–"],
  ])("writes the share %d as percent", (share, options, written) => {
    expect(percent(share, options)).toBe(written);
  });

  it("writes a loss too small to be seen without a sign", () => {
    expect(percent(-0.00001)).toBe("0.0%");
    expect(fixed(-0.004, 2, { signed: true })).toBe("0.00");
  });

  it.each([
    [2488.834, "2,488.83"],
    [1, "1.00"],
    [0.04123, "0.04123"],
    [0.00000123456, "0.000001235"],
    [0, "0.00"],
    [undefined, "–"],
  ])("writes the price %d with the digits that it needs", (value, written) => {
    expect(price(value)).toBe(written);
  });

  it("writes counts, bars and points", () => {
    expect([count(59862364), bars(1), bars(5), bars(null), points(64.25), points(79.6, 0)]).toEqual([
      "59,862,364",
      "1 bar",
      "5 bars",
      "–",
      "64.3",
      "80",
    ]);
  });
});

describe("instants", () => {
  const now = "2026-11-23T12:00:00Z";

  it("takes a text without a zone to be in UTC, as the service writes some", () => {
    expect(readInstant("2019-03-01T21:00:00.000000")?.toISOString()).toBe("2019-03-01T21:00:00.000Z");
    expect(readInstant("2019-03-01T21:00:00+01:00")?.toISOString()).toBe("2019-03-01T20:00:00.000Z");
    expect(readInstant("2019-03-01")?.toISOString()).toBe("2019-03-01T00:00:00.000Z");
  });

  it("writes instants, days and times of day", () => {
    expect([instant("2018-12-27T21:00:00Z"), day("2018-12-27T21:00:00Z"), clock("2018-12-27T21:00:05Z")]).toEqual([
      "2018-12-27 21:00 UTC",
      "2018-12-27",
      "21:00:05 UTC",
    ]);
  });

  it.each([
    ["2026-11-23T11:59:40Z", "just now"],
    ["2026-11-23T11:59:00Z", "1 minute ago"],
    ["2026-11-20T21:00:00Z", "2 days ago"],
    ["2026-11-23T14:00:00Z", "in 2 hours"],
    ["2017-11-10T21:00:00Z", "9 years ago"],
    ["no instant", "–"],
    [null, "–"],
  ])("says how long ago %s is", (then, words) => {
    expect(age(then, now)).toBe(words);
  });

  it("writes lengths in days", () => {
    expect([daysLong(0.5), daysLong(1.5), daysLong(800), daysLong(0), daysLong(null)]).toEqual([
      "12 hours",
      "1 day",
      "2.2 years",
      "less than a minute",
      "–",
    ]);
  });
});
