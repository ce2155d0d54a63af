/** The service's public API, as the page asks it. */

import { needKey, readKey } from "./key";
import { ProblemError, readProblem, UnreachableError } from "./problem";

export { ProblemError, UnreachableError } from "./problem";
export { follow } from "./events";
export type { ServerEvent } from "./events";

const PATIENCE_MILLISECONDS = 30_000;
const UPLOAD_PATIENCE_MILLISECONDS = 600_000;

/** Values of a query; undefined leaves one out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** What may be said along with a question. */
export interface AskOptions {
  readonly query?: Query;
  readonly signal?: AbortSignal;
}

/** Return the JSON that a path answers with. */
export async function getJson<T>(path: string, options: AskOptions = {}): Promise<T> {
  const answer = await ask(addQuery(path, options.query), { method: "GET" }, options.signal);
  return readJson<T>(answer);
}

/** Send JSON, once however often the network repeats it, and return what comes back. */
export async function sendJson<T>(
  method: "POST" | "PUT" | "DELETE",
  path: string,
  body: unknown = {},
  options: AskOptions = {},
): Promise<T> {
  const headers = { "content-type": "application/json", "idempotency-key": makeKey() };
  const request = { method, headers, body: JSON.stringify(body) };
  return readJson<T>(await ask(addQuery(path, options.query), request, options.signal));
}

/** Send a file as it is, and return what comes back. */
export async function uploadFile<T>(
  path: string,
  file: Blob,
  options: AskOptions & { readonly contentType?: string } = {},
): Promise<T> {
  const type = options.contentType ?? (file.type || "application/octet-stream");
  const headers = { "content-type": type, "idempotency-key": makeKey() };
  const request = { method: "POST", headers, body: file };
  const where = addQuery(path, options.query);
  return readJson<T>(await ask(where, request, options.signal, UPLOAD_PATIENCE_MILLISECONDS));
}

/** Ask, with the key where there is one; a refusal is thrown as the problem that it tells. */
export async function ask(
  path: string,
  request: RequestInit,
  signal?: AbortSignal,
  patience = PATIENCE_MILLISECONDS,
): Promise<Response> {
  const headers = new Headers(request.headers);
  const key = readKey();
  if (key !== undefined) {
    headers.set("authorization", `Bearer ${key}`);
  }
  const answer = await reach(path, { ...request, headers, signal: limit(signal, patience) }, signal);
  if (answer.ok) {
    return answer;
  }
  const problem = readProblem(await answer.text().catch(() => ""), answer.status);
  if (problem.status === 401) {
    needKey(problem.detail || problem.title);
  }
  throw problem;
}

/** Add a query to a path. */
export function addQuery(path: string, query: Query = {}): string {
  const told = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") {
      told.set(name, String(value));
    }
  }
  const written = told.toString();
  return written === "" ? path : `${path}?${written}`;
}

async function reach(path: string, request: RequestInit, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(path, { credentials: "omit", redirect: "error", ...request });
  } catch (error) {
    throw signal?.aborted === true ? error : new UnreachableError(wordsOf(error));
  }
}

async function readJson<T>(answer: Response): Promise<T> {
  if (answer.status === 204) {
    return undefined as T;
  }
  try {
    return (await answer.json()) as T;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") {
      throw error;
    }
    throw new UnreachableError("its answer is no JSON");
  }
}

function limit(signal: AbortSignal | undefined, patience: number): AbortSignal | null {
  if (patience === Infinity) {
    return signal ?? null;
  }
  const late = AbortSignal.timeout(patience);
  return signal === undefined ? late : AbortSignal.any([signal, late]);
}

function wordsOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return "it does not answer in time";
  }
  return error instanceof ProblemError ? error.title : "no connection";
}

/** A key of one's own for a change. `randomUUID` is missing where a page came without TLS. */
function makeKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
