import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readFile, type Reading, writeInterval } from "./read";
import type { Answers, Refusal, Stage } from "./refusal";

const HEAD = "date,open,high,low,close,volume";
const UTC = (): number => 0;

function read(text: string, answers: Answers = {}, offset: (instant: number) => number = UTC): Stage<Reading> {
  return readFile(new TextEncoder().encode(text), answers, offset);
}

function good(text: string, answers: Answers = {}, offset: (instant: number) => number = UTC): Reading {
  const stage = read(text, answers, offset);
  if (stage.kind !== "done") throw new Error(JSON.stringify(stage));
  return stage.value;
}

function refusal(text: string): Refusal {
  const stage = read(text);
  if (stage.kind !== "refused") throw new Error(JSON.stringify(stage));
  return stage.refusal;
}

function asked(text: string, answers: Answers = {}): string[] {
  const stage = read(text, answers);
  return stage.kind === "open" ? stage.questions.map((question) => question.key) : [];
}

function written(reading: Reading): string[] {
  return Array.from(reading.bars.instants, (instant) => new Date(instant / 1000).toISOString().slice(0, 19));
}

const rows = (...dates: string[]): string => dates.map((date, place) => `${date},10,12,9,${10 + place},100`).join("\n");

describe("layouts that people have", () => {
  it.each([
    ["plain", HEAD, ","],
    ["with other names", "Datetime,Open Price,High Price,Low Price,Close/Last,Vol.", ","],
    ["in German", "Datum;Eröffnung;Hoch;Tief;Schlusskurs;Volumen", ";"],
    ["by tabs", "<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<VOL>", "\t"],
    ["in quotes", '"Date","Open","High","Low","Close","Volume"', ","],
  ])("%s", (_, header, delimiter) => {
    const body = ["2024-01-02,10,12,9,11,100", "2024-01-03,11,13,10,12.5,200"];
    const reading = good([header, ...body.map((row) => row.replaceAll(",", delimiter))].join("\r\n"));
    expect([...reading.bars.close]).toEqual([11, 12.5]);
    expect([...reading.bars.volume]).toEqual([100, 200]);
    expect(reading.bars).toMatchObject({ areDays: true, interval: "1d" });
    expect(reading.nRefused).toBe(0);
  });

  it("begins with a mark of its encoding, or is UTF-16", () => {
    const text = `${HEAD}\n${rows("2024-01-02", "2024-01-03")}`;
    expect(good(`\ufeff${text}`).bars.close.length).toBe(2);
    const wide = new Uint8Array(2 + 2 * text.length);
    wide.set([0xff, 0xfe]);
    Array.from(text, (letter, place) => (wide[2 + 2 * place] = letter.charCodeAt(0)));
    expect(readFile(wide, {}, UTC).kind).toBe("done");
  });

  it("adjusts by the adjusted close", () => {
    const reading = good("Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,10,12,9,10,5,1\n2024-01-03,10,12,9,10,10,1");
    expect([...reading.bars.adjustment]).toEqual([0.5, 1]);
  });

  it("takes a missing volume as zero, and says so", () => {
    const reading = good("date,open,high,low,close\n2024-01-02,10,12,9,10\n2024-01-03,10,12,9,10");
    expect([...reading.bars.volume]).toEqual([0, 0]);
    expect(reading.remarks.join()).toContain("no volume");
  });

  it("turns newest first round, and leaves repeats out", () => {
    const reading = good(`${HEAD}\n2024-01-03,10,12,9,11,1\n2024-01-02,10,12,9,10,1\n`);
    expect([...reading.bars.close]).toEqual([10, 11]);
    expect(reading.remarks.join()).toContain("newest first");
    const twice = good(`${HEAD}\n${rows("2024-01-02")}\n${rows("2024-01-02", "2024-01-03")}`);
    expect(twice.remarks.join()).toContain("1 row repeats another and was left out.");
  });
});

