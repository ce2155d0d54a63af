import { expect, it } from "vitest";

import type { Page } from "playwright-core";

import { csvOf } from "./bars";
import { card, useStage } from "./stage";

const stage = useStage();
const READING_MILLISECONDS = 60_000;

it("lists what is stored, how good it is, and where it came from", async () => {
  const visit = await stage.open("#/data");
  const table = visit.page.getByRole("table", { name: /Stored markets/ });
  const text = await table.innerText();
  for (const symbol of ["ALDER", "DOGWOOD", "sp500"]) {
    expect(text).toContain(symbol);
  }
  expect(text).toContain("export.csv");
  await table.getByRole("button", { name: /Quality/ }).click();
  await visit.end();
});

it("tells the quality of a snapshot: rows that were refused, and sessions that are missing", async () => {
  const visit = await stage.open("#/data/DOGWOOD");
  const text = await visit.page.locator("main").innerText();
  expect(text).toMatch(/refused/i);
  expect(text).toMatch(/missing/i);
  await visit.end();
});

it("takes in a file of bars", async () => {
  const visit = await stage.open("#/data");
  const { page } = visit;
  await choose(page, "ROWAN.csv", csvOf(600));
  await page.getByRole("button", { name: "Import this file" }).click();
  await page.getByText(/Stored: ROWAN, 1d, 600 bars/).waitFor({ timeout: READING_MILLISECONDS });
  await page.getByRole("table", { name: /Stored markets/ }).getByRole("link", { name: "ROWAN" }).waitFor();
  await page.getByRole("link", { name: "See its quality report" }).click();
  await page.getByRole("heading", { level: 1, name: /ROWAN/ }).waitFor();
  await visit.settle();
  await visit.go("#/symbol/ROWAN");
  expect(await page.locator("main").innerText()).toMatch(/Rules|HOLD/);
  await visit.end();
});

it("says why a file that is no table is refused, and stores nothing of it", async () => {
  const visit = await stage.open("#/data");
  const { page } = visit;
  await choose(page, "letter.csv", "Dear Sir or Madam,\nthere are no bars in this.\n");
  await page.getByRole("button", { name: "Import this file" }).click();
  const file = page.getByRole("list", { name: "Chosen files" });
  await expect.poll(() => file.innerText(), { timeout: READING_MILLISECONDS }).toMatch(/refused|expected|column/i);
  expect(await page.getByRole("table", { name: /Stored markets/ }).innerText()).not.toContain("letter");
  await visit.end({ refusals: /^4\d\d \/v1\/data\/import/ });
});

it("takes several files, the good ones among the bad", async () => {
  const visit = await stage.open("#/data");
  const { page } = visit;
  await page.getByLabel("Files of bars").setInputFiles([
    { name: "YEW.csv", mimeType: "text/csv", buffer: Buffer.from(csvOf(300)) },
    { name: "empty.csv", mimeType: "text/csv", buffer: Buffer.alloc(0) },
  ]);
  await page.getByRole("button", { name: "Import 2 files" }).click();
  await page.getByText(/Stored: YEW, 1d, 300 bars/).waitFor({ timeout: READING_MILLISECONDS });
  await expect
    .poll(() => page.getByRole("list", { name: "Chosen files" }).innerText(), { timeout: READING_MILLISECONDS })
    .toMatch(/empty\.csv[\s\S]*(refused|expected|empty)/i);
  expect(await card(page, "Import").innerText()).toContain("YEW.csv");
  await visit.end({ refusals: /^4\d\d \/v1\/data\/import/ });
});

async function choose(page: Page, name: string, content: string): Promise<void> {
  await page.getByLabel("Files of bars").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(content) });
}
