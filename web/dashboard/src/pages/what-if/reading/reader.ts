/** Files read in a worker of their own. */

import type { Reading } from "./read";
import type { Answers, Stage } from "./refusal";
import type { Answered, Asked } from "./worker";

const PATIENCE_MILLISECONDS = 60_000;

/** Reads one file after the other; a question that is overtaken is never answered. */
export class FileReading {
  private worker: Worker | null = null;
  private number = 0;
  private settle: ((stage: Stage<Reading>) => void) | null = null;

  /** Read a file, or the one before with other answers where none is given. */
  read(file: Blob | null, answers: Answers): Promise<Stage<Reading>> {
    const id = ++this.number;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.fail(`no end within ${PATIENCE_MILLISECONDS / 1000} s`);
      }, PATIENCE_MILLISECONDS);
      this.settle = (stage) => {
        clearTimeout(timer);
        resolve(stage);
      };
      const asked: Asked = { id, file, answers };
      this.running().postMessage(asked);
    });
  }

  /** End the worker. */
  close(): void {
    this.worker?.terminate();
    this.worker = null;
  }

  private running(): Worker {
    if (this.worker !== null) {
      return this.worker;
    }
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = (event: MessageEvent<Answered>) => {
      if (event.data.id === this.number) {
        this.settle?.(event.data.stage);
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.fail(event.message || "its script cannot be run");
    };
    this.worker = worker;
    return worker;
  }

  private fail(found: string): void {
    this.close();
    const hint = "load the page anew, and try again";
    this.settle?.({ kind: "refused", refusal: { line: null, expected: "the part of this page that reads files", found, hint } });
  }
}
