/** Instants: microseconds since 1970-01-01T00:00Z, as whole numbers. */

const FORM = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d:\d\d)?$/;

/** Microseconds of a day. */
export const DAY = 86_400_000_000;

/**
 * Return what a text in ISO 8601 says as microseconds since 1970; NaN where it names no instant.
 *
 * Texts without an offset are UTC. Fractions of a second may have up to six digits.
 */
export function readInstant(text: string): number {
  const match = FORM.exec(text);
  if (!match) return NaN;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part || 0));
  const ms = Date.UTC(year!, month! - 1, day, hour, minute, second);
  const written = new Date(ms);
  const isReal = written.getUTCMonth() === month! - 1 && written.getUTCDate() === day;
  if (!isReal || hour! > 23 || minute! > 59 || second! > 59) return NaN;
  return ms * 1000 + Number((match[7] ?? "").padEnd(6, "0")) - readOffset(match[8]);
}

/** Return an instant to the microsecond, without an offset: `2018-12-27T21:00:00.000000`. */
export function writeInstant(instant: number): string {
  const ms = Math.floor(instant / 1000);
  const rest = String(instant - ms * 1000).padStart(3, "0");
  return `${new Date(ms).toISOString().slice(0, -1)}${rest}`;
}

/** Return an instant to the second, with its offset: `2018-12-27T21:00:00Z`. */
export function writeSecond(instant: number): string {
  return `${writeInstant(instant).slice(0, 19)}Z`;
}

function readOffset(text: string | undefined): number {
  if (text === undefined || text === "Z") return 0;
  const [hours, minutes] = text.slice(1).split(":").map(Number);
  return (text.startsWith("-") ? -1 : 1) * (hours! * 60 + minutes!) * 60_000_000;
}
