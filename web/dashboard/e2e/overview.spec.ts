import { expect, it } from "vitest";

import { useStage } from "./stage";

const stage = useStage();

it("shows a card for every stored market: what is said, by whom, and how often that was right", async () => {
  const visit = await stage.open();
  const cards = visit.page.locator("article.signal");
  const names = await cards.locator("h2").allInnerTexts();
  expect(names).toEqual(["ALDER", "BIRCH", "CEDAR", "DOGWOOD", "ELM-USD", "nasdaq", "sp500"]);
  await visit.page.getByText("being looked up").first().waitFor({ state: "detached" });
  const byModel = await cards.first().innerText();
  expect(byModel).toMatch(/BUY|SELL/);
  expect(byModel).toMatch(/desk-ensemble-/);
  expect(byModel).toMatch(/Right so far\s+\d+/i);
  expect(byModel).toMatch(/Target/i);
  expect(byModel).toMatch(/Stop/i);
  expect(byModel).toMatch(/Regime/i);
  // Bars that are years old: nobody says anything, and says why.
  const old = await cards.last().innerText();
  expect(old).toMatch(/HOLD/);
  expect(old).toMatch(/old/i);
  await visit.end();
});

it("filters and sorts, and keeps that in the address", async () => {
  const visit = await stage.open();
  const { page } = visit;
  const names = page.locator("article.signal h2");
  await page.getByLabel("Direction").selectOption("HOLD");
  expect(await names.count()).toBeGreaterThan(0);
  expect(await page.locator("article.signal .direction").allInnerTexts()).toEqual(Array(await names.count()).fill("HOLD"));
  await page.getByLabel("Direction").selectOption("all");
  await page.getByLabel("Source").selectOption("model");
  expect(await names.allInnerTexts()).toContain("ALDER");
  expect(page.url()).toContain("source=model");
  await page.reload();
  await visit.settle();
  expect(await page.getByLabel("Source").inputValue()).toBe("model");
  await page.getByLabel("Source").selectOption("all");
  await page.getByLabel("Sort by").selectOption("age");
  expect((await names.allInnerTexts()).slice(0, 2).sort()).toEqual(["nasdaq", "sp500"]);
  await page.getByRole("searchbox", { name: "Symbol" }).fill("ced");
  expect(await names.allInnerTexts()).toEqual(["CEDAR"]);
  await page.getByRole("searchbox", { name: "Symbol" }).fill("nobody");
  await page.getByText("No market matches what is chosen.").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  expect(await names.count()).toBe(7);
  await visit.end();
});

it("leads to a market", async () => {
  const visit = await stage.open();
  await visit.page.getByRole("link", { name: "CEDAR", exact: true }).click();
  await visit.page.getByRole("heading", { level: 1, name: "CEDAR" }).waitFor();
  await visit.settle();
  expect(await visit.page.title()).toBe("CEDAR · bellwether");
  await visit.end();
});

it("asks again when it is told to", async () => {
  const visit = await stage.open();
  const asked = visit.page.waitForResponse((response) => response.url().endsWith("/v1/predict/symbols"));
  await visit.page.getByRole("button", { name: "Refresh" }).click();
  expect((await asked).status()).toBe(200);
  await visit.end();
});
