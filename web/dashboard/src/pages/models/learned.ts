/** What a model keeps of its training: what each feature was worth, and how its rows divide. */

import { count, percent } from "../../format";
import { type Figure, figure } from "./figure";
import { writeList, writeName } from "./words";

type Metrics = Readonly<Record<string, unknown>>;
type Facts = Readonly<Record<string, unknown>>;

/** What a pipeline's skill lost without a feature, and what that is to be taken for. */
export interface Worth {
  readonly feature: string;
  readonly loss: Figure;
  readonly takenFor: "a help" | "a harm" | "luck would do";
  /** Features that move with it: one may stand in for the other. */
  readonly alike: readonly string[];
}

/** A share of the rows learned from, and of those judged on. */
export interface BalanceRow {
  readonly name: string;
  readonly learned: number;
  readonly judged: number;
}

/** How the rows divide; the words say what differs most. */
export interface Balance {
  readonly words: string;
  readonly rows: readonly BalanceRow[];
}

const APART = 0.1;

/** Return what each feature was worth, the most valuable first; nothing where a bundle does not say. */
export function worthOf(metrics: Metrics): Worth[] {
  const told = metrics.importance;
  return Array.isArray(told) ? told.flatMap((one: unknown) => readWorth(factsOf(one))) : [];
}

function readWorth({ feature, loss, low, high, alike }: Facts): Worth[] {
  if (typeof feature !== "string" || !isNumber(loss) || !isNumber(low) || !isNumber(high)) {
    return [];
  }
  const names: readonly unknown[] = Array.isArray(alike) ? alike : [];
  return [
    {
      feature,
      loss: figure("correlation", loss, { low, high }),
      takenFor: low > 0 ? "a help" : high < 0 ? "a harm" : "luck would do",
      alike: names.filter((name) => typeof name === "string"),
    },
  ];
}

/** Return in a sentence which features can be told from luck. */
export function tellWorth(worth: readonly Worth[]): string {
  const named = (kind: Worth["takenFor"]): string[] => worth.filter((one) => one.takenFor === kind).map((one) => one.feature);
  const [helped, harmed, luck] = [named("a help"), named("a harm"), named("luck would do")];
  if (luck.length === worth.length) {
    return `None of ${count(worth.length)} features can be told from luck: every interval includes zero.`;
  }
  const parts = [
    ...(helped.length > 0 ? [`the skill hung on ${writeList(helped)}`] : []),
    ...(harmed.length > 0 ? [`the model did worse with ${writeList(harmed)}`] : []),
  ];
  return `Out of sample ${parts.join(" and ")}${luck.length > 0 ? "; the others cannot be told from luck" : ""}.`;
}

/** Return what is shown at once, those that can be told from luck and a few more, and the rest. */
export function splitWorth(worth: readonly Worth[], most = 6): [shown: readonly Worth[], rest: readonly Worth[]] {
  const certain = worth.filter((one) => one.takenFor !== "luck would do");
  const lucky = worth.filter((one) => one.takenFor === "luck would do");
  const chosen = new Set([...certain, ...lucky].slice(0, Math.max(most, certain.length)));
  return [worth.filter((one) => chosen.has(one)), worth.filter((one) => !chosen.has(one))];
}

interface Part {
  readonly nRows: number;
  readonly up: number;
  readonly still: number;
  readonly regimes: ReadonlyMap<string, number>;
}

/** Return how the rows divide that a model learned from and was judged on; undefined where a bundle does not say. */
export function balanceOf(metrics: Metrics): Balance | undefined {
  const told = factsOf(metrics.balance);
  const [learned, judged] = [readPart(factsOf(told.training)), readPart(factsOf(told.out_of_sample))];
  if (learned === undefined || judged === undefined) {
    return undefined;
  }
  const fell = (part: Part): number => (part.nRows === 0 ? 0 : 1 - part.up - part.still);
  const names = [...new Set([...learned.regimes.keys(), ...judged.regimes.keys()])];
  return {
    words: tellBalance(learned, judged),
    rows: [
      { name: "Rose", learned: learned.up, judged: judged.up },
      { name: "Fell", learned: fell(learned), judged: fell(judged) },
      { name: "Unchanged", learned: learned.still, judged: judged.still },
      ...names.map((name) => ({ name: writeName(name), learned: learned.regimes.get(name) ?? 0, judged: judged.regimes.get(name) ?? 0 })),
    ],
  };
}

function tellBalance(learned: Part, judged: Part): string {
  const told =
    `Of ${count(learned.nRows)} rows that it first learned from ${percent(learned.up)} rose, ` +
    `of ${count(judged.nRows)} that it was judged on ${percent(judged.up)}.`;
  const apart = [...learned.regimes].map(([name, share]) => ({ name, share, other: judged.regimes.get(name) ?? 0 }));
  const distance = (one: { share: number; other: number }): number => Math.abs(one.other - one.share);
  const most = apart.reduce<(typeof apart)[number] | undefined>(
    (found, one) => (found === undefined || distance(one) > distance(found) ? one : found),
    undefined,
  );
  if (most === undefined) {
    return told;
  }
  if (distance(most) < APART) {
    return `${told} Both saw much the same kinds of market.`;
  }
  const share = (value: number): string => percent(value, { digits: 0 });
  return `${told} ${writeName(most.name)} markets were ${share(most.share)} of the ones and ${share(most.other)} of the others.`;
}

function readPart({ n_rows, share_up, share_still, share_by_regime }: Facts): Part | undefined {
  if (!isNumber(n_rows) || !isNumber(share_up) || !isNumber(share_still)) {
    return undefined;
  }
  const regimes = Object.entries(factsOf(share_by_regime)).flatMap(([name, share]) => (isNumber(share) ? [[name, share] as const] : []));
  return { nRows: n_rows, up: share_up, still: share_still, regimes: new Map(regimes) };
}

function factsOf(value: unknown): Facts {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Facts) : {};
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
