/** From a verdict to its card: every figure with its name, its interval and its meaning. */

import type { CalibrationsAnswer } from "../../api/schema";
import { asSentence, count, percent } from "../../format";
import { type Figure, figure, figureOf, writeAny } from "./figure";
import { exactShare } from "./proportion";
import {
  type Check,
  type ContractNumber,
  type Leg,
  levelOf,
  luckAfterTrials,
  type Numeral,
  read,
  type Value,
  type Verdict,
} from "./verdict";
import { LEGS, nameCheck, type Telling, tellVerdict, writeName } from "./words";

/** One thing that is known, with what it means. */
export interface Fact {
  readonly name: string;
  readonly figure: Figure;
  readonly note: string;
}

/** One check of the gate, as it is told. */
export interface CheckLine {
  readonly name: string;
  readonly passed: boolean;
  readonly reason: string;
  readonly nextStep: string;
}

/** One leg of the gate; where it does not decide, it is shown beside. */
export interface LegLine {
  readonly question: string;
  readonly decides: boolean;
  readonly passed: boolean;
  readonly checks: readonly CheckLine[];
}

/** A number against what is asked of it. */
export interface Yardstick {
  readonly name: string;
  readonly figure: Figure;
  readonly asked: Figure;
  readonly bound: string;
  readonly passed: boolean;
  readonly note: string;
}

const BINDING: Readonly<Record<Verdict["binding"], readonly Leg[]>> = {
  evidence: ["construction", "data", "skill", "value"],
  contract: ["construction", "contract"],
  both: ["construction", "data", "skill", "value", "contract"],
};
const NORMAL_95 = 1.959964;

/** What happens now, why, and what to do. */
export function tell(verdict: Verdict, stage: string): Telling & { why: string; step: string; stepName: string } {
  return {
    ...tellVerdict(verdict, stage, levelOf(verdict)),
    why: asSentence(verdict.reason),
    step: asSentence(verdict.next_step),
    stepName: verdict.decision === "PROMOTE" ? "Next step" : "Cheapest next step",
  };
}

/** Size of the skill, what it is worth, what luck explains, and how often the gate errs. */
export function effectsOf(verdict: Verdict): Fact[] {
  const tried = verdict.n_pipelines === 1 ? "1 pipeline" : `${count(verdict.n_pipelines)} pipelines`;
  const looks = verdict.n_looks === 1 ? "" : `, look ${verdict.n_looks}`;
  const hardest = verdict.value === null ? undefined : hardestOf(verdict.value);
  return [
    {
      name: "Information coefficient",
      figure: figureOf("correlation", verdict.skill?.information_coefficient),
      note: "correlation of the forecast with the next return; 0 is a coin",
    },
    {
      name: "Net excess a year",
      figure: hardest?.figure ?? figure("gain", null),
      note: `after costs, over ${hardest?.rival ?? "the best of its rivals"}, the hardest of its rivals to beat`,
    },
    {
      name: "Luck alone does as well",
      figure: figure("chance", luckAfterTrials(verdict)),
      note: `after ${tried} tried on these bars${looks}; ${writeAny(100 * levelOf(verdict))}% is the most the gate accepts`,
    },
    errorRateOf(verdict),
  ];
}

interface Excess {
  readonly rival: string;
  readonly figure: Figure;
  readonly note: string;
}

function excessesOf(value: Value): Excess[] {
  return [
    { rival: "cash", figure: excess(value.over_cash, value.over_cash_t), note: "anything at all, after costs" },
    {
      rival: "buy and hold",
      figure: excess(value.over_holding, value.over_holding_t),
      note: "at the forecast's own average exposure: what its timing added",
    },
    { rival: "the rules", figure: excess(value.over_rules, value.over_rules_t), note: "what serves where no model does" },
  ];
}

function hardestOf(value: Value): Excess | undefined {
  const size = (one: Excess): number => one.figure.value ?? -Infinity;
  return excessesOf(value).reduce((least, one) => (size(one) < size(least) ? one : least));
}

function excess(mean: Numeral, t: Numeral): Figure {
  const [centre, ratio] = [read(mean), read(t)];
  if (centre === undefined || ratio === undefined || ratio === 0) {
    return figure("gain", mean);
  }
  const reach = NORMAL_95 * Math.abs(centre / ratio);
  return figure("gain", centre, { low: centre - reach, high: centre + reach });
}

/** How often the gate promotes what has no skill, as measured, or how to measure it. */
export function errorRateOf(verdict: Verdict): Fact {
  const name = "The gate's own error";
  const null_ = (verdict.calibration?.figures ?? []).filter((one) => one.kind === "null");
  const nRuns = null_.reduce((sum, one) => sum + one.n_runs, 0);
  if (verdict.calibration === null || verdict.calibration === undefined || nRuns === 0) {
    const words = "not measured here";
    return { name, figure: figure("rate", null, { words }), note: "measure it on your own bars: bellwether gate calibrate" };
  }
  const promoted = null_.reduce((sum, one) => sum + one.n_promoted, 0);
  const where = verdict.calibration.snapshot === "" ? "in simulated worlds" : "on these bars";
  const note = `of ${count(nRuns)} runs without skill were promoted, ${where}, ${verdict.calibration.measured_at.slice(0, 10)}`;
  const { value, low, high } = exactShare(promoted, nRuns);
  return { name, figure: figure("rate", value, { low, high }), note };
}

