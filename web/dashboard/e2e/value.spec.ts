import { expect, it } from "vitest";

import { card, useStage } from "./stage";

const stage = useStage();

it("tells what a model added over the rules, with an interval and its costs", async () => {
  const visit = await stage.open("#/value");
  const text = await card(visit.page, "What is known").innerText();
  expect(text).toMatch(/Added a bar/i);
  expect(text).toMatch(/interval at all times/);
  expect(text).toMatch(/at 5 basis points a side/);
  await card(visit.page, "What is known").locator("canvas").first().waitFor();
  expect(await card(visit.page, "Members of the ensemble").innerText()).toMatch(/gradient boosting/);
  await visit.end();
});

it("shows another model, and one market alone, and keeps that in the address", async () => {
  const visit = await stage.open("#/value");
  const { page } = visit;
  const model = page.getByRole("combobox", { name: /^Model/ });
  const desk = await model.locator("option").evaluateAll((all) =>
    all.map((one) => (one as HTMLOptionElement).value).find((value) => value.startsWith("desk-ensemble")),
  );
  await model.selectOption(desk ?? "");
  await page.getByRole("combobox", { name: /^Market/ }).selectOption("BIRCH");
  await visit.settle();
  expect(page.url()).toContain("symbol=BIRCH");
  await page.getByText("In sum after costs").waitFor();
  await page.reload();
  await visit.settle();
  expect(await page.getByRole("combobox", { name: /^Market/ }).inputValue()).toBe("BIRCH");
  await visit.end();
});
