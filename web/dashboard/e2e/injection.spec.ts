import { describe, expect, it } from "vitest";

import type { SymbolsPageAnswer } from "../src/api/schema";
import { askJson, fileOf } from "./files";
import { useStage } from "./stage";
import type { Visit } from "./visits";

const PAGES = ["", "models", "evidence", "drift", "value", "retraining", "data", "settings", "what-if"];
const PAYLOADS = [
  "<img src=x onerror=alert(1)>",
  "\"><script>alert(2)</script>",
  "' onmouseover='alert(3)",
  "javascript:alert(4)",
  "<svg/onload=alert(5)>",
  "</title><iframe src=javascript:alert(6)>",
  "{{constructor.constructor('alert(7)')()}}",
  "<style>*{display:none}</style>",
];
const REFUSED = /^4\d\d /;

const stage = useStage({ home: "hostile" });

/** Whatever markup made of a text would leave behind in the page. */
async function traces(seen: Visit): Promise<string[]> {
  return seen.page.evaluate(() => {
    const marks = "script:not([src^='/assets/']), iframe, object, embed, img, base, form[action], [onerror], [onload], [onclick], [onmouseover], a[href^='javascript:' i], body style";
    return Array.from(document.querySelectorAll(marks), (element) => `${element.tagName} ${element.getAttributeNames().join(" ")} ${element.textContent}`);
  });
}

async function expectClean(seen: Visit): Promise<void> {
  expect(await traces(seen)).toEqual([]);
  expect(await seen.page.locator("h1").first().isVisible()).toBe(true);
}

it("would see what executes, and what the policy refuses", async () => {
  const seen = await stage.open("#/");
  await seen.page.evaluate(() => {
    const place = document.body.appendChild(document.createElement("p"));
    place.append(document.createRange().createContextualFragment("<img src=x onerror=alert(1)><script>alert(2)</script>"));
  });
  await seen.page.waitForTimeout(300);
  expect((await traces(seen)).length).toBeGreaterThan(0);
  await expect(seen.end({ refusals: REFUSED })).rejects.toThrow();
  expect(seen.complaints.join()).toContain("policy: script-src");
});

describe("what is stored under hostile names", () => {
  it.each(PAGES)("is text on the page #/%s", async (name) => {
    const seen = await stage.open(`#/${name}`);
    await seen.page.waitForLoadState("networkidle");
    await expectClean(seen);
    await seen.end({ refusals: REFUSED });
  });

  it("is shown letter by letter, and leads to its own page", async () => {
    const { symbols } = await askJson<SymbolsPageAnswer>(stage.service, "/v1/data/symbols?limit=100");
    const seen = await stage.open("#/data");
    await seen.page.waitForLoadState("networkidle");
    const shown = (await seen.page.locator("main").innerText()).replace(/\s+/g, " ");
    const hostile = symbols.map((one) => one.symbol).filter((symbol) => /[<>'"]/.test(symbol));
    expect(hostile.length).toBeGreaterThan(2);
    for (const symbol of hostile) expect(shown).toContain(symbol.replace(/\s+/g, " "));
    for (const symbol of hostile) {
      await seen.go(`#/symbol/${encodeURIComponent(symbol)}`);
      await seen.page.waitForLoadState("networkidle");
      expect(await seen.page.locator("h1").innerText()).toBe(symbol);
      await expectClean(seen);
    }
    await seen.end({ refusals: REFUSED });
  });

  it("is text where an alert was acknowledged, by whom and with which words", async () => {
    const seen = await stage.open("#/drift");
    await seen.page.waitForLoadState("networkidle");
    for (const details of await seen.page.locator("main details").all()) await details.evaluate((one) => (one as HTMLDetailsElement).open = true);
    const shown = await seen.page.locator("main").innerText();
    expect(shown).toContain("</p><script>alert(10)</script><a href=javascript:alert(11)>look</a>");
    expect(shown).toContain("<b onclick=alert(9)>A. Watcher</b>");
    await expectClean(seen);
    await seen.end({ refusals: REFUSED });
  });
});

describe("what an address says", () => {
  const places = (payload: string): string[] => {
    const written = encodeURIComponent(payload);
    return [`#/${written}`, `#/symbol/${written}`, `#/symbol/X?interval=${written}`, `#/models/${written}`, `#/models?universe=${written}`, `#/data/${written}`, `#/drift?model=${written}`, `#/${payload}`];
  };

  it.each(PAYLOADS)("is text: %s", async (payload) => {
    const seen = await stage.open("#/");
    for (const place of places(payload)) {
      await seen.go(place);
      await seen.page.waitForLoadState("networkidle");
      await expectClean(seen);
    }
    await seen.page.goto(`${stage.service.url}/?x=${encodeURIComponent(payload)}#/`);
    await seen.settle();
    await expectClean(seen);
    await seen.end({ refusals: REFUSED });
  });
});

describe("what a file says", () => {
  it.each(PAYLOADS)("is text, by its name, its header and its fields: %s", async (payload) => {
    const cell = `"${payload.replaceAll('"', '""')}"`;
    const seen = await stage.open("#/what-if");
    const drop = async (text: string): Promise<string> => {
      await seen.page.setInputFiles("input[type=file]", fileOf(`${payload.replaceAll("/", "⁄")}.csv`, text));
      await seen.page.locator("main [role=alert], main .questions, main .compared").first().waitFor({ timeout: 60_000 });
      await expectClean(seen);
      return seen.page.locator("main").innerText();
    };
    expect(await drop(`${cell},b,c\n1,2,3`)).toContain(payload.slice(0, 20));
    expect(await drop(`date,open,high,low,${cell}\n2024-01-02,1,2,1,2\n2024-01-03,1,2,1,2`)).toContain(payload);
    expect(await drop(`date,open,high,low,close,symbol\n2024-01-02,1,2,1,2,A\n2024-01-02,1,2,1,2,${cell}`)).toContain(payload);
    expect(await drop(`date,open,high,low,close\n2024-01-02,1,2,1,${cell}\n2024-01-03,1,2,1,${cell}`)).toContain(payload.slice(0, 20));
    expect(await drop(`date,open,high,low,close\n${cell},1,2,1,2\n2024-01-02,1,2,1,2\n2024-01-03,1,2,1,2`)).toContain(payload.slice(0, 20));
    await seen.end();
  });
});