describe("times", () => {
  it.each([
    ["2024-01-02", "2024-01-03"],
    ["20240102", "20240103"],
    ["2024/1/2", "2024/1/3"],
    ["02.01.2024", "03.01.2024"],
    ["2-Jan-24", "3-Jan-24"],
    ["2 January 2024", "3 January 2024"],
  ])("%s is a day", (one, other) => {
    expect(written(good(`${HEAD}\n${rows(one, other)}`))).toEqual(["2024-01-02T00:00:00", "2024-01-03T00:00:00"]);
  });

  it.each([
    ["seconds", "1704229200", "1704315600"],
    ["milliseconds", "1704229200000", "1704315600000"],
    ["microseconds", "1704229200000000", "1704315600000000"],
  ])("numbers are %s since 1970, by their size", (unit, one, other) => {
    const reading = good(`${HEAD.replace("date", "close_time")}\n${rows(one, other)}`);
    expect(written(reading)).toEqual(["2024-01-02T21:00:00", "2024-01-03T21:00:00"]);
    expect(reading.remarks.join()).toContain(`${unit} since 1970`);
  });

  it("reads day and month as any row demands", () => {
    expect(written(good(`${HEAD}\n${rows("02/01/2024", "13/01/2024")}`))).toEqual(["2024-01-02T00:00:00", "2024-01-13T00:00:00"]);
    expect(written(good(`${HEAD}\n${rows("01/02/2024", "01/13/2024")}`))).toEqual(["2024-01-02T00:00:00", "2024-01-13T00:00:00"]);
  });

  it("asks where day and month cannot be told apart", () => {
    const text = `${HEAD}\n${rows("02/01/2024", "03/01/2024")}`;
    expect(asked(text)).toEqual(["days"]);
    expect(written(good(text, { days: "day first" }))[1]).toBe("2024-01-03T00:00:00");
    expect(written(good(text, { days: "month first" }))[1]).toBe("2024-03-01T00:00:00");
  });

  it("refuses a file that writes dates in two ways", () => {
    expect(refusal(`${HEAD}\n${rows("13/01/2024", "01/14/2024")}`)).toMatchObject({ line: 3, found: "“01/14/2024”", expected: expect.stringContaining("line 2") as string });
  });

  it("asks for the zone and what the time marks, within the day", () => {
    const text = `${HEAD}\n${rows("2024-01-02 10:00", "2024-01-02 11:00")}`;
    expect(asked(text)).toEqual(["zone", "marks"]);
    expect(written(good(text, { zone: "utc", marks: "open" }))).toEqual(["2024-01-02T11:00:00", "2024-01-02T12:00:00"]);
    expect(written(good(text, { zone: "local", marks: "close" }, () => 60))).toEqual(["2024-01-02T09:00:00", "2024-01-02T10:00:00"]);
    expect(asked(`${HEAD}\n${rows("2024-01-02T10:00:00+01:00", "2024-01-02T11:00:00Z")}`)).toEqual(["marks"]);
  });

  it("reads the clock of a column of its own", () => {
    const text = "<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>\n20240102,100000,10,12,9,10,1\n20240102,110000,10,12,9,10,1";
    expect(written(good(text, { zone: "utc", marks: "close" }))).toEqual(["2024-01-02T10:00:00", "2024-01-02T11:00:00"]);
  });

  it("refuses a day that is none, by its line", () => {
    const reading = good(`${HEAD}\n${rows("2024-02-28", "2024-02-30", "2024-03-01")}`);
    expect(reading.refused).toMatchObject([{ line: 3, found: "“2024-02-30”" }]);
  });
});

describe("numbers", () => {
  it("knows the decimal comma", () => {
    const reading = good("date;open;high;low;close;volume\n2024-01-02;1.010,5;1.012,0;1.009,0;1.011,25;1.000\n2024-01-03;1.010,5;1.012,0;1.009,0;1.011,25;1.000");
    expect(reading.bars.close[0]).toBe(1011.25);
    expect(reading.bars.volume[0]).toBe(1000);
  });

  it("asks where a mark with three digits behind it may be either", () => {
    const text = "date;open;high;low;close\n2024-01-02;1.100;1.200;1.000;1.150\n2024-01-03;1.100;1.200;1.000;1.150";
    expect(asked(text)).toEqual(["numbers"]);
    expect(good(text, { numbers: "point" }).bars.close[0]).toBe(1.15);
    expect(good(text, { numbers: "comma" }).bars.close[0]).toBe(1150);
  });

  it("knows thousands, currencies and volumes in millions", () => {
    const reading = good(`${HEAD}\n2024-01-02,"$1,010.50","$1,012.00","$1,009.00","$1,011.25",1.5M\n2024-01-03,"$1,010.50","$1,012.00","$1,009.00","$1,011.25",2K`);
    expect(reading.bars.close[0]).toBe(1011.25);
    expect([...reading.bars.volume]).toEqual([1_500_000, 2000]);
  });
});

