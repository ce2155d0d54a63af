/** When each row says it was: one form for the whole file, and questions where that is not enough. */

import { type DayForm, type DayOrder, formOf, type Moment, orderOf, readMoment, unitOf } from "./dates";
import { ask, done, quote, refuse, type Answers, type Question, type Stage } from "./refusal";

/** When each row was. */
export interface Times {
  /** Microseconds since 1970, UTC; NaN where it cannot be read. Without a clock: the day's beginning. */
  readonly instants: Float64Array;
  /** Whether only days are told. */
  readonly areDays: boolean;
  /** Whether a bar's time is that of its opening. */
  readonly areOpens: boolean;
  /** How they were read, in words; empty where nobody could read them otherwise. */
  readonly how: string;
}

/** What a row says about its time. */
export interface Told {
  readonly line: number;
  readonly date: string;
  readonly clock: string;
}

const [ORDER, ZONE, MARKS] = ["days", "zone", "marks"];
const HINT = "write dates as 2024-01-31, or instants as 2024-01-31T21:00:00Z";

/**
 * Return when each row was.
 *
 * @param isOpening What the column's name says of it; null where it does not tell.
 * @param localOffset Minutes by which this computer's zone is ahead of UTC on a day.
 */
export function readTimes(rows: readonly Told[], isOpening: boolean | null, answers: Answers, localOffset: (instant: number) => number): Stage<Times> {
  const manner = findManner(rows, answers);
  if (manner.kind !== "done") {
    return manner;
  }
  const { form, order } = manner.value;
  const moments = rows.map((row) => readMoment(row.date, row.clock, form, order));
  const areDays = tellDaysOnly(moments, form, isOpening);
  const open = areDays ? [] : findOpen(moments, isOpening, answers);
  if (open.length > 0) {
    return ask(...open);
  }
  const offset = answers[ZONE] === "local" ? localOffset : null;
  const instants = Float64Array.from(moments, (moment) => (moment === null ? NaN : instantOf(moment, offset)));
  const areOpens = !areDays && (isOpening ?? answers[MARKS] === "open");
  const sample = rows.find((row) => formOf(row.date) === form)?.date ?? "";
  return done({ instants, areDays, areOpens, how: describe(form, order, sample) });
}

interface Manner {
  readonly form: DayForm;
  readonly order: DayOrder;
}

function findManner(rows: readonly Told[], answers: Answers): Stage<Manner> {
  const form = commonForm(rows);
  if (form === null) {
    const first = rows.find((row) => row.date !== "");
    return refuse(first?.line ?? null, "a date, such as 2024-01-31, or seconds since 1970", quote(first?.date ?? ""), HINT);
  }
  const order = form === "numbers" ? findOrder(rows, answers) : done<DayOrder>("day first");
  return order.kind === "done" ? done({ form, order: order.value }) : order;
}

function commonForm(rows: readonly Told[]): DayForm | null {
  const counts = new Map<DayForm, number>();
  for (const { date } of rows) {
    const form = formOf(date);
    if (form !== null) counts.set(form, (counts.get(form) ?? 0) + 1);
  }
  const [best] = [...counts].sort((one, other) => other[1] - one[1]);
  return best?.[0] ?? null;
}

function findOrder(rows: readonly Told[], answers: Answers): Stage<DayOrder> {
  const [dayFirst, monthFirst] = (["day first", "month first"] as const).map((order) => rows.find((row) => orderOf(row.date) === order));
  if (dayFirst !== undefined && monthFirst !== undefined) {
    const [later, earlier] = dayFirst.line > monthFirst.line ? [dayFirst, monthFirst] : [monthFirst, dayFirst];
    return refuse(later.line, `a date written as on line ${earlier.line}, ${quote(earlier.date)}`, quote(later.date), HINT);
  }
  if (dayFirst !== undefined || monthFirst !== undefined) {
    return done(dayFirst === undefined ? "month first" : "day first");
  }
  const chosen = answers[ORDER];
  return chosen === "day first" || chosen === "month first" ? done(chosen) : ask(askOrder(rows));
}

function askOrder(rows: readonly Told[]): Question {
  // One whose two numbers differ shows what the answer means.
  const sample = (rows.find((row) => !/^(\d+)\D\1\D/.test(row.date) && formOf(row.date) === "numbers") ?? rows[0])?.date ?? "";
  const bare = sample.split(/[\sT,]/)[0] ?? sample;
  const write = (order: DayOrder): string => {
    const moment = readMoment(bare, "", "numbers", order);
    return moment === null ? bare : new Date(moment.day / 1000).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  };
  return {
    key: ORDER,
    words: `Which day is ${bare}?`,
    why: "No date of this file has a number above 12 in either place, so that day and month cannot be told apart.",
    choices: (["day first", "month first"] as const).map((value) => ({ value, words: `${write(value)} (${value})` })),
  };
}

function tellDaysOnly(moments: readonly (Moment | null)[], form: DayForm, isOpening: boolean | null): boolean {
  if (moments.every((moment) => moment === null || moment.clock === null)) {
    return true;
  }
  if (isOpening === false) {
    return false;
  }
  const isMidnight = (moment: Moment | null): boolean => moment === null || moment.clock === null || moment.clock === 0;
  // A day written as an instant at midnight is a day, as long as there is one row a day.
  const days = new Set(moments.map((moment) => moment?.day));
  return moments.every(isMidnight) && (form !== "epoch" || days.size === moments.length);
}

function findOpen(moments: readonly (Moment | null)[], isOpening: boolean | null, answers: Answers): Question[] {
  const questions: Question[] = [];
  if (moments.some((moment) => moment !== null && moment.offset === null) && answers[ZONE] === undefined) {
    questions.push({
      key: ZONE,
      words: "In which zone are the times?",
      why: "They name none.",
      choices: [
        { value: "utc", words: "UTC" },
        { value: "local", words: "the zone of this computer" },
      ],
    });
  }
  if (isOpening === null && answers[MARKS] === undefined) {
    questions.push({
      key: MARKS,
      words: "Is a bar's time that of its close or of its open?",
      why: "Exports differ, and the file does not tell.",
      choices: [
        { value: "close", words: "its close" },
        { value: "open", words: "its open" },
      ],
    });
  }
  return questions;
}

function instantOf(moment: Moment, localOffset: ((instant: number) => number) | null): number {
  const told = moment.day + (moment.clock ?? 0);
  if (moment.offset !== null) {
    return told - moment.offset;
  }
  return localOffset === null || moment.clock === null ? told : told - localOffset(told) * 60_000_000;
}

function describe(form: DayForm, order: DayOrder, sample: string): string {
  if (form === "epoch") {
    return `Times are read as ${unitOf(sample) ?? "numbers"} since 1970.`;
  }
  return form === "numbers" || form === "dots" ? `Dates are read with the ${form === "dots" || order === "day first" ? "day" : "month"} first.` : "";
}
