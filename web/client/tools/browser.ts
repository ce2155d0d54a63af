/** A real browser, and everything that goes wrong in it unseen. */

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { chromium } from "playwright-core";
import type { Browser, BrowserContext, Page } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** Start the Chromium that is installed: the one named by BELLWETHER_CHROMIUM, or the first on PATH. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch(findChromium());
}

/** Start the same with a folder for what it remembers: a person's own browser has one. */
export function startProfile(folder: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(folder, findChromium());
}

/** A page, and what it complained of. */
export interface Watched {
  readonly page: Page;
  /** Errors that nobody caught, and whatever was written to the console as one. */
  readonly complaints: string[];
}

/** Open a page in a browser that remembers nothing of the one before. */
export async function openPage(browser: Browser, url: string): Promise<Watched> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // The browser itself notes what a server refused; that is no error of the page.
    const isRefusal = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isRefusal) complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints };
}

function findChromium(): { readonly executablePath: string; readonly args: string[] } {
  const executablePath = process.env.BELLWETHER_CHROMIUM ?? findOnPath();
  if (executablePath === undefined) {
    throw new Error("expected Chromium on PATH, was none; install it, or set BELLWETHER_CHROMIUM");
  }
  return { executablePath, args: ["--no-sandbox"] };
}

function findOnPath(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const places = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return places.find((place) => existsSync(place));
}
