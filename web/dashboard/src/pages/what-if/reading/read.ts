/** From the bytes of a file to bars, to a refusal, or to what has to be asked first. */

import { type Columns, findColumns } from "./columns";
import { decodeText } from "./decode";
import { findStyle } from "./numbers";
import { orderBars } from "./order";
import { ask, done, quote, refuse, type Answers, type Refusal, type Stage } from "./refusal";
import { type Bar, findFilled, isRefusal, readRow } from "./rows";
import { readTable, type Row, type Table, wordsOfDelimiter } from "./table";
import { readTimes, type Times } from "./times";

/** Bars of a file, as columns, oldest first. */
export interface ReadBars {
  readonly instants: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  readonly adjustment: Float64Array;
  /** Whether `instants` are the beginnings of days, and the closes are to be found. */
  readonly areDays: boolean;
  readonly interval: string;
}

/** A file that was read. */
export interface Reading {
  readonly bars: ReadBars;
  /** Rows that are no bars, by line; the first hundreds of them. */
  readonly refused: readonly Refusal[];
  readonly nRefused: number;
  /** What a reader should know of how the file was read. */
  readonly remarks: readonly string[];
  /** The symbols that the file names. */
  readonly symbols: readonly string[];
}

const MOST_SHOWN = 200;
const SYMBOL = "symbol";
const LEAST_USABLE = 2;

/** Read a file. Nothing is guessed: what the file leaves open comes back as questions. */
export function readFile(content: Uint8Array, answers: Answers, localOffset: (instant: number) => number): Stage<Reading> {
  const text = decodeText(content);
  if (text.kind !== "done") return text;
  const table = readTable(text.value);
  if (table.kind !== "done") return table;
  const { header, headerLine } = table.value;
  const columns = findColumns(header, headerLine, answers);
  if (columns.kind !== "done") return columns;
  const chosen = chooseSymbol(table.value, columns.value, answers);
  if (chosen.kind !== "done") return chosen;
  return readBars(table.value, chosen.value, columns.value, answers, localOffset);
}

function readBars(table: Table, symbolRows: SymbolRows, columns: Columns, answers: Answers, localOffset: (instant: number) => number): Stage<Reading> {
  const { rows, symbols } = symbolRows;
  const filled = findFilled(rows, columns);
  const style = findStyle(numbersOf(rows, filled), answers);
  if (style.kind === "refused") return style;
  const field = (row: Row, place: number | undefined): string => (place === undefined ? "" : (row.fields[place] ?? ""));
  const told = rows.map((row) => ({ line: row.line, date: field(row, columns.date), clock: field(row, columns.time) }));
  const times = readTimes(told, tellOpening(table.header[columns.date ?? -1] ?? ""), answers, localOffset);
  if (times.kind === "refused") return times;
  if (style.kind === "open" || times.kind === "open") {
    return ask(...[style, times].flatMap((stage) => (stage.kind === "open" ? stage.questions : [])));
  }
  const found = rows.map((row, place) => readRow(row, times.value.instants[place]!, filled, style.value));
  const ordered = orderBars(found.filter((one): one is Bar => !isRefusal(one)));
  const refused = [...table.torn, ...found.filter(isRefusal), ...ordered.refused].sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
  const [first] = refused;
  if (ordered.bars.length < LEAST_USABLE) {
    return first === undefined
      ? refuse(null, "a history of bars", "a single one", "keep as many as there are: 60 bars are the least that anything can be said on")
      : refuse(first.line, first.expected, first.found, first.hint);
  }
  const remarks = [
    `Columns are parted by ${wordsOfDelimiter(table.delimiter)}: ${tellColumns(table.header, filled)}.`,
    ...(filled.volume === undefined ? ["The file has no volume: it is taken as zero, and a model that reads it knows less."] : []),
    ...(times.value.how === "" ? [] : [times.value.how]),
    ...ordered.remarks,
  ];
  return done({ bars: toColumns(ordered.bars, times.value), refused: refused.slice(0, MOST_SHOWN), nRefused: refused.length, remarks, symbols });
}

interface SymbolRows {
  readonly rows: readonly Row[];
  readonly symbols: readonly string[];
}

/** Keep the rows of one symbol; where the file holds several, which one is asked. */
function chooseSymbol(table: Table, columns: Columns, answers: Answers): Stage<SymbolRows> {
  const place = columns.symbol;
  const symbols = place === undefined ? [] : [...new Set(table.rows.map((row) => row.fields[place] ?? ""))].filter((name) => name !== "");
  if (place === undefined || symbols.length <= 1) {
    return done({ rows: table.rows, symbols });
  }
  const chosen = answers[SYMBOL];
  if (chosen === undefined || !symbols.includes(chosen)) {
    const choices = symbols.slice(0, 500).map((name) => ({ value: name, words: name }));
    return ask({ key: SYMBOL, words: "Which symbol is asked about?", why: `The column ${quote(table.header[place] ?? "")} names ${symbols.length}.`, choices });
  }
  return done({ rows: table.rows.filter((row) => row.fields[place] === chosen), symbols: [chosen] });
}

function* numbersOf(rows: readonly Row[], columns: Columns): Generator<string> {
  const places = [columns.open, columns.high, columns.low, columns.close, columns.adjusted, columns.volume];
  for (const row of rows) {
    for (const place of places) {
      if (place !== undefined) yield row.fields[place] ?? "";
    }
  }
}

function tellOpening(name: string): boolean | null {
  const plain = name.toLowerCase().replaceAll("_", " ").trim();
  if (plain === "open time") return true;
  return plain === "close time" || plain === "closed at" ? false : null;
}

function tellColumns(header: readonly string[], columns: Columns): string {
  return Object.entries(columns)
    .map(([role, place]) => `${role === "adjusted" ? "adjusted close" : role} from ${quote(header[place] ?? "")}`)
    .join(", ");
}

function toColumns(bars: readonly Bar[], times: Times): ReadBars {
  const column = (name: Exclude<keyof Bar, "line">): Float64Array => Float64Array.from(bars, (bar) => bar[name]);
  const instants = column("instant");
  const step = medianStep(instants);
  // What is dated by its opening closes a bar later.
  const closes = times.areOpens ? instants.map((instant) => instant + step) : instants;
  return {
    instants: closes,
    open: column("open"),
    high: column("high"),
    low: column("low"),
    close: column("close"),
    volume: column("volume"),
    adjustment: column("adjustment"),
    areDays: times.areDays,
    interval: writeInterval(step),
  };
}

function medianStep(instants: Float64Array): number {
  const steps = instants.subarray(1).map((instant, place) => instant - instants[place]!).sort();
  return steps[steps.length >> 1] ?? 0;
}

const MINUTE = 60_000_000;

/** A bar's length as the service writes it: 5m, 1h, 1d, 1w. */
export function writeInterval(step: number): string {
  const minutes = Math.max(1, Math.round(step / MINUTE));
  if (minutes >= 6 * 1440) return `${Math.max(1, Math.round(minutes / 10_080))}w`;
  // Some exchanges' days are a few minutes off where the clocks change.
  if (minutes >= 1200) return `${Math.max(1, Math.round(minutes / 1440))}d`;
  return minutes >= 60 && minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}
