/** A service that answers what a test tells it, and a place on the page to look at. */

import type { ComponentChildren } from "preact";
import { render } from "preact";
import { act } from "preact/test-utils";
import { vi } from "vitest";

/** One question that was asked. */
export interface Question {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: unknown;
  readonly signal: AbortSignal | undefined;
}

const QUIET_ROUNDS = 5;
const MOST_ROUNDS = 200;
let nPending = 0;

type Answer = unknown;
type Answers = Readonly<Record<string, (question: Question) => Answer>>;

/** Answer by "METHOD path"; what is not named is 404. Returns what was asked so far. */
export function serve(answers: Answers): Question[] {
  const asked: Question[] = [];
  vi.stubGlobal("fetch", async (address: string, request: RequestInit = {}) => {
    const [path = "", query = ""] = address.split("?");
    const method = request.method ?? "GET";
    const body: unknown = typeof request.body === "string" ? JSON.parse(request.body) : undefined;
    const question = { method, path, query: new URLSearchParams(query), headers: new Headers(request.headers), body, signal: request.signal ?? undefined };
    asked.push(question);
    nPending += 1;
    await Promise.resolve();
    nPending -= 1;
    const make = answers[`${method} ${path}`];
    const answer = make === undefined ? problem(404, "Not found") : make(question);
    return answer instanceof Response ? answer : new Response(JSON.stringify(answer));
  });
  return asked;
}

/** A refusal as the service writes it. */
export function problem(status: number, title: string, facts: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify({ title, status, detail: title, ...facts }), { status });
}

/** Events as the service sends them; the stream ends behind them unless it is held open. */
export function events(blocks: readonly string[], options: { readonly staysOpen?: boolean; readonly signal?: AbortSignal | undefined } = {}): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      blocks.forEach((block) => {
        controller.enqueue(new TextEncoder().encode(`${block}\n\n`));
      });
      options.signal?.addEventListener("abort", () => {
        controller.error(new DOMException("left", "AbortError"));
      });
      if (options.staysOpen !== true) {
        controller.close();
      }
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

/** Something on the page. */
export interface Mounted {
  readonly place: HTMLElement;
  readonly text: () => string;
  readonly press: (words: string | RegExp) => Promise<void>;
  readonly fill: (label: string, value: string) => Promise<void>;
  readonly submit: () => Promise<void>;
  readonly leave: () => Promise<void>;
}

/** Put something on the page, and let what it asks for arrive. */
export async function mount(children: ComponentChildren): Promise<Mounted> {
  const place = document.createElement("div");
  document.body.append(place);
  await settling(() => {
    render(children, place);
  });
  const find = <Name extends keyof HTMLElementTagNameMap>(name: Name, words: string | RegExp): HTMLElementTagNameMap[Name] | undefined =>
    [...place.querySelectorAll(name)].find((one) => (typeof words === "string" ? one.textContent.trim().startsWith(words) : words.test(one.textContent)));
  return {
    place,
    text: () => place.textContent.replaceAll(/\s+/g, " "),
    press: (words) =>
      settling(() => {
        const button = find("button", words);
        if (button === undefined) {
          throw new Error(`no button ${String(words)} among: ${[...place.querySelectorAll("button")].map((one) => one.textContent).join(" | ")}`);
        }
        button.click();
      }),
    fill: (label, value) =>
      settling(() => {
        const input = find("label", label)?.querySelector<HTMLInputElement>("input, textarea, select");
        if (input === null || input === undefined) {
          throw new Error(`no field ${label}`);
        }
        input.value = value;
        input.dispatchEvent(new Event(input.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
      }),
    submit: () =>
      settling(() => {
        place.querySelector("dialog form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
      }),
    leave: () =>
      settling(() => {
        render(null, place);
        place.remove();
      }),
  };
}

/** Do something, and wait until the page is quiet: nothing is asked, and nothing changes any more. */
export async function settling(change: () => void): Promise<void> {
  await act(change);
  let before = "";
  for (let quiet = 0, round = 0; quiet < QUIET_ROUNDS && round < MOST_ROUNDS; round += 1) {
    await act(() => new Promise((resolve) => setTimeout(resolve, 4)));
    const now = document.body.textContent;
    const isLoading = nPending > 0 || document.querySelector(".loading") !== null;
    quiet = !isLoading && now === before ? quiet + 1 : 0;
    before = now;
  }
}
