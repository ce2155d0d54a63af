/** Files to be imported, one after the other: what is known of each, and what happens to it. */

import type { ImportAnswer } from "../../api/schema";

/** Where a file stands. */
export type FileState =
  | { readonly kind: "chosen" }
  | { readonly kind: "sending"; readonly share: number }
  | { readonly kind: "stored"; readonly answer: ImportAnswer }
  | { readonly kind: "refused"; readonly failure: Error };

/** One file, and what it shall be called. */
export interface QueuedFile {
  readonly id: string;
  readonly file: File;
  readonly contentType: string | undefined;
  readonly symbol: string;
  readonly state: FileState;
}

/** What can happen to the files. */
export type QueueAct =
  | { readonly kind: "add"; readonly files: readonly File[]; readonly firstId: number }
  | { readonly kind: "drop"; readonly id: string }
  | { readonly kind: "name"; readonly id: string; readonly symbol: string }
  | { readonly kind: "turn"; readonly id: string; readonly state: FileState }
  | { readonly kind: "clear" };

const TYPES: Readonly<Record<string, string>> = {
  csv: "text/csv",
  txt: "text/csv",
  parquet: "application/vnd.apache.parquet",
  pq: "application/vnd.apache.parquet",
  json: "application/json",
};

/** Return the files after something happened. */
export function turnQueue(queue: readonly QueuedFile[], act: QueueAct): readonly QueuedFile[] {
  switch (act.kind) {
    case "add":
      return [...queue, ...act.files.map((file, place) => enqueue(file, act.firstId + place))];
    case "drop":
      return queue.filter((one) => one.id !== act.id);
    case "name":
      return change(queue, act.id, (one) => ({ ...one, symbol: act.symbol }));
    case "turn":
      return change(queue, act.id, (one) => ({ ...one, state: act.state }));
    case "clear":
      return queue.filter((one) => one.state.kind !== "stored");
  }
}

/** What a body of such a file is; undefined where the service could not read it. */
export function typeOf(name: string): string | undefined {
  return TYPES[/\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ""];
}

/** A market's name as far as the file's name tells it: "spy.us.csv" is "SPY". */
export function symbolOf(name: string): string {
  const stem = name.replace(/^.*[\\/]/, "").split(".")[0] ?? "";
  return stem.trim().toUpperCase().slice(0, 64);
}

/** Whether something can be sent: it has a type that can be read, and was not stored already. */
export function isWaiting(one: QueuedFile): boolean {
  return one.contentType !== undefined && (one.state.kind === "chosen" || one.state.kind === "refused");
}

function enqueue(file: File, id: number): QueuedFile {
  const contentType = typeOf(file.name);
  const failure = new Error("Expected a file of bars: .csv, .txt, .parquet or .json.");
  return {
    id: String(id),
    file,
    contentType,
    symbol: symbolOf(file.name),
    state: contentType === undefined ? { kind: "refused", failure } : { kind: "chosen" },
  };
}

function change(queue: readonly QueuedFile[], id: string, turn: (one: QueuedFile) => QueuedFile): readonly QueuedFile[] {
  return queue.map((one) => (one.id === id ? turn(one) : one));
}
