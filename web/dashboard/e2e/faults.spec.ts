import type { OutgoingHttpHeaders } from "node:http";

import type { Locator } from "playwright-core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { BarsAnswer } from "../src/api/schema";
import { standBetween } from "./between";
import type { Between, Instead } from "./between";
import { fileOf, findServed, readBars, toCsv } from "./files";
import { useStage } from "./stage";
import { visit } from "./visits";
import type { Visit } from "./visits";

const PAGES = ["", "symbol/ALDER", "models", "evidence", "drift", "value", "retraining", "data", "settings"];
const EVERYTHING = /^\/v1\//;
const WASM = /\.wasm$/;
const ANY = /./;
const READY = { timeout: 90_000 };
const CUT: Instead = { isCut: true };

const stage = useStage();
let between: Between;
let seen: Visit;
let bars: BarsAnswer;
let bundlePath: string;
let bundle: Uint8Array;
let rules: Uint8Array;

beforeAll(async () => {
  const served = await findServed(stage.service);
  bundlePath = served.bundle;
  bars = await readBars(stage.service, served.symbol);
  [bundle, rules] = await Promise.all([fetchBytes(bundlePath), fetchBytes("/v1/rules/bundle")]);
});

beforeEach(async () => {
  between = await standBetween(stage.service);
});

afterEach(async () => {
  // What the network refuses is the test; what the page makes of it must be whole.
  await seen.end({ refusals: ANY });
  await between.close();
});

async function fetchBytes(path: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(`${stage.service.url}${path}`)).arrayBuffer());
}

async function drop(): Promise<string> {
  await seen.page.setInputFiles("input[type=file]", fileOf(`${bars.symbol}.csv`, toCsv(bars)));
  await seen.page.locator(".compared").waitFor(READY);
  return told();
}

/** What the page says: row of the file's own answer, and everything else. */
async function told(): Promise<string> {
  return seen.page.locator("main").innerText();
}

async function by(): Promise<string> {
  return (await seen.page.locator(".compared tbody tr").first().locator("td").last().innerText()).trim();
}

function again(): Locator {
  return seen.page.getByRole("button", { name: "Try again" });
}

function changed(content: Uint8Array): Uint8Array {
  const copy = content.slice();
  copy[copy.length >> 1]! ^= 1;
  return copy;
}

describe("a bundle that cannot be used: the rules answer, and why is said", () => {
  it.each<[string, () => Instead, string]>([
    ["missing", () => ({ status: 404 }), "the model's file is missing"],
    ["corrupt", () => ({ body: changed(bundle) }), "the model's file is damaged"],
    ["cut short", () => ({ body: bundle.slice(0, 5000) }), "the model's file is damaged"],
    ["of another digest", () => ({ body: rules }), "the model's file is damaged"],
    ["a page of words", () => ({ body: "<!doctype html><script>alert(1)</script>", type: "text/html" }), "the model's file is damaged"],
    ["refused", () => ({ status: 503 }), "the model cannot be loaded"],
    ["not to be had", () => CUT, "the model cannot be loaded"],
  ])("%s", async (_, instead, words) => {
    between.instead.set(bundlePath, instead());
    seen = await visit(stage.browser, between, "#/what-if");
    const page = await drop();
    expect(await by()).toBe("Rules");
    expect(page.toLowerCase()).toContain(words);
    expect(page).toContain("Not everything could be computed here");
  });

  it("and the rules' own, too: HOLD, and why is said", async () => {
    between.instead.set(bundlePath, { status: 404 });
    between.instead.set("/v1/rules/bundle", { status: 404 });
    seen = await visit(stage.browser, between, "#/what-if");
    const page = await drop();
    expect(await by()).toBe("Nobody");
    expect(page).toContain("not even the rules could be computed");
  });
});

describe("WebAssembly that is refused: HOLD, and why is said", () => {
  const withoutWasm = (headers: OutgoingHttpHeaders): OutgoingHttpHeaders => ({
    ...headers,
    "content-security-policy": String(headers["content-security-policy"]).replace(" 'wasm-unsafe-eval'", ""),
  });

  it.each<[string, () => void]>([
    ["by the policy", () => (between.headers = withoutWasm)],
    ["because its file is missing", () => between.instead.set(WASM, { status: 404 })],
    ["because its file is none", () => between.instead.set(WASM, { body: "none", type: "application/wasm" })],
    ["because the worker's script is missing", () => between.instead.set(/\/worker-[^/]+\.js$/, { status: 404 })],
  ])("%s", async (name, refuse) => {
    refuse();
    seen = await visit(stage.browser, between, "#/what-if");
    if (name.includes("script")) {
      // Nobody is there who could read the file, either.
      await seen.page.setInputFiles("input[type=file]", fileOf("any.csv", toCsv(bars)));
      expect(await seen.page.getByRole("alert").innerText()).toContain("the part of this page that reads files");
      return;
    }
    const page = await drop();
    expect(await by()).toBe("Nobody");
    expect(page).toContain("HOLD");
    expect(page).toContain("not even the rules could be computed");
  });
});

describe("a service that is down", () => {
  it("before a file is dropped: a labelled answer, and the markets once it is back", async () => {
    seen = await visit(stage.browser, between, "#/what-if");
    between.instead.set(EVERYTHING, CUT);
    const page = await drop();
    expect(await by()).toBe("Nobody");
    expect(page).toContain("The service cannot say which markets it knows");
    between.instead.clear();
    await seen.page.getByRole("button", { name: "Ask again" }).click();
    await seen.page.getByText("The file names it").waitFor();
    await expect.poll(by, READY).not.toBe("Nobody");
  });

  it("after the bundles were fetched: edits are answered as before", async () => {
    seen = await visit(stage.browser, between, "#/what-if");
    await drop();
    const before = await by();
    between.instead.set(EVERYTHING, CUT);
    await seen.page.getByLabel("Close", { exact: true }).fill(String((bars.close.at(-1) ?? 1) * 1.05));
    const what = seen.page.locator(".compared tbody tr").last();
    await expect.poll(() => what.innerText()).toMatch(/%/);
    expect(["Model", "Rules"]).toContain(before);
  });

  it.each(PAGES)("before the page #/%s: it says so, and can be asked again", async (name) => {
    between.instead.set(EVERYTHING, CUT);
    seen = await visit(stage.browser, between, `#/${name}`);
    const alert = seen.page.getByRole("alert").first();
    await alert.waitFor(READY);
    expect(await alert.innerText()).toMatch(/cannot be reached|could not/i);
    expect(await seen.page.locator("h1").count()).toBe(1);
    await seen.page.waitForLoadState("networkidle");
    between.instead.clear();
    for (let left = await again().count(); left > 0; left--) await again().first().click();
    await expect.poll(() => again().count(), READY).toBe(0);
  });

  it("during a visit: the next page says so, the frame stays", async () => {
    seen = await visit(stage.browser, between, "#/");
    between.instead.set(ANY, CUT);
    await seen.page.getByRole("link", { name: "Models" }).click();
    await seen.page.getByRole("alert").first().waitFor(READY);
    expect(await seen.page.getByRole("navigation", { name: "Pages" }).isVisible()).toBe(true);
    expect(await told()).not.toBe("");
  });
});
