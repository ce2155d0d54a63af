/** What a source added over the rules: series for charts, and sentences that claim no more than is known. */

import type { Line } from "../../charts";
import type { BandPlace } from "../../charts/lines";
import type { AccountAnswer } from "../../api/schema";
import { bars, count, fixed, percent } from "../../format";
import type { Tone } from "../../shell/parts";

/** Bars below which no interval is stated. */
const LEAST_BARS = 63;

/** What is known of an account, and how to show it. */
export interface Known {
  readonly tone: Tone;
  readonly badge: string;
  readonly words: string;
}

/** What is known, in plain words. */
export function tellKnown(account: AccountAnswer): Known {
  const who = nameSource(account);
  const { mean, low, high } = account.added_bps;
  if (low === null || high === null) {
    return {
      tone: "neutral",
      badge: "too early",
      words: `Too early to say what ${who} adds: ${bars(account.n_bars)} settled, and an interval begins at ${LEAST_BARS} that do not overlap.`,
    };
  }
  const range = `the interval, which holds at all times at once, runs from ${basisPoints(low)} to ${basisPoints(high)}`;
  if (low > 0) {
    return {
      tone: "good",
      badge: "adds value",
      words: `So far ${who} earned more than the rules would have: ${basisPoints(mean)} basis points a bar after costs; ${range}, all above zero.`,
    };
  }
  if (high < 0) {
    return {
      tone: "bad",
      badge: "costs value",
      words: `So far ${who} earned less than the rules would have: ${basisPoints(mean)} basis points a bar after costs; ${range}, all below zero.`,
    };
  }
  return {
    tone: "neutral",
    badge: "not known yet",
    words: `Whether ${who} adds anything over the rules is not known yet: ${basisPoints(mean)} basis points a bar after costs, but ${range} and zero lies within.`,
  };
}

/** Who it is about: the model, or a member of it. */
export function nameSource(account: Pick<AccountAnswer, "member">): string {
  return account.member === null ? "the model" : `the member ${account.member.replaceAll("_", " ")}`;
}

/** What the score of forecasts says, which needs no distribution of returns. */
export function tellScore(account: AccountAnswer): string {
  const { mean, low, high } = account.added_score;
  const evidence = `evidence that it adds to the score at all: ${writeEvidence(account.evidence)} (at most 1 is to be expected where it does not)`;
  const told = `By the score of each forecast, whatever the size of the bet: ${fixed(mean, 3, { signed: true })} above the rules'`;
  const range = low === null || high === null ? "" : ` (${fixed(low, 3, { signed: true })} to ${fixed(high, 3, { signed: true })})`;
  return `${told}${range}; ${evidence}.`;
}

/** An e-value: "1.90", "12.3", "above 10,000". */
export function writeEvidence(value: number): string {
  if (value >= 10_000) {
    return "above 10,000";
  }
  return value >= 10 ? fixed(value, 1) : fixed(value, 2);
}

/** Basis points with a sign: "+2.7". */
export function basisPoints(value: number | null): string {
  return fixed(value, 1, { signed: true });
}

/** Basis points of the capital as a percentage: 657.2 is "+6.6%". */
export function asPercent(sumBps: number): string {
  return percent(sumBps / 10_000, { signed: true });
}

/** Both ends of an interval; why there is none where there is none. */
export function writeRange(low: number | null, high: number | null): string {
  return low === null || high === null ? "too few bars" : `${basisPoints(low)} to ${basisPoints(high)}`;
}

/** The rows of a model: all symbols together with the members, and symbol by symbol. */
export interface ModelAccounts {
  readonly modelId: string;
  readonly stage: string | null;
  readonly horizonBars: number;
  /** All symbols together; undefined where the service told of none. */
  readonly whole: AccountAnswer | undefined;
  readonly members: readonly AccountAnswer[];
  readonly symbols: readonly AccountAnswer[];
}

const RANKS: Readonly<Record<string, number>> = { champion: 0, previous: 1, candidate: 2 };

/** Return the accounts by model, those that serve first. */
export function groupAccounts(accounts: readonly AccountAnswer[]): ModelAccounts[] {
  const ids = [...new Set(accounts.map((one) => one.model_id))];
  const groups = ids.map((modelId) => {
    const own = accounts.filter((one) => one.model_id === modelId);
    return {
      modelId,
      stage: own[0]?.stage ?? null,
      horizonBars: own[0]?.horizon_bars ?? 1,
      whole: own.find((one) => one.symbol === null && one.member === null),
      members: own.filter((one) => one.symbol === null && one.member !== null),
      symbols: own.filter((one) => one.symbol !== null && one.member === null),
    };
  });
  const rank = (group: ModelAccounts): number => RANKS[group.stage ?? ""] ?? 3;
  return groups.sort((one, other) => rank(one) - rank(other));
}

/** What was added a bar, with the interval as it was at each time. */
export function intervalOf(account: AccountAnswer): { lines: Line[]; band: { name: string; places: BandPlace[] } } | undefined {
  const curve = account.curve;
  if (curve === null || curve.at.length < 2) {
    return undefined;
  }
  // The first bars swing without meaning, and would flatten all that follows.
  const from = Math.max(0, curve.low.findIndex((low) => low !== null));
  const kept = curve.at.map((_, place) => place).filter((place) => place >= from);
  return {
    lines: [{ name: "Added a bar, mean so far", points: kept.map((place) => ({ at: curve.at[place]!, value: curve.added_bps[place] ?? null })) }],
    band: {
      name: "95% interval, at all times at once",
      places: kept.map((place) => ({ at: curve.at[place]!, low: curve.low[place] ?? null, high: curve.high[place] ?? null })),
    },
  };
}

/** What model and rules came to in sum, after costs. */
export function sumsOf(account: AccountAnswer): Line[] {
  const curve = account.curve;
  if (curve === null || curve.at.length < 2) {
    return [];
  }
  const line = (name: string, values: readonly number[], isDashed = false): Line => ({
    name,
    isDashed,
    points: curve.at.map((at, place) => ({ at, value: values[place] ?? null })),
  });
  return [
    line(account.member === null ? "The model" : `Member ${account.member}`, curve.sum_net_bps),
    line("The rules", curve.sum_rules_net_bps, true),
  ];
}

/** Over which bars an account runs. */
export function tellBars(account: AccountAnswer): string {
  const said = account.n_said === 1 ? "1 direction" : `${count(account.n_said)} directions`;
  return `${bars(account.n_bars)} settled from ${account.first_at.slice(0, 10)} to ${account.last_at.slice(0, 10)}, with ${said} said`;
}
