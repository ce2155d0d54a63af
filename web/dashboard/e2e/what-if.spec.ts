import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { readBars as readColumns } from "../../client/src/bars";
import { Service } from "../../client/src/service";
import type { BarsAnswer } from "../src/api/schema";
import { standBetween } from "./between";
import type { Between } from "./between";
import { fileOf, findServed, predict, readBars, toCsv } from "./files";
import { useStage } from "./stage";
import { PHONE, visit } from "./visits";
import type { Visit } from "./visits";

const FILE = "input[type=file]";
const READY = { timeout: 60_000 };

const stage = useStage();
let between: Between;
let seen: Visit;
let bars: BarsAnswer;

beforeAll(async () => {
  bars = await readBars(stage.service, (await findServed(stage.service)).symbol);
});

beforeEach(async () => {
  between = await standBetween(stage.service);
  seen = await visit(stage.browser, between, "#/what-if");
});

afterEach(async () => {
  await seen.end();
  await between.close();
});

async function drop(name = `${bars.symbol}.csv`): Promise<void> {
  await seen.page.setInputFiles(FILE, fileOf(name, toCsv(bars)));
  await seen.page.locator(".compared").waitFor(READY);
}

async function compared(row: string): Promise<string[]> {
  const cells = await seen.page.locator(".compared tbody tr").filter({ hasText: row }).locator("td").allInnerTexts();
  return cells.map((cell) => cell.trim());
}

