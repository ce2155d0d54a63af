/** Dates as people write them, by their form. */

/** A day, and the time of day where one is told, in microseconds. */
export interface Moment {
  /** Microseconds since 1970 of the day's beginning. */
  readonly day: number;
  /** Microseconds since then; null where only the day is told. */
  readonly clock: number | null;
  /** Microseconds that its zone is ahead of UTC; null where none is told. */
  readonly offset: number | null;
}

/** How days are written: one form for the whole file. */
export type DayForm = "year first" | "compact" | "numbers" | "dots" | "named" | "epoch";

/** Which of two numbers is the day, where a form leaves that open. */
export type DayOrder = "day first" | "month first";

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: Readonly<Record<Exclude<DayForm, "epoch">, RegExp>> = {
  "year first": /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?=$|[T\s])/,
  compact: /^(\d{4})(\d\d)(\d\d)(?=$|[T\s])/,
  numbers: /^(\d{1,2})([-/])(\d{1,2})\2(\d{4}|\d\d)(?=$|[T\s,])/,
  dots: /^(\d{1,2})\.(\d{1,2})\.(\d{4}|\d\d)(?=$|[T\s,])/,
  named: /^(?:(\d{1,2})[- ]([a-z]{3,9})\.?[- ,]+(\d{4}|\d\d)|([a-z]{3,9})\.? (\d{1,2}),? (\d{4}))(?=$|[T\s,])/i,
};
const CLOCK = /^(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(am|pm)?\s*(z|utc|gmt|[+-]\d\d(?::?\d\d)?)?$/i;
const BARE_CLOCK = /^(\d{1,2})(\d\d)(\d\d)$/;
const EPOCH = /^\d{8,19}(?:\.\d+)?$/;
/** Numbers of each unit lie apart: what is seconds after 1971 would be milliseconds in January 1970. */
const EPOCH_UNITS: readonly (readonly [string, number])[] = [["seconds", SECOND], ["milliseconds", 1000], ["microseconds", 1], ["nanoseconds", 1e-3]];
const [FIRST, LAST] = [Date.UTC(1971, 0, 1) * 1000, Date.UTC(2200, 0, 1) * 1000];

/** Return the form in which a text writes its day; null where it is none. */
export function formOf(text: string): DayForm | null {
  const found = (Object.keys(DAYS) as Exclude<DayForm, "epoch">[]).find((form) => DAYS[form].test(text));
  return found ?? (unitOf(text) === null ? null : "epoch");
}

/** Return the unit of a number since 1970, in words; null where no unit makes it an instant. */
export function unitOf(text: string): string | null {
  return findUnit(text)?.[0] ?? null;
}

/** Return which number of a date must be the day: 13 and more are no month. Null where either may be. */
export function orderOf(text: string): DayOrder | null {
  const [, first, , second] = DAYS.numbers.exec(text) ?? [];
  if (Number(first) > 12 && Number(second) <= 12) {
    return "day first";
  }
  return Number(second) > 12 && Number(first) <= 12 ? "month first" : null;
}

/**
 * Return when a text says it was; null where it does not fit the form.
 *
 * @param clock The time of day from a column of its own; empty where there is none.
 */
export function readMoment(text: string, clock: string, form: DayForm, order: DayOrder): Moment | null {
  if (form === "epoch") {
    const unit = findUnit(text);
    if (unit === null) return null;
    const instant = Math.round(Number(text) * unit[1]);
    const sinceMidnight = ((instant % DAY) + DAY) % DAY;
    return { day: instant - sinceMidnight, clock: sinceMidnight, offset: 0 };
  }
  const match = DAYS[form].exec(text);
  const day = match === null ? null : dayOf(partsOf(match, form, order));
  if (match === null || day === null) {
    return null;
  }
  const told = `${text.slice(match[0].length).replace(/^[T,\s]+/i, "")} ${clock}`.trim();
  if (told === "") {
    return { day, clock: null, offset: null };
  }
  const read = readClock(told);
  return read === null ? null : { day, ...read };
}

function findUnit(text: string): readonly [string, number] | null {
  if (!EPOCH.test(text)) {
    return null;
  }
  const within = (scale: number): boolean => Number(text) * scale >= FIRST && Number(text) * scale < LAST;
  return EPOCH_UNITS.find(([, scale]) => within(scale)) ?? null;
}

type Parts = readonly [year: number, month: number, day: number];

function partsOf(match: RegExpExecArray, form: Exclude<DayForm, "epoch">, order: DayOrder): Parts {
  switch (form) {
    case "numbers": {
      const [first, second] = [Number(match[1]), Number(match[3])];
      return order === "day first" ? [fullYear(match[4]!), second, first] : [fullYear(match[4]!), first, second];
    }
    case "dots":
      return [fullYear(match[3]!), Number(match[2]), Number(match[1])];
    case "named": {
      const month = MONTHS.indexOf((match[2] ?? match[4] ?? "").slice(0, 3).toLowerCase()) + 1;
      return [fullYear(match[3] ?? match[6] ?? ""), month, Number(match[1] ?? match[5])];
    }
    default:
      return [Number(match[1]), Number(match[2]), Number(match[3])];
  }
}

/** Two digits as every other program takes them: 69 to 99 are of the last century. */
function fullYear(text: string): number {
  const year = Number(text);
  return text.length > 2 ? year : year + (year < 69 ? 2000 : 1900);
}

function dayOf([year, month, day]: Parts): number | null {
  const at = new Date(Date.UTC(year, month - 1, day));
  const isReal = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
  return isReal && year >= 1700 && year < 2200 ? at.getTime() * 1000 : null;
}

function readClock(text: string): { clock: number; offset: number | null } | null {
  const [, hours, minutes, seconds = "0", fraction = "", half, zone] = CLOCK.exec(text) ?? BARE_CLOCK.exec(text) ?? [];
  if (hours === undefined) {
    return null;
  }
  const hour = hourOf(Number(hours), half?.toLowerCase());
  if (hour > 23 || Number(minutes) > 59 || Number(seconds) > 59) {
    return null;
  }
  const clock = (hour * 3600 + Number(minutes) * 60 + Number(seconds)) * SECOND + Number(fraction.slice(0, 6).padEnd(6, "0"));
  return { clock, offset: zone === undefined ? null : offsetOf(zone) };
}

function hourOf(told: number, half: string | undefined): number {
  if (half === undefined) {
    return told;
  }
  return told < 1 || told > 12 ? Infinity : (told % 12) + (half === "pm" ? 12 : 0);
}

function offsetOf(zone: string): number {
  const [, sign, hours, minutes = "0"] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  const ahead = (Number(hours ?? 0) * 3600 + Number(hours === undefined ? 0 : minutes) * 60) * SECOND;
  return sign === "-" ? -ahead : ahead;
}
