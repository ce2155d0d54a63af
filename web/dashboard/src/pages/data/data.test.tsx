import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { mount, problem, serve, settling } from "../../../tests/fake-service";
import type { ImportAnswer, QualityAnswer, SnapshotAnswer } from "../../api/schema";
import { sendFile } from "../../api/upload";
import { readRoute } from "../../app/router";
import { sizeOf } from "./file-row";
import { findGaps, rankGrade, tellChange, tellGap } from "./grades";
import Page from "./Page";
import { isWaiting, type QueuedFile, symbolOf, turnQueue, typeOf } from "./queue";

const CHANGE: SnapshotAnswer["change"] = { relation: "first", previous: null, n_appended: 0, n_prepended: 0, n_filled: 0, n_withdrawn: 0, n_left_out: 0, n_revised: 0, n_readjusted: 0, revised: [] };
const SNAPSHOT: SnapshotAnswer = {
  digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  number: 2,
  symbol: "BRK/B",
  interval: "1d",
  calendar: "XNYS",
  n_bars: 5031,
  first_closed_at: "1999-01-04T21:00:00Z",
  last_closed_at: "2018-12-31T21:00:00Z",
  imported_at: "2018-12-31T22:04:11Z",
  source: "<script>.csv",
  source_digest: "6".repeat(64),
  bars_digest: "9".repeat(64),
  grade: "good",
  n_refused: 1,
  broken: null,
  change: CHANGE,
};
const QUALITY: QualityAnswer = {
  symbol: "BRK/B",
  interval: "1d",
  calendar: "XNYS",
  n_read: 5032,
  n_kept: 5031,
  refusals: [{ line: 77, reason: "no number in close (n/a)", text: "1999-04-21,n/a" }],
  missing: ["1999-04-21T20:00:00Z"],
  findings: [{ code: "no-volume", where: "1999-01-04", what: "no bar has a volume", severity: "note" }],
  grade: "good",
  freshness: "fresh",
  market_coverage: { bull: 0.44, bear: 0.56 },
  survivorship: "These bars are of a market that somebody still lists.",
};
const IMPORTED: ImportAnswer = { snapshot: SNAPSHOT, quality: QUALITY, change: CHANGE, in_words: "The first bars of their market.", resting: null };

/** A request as a browser makes it, whose answer a test chooses. */
class FakeUpload {
  static answer: { status: number; body: unknown } = { status: 200, body: IMPORTED };
  static sent: FakeUpload[] = [];
  readonly upload: { onprogress?: (event: { lengthComputable: boolean; loaded: number; total: number }) => void } = {};
  readonly headers = new Map<string, string>();
  timeout = 0;
  status = 0;
  responseText = "";
  address = "";
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;

  open(_method: string, address: string): void {
    this.address = address;
  }

  setRequestHeader(name: string, value: string): void {
    this.headers.set(name, value);
  }

  abort(): void {
    this.onabort?.();
  }

  send(): void {
    FakeUpload.sent.push(this);
    queueMicrotask(() => {
      const { status, body } = FakeUpload.answer;
      this.upload.onprogress?.({ lengthComputable: true, loaded: 1, total: 2 });
      if (status === 0) {
        this.onerror?.();
        return;
      }
      if (status === -1) {
        return; // no answer comes
      }
      this.status = status;
      this.responseText = typeof body === "string" ? body : JSON.stringify(body);
      this.onload?.();
    });
  }
}

