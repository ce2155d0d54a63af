/** Which column is which: the names that the usual sources of bars give them. */

import { ask, done, quote, refuse, type Answers, type Question, type Stage } from "./refusal";

export type Role = "date" | "time" | "open" | "high" | "low" | "close" | "adjusted" | "volume" | "symbol";

/** Place of each role's column; undefined where there is none. */
export type Columns = Readonly<Partial<Record<Role, number>>>;

const NEEDED = ["date", "open", "high", "low", "close"] as const;
const ROLES: Readonly<Record<Role, string>> = {
  date: "the date",
  time: "the time of day",
  open: "the open",
  high: "the high",
  low: "the low",
  close: "the close",
  adjusted: "the adjusted close",
  volume: "the volume",
  symbol: "the symbol",
};

/** The same names that `bellwether import` knows, and those of a few more sources. */
const NAMES: Readonly<Record<Role, readonly string[]>> = {
  date: ["date", "datetime", "date time", "timestamp", "day", "index", "", "closed at", "close time", "open time", "datum", "zeit", "fecha"],
  time: ["time", "hour", "uhrzeit"],
  open: ["open", "o", "open price", "opening price", "1. open", "eröffnung", "erster", "ouv", "apertura"],
  high: ["high", "h", "high price", "2. high", "hoch", "haut", "máximo"],
  low: ["low", "l", "low price", "3. low", "tief", "bas", "mínimo"],
  close: ["close", "c", "close price", "closing price", "close/last", "last", "price", "4. close", "schluss", "schlusskurs", "clot", "cierre"],
  adjusted: ["adj close", "adjclose", "adjusted close", "adj. close", "adj close*", "adjusted", "5. adjusted close"],
  volume: ["volume", "vol", "v", "tickvol", "vol.", "5. volume", "6. volume", "volumen", "stücke"],
  symbol: ["symbol", "ticker", "instrument", "name"],
};

/** A choice that names no column. */
const NONE = "none";

/**
 * Return the column of each role. Names are compared without case, blanks around them, underscores
 * and angle brackets; where two fit, or a needed one is missing, that is asked.
 */
export function findColumns(header: readonly string[], headerLine: number, answers: Answers): Stage<Columns> {
  const fitting = fit(header);
  if (NEEDED.every((role) => fitting[role].length === 0)) {
    return refuse(headerLine, "a first line that names date, open, high, low and close", quote(header.join(", "), 120), "name the columns in the first line: date,open,high,low,close,volume");
  }
  const columns: Partial<Record<Role, number>> = {};
  const questions: Question[] = [];
  for (const role of Object.keys(ROLES) as Role[]) {
    const places = fitting[role];
    const chosen = readAnswer(answers[keyOf(role)], header);
    if (chosen !== undefined) {
      if (chosen !== null) columns[role] = chosen;
    } else if (places.length === 1) {
      columns[role] = places[0]!;
    } else if (places.length > 1) {
      questions.push(askWhich(role, places, header));
    } else if ((NEEDED as readonly Role[]).includes(role)) {
      questions.push(askWhich(role, findUnused(header, fitting), header));
    }
  }
  const hopeless = questions.find((question) => question.choices.length === 0);
  if (hopeless !== undefined) {
    return refuse(headerLine, hopeless.words.replace("Which column is", "a column for").replace("?", ""), quote(header.join(", "), 120), "add the column, and name it in the first line");
  }
  return questions.length > 0 ? ask(...questions) : done(columns);
}

function fit(header: readonly string[]): Record<Role, number[]> {
  const plain = header.map(simplify);
  const entries = Object.entries(NAMES) as [Role, readonly string[]][];
  const found = Object.fromEntries(
    entries.map(([role, names]) => [role, plain.flatMap((name, place) => (names.includes(name) ? [place] : []))]),
  ) as Record<Role, number[]>;
  // A close's own time is what a bar is dated by; its opening time stands beside it.
  const closing = found.date.filter((place) => ["closed at", "close time"].includes(plain[place]!));
  if (closing.length === 1) {
    found.date = closing;
  }
  // Without a date the time is the whole instant; an index column beside a date is none.
  if (found.date.length === 0) {
    [found.date, found.time] = [found.time, []];
  } else if (found.date.length > 1) {
    const named = found.date.filter((place) => !["", "index"].includes(plain[place]!));
    found.date = named.length > 0 ? named : found.date;
  }
  return found;
}

function askWhich(role: Role, places: readonly number[], header: readonly string[]): Question {
  const choices = places.map((place) => ({ value: String(place), words: header[place] === "" ? `column ${place + 1}, which has no name` : header[place]! }));
  const isNeeded = (NEEDED as readonly Role[]).includes(role);
  return {
    key: keyOf(role),
    words: `Which column is ${ROLES[role]}?`,
    why: `The first line says: ${header.join(", ").slice(0, 200)}`,
    choices: isNeeded ? choices : [...choices, { value: NONE, words: "none of them" }],
  };
}

function findUnused(header: readonly string[], fitting: Record<Role, number[]>): number[] {
  const used = new Set(Object.values(fitting).flat());
  return header.map((_, place) => place).filter((place) => !used.has(place));
}

/** Return the column that an answer names, null for none, undefined where nothing was answered. */
function readAnswer(answer: string | undefined, header: readonly string[]): number | null | undefined {
  if (answer === NONE) {
    return null;
  }
  const place = Number(answer);
  return answer === undefined || header[place] === undefined ? undefined : place;
}

function keyOf(role: Role): string {
  return `column:${role}`;
}

function simplify(name: string): string {
  return name.trim().replace(/^<+|>+$/g, "").replaceAll("_", " ").toLowerCase().split(/\s+/).join(" ");
}
