import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { PredictorOptions, Question, Told } from "../../src/index.js";
import { openPage, startBrowser } from "../../tools/browser.js";
import { POLICY, fileAt, startSite } from "../../tools/site.js";
import type { Page, Site } from "../../tools/site.js";
import { CASES, questionOf, readData, readText } from "../files.js";

const CASE = CASES.cases.find((one) => one.name === "the champion, bar 320")!;
const SERVICE_ANSWER = { ...CASE.prediction, reasons: ["The service says so."] };
const WITHOUT_WASM = POLICY.replace(" 'wasm-unsafe-eval'", "");

type Ask = Omit<PredictorOptions, "now" | "fetch">;
type Client = typeof import("../../src/index.js");

let browser: Browser;
let site: Site;
let policy = POLICY;
const changed = new Map<string, Page>();

beforeAll(async () => {
  browser = await startBrowser();
  const here = new URL(".", import.meta.url);
  site = await startSite((path) => {
    const replaced = changed.get(path);
    if (replaced !== undefined) return replaced;
    const headers = { "content-security-policy": policy };
    if (path.startsWith("/dist/")) return fileAt(new URL(`../..${path}`, here), headers);
    if (path.startsWith("/data/")) return fileAt(new URL(`..${path}`, here));
    if (path.startsWith("/page.")) return fileAt(new URL(`.${path}`, here), headers);
    return null;
  });
});

afterAll(async () => {
  await browser.close();
  await site.close();
});

afterEach(() => {
  changed.clear();
  policy = POLICY;
});

/** Ask in a fresh page; nothing may go wrong there unseen. */
async function ask(options: Ask): Promise<Told> {
  const { page, complaints } = await openPage(browser, `${site.url}/page.html`);
  await page.waitForFunction(() => "bellwether" in globalThis);
  const told = await page.evaluate(askInPage, { options, question: plainQuestion(), now: CASE.now });
  await page.context().close();
  expect(complaints).toEqual([]);
  return told;
}

async function askInPage(asked: { options: Ask; question: Question; now: number }): Promise<Told> {
  const { openPredictor } = (globalThis as unknown as { bellwether: Client }).bellwether;
  const predictor = openPredictor({ ...asked.options, now: () => asked.now });
  const told = await predictor.predict(asked.question);
  predictor.close();
  return told;
}

function plainQuestion(): Question {
  return { ...questionOf(CASE), calendar: null };
}

const MODEL = { url: "/data/model.bundle", digest: CASES.model_digest };
const RULES = { url: "/data/rules.bundle" };
const LADDER = { leastConfidence: 0 };
const SOUND: Ask = { champion: MODEL, rules: RULES, ladder: LADDER };
const SERVICE = { url: "/service" };

function serviceIsUp(): void {
  const body = JSON.stringify(SERVICE_ANSWER);
  changed.set("/service/v1/predict", { body, type: "application/json" });
}

function broken(): Uint8Array {
  const content = readData("model.bundle");
  content[content.length >> 1]! ^= 1;
  return content;
}

