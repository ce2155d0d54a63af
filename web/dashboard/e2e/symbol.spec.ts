import { expect, it } from "vitest";

import { card, useStage } from "./stage";

const stage = useStage();

it("draws the bars with the forecast's interval, and says its coverage", async () => {
  const visit = await stage.open("#/symbol/ALDER");
  const chart = card(visit.page, "Price and forecast");
  await chart.locator("canvas").first().waitFor();
  expect(await chart.innerText()).toMatch(/stated probability of 90\s?%/);
  expect(await isPainted(visit.page)).toBe(true);
  await visit.end();
});

it("gives the chart as tables too", async () => {
  const visit = await stage.open("#/symbol/ALDER");
  const { page } = visit;
  await page.getByText("The chart as a table").click();
  const fan = page.getByRole("table", { name: /Where the price may be/ });
  expect(await fan.getByRole("row").count()).toBe(2);
  const bars = page.getByRole("table", { name: /The last 30 bars/ });
  expect(await bars.getByRole("row").count()).toBe(31);
  expect(await bars.innerText()).toMatch(/(BUY|SELL): (HIT|MISS)/);
  await visit.end();
});

it("shows what became of earlier predictions: HIT, MISS, PENDING and VOID", async () => {
  const visit = await stage.open("#/symbol/CEDAR");
  const past = card(visit.page, "Past predictions");
  const all = past.getByRole("button", { name: /Show all/ });
  if (await all.isVisible()) {
    await all.click();
  }
  const table = await past.getByRole("table").innerText();
  for (const outcome of ["HIT", "MISS", "PENDING", "VOID"]) {
    expect(table).toContain(outcome);
  }
  await past.getByRole("button", { name: /Outcome/ }).click();
  expect(await past.getByRole("columnheader", { name: /Outcome/ }).getAttribute("aria-sort")).toBe("ascending");
  await visit.end();
});

it("says where an answer comes from, and what the model saw", async () => {
  const visit = await stage.open("#/symbol/ALDER");
  const told = await visit.page.locator(".market-told").innerText();
  expect(told).toMatch(/desk-ensemble-/);
  expect(told).toMatch(/chance/i);
  expect(told).toMatch(/Who in the model said so/i);
  await visit.end();
});

it("says of bars that are too old that nobody answers on them", async () => {
  const visit = await stage.open("#/symbol/sp500");
  expect(await visit.page.locator("main").innerText()).toMatch(/too old/);
  expect(await visit.page.locator("main").innerText()).toContain("There is no forecast interval for this answer.");
  await visit.end();
});

it("says of a market that is not stored that it is not, and what to do", async () => {
  const visit = await stage.open("#/symbol/NOWHERE");
  await visit.page.getByText("No bars of this market are stored.").waitFor();
  await visit.end({ refusals: /^404 \/v1\// });
});

/** Whether anything was drawn, rises in green and falls in red: a canvas of one colour says nothing. */
async function isPainted(page: import("playwright-core").Page): Promise<boolean> {
  return page.evaluate(() => {
    const canvases = [...document.querySelectorAll("canvas")].filter((one) => one.width > 200 && one.height > 100);
    return canvases.some((one) => {
      const data = one.getContext("2d")?.getImageData(0, 0, one.width, one.height).data ?? new Uint8ClampedArray();
      const tints = new Set<string>();
      for (let place = 0; place < data.length; place += 4) {
        const [red = 0, green = 0] = [data[place], data[place + 1]];
        if (Math.abs(red - green) > 60) tints.add(red > green ? "red" : "green");
      }
      return tints.size === 2;
    });
  });
}
