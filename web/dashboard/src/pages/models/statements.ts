/** What was stated and what came: probabilities and intervals, year by year and in each kind of market. */

import { percent } from "../../format";
import { figure, figureOf } from "./figure";
import type { FigureTable } from "./tables";
import { read, type Statement, type Verdict } from "./verdict";
import { writeName } from "./words";

const REGIMES = "Regimes are those known before each bar.";

function partsOf(verdict: Verdict): readonly Statement[] {
  return [...(verdict.beside?.statements_by_year ?? []), ...(verdict.beside?.statements_by_regime ?? [])];
}

/** Stated probabilities and what happened; no rows where a verdict of an older version holds none. */
export function tableOfStatements(verdict: Verdict): FigureTable {
  return {
    title: "What was stated and what came",
    columns: ["Year or market", "Rose", "Stated", "Brier score", "Forecasts"],
    drawn: 0,
    isHeld: true,
    note:
      "They fit where the exact 95% interval of what came holds what was stated on average, the mark in the picture. " +
      `A Brier score of 0.25 is a coin's. ${REGIMES}`,
    rows: partsOf(verdict).map((part) => ({
      name: writeName(part.part),
      mark: read(part.probability_up),
      figures: [
        figureOf("share", part.share_up),
        figure("share", part.probability_up),
        figure("fine", part.brier),
        figure("count", part.n),
      ],
    })),
  };
}

/** How often the intervals held, in all and part by part; no rows where none were stated. */
export function tableOfCoverage(verdict: Verdict): FigureTable {
  const report = verdict.beside?.coverage ?? undefined;
  const parts = partsOf(verdict).flatMap(({ part, coverage }) => (coverage === null ? [] : [{ name: writeName(part), coverage }]));
  const rows = report === undefined ? [] : [{ name: "All of it", coverage: report.measured }, ...parts];
  const width = read(report?.mean_width);
  const wide = width === undefined ? "" : `, and were ${percent(width)} wide on average`;
  return {
    title: "Returns within their stated interval",
    columns: ["Year or market", "Held", "Returns"],
    drawn: 0,
    mark: read(report?.claimed) ?? 0,
    isHeld: true,
    note:
      `The intervals claim ${percent(read(report?.claimed), { digits: 0 })}, the mark in the picture${wide}. ` +
      `Returns that tell the same count once. ${REGIMES}`,
    rows: rows.map(({ name, coverage }) => ({
      name,
      figures: [figureOf("share", coverage), figure("count", coverage.n)],
    })),
  };
}
