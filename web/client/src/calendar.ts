/** When a market closes: the sessions that bars are held against. */

import { DAY } from "./instants.js";

/** The closes of a market's sessions, as plain data. */
export interface SessionCalendar {
  /** What the service calls it: an exchange's code, "24/7", "weekdays". */
  readonly name: string;
  /** Each session's close in microseconds since 1970, increasing, at least one. */
  readonly closesAt: Float64Array;
}

/** Sessions completed since a last bar beyond which it is expired. */
const MOST_SESSIONS = 7;

/** Return the session whose close is nearest to an instant; the earlier one on a tie. */
export function findSession(calendar: SessionCalendar, instant: number): number {
  const closes = calendar.closesAt;
  const last = closes.length - 1;
  const after = Math.min(Math.max(countBefore(closes, instant), 1), Math.max(last, 1));
  const [earlier, later] = [closes[after - 1]!, closes[Math.min(after, last)]!];
  const nearest = Math.abs(instant - earlier) <= Math.abs(later - instant) ? after - 1 : after;
  return Math.min(nearest, last);
}

/** Return the closes of the sessions between the first and the last bar that have no bar. */
export function findMissing(calendar: SessionCalendar, closedAt: Float64Array): Float64Array {
  const sessions = Array.from(closedAt, (instant) => findSession(calendar, instant));
  const [first, last] = [sessions[0], sessions.at(-1)];
  if (first === undefined || last === undefined) return new Float64Array();
  const present = new Set(sessions);
  const wanted = calendar.closesAt.subarray(first, last + 1);
  return wanted.filter((_close, place) => !present.has(first + place));
}

/**
 * Count the sessions that closed after one instant and not after another.
 *
 * After its last close a calendar goes on at the median distance of its sessions: it may call bars
 * older than they are, never younger.
 */
export function countSessions(calendar: SessionCalendar, since: number, until: number): number {
  if (until <= since) return 0;
  const closes = calendar.closesAt;
  const within = countUpTo(closes, until) - countUpTo(closes, since);
  const beyond = until - Math.max(since, closes.at(-1)!);
  return within + (beyond > 0 ? Math.floor(beyond / typicalGap(closes)) : 0);
}

/** Whether a last bar is too old to say anything about the next one. */
export function isExpired(calendar: SessionCalendar, lastClosedAt: number, now: number): boolean {
  return countSessions(calendar, lastClosedAt, now) > MOST_SESSIONS;
}

function typicalGap(closes: Float64Array): number {
  if (closes.length < 2) return DAY;
  const gaps = closes.subarray(1).map((close, i) => close - closes[i]!).sort();
  const middle = gaps.length >> 1;
  const isOdd = gaps.length % 2 === 1;
  return Math.trunc(isOdd ? gaps[middle]! : (gaps[middle - 1]! + gaps[middle]!) / 2);
}

function countBefore(closes: Float64Array, instant: number): number {
  return bisect(closes, (close) => close < instant);
}

function countUpTo(closes: Float64Array, instant: number): number {
  return bisect(closes, (close) => close <= instant);
}

function bisect(closes: Float64Array, isBefore: (close: number) => boolean): number {
  let [low, high] = [0, closes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(closes[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
