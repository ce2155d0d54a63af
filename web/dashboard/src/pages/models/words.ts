/** What the parts of a verdict are called: the words of the terminal and of the static card. */

import { DASH } from "../../format";
import type { Tone } from "../../shell/parts";
import { writeAny } from "./figure";
import type { Check, Leg, Verdict } from "./verdict";

export const LEGS: Readonly<Record<Leg, string>> = {
  construction: "Was the evidence made honestly?",
  data: "Are there enough bars to tell skill from luck?",
  skill: "Is it skill?",
  value: "Is it worth more than what it would replace?",
  contract: "Do the contract's three numbers hold?",
};

const CHECKS: Readonly<Record<string, string>> = {
  leak_probes_ran: "Leak probes ran",
  no_leak_found: "Nothing knows the future",
  folds_are_purged: "Training ended before testing",
  times_increase: "Bars are in order",
  no_stretch_is_copied: "No stretch is copied",
  returns_match_prices: "Returns match prices",
  label_is_no_price_level: "It forecasts returns, not prices",
  forecast_is_complete: "No forecast is missing",
  forecast_varies: "The forecast varies",
  enough_bars: "Enough bars",
  skill: "Skill beyond luck",
  beats_cash: "Beats cash",
  beats_holding: "Beats buy and hold",
  beats_rules: "Beats the rules",
  contract_accuracy: "Directional accuracy",
  contract_profit_factor: "Profit factor",
  contract_drawdown: "Maximum drawdown",
};

const TRACKS: Readonly<Record<string, string>> = {
  forecast: "The forecast",
  always_up: "Always up (buy and hold)",
  last_price: "Last price (no change: cash)",
  last_return: "Last return once more",
  rules: "The rules",
};

const NAMES: Readonly<Record<string, string>> = { lstm: "LSTM", transformer: "Transformer" };

/** The name of a pipeline, regime or check as people say it: "gradient_boosting" is "Gradient boosting". */
export function writeName(name: string): string {
  const words = name.replaceAll("_", " ");
  return NAMES[name] ?? words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** What the forecast or a floor is called. */
export function nameTrack(name: string): string {
  return TRACKS[name] ?? writeName(name);
}

/** What a check is called. */
export function nameCheck(check: Pick<Check, "name">): string {
  return CHECKS[check.name] ?? writeName(check.name);
}

/** The tone of a decision. */
export function toneOf(decision: string | null): Tone {
  switch (decision) {
    case "PROMOTE":
      return "good";
    case "REFUSE":
      return "bad";
    case "NOT ENOUGH DATA":
      return "warn";
    default:
      return "neutral";
  }
}

/** Length of a bar: "1d" is "1-day bars". */
export function writeBars(interval: string): string {
  const unit = { m: "minute", h: "hour", d: "day", w: "week" }[interval.slice(-1)];
  return unit === undefined ? `${interval} bars` : `${interval.slice(0, -1)}-${unit} bars`;
}

/** How far ahead a forecast looks. */
export function writeHorizon(bars: number): string {
  return bars === 1 ? "the next bar" : `the next ${bars} bars`;
}

/** Names with commas; the last of many are only counted. */
export function writeList(names: readonly string[], most = 6): string {
  const shown = names.slice(0, most).join(", ");
  return names.length <= most ? shown || DASH : `${shown} and ${names.length - most} more`;
}

/** What happens now, and how to read it. */
export interface Telling {
  readonly lead: string;
  readonly comfort: string;
}

/** What a verdict on a model in a stage means for whoever waits for an answer. */
export function tellVerdict(verdict: Verdict, stage: string, level: number): Telling {
  const subject = verdict.name === "ensemble" ? "the ensemble" : `model ${writeName(verdict.name)}`;
  if (verdict.decision === "PROMOTE") {
    const told = `${subject.slice(0, 1).toUpperCase()}${subject.slice(1)} has earned its place and ${tellStage(stage)}.`;
    return { lead: told, comfort: promise(verdict, level) };
  }
  if (verdict.decision === "NOT ENOUGH DATA") {
    return {
      lead: "There are too few bars to tell skill from luck, so it does not serve.",
      comfort: "Nothing is wrong with the forecast; it is only too early to judge it.",
    };
  }
  const isUnsound = verdict.checks.some((check) => check.leg === "construction" && !check.passed);
  return {
    lead: "This model has not earned its place, so it does not serve.",
    comfort: isUnsound
      ? "How the forecast was made has to be put right before it can be judged."
      : `This is a normal and good outcome. ${promise(verdict, level)}`,
  };
}

function tellStage(stage: string): string {
  switch (stage) {
    case "champion":
      return "serves now";
    case "previous":
      return "stands by as the previous champion";
    case "retired":
      return "has been retired since";
    default:
      return "may serve";
  }
}

function promise(verdict: Verdict, level: number): string {
  if (verdict.binding === "contract") {
    return "The contract gate decided; it lets more luck through than the evidence gate.";
  }
  return (
    `The gate is built to let a model without skill through at most ${writeAny(100 * level)}% of the time, ` +
    "however many were tried."
  );
}
