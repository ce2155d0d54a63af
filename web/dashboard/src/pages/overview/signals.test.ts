import { describe, expect, it } from "vitest";

import type { PredictionAnswer, SnapshotAnswer } from "../../api/schema";
import { chunk, join, readWanted, selectSignals, type Signal, tally, writeWanted } from "./signals";

const snapshot = (symbol: string, interval = "1d"): SnapshotAnswer => ({ symbol, interval, last_closed_at: "2018-12-31T21:00:00Z" }) as SnapshotAnswer;

function signal(symbol: string, direction: string, confidence: number, kind: string, changes: object = {}): Signal {
  const answer = { direction, confidence, source: { kind }, probability_up: 0.5, as_of: "2018-12-31T21:00:00Z", ...changes };
  return { snapshot: snapshot(symbol), answer: answer as unknown as PredictionAnswer, trouble: undefined };
}

const SIGNALS = [
  signal("SPY", "BUY", 77, "model", { probability_up: 0.56 }),
  signal("QQQ", "SELL", 91, "rules", { probability_up: 0.4 }),
  signal("OLD", "HOLD", 0, "none", { probability_up: null, as_of: "2017-01-01T21:00:00Z" }),
  { snapshot: snapshot("GONE"), answer: undefined, trouble: "expected bars" },
];
const wanted = (query: string) => readWanted(new URLSearchParams(query));
const names = (query: string): string[] => selectSignals(SIGNALS, wanted(query)).map((one) => one.snapshot.symbol);

describe("signals", () => {
  it("are those of the address: by text, direction and source", () => {
    expect([names("text=q"), names("direction=BUY"), names("source=none"), names("text=zzz")]).toEqual([["QQQ"], ["SPY"], ["OLD"], []]);
  });

  it("are in the order of the address, what has no answer last", () => {
    expect([names(""), names("order=confidence"), names("order=chance"), names("order=age")]).toEqual([
      ["GONE", "OLD", "QQQ", "SPY"],
      ["QQQ", "SPY", "GONE", "OLD"],
      ["QQQ", "SPY", "GONE", "OLD"],
      ["OLD", "GONE", "QQQ", "SPY"],
    ]);
  });

  it("are all of them where the address says what is not known", () => {
    expect(names("direction=SIDEWAYS&order=luck")).toHaveLength(4);
  });

  it("are written into the address, what is not chosen left out", () => {
    expect(writeWanted(wanted("direction=BUY&order=symbol"))).toEqual({ direction: "BUY" });
  });

  it("are counted by who answers and what they say", () => {
    expect(tally(SIGNALS)).toEqual({ n: 4, byModels: 1, byRules: 1, byNobody: 2, buy: 1, sell: 1, hold: 1 });
  });
});

describe("questions", () => {
  it("are put together by length of bar, so many at once", () => {
    const groups = chunk([snapshot("A"), snapshot("B", "1h"), snapshot("C"), snapshot("D")], 2);
    expect(groups.map((group) => group.map((one) => one.symbol))).toEqual([["A", "C"], ["D"], ["B"]]);
  });

  it("are joined with their answers, and with why there is none", () => {
    const unanswered = [{ place: 1, symbol: "B", expected: "stored bars", was: "none", hint: "import them" }];
    const [one, other] = join([snapshot("A"), snapshot("B")], { answers: [{ direction: "BUY" } as PredictionAnswer, null], unanswered });
    expect([one?.answer?.direction, one?.trouble, other?.answer, other?.trouble]).toEqual(["BUY", undefined, undefined, "expected stored bars, was none; import them"]);
  });
});
