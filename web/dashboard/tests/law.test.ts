/** What holds for every file of the page. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const SOURCES = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((name) => /\.(tsx?|css)$/.test(name));
const read = (name: string): string => readFileSync(join(ROOT, name), "utf8");

/** Written apart, so that this file is not its own finding. */
const FORBIDDEN = ["inner" + "HTML", "outer" + "HTML", "insertAdjacent" + "HTML", "document." + "write", "new Func" + "tion(", "eval" + "("];

describe("the page", () => {
  it.each(FORBIDDEN)("never uses %s", (word) => {
    expect(SOURCES.filter((name) => read(join("src", name)).includes(word))).toEqual([]);
  });

  it("writes no style into an element, which its policy would refuse", () => {
    expect(SOURCES.filter((name) => /\sstyle=[{"]/.test(read(join("src", name))))).toEqual([]);
  });

  it("asks nobody but the service it came from", () => {
    const addresses = SOURCES.filter((name) => !name.includes(".test.")).flatMap((name) => read(join("src", name)).match(/https?:\/\/[^\s"'`)]+/g) ?? []);
    expect(new Set(addresses.map((address) => new URL(address).hostname))).toEqual(new Set(["www.tradingview.com"]));
  });

  it("has colours in its tokens alone", () => {
    const others = SOURCES.filter((name) => name.endsWith(".css") && !name.endsWith("tokens.css"));
    expect(others.filter((name) => /#[0-9a-f]{6}\b/i.test(read(join("src", name))))).toEqual([]);
  });

  it("keeps the styles of a page within it: they stay when another page is looked at", () => {
    const styles = SOURCES.filter((name) => /^pages\/.*\.css$/.test(name));
    const own = (name: string): RegExp => new RegExp(`^\\.page-${name.split("/")[1] ?? ""} \\{\\n(?:(?: .*)?\\n)*\\}\\n$`);
    expect(styles.filter((name) => !own(name).test(read(join("src", name))))).toEqual([]);
  });

  it("brings neither script nor style within its document", () => {
    expect(read("index.html")).not.toMatch(/<style|style=|<script(?![^>]*\ssrc=)|\son[a-z]+=/);
  });
});

describe("the types of the service", () => {
  it("are those of its description: else run npm run types", async () => {
    const forms = JSON.parse(read("src/api/schema.json")) as Parameters<typeof openapiTS>[0];
    const tree = await openapiTS(forms, { rootTypes: true, rootTypesNoSchemaPrefix: true, alphabetize: true });
    expect(`${COMMENT_HEADER}${astToString(tree)}`.trim()).toBe(read("src/api/schema.d.ts").trim());
  });
});
