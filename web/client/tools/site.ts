/** A site on loopback: files by path, each with the headers a page of ours is served with. */

import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { extname } from "node:path";

/** What is answered at a path. */
export interface Page {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Whether the line is cut instead. */
  readonly isCut?: boolean;
}

/** A site that runs. */
export interface Site {
  readonly url: string;
  /** Every path that was asked for. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** What answers at a path; null where nothing is there. */
export type Answer = (path: string, request: IncomingMessage) => Page | null;

/** Scripts of this site only, WebAssembly allowed, nothing inline. */
export const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** Return a file as it is served; null where there is none. */
export function fileAt(path: URL, headers: Readonly<Record<string, string>> = {}): Page | null {
  try {
    const body = readFileSync(path);
    return { body, type: TYPES[extname(path.pathname)] ?? "application/octet-stream", headers };
  } catch {
    return null;
  }
}

/** Start a site on a free port of loopback. */
export async function startSite(answer: Answer): Promise<Site> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://loopback").pathname;
    asked.push(path);
    send(response, path === "/favicon.ico" ? { status: 204 } : answer(path, request));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => {
        resolve();
      });
    });
  return { url: `http://127.0.0.1:${port}`, asked, close };
}

function send(response: ServerResponse, page: Page | null): void {
  if (page?.isCut) {
    response.destroy();
    return;
  }
  const { status = 200, type = "text/plain", headers = {}, body = "" } = page ?? { status: 404 };
  response.writeHead(status, {
    "content-type": type,
    "content-security-policy": POLICY,
    "cache-control": "no-cache",
    ...headers,
  });
  response.end(body);
}
