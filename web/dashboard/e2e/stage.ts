/** What the tests of one file share: a service and a browser, there before the first and gone after the last. */

import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";

import { startService } from "./service";
import type { Service, ServiceOptions } from "./service";
import { startBrowser, visit } from "./visits";
import type { Visit, VisitOptions } from "./visits";

// A home is made by the first who needs it, which takes minutes on a slow machine.
const MAKING_MILLISECONDS = 1_000_000;

/** A service and a browser. */
export interface Stage {
  readonly service: Service;
  readonly browser: Browser;
  /** Open the application in a browser that remembers nothing. */
  open(hash?: string, options?: VisitOptions): Promise<Visit>;
}

/** Start both before the tests of a file, and end them after. */
export function useStage(options: ServiceOptions = {}): Stage {
  let service: Service | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    service = await startService(options);
    browser = await startBrowser();
  }, MAKING_MILLISECONDS);
  afterAll(async () => {
    await browser?.close();
    await service?.stop();
  });
  return {
    get service() {
      return there(service);
    },
    get browser() {
      return there(browser);
    },
    open: (hash, how) => visit(there(browser), there(service), hash, how),
  };
}

/** Ask the service itself, as the page does. */
export async function ask<Answer>(service: Pick<Service, "url">, path: string): Promise<Answer> {
  const response = await fetch(`${service.url}${path}`);
  if (!response.ok) {
    throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }
  return (await response.json()) as Answer;
}

/** The card of a title. */
export function card(page: Page, title: string): Locator {
  return page.getByRole("region", { name: title, exact: true });
}

function there<Value>(value: Value | undefined): Value {
  if (value === undefined) {
    throw new Error("expected to be asked within a test, when everything is there");
  }
  return value;
}
