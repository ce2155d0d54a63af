import { describe, expect, it } from "vitest";

import { findPage, PAGES } from "./pages";
import { hrefOf, readRoute } from "./router";

describe("places in the address", () => {
  it("reads name, parts and query", () => {
    const route = readRoute("#/symbol/BTC%2FUSD?interval=1h");
    expect([route.name, route.parts, route.query.get("interval")]).toEqual(["symbol", ["BTC/USD"], "1h"]);
  });

  it.each(["", "#", "#/", "#//"])("takes %j for the overview", (hash) => {
    expect(readRoute(hash)).toMatchObject({ name: "overview", parts: [] });
  });

  it("keeps a part that is badly escaped as it is", () => {
    expect(readRoute("#/symbol/100%").parts).toEqual(["100%"]);
  });

  it.each(["BTC/USD", "<img src=x onerror=alert(1)>", "a?b#c", "ä & ö", "100%"])("leads to %s and back", (symbol) => {
    const route = readRoute(hrefOf("symbol", [symbol], { interval: "1d" }));
    expect([route.parts, route.query.get("interval")]).toEqual([[symbol], "1d"]);
  });

  it("writes the overview as the root", () => {
    expect([hrefOf("overview"), hrefOf("overview", [], { order: "age" })]).toEqual(["#/", "#/?order=age"]);
  });
});

describe("pages", () => {
  it("have names of their own, and modules that show something", async () => {
    expect(new Set(PAGES.map((page) => page.name)).size).toBe(PAGES.length);
    for (const page of PAGES) {
      expect(typeof (await page.load()).default).toBe("function");
    }
  });

  it("are found by their names alone", () => {
    expect([findPage("drift")?.title, findPage("toString")]).toEqual(["Drift", undefined]);
  });
});
