import { afterEach, describe, expect, it, vi } from "vitest";

import { EventReading, follow, type ServerEvent } from "./events";
import { forgetKey, giveKey, onKeyChange, whyKeyIsNeeded } from "./key";
import { addQuery, getJson, ProblemError, sendJson, UnreachableError, uploadFile } from "./service";

type Asked = readonly [path: string, request: RequestInit & { headers: Headers }];

function answerWith(...answers: (Response | Error)[]): () => Asked[] {
  const fake = vi.fn<(path: string, request: RequestInit) => Promise<Response>>();
  for (const answer of answers) {
    fake.mockImplementationOnce(() => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)));
  }
  vi.stubGlobal("fetch", fake);
  return () => fake.mock.calls as unknown as Asked[];
}

const json = (value: unknown, status = 200): Response => new Response(JSON.stringify(value), { status });

afterEach(() => {
  vi.unstubAllGlobals();
  forgetKey();
});

describe("asking", () => {
  it("leaves out of a query what is not said", () => {
    expect(addQuery("/v1/data/bars/A%2FB", { interval: "1d", last: 5, after: undefined, text: "" })).toBe(
      "/v1/data/bars/A%2FB?interval=1d&last=5",
    );
  });

  it("sends the key, and no cookies", async () => {
    const asked = answerWith(json({ ready: true }));
    giveKey(" bw_1_x ");
    await getJson("/v1/status");
    const [[path, request]] = asked() as [Asked];
    expect([path, request.headers.get("authorization"), request.credentials]).toEqual(["/v1/status", "Bearer bw_1_x", "omit"]);
  });

  it("gives each change a key of its own", async () => {
    const asked = answerWith(json({}), json({}));
    await sendJson("POST", "/v1/models/a/promote", { reason: "tested" });
    await sendJson("POST", "/v1/models/a/promote", { reason: "tested" });
    const keys = asked().map(([, request]) => request.headers.get("idempotency-key"));
    expect(new Set(keys).size).toBe(2);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  it("uploads a file under its kind", async () => {
    const asked = answerWith(json({}));
    await uploadFile("/v1/data/import", new Blob(["Date,Close"]), { query: { symbol: "SPY" }, contentType: "text/csv" });
    const [[path, request]] = asked() as [Asked];
    expect([path, request.headers.get("content-type")]).toEqual(["/v1/data/import?symbol=SPY", "text/csv"]);
  });
});

describe("what goes wrong", () => {
  const PROBLEM = { title: "Unknown model", status: 404, detail: "expected a model", expected: "a model", was: "'x'", hint: "choose one", request_id: "r-1" };

  it("is told with the facts of the service's problem", async () => {
    answerWith(json(PROBLEM, 404));
    const failure = await getJson("/v1/models/x").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProblemError);
    expect(failure).toMatchObject({ status: 404, title: "Unknown model", expected: "a model", found: "'x'", hint: "choose one", requestId: "r-1" });
  });

  it.each(["<html>Bad Gateway</html>", "[1]", "null", '"text"'])("does not show the body %s of something in between", async (body) => {
    answerWith(new Response(body, { status: 502 }));
    await expect(getJson("/v1/status")).rejects.toThrow("The service answered 502");
  });

  it("is unreachable where nothing answers, or no JSON", async () => {
    answerWith(new TypeError("failed to fetch"), new Response("<html>"));
    await expect(getJson("/v1/status")).rejects.toBeInstanceOf(UnreachableError);
    await expect(getJson("/v1/status")).rejects.toBeInstanceOf(UnreachableError);
  });

  it("is not unreachable where whoever asked went away", async () => {
    const gone = new AbortController();
    gone.abort();
    answerWith(new DOMException("gone", "AbortError"));
    await expect(getJson("/v1/status", { signal: gone.signal })).rejects.toMatchObject({ name: "AbortError" });
  });

  it("asks for a key where one is needed, until one is given", async () => {
    answerWith(json({ detail: "expected a key" }, 401));
    const told = vi.fn();
    const end = onKeyChange(told);
    await expect(getJson("/v1/status")).rejects.toMatchObject({ status: 401 });
    expect([whyKeyIsNeeded(), told.mock.calls.length]).toEqual(["expected a key", 1]);
    giveKey("bw_1_x");
    expect(whyKeyIsNeeded()).toBeUndefined();
    end();
  });
});

describe("events", () => {
  const STREAM = 'id: 1\nevent: state\ndata: {"state":"running"}\n\n: still here\n\nid: 2\nevent: progress\ndata: {"share":0.5}\n\n';

  it.each([1, 2, 3, 7, 1000])("are read from pieces of %d characters", (size) => {
    const reading = new EventReading();
    const events: ServerEvent[] = [];
    for (let at = 0; at < STREAM.length; at += size) {
      events.push(...reading.take(STREAM.slice(at, at + size)));
    }
    expect(events).toEqual([
      { id: "1", name: "state", data: { state: "running" } },
      { id: "2", name: "progress", data: { share: 0.5 } },
    ]);
  });

  it("with data of several lines, or none that is JSON, are told as they are", () => {
    expect(new EventReading().take("data: one\ndata:two\n\n")).toEqual([{ id: "", name: "message", data: "one\ntwo" }]);
  });

  it("are told until the stream ends", async () => {
    answerWith(new Response(STREAM));
    const told: unknown[] = [];
    await follow("/v1/jobs/job-1/events", (event) => told.push(event.data), new AbortController().signal);
    expect(told).toEqual([{ state: "running" }, { share: 0.5 }]);
  });

  it("are followed no further where the service refuses", async () => {
    const asked = answerWith(json({ title: "Unknown job" }, 404));
    await expect(follow("/v1/jobs/x/events", () => undefined, new AbortController().signal)).rejects.toMatchObject({ status: 404 });
    expect(asked()).toHaveLength(1);
  });
});
