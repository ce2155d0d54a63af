import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { BarsAnswer, EntryAnswer } from "../api/schema";
import { makeCandles } from "./candles";
import { axisTicks, pathOf } from "./curve-places";
import { makeFan } from "./fan";
import { nextCloses, secondsOf } from "./horizon";
import { makeBand, makeLine, thin } from "./lines";
import { makeMarks } from "./marks";
import { fade, toHex } from "./palette";
import { placeSpans, ticksOf } from "./timeline-places";

describe("candles", () => {
  const BARS = {
    closed_at: ["2018-12-27T21:00:00Z", "2018-12-28T21:00:00Z", "2018-12-28T21:00:00Z", "2018-12-31T21:00:00Z"],
    open: [1, 2, 3, Number.NaN],
    high: [2, 3, 4, 5],
    low: [0.5, 1, 2, 3],
    close: [1.5, 2.5, 3.5, 4.5],
    volume: [10, Number.NaN, 30, 40],
  } as unknown as BarsAnswer;

  it("leave out what no chart can draw: an instant twice, a price that is none", () => {
    expect(makeCandles(BARS).map((candle) => [candle.close, candle.volume])).toEqual([
      [1.5, 10],
      [2.5, 0],
    ]);
  });
});

describe("the fan", () => {
  const forecast = (low: number, high: number, horizon_bars: number, price: number | null = 100) => ({
    price,
    horizon_bars,
    prediction_interval: { low, high, coverage: 0.9 },
  });

  it("meets the interval of the service at the horizon, whatever it is", () => {
    const share = fc.double({ min: -0.9, max: 2, noNaN: true });
    fc.assert(
      fc.property(share, share, fc.integer({ min: 1, max: 60 }), (one, other, horizon) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        const fan = makeFan(forecast(low, high, horizon));
        const end = fan?.points.at(-1);
        expect(end?.low).toBeCloseTo(100 * (1 + low), 6);
        expect(end?.high).toBeCloseTo(100 * (1 + high), 6);
        expect(fan?.points[0]).toEqual({ barsAhead: 0, low: 100, middle: 100, high: 100 });
      }),
    );
  });

  it("widens with the root of time around the drift", () => {
    const fan = makeFan(forecast(-0.02, 0.03, 4));
    const widths = fan?.points.map((point) => Math.log(point.high / point.low) / 2);
    expect(widths?.[4]).toBeCloseTo(2 * (widths?.[1] ?? 0), 12);
    expect(Math.log((fan?.points[4]?.middle ?? 0) / 100)).toBeCloseTo(4 * (fan?.drift ?? 0), 12);
  });

  it.each([
    ["a price", forecast(-0.1, 0.1, 1, null)],
    ["an interval", { price: 100, horizon_bars: 1, prediction_interval: null }],
    ["a possible loss", forecast(-1, 0.1, 1)],
    ["ends in their order", forecast(0.2, 0.1, 1)],
  ])("is none without %s", (_, told) => {
    expect(makeFan(told)).toBeUndefined();
  });
});

describe("bars to come", () => {
  const FRIDAY = Date.parse("2018-12-28T21:00:00Z") / 1000;
  const days = (calendar: string, interval: string): string[] =>
    nextCloses(FRIDAY as never, 2, interval, calendar).map((time) => new Date(time * 1000).toISOString().slice(0, 10));

  it("pass over weekends where the market rests, and nowhere else", () => {
    expect([days("XNYS", "1d"), days("24/7", "1d"), days("XNYS", "1w")]).toEqual([
      ["2018-12-31", "2019-01-01"],
      ["2018-12-29", "2018-12-30"],
      ["2019-01-04", "2019-01-11"],
    ]);
  });

  it("are those of the sessions told, as far as they reach", () => {
    const told = [FRIDAY, FRIDAY + 3 * 86_400, FRIDAY + 5 * 86_400];
    const next = (n: number): number[] => nextCloses(FRIDAY as never, n, "1d", "XNYS", told).map((time) => (time - FRIDAY) / 86_400);
    expect([next(1), next(2), next(3)]).toEqual([[3], [3, 5], [3, 4, 5]]);
  });

  it("are as long as the interval says", () => {
    expect([secondsOf("5m"), secondsOf("4h"), secondsOf("1d"), secondsOf("1x"), secondsOf("0d")]).toEqual([300, 14_400, 86_400, undefined, undefined]);
  });
});

