/** Between page and service: whatever passes is written down, and some of it answered otherwise. */

import { readFileSync } from "node:fs";
import { createServer, request as forward } from "node:http";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

import type { Service } from "./service";

/** What is answered in place of the service. */
export interface Instead {
  readonly status?: number;
  readonly body?: string | Uint8Array;
  readonly type?: string;
  /** Headers that replace the service's own. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the line is cut. */
  readonly isCut?: boolean;
}

/** One request that passed. */
export interface Passed {
  readonly method: string;
  /** Path with its query. */
  readonly path: string;
  readonly headers: string;
  readonly body: string;
}

/** Who stands between. */
export interface Between {
  readonly url: string;
  readonly passed: Passed[];
  /** By path without query; a function may look at the request, and let it pass by null. */
  readonly instead: Map<string | RegExp, Instead>;
  /** Change headers of every file of the page. */
  headers: (before: OutgoingHttpHeaders) => OutgoingHttpHeaders;
  close(): Promise<void>;
}

// A page that was built elsewhere is looked at in place of the service's own.
const FOLDER = process.env.PAGE_FOLDER;
const TYPES: Readonly<Record<string, string>> = { ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".html": "text/html", ".svg": "image/svg+xml", ".woff2": "font/woff2" };

/** Stand between a page and its service. */
export async function standBetween(service: Pick<Service, "url">): Promise<Between> {
  const passed: Passed[] = [];
  const instead = new Map<string | RegExp, Instead>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const path = request.url ?? "/";
      passed.push({ method: request.method ?? "GET", path, headers: JSON.stringify(request.headers), body: body.toString("latin1") });
      const changed = find(instead, path.split("?")[0] ?? "");
      if (changed !== undefined) answer(response, changed);
      else pass(service.url, request, response, body, (headers) => between.headers(headers));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const between: Between = {
    url: `http://127.0.0.1:${port}`,
    passed,
    instead,
    headers: (before) => before,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
  return between;
}

function find(instead: Between["instead"], path: string): Instead | undefined {
  for (const [key, one] of instead) {
    if (typeof key === "string" ? key === path : key.test(path)) return one;
  }
  return undefined;
}

function answer(response: ServerResponse, { status = 200, body = "", type = "application/octet-stream", headers = {}, isCut }: Instead): void {
  if (isCut === true) {
    response.destroy();
    return;
  }
  response.writeHead(status, { "content-type": type, ...headers });
  response.end(body);
}

function pass(url: string, request: IncomingMessage, response: ServerResponse, body: Buffer, change: Between["headers"]): void {
  const asked = forward(`${url}${request.url ?? "/"}`, { method: request.method, headers: { ...request.headers, host: new URL(url).host } }, (answered) => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const isPage = !path.startsWith("/v1/");
    const headers = isPage ? change(answered.headers) : answered.headers;
    if (isPage && FOLDER !== undefined) {
      answered.resume();
      sendFrom(FOLDER, path, headers, response);
      return;
    }
    response.writeHead(answered.statusCode ?? 500, headers);
    answered.pipe(response);
  });
  asked.on("error", () => {
    response.destroy();
  });
  asked.end(body);
}

function sendFrom(folder: string, path: string, headers: OutgoingHttpHeaders, response: ServerResponse): void {
  const name = path === "/" ? "index.html" : path.slice(1);
  const own = ["content-encoding", "content-length", "transfer-encoding"];
  const rest = Object.fromEntries(Object.entries(headers).filter(([header]) => !own.includes(header)));
  try {
    const content = readFileSync(join(folder, name));
    response.writeHead(200, { ...rest, "content-type": TYPES[extname(name)] ?? "application/octet-stream" });
    response.end(content);
  } catch {
    response.writeHead(404, {});
    response.end();
  }
}
