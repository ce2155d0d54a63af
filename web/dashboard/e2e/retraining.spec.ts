import { expect, it } from "vitest";

import type { RetrainingAnswer } from "../src/api/schema";
import { ask, useStage } from "./stage";

// So little that the cheapest plan is chosen.
const stage = useStage({ environment: { BELLWETHER_RETRAIN_BUDGET_SECONDS: "1" } });
const TRAINING_MILLISECONDS = 300_000;

it("says what is due and why, and what became of each challenger", async () => {
  const { runs, schedule } = await ask<RetrainingAnswer>(stage.service, "/v1/retraining");
  expect(new Set(runs.map((run) => run.step))).toContain("refused");
  expect(new Set(runs.map((run) => run.step))).toContain("shadowed");
  const visit = await stage.open("#/retraining");
  const { page } = visit;
  for (const one of schedule) {
    await page.getByText(one.universe, { exact: false }).first().waitFor();
  }
  const articles = page.locator("article.run");
  expect(await articles.count()).toBe(runs.length);
  const refused = articles.filter({ hasText: "Refused" }).first();
  await refused.getByText(/steps?, with their evidence/).click();
  expect(await refused.locator("ol.steps li").count()).toBeGreaterThan(1);
  await visit.end();
});

it("starts a retraining, shows it live, and what became of it", async () => {
  const before = (await ask<RetrainingAnswer>(stage.service, "/v1/retraining")).runs.length;
  const visit = await stage.open("#/retraining");
  const { page } = visit;
  await page.getByRole("button", { name: "Start a retraining…" }).click();
  const dialog = page.getByRole("dialog", { name: "Start a retraining" });
  await dialog.getByLabel("Of which universe").selectOption("indices");
  await dialog.getByRole("button", { name: "Start it" }).click();
  const job = page.locator("article.job");
  await job.waitFor();
  const heard = new Set<string>();
  await expect
    .poll(
      async () => {
        heard.add(await job.innerText());
        return job.innerText();
      },
      { timeout: TRAINING_MILLISECONDS, interval: 200 },
    )
    .toMatch(/Done|It failed/);
  expect(heard.size).toBeGreaterThan(2);
  expect(await job.innerText()).not.toContain("It failed");
  await expect.poll(() => page.locator("article.run").count()).toBe(before + 1);
  await visit.end();
}, TRAINING_MILLISECONDS);

it("stops a retraining after a question", async () => {
  const visit = await stage.open("#/retraining");
  const { page } = visit;
  await page.getByRole("button", { name: "Start a retraining…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Start it" }).click();
  const job = page.locator("article.job").first();
  await job.getByRole("button", { name: /^Stop/ }).click();
  await page.getByRole("dialog", { name: /^Stop/ }).getByRole("button", { name: "Stop it" }).click();
  await expect.poll(() => job.innerText(), { timeout: 60_000 }).toMatch(/cancel|stopped|ended/i);
  await visit.end();
}, 120_000);
