/** Where the spans of a timeline lie, in pixels. */

import { readInstant } from "../format";
import type { Lane, Span } from "./timeline";

const LEAST_WIDTH = 4;
const TICK_WIDTH = 110;
const DAY = 86_400_000;

interface PlacedSpan extends Span {
  readonly key: string;
  readonly x: number;
  readonly width: number;
}

interface Placed {
  readonly from: number;
  readonly to: number;
  readonly lanes: readonly { readonly name: string; readonly spans: readonly PlacedSpan[] }[];
}

/** Place spans on a width; what lasts still lasts to the end, an instant is as wide as can be seen. */
export function placeSpans(
  lanes: readonly Lane[],
  width: number,
  wanted: { readonly from?: string | undefined; readonly to?: string | undefined } = {},
  now: number = Date.now(),
): Placed {
  const spans = lanes.flatMap((lane) => lane.spans);
  const starts = spans.flatMap((span) => readInstant(span.from)?.getTime() ?? []);
  const ends = spans.flatMap((span) => readInstant(span.to ?? span.from)?.getTime() ?? []);
  const to = readInstant(wanted.to)?.getTime() ?? Math.max(now, ...ends);
  const first = readInstant(wanted.from)?.getTime() ?? Math.min(to, ...starts);
  const from = first < to ? first : to - DAY;
  const xOf = (time: number): number => (Math.min(Math.max(time, from), to) - from) * (width / (to - from));
  const place = (span: Span, number: number): PlacedSpan[] => {
    const begun = readInstant(span.from)?.getTime();
    if (begun === undefined) {
      return [];
    }
    const ended = span.to === undefined ? begun : (readInstant(span.to)?.getTime() ?? to);
    if (ended < from || begun > to) {
      return [];
    }
    const wide = Math.max(LEAST_WIDTH, xOf(ended) - xOf(begun));
    return [{ ...span, key: `${number} ${span.from}`, x: Math.min(xOf(begun), width - wide), width: wide }];
  };
  return { from, to, lanes: lanes.map((lane) => ({ name: lane.name, spans: lane.spans.flatMap(place) })) };
}

/** One date below a timeline. */
interface Tick {
  readonly at: number;
  readonly x: number;
  readonly words: string;
  readonly anchor: "start" | "middle" | "end";
}

/** Return as many dates as there is room for, evenly spread. */
export function ticksOf(from: number, to: number, width: number): Tick[] {
  const n = Math.max(2, Math.min(8, Math.floor(width / TICK_WIDTH)));
  return Array.from({ length: n }, (_, place) => {
    const at = from + ((to - from) * place) / (n - 1);
    const words = new Date(at).toISOString();
    const anchor = place === 0 ? "start" : place === n - 1 ? "end" : "middle";
    return { at, x: (width * place) / (n - 1), words: to - from < 3 * DAY ? words.slice(5, 16).replace("T", " ") : words.slice(0, 10), anchor };
  });
}
