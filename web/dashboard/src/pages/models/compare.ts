/** Two models side by side: the same figures, in the same words. */

import type { ModelAnswer } from "../../api/schema";
import { asSentence, count, day } from "../../format";
import { effectsOf, skillOf, valuesOf } from "./card";
import { type Figure, figure, figureOf, full } from "./figure";
import { smallestOf, type Verdict } from "./verdict";
import { nameMarket } from "./acts";
import { writeList } from "./words";

/** A model with the verdict on it, where there is one. */
export interface Side {
  readonly model: ModelAnswer;
  readonly verdict: Verdict | undefined;
}

/** One thing that both are asked about. */
export interface ComparisonRow {
  readonly name: string;
  readonly texts: readonly [string, string];
  /** Which of them is further on the good side; undefined where neither is, or where it is no question. */
  readonly ahead: 0 | 1 | undefined;
}

/** Return what both come to. */
export function compare(one: Side, other: Side): ComparisonRow[] {
  const sides = [one, other] as const;
  const words = (name: string, tell: (side: Side) => string): ComparisonRow => ({
    name,
    texts: [tell(one), tell(other)],
    ahead: undefined,
  });
  const figures = (name: string, find: (verdict: Verdict) => Figure | undefined, isAtMost = false): ComparisonRow => {
    const found = sides.map(({ verdict }) => (verdict === undefined ? undefined : find(verdict))) as [Figure?, Figure?];
    return { name, texts: [tellFigure(found[0]), tellFigure(found[1])], ahead: findAhead(found, isAtMost) };
  };
  return [
    words("Stage", ({ model }) => model.stage),
    words("Verdict", ({ model }) => model.decision ?? "not judged"),
    words("Why", ({ verdict }) => (verdict === undefined ? "–" : asSentence(verdict.reason))),
    words("Market", ({ model }) => nameMarket(model)),
    words("Symbols", ({ model }) => writeList(model.symbols)),
    words("Trained up to", ({ model }) => day(model.trained_at)),
    words("Judged on", ({ verdict }) => (verdict === undefined ? "–" : tellBars(verdict))),
    figures("Information coefficient", (verdict) => figureOf("correlation", verdict.skill?.information_coefficient)),
    figures("Smallest t-statistic", (verdict) => (verdict.skill === null ? undefined : figure("number", smallestOf(verdict.skill)))),
    words("Needed t-statistic", ({ verdict }) => (verdict === undefined ? "–" : (skillOf(verdict)[0]?.asked.text ?? "–"))),
    figures("Luck alone does as well", (verdict) => effectsOf(verdict)[2]?.figure, true),
    ...["Over cash", "Over buy and hold", "Over the rules"].map((name) =>
      figures(`${name}, a year`, (verdict) => valuesOf(verdict).find((fact) => fact.name === name)?.figure),
    ),
    figures("Right signs", (verdict) => {
      const accuracy = verdict.contract?.accuracy;
      return accuracy === undefined ? undefined : figure("share", accuracy.value, accuracy);
    }),
    figures("Profit factor", (verdict) => figure("number", verdict.contract?.profit_factor.value)),
    figures("Maximum drawdown", (verdict) => figure("share", verdict.contract?.maximum_drawdown.value), true),
    figures("Sharpe ratio a year", (verdict) => figure("number", verdict.value?.sharpe)),
  ];
}

/** Why the comparison is to be read with care; undefined where it is fair. */
export function tellCaution(one: Side, other: Side): string | undefined {
  if (one.verdict === undefined || other.verdict === undefined) {
    return "One of them has no verdict, so its figures are unknown.";
  }
  if (one.verdict.snapshot !== other.verdict.snapshot) {
    return "They were judged on different bars: one may have had the easier time. What differs may be the market, not the model.";
  }
  if (one.verdict.first_closed_at !== other.verdict.first_closed_at || one.verdict.n_bars !== other.verdict.n_bars) {
    return "They were judged on different stretches of the same bars.";
  }
  return undefined;
}

/** Whether the skill of two models can be told apart, in one sentence. */
export function tellDifference(one: Side, other: Side): string {
  const [first, second] = [skillRange(one), skillRange(other)];
  if (first === undefined || second === undefined) {
    return "The skill of at least one of them is unknown.";
  }
  const ahead = first.low > second.high ? one : second.low > first.high ? other : undefined;
  return ahead === undefined
    ? "Which of them has more skill cannot be told: the intervals of the information coefficients overlap."
    : `${ahead.model.model_id} shows more skill: the intervals of the information coefficients do not meet.`;
}

function skillRange({ verdict }: Side): { low: number; high: number } | undefined {
  const { low, high } = figureOf("correlation", verdict?.skill?.information_coefficient);
  return low === undefined || high === undefined ? undefined : { low, high };
}

/** A year of both, side by side. */
export interface YearRow {
  readonly year: number;
  readonly coefficients: readonly [Figure, Figure];
  readonly returns: readonly [Figure, Figure];
}

/** Return every year that either was judged on. */
export function compareYears(one: Side, other: Side): YearRow[] {
  const sides = [one, other].map(({ verdict }) => new Map((verdict?.by_year ?? []).map((year) => [year.year, year])));
  const years = [...new Set(sides.flatMap((side) => [...side.keys()]))].sort((a, b) => a - b);
  return years.map((year) => ({
    year,
    coefficients: [0, 1].map((side) => figureOf("correlation", sides[side]?.get(year)?.information_coefficient)) as [Figure, Figure],
    returns: [0, 1].map((side) => figure("gain", sides[side]?.get(year)?.net_return)) as [Figure, Figure],
  }));
}

function tellBars(verdict: Verdict): string {
  return `${count(verdict.n_bars)} bars, ${verdict.first_closed_at.slice(0, 10)} to ${verdict.last_closed_at.slice(0, 10)}`;
}

function tellFigure(found: Figure | undefined): string {
  return found === undefined ? "–" : full(found);
}

function findAhead([first, second]: [Figure?, Figure?], isAtMost: boolean): 0 | 1 | undefined {
  const [one, other] = [first?.value, second?.value];
  if (one === undefined || other === undefined || first?.text === second?.text) {
    return undefined;
  }
  return one > other !== isAtMost ? 0 : 1;
}