describe("marks", () => {
  const entry = (number: number, as_of: string | null, direction: string, outcome: string | null): EntryAnswer =>
    ({ number, prediction: { as_of, direction }, settlement: outcome === null ? null : { outcome } }) as unknown as EntryAnswer;

  it("tell one answer a bar, the one recorded last, and nothing of HOLD", () => {
    const marks = makeMarks([
      entry(5, "2018-12-31T21:00:00Z", "BUY", null),
      entry(3, "2018-12-28T21:00:00Z", "SELL", "hit"),
      entry(4, "2018-12-28T21:00:00Z", "BUY", "miss"),
      entry(2, "2018-12-27T21:00:00Z", "HOLD", "neither"),
      entry(1, null, "BUY", null),
    ]);
    expect(marks.map((mark) => [mark.direction, mark.outcome])).toEqual([
      ["BUY", "miss"],
      ["BUY", "pending"],
    ]);
  });
});

describe("lines", () => {
  it("are in the order of time, the last of several values at an instant, with gaps", () => {
    const line = makeLine([
      { at: "2019-01-02", value: 2 },
      { at: "2019-01-01", value: 1 },
      { at: "2019-01-02", value: 3 },
      { at: "2019-01-03", value: null },
      { at: "never", value: 9 },
    ]);
    expect(line.map((point) => ("value" in point ? point.value : "gap"))).toEqual([1, 3, "gap"]);
  });

  it("have bands only where both ends are known", () => {
    expect(makeBand([{ at: "2019-01-01", low: 1, high: null }, { at: "2019-01-02", low: 1, high: 2 }])).toHaveLength(1);
  });

  it("are thinned with their first and last point", () => {
    const rows = Array.from({ length: 1000 }, (_, row) => row);
    const thinned = thin(rows, 24);
    expect([thinned.length, thinned[0], thinned.at(-1)]).toEqual([24, 0, 999]);
  });

  it("fade in colours that a canvas reads", () => {
    expect([fade("#7fb0ff", 0.5), fade("#7fb0ff", 2), fade("red", 0.5)]).toEqual(["#7fb0ff80", "#7fb0ffff", "red"]);
  });

  it("are read as a browser computes them", () => {
    expect([toHex("rgb(127, 176, 255)"), toHex("rgb(0, 9, 16)"), toHex("")]).toEqual(["#7fb0ff", "#000910", "#888888"]);
  });
});

describe("timelines", () => {
  const NOW = Date.parse("2019-01-11");
  const lanes = [
    {
      name: "a",
      spans: [
        { from: "2019-01-01", to: "2019-01-06", tone: "bad" as const, words: "one" },
        { from: "2019-01-06", to: null, tone: "warn" as const, words: "still" },
        { from: "2019-01-11", tone: "neutral" as const, words: "instant" },
      ],
    },
  ];

  it("place what lasted, what still lasts and what was an instant", () => {
    const [lane] = placeSpans(lanes, 100, {}, NOW).lanes;
    expect(lane?.spans.map((span) => [span.x, span.width])).toEqual([
      [0, 50],
      [50, 50],
      [96, 4],
    ]);
  });

  it("leave out what lies outside of what is looked at", () => {
    const placed = placeSpans(lanes, 100, { from: "2019-01-07", to: "2019-01-10" }, NOW);
    expect(placed.lanes[0]?.spans.map((span) => span.words)).toEqual(["still"]);
  });

  it("have an end and a beginning even where nothing was", () => {
    const placed = placeSpans([{ name: "a", spans: [] }], 100, {}, NOW);
    expect(placed.to - placed.from).toBe(86_400_000);
    expect(ticksOf(placed.from, placed.to, 640).map((tick) => tick.anchor)).toEqual(["start", "middle", "middle", "middle", "end"]);
  });
});

describe("curves", () => {
  it("have round numbers on their axes", () => {
    expect([axisTicks(0, 1, 5), axisTicks(0.13, 0.92, 4), axisTicks(2, 2, 5)]).toEqual([
      [0, 0.2, 0.4, 0.6, 0.8, 1],
      [0.2, 0.4, 0.6, 0.8],
      [2],
    ]);
  });

  it("are interrupted where a point is no number", () => {
    const same = (one: number): number => one;
    expect(pathOf([[0, 0], [1, 1], [2, Number.NaN], [3, 3]], same, same)).toBe("M0.00 0.00L1.00 1.00M3.00 3.00");
  });
});
