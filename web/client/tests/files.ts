/** The files that the tests hold the client to, as the service wrote them. */

import { readFileSync } from "node:fs";

import type { Question } from "../src/predictor.js";
import type { Prediction } from "../src/prediction.js";
import type { StandingRecord } from "../src/standing.js";

type Column = "closed_at" | "open" | "high" | "low" | "close" | "volume" | "adjustment";

/** One question to the ladder, and the service's answer. */
export interface Case {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly changes: readonly (readonly [Column, number, number | null])[];
  readonly without: readonly number[];
  readonly horizon_bars: number;
  readonly interval: string;
  readonly symbol: string;
  readonly calendar: boolean;
  readonly why: boolean;
  readonly models: boolean;
  readonly standing: StandingRecord | null;
  readonly ladder: {
    readonly least_confidence?: number;
    readonly when_unsure?: "hold" | "step_down";
    readonly most_age_days?: number;
  };
  readonly now: number;
  readonly prediction: Prediction;
}

interface Cases {
  readonly model_digest: string;
  readonly base: Readonly<Record<Column, readonly number[]>>;
  readonly cases: readonly Case[];
  /** What a model whose members count by the regime says of some bars, and what its features did. */
  readonly regimes: {
    readonly window: readonly number[];
    readonly regime: number;
    readonly weights: readonly number[];
    readonly score: number;
    readonly value: number;
    readonly baseline: number;
    readonly amounts: readonly number[];
  };
  readonly numbers: readonly (readonly [number, string, string, string, string, string])[];
  readonly quantiles: readonly (readonly [number, number])[];
  /** In which orders features are shown, by how many there are. */
  readonly orders: Readonly<Record<string, readonly (readonly number[])[]>>;
}

/** Return a file's bytes. */
export function readData(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`data/${name}`, import.meta.url)));
}

/** Return a file's text. */
export function readText(name: string): string {
  return new TextDecoder().decode(readData(name));
}

/** The cases, with what they rest on. */
export const CASES = JSON.parse(readText("cases.json")) as Cases;

/** Return the question of a case. */
export function questionOf(one: Case): Question {
  const rows = CASES.base.close
    .map((_, row) => row)
    .filter((row) => row >= one.first && row < one.last && !one.without.includes(row));
  const columns = Object.fromEntries(
    Object.entries(CASES.base).map(([name, column]) => [name, rows.map((row) => column[row]!)]),
  ) as Record<Column, (number | null)[]>;
  for (const [name, row, value] of one.changes) columns[name][row] = value;
  const closesAt = Float64Array.from(CASES.base.closed_at);
  return {
    ...columns,
    closed_at: columns.closed_at.map((instant) => instant ?? NaN),
    symbol: one.symbol,
    interval: one.interval,
    horizon_bars: one.horizon_bars,
    calendar: one.calendar ? { name: "world", closesAt } : null,
    why: one.why,
  };
}