describe("what if", () => {
  it("answers as the service does, and no byte of the file leaves the page", async () => {
    const secret = "secret-7f3a91";
    const text = toCsv(bars).split("\n").map((row, place) => `${row},${place === 0 ? "Remark" : secret}`).join("\n");
    await seen.page.setInputFiles(FILE, fileOf(`${secret}.csv`, text));
    await seen.page.locator(".compared").waitFor(READY);
    expect(await compared("As in the file")).toContain("Rules");
    await seen.page.getByLabel("Market").selectOption(bars.symbol);
    const told = await predict(stage.service, bars);
    await seen.page.locator(".compared").waitFor(READY);
    const [direction, , rise, by] = await compared("As in the file");
    expect([direction, by]).toEqual([told.direction, told.source.kind === "model" ? "Model" : "Rules"]);
    expect(Math.abs(parseFloat(rise ?? "") / 100 - (told.probability_up ?? NaN))).toBeLessThan(1e-4);
    await seen.page.getByLabel("Close", { exact: true }).fill("123.456");
    await expect.poll(() => compared("What if").then((cells) => cells[2])).toMatch(/%/);
    const last = [bars.close, bars.high, bars.volume].map((column) => String(column.at(-1)));
    const dates = [bars.closed_at[0], bars.closed_at.at(-1)].map((at) => at?.slice(0, 10) ?? "");
    for (const request of between.passed) {
      expect(request).toMatchObject({ method: "GET", body: "" });
      const said = `${request.path} ${request.headers}`;
      for (const word of [secret, "123.456", ...last, ...dates]) expect(said).not.toContain(word);
    }
  });

  it("tells which features moved the answer, as the service does when it is asked why", async () => {
    const asked = readColumns(bars.symbol, bars.interval, { ...bars, adjustment: [] });
    if (!asked.ok) throw new Error(asked.trouble);
    const told = await new Service({ url: stage.service.url, milliseconds: 30_000 }).predict(asked.value, 1, null, true);
    if (!told.ok) throw new Error(told.trouble.detail);
    const { contributions, explanation } = told.value;
    expect(explanation?.trouble).toBe("");
    await drop();
    const rows = seen.page.locator(".seen tbody tr");
    await rows.first().waitFor(READY);
    const shown = (await rows.allInnerTexts()).map((row) => row.split(/\s*\t\s*/));
    const strongest = contributions[0]!;
    expect(shown[0]?.[0]).toBe(strongest.feature);
    const amount = parseFloat((shown[0]?.at(-1) ?? "").replace("−", "-"));
    expect(Math.abs(amount - 100 * strongest.amount)).toBeLessThan(0.0051);
    await seen.page.getByLabel("Close", { exact: true }).fill(String((bars.close.at(-1) ?? NaN) * 1.1));
    await expect.poll(() => rows.first().innerText(), READY).not.toBe(shown[0]?.join("\t"));
  });

  it("asks again as the last bar is edited, by field and by slider", async () => {
    await drop();
    const plain = await compared("As in the file");
    const close = bars.close.at(-1) ?? NaN;
    await seen.page.getByLabel("Close", { exact: true }).fill(String(close * 1.1));
    await expect.poll(() => compared("What if").then((cells) => cells[2])).toMatch(/%/);
    const risen = await compared("What if");
    expect(risen[2]).not.toBe(plain[2]);
    const slider = seen.page.getByLabel("Close, by a slider");
    await slider.focus();
    await slider.press("Home");
    await expect.poll(() => compared("What if").then((cells) => cells[2])).not.toBe(risen[2]);
    expect(await compared("As in the file")).toEqual(plain);
    await seen.page.getByLabel("Close", { exact: true }).fill("-1");
    expect(await seen.page.getByText("The close must be a number above zero.").isVisible()).toBe(true);
    await seen.page.getByRole("button", { name: "As in the file" }).click();
    expect((await compared("What if"))[2]).toBe("–");
  });

  it("takes a file that is dropped anywhere", async () => {
    const transfer = await seen.page.evaluateHandle((text) => {
      const held = new DataTransfer();
      held.items.add(new File([text], "dropped.csv", { type: "text/csv" }));
      return held;
    }, toCsv(bars));
    await seen.page.dispatchEvent("body", "drop", { dataTransfer: transfer });
    await seen.page.locator(".compared").waitFor(READY);
    expect(await seen.page.getByRole("heading", { name: "dropped.csv" }).isVisible()).toBe(true);
  });

  it("asks what a file leaves open, and reads it so", async () => {
    const text = "Date;Open;High;Low;Close\n01/02/2024;1.100;1.200;1.050;1.150\n02/02/2024;1.100;1.200;1.050;1.150";
    await seen.page.setInputFiles(FILE, fileOf("open.csv", text));
    const button = seen.page.getByRole("button", { name: "Read it so" });
    await button.waitFor();
    expect(await button.isDisabled()).toBe(true);
    await seen.page.getByLabel("1.100 is 1.1", { exact: true }).check();
    await seen.page.getByLabel("1 February 2024").check();
    await button.click();
    await seen.page.locator(".compared").waitFor(READY);
    // Two bars say nothing, and that is said.
    expect(await seen.page.locator("main").innerText()).toContain("fewer than 60 bars");
    expect((await compared("As in the file"))[0]).toBe("HOLD");
  });

  it("refuses what is no file of bars: the line, what was expected, what was found, what to do", async () => {
    await seen.page.setInputFiles(FILE, fileOf("strange.csv", "a,b\n1,2"));
    const told = await seen.page.getByRole("alert").innerText();
    for (const words of ["strange.csv cannot be used", "Line", "Expected", "“a, b”", "What to do"]) expect(told).toContain(words);
    await drop();
    expect(await seen.page.getByRole("alert").count()).toBe(0);
  });

  it("names each row that it leaves out", async () => {
    const rows = toCsv(bars).split("\n");
    rows[5] = rows[5]?.replace(/,[^,]+$/, ",many") ?? "";
    await seen.page.setInputFiles(FILE, fileOf("holes.csv", rows.join("\n")));
    await seen.page.locator(".compared").waitFor(READY);
    const found = await seen.page.getByRole("region", { name: "Findings" }).innerText();
    expect(found).toContain("line 6");
    expect(found).toContain("Expected the volume as a number, found “many”.");
  });

  it("fits a phone", async () => {
    await seen.page.setViewportSize(PHONE);
    await drop();
    expect(await seen.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
  });
});