/** Return a verdict with the gate's error as it has been measured by now: on its own bars, else in simulated worlds. */
export function withCalibration(verdict: Verdict, known: CalibrationsAnswer | undefined): Verdict {
  const own = (known?.calibrations ?? []).filter((one) => one.options_digest === verdict.options_digest);
  const found = own.find((one) => one.snapshot === verdict.snapshot) ?? own.find((one) => one.snapshot === null);
  return found === undefined ? verdict : { ...verdict, calibration: { ...found, snapshot: found.snapshot ?? "" } };
}

/** The four t-statistics against what is needed; the smallest counts. */
export function skillOf(verdict: Verdict): Yardstick[] {
  const skill = verdict.skill;
  if (skill === null) {
    return [];
  }
  const asked = figure("number", skill.needed);
  const four = [
    ["Raw returns, forecast by its whole past", "raw_expanding"],
    ["Raw returns, by its recent past", "raw_exponential"],
    ["Returns less their mean, whole past", "centred_expanding"],
    ["Returns less their mean, recent past", "centred_exponential"],
  ] as const;
  const told = four.map(([name, key]) => ({ name, figure: figure("number", skill.statistic[key]) }));
  const least = Math.min(...told.map((one) => one.figure.value ?? Infinity));
  return told.map((one) => ({
    ...one,
    asked,
    bound: `above ${asked.text}`,
    passed: (one.figure.value ?? -Infinity) > (asked.value ?? Infinity),
    note: one.figure.value === least ? "the smallest counts" : "",
  }));
}

/** What it earned beyond each rival. */
export function valuesOf(verdict: Verdict): Fact[] {
  return verdict.value === null
    ? []
    : excessesOf(verdict.value).map((one) => ({ name: `Over ${one.rival}`, figure: one.figure, note: one.note }));
}

/** The legs of the gate with their checks. */
export function legsOf(verdict: Verdict): LegLine[] {
  return (Object.keys(LEGS) as Leg[]).map((leg) => {
    const checks = verdict.checks.filter((check) => check.leg === leg).map(tellCheck);
    return {
      question: LEGS[leg],
      decides: BINDING[verdict.binding].includes(leg),
      passed: checks.every((check) => check.passed),
      checks,
    };
  });
}

function tellCheck(check: Check): CheckLine {
  return {
    name: nameCheck(check),
    passed: check.passed,
    reason: asSentence(check.reason),
    nextStep: check.passed ? "" : asSentence(check.next_step ?? ""),
  };
}

/** The contract's three numbers; they decide only where the contract gate does. */
export function contractOf(verdict: Verdict): Yardstick[] {
  const contract = verdict.contract;
  if (contract === null) {
    return [];
  }
  return [
    measure("Directional accuracy", contract.accuracy, "share", "at least"),
    measure("Profit factor", contract.profit_factor, "number", "at least"),
    measure("Maximum drawdown", contract.maximum_drawdown, "share", "at most"),
  ];
}

function measure(name: string, number: ContractNumber, kind: "share" | "number", bound: string): Yardstick {
  const found = figure(kind, number.value, { low: number.low, high: number.high });
  const asked = figure(kind, number.threshold);
  const note =
    found.value === undefined
      ? "undefined, because nothing was traded"
      : found.interval === ""
        ? "no exact interval exists"
        : `${number.interval ?? "exact"} 95% interval`;
  return { name, figure: found, asked, bound: `${bound} ${asked.text}`, passed: number.passed, note };
}

/** What was judged, in words. */
export function judgedOf(verdict: Verdict): [name: string, words: string][] {
  const days = `${verdict.first_closed_at.slice(0, 10)} to ${verdict.last_closed_at.slice(0, 10)}`;
  const symbols = verdict.n_symbols === 1 ? "1 symbol" : `${verdict.n_symbols} symbols`;
  return [
    ["Pipeline", writeName(verdict.name)],
    ["Judged", `${count(verdict.n_bars)} out-of-sample bars, ${days}, ${symbols}`],
    ["Independent observations", `${count(read(verdict.n_effective))}, ${count(read(verdict.n_needed))} needed`],
    ["Tried on these bars", `${count(verdict.n_pipelines)} pipelines, look ${verdict.n_looks} at this one`],
    ["Which gate decides", `${verdict.binding} gate, at a level of ${percent(levelOf(verdict), { digits: 2 })}`],
  ];
}
