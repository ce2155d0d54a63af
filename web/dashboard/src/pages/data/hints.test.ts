import { describe, expect, it } from "vitest";

import { tellHint } from "./hints";

describe("hints of a refused file", () => {
  it("say what can be done on the page, then at the terminal", () => {
    expect(tellHint("say where it is: --columns close=NAME (in Python columns={'close': 'NAME'})")).toBe(
      "name that column “close” in the file’s first line; or at a terminal: bellwether import FILE --columns close=NAME",
    );
    expect(tellHint("say which: --dates month-first or --dates day-first (in Python dates='month-first')")).toBe(
      "write the dates so that they have one meaning, such as 2024-01-31; or at a terminal: bellwether import FILE --dates month-first",
    );
    expect(tellHint("choose one: --symbol AAPL.US")).toContain("such as AAPL.US, into the field “Symbol”");
  });

  it("are left alone where they speak of no command", () => {
    expect(tellHint("put a first line above the rows: date,open,high,low,close,volume")).toBe("put a first line above the rows: date,open,high,low,close,volume");
    expect(tellHint("")).toBe("");
  });
});
