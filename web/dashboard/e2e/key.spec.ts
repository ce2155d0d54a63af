import { expect, it } from "vitest";

import { useStage } from "./stage";

const stage = useStage({
  home: "empty",
  flags: ["--require-keys"],
  before: [["keys", "create", "page", "--scope=admin", "--json"]],
});
const REFUSED = { refusals: /^40[13] \/v1\// };

it("asks for a key where the service wants one, keeps it for the tab, and forgets it when told to", async () => {
  const key = readKey();
  const visit = await stage.open();
  const { page } = visit;
  const dialog = page.getByRole("dialog", { name: "This service asks for a key" });
  await dialog.waitFor();
  const field = dialog.getByLabel("API key");
  expect(await field.evaluate((input) => document.activeElement === input)).toBe(true);
  expect(await field.getAttribute("type")).toBe("password");
  expect(await dialog.getByRole("button", { name: "Use this key" }).isDisabled()).toBe(true);

  await field.fill("bw_not_a_key");
  await dialog.getByRole("button", { name: "Use this key" }).click();
  await dialog.waitFor();
  await dialog.getByLabel("API key").fill(key);
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await page.getByText("No bars are stored yet").waitFor();
  expect(await page.evaluate(() => [document.cookie, JSON.stringify(localStorage)].join())).not.toContain(key);
  await page.reload();
  await page.getByText("No bars are stored yet").waitFor();
  expect(await dialog.isVisible()).toBe(false);

  await page.getByRole("button", { name: "Forget the API key" }).click();
  await dialog.waitFor();
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain(key);
  await visit.end(REFUSED);
});

it("cannot be looked behind by Escape", async () => {
  const visit = await stage.open();
  const dialog = visit.page.getByRole("dialog", { name: "This service asks for a key" });
  await dialog.waitFor();
  await visit.page.keyboard.press("Escape");
  await visit.page.keyboard.press("Escape");
  // The browser may close it for a moment; two frames later it has to be there again.
  await visit.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await dialog.waitFor();
  await visit.end(REFUSED);
});

function readKey(): string {
  const told = JSON.parse(stage.service.told[0] ?? "{}") as Record<string, unknown>;
  const key = Object.values(told).find((value) => typeof value === "string" && value.startsWith("bw_"));
  return String(key);
}
