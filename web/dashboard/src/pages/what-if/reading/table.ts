/** From text to rows of fields that remember their lines. */

import { done, quote, refuse, type Refusal, type Stage } from "./refusal";

/** One line of the file. */
export interface Row {
  readonly line: number;
  readonly fields: readonly string[];
}

/** The file as a table. */
export interface Table {
  readonly header: readonly string[];
  readonly headerLine: number;
  readonly delimiter: string;
  readonly rows: readonly Row[];
  /** Lines that do not fit the header. */
  readonly torn: readonly Refusal[];
}

const DELIMITERS = [",", ";", "\t", "|"] as const;
const DELIMITER_WORDS: Readonly<Record<string, string>> = { ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars" };
const LONGEST_HEADER = 10_000;
const MOST_ROWS = 500_000;
const LAYOUT = "date,open,high,low,close,volume";

/** Return the rows of a text. */
export function readTable(text: string): Stage<Table> {
  const lines = text.split(/\r\n|\n|\r/);
  const headerPlace = lines.findIndex((line) => line.trim() !== "");
  const heading = lines[headerPlace] ?? "";
  const headerLine = headerPlace + 1;
  const expected = "a first line that names the columns";
  if (heading.length > LONGEST_HEADER) {
    return refuse(headerLine, expected, `one of ${heading.length} letters`, `begin the file with ${LAYOUT}`);
  }
  const delimiter = findDelimiter(heading);
  if (delimiter === null) {
    return refuse(headerLine, `${expected}, parted by commas, semicolons or tabs`, quote(heading), `begin the file with ${LAYOUT}`);
  }
  const header = splitLine(heading, delimiter);
  if (header === null) {
    return refuse(headerLine, expected, `a quote that is not closed in ${quote(heading)}`, "close it");
  }
  if (header.every((name) => /^[-+.\d/: ]*$/.test(name))) {
    return refuse(headerLine, expected, `numbers: ${quote(heading)}`, `put a line with the names above them, such as ${LAYOUT}`);
  }
  return readRows(lines, { headerPlace, header, delimiter });
}

/** How the fields of a file are parted, in words. */
export function wordsOfDelimiter(delimiter: string): string {
  return DELIMITER_WORDS[delimiter] ?? quote(delimiter);
}

interface Head {
  readonly headerPlace: number;
  readonly header: readonly string[];
  readonly delimiter: string;
}

function readRows(lines: readonly string[], head: Head): Stage<Table> {
  const { headerPlace, header, delimiter } = head;
  const rows: Row[] = [];
  const torn: Refusal[] = [];
  for (let place = headerPlace + 1; place < lines.length; place++) {
    const text = lines[place]!;
    if (text.trim() === "") {
      continue;
    }
    const fields = splitLine(text, delimiter);
    const refusal = fields === null ? tear(place, "every quote closed", text, "close the quote, or leave it out") : checkWidth(fields, header, place);
    if (refusal !== null) {
      torn.push(refusal);
    } else if (fields !== null) {
      rows.push({ line: place + 1, fields });
    }
  }
  const headerLine = headerPlace + 1;
  if (rows.length > MOST_ROWS) {
    return refuse(null, `at most ${MOST_ROWS} rows`, `${rows.length}`, "keep the last years of it; 504 bars are enough");
  }
  if (rows.length === 0) {
    const [first] = torn;
    return first === undefined
      ? refuse(headerLine, "bars below the names of the columns", "no row", "add the bars, one a line")
      : { kind: "refused", refusal: first };
  }
  return done({ header: number(header), headerLine, delimiter, rows, torn });
}

function checkWidth(fields: readonly string[], header: readonly string[], place: number): Refusal | null {
  const isWider = fields.slice(header.length).some((field) => field !== "");
  return isWider ? tear(place, `${header.length} fields, as the first line has`, `${fields.length}: ${fields.join(" ")}`, "put quotes round fields that hold the delimiter") : null;
}

function tear(place: number, expected: string, found: string, hint: string): Refusal {
  return { line: place + 1, expected, found: quote(found), hint };
}

function findDelimiter(heading: string): string | null {
  const bare = heading.replace(/"[^"]*"/g, "");
  const counts = DELIMITERS.map((delimiter) => [delimiter, bare.split(delimiter).length - 1] as const);
  const [delimiter, most] = counts.reduce((best, one) => (one[1] > best[1] ? one : best));
  return most === 0 ? null : delimiter;
}

/** Return the fields of a line without blanks around them; null where a quote is not closed. */
export function splitLine(line: string, delimiter: string): string[] | null {
  if (!line.includes('"')) {
    return line.split(delimiter).map((field) => field.trim());
  }
  const fields: string[] = [];
  let [field, isQuoted] = ["", false];
  for (let place = 0; place < line.length; place++) {
    const letter = line[place]!;
    if (isQuoted && letter === '"' && line[place + 1] === '"') {
      field += '"';
      place++;
    } else if (letter === '"') {
      isQuoted = !isQuoted;
    } else if (letter === delimiter && !isQuoted) {
      fields.push(field.trim());
      field = "";
    } else {
      field += letter;
    }
  }
  fields.push(field.trim());
  return isQuoted ? null : fields;
}

/** Names with repeats numbered; the first of each keeps its own. */
function number(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}
