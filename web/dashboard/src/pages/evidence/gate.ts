/** How often the gate errs, as it was measured, in words. */

import type { CalibrationAnswer, RateAnswer } from "../../api/schema";
import { count, percent } from "../../format";
import type { Tone } from "../../shell/parts";

/** A rate to a hundredth of a percent, since the promise is one percent. */
export function writeRate(rate: number | null): string {
  return percent(rate, { digits: 2 });
}

/** Both ends of a rate's interval. */
export function writeEnds(rate: RateAnswer): string {
  return `${writeRate(rate.low)} to ${writeRate(rate.high)}`;
}

const CONCLUSIONS: Readonly<Record<CalibrationAnswer["conclusion"], { tone: Tone; badge: string; words: string }>> = {
  holds: { tone: "good", badge: "holds", words: "and that holds" },
  open: { tone: "neutral", badge: "not decided", words: "and more runs would tell whether that holds" },
  fails: { tone: "bad", badge: "does not hold", words: "and that does not hold" },
};

/** The badge of a conclusion. */
export function badgeOf(one: CalibrationAnswer): { tone: Tone; badge: string } {
  return CONCLUSIONS[one.conclusion];
}

/** What was measured, held against what is allowed. */
export function tellCalibration(one: CalibrationAnswer, level: number): string {
  const told = one.sentence.slice(0, 1).toUpperCase() + one.sentence.slice(1);
  return `${told.replace(/\.$/, "")}; at most ${percent(level)} are allowed, ${CONCLUSIONS[one.conclusion].words}.`;
}

/** What a calibration is of: its bars, its configurations and its day. */
export function nameCalibration(one: CalibrationAnswer): string {
  const place = one.snapshot === null || one.snapshot === "" ? "simulated worlds" : `bars ${one.snapshot.slice(0, 12)} and simulated worlds`;
  const trials = one.n_configurations === 1 ? "" : `, ${one.n_configurations} configurations`;
  return `${place}, ${count(one.n_bars)} bars${trials}, ${one.measured_at.slice(0, 10)}`;
}

/** The seeds of every world: the same seed gives the same runs. */
export function seedsOf(one: CalibrationAnswer): string {
  return [...new Set(one.figures.map((figure) => figure.seed))].join(", ");
}
