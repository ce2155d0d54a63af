/**
 * Canonical JSON: the one text of a value, and its strict reader.
 *
 * Keys are sorted, nothing is spaced, everything beyond ASCII is escaped, floats are as short as
 * can be. Whole numbers are read as `bigint`, those with a point as `number`, so that `5` and `5.0`
 * stay two texts. Who reads a text can so tell whether it is the one that was written.
 */

import { floatText } from "./numerals.js";

/** A value as canonical JSON tells it apart. */
export type CanonicalValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly CanonicalValue[]
  | { readonly [name: string]: CanonicalValue };

/** Any JSON value. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

const MOST_LEVELS = 32;
const SPECIAL: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\f": "\\f",
  "\b": "\\b",
};
const TOKEN = /[{}[\],:]|true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|"[^"\\]*(?:\\.[^"\\]*)*"/y;

/**
 * Return what bytes of canonical JSON say.
 *
 * @throws {SyntaxError} If they are no JSON, JSON of another form, or nested 32 levels or more.
 */
export function readCanonical(content: Uint8Array): CanonicalValue {
  const text = asciiText(content);
  const value = new Reader(text).readAll();
  if (writeCanonical(value) !== text) throw new SyntaxError("no JSON: not in canonical form");
  return value;
}

/** Return the canonical JSON of a value. A `number` is written as a float, a `bigint` whole. */
export function writeCanonical(value: CanonicalValue): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return floatText(value);
  if (typeof value === "string") return quote(value);
  if (isList(value)) return `[${value.map(writeCanonical).join(",")}]`;
  const names = Object.keys(value).sort(byCodePoint);
  return `{${names.map((name) => `${quote(name)}:${writeCanonical(value[name]!)}`).join(",")}}`;
}

/** Return a text in quotes, in ASCII. */
export function quote(text: string): string {
  const escaped = text.replace(
    /["\\]|[^ -~]/g,
    (letter) => SPECIAL[letter] ?? `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}

/** Return a value as plain JSON: whole numbers are numbers like any other. */
export function plain(value: CanonicalValue): JsonValue {
  if (typeof value === "bigint") return Number(value);
  if (value === null || typeof value !== "object") return value;
  if (isList(value)) return value.map(plain);
  const entries = Object.entries(value).map(([name, item]) => [name, plain(item)] as const);
  return Object.fromEntries(entries);
}

/** Whether a value is a list; the language's own test loses the type of read-only ones. */
export function isList(value: unknown): value is readonly CanonicalValue[] {
  return Array.isArray(value);
}

function byCodePoint(left: string, right: string): number {
  const [ours, theirs] = [Array.from(left), Array.from(right)];
  for (let i = 0; i < Math.min(ours.length, theirs.length); i++) {
    const difference = ours[i]!.codePointAt(0)! - theirs[i]!.codePointAt(0)!;
    if (difference) return difference;
  }
  return ours.length - theirs.length;
}

function asciiText(content: Uint8Array): string {
  if (content.some((byte) => byte > 126)) throw new SyntaxError("no JSON: not in canonical form");
  return new TextDecoder().decode(content);
}

class Reader {
  private place = 0;

  constructor(private readonly text: string) {}

  readAll(): CanonicalValue {
    const value = this.readValue(this.next(), 0);
    if (this.place !== this.text.length) throw new SyntaxError("no JSON: more behind its end");
    return value;
  }

  private next(): string {
    TOKEN.lastIndex = this.place;
    const token = TOKEN.exec(this.text)?.[0];
    if (token === undefined) throw new SyntaxError(`no JSON: at letter ${this.place}`);
    this.place += token.length;
    return token;
  }

  private readValue(token: string, level: number): CanonicalValue {
    if (level >= MOST_LEVELS) throw new SyntaxError(`more than ${MOST_LEVELS} levels`);
    if (token === "{") return this.readObject(level);
    if (token === "[") return this.readList(level);
    if (token.startsWith('"')) return JSON.parse(token) as string;
    if (token === "null") return null;
    if (token === "true" || token === "false") return token === "true";
    if (/^-?\d+$/.test(token)) return BigInt(token);
    if (/^-?\d/.test(token)) return Number(token);
    throw new SyntaxError(`no JSON: ${token} where a value belongs`);
  }

  private readList(level: number): CanonicalValue[] {
    const items: CanonicalValue[] = [];
    let token = this.next();
    if (token === "]") return items;
    for (;;) {
      items.push(this.readValue(token, level + 1));
      if (this.goesOn("]")) token = this.next();
      else return items;
    }
  }

  private readObject(level: number): { readonly [name: string]: CanonicalValue } {
    const entries: [string, CanonicalValue][] = [];
    let token = this.next();
    while (token !== "}") {
      if (!token.startsWith('"') || this.next() !== ":") throw new SyntaxError("no JSON: no key");
      entries.push([JSON.parse(token) as string, this.readValue(this.next(), level + 1)]);
      if (!this.goesOn("}")) break;
      token = this.next();
    }
    return Object.fromEntries(entries);
  }

  private goesOn(end: string): boolean {
    const token = this.next();
    if (token !== "," && token !== end) throw new SyntaxError(`no JSON: ${token} where , belongs`);
    return token === ",";
  }
}
