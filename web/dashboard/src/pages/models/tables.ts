/** The tables of a verdict's card: floors, years, regimes, and what else is known. */

import { type Figure, figure, figureOf } from "./figure";
import type { Floor, Track, Verdict } from "./verdict";
import { nameTrack, writeName } from "./words";
import type { Fact } from "./card";

/** A row: its name, and a figure for each column. */
export interface FigureRow {
  readonly name: string;
  readonly figures: readonly Figure[];
  /** What the drawn figure of this row is compared with, where it is another than the table's. */
  readonly mark?: number | undefined;
}

/** A table of figures; the first column names the rows. */
export interface FigureTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly FigureRow[];
  /** Place among a row's figures of the one whose interval is worth a picture. */
  readonly drawn: number;
  readonly mark?: number;
  /** Whether the drawn figure is good below its mark. */
  readonly isAtMost?: boolean;
  /** Whether it is good where its interval holds its mark, and bad on either side. */
  readonly isHeld?: boolean;
  readonly note?: string;
}

/** The out-of-sample figures year by year. */
export function tableOfYears(verdict: Verdict): FigureTable {
  return {
    title: "Following every signal out of sample, after costs",
    columns: ["Year", "Information coefficient", "Right signs", "Return", "Buy and hold", "Maximum drawdown", "Bars"],
    drawn: 0,
    rows: verdict.by_year.map((year) => ({
      name: String(year.year),
      figures: [
        figureOf("correlation", year.information_coefficient),
        figureOf("share", year.accuracy),
        figure("gain", year.net_return),
        figure("gain", year.buy_and_hold),
        figure("share", year.maximum_drawdown),
        figure("count", year.n_bars),
      ],
    })),
  };
}

/** The out-of-sample figures by regime of the rules. */
export function tableOfRegimes(verdict: Verdict): FigureTable {
  return {
    title: "By the kind of market, as the rules saw it before each bar",
    columns: ["Regime", "Information coefficient", "Right signs", "Return a year", "Buy and hold a year", "Share of bars"],
    drawn: 0,
    note: "Regimes are told from closes alone, so volatility reads lower than with highs and lows.",
    rows: (verdict.beside?.by_regime ?? []).map((one) => ({
      name: writeName(one.regime),
      figures: [
        figureOf("correlation", one.information_coefficient),
        figureOf("share", one.accuracy),
        figure("gain", one.return_a_year),
        figure("gain", one.holding_a_year),
        figure("share", one.share),
      ],
    })),
  };
}

/** The forecast beside every floor: what anybody has for nothing. */
export function tableOfFloors(verdict: Verdict): FigureTable {
  const track = verdict.beside?.track;
  const itself = [figure("gain", null), figure("chance", null)];
  return {
    title: "Following every signal with the whole capital, after costs",
    columns: [
      "On the same bars", "Return a year", "The forecast earns more, a year", "By chance", "Sharpe a year",
      "Maximum drawdown", "Profit factor", "Right signs",
    ],
    drawn: 1,
    note: "By chance: Diebold-Mariano of the results bar by bar, Harvey-Leybourne-Newbold corrected, one-sided.",
    rows: track === null || track === undefined ? [] : [rowOfTrack(track, itself), ...(verdict.beside?.floors ?? []).map(rowOfFloor)],
  };
}

function rowOfFloor(floor: Floor): FigureRow {
  return rowOfTrack(floor.track, [figureOf("gain", floor.excess_a_year), figure("chance", floor.result_test?.p)]);
}

function rowOfTrack(track: Track, against: readonly Figure[]): FigureRow {
  return {
    name: nameTrack(track.name),
    figures: [
      figure("gain", track.return_a_year),
      ...against,
      figure("number", track.sharpe),
      figure("share", track.maximum_drawdown),
      figure("number", track.profit_factor),
      figureOf("share", track.accuracy),
    ],
  };
}

/** Figures that stand beside all others. */
export function detailsOf(verdict: Verdict): Fact[] {
  const { value, contract } = verdict;
  const facts: Fact[] = [];
  if (value !== null) {
    facts.push(
      { name: "Sharpe ratio a year", figure: figure("number", value.sharpe), note: "at a volatility of 10% a year" },
      { name: "Maximum drawdown at that volatility", figure: figure("share", value.maximum_drawdown), note: "" },
      { name: "Drawdown exceeded in 5% of resamples", figure: figure("share", value.maximum_drawdown_95), note: "" },
      { name: "Mean position", figure: figure("share", value.mean_exposure), note: "" },
      { name: "Capital traded, times a year", figure: figure("count", value.turnover), note: "" },
    );
  }
  if (contract !== null) {
    facts.push(
      { name: "Trades", figure: figure("count", contract.n_trades), note: "" },
      { name: "Return over all bars, after costs", figure: figure("gain", contract.net_return), note: "" },
      { name: "Profit factor, trade by trade", figure: figure("number", contract.profit_factor_by_trade), note: "" },
      { name: "Forecast within 10% of the actual move", figure: figureOf("share", contract.strict_hit_rate), note: "" },
    );
  }
  return facts;
}

/** How often the model was right out of sample where it was so sure, as it was registered. */
export function hitsOf(metrics: Readonly<Record<string, unknown>>): { band: string; hits: number; settled: number }[] {
  const told: unknown = metrics.hits_by_confidence;
  if (!Array.isArray(told)) {
    return [];
  }
  return told.flatMap((one: unknown) => {
    const { least, most, n_hits, n_settled } = (one ?? {}) as Record<string, unknown>;
    const isRow = [least, most, n_hits, n_settled].every((value) => typeof value === "number");
    return isRow && Number(n_settled) > 0
      ? [{ band: `${Math.floor(Number(least))} to ${Math.floor(Number(most))}`, hits: Number(n_hits), settled: Number(n_settled) }]
      : [];
  });
}
