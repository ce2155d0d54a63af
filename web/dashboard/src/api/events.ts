/** Server-sent events by fetch: an EventSource can carry no key. */

import { UnreachableError } from "./problem";
import { ask } from "./service";

/** One event; its data are JSON. */
export interface ServerEvent {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
}

const MOST_ATTEMPTS = 5;
const WAIT_MILLISECONDS = 1_000;

/**
 * Tell what happens at a path until it ends; a connection that breaks is taken up where it was.
 *
 * Ends, too, when the service is asked to end: whoever must know asks what the state is then.
 */
export async function follow(
  path: string,
  onEvent: (event: ServerEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let last = "";
  let failures = 0;
  while (!signal.aborted) {
    try {
      await listen(path, last, signal, (event) => {
        last = event.id || last;
        failures = 0;
        onEvent(event);
      });
      return;
    } catch (error) {
      failures += 1;
      if (!(error instanceof UnreachableError) || failures >= MOST_ATTEMPTS) {
        throw error;
      }
      await wait(WAIT_MILLISECONDS * failures, signal);
    }
  }
}

async function listen(
  path: string,
  last: string,
  signal: AbortSignal,
  onEvent: (event: ServerEvent) => void,
): Promise<void> {
  const headers = { accept: "text/event-stream", ...(last && { "last-event-id": last }) };
  const answer = await ask(path, { method: "GET", headers }, signal, Infinity);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) {
    return;
  }
  const reading = new EventReading();
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw signal.aborted ? error : new UnreachableError("the connection broke");
    });
    if (done) {
      return;
    }
    reading.take(value).forEach(onEvent);
  }
}

/** Text that arrives in pieces, made into events. */
export class EventReading {
  #rest = "";

  /** Take the next piece, and return the events that it completes. */
  take(piece: string): ServerEvent[] {
    const blocks = (this.#rest + piece).replaceAll("\r\n", "\n").split("\n\n");
    this.#rest = blocks.pop() ?? "";
    return blocks.flatMap((block) => readBlock(block) ?? []);
  }
}

function readBlock(block: string): ServerEvent | undefined {
  const fields = { id: "", event: "message", data: "" };
  for (const line of block.split("\n")) {
    const [name, value] = splitOnce(line);
    if (name === "data") {
      fields.data += (fields.data && "\n") + value;
    } else if (name === "id" || name === "event") {
      fields[name] = value;
    }
  }
  return fields.data === "" ? undefined : { id: fields.id, name: fields.event, data: parse(fields.data) };
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf(":");
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1).replace(/^ /, "")];
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
