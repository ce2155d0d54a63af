/** The worker: files are read here, so that the page stays awake. Nothing is sent anywhere but back. */

import { readFile, type Reading } from "./read";
import type { Answers, Stage } from "./refusal";

/** What the page asks: a file, or the one before once more with other answers. */
export interface Asked {
  readonly id: number;
  readonly file: Blob | null;
  readonly answers: Answers;
}

/** What it is told. */
export interface Answered {
  readonly id: number;
  readonly stage: Stage<Reading>;
}

const page = globalThis as unknown as DedicatedWorkerGlobalScope;
let content = new Uint8Array();

page.onmessage = (event: MessageEvent<Asked>) => {
  void answer(event.data).then((told) => {
    page.postMessage(told);
  });
};

async function answer({ id, file, answers }: Asked): Promise<Answered> {
  try {
    if (file !== null) {
      content = new Uint8Array(await file.arrayBuffer());
    }
    return { id, stage: readFile(content, answers, localOffset) };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    const hint = "choose it once more; it may have been moved or changed meanwhile";
    return { id, stage: { kind: "refused", refusal: { line: null, expected: "a file that can be read", found, hint } } };
  }
}

/** Minutes by which this computer's clocks were ahead of UTC when they showed a time. */
function localOffset(shown: number): number {
  const at = new Date(shown / 1000);
  const local = new Date(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes());
  return -local.getTimezoneOffset();
}
