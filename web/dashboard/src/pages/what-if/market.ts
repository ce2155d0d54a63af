/** Which market a file is about, and the sessions of it. */

import type { SessionCalendar } from "../../../../client/src/calendar";
import type { SnapshotAnswer } from "../../api/schema";
import type { ReadBars } from "./reading/read";

/** A market that the service knows. */
export interface Market {
  readonly symbol: string;
  readonly interval: string;
  readonly calendar: string;
}

const DAY = 86_400_000_000;

/** Return the markets of stored bars, each once, by name. */
export function listMarkets(snapshots: readonly SnapshotAnswer[], interval: string): Market[] {
  const markets = new Map<string, Market>();
  for (const { symbol, interval: stored, calendar } of snapshots) {
    if (stored === interval && !markets.has(symbol)) {
      markets.set(symbol, { symbol, interval: stored, calendar });
    }
  }
  return [...markets.values()].sort((one, other) => one.symbol.localeCompare(other.symbol));
}

/**
 * Return the market that a file names itself: in its column of symbols, or as the name of the file.
 * It is only proposed.
 */
export function proposeMarket(markets: readonly Market[], fileName: string, symbols: readonly string[]): Market | undefined {
  const [stem = ""] = fileName.split(".");
  const named = symbols.length === 1 ? symbols : [stem];
  return markets.find((market) => named.some((name) => name.toLowerCase() === market.symbol.toLowerCase()));
}

/**
 * Return the close of each bar. A day's bar closes with the session of that day, where the market's
 * sessions are known; else at the day's last second, UTC.
 */
export function closesOf(bars: ReadBars, calendar: SessionCalendar | null): Float64Array {
  if (!bars.areDays) {
    return bars.instants;
  }
  const sessions = new Map<number, number>();
  for (const close of calendar?.closesAt ?? []) {
    // A session that ends at midnight is of the day before.
    sessions.set(Math.floor((close - 1) / DAY), close);
  }
  return bars.instants.map((day) => sessions.get(Math.floor(day / DAY)) ?? day + DAY - 1_000_000);
}
