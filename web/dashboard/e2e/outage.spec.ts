import { expect, it } from "vitest";

import { useStage } from "./stage";

const stage = useStage({ home: "empty" });
const GONE = { refusals: /ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_SOCKET|ERR_INCOMPLETE/ };
const RETURN_MILLISECONDS = 180_000;

it("keeps what it shows when the service goes away, says so, and recovers", async () => {
  const visit = await stage.open("#/settings");
  const { page } = visit;
  await visit.go("#/data");
  await page.getByText("No bars are stored yet.").waitFor();
  await visit.go("#/");
  await page.getByText("No bars are stored yet").waitFor();
  await stage.service.kill();
  await page.getByRole("button", { name: "Refresh" }).click();
  await page.getByText(/Not up to date/).waitFor();
  expect(await page.getByText("No bars are stored yet").isVisible()).toBe(true);

  // A page that was not looked at before has nothing to show: it says why, and offers to try again.
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  const failure = page.getByRole("alert").filter({ hasText: "Could not load settings" });
  await failure.waitFor();
  await stage.service.restart();
  await failure.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("row").filter({ hasText: "cost_bps" }).waitFor();
  await visit.end(GONE);
}, RETURN_MILLISECONDS);

it("is no blank page where a part of it cannot be loaded any more", async () => {
  const visit = await stage.open("#/");
  const { page } = visit;
  await stage.service.kill();
  await page.getByRole("link", { name: "Evidence", exact: true }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByText(/could not be loaded|Could not load/).first().waitFor();
  await stage.service.restart();
  await visit.end(GONE);
}, RETURN_MILLISECONDS);
