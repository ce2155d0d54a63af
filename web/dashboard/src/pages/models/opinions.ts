/** What other tests say of the same forecast, and how each would err if it decided. */

import { count, percent } from "../../format";
import { type Figure, figure, figureOf, writeAny } from "./figure";
import { levelOf, type Numeral, read, type Verdict } from "./verdict";

/** One test; it decides nothing. */
export interface Opinion {
  readonly name: string;
  readonly figure: Figure;
  /** From where on it would be taken to speak for skill. */
  readonly asked: string;
  /** Undefined where it could not be computed. */
  readonly speaks: boolean | undefined;
  readonly errs: string;
}

const CONVENTION = 0.95;

/** Return every other test that could be made, the kin of the gate's own first. */
export function opinionsOf(verdict: Verdict): Opinion[] {
  return [
    ...kin(verdict),
    ...sharpeTests(verdict),
    ...candidates(verdict),
    ...signs(verdict),
    ...calibration(verdict),
  ];
}

/** "3 of 7 other tests speak for skill." */
export function tellOpinions(opinions: readonly Opinion[]): string {
  const made = opinions.filter((one) => one.speaks !== undefined);
  const speaking = made.filter((one) => one.speaks === true);
  return (
    `${speaking.length} of ${made.length} other tests speak for skill. They are shown because others use them; ` +
    "none of them decides, and each says how it would err if it did."
  );
}

function kin(verdict: Verdict): Opinion[] {
  const told = verdict.opinions;
  if (told === null || told === undefined) {
    return [];
  }
  const needed = read(told.e_needed);
  return [
    chance("Sign-flip test", told.sign_flip_p, verdict,
      `exact where shocks are symmetric; ${count(read(told.n_flips))} copies with random signs`),
    {
      name: "Betting against luck",
      figure: figure("wealth", told.e_value),
      asked: `from ${count(needed)} on`,
      speaks: (read(told.e_value_largest) ?? 0) >= (needed ?? Infinity),
      errs: "wealth of bets that start at 1; may be looked at on every bar, and noise reaches the mark once in two hundred times or less",
    },
  ];
}

function sharpeTests(verdict: Verdict): Opinion[] {
  const { value } = verdict;
  if (value === null) {
    return [];
  }
  const record = read(value.minimum_track_record_bars);
  return [
    probability("Probabilistic Sharpe ratio", value.probabilistic_sharpe,
      "by itself it lets the best of 20 without skill through 29% of the time"),
    probability("Deflated Sharpe ratio", value.deflated_sharpe,
      "safe, but sees one good configuration among bad ones only 2% of the time"),
    {
      name: "Minimum track record",
      figure: figure("count", record, record === undefined ? { words: "never" } : {}),
      asked: `at most ${count(verdict.n_bars)} bars, as there are`,
      speaks: record !== undefined && record <= verdict.n_bars,
      errs: "bars that a Sharpe ratio like this needs to be above 0 with 95% confidence",
    },
  ];
}

function candidates(verdict: Verdict): Opinion[] {
  const report = verdict.beside?.candidates;
  if (report === null || report === undefined) {
    return [];
  }
  const overfitting = read(report.overfitting_probability);
  return [
    probability(`Deflated Sharpe ratio of the best of ${report.n_candidates}`, report.deflated_sharpe,
      "with the spread of the candidates as measured"),
    {
      name: "Probability of backtest overfitting",
      figure: figure("share", overfitting),
      asked: "below 50%",
      speaks: overfitting === undefined ? undefined : overfitting < 0.5,
      errs: "how often the best of one half falls below the median in the other; as a test it lets noise through half of the time",
    },
    chance(`Superior predictive ability among ${report.n_candidates}`, report.superior_p, verdict,
      "Hansen's test over buy and hold at the same exposure; at 1% it lets noise through 1.75% of the time"),
  ];
}

function signs(verdict: Verdict): Opinion[] {
  const p = read(verdict.contract?.pesaran_timmermann_p);
  return p === undefined ? [] : [chance("Pesaran-Timmermann", p, verdict, "signs alone, sizes thrown away")];
}

function calibration(verdict: Verdict): Opinion[] {
  const told: Opinion[] = [];
  const { reliability, coverage } = verdict.beside ?? {};
  if (reliability !== null && reliability !== undefined) {
    const [brier, base] = [read(reliability.brier) ?? NaN, read(reliability.brier_of_base_rate) ?? NaN];
    told.push({
      name: "Brier score",
      figure: figure("number", brier, { words: brier.toFixed(4) }),
      asked: `below ${base.toFixed(4)}`,
      speaks: brier < base,
      errs: "squared error of the probabilities; the mark is that of always stating how often it rises",
    });
  }
  if (coverage !== null && coverage !== undefined) {
    const [low, high, claimed] = [read(coverage.measured.low), read(coverage.measured.high), read(coverage.claimed) ?? NaN];
    told.push({
      name: "Coverage of the intervals",
      figure: figureOf("share", coverage.measured),
      asked: `${percent(claimed, { digits: 0 })} within its interval`,
      speaks: low !== undefined && high !== undefined && low <= claimed && claimed <= high,
      errs: "says that widths are right, not that the direction is",
    });
  }
  return told;
}

function chance(name: string, p: Numeral, verdict: Verdict, errs: string): Opinion {
  const [known, level] = [read(p), levelOf(verdict)];
  return {
    name,
    figure: figure("chance", known),
    asked: `p below ${writeAny(100 * level)}%`,
    speaks: known === undefined ? undefined : known < level,
    errs,
  };
}

function probability(name: string, value: Numeral, errs: string): Opinion {
  const known = read(value);
  return {
    name,
    figure: figure("chance", known),
    asked: `above ${percent(CONVENTION, { digits: 0 })}`,
    speaks: known === undefined ? undefined : known > CONVENTION,
    errs,
  };
}