beforeEach(() => {
  FakeUpload.sent = [];
  FakeUpload.answer = { status: 200, body: IMPORTED };
  vi.stubGlobal("XMLHttpRequest", FakeUpload);
  vi.stubGlobal("isSecureContext", false);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const csv = (name: string): File => new File(["Date,Close\n"], name, { type: "text/csv" });

async function choose(place: HTMLElement, ...files: readonly File[]): Promise<void> {
  await settling(() => {
    const drop = new Event("drop", { bubbles: true, cancelable: true });
    Object.assign(drop, { dataTransfer: { files } });
    place.querySelector(".drop")?.dispatchEvent(drop);
  });
}

describe("gaps", () => {
  it("are missing sessions that follow each other, weekends between them", () => {
    const gaps = findGaps(["2024-03-22T20:00:00Z", "2024-03-18T20:00:00Z", "2024-03-19T20:00:00Z", "2024-03-25T20:00:00Z", "2024-08-05T20:00:00Z"]);
    expect(gaps.map((gap) => [tellGap(gap), gap.n])).toEqual([
      ["2024-03-18 to 2024-03-25", 4],
      ["2024-08-05", 1],
    ]);
    expect(findGaps([])).toEqual([]);
  });
});

describe("words of data", () => {
  it("tell what an import changed", () => {
    expect(tellChange(CHANGE)).toBe("The first of its market");
    expect(tellChange({ ...CHANGE, relation: "revises", n_appended: 1, n_revised: 2 })).toBe("Revises the past: 1 appended, 2 revised");
    expect(tellChange({ ...CHANGE, relation: "same" })).toBe("The same bars again");
  });

  it("rank grades, the worst first, and tell sizes", () => {
    expect(rankGrade("poor")).toBeLessThan(rankGrade("excellent"));
    expect([sizeOf(8), sizeOf(67_400), sizeOf(2_500_000)]).toEqual(["8 bytes", "67 kB", "2.5 MB"]);
  });
});

describe("chosen files", () => {
  it("are called after their names, and read by their endings", () => {
    expect([symbolOf("spy.us.csv"), symbolOf("C:\\data\\brk-b.parquet"), symbolOf("")]).toEqual(["SPY", "BRK-B", ""]);
    expect([typeOf("a.CSV"), typeOf("a.pq"), typeOf("a.json"), typeOf("a.pdf"), typeOf("csv")]).toEqual(["text/csv", "application/vnd.apache.parquet", "application/json", undefined, undefined]);
  });

  it("wait until they are stored, and one that cannot be read never does", () => {
    let queue: readonly QueuedFile[] = turnQueue([], { kind: "add", files: [csv("a.csv"), csv("b.pdf")], firstId: 7 });
    expect(queue.map((one) => [one.id, one.symbol, isWaiting(one)])).toEqual([
      ["7", "A", true],
      ["8", "B", false],
    ]);
    queue = turnQueue(queue, { kind: "name", id: "7", symbol: "AA" });
    queue = turnQueue(queue, { kind: "turn", id: "7", state: { kind: "stored", answer: IMPORTED } });
    expect(queue.map((one) => [one.symbol, isWaiting(one)])).toEqual([
      ["AA", false],
      ["B", false],
    ]);
    expect(turnQueue(turnQueue(queue, { kind: "clear" }), { kind: "drop", id: "8" })).toEqual([]);
  });
});

describe("sending a file", () => {
  const options = { contentType: "text/csv", idempotencyKey: "key" };

  it("says how much has arrived", async () => {
    const shares: number[] = [];
    await expect(sendFile("/v1/data/import", csv("a.csv"), { ...options, query: { symbol: "A", extend: false }, onShare: (share) => shares.push(share) })).resolves.toEqual(IMPORTED);
    expect(shares).toEqual([0.5]);
    expect(FakeUpload.sent[0]?.address).toBe("/v1/data/import?symbol=A&extend=false");
    expect(FakeUpload.sent[0]?.headers.get("idempotency-key")).toBe("key");
  });

  it("throws what the service says, what is no answer, and that nobody is there", async () => {
    FakeUpload.answer = { status: 422, body: { title: "Columns missing", expected: "close", was: "a, b", hint: "name it" } };
    await expect(sendFile("/v1/data/import", csv("a.csv"), options)).rejects.toMatchObject({ status: 422, expected: "close", found: "a, b" });
    FakeUpload.answer = { status: 200, body: "<html>" };
    await expect(sendFile("/v1/data/import", csv("a.csv"), options)).rejects.toMatchObject({ name: "UnreachableError" });
    FakeUpload.answer = { status: 0, body: "" };
    await expect(sendFile("/v1/data/import", csv("a.csv"), options)).rejects.toMatchObject({ name: "UnreachableError" });
  });

  it("stops when it is told to", async () => {
    FakeUpload.answer = { status: -1, body: "" };
    const controller = new AbortController();
    const sending = sendFile("/v1/data/import", csv("a.csv"), { ...options, signal: controller.signal });
    controller.abort();
    await expect(sending).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("data", () => {
  it("lists the stored markets, and leads to each", async () => {
    serve({ "GET /v1/data/symbols": () => ({ symbols: [SNAPSHOT], next_after: null }) });
    const page = await mount(<Page route={readRoute("#/data")} />);
    expect(page.place.querySelector("tbody th a")?.getAttribute("href")).toBe("#/data/BRK%2FB?interval=1d");
    expect(page.text()).toContain("<script>.csv");
    await page.leave();
  });

  it("imports what is dropped, and shows a refusal whole", async () => {
    serve({ "GET /v1/data/symbols": () => ({ symbols: [], next_after: null }) });
    const page = await mount(<Page route={readRoute("#/data")} />);
    expect(page.text()).toContain("No bars are stored yet.");
    await choose(page.place, csv("bad.csv"));
    FakeUpload.answer = { status: 422, body: { title: "Columns missing", expected: "columns for date and close", was: "a header of a, b", hint: "say where it is", request_id: "r-1" } };
    await page.press("Import this file");
    const told = page.place.querySelector(".file .notice")?.textContent ?? "";
    for (const words of ["Columns missing", "columns for date and close", "a header of a, b", "say where it is", "r-1"]) {
      expect(told).toContain(words);
    }
    FakeUpload.answer = { status: 200, body: IMPORTED };
    await page.press("Import this file");
    expect(page.text()).toContain("Stored: BRK/B, 1d, 5,031 bars");
    await page.press("Clear what is stored");
    expect(page.place.querySelector(".file")).toBeNull();
    await page.leave();
  });

  it("shows the quality report of a market's latest import", async () => {
    serve({
      "GET /v1/data/snapshots": () => ({ snapshots: [{ ...SNAPSHOT, number: 1, digest: "1".repeat(64) }, SNAPSHOT], next_after: null }),
      [`GET /v1/data/snapshots/${SNAPSHOT.digest}/quality`]: () => QUALITY,
    });
    const page = await mount(<Page route={readRoute("#/data/BRK%2FB?interval=1d")} />);
    for (const words of ["Quality of import 2", "no bar has a volume", "1999-04-21", "no number in close (n/a)", "Bull market 44%"]) {
      expect(page.text()).toContain(words);
    }
    await page.leave();
  });

  it("says what is wrong where nothing can be read", async () => {
    serve({ "GET /v1/data/symbols": () => problem(503, "Bar store unavailable", { hint: "look at the disk" }) });
    const page = await mount(<Page route={readRoute("#/data")} />);
    expect(page.text()).toContain("look at the disk");
    await page.leave();
  });
});
