/** How numbers are written. */

import { DASH } from "./dash";

/** A number that may not be known. */
export type Maybe = number | null | undefined;

/** How a share is written. */
export interface PercentOptions {
  readonly digits?: number;
  /** Write a plus sign, too. */
  readonly signed?: boolean;
}

const MINUS = "−";

/** A share as percent: 0.5364 is "53.6%". */
export function percent(share: Maybe, options: PercentOptions = {}): string {
  if (!isKnown(share)) {
    return DASH;
  }
  return `${write(share * 100, options.digits ?? 1, options.signed ?? false)}%`;
}

/** A number that is a percentage already, such as a confidence: 64.25 is "64.3". */
export function points(value: Maybe, digits = 1): string {
  return fixed(value, digits);
}

/** A number with so many digits behind the point, in groups of a thousand. */
export function fixed(value: Maybe, digits: number, options: { readonly signed?: boolean } = {}): string {
  return isKnown(value) ? write(value, digits, options.signed ?? false) : DASH;
}

/** A price: two digits behind the point, and as many significant ones as a small price needs. */
export function price(value: Maybe): string {
  if (!isKnown(value)) {
    return DASH;
  }
  const size = Math.abs(value);
  const digits = size === 0 || size >= 1 ? 2 : Math.min(10, 3 - Math.floor(Math.log10(size)));
  return write(value, digits, false);
}

/** A whole number in groups of a thousand. */
export function count(value: Maybe): string {
  return isKnown(value) ? write(value, 0, false) : DASH;
}

/** So many bars. */
export function bars(value: Maybe): string {
  return isKnown(value) ? `${count(value)} ${value === 1 ? "bar" : "bars"}` : DASH;
}

function isKnown(value: Maybe): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

function write(value: number, digits: number, signed: boolean): string {
  const text = Math.abs(value).toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  // A loss too small to be seen is no loss: "-0.0" would say otherwise.
  const isZero = !/[1-9]/.test(text);
  const sign = isZero ? "" : value < 0 ? MINUS : signed ? "+" : "";
  return `${sign}${text}`;
}
