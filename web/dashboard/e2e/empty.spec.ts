import { expect, it } from "vitest";

import { PLACES } from "./places";
import { useStage } from "./stage";
import { PHONE } from "./visits";

const stage = useStage({ home: "empty" });

it("says on every page what is not there yet, and how it comes to be", async () => {
  const visit = await stage.open();
  for (const { name, hash } of PLACES) {
    await visit.go(hash);
    const text = await visit.page.locator("main").innerText();
    expect(text.length, name).toBeGreaterThan(60);
    expect(text, name).not.toMatch(/undefined|NaN|\[object|Could not load|cannot be shown/);
  }
  await visit.end();
}, 120_000);

it("names the command or the page that fills it", async () => {
  const visit = await stage.open();
  for (const [hash, words] of [
    ["#/", "bellwether import bars.csv"],
    ["#/models", "bellwether train bars.csv"],
    ["#/value", "bellwether monitor --once"],
    ["#/evidence?view=ledger", "bellwether train bars.csv"],
    ["#/data", "bellwether import"],
  ] as const) {
    await visit.go(hash);
    expect(await visit.page.locator("main").innerText()).toContain(words);
  }
  await visit.end();
}, 120_000);

it("fits a phone when there is nothing, too", async () => {
  const visit = await stage.open("#/", { size: PHONE });
  for (const { name, hash } of PLACES) {
    await visit.go(hash);
    expect(await visit.page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(PHONE.width);
  }
  await visit.end();
}, 120_000);
