import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { placesOf } from "./places";
import { useStage } from "./stage";
import { DESK, PHONE } from "./visits";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  resultTypes: ["violations"],
};
const LOOKING_MILLISECONDS = 400_000;
const stage = useStage();

const LOOKS = [
  ["dark", "desk", DESK],
  ["light", "desk", DESK],
  ["dark", "phone", PHONE],
  ["light", "phone", PHONE],
] as const;

describe.each(LOOKS)("axe-core on every page, %s on a %s", (theme, _, size) => {
  it("finds no violation", async () => {
    const visit = await stage.open("#/", { theme, size });
    const found: string[] = [];
    for (const { name, hash } of await placesOf(stage.service)) {
      await visit.go(hash);
      found.push(...(await violations(visit.page)).map((words) => `${name}: ${words}`));
    }
    expect(found).toEqual([]);
    await visit.end();
  }, LOOKING_MILLISECONDS);
});

it.each(LOOKS)("finds no violation in dialogs and what unfolds, %s on a %s", async (theme, _, size) => {
  const visit = await stage.open("#/models", { theme, size });
  const { page } = visit;
  const found: string[] = [];
  const look = async (name: string): Promise<void> => {
    found.push(...(await violations(page)).map((words) => `${name}: ${words}`));
  };
  await page.getByRole("button", { name: /^Roll back/ }).first().click();
  await look("roll back");
  await page.keyboard.press("Escape");
  await visit.go("#/retraining");
  await page.getByRole("button", { name: "Start a retraining…" }).click();
  await look("start a retraining");
  await page.keyboard.press("Escape");
  for (const hash of ["#/drift?state=all", "#/symbol/CEDAR", "#/retraining", "#/evidence?view=ledger", "#/evidence"]) {
    await visit.go(hash);
    await page.evaluate(() => {
      document.querySelectorAll("details").forEach((one) => (one.open = true));
    });
    await visit.settle();
    await look(`${hash} unfolded`);
  }
  expect(found).toEqual([]);
  await visit.end();
}, LOOKING_MILLISECONDS);

/** Return every violation in a few words: the rule, how bad, and where. */
async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in globalThis))) {
    await page.evaluate(AXE);
  }
  const results = await page.evaluate(
    (rules) => (globalThis as unknown as { axe: { run: (rules: RunOptions) => Promise<AxeResults> } }).axe.run(rules),
    RULES,
  );
  return results.violations.map(
    (one) => `${one.id} (${one.impact ?? "?"}): ${one.nodes.map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`).slice(0, 4).join(" | ")}`,
  );
}
