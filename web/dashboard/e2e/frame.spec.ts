import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { PLACES, placesOf } from "./places";
import { useStage } from "./stage";
import { PHONE, showsFocus } from "./visits";

const stage = useStage();

describe("the theme", () => {
  it("follows the system until somebody chooses, and is remembered", async () => {
    const visit = await stage.open("#/symbol/ALDER", { theme: "light" });
    const { page } = visit;
    const light = await background(page);
    expect(brightness(light)).toBeGreaterThan(180);
    await page.getByRole("button", { name: "Switch to dark" }).click();
    await expect.poll(async () => brightness(await background(page))).toBeLessThan(80);
    await page.reload();
    await visit.settle();
    expect(brightness(await background(page))).toBeLessThan(80);
    await page.getByRole("button", { name: "Switch to light" }).click();
    await expect.poll(() => background(page)).toBe(light);
    await visit.end();
  });
});

describe("by keyboard alone", () => {
  it("begins with a link past the navigation, which shows when it has the focus", async () => {
    const visit = await stage.open();
    const { page } = visit;
    await page.keyboard.press("Tab");
    const skip = page.getByRole("link", { name: "Skip to content" });
    expect(await skip.evaluate((link) => document.activeElement === link)).toBe(true);
    const box = await skip.boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(0);
    expect(box?.y).toBeGreaterThanOrEqual(0);
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("content");
    await visit.end();
  });

  it("reaches every page, moves the focus to its heading, and names it in the title", async () => {
    const visit = await stage.open();
    const { page } = visit;
    for (const { name } of await navigation(page)) {
      const link = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true });
      await link.focus();
      expect(await showsFocus(link)).toBe(true);
      await page.keyboard.press("Enter");
      await visit.settle();
      expect(await page.title()).toBe(`${name} · bellwether`);
      expect(await link.getAttribute("aria-current")).toBe("page");
      if (name !== "Overview") {
        expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
      }
    }
    await visit.end();
  });

  it("shows where the focus is at every stop of a page", async () => {
    const visit = await stage.open();
    const { page } = visit;
    const unseen: string[] = [];
    for (let stop = 0; stop < 40; stop += 1) {
      await page.keyboard.press("Tab");
      const at = page.locator(":focus");
      if ((await at.count()) > 0 && !(await showsFocus(at))) {
        unseen.push(await at.evaluate((element) => `${element.tagName} ${element.getAttribute("class") ?? ""} ${element.textContent.slice(0, 60)}`));
      }
    }
    expect(unseen).toEqual([]);
    await visit.end();
  });
});

describe("on a phone", () => {
  it("never needs to be scrolled sideways", async () => {
    const wide: string[] = [];
    const visit = await stage.open("#/", { size: PHONE });
    for (const { name, hash } of await placesOf(stage.service)) {
      await visit.go(hash);
      const width = await visit.page.evaluate(() => document.documentElement.scrollWidth);
      if (width > PHONE.width) {
        wide.push(`${name}: ${width}, by ${await widest(visit.page)}`);
      }
    }
    expect(wide).toEqual([]);
    await visit.end();
  }, 120_000);

  it("opens its menu by a button, and closes it by Escape or by a choice", async () => {
    const visit = await stage.open("#/", { size: PHONE });
    const { page } = visit;
    const menu = page.getByRole("button", { name: /the menu$/ });
    const models = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Models" });
    expect(await models.isVisible()).toBe(false);
    await menu.click();
    expect(await menu.getAttribute("aria-expanded")).toBe("true");
    await page.keyboard.press("Escape");
    await models.waitFor({ state: "hidden" });
    await menu.click();
    await models.click();
    await visit.settle();
    expect(await models.isVisible()).toBe(false);
    expect(await page.title()).toBe("Models · bellwether");
    await visit.end();
  });
});

it("says of a place that is not there that it is not", async () => {
  const visit = await stage.open("#/nowhere");
  await visit.page.getByRole("heading", { level: 1, name: "There is no such page" }).waitFor();
  await visit.page.getByRole("link", { name: "Go to the overview" }).click();
  await visit.settle();
  await visit.end();
});

it("says on every page that it gives no investment advice", async () => {
  const visit = await stage.open();
  for (const { hash } of PLACES) {
    await visit.go(hash);
    expect(await visit.page.getByRole("contentinfo").innerText()).toContain("no investment advice");
  }
  await visit.end();
}, 120_000);

async function navigation(page: Page): Promise<readonly { name: string }[]> {
  const names = await page.getByRole("navigation", { name: "Pages" }).locator("ul a").allInnerTexts();
  return names.map((name) => ({ name: name.trim() }));
}

function background(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
}

function brightness(colour: string): number {
  const parts = (/\d[\d., ]*/.exec(colour)?.[0] ?? "").split(",").map(Number).slice(0, 3);
  return parts.reduce((sum, part) => sum + part, 0) / Math.max(1, parts.length);
}

/** The element that sticks out the furthest, for whoever mends it. */
function widest(page: Page): Promise<string> {
  return page.evaluate(() => {
    const all = [...document.querySelectorAll("main *")].filter((one) => one.closest(".table-frame") === null);
    const right = (one: Element): number => one.getBoundingClientRect().right;
    const found = all.reduce<Element | undefined>((most, one) => (most === undefined || right(one) > right(most) ? one : most), undefined);
    return found === undefined ? "nothing" : `${found.tagName}.${found.className} to ${Math.round(right(found))}`;
  });
}