describe("in a real browser", () => {
  it("answers as the service does", async () => {
    const told = await ask(SOUND);
    expect(told).toMatchObject({ by: "page", detours: [] });
    expect(told.prediction.prediction_id).toBe(CASE.prediction.prediction_id);
    expect(told.prediction.probability_up).toBeCloseTo(CASE.prediction.probability_up!, 6);
    expect(told.prediction.reasons).toEqual(CASE.prediction.reasons);
  });

  it("asks nobody but its own site", async () => {
    const before = site.asked.length;
    await ask(SOUND);
    const asked = new Set(site.asked.slice(before));
    expect([...asked].filter((path) => !/^\/(page|data|dist|favicon)/.test(path))).toEqual([]);
    expect(asked).toContain("/dist/ort-wasm-simd-threaded.wasm");
  });

  it.each<[string, Page | null, string]>([
    ["a missing bundle", { status: 404 }, "bundle_missing"],
    ["a corrupt bundle", { body: broken() }, "bundle_corrupt"],
    ["half a bundle", { body: readData("model.bundle").slice(0, 40_000) }, "bundle_corrupt"],
    ["another bundle", { body: readData("rules.bundle") }, "bundle_corrupt"],
    ["a page of words", { body: "<!doctype html>" }, "bundle_corrupt"],
  ])("%s: the service answers, or the rules", async (_, page, reason) => {
    if (page !== null) changed.set(MODEL.url, page);
    const alone = await ask({ ...SOUND, service: SERVICE });
    expect(alone.prediction).toMatchObject({ rung: "rules", fallback_reason: reason });
    expect(alone.detours.map((one) => one.reason)).toEqual([reason, "service_refused"]);
    serviceIsUp();
    const told = await ask({ ...SOUND, service: SERVICE });
    expect(told).toMatchObject({ by: "service", prediction: SERVICE_ANSWER });
    expect(told.detours.map((one) => one.reason)).toEqual([reason]);
  });

  it("a wrong digest: the rules answer and say why", async () => {
    const told = await ask({ ...SOUND, champion: { ...MODEL, digest: "0".repeat(64) } });
    expect(told.prediction).toMatchObject({ rung: "rules", fallback_reason: "bundle_corrupt" });
  });

  it("the service is gone: the rules answer and say why", async () => {
    changed.set("/service/v1/predict", { isCut: true });
    const told = await ask({ ...SOUND, champion: { url: "/gone" }, service: SERVICE });
    expect(told.prediction).toMatchObject({ rung: "rules", fallback_reason: "bundle_missing" });
    expect(told.detours.at(-1)).toMatchObject({ stage: "service", reason: "service_unreachable" });
  });

  it("nobody names a champion and none can be asked: the rules answer", async () => {
    const told = await ask({ rules: RULES, service: SERVICE });
    expect(told.prediction).toMatchObject({ rung: "rules", fallback_reason: "registry_unavailable" });
  });

  it("the rules' bundle is missing too: HOLD, labelled", async () => {
    changed.set(MODEL.url, { status: 404 });
    changed.set(RULES.url, { status: 404 });
    const told = await ask(SOUND);
    expect(told.prediction).toMatchObject({ direction: "HOLD", rung: "hold", fallback_reason: "rules_failed" });
    expect(told.prediction.steps.map((step) => step.reason)).toEqual(["bundle_missing", "rules_failed"]);
  });

  it.each<[string, () => void]>([
    ["by the site's policy", () => (policy = WITHOUT_WASM)],
    ["because its file is missing", () => changed.set("/dist/ort-wasm-simd-threaded.wasm", { status: 404 })],
    ["because its file is no WebAssembly", () =>
      changed.set("/dist/ort-wasm-simd-threaded.wasm", { body: "none", type: "application/wasm" })],
  ])("WebAssembly is refused %s: the service answers, or HOLD", async (_, refuse) => {
    refuse();
    const alone = await ask(SOUND);
    expect(alone.prediction).toMatchObject({ direction: "HOLD", fallback_reason: "rules_failed" });
    expect(alone.prediction.steps[0]?.reason).toBe("load_failed");
    serviceIsUp();
    const told = await ask({ ...SOUND, service: SERVICE });
    expect(told).toMatchObject({ by: "service", prediction: SERVICE_ANSWER });
  });

  it("the worker's script is missing: the service answers, or HOLD", async () => {
    changed.set("/dist/worker.js", { status: 404 });
    const alone = await ask(SOUND);
    expect(alone.prediction).toMatchObject({ direction: "HOLD", fallback_reason: "rules_failed" });
    serviceIsUp();
    expect((await ask({ ...SOUND, service: SERVICE })).by).toBe("service");
  });

  it("a bundle that does not load in time: the rules' turn, and a new worker", async () => {
    const told = await ask({ ...SOUND, loadMilliseconds: 1 });
    expect(told.prediction.direction).toBe("HOLD");
    expect(told.prediction.steps[0]?.reason).toBe("time_budget_exceeded");
  });

  it("the service answers nonsense: the rules answer", async () => {
    changed.set(MODEL.url, { status: 404 });
    changed.set("/service/v1/predict", { body: '{"direction":"MAYBE"}' });
    const told = await ask({ ...SOUND, service: SERVICE });
    expect(told.prediction.rung).toBe("rules");
    expect(told.detours.at(-1)).toMatchObject({ stage: "service", reason: "answer_unreadable" });
  });

  it("a signature that holds is found, one that is required and missing is not believed", async () => {
    const { page, complaints } = await openPage(browser, `${site.url}/page.html`);
    const keyId = await page.evaluate((pem) => {
      const { readPublicKey } = (globalThis as unknown as { bellwether: Client }).bellwether;
      const key = readPublicKey(pem, "somebody");
      return key.ok ? key.value.keyId : key.trouble;
    }, readText("key.pub"));
    expect(keyId).toBe((JSON.parse(readText("signature.json")) as { signer: string }).signer);
    expect(complaints).toEqual([]);
    const told = await ask({ ...SOUND, trust: { keys: [], required: true } });
    expect(told.prediction.fallback_reason).toBe("bundle_unsigned");
  });
});