describe("refusals", () => {
  it.each([
    ["an empty file", "  \n", null, "an empty file"],
    ["no delimiter", "hello\nworld", 1, "“hello”"],
    ["no names", "2024-01-02,10,12,9,11,100\n2024-01-03,10,12,9,11,100", 1, "numbers"],
    ["foreign names", "a1,b1,c1\n1,2,3", 1, "“a1, b1, c1”"],
    ["no rows", HEAD, 1, "no row"],
    ["no dates", `${HEAD}\n${rows("yesterday", "today")}`, 2, "“yesterday”"],
    ["one bar", `${HEAD}\n${rows("2024-01-02")}`, null, "a single one"],
    ["an open quote", `${HEAD}\n"2024-01-02,1,2,3,4,5`, 2, "2024-01-02"],
  ])("%s", (_, text, line, found) => {
    const told = refusal(text);
    expect(told.line).toBe(line);
    expect(told.found).toContain(found);
    expect(told.hint).not.toBe("");
  });

  it.each([
    ["zip", [0x50, 0x4b, 3, 4], "xlsx"],
    ["parquet", [0x50, 0x41, 0x52, 0x31], "Parquet"],
    ["zeros", [0x61, 0, 0, 0x62], "no text"],
  ])("%s is no CSV", (_, bytes, found) => {
    const stage = readFile(Uint8Array.from(bytes), {}, UTC);
    expect(stage).toMatchObject({ kind: "refused", refusal: { found: expect.stringContaining(found) as string } });
  });

  it.each([
    ["2024-01-04,x,12,9,11,100", "“x”", "the open as a number"],
    ["2024-01-04,,12,9,11,100", "nothing", "the open as a number"],
    ["2024-01-04,10,8,9,10,100", "open 10, high 8, low 9, close 10", "the high to be the highest price"],
    ["2024-01-04,10,12,11,10,100", "open 10, high 12, low 11, close 10", "the low to be the lowest price"],
    ["2024-01-04,10,12,-9,10,100", "“-9”", "the low above zero"],
    ["2024-01-04,10,12,9,10,-1", "“-1”", "the volume of at least zero"],
    [",10,12,9,10,1", "nothing", "a date"],
    ["2024-01-04,10,12,9,10,1,7", "2024-01-04 10 12 9 10 1 7", "6 fields, as the first line has"],
  ])("the row %s", (row, found, expected) => {
    const reading = good(`${HEAD}\n${rows("2024-01-02", "2024-01-03")}\n${row}`);
    expect(reading.bars.close.length).toBe(2);
    expect(reading.refused).toMatchObject([{ line: 4, expected, found: expect.stringContaining(found) as string }]);
  });

  it("refuses both of two bars that contradict each other", () => {
    const reading = good(`${HEAD}\n${rows("2024-01-02", "2024-01-03", "2024-01-04")}\n2024-01-04,10,12,9,10,1`);
    expect(reading.refused.map((one) => one.line)).toEqual([4, 5]);
  });
});

describe("questions about columns", () => {
  it("asks which of two closes is meant, and for one that has no known name", () => {
    const text = "date,open,high,low,close,last,volume\n2024-01-02,10,12,9,10,11,1\n2024-01-03,10,12,9,10,11,1";
    expect(asked(text)).toEqual(["column:close"]);
    expect(good(text, { "column:close": "5" }).bars.close[0]).toBe(11);
    const strange = "date,open,high,low,final\n2024-01-02,10,12,9,10\n2024-01-03,10,12,9,11";
    expect(good(strange, { "column:close": "4" }).bars.close[1]).toBe(11);
  });

  it("asks which of several symbols is meant", () => {
    const text = "symbol,date,open,high,low,close\nA,2024-01-02,10,12,9,10\nB,2024-01-02,20,22,19,20\nA,2024-01-03,10,12,9,11\nB,2024-01-03,20,22,19,21";
    expect(asked(text)).toEqual(["symbol"]);
    expect([...good(text, { symbol: "B" }).bars.close]).toEqual([20, 21]);
  });
});

it.each([
  [60, "1m"],
  [300, "5m"],
  [3600, "1h"],
  [14_400, "4h"],
  [86_400, "1d"],
  [82_800, "1d"],
  [604_800, "1w"],
])("%i seconds are %s", (seconds, words) => {
  expect(writeInterval(seconds * 1e6)).toBe(words);
});

it("never throws, whatever the bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (content) => {
      expect(["done", "refused", "open"]).toContain(readFile(content, {}, UTC).kind);
    }),
    { seed: 6, numRuns: 300 },
  );
  const cell = fc.oneof(fc.constantFrom("2024-01-02", "1/2/24", "1,5", "1.234", '"', "", "-", "1e9", "1704229200"), fc.string({ maxLength: 8 }));
  fc.assert(
    fc.property(fc.array(fc.array(cell, { maxLength: 8 }), { maxLength: 12 }), fc.constantFrom(",", ";", "\t"), (table, delimiter) => {
      const text = [HEAD.replaceAll(",", delimiter), ...table.map((fields) => fields.join(delimiter))].join("\n");
      expect(["done", "refused", "open"]).toContain(read(text).kind);
    }),
    { seed: 7, numRuns: 500 },
  );
});
