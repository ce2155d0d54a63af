import { expect, it } from "vitest";

import type { ModelAnswer, ModelsAnswer } from "../src/api/schema";
import { showsFocus } from "./visits";
import { ask, card, useStage } from "./stage";

const stage = useStage();

it("lists who serves each market, and every model with its verdict", async () => {
  const visit = await stage.open("#/models");
  const { page } = visit;
  expect(await card(page, "desk").innerText()).toMatch(/Serves\s+desk-ensemble-/);
  const rows = page.getByRole("table", { name: /Every model/ }).getByRole("row");
  const models = await list();
  expect(await rows.count()).toBe(models.length + 1);
  await page.getByLabel("Stage").selectOption("refused");
  expect(await rows.count()).toBe(models.filter((one) => one.stage === "refused").length + 1);
  await visit.end();
});

it("shows every column of the models at once, beside the navigation and above it", async () => {
  const visit = await stage.open("#/models");
  for (const width of [1279, 1100, 1024, 970, 900, 768]) {
    await visit.page.setViewportSize({ width, height: 860 });
    const beyond = await visit.page.getByRole("region", { name: /Every model/ }).locator("table").evaluate((table) => {
      const frame = table.closest(".table-frame")!;
      return frame.scrollWidth - frame.clientWidth;
    });
    expect(beyond, `at ${width}`).toBe(0);
  }
  await visit.end();
});

it("shows a verdict as a card: the decision, why, the evidence, the gate's own error", async () => {
  const champion = await find((one) => one.stage === "champion" && one.universe === "desk");
  const visit = await stage.open(`#/models/${champion.model_id}`);
  const verdict = await card(visit.page, "Verdict").innerText();
  expect(verdict).toContain("PROMOTE");
  expect(verdict).toContain("Why:");
  expect(await visit.page.locator("main").innerText()).toMatch(/false promotion|gate/i);
  await visit.end();
});

it("says why a refused model was refused, and that it cannot be promoted", async () => {
  const refused = await find((one) => one.stage === "refused");
  const visit = await stage.open(`#/models/${refused.model_id}`);
  expect(await card(visit.page, "Verdict").innerText()).toMatch(/REFUSE|NOT[_ ]ENOUGH/);
  const promote = visit.page.getByRole("button", { name: "Promote" });
  expect(await promote.isDisabled()).toBe(true);
  expect(await visit.page.getByText(/Cannot be promoted/).innerText()).toMatch(/final/);
  await visit.end();
});

it("compares two models side by side", async () => {
  const visit = await stage.open("#/models");
  const { page } = visit;
  const compare = page.getByRole("button", { name: "Compare" });
  expect(await compare.isDisabled()).toBe(true);
  const [one, other] = (await list()).filter((model) => model.universe === "desk").map((model) => model.model_id);
  await page.getByRole("checkbox", { name: `Compare ${one}` }).check();
  await page.getByRole("checkbox", { name: `Compare ${other}` }).check();
  await compare.click();
  await page.getByRole("heading", { level: 1, name: "Two models compared" }).waitFor();
  await visit.settle();
  const sides = await page.getByRole("table", { name: "Two models side by side" }).innerText();
  expect(sides).toContain(one);
  expect(sides).toContain(other);
  await visit.end();
});

it("promotes after a question, which traps the focus, gives it back, and may be left", async () => {
  const candidate = await find((one) => one.stage === "candidate" && one.decision === "PROMOTE");
  const visit = await stage.open(`#/models/${candidate.model_id}`);
  const { page } = visit;
  const promote = page.getByRole("button", { name: "Promote", exact: true });
  await promote.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: `Promote ${candidate.model_id}?` });
  await dialog.waitFor();
  for (let press = 0; press < 8; press += 1) {
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest("dialog") !== null)).toBe(true);
  }
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect(await promote.evaluate((button) => document.activeElement === button)).toBe(true);
  expect(await showsFocus(promote)).toBe(true);
  expect((await find((one) => one.model_id === candidate.model_id)).stage).toBe("candidate");

  await promote.click();
  await dialog.getByLabel(/reason|why/i).fill("A test of the page says so.");
  await dialog.getByRole("button", { name: "Promote" }).click();
  await page.getByText(`${candidate.model_id} is champion of`).waitFor();
  await visit.settle();
  expect((await find((one) => one.model_id === candidate.model_id)).stage).toBe("champion");
  await visit.end();
});

it("rolls back after a question", async () => {
  const champion = await find((one) => one.stage === "champion" && one.universe === "desk");
  const visit = await stage.open("#/models");
  const { page } = visit;
  await page.getByRole("button", { name: `Roll back ${champion.model_id}` }).click();
  const dialog = page.getByRole("dialog", { name: `Roll back ${champion.model_id}?` });
  expect(await dialog.innerText()).toContain("retired for good");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect((await find((one) => one.model_id === champion.model_id)).stage).toBe("champion");
  await page.getByRole("button", { name: `Roll back ${champion.model_id}` }).click();
  await dialog.getByRole("button", { name: "Roll back" }).click();
  await page.getByText(`${champion.model_id} is retired.`).waitFor();
  expect((await find((one) => one.model_id === champion.model_id)).stage).toBe("retired");
  await visit.end();
});

it("says of a model that is not registered that it is not", async () => {
  const visit = await stage.open("#/models/nobody-0000000000");
  await visit.page.getByRole("heading", { level: 1, name: "There is no such model" }).waitFor();
  await visit.end();
});

async function list(): Promise<readonly ModelAnswer[]> {
  return (await ask<ModelsAnswer>(stage.service, "/v1/models")).models;
}

async function find(is: (model: ModelAnswer) => boolean): Promise<ModelAnswer> {
  const found = (await list()).find(is);
  expect(found).toBeDefined();
  return found!;
}
