/** Lines over time as a chart takes them. */

import type { UTCTimestamp } from "lightweight-charts";

import { readInstant } from "../format";

/** One value at one instant; null where there is none, and the line is interrupted. */
export interface LinePoint {
  readonly at: string | Date;
  readonly value: number | null;
}

/** One place of a band. */
export interface BandPlace {
  readonly at: string | Date;
  readonly low: number | null;
  readonly high: number | null;
}

/** Return points in the order of time, one an instant (the last of several); gaps have no value. */
export function makeLine(points: readonly LinePoint[]): ({ time: UTCTimestamp; value: number } | { time: UTCTimestamp })[] {
  return inOrder(points).map(([time, { value }]) =>
    value !== null && Number.isFinite(value) ? { time, value } : { time },
  );
}

/** Return the places of a band that have both ends. */
export function makeBand(places: readonly BandPlace[]): { time: UTCTimestamp; low: number; high: number }[] {
  return inOrder(places).flatMap(([time, { low, high }]) =>
    low !== null && high !== null && Number.isFinite(low) && Number.isFinite(high) ? [{ time, low, high }] : [],
  );
}

function inOrder<Point extends { readonly at: string | Date }>(points: readonly Point[]): [UTCTimestamp, Point][] {
  const byTime = new Map<number, Point>();
  for (const point of points) {
    const read = readInstant(point.at);
    if (read !== undefined) {
      byTime.set(Math.floor(read.getTime() / 1000), point);
    }
  }
  return [...byTime].sort(([one], [other]) => one - other) as [UTCTimestamp, Point][];
}

/** Return so many rows of many, the first and the last among them, for a table to be read. */
export function thin<Row>(rows: readonly Row[], most: number): Row[] {
  if (rows.length <= most) {
    return [...rows];
  }
  const step = (rows.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, place) => rows[Math.round(place * step)]!);
}
