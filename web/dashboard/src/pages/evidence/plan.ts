/** What is asked of the planner, and what it says, in words. */

import type { Curve } from "../../charts";
import type { EvidencePlanAnswer, PlanAnswer } from "../../api/schema";
import type { Query } from "../../api/service";
import { count, day, fixed, percent } from "../../format";

/** A question to the planner, as the form and the address hold it: texts, empty where the service's default is meant. */
export interface Asked {
  /** A stored market, "SPY 1d"; empty where a length of history is assumed. */
  readonly market: string;
  readonly bars: string;
  readonly symbols: string;
  readonly correlation: string;
  readonly ic: string;
  readonly cost_bps: string;
  readonly horizon_bars: string;
  readonly persistence: string;
  readonly years: string;
}

export const NOTHING_ASKED: Asked = {
  market: "",
  bars: "1260",
  symbols: "",
  correlation: "",
  ic: "",
  cost_bps: "",
  horizon_bars: "",
  persistence: "",
  years: "",
};

const NAMES = Object.keys(NOTHING_ASKED) as (keyof Asked)[];

/** Return what an address asks for. */
export function readAsked(query: URLSearchParams): Asked {
  return Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? NOTHING_ASKED[name]])) as unknown as Asked;
}

/** Return what an address must hold to ask the same; defaults are left out. */
export function writeAsked(asked: Asked): Record<string, string> {
  return Object.fromEntries(NAMES.filter((name) => asked[name] !== NOTHING_ASKED[name]).map((name) => [name, asked[name]]));
}

/** Return the query of `GET /v1/plan`. */
export function queryOf(asked: Asked): Query {
  const { market, bars, ...rest } = asked;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== ""));
  if (market === "") {
    return { ...given, ...(bars === "" ? {} : { bars }) };
  }
  const cut = market.lastIndexOf(" ");
  return { ...given, symbol: market.slice(0, cut), interval: market.slice(cut + 1) };
}

/** The plan of the verdict that the gate will give. */
export function decisiveOf(answer: PlanAnswer): EvidencePlanAnswer | undefined {
  return answer.plans.find((plan) => plan.plan === answer.decisive) ?? answer.plans[0];
}

export const PLAN_NAMES: Readonly<Record<EvidencePlanAnswer["plan"], string>> = {
  single: "one symbol",
  clustered: "all symbols, absolute skill",
  market_neutral: "all symbols, relative skill",
};

/** When a verdict is possible, as the planner of the terminal says it. */
export function tellWhen(plan: EvidencePlanAnswer): string {
  const enough = `${count(plan.n_needed_bars)} judged bars find a skill of ${writeSkill(plan.ic_worth_finding)} half of the time`;
  if (plan.is_enough) {
    return `A verdict is possible now: ${enough}.`;
  }
  const when = plan.earliest_verdict_at === null ? "" : `, about ${day(plan.earliest_verdict_at)}`;
  return `No verdict is possible yet: ${enough}. Wait for ${count(plan.n_missing_bars)} more bars${when}.`;
}

/** What the verdict will be charged for. */
export function tellTrials(answer: PlanAnswer, plan: EvidencePlanAnswer): string {
  const needs = `t above ${fixed(plan.critical_t, 2)} is needed (level ${writeLevel(plan.alpha)})`;
  if (!answer.trials.is_counted) {
    return `On a first look at one pipeline, ${needs}.`;
  }
  const { n_pipelines, n_looks } = answer.trials;
  const looks = n_looks > 1 ? `, this one's look ${n_looks}` : "";
  return `With the looks of one training run the ledger counts ${count(n_pipelines)} pipelines on these bars${looks}: ${needs}.`;
}

/** What costs eat. */
export function tellCosts(answer: PlanAnswer, plan: EvidencePlanAnswer): string {
  const { cost_bps, horizon_bars } = answer.options;
  const held = horizon_bars === 1 ? "" : `; a signal that is held for ${horizon_bars} bars trades less than a new one`;
  return `Costs of ${cost_bps} basis points eat what a skill of ${fixed(plan.break_even_ic, 3)} earns${held}.`;
}

/** The curves of one plan: the chance that skill is seen, against years of history. */
export function curvesOf(answer: PlanAnswer, plan: string): Curve[] {
  const { years, lines } = answer.curves;
  return lines
    .filter((line) => line.plan === plan)
    .map((line) => ({
      name: `IC ${writeSkill(line.ic)}, ${percent(line.accuracy)} right`,
      points: line.power.map((power, place) => [years[place] ?? NaN, power] as const),
    }));
}

/** Years of history that there are. */
export function yearsThere(answer: PlanAnswer): number {
  return answer.market.n_bars / answer.market.n_bars_per_year;
}

/** A skill: "0.10", and more digits where it has them. */
export function writeSkill(ic: number): string {
  return Math.abs(ic - Number(ic.toFixed(2))) < 5e-5 ? ic.toFixed(2) : String(Number(ic.toPrecision(4)));
}

/** A level such as 0.0033, to two digits that matter. */
export function writeLevel(alpha: number): string {
  return String(Number(alpha.toPrecision(2)));
}
