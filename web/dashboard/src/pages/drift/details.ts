/** What watching tells of one model: `GET /v1/monitor/{model_id}`, whose shape the service leaves open. */

import { factsOf, listOf, numberOf, textOf, textsOf } from "../../api/reading";

/** One feature against its reference of training, or the level of volatility, which has `times` and no PSI. */
export interface FeatureDrift {
  readonly name: string;
  readonly distance: number | null;
  /** Recent true range over that of training. */
  readonly times: number | null;
  readonly p: number | null;
  readonly nEffective: number | null;
  readonly psi: number | null;
  /** Where 95 of 100 checks of unchanged inputs stay below. */
  readonly psiHigh: number | null;
}

/** The weekly look at what a model is fed with. */
export interface InputsCheck {
  readonly at: string;
  readonly nSymbols: number | null;
  readonly nBars: number | null;
  readonly drifted: readonly string[];
  readonly features: readonly FeatureDrift[];
}

/** A change of what follows for a model. */
export interface StandingChange {
  readonly asOf: string;
  readonly before: string;
  readonly condition: string;
  readonly answers: boolean;
  readonly words: string;
}

/** How often it was right over the last bars. */
export interface RecentAccuracy {
  readonly nBars: number | null;
  readonly nSettled: number | null;
  readonly accuracy: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly rulesAccuracy: number | null;
}

/** Everything the page tells of one model; null where the service does not say. */
export interface WatchedDetails {
  readonly floor: number | null;
  readonly promised: number | null;
  readonly assumed: string;
  readonly evidence: number | null;
  readonly falseAlarmsAYear: number | null;
  readonly effectiveSample: number | null;
  readonly nSettled: number | null;
  readonly nGivenUp: number | null;
  readonly recoveryEvidence: number | null;
  readonly amber: number | null;
  readonly red: number | null;
  readonly accused: readonly string[];
  readonly done: string;
  readonly recent: readonly RecentAccuracy[];
  readonly inputs: InputsCheck | null;
  readonly changes: readonly StandingChange[];
  readonly asOf: string;
}

/** Read what is told; what is missing or foreign becomes null, and is shown as a dash. */
export function readDetails(content: unknown): WatchedDetails {
  const told = factsOf(content);
  const facts = factsOf(told.facts);
  const benchmark = factsOf(told.benchmark);
  const thresholds = factsOf(told.thresholds);
  return {
    floor: numberOf(benchmark.floor),
    promised: numberOf(benchmark.accuracy),
    assumed: textOf(benchmark.words),
    evidence: numberOf(facts.e_value),
    falseAlarmsAYear: numberOf(facts.false_alarms_a_year),
    effectiveSample: numberOf(facts.effective_sample_size),
    nSettled: numberOf(told.n_settled),
    nGivenUp: numberOf(told.n_given_up),
    recoveryEvidence: numberOf(facts.recovery_evidence),
    amber: numberOf(thresholds.amber),
    red: numberOf(thresholds.red),
    accused: textsOf(facts.symbols_accused),
    done: textOf(facts.done),
    recent: listOf(told.recent).map(readRecent),
    inputs: told.inputs === null || told.inputs === undefined ? null : readInputs(told.inputs),
    changes: listOf(told.changes).map(readChange),
    asOf: textOf(told.as_of),
  };
}

function readRecent(value: unknown): RecentAccuracy {
  const told = factsOf(value);
  return {
    nBars: numberOf(told.n_bars),
    nSettled: numberOf(told.n_settled),
    accuracy: numberOf(told.accuracy),
    low: numberOf(told.low),
    high: numberOf(told.high),
    rulesAccuracy: numberOf(told.rules_accuracy),
  };
}

/** Read a check of inputs; the facts of an alert of that channel have the same names. */
export function readInputs(value: unknown): InputsCheck {
  const told = factsOf(value);
  return {
    at: textOf(told.at) || textOf(told.checked_at),
    nSymbols: numberOf(told.n_symbols),
    nBars: numberOf(told.n_bars),
    drifted: textsOf(told.drifted),
    features: listOf(told.features).map(readFeature),
  };
}

function readFeature(value: unknown): FeatureDrift {
  const told = factsOf(value);
  return {
    name: textOf(told.name),
    distance: numberOf(told.distance),
    times: numberOf(told.times),
    p: numberOf(told.p),
    nEffective: numberOf(told.n_effective),
    psi: numberOf(told.psi),
    psiHigh: numberOf(told.psi_high),
  };
}

function readChange(value: unknown): StandingChange {
  const told = factsOf(value);
  const standing = factsOf(told.standing);
  return {
    asOf: textOf(told.as_of),
    before: textOf(told.before),
    condition: textOf(standing.condition),
    answers: standing.answers !== false,
    words: textOf(standing.words),
  };
}
