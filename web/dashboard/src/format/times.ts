/** How instants are written: in UTC, as the service tells them. */

import { DASH } from "./dash";

/** An instant as the service writes it, or as the page keeps it. */
export type InstantLike = string | number | Date | null | undefined;

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [365.25 * 86_400, "year"],
  [30.44 * 86_400, "month"],
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
];

/** Return an instant; undefined where the text is none. A text without a zone is in UTC. */
export function readInstant(value: InstantLike): Date | undefined {
  if (value === null || value === undefined) {
    return undefined;
  }
  const read = new Date(typeof value === "string" ? withZone(value) : value);
  return Number.isNaN(read.getTime()) ? undefined : read;
}

/** An instant to the minute: "2018-12-27 21:00 UTC". */
export function instant(value: InstantLike): string {
  const read = readInstant(value);
  return read === undefined ? DASH : `${read.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** The day of an instant: "2018-12-27". */
export function day(value: InstantLike): string {
  return readInstant(value)?.toISOString().slice(0, 10) ?? DASH;
}

/** The time of day of an instant: "21:00:05 UTC". */
export function clock(value: InstantLike): string {
  const read = readInstant(value);
  return read === undefined ? DASH : `${read.toISOString().slice(11, 19)} UTC`;
}

/** How long ago an instant is: "3 days ago"; what is to come is "in 2 hours". */
export function age(value: InstantLike, now: InstantLike = new Date()): string {
  const [then, today] = [readInstant(value), readInstant(now)];
  if (then === undefined || today === undefined) {
    return DASH;
  }
  const seconds = (today.getTime() - then.getTime()) / 1000;
  const told = longest(Math.abs(seconds));
  if (told === undefined) {
    return "just now";
  }
  return seconds > 0 ? `${told} ago` : `in ${told}`;
}

/** So many days in words: 0.5 is "12 hours", 400 is "1.1 years". */
export function daysLong(days: number | null | undefined): string {
  if (days === null || days === undefined || !Number.isFinite(days)) {
    return DASH;
  }
  if (days >= 730) {
    return `${(days / 365.25).toFixed(1)} years`;
  }
  return longest(days * 86_400) ?? "less than a minute";
}

function longest(seconds: number): string | undefined {
  for (const [length, name] of UNITS) {
    const number = Math.floor(seconds / length);
    if (number >= 1) {
      return `${number} ${name}${number === 1 ? "" : "s"}`;
    }
  }
  return undefined;
}

function withZone(text: string): string {
  const hasTime = text.includes("T");
  return hasTime && !/(Z|[+-]\d\d:?\d\d)$/.test(text) ? `${text}Z` : text;
}
