/** Evidence as the service keeps it - names and JSON values - in words. */

import { age, instant, readInstant } from "./times";
import { count, fixed, percent } from "./numbers";

/** One fact, ready to be read. */
export interface ToldFact {
  readonly name: string;
  readonly label: string;
  readonly text: string;
}

const LABELS: Readonly<Record<string, string>> = {
  e_value: "Evidence (e-value)",
  false_alarms_a_year: "False alarms a year, at most",
  effective_sample_size: "Effective sample",
  done: "What was done",
  e_value_hits: "Evidence of hits",
  e_value_scores: "Evidence of scores",
  accuracy: "Accuracy",
  accuracy_low: "Accuracy, lower bound",
  accuracy_high: "Accuracy, upper bound",
  promised_accuracy: "Accuracy promised",
  recovery_evidence: "Evidence of a recovery",
  symbols_accused: "Symbols accused",
  n_bars: "Bars",
  n_symbols: "Symbols",
  n_tries: "Tries",
  mean_difference: "Mean difference of scores",
  low: "Lower bound",
  high: "Upper bound",
  margin: "Allowed loss",
  is_no_worse: "Shown to be no worse",
  is_worse: "Shown to be worse",
  evidence: "Evidence",
  against: "Evidence against",
  decision: "Decision of the gate",
  reason: "Reason",
  how: "Decided by",
  by: "By",
};
const SHARES = new Set(["accuracy", "accuracy_low", "accuracy_high", "promised_accuracy", "rules_accuracy"]);
const DIGEST = /^[0-9a-f]{40,}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
const MOST_NAMED = 8;

/** Tell facts, those with a name of their own first; what is empty, null or a table of its own is left out. */
export function tellFacts(facts: Readonly<Record<string, unknown>>): ToldFact[] {
  const known = Object.keys(LABELS).filter((name) => name in facts);
  const others = Object.keys(facts).filter((name) => !(name in LABELS));
  return [...known, ...others].flatMap((name) => {
    const text = tellValue(name, facts[name]);
    return text === "" ? [] : [{ name, label: LABELS[name] ?? labelOf(name), text }];
  });
}

/** A name of the service as a person writes it: "n_left_out" is "Left out". */
export function labelOf(name: string): string {
  const words = name.replace(/^n_/, "").replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A number with as many digits as tell something. */
export function plainNumber(value: number): string {
  if (Number.isInteger(value)) {
    return count(value);
  }
  const size = Math.abs(value);
  return fixed(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.001 ? 4 : 6);
}

function tellValue(name: string, value: unknown): string {
  switch (typeof value) {
    case "number":
      return SHARES.has(name) ? percent(value) : plainNumber(value);
    case "boolean":
      return value ? "yes" : "no";
    case "string":
      return tellText(value);
    default:
      return Array.isArray(value) ? tellList(value) : "";
  }
}

function tellText(text: string): string {
  if (DIGEST.test(text)) {
    return `${text.slice(0, 12)}…`;
  }
  if (INSTANT.test(text) && readInstant(text) !== undefined) {
    return `${instant(text)} (${age(text)})`;
  }
  return text;
}

function tellList(values: readonly unknown[]): string {
  const texts = values.filter((one): one is string => typeof one === "string").map(tellText);
  const more = texts.length > MOST_NAMED ? ` and ${texts.length - MOST_NAMED} more` : "";
  return texts.slice(0, MOST_NAMED).join(", ") + more;
}
