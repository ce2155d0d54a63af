/** Files that are sent, with how much of them has arrived: fetch cannot tell that. */

import { needKey, readKey } from "./key";
import { readProblem, UnreachableError } from "./problem";
import { addQuery, type Query } from "./service";

/** How a file is sent. */
export interface SendOptions {
  readonly query?: Query;
  readonly contentType: string;
  /** The same for every try of the same wish: it is granted once. */
  readonly idempotencyKey: string;
  /** Told the share that was sent, from 0 to 1. */
  readonly onShare?: (share: number) => void;
  readonly signal?: AbortSignal;
}

const PATIENCE_MILLISECONDS = 600_000;

/** Send a file, and return the JSON that comes back; a refusal is thrown as the problem that it tells. */
export function sendFile<T>(path: string, file: Blob, options: SendOptions): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", addQuery(path, options.query));
    request.timeout = PATIENCE_MILLISECONDS;
    request.setRequestHeader("content-type", options.contentType);
    request.setRequestHeader("idempotency-key", options.idempotencyKey);
    const key = readKey();
    if (key !== undefined) {
      request.setRequestHeader("authorization", `Bearer ${key}`);
    }
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) {
        options.onShare?.(event.loaded / event.total);
      }
    };
    request.onload = () => {
      settle(
        request,
        (answer) => {
          resolve(answer as T);
        },
        reject,
      );
    };
    request.onerror = () => {
      reject(new UnreachableError("no connection"));
    };
    request.ontimeout = () => {
      reject(new UnreachableError("it does not answer in time"));
    };
    request.onabort = () => {
      reject(new DOMException("The upload was stopped.", "AbortError"));
    };
    options.signal?.addEventListener("abort", () => {
      request.abort();
    });
    request.send(file);
  });
}

/** Return a key of one's own for a wish. */
export function makeIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function settle(request: XMLHttpRequest, resolve: (answer: unknown) => void, reject: (error: Error) => void): void {
  if (request.status >= 200 && request.status < 300) {
    try {
      resolve(JSON.parse(request.responseText));
    } catch {
      reject(new UnreachableError("its answer is no JSON"));
    }
    return;
  }
  const problem = readProblem(request.responseText, request.status);
  if (problem.status === 401) {
    needKey(problem.detail || problem.title);
  }
  reject(problem);
}
