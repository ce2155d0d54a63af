/** Files on their way to the service, one after the other. */

import type { ImportAnswer } from "../../api/schema";
import { makeIdempotencyKey, sendFile } from "../../api/upload";
import type { ImportChoice } from "./import-choices";
import type { QueueAct, QueuedFile } from "./queue";

/** How many were stored, and how many were not. */
export interface Tally {
  readonly stored: number;
  readonly refused: number;
}

/** Send every file; one that is refused does not keep the others. Ends early where it is stopped. */
export async function importAll(
  files: readonly QueuedFile[],
  choice: ImportChoice,
  act: (act: QueueAct) => void,
  signal: AbortSignal,
): Promise<Tally> {
  const tally = { stored: 0, refused: 0 };
  for (const one of files) {
    if (signal.aborted) {
      break;
    }
    try {
      const answer = await importOne(one, choice, act, signal);
      act({ kind: "turn", id: one.id, state: { kind: "stored", answer } });
      tally.stored += 1;
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      const wasStopped = failure.name === "AbortError";
      act({ kind: "turn", id: one.id, state: wasStopped ? { kind: "chosen" } : { kind: "refused", failure } });
      tally.refused += wasStopped ? 0 : 1;
    }
  }
  return tally;
}

function importOne(
  one: QueuedFile,
  choice: ImportChoice,
  act: (act: QueueAct) => void,
  signal: AbortSignal,
): Promise<ImportAnswer> {
  act({ kind: "turn", id: one.id, state: { kind: "sending", share: 0 } });
  return sendFile<ImportAnswer>("/v1/data/import", one.file, {
    query: {
      symbol: one.symbol.trim() || undefined,
      interval: choice.interval.trim() || undefined,
      calendar: choice.calendar.trim() || undefined,
      extend: choice.extends,
    },
    contentType: one.contentType ?? "text/csv",
    idempotencyKey: makeIdempotencyKey(),
    onShare: (share) => {
      act({ kind: "turn", id: one.id, state: { kind: "sending", share } });
    },
    signal,
  });
}
