/** Which rows are bars: every other one is refused with its line and its reason. */

import type { Columns } from "./columns";
import { isBlank, readNumber, type Style } from "./numbers";
import { quote, type Refusal } from "./refusal";
import type { Row } from "./table";

/** Numbers of a row, before anybody has looked at their order. */
export interface Bar {
  readonly line: number;
  readonly instant: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly adjustment: number;
}

const PRICES = ["open", "high", "low", "close"] as const;

/** Which columns hold numbers at all: one without any is as good as none. */
export function findFilled(rows: readonly Row[], columns: Columns): Columns {
  const isFilled = (place: number | undefined): boolean => place !== undefined && rows.some((row) => !isBlank(row.fields[place] ?? ""));
  const { volume, adjusted, ...others } = columns;
  return {
    ...others,
    ...(volume !== undefined && isFilled(volume) ? { volume } : {}),
    ...(adjusted !== undefined && isFilled(adjusted) ? { adjusted } : {}),
  };
}

/** Return a row as a bar, or why it is none. */
export function readRow(row: Row, instant: number, columns: Columns, style: Style): Bar | Refusal {
  const fault = findFault(row, instant, columns, style);
  if (fault !== null) {
    return fault;
  }
  const value = (place: number | undefined, otherwise: number): number => (place === undefined ? otherwise : readNumber(row.fields[place] ?? "", style));
  const [open, high, low, close] = PRICES.map((name) => value(columns[name], NaN)) as [number, number, number, number];
  const adjustment = columns.adjusted === undefined ? 1 : value(columns.adjusted, close) / close;
  const bar = { line: row.line, instant, open, high, low, close, volume: value(columns.volume, 0), adjustment };
  return findImpossible(bar) ?? bar;
}

/** Whether something is a refusal. */
export function isRefusal(one: Bar | Refusal): one is Refusal {
  return "expected" in one;
}

function findFault(row: Row, instant: number, columns: Columns, style: Style): Refusal | null {
  const field = (place: number | undefined): string => (place === undefined ? "" : (row.fields[place] ?? ""));
  if (Number.isNaN(instant)) {
    const told = field(columns.date);
    return told === "" ? wrong(row, "a date", "nothing", "write one, or drop the row") : wrong(row, "a date like those of the other rows", quote(told), "write it like them, or drop the row");
  }
  const named = [...PRICES.map((name) => [`the ${name}`, name] as const), ["the volume", "volume"], ["the adjusted close", "adjusted"]] as const;
  for (const [words, name] of named) {
    const place = columns[name];
    if (place === undefined) {
      continue;
    }
    const text = field(place);
    if (isBlank(text)) return wrong(row, `${words} as a number`, text === "" ? "nothing" : quote(text), "drop the row, or fill the gap");
    const number = readNumber(text, style);
    if (!Number.isFinite(number)) return wrong(row, `${words} as a number`, quote(text), "write it in digits");
    const isTooSmall = name === "volume" ? number < 0 : number <= 0;
    if (isTooSmall) return wrong(row, `${words} ${name === "volume" ? "of at least" : "above"} zero`, quote(text), "correct or drop the row");
  }
  return null;
}

function findImpossible(bar: Bar): Refusal | null {
  const { open, high, low, close } = bar;
  const told = `open ${open}, high ${high}, low ${low}, close ${close}`;
  if (high < Math.max(open, close, low)) {
    return { line: bar.line, expected: "the high to be the highest price", found: told, hint: "correct or drop the row" };
  }
  return low > Math.min(open, close) ? { line: bar.line, expected: "the low to be the lowest price", found: told, hint: "correct or drop the row" } : null;
}

function wrong(row: Row, expected: string, found: string, hint: string): Refusal {
  return { line: row.line, expected, found, hint };
}
