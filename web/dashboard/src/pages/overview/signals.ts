/** Every stored market with its answer: asked for, filtered, sorted, counted. */

import { getJson, sendJson } from "../../api/service";
import type { PredictionAnswer, SnapshotAnswer, SymbolsAnswer, SymbolsPageAnswer } from "../../api/schema";

/** One stored market, and the answer about it; why there is none where there is none. */
export interface Signal {
  readonly snapshot: SnapshotAnswer;
  readonly answer: PredictionAnswer | undefined;
  readonly trouble: string | undefined;
}

/** What of all signals is shown, and in which order; as the address has it. */
export interface Wanted {
  readonly text: string;
  readonly direction: "all" | "BUY" | "SELL" | "HOLD";
  readonly source: "all" | "model" | "rules" | "none";
  readonly order: Order;
}

export const ORDERS = { symbol: "Symbol", confidence: "Confidence", chance: "Chance", age: "Oldest bars" } as const;
export type Order = keyof typeof ORDERS;

const MARKETS_A_PAGE = 500;
const QUESTIONS_AT_ONCE = 200;

/** Ask for every stored market, and about each. */
export async function loadSignals(signal: AbortSignal): Promise<Signal[]> {
  const snapshots = await listMarkets(signal);
  const asked = chunk(snapshots).map(async (some) => join(some, await ask(some, signal)));
  return (await Promise.all(asked)).flat();
}

async function listMarkets(signal: AbortSignal): Promise<SnapshotAnswer[]> {
  const found: SnapshotAnswer[] = [];
  let after: number | null = 0;
  while (after !== null) {
    const query: Record<string, number> = { limit: MARKETS_A_PAGE, after };
    const page: SymbolsPageAnswer = await getJson<SymbolsPageAnswer>("/v1/data/symbols", { query, signal });
    found.push(...page.symbols);
    after = page.next_after;
  }
  return found;
}

function ask(some: readonly SnapshotAnswer[], signal: AbortSignal): Promise<SymbolsAnswer> {
  const body = { symbols: some.map((one) => one.symbol), interval: some[0]?.interval };
  return sendJson<SymbolsAnswer>("POST", "/v1/predict/symbols", body, { signal });
}

/** Return groups of one bar length each that can be asked about at once. */
export function chunk(snapshots: readonly SnapshotAnswer[], most: number = QUESTIONS_AT_ONCE): SnapshotAnswer[][] {
  const groups = new Map<string, SnapshotAnswer[]>();
  for (const one of snapshots) {
    groups.set(one.interval, [...(groups.get(one.interval) ?? []), one]);
  }
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / most) }, (_, number) => group.slice(number * most, (number + 1) * most)),
  );
}

/** Put answers to the markets that they are about. */
export function join(snapshots: readonly SnapshotAnswer[], told: SymbolsAnswer): Signal[] {
  const troubles = new Map(told.unanswered.map((one) => [one.place, `expected ${one.expected}, was ${one.was}; ${one.hint}`]));
  return snapshots.map((snapshot, place) => ({
    snapshot,
    answer: told.answers[place] ?? undefined,
    trouble: troubles.get(place),
  }));
}

/** Return what is wanted, as the address of the page says. */
export function readWanted(query: URLSearchParams): Wanted {
  return {
    text: query.get("text") ?? "",
    direction: choose(query.get("direction"), ["all", "BUY", "SELL", "HOLD"]),
    source: choose(query.get("source"), ["all", "model", "rules", "none"]),
    order: choose(query.get("order"), Object.keys(ORDERS) as Order[]),
  };
}

/** Return the query of the address that says what is wanted; what is not chosen is left out. */
export function writeWanted(wanted: Wanted): Record<string, string> {
  const first = readWanted(new URLSearchParams());
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => value !== first[name as keyof Wanted]));
}

/** Return the signals that are wanted, in the order that is wanted. */
export function selectSignals(signals: readonly Signal[], wanted: Wanted): Signal[] {
  const text = wanted.text.trim().toLowerCase();
  return signals
    .filter(({ snapshot, answer }) => {
      const isNamed = snapshot.symbol.toLowerCase().includes(text);
      const isSaid = wanted.direction === "all" || answer?.direction === wanted.direction;
      return isNamed && isSaid && (wanted.source === "all" || answer?.source.kind === wanted.source);
    })
    .sort((one, other) => rank(other, wanted.order) - rank(one, wanted.order) || byName(one, other));
}

/** How many answers come from whom, and say what. */
export interface Tally {
  readonly n: number;
  readonly byModels: number;
  readonly byRules: number;
  readonly byNobody: number;
  readonly buy: number;
  readonly sell: number;
  readonly hold: number;
}

/** Count signals. */
export function tally(signals: readonly Signal[]): Tally {
  const number = (is: (answer: PredictionAnswer) => boolean): number =>
    signals.filter(({ answer }) => answer !== undefined && is(answer)).length;
  return {
    n: signals.length,
    byModels: number((answer) => answer.source.kind === "model"),
    byRules: number((answer) => answer.source.kind === "rules"),
    byNobody: signals.length - number((answer) => answer.source.kind !== "none"),
    buy: number((answer) => answer.direction === "BUY"),
    sell: number((answer) => answer.direction === "SELL"),
    hold: number((answer) => answer.direction === "HOLD"),
  };
}

/** What comes first has the highest rank; without an answer it comes last. */
function rank({ snapshot, answer }: Signal, order: Order): number {
  switch (order) {
    case "confidence":
      return answer === undefined || answer.direction === "HOLD" ? -1 : answer.confidence;
    case "chance":
      return answer?.probability_up == null ? -1 : Math.abs(answer.probability_up - 0.5);
    case "age":
      return -Date.parse(answer?.as_of ?? snapshot.last_closed_at);
    default:
      return 0;
  }
}

function byName(one: Signal, other: Signal): number {
  return one.snapshot.symbol.localeCompare(other.snapshot.symbol) || one.snapshot.interval.localeCompare(other.snapshot.interval);
}

function choose<Choice extends string>(told: string | null, choices: readonly Choice[]): Choice {
  return choices.find((choice) => choice === told) ?? choices[0]!;
}
