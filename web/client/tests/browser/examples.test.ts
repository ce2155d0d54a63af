import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";

import { openPage, startBrowser } from "../../tools/browser.js";
import { fileAt, startSite } from "../../tools/site.js";
import type { Page, Site } from "../../tools/site.js";
import { CASES, readData } from "../files.js";

const PREDICTION = CASES.cases.find((one) => one.name === "the champion, bar 320")!.prediction;
const SERVING = {
  champion: {
    model_id: "world-1d-h1-2018",
    bundle_digest: CASES.model_digest,
    bundle: "/v1/models/world-1d-h1-2018/bundle",
    trained_at: "2018-06-29T21:00:00.000000Z",
    standing: null,
  },
  previous: null,
  models_enabled: true,
  least_confidence: 0,
  when_unsure: "step_down",
  most_age_days: 1e9,
};
const SERVICE = new Map<string, Page>([
  ["/v1/serving/WORLD", { body: JSON.stringify(SERVING), type: "application/json" }],
  [SERVING.champion.bundle, { body: readData("model.bundle") }],
  ["/v1/rules/bundle", { body: readData("rules.bundle") }],
]);

let browser: Browser;
let site: Site;

beforeAll(async () => {
  browser = await startBrowser();
  const built = new URL("../../build/examples/", import.meta.url);
  site = await startSite((path) => SERVICE.get(path) ?? fileAt(new URL(`.${path}`, built)));
});

afterAll(async () => {
  await browser.close();
  await site.close();
});

function csv(): string {
  const names = ["closed_at", "open", "high", "low", "close", "volume"] as const;
  const rows = CASES.base.close.map((_, row) =>
    names.map((name) => {
      const value = CASES.base[name][row]!;
      return name === "closed_at" ? new Date(value / 1000).toISOString() : value;
    }),
  );
  return [names, ...rows].map((row) => row.join(",")).join("\n");
}

it.each([
  ["plain", "[role=status]"],
  ["react", "article"],
])("the %s example predicts by the champion's bundle", async (name, place) => {
  const { page, complaints } = await openPage(browser, `${site.url}/${name}/index.html`);
  const file = { name: "WORLD.csv", mimeType: "text/csv", buffer: Buffer.from(csv()) };
  await page.setInputFiles("input[type=file]", file);
  if (name === "plain") await page.click("button");
  const shown = page.locator(place).filter({ hasText: PREDICTION.direction });
  await shown.waitFor({ timeout: 40_000 });
  expect(await page.locator("main").innerText()).toContain(PREDICTION.reasons[0]);
  expect(await shown.innerText()).toContain("computed by the page");
  expect(complaints).toEqual([]);
});
