/** Takes the documentation's pictures of the page: `npm run pictures`, as a run of its own among the tests. */

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

import { csvOf } from "./bars";
import { shrink } from "./palette";
import { placesOf } from "./places";
import { useStage } from "./stage";
import type { Visit } from "./visits";

const FOLDER = fileURLToPath(new URL("../../../docs/pictures/", import.meta.url));
const MOST_BYTES = 150_000;
const DESK = { width: 1280, height: 880 };
const PHONE = { width: 360, height: 740 };
const ON_PHONE = ["overview", "symbol", "drift"];
// These say little at their top alone.
const TALL: Readonly<Record<string, number>> = { symbol: 1180, model: 1180, value: 1000, drift: 1100, evidence: 1240, retraining: 1240, "what-if": 1640 };
const TAKING_MILLISECONDS = 900_000;
// As it comes: a person's service watches by itself.
const stage = useStage({ environment: { BELLWETHER_MONITOR_BY_SERVICE: "true" } });

it("takes a picture of every page, dark and light, and of some on a phone", async () => {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const places = await placesOf(stage.service);
  for (const theme of ["dark", "light"] as const) {
    const visit = await stage.open("#/", { theme, size: DESK });
    for (const { name, hash } of places) {
      await visit.page.setViewportSize({ width: DESK.width, height: TALL[name] ?? DESK.height });
      await visit.go(hash);
      await act(visit, name);
      await take(visit, `${name}-${theme}`);
    }
    await visit.end();
  }
  const visit = await stage.open("#/", { theme: "light", size: PHONE });
  for (const { name, hash } of places.filter((place) => ON_PHONE.includes(place.name))) {
    await visit.go(hash);
    await take(visit, `${name}-phone`);
  }
  await visit.end();
}, TAKING_MILLISECONDS);

/** Do what a page is there for: a what-if without a file shows nothing. */
async function act({ page }: Visit, name: string): Promise<void> {
  if (name === "what-if") {
    await page.locator("input[type=file]").first().setInputFiles({ name: "ALDER.csv", mimeType: "text/csv", buffer: Buffer.from(csvOf(700)) });
    await page.locator(".seen").waitFor({ timeout: 60_000 });
  }
}

async function take(visit: Visit, name: string): Promise<void> {
  await visit.settle();
  await visit.page.getByText("being looked up").first().waitFor({ state: "detached" });
  await visit.page.evaluate(() => document.fonts.ready.then(() => undefined));
  const path = `${FOLDER}${name}.png`;
  await visit.page.screenshot({ path, animations: "disabled", caret: "hide" });
  const picture = await readFile(path);
  const small = shrink(picture);
  await writeFile(path, small.length < picture.length ? small : picture);
  expect(Math.min(small.length, picture.length), name).toBeLessThan(MOST_BYTES);
}
