import { expect, it } from "vitest";

import { useStage } from "./stage";

const SECRET = "https://hooks.example/T0PSECRET";
const stage = useStage({
  home: "empty",
  environment: {
    BELLWETHER_ALERT_RECEIVERS: `desk=${SECRET}`,
    BELLWETHER_ALERT_SIGNING_KEY: "s1gning-secret-of-this-test",
    BELLWETHER_COST_BPS: "7.5",
  },
});

it("shows what is set, from where, and what it means", async () => {
  const visit = await stage.open("#/settings");
  const row = visit.page.getByRole("row").filter({ hasText: "cost_bps" });
  expect(await row.innerText()).toMatch(/7\.5[\s\S]*by default 5[\s\S]*BELLWETHER_COST_BPS/);
  await visit.end();
});

it("finds a setting by name or meaning, and keeps the search in the address", async () => {
  const visit = await stage.open("#/settings");
  const { page } = visit;
  await page.getByLabel("Find a setting").fill("horizon");
  await page.getByText(/^\d+ of \d+ settings$/).waitFor();
  const names = await page.getByRole("row").locator("code").allInnerTexts();
  expect(names).toContain("horizon_bars");
  expect(names).not.toContain("serve_port");
  expect(page.url()).toContain("find=horizon");
  await page.getByLabel("Find a setting").fill("no such thing");
  await page.getByText("No setting fits.").waitFor();
  await page.getByLabel("Find a setting").fill("");
  await page.getByLabel("Only those that are not the default").check();
  expect(await page.getByRole("row").locator("code").allInnerTexts()).toContain("cost_bps");
  await visit.end();
});

it("shows no secret, neither in its words nor in what it was sent", async () => {
  const answers: string[] = [];
  const visit = await stage.open("#/settings", {
    before: async (context) => {
      context.on("response", (response) => {
        if (response.url().includes("/v1/")) {
          void response.text().then((text) => answers.push(text));
        }
      });
      await Promise.resolve();
    },
  });
  const { page } = visit;
  await page.getByLabel("Find a setting").fill("alert");
  expect(await page.getByRole("row").filter({ hasText: "alert_receivers" }).innerText()).toMatch(/\*{4}|set/);
  const seen = [await page.content(), ...answers].join("\n");
  expect(answers.length).toBeGreaterThan(0);
  expect(seen).not.toContain("T0PSECRET");
  expect(seen).not.toContain("s1gning-secret");
  await visit.end();
});
