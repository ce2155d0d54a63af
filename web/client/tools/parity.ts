/**
 * Answers of a real browser about windows of bars: `node build/parity.js FOLDER`.
 *
 * The folder holds `windows.json` (what is asked), `windows.bin` (the bars) and bundles. What the
 * browser answers to each bundle's windows is written beside them as `answers-NAME.json`.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import type { PredictorOptions, Told } from "../src/index.js";
import { openPage, startBrowser } from "./browser.js";
import { fileAt, startSite } from "./site.js";

interface Asked {
  readonly symbol: string;
  readonly n_bars: number;
  readonly n_windows: number;
  /** Of how many, the first ones, it is asked why. */
  readonly n_explained: number;
  /** Close of each bar of a window, in microseconds since 1970. */
  readonly closed_at: readonly number[];
  readonly now: number;
  readonly bundles: readonly {
    readonly name: string;
    /** Null where no model, and so the rules, shall answer. */
    readonly file: string | null;
    readonly digest: string | null;
  }[];
  readonly rules: string;
}

interface Answers {
  readonly told: readonly Told[];
  readonly loadMilliseconds: number;
  readonly predictMilliseconds: readonly number[];
  /** Of answers that tell why. */
  readonly explainMilliseconds: readonly number[];
}

type Client = typeof import("../src/index.js");

async function main(folder: string): Promise<void> {
  const asked = JSON.parse(readFileSync(join(folder, "windows.json"), "utf-8")) as Asked;
  const [files, home] = [pathToFileURL(`${resolve(folder)}/`), new URL("..", import.meta.url)];
  const site = await startSite((path) => {
    if (path.startsWith("/dist/")) return fileAt(new URL(`.${path}`, home));
    if (path.startsWith("/page.")) return fileAt(new URL(`./tests/browser${path}`, home));
    return fileAt(new URL(`.${path}`, files));
  });
  const browser = await startBrowser();
  try {
    const { page, complaints } = await openPage(browser, `${site.url}/page.html`);
    await page.waitForFunction(() => "bellwether" in globalThis);
    for (const bundle of asked.bundles) {
      const { file, digest } = bundle;
      const model = file !== null && digest !== null && { champion: { url: `/${file}`, digest } };
      const ladder = { leastConfidence: 0, mostAgeDays: 1e9 };
      const rules = { url: `/${asked.rules}` };
      // What is measured here is what is said, however busy the machine.
      const patience = { loadMilliseconds: 60_000, runMilliseconds: 60_000 };
      const options = { ...model, rules, ladder, ...patience };
      const answers: Answers = await page.evaluate(answerInPage, { asked, options });
      writeFileSync(join(folder, `answers-${bundle.name}.json`), JSON.stringify(answers));
      console.log(`${bundle.name}: ${answers.told.length} answers`);
    }
    if (complaints.length) throw new Error(`the page complained: ${complaints.join("; ")}`);
  } finally {
    await browser.close();
    await site.close();
  }
}

async function answerInPage(given: { asked: Asked; options: PredictorOptions }): Promise<Answers> {
  const { asked, options } = given;
  const { openPredictor } = (globalThis as unknown as { bellwether: Client }).bellwether;
  const content = new Float64Array(await (await fetch("/windows.bin")).arrayBuffer());
  const predictor = openPredictor({ ...options, now: () => asked.now });
  const started = performance.now();
  await predictor.warm(asked.symbol);
  const loadMilliseconds = performance.now() - started;
  const told: Told[] = [];
  const predictMilliseconds: number[] = [];
  const explainMilliseconds: number[] = [];
  const size = 5 * asked.n_bars;
  for (let window = 0; window < asked.n_windows; window++) {
    const rows = content.subarray(window * size, (window + 1) * size);
    const column = (place: number): Float64Array => rows.filter((_, i) => i % 5 === place);
    const why = window < asked.n_explained;
    const begun = performance.now();
    told.push(
      await predictor.predict({
        symbol: asked.symbol,
        closed_at: asked.closed_at,
        open: column(0),
        high: column(1),
        low: column(2),
        close: column(3),
        volume: column(4),
        why,
      }),
    );
    (why ? explainMilliseconds : predictMilliseconds).push(performance.now() - begun);
  }
  predictor.close();
  return { told, loadMilliseconds, predictMilliseconds, explainMilliseconds };
}

await main(process.argv[2] ?? ".");
