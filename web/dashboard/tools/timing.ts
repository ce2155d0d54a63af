/**
 * How long the page takes in a real browser: `node build/timing.js URL CSV OUT N_STARTS N_EDITS`.
 *
 * The CSV file is dropped on the page What if, named after a market that the service stores, so that
 * its champion answers. What took how long is written to OUT as JSON.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startBrowser, startProfile } from "../../client/tools/browser";

import { ANSWER_MEASURE, BUNDLE_MEASURE } from "../src/pages/what-if/measures";

type Browser = Awaited<ReturnType<typeof startBrowser>>;
type Page = Awaited<ReturnType<Browser["newPage"]>>;

const PATIENCE_MILLISECONDS = 120_000;
/** How long a visit lasts at least: a browser keeps what it compiled a while after. */
const VISIT_MILLISECONDS = 3_000;

/** What was measured, in milliseconds. */
interface Timing {
  readonly interactive: number[];
  readonly firstReady: number;
  readonly ready: number[];
  readonly answers: number[];
  readonly source: string;
  readonly complaints: readonly string[];
}

async function main(url: string, csv: string, out: string, nStarts: number, nEdits: number): Promise<void> {
  const browser = await startBrowser();
  const folder = mkdtempSync(join(tmpdir(), "bellwether-profile-"));
  const complaints: string[] = [];
  try {
    const interactive: number[] = [];
    for (let start = 0; start < nStarts; start++) interactive.push(await timeOverview(browser, url, complaints));
    const context = await startProfile(folder);
    const visit = async (): Promise<Page> => watch(await context.newPage(), complaints);
    const first = await dropFile(await visit(), url, csv);
    const ready: number[] = [];
    let last = first.page;
    for (let start = 0; start < nStarts; start++) {
      await new Promise((resolve) => setTimeout(resolve, VISIT_MILLISECONDS));
      await last.close();
      const next = await dropFile(await visit(), url, csv);
      ready.push(next.ready);
      last = next.page;
    }
    const answers = await last.evaluate(editInPage, { nEdits, name: ANSWER_MEASURE });
    const source = await last.locator(".ladder").innerText();
    const timing: Timing = { interactive, firstReady: first.ready, ready, answers, source, complaints };
    writeFileSync(out, JSON.stringify(timing));
    await context.close();
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** From the start of the navigation until the overview shows what it has: nothing of it is cached. */
async function timeOverview(browser: Browser, url: string, complaints: string[]): Promise<number> {
  const context = await browser.newContext();
  const page = watch(await context.newPage(), complaints);
  await page.addInitScript(noteReady);
  await page.goto(`${url}/#/`);
  const handle = await page.waitForFunction(() => (globalThis as unknown as { readyAt?: number }).readyAt, null, { timeout: PATIENCE_MILLISECONDS });
  const at = await handle.jsonValue();
  await context.close();
  return at ?? NaN;
}

/** In the page: note when the heading and its content stand there, and the next frame was drawn. */
function noteReady(): void {
  const noted = globalThis as unknown as { readyAt?: number };
  const look = (): void => {
    const isThere = document.querySelector("main h1") !== null && document.querySelector("main .loading, main [aria-busy=true]") === null;
    if (isThere) {
      setTimeout(() => (noted.readyAt ??= performance.now()));
    } else {
      requestAnimationFrame(look);
    }
  };
  requestAnimationFrame(look);
}

async function dropFile(page: Page, url: string, csv: string): Promise<{ page: Page; ready: number }> {
  await page.goto(`${url}/#/what-if`);
  await page.setInputFiles("input[type=file]", csv);
  await page.locator(".compared").waitFor({ timeout: PATIENCE_MILLISECONDS });
  const ready = await page.evaluate((name) => performance.getEntriesByName(name)[0]?.duration ?? NaN, BUNDLE_MEASURE);
  return { page, ready };
}

/** In the page: change the close again and again, each time when the answer before is shown. */
async function editInPage(asked: { nEdits: number; name: string }): Promise<number[]> {
  const field = document.querySelector<HTMLInputElement>("input[type=number]");
  if (field === null) throw new Error("expected a field for the close, was none");
  const close = field.valueAsNumber;
  performance.clearMeasures(asked.name);
  const isAnswered = (n: number): boolean => performance.getEntriesByName(asked.name).length >= n;
  for (let edit = 1; edit <= asked.nEdits; edit++) {
    field.value = (close * (1 + 0.0004 * (edit % 2 === 0 ? edit : -edit))).toFixed(2);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    while (!isAnswered(edit)) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 4)));
  }
  return performance.getEntriesByName(asked.name).map((entry) => entry.duration);
}

function watch(page: Page, complaints: string[]): Page {
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  return page;
}

const [url = "", csv = "", out = "", nStarts = "7", nEdits = "200"] = process.argv.slice(2);
await main(url, csv, out, Number(nStarts), Number(nEdits));
