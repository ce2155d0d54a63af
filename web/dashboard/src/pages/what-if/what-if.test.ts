import { describe, expect, it } from "vitest";

import { readBars } from "../../../../client/src/bars";
import type { SnapshotAnswer } from "../../api/schema";
import { applyEdit, findFault, isEdited, lastBar, toChart, toColumns } from "./edit";
import { listFindings } from "./findings";
import { closesOf, listMarkets, proposeMarket } from "./market";
import { type ReadBars, readFile, type Reading } from "./reading/read";

function reading(text: string): Reading {
  const stage = readFile(new TextEncoder().encode(text), {}, () => 0);
  if (stage.kind !== "done") throw new Error(JSON.stringify(stage));
  return stage.value;
}

const TEXT = "date,open,high,low,close,volume\n2024-01-02,10,12,9,11,100\n2024-01-03,11,13,10,12,200\nnever,1,1,1,1,1";
const BARS: ReadBars = reading(TEXT).bars;
const at = (text: string): number => Date.parse(text) * 1000;
const write = (instant: number | undefined): string => new Date((instant ?? NaN) / 1000).toISOString();

describe("markets", () => {
  const stored = (symbol: string, interval: string): SnapshotAnswer => ({ symbol, interval, calendar: "XNYS" }) as SnapshotAnswer;
  const markets = listMarkets([stored("SPY", "1d"), stored("EUR/USD", "1h"), stored("AAPL", "1d"), stored("SPY", "1d")], "1d");

  it("lists those of the file's interval, each once", () => {
    expect(markets.map((market) => market.symbol)).toEqual(["AAPL", "SPY"]);
  });

  it("proposes what the file names itself, and nothing near it", () => {
    expect(proposeMarket(markets, "spy.csv", [])?.symbol).toBe("SPY");
    expect(proposeMarket(markets, "download.csv", ["AAPL"])?.symbol).toBe("AAPL");
    expect(proposeMarket(markets, "SPY.csv", ["TSLA"])).toBeUndefined();
    expect(proposeMarket(markets, "SPY-2024.csv", [])).toBeUndefined();
  });

  it("closes a day with its session, else with its last second", () => {
    const calendar = { name: "XNYS", closesAt: Float64Array.of(at("2024-01-02T21:00Z"), at("2024-01-04T21:00Z")) };
    expect(Array.from(closesOf(BARS, calendar), write)).toEqual(["2024-01-02T21:00:00.000Z", "2024-01-03T23:59:59.000Z"]);
    const roundTheClock = { name: "24/7", closesAt: Float64Array.of(at("2024-01-03T00:00Z"), at("2024-01-04T00:00Z")) };
    expect(write(closesOf(BARS, roundTheClock)[0])).toBe("2024-01-03T00:00:00.000Z");
    expect(closesOf({ ...BARS, areDays: false }, calendar)).toBe(BARS.instants);
  });
});

describe("edits", () => {
  it("move the high or the low along, and leave the file alone", () => {
    const [up, down] = [applyEdit(BARS, { close: 20, volume: 5 }), applyEdit(BARS, { close: 3, volume: 200 })];
    expect([up.close[1], up.high[1], up.low[1], up.volume[1]]).toEqual([20, 20, 10, 5]);
    expect([down.close[1], down.high[1], down.low[1]]).toEqual([3, 13, 3]);
    expect(lastBar(BARS)).toEqual({ close: 12, volume: 200 });
    for (const bars of [BARS, up, down]) {
      expect(readBars("X", "1d", toColumns(bars, closesOf(bars, null))).ok).toBe(true);
    }
  });

  it("are refused where they make no bar", () => {
    expect(findFault({ close: NaN, volume: 1 })).toContain("close");
    expect(findFault({ close: 0, volume: 1 })).toContain("above zero");
    expect(findFault({ close: 1, volume: -1 })).toContain("volume");
    expect(findFault({ close: 1, volume: 0 })).toBeNull();
    expect(isEdited(BARS, { close: 12, volume: 200 })).toBe(false);
  });

  it("are drawn, the last bars only", () => {
    const chart = toChart(BARS, closesOf(BARS, null), { symbol: "X", calendar: "" }, 1);
    expect(chart).toMatchObject({ closed_at: ["2024-01-03T23:59:59.000Z"], close: [12], interval: "1d", n_bars: 2 });
  });
});

describe("findings", () => {
  it("tell what was refused, by its line, and how the file was read", () => {
    const found = listFindings(reading(TEXT), undefined);
    expect(found.map((one) => one.kind)).toEqual(["row left out", "remark"]);
    expect(found[0]).toMatchObject({ where: "line 4", what: "Expected a date like those of the other rows, found “never”.", hint: "write it like them, or drop the row" });
  });

  it("count what is not shown", () => {
    const found = listFindings({ ...reading(TEXT), nRefused: 1001 }, undefined);
    expect(found.map((one) => one.what).join()).toContain("1000 more rows are left out.");
  });
});
