/** Lines and curves of a verdict. */

import type { Curve, Line } from "../../charts";
import { fixed, percent } from "../../format";
import { type Equity, read, type Reliability } from "./verdict";
import { nameTrack } from "./words";

const START = 100;

/** Growth of 100 of the forecast and its floors. One that loses all would flatten the others, and is left out. */
export function growthOf(equity: Equity | null | undefined, rename?: (name: string) => string): Line[] {
  const shown = (equity?.lines ?? []).filter((line) => line.name !== "last_return");
  return shown.map((line) => ({
    name: rename?.(line.name) ?? nameTrack(line.name),
    isDashed: line.name !== "forecast",
    points: (equity?.closed_at ?? []).map((at, place) => {
      const value = read(line.values[place]);
      return { at, value: value === undefined ? null : START * value };
    }),
  }));
}

/** What was stated against what happened, with the ends of its interval and where both would be the same. */
export function reliabilityOf(report: Reliability | null | undefined): Curve[] {
  const bins = (report?.bins ?? []).map((bin) => ({
    stated: read(bin.probability) ?? NaN,
    rose: read(bin.share_up.value) ?? NaN,
    low: read(bin.share_up.low) ?? NaN,
    high: read(bin.share_up.high) ?? NaN,
  }));
  if (bins.length === 0) {
    return [];
  }
  return [
    { name: "What happened", points: bins.map((bin) => [bin.stated, bin.rose] as const) },
    { name: "Low end, 95%", points: bins.map((bin) => [bin.stated, bin.low] as const), colour: "neutral", isDashed: true },
    { name: "High end, 95%", points: bins.map((bin) => [bin.stated, bin.high] as const), colour: "neutral", isDashed: true },
    { name: "If they meant what they say", points: bins.map((bin) => [bin.stated, bin.stated] as const), colour: "good" },
  ];
}

/** How far stated and measured probabilities are apart. */
export function tellReliability(report: Reliability | null | undefined): string {
  const distance = percent(read(report?.calibration_error));
  const brier = fixed(read(report?.brier), 4);
  return (
    `Stated and measured are ${distance} apart on average. Brier score ${brier}; always stating how often it rises ` +
    `scores ${fixed(read(report?.brier_of_base_rate), 4)}.`
  );
}
