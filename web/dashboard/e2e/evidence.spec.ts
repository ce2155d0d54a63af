import { expect, it } from "vitest";

import type { LedgerAnswer } from "../src/api/schema";
import { ask, card, useStage } from "./stage";

const stage = useStage();

it("says before anything is trained what the bars can show", async () => {
  const visit = await stage.open("#/evidence");
  const { page } = visit;
  const told = card(page, "What these bars can show");
  expect(await told.innerText()).toMatch(/Earliest verdict/i);
  await card(page, "How long it takes to see skill").locator("svg, canvas").first().waitFor();
  await visit.end();
});

it("plans anew when an assumption changes, and keeps it in the address", async () => {
  const visit = await stage.open("#/evidence");
  const { page } = visit;
  const told = card(page, "What these bars can show");
  await page.getByLabel("Bars of history").fill("100");
  await page.getByRole("button", { name: "Plan", exact: true }).click();
  await told.getByText("NOT ENOUGH DATA").waitFor();
  expect(page.url()).toContain("bars=100");
  await page.getByLabel("Bars of history").fill("9000");
  await page.getByLabel("Bars of history").press("Tab");
  await told.getByText("a verdict is possible", { exact: true }).waitFor();
  await page.getByLabel("For which bars").selectOption("ALDER 1d");
  await visit.settle();
  expect(page.url()).toMatch(/market=ALDER|symbol=ALDER/);
  await told.getByText(/^(a verdict is possible|NOT ENOUGH DATA)$/).waitFor();
  await page.getByText("More assumptions").click();
  await page.getByLabel("Years of the curves").fill("5");
  await page.getByLabel("Years of the curves").press("Enter");
  await visit.settle();
  await page.getByRole("button", { name: "Start over" }).click();
  await visit.settle();
  expect(page.url()).not.toContain("years=");
  await visit.end();
});

it("refuses an assumption that is out of its range before it is asked", async () => {
  const visit = await stage.open("#/evidence");
  const { page } = visit;
  const bars = page.getByLabel("Bars of history");
  await bars.fill("3");
  await page.getByRole("button", { name: "Plan", exact: true }).click();
  expect(await bars.evaluate((field: HTMLInputElement) => field.validity.rangeUnderflow)).toBe(true);
  expect(page.url()).not.toContain("bars=3");
  await visit.end();
});

it("tells the gate's own error, as it was measured", async () => {
  const visit = await stage.open("#/evidence?view=gate");
  const text = await visit.page.getByRole("tabpanel").innerText();
  expect(text).toMatch(/false promotion/i);
  expect(text).toMatch(/simulated noise/i);
  await visit.end();
});

it("moves between its views by arrow keys", async () => {
  const visit = await stage.open("#/evidence");
  const { page } = visit;
  await page.getByRole("tab", { name: "Planner" }).focus();
  await page.keyboard.press("ArrowRight");
  expect(await page.getByRole("tab", { name: "The gate's own error" }).getAttribute("aria-selected")).toBe("true");
  await page.keyboard.press("End");
  expect(await page.getByRole("tab", { name: "Trial ledger" }).getAttribute("aria-selected")).toBe("true");
  await visit.settle();
  await visit.end();
});

it("lists every entry of the ledger, page after page", async () => {
  const ledger = await ask<LedgerAnswer>(stage.service, "/v1/ledger?limit=1");
  const visit = await stage.open("#/evidence?view=ledger");
  const { page } = visit;
  const entries = card(page, "Entries");
  const rows = entries.getByRole("row");
  const more = entries.getByRole("button", { name: /Show more/ });
  const first = await rows.count();
  expect(first).toBeGreaterThan(1);
  while (await more.isVisible()) {
    const before = await rows.count();
    await more.click();
    await expect.poll(() => rows.count()).toBeGreaterThan(before);
  }
  expect(await rows.count()).toBe((ledger.n_entries ?? 0) + 1);
  await entries.getByLabel("Kind").selectOption("look");
  await expect.poll(() => rows.count()).toBeLessThan(first + 1);
  await visit.end();
});

it("checks the ledger against all it has led to, and refuses a head that is none", async () => {
  const visit = await stage.open("#/evidence?view=ledger");
  const { page } = visit;
  const head = page.getByLabel(/A head noted down earlier/);
  await head.fill("12:abc");
  expect(await page.getByRole("button", { name: "Check all it has led to" }).isDisabled()).toBe(true);
  await head.fill("");
  await page.getByRole("button", { name: "Check all it has led to" }).click();
  const result = card(page, "Whether it holds").locator(".ledger-result");
  await expect.poll(() => result.innerText(), { timeout: 30_000 }).not.toBe("");
  await visit.end();
});
