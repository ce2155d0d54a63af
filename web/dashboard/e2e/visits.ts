/** A visit of the page in a real browser, and everything that went wrong in it. */

import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { expect } from "vitest";

import { startBrowser as start } from "../../client/tools/browser";
import type { Service } from "./service";

/** Screens that the page is looked at on. */
export const DESK = { width: 1280, height: 860 };
export const PHONE = { width: 360, height: 740 };

const PATIENCE_MILLISECONDS = 20_000;
const [QUIET_LOOKS, QUIET_MILLISECONDS] = [2, 80];

/** How the page is looked at. */
export interface VisitOptions {
  readonly size?: { readonly width: number; readonly height: number };
  readonly theme?: "dark" | "light";
  /** Whether WebAssembly, or anything else, is to be changed before the page begins. */
  readonly before?: (context: BrowserContext) => Promise<void>;
}

/** One visit. */
export interface Visit {
  readonly page: Page;
  /** Errors, refusals of the policy, and requests that left the origin. */
  readonly complaints: string[];
  /** Requests that the service refused or never answered; a test of that takes note of them itself. */
  readonly refusals: string[];
  /** Go to a page of the application, and wait until it shows what it has. */
  go(hash: string): Promise<void>;
  /** Wait until nothing says any more that it is loading. */
  settle(): Promise<void>;
  /** Close the browser's window; fails where anything went wrong that the test did not expect. */
  end(expected?: { readonly refusals?: RegExp }): Promise<void>;
}

/** Start the browser that is installed. */
export function startBrowser(): Promise<Browser> {
  return start();
}

/** Open the application at a page of it, in a browser that remembers nothing. */
export async function visit(
  browser: Browser,
  service: Pick<Service, "url">,
  hash = "#/",
  options: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: options.size ?? DESK,
    colorScheme: options.theme ?? "dark",
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "UTC",
  });
  await context.addInitScript(watchPolicy);
  await options.before?.(context);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MILLISECONDS);
  const complaints: string[] = [];
  const refusals: string[] = [];
  listen(page, new URL(service.url).origin, complaints, refusals);
  const settle = (): Promise<void> => untilSettled(page);
  await page.goto(`${service.url}/${hash}`);
  await settle();
  return {
    page,
    complaints,
    refusals,
    settle,
    go: async (to) => {
      await page.goto(`${service.url}/${to}`);
      await settle();
    },
    end: async (expected = {}) => {
      complaints.push(...(await violationsOf(page)));
      await context.close();
      expect(complaints).toEqual([]);
      expect(refusals.filter((one) => expected.refusals?.test(one) !== true)).toEqual([]);
    },
  };
}

/** Whether an element has a visible mark of focus: an outline or a shadow. */
export async function showsFocus(place: Locator): Promise<boolean> {
  return place.evaluate((element) => {
    const style = getComputedStyle(element);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  });
}

function listen(page: Page, origin: string, complaints: string[], refusals: string[]): void {
  page.on("pageerror", (error) => complaints.push(`error: ${String(error)}`));
  page.on("console", (message) => {
    // The browser notes by itself what a server refused; the requests below tell it better.
    const isRefusal = message.text().startsWith("Failed to load resource");
    if (["error", "warning"].includes(message.type()) && !isRefusal) {
      complaints.push(`console: ${message.text()}`);
    }
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.origin !== origin) {
      complaints.push(`request to another origin: ${request.url()}`);
    }
  });
  page.on("response", (response) => {
    if (response.status() >= 400) {
      refusals.push(`${response.status()} ${new URL(response.url()).pathname}`);
    }
  });
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText ?? "";
    // A page that is left takes its questions back.
    if (why !== "net::ERR_ABORTED") {
      refusals.push(`${why} ${new URL(request.url()).pathname}`);
    }
  });
  page.on("dialog", (dialog) => {
    complaints.push(`dialog of the browser: ${dialog.message()}`);
    void dialog.dismiss();
  });
}

interface Watching {
  violations?: string[];
}

/** In the page, before anything else: note what its policy refuses. */
function watchPolicy(): void {
  const watching = globalThis as Watching;
  watching.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    watching.violations?.push(`policy: ${event.violatedDirective} refused ${event.blockedURI} ${event.sourceFile}`);
  });
}

async function violationsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => (globalThis as Watching).violations ?? []);
}

/** Wait until no placeholder is left; what was shown last may ask for more, so that it is looked twice. */
async function untilSettled(page: Page): Promise<void> {
  await page.locator("h1").first().waitFor();
  for (let quiet = 0; quiet < QUIET_LOOKS; quiet += 1) {
    await page.waitForFunction(() => document.querySelector(".loading") === null);
    await page.waitForTimeout(QUIET_MILLISECONDS);
    if ((await page.locator(".loading").count()) > 0) {
      quiet = -1;
    }
  }
}
