/** Whether bars may be answered on at all. */

import type { Bars } from "./bars.js";
import { lastBars } from "./bars.js";
import type { SessionCalendar } from "./calendar.js";
import { findMissing, isExpired } from "./calendar.js";
import { findFrozen, findJump } from "./data-rules.js";
import { writeInstant } from "./instants.js";
import type { Fault } from "./ladder.js";

/** Bars whose quality decides whether anybody may answer. */
export const QUALITY_BARS = 504;
const LEAST_BARS = 60;

/**
 * Return why nobody may answer on these bars, or null.
 *
 * @param calendar Sessions of the market; without it neither age nor gaps can be told.
 * @param now Instant of the question, in microseconds since 1970.
 */
export function findDataFault(
  bars: Bars,
  calendar: SessionCalendar | null,
  now: number,
): Fault | null {
  const nBars = bars.closedAt.length;
  if (nBars < LEAST_BARS) return { reason: "insufficient_data", detail: `${nBars} bars` };
  const last = bars.closedAt[nBars - 1]!;
  if (now < last) {
    const detail = `it closes at ${writeInstant(last)}, now it is ${writeInstant(now)}`;
    return { reason: "bar_not_closed", detail };
  }
  const wrong = bars.matrix.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const detail = `adjusted bar ${Math.floor(wrong / 5)} is not finite`;
    return { reason: "data_contract_broken", detail };
  }
  const recent = lastBars(bars, QUALITY_BARS);
  const fault = calendar === null ? null : findCalendarFault(recent, calendar, now);
  return fault ?? findFalseNumbers(recent);
}

function findFalseNumbers(recent: Bars): Fault | null {
  const frozen = findFrozen(recent);
  if (frozen !== null) return { reason: "frozen_column", detail: frozen };
  const jump = findJump(recent);
  return jump === null ? null : { reason: "scale_jump", detail: jump };
}

function findCalendarFault(recent: Bars, calendar: SessionCalendar, now: number): Fault | null {
  const last = recent.closedAt.at(-1)!;
  if (isExpired(calendar, last, now)) {
    return { reason: "expired_data", detail: `it closed at ${writeInstant(last)}` };
  }
  const missing = findMissing(calendar, recent.closedAt);
  if (isPoor(recent, missing)) {
    return { reason: "poor_data", detail: `${missing.length} of the last sessions are missing` };
  }
  const latest = missing.at(-1);
  if (latest !== undefined && latest > recent.closedAt.at(-2)!) {
    return { reason: "gap_at_the_end", detail: `no bar for ${writeInstant(latest)}` };
  }
  return null;
}

/** Whether bars have the contract's lowest grade; those that mostly stand still have. */
function isPoor(bars: Bars, missing: Float64Array): boolean {
  const nBars = bars.closedAt.length;
  if (nBars < 50 || frozenShare(bars.close) > 0.5) return true;
  return missing.length / (missing.length + nBars) >= 0.2;
}

function frozenShare(close: Float64Array): number {
  const nFrozen = close.filter((price, i) => i > 0 && price === close[i - 1]).length;
  return close.length < 2 ? 0 : nFrozen / (close.length - 1);
}
