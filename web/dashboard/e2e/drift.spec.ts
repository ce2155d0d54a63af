import { expect, it } from "vitest";

import type { AlertsAnswer } from "../src/api/schema";
import { ask, card, useStage } from "./stage";

const stage = useStage();

it("shows what is thought of each model that is watched, and since when", async () => {
  const visit = await stage.open("#/drift");
  const text = await visit.page.locator("main").innerText();
  expect(text).toMatch(/lone-ensemble-/);
  expect(text).toMatch(/desk-ensemble-/);
  expect(text).toMatch(/drift is red/);
  expect(text).toMatch(/As promised: \d/);
  expect(text).toMatch(/Last check/);
  await visit.end();
});

it("lists alerts as episodes, those that are over, too", async () => {
  const all = await ask<AlertsAnswer>(stage.service, "/v1/alerts?state=all");
  const open = all.episodes.filter((one) => one.over_at === null);
  expect(open.length).toBeGreaterThan(0);
  expect(open.length).toBeLessThan(all.episodes.length);
  const visit = await stage.open("#/drift");
  const alerts = card(visit.page, "Alerts");
  const episodes = alerts.getByRole("article");
  expect(await episodes.count()).toBe(open.length);
  await alerts.getByLabel("Which").selectOption("all");
  await expect.poll(() => episodes.count()).toBe(all.episodes.length);
  await alerts.getByLabel("Found by").selectOption("inputs");
  await expect.poll(() => episodes.count()).toBe(all.episodes.filter((one) => one.channel === "inputs").length);
  await visit.end();
});

it("tells an episode's evidence and every step of it", async () => {
  const visit = await stage.open("#/drift?state=all&channel=performance");
  const episode = card(visit.page, "Alerts").getByRole("article").first();
  await episode.getByText("Evidence, and what happened").click();
  await visit.settle();
  expect(await episode.locator("ol.steps li").count()).toBeGreaterThan(0);
  await visit.end();
});

it("acknowledges an alert: who knows, and what is done about it", async () => {
  const visit = await stage.open("#/drift");
  const { page } = visit;
  const episode = card(page, "Alerts").getByRole("article").filter({ hasText: "Nobody has acknowledged it." }).first();
  const title = await episode.getByRole("heading").innerText();
  const acknowledge = episode.getByRole("button", { name: /^Acknowledge/ });
  await acknowledge.click();
  const dialog = page.getByRole("dialog", { name: "Acknowledge this alert" });
  await dialog.getByRole("button", { name: "Acknowledge" }).click();
  expect(await dialog.isVisible()).toBe(true); // a name is asked for
  await dialog.getByLabel("Who knows of it").fill("B. Tester");
  await dialog.getByLabel("What is done about it").fill("The challenger is watched.");
  await dialog.getByRole("button", { name: "Acknowledge" }).click();
  await page.getByText(/Written down: B\. Tester knows of/).first().waitFor();
  const known = card(page, "Alerts").getByRole("article").filter({ hasText: title }).first();
  await known.getByText("The challenger is watched.").waitFor();
  const all = await ask<AlertsAnswer>(stage.service, "/v1/alerts?state=open");
  expect(all.episodes.some((one) => one.acknowledged?.by === "B. Tester")).toBe(true);
  await visit.end();
});

it("checks now, on a click, and tells how that went", async () => {
  const visit = await stage.open("#/drift");
  const { page } = visit;
  await page.getByRole("button", { name: "Check now" }).click();
  const job = page.locator("article.job");
  await job.waitFor();
  await expect.poll(() => job.innerText(), { timeout: 90_000, interval: 500 }).toMatch(/Done[\s\S]*Checked \d+ models/);
  await visit.end();
}, 120_000);
