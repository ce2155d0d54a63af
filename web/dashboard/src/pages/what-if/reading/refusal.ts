/** What a file, or a row of it, is refused for. */

/** Why something cannot be used: where, what was expected, what was found, what to do. */
export interface Refusal {
  /** Line of the file, counted from 1; null where it is the file as a whole. */
  readonly line: number | null;
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
}

/** Something that the file leaves open: asked, never guessed. */
export interface Question {
  /** Under which name the answer is kept. */
  readonly key: string;
  readonly words: string;
  /** Why it is asked, with what the file says. */
  readonly why: string;
  readonly choices: readonly Choice[];
}

/** One answer to a question. */
export interface Choice {
  readonly value: string;
  readonly words: string;
}

/** Answers by the key of their question. */
export type Answers = Readonly<Record<string, string>>;

/** What a stage of reading yields: a value, a refusal, or what has to be asked first. */
export type Stage<Value> =
  | { readonly kind: "done"; readonly value: Value }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "open"; readonly questions: readonly Question[] };

/** Return a value as a stage's result. */
export function done<Value>(value: Value): { readonly kind: "done"; readonly value: Value } {
  return { kind: "done", value };
}

/** Return a refusal as a stage's result. */
export function refuse(line: number | null, expected: string, found: string, hint: string): { readonly kind: "refused"; readonly refusal: Refusal } {
  return { kind: "refused", refusal: { line, expected, found, hint } };
}

/** Return questions as a stage's result. */
export function ask(...questions: readonly Question[]): { readonly kind: "open"; readonly questions: readonly Question[] } {
  return { kind: "open", questions };
}

/** Return a text of the file as it is quoted in a sentence: short, in quotes, on one line. */
export function quote(text: string, most = 60): string {
  const plain = text.replace(/\s+/g, " ");
  return `“${plain.length > most ? `${plain.slice(0, most)}…` : plain}”`;
}
