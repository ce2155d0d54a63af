import { afterEach, describe, expect, it, vi } from "vitest";

import { events, mount, problem, serve } from "../../tests/fake-service";
import type { JobAnswer } from "../api/schema";
import { JobProgress } from "./job-progress";
import { nameJob, tellResult } from "./job-words";
import { applyEvent, type JobNews, watchJob } from "./watch-job";

const JOB: JobAnswer = {
  job_id: "job-00000001",
  kind: "retrain",
  asked: { universe: "gold" } as unknown as JobAnswer["asked"],
  state: "running",
  asked_at: "2026-01-02T03:04:05Z",
  started_at: null,
  ended_at: null,
  n_starts: 1,
  progress: null,
  result: null,
  failure: null,
  log: [],
};
const DONE: JobAnswer = { ...JOB, state: "done", result: { steps: [{ universe: "gold", words: "it stays" }], troubles: [] } as unknown as JobAnswer["result"] };
const PROGRESS = 'id: 1\nevent: progress\ndata: {"share":0.25,"words":"9 of 36 fits done"}';
const ENDED = 'id: 2\nevent: state\ndata: {"state":"done"}';
const PATH = "/v1/jobs/job-00000001";

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("an event", () => {
  it("changes the job by what it says, and by nothing else", () => {
    expect(applyEvent(JOB, { id: "1", name: "progress", data: { share: 0.5, words: "half" } }).progress).toEqual({ share: 0.5, words: "half" });
    expect(applyEvent(JOB, { id: "2", name: "state", data: { state: "done" } }).state).toBe("done");
    expect(applyEvent(JOB, { id: "3", name: "state", data: { state: "<b>" } })).toBe(JOB);
    expect(applyEvent(JOB, { id: "4", name: "progress", data: "nonsense" })).toBe(JOB);
    expect(applyEvent(JOB, { id: "5", name: "other", data: { share: 1 } })).toBe(JOB);
  });
});

describe("watching a job", () => {
  it("tells its progress, and asks for what came out once it has ended", async () => {
    const states = [JOB, DONE];
    serve({ [`GET ${PATH}`]: () => states.shift() ?? DONE, [`GET ${PATH}/events`]: () => events([PROGRESS, ENDED]) });
    const news: JobNews[] = [];
    await watchJob(JOB.job_id, (one) => news.push(one), new AbortController().signal, 1);
    expect(news.map((one) => [one.job.state, one.job.progress?.share])).toEqual([
      ["running", undefined],
      ["running", 0.25],
      ["done", 0.25],
      ["done", undefined],
    ]);
    expect(news.at(-1)?.job.result).toEqual(DONE.result);
  });

  it("goes on where the service was asked to end in between", async () => {
    const states = [JOB, JOB, DONE];
    const asked = serve({ [`GET ${PATH}`]: () => states.shift() ?? DONE, [`GET ${PATH}/events`]: () => events([PROGRESS]) });
    await watchJob(JOB.job_id, () => undefined, new AbortController().signal, 1);
    expect(asked.filter((one) => one.path.endsWith("events"))).toHaveLength(2);
  });

  it("says that it hears nothing where too many listen, and tries again", async () => {
    const states = [JOB, DONE];
    serve({ [`GET ${PATH}`]: () => states.shift() ?? DONE, [`GET ${PATH}/events`]: () => problem(503, "Too busy") });
    const news: JobNews[] = [];
    await watchJob(JOB.job_id, (one) => news.push(one), new AbortController().signal, 1);
    expect(news.map((one) => one.isHeard)).toEqual([true, false, true]);
  });

  it("ends where there is no such job", async () => {
    serve({});
    await expect(watchJob("job-x", () => undefined, new AbortController().signal, 1)).rejects.toMatchObject({ status: 404 });
  });
});

describe("a job on the page", () => {
  it("is heard no longer when the page is left", async () => {
    let signal: AbortSignal | undefined;
    serve({
      [`GET ${PATH}`]: () => JOB,
      [`GET ${PATH}/events`]: (question) => {
        signal = question.signal;
        return events([PROGRESS], { staysOpen: true, signal: question.signal });
      },
    });
    const page = await mount(<JobProgress job={JOB} />);
    expect(page.text()).toContain("9 of 36 fits done");
    expect(page.place.querySelector("progress")?.value).toBe(0.25);
    expect(signal?.aborted).toBe(false);
    await page.leave();
    expect(signal?.aborted).toBe(true);
  });

  it("tells what came out, once", async () => {
    const states = [JOB, DONE];
    serve({ [`GET ${PATH}`]: () => states.shift() ?? DONE, [`GET ${PATH}/events`]: () => events([ENDED]) });
    const onEnd = vi.fn();
    const page = await mount(<JobProgress job={JOB} onEnd={onEnd} />);
    expect(page.text()).toContain("gold: it stays");
    expect(onEnd).toHaveBeenCalledOnce();
    await page.leave();
  });

  it("shows why it failed", async () => {
    const failed: JobAnswer = { ...JOB, state: "failed", failure: { kind: "X", expected: "500 bars", was: "412", hint: "import more" } };
    serve({ [`GET ${PATH}`]: () => failed });
    const page = await mount(<JobProgress job={JOB} />);
    expect(page.text()).toContain("Expected 500 bars, found 412.");
    expect(page.text()).toContain("import more");
    await page.leave();
  });
});

describe("words of a job", () => {
  it("name what is done, and to which models", () => {
    expect(nameJob(JOB)).toBe("Retraining of gold");
    expect(nameJob({ ...JOB, asked: {} })).toBe("Retraining of every universe");
    expect(nameJob({ ...JOB, kind: "train" })).toBe("Training");
  });

  it("tell what a check found", () => {
    const models = ["ok", "amber", "ok"].map((condition) => ({ standing: { condition } }));
    const check = { ...DONE, kind: "monitor", result: { models } as unknown as JobAnswer["result"] };
    expect(tellResult(check)).toEqual(["Checked 3 models: 1 amber, 2 ok."]);
    expect(tellResult({ ...check, result: null })).toEqual(["There was no model to check."]);
    expect(tellResult({ ...DONE, result: null })).toEqual(["Nothing was due, and nothing was done."]);
  });
});
