import { afterEach, describe, expect, it, vi } from "vitest";

import { events, mount, problem, serve } from "../../../tests/fake-service";
import type { JobAnswer, RetrainingAnswer, RunAnswer, RunStepAnswer, ScheduleAnswer } from "../../api/schema";
import { readRoute } from "../../app/router";
import Page, { joinJobs } from "./Page";
import { evidenceOf, isRenewal, lanesOfRuns, nameMarket, tellNext, tellStep, tellTrigger } from "./runs";

function step(name: string, facts: Record<string, unknown> = {}): RunStepAnswer {
  return { step: name, at: "2026-01-01T00:00:00Z", words: `it is ${name}`, facts: facts as RunStepAnswer["facts"] };
}

function run(changes: Partial<RunAnswer> = {}): RunAnswer {
  return {
    run_id: "3f2a-0001",
    universe: "sp500",
    interval: "1d",
    horizon_bars: 1,
    begun_at: "2026-01-01T00:00:00Z",
    ended_at: "2026-01-02T00:00:00Z",
    is_open: false,
    step: "refused",
    trigger: "quarter",
    scale: "full",
    champion: "sp500-1",
    challenger: null,
    words: "the gate lets none pass",
    steps: [step("due"), step("refused", { by: "gate", snapshots: ["a"] })],
    ...changes,
  };
}

const SCHEDULE: ScheduleAnswer = {
  universe: "sp500",
  interval: "1d",
  horizon_bars: 1,
  champion: "sp500-1",
  is_due: false,
  scale: "none",
  trigger: "none",
  words: "it is too early to look again",
  next_at: "2026-01-09T22:00:00Z",
  checked_at: null,
  fitted_at: null,
  champion_trained_at: null,
  waits_for: null,
  dates: [{ trigger: "check", at: "2026-01-09T22:00:00Z", words: "the next look", holds: true }],
};
const ANSWER: RetrainingAnswer = {
  is_on: true,
  by_service: true,
  policy: { check_days: 7, challenger_days: 30, full_days: 91, most_age_days: 180, enough_evidence: 20, margin_points: 1, level: 0.05, decide_bars: 63, most_bars: 756, probation_bars: 63, most_tries: 3 },
  schedule: [SCHEDULE],
  shadows: [],
  runs: [run()],
  next_cursor: null,
  jobs: [],
};
const JOB: JobAnswer = {
  job_id: "job-00000001",
  kind: "retrain",
  asked: {},
  state: "queued",
  asked_at: "2026-01-02T03:04:05Z",
  started_at: null,
  ended_at: null,
  n_starts: 0,
  progress: null,
  result: null,
  failure: null,
  log: [],
};

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("words of a retraining", () => {
  it("call a refusal a normal end, and a failure a bad one", () => {
    expect([tellStep("refused").tone, tellStep("failed").tone, tellStep("promoted").tone, tellStep("rolled back").tone]).toEqual(["neutral", "bad", "good", "warn"]);
    expect(tellStep("refused").means).toContain("normal end");
    expect(tellStep("<b>").name).toBe("<b>");
    expect([tellTrigger("asked"), tellTrigger(null), tellTrigger("x")]).toEqual(["Asked for", "Unknown", "x"]);
  });

  it("tell a renewal as such", () => {
    expect(isRenewal(run())).toBe(false);
    expect(isRenewal(run({ steps: [step("due"), step("trained", { renews: true })] }))).toBe(true);
  });

  it("name the market, and when the next one is due", () => {
    expect(nameMarket(SCHEDULE)).toBe("sp500, 1d, 1 bar ahead");
    expect(tellNext(SCHEDULE, new Date("2026-01-04T22:00:00Z"))).toBe("2026-01-09, in 5 days");
    expect(tellNext({ ...SCHEDULE, is_due: true })).toBe("Due now");
    expect(tellNext({ ...SCHEDULE, is_due: true, waits_for: "x-0001" })).toBe("Due, and waiting");
  });

  it("leave out of the evidence what its words say already", () => {
    expect(evidenceOf(step("refused", { by: "gate", snapshots: ["a"], champion: "x" }))).toEqual({ by: "gate" });
  });

  it("make one lane a market", () => {
    const lanes = lanesOfRuns([run(), run({ universe: "gold", is_open: true, ended_at: null, step: "promoted" }), run({ begun_at: "2025-01-01T00:00:00Z", step: "failed" })]);
    expect(lanes.map((lane) => lane.spans.map((span) => [span.tone, span.to]))).toEqual([
      [
        ["bad", "2026-01-02T00:00:00Z"],
        ["neutral", "2026-01-02T00:00:00Z"],
      ],
      [["good", null]],
    ]);
  });

  it("show a job once, be it begun here or listed", () => {
    expect(joinJobs([JOB], [JOB, { ...JOB, job_id: "job-00000002" }]).map((job) => job.job_id)).toEqual(["job-00000001", "job-00000002"]);
  });
});

describe("retraining", () => {
  it("shows what is due, and what became of each", async () => {
    serve({ "GET /v1/retraining": () => ({ ...ANSWER, by_service: false, runs: [run({ steps: [step("trained", { renews: true })] })] }) });
    const page = await mount(<Page route={readRoute("#/retraining")} />);
    expect(page.text()).toContain("It is too early to look again.");
    expect(page.text()).toContain("The schedule is left to somebody else");
    expect(page.text()).toContain("A normal end: most challengers are no better");
    expect(page.text()).toContain("The gate lets none pass.");
    expect(page.text()).toContain("It is trained.");
    expect(page.text()).toContain("A renewal: its challenger is a later fit");
    await page.leave();
  });

  it("asks for more of the past page by page", async () => {
    serve({
      "GET /v1/retraining": ({ query }) =>
        query.get("cursor") === "c" ? { ...ANSWER, runs: [run({ run_id: "old", words: "long ago" })] } : { ...ANSWER, next_cursor: "c" },
    });
    const page = await mount(<Page route={readRoute("#/retraining")} />);
    expect(page.text()).not.toContain("long ago");
    await page.press("Show more retrainings");
    expect(page.text()).toContain("long ago");
    expect(page.text()).not.toContain("Show more");
    await page.leave();
  });

  it("starts one after it was confirmed, and listens to it", async () => {
    const asked = serve({
      "GET /v1/retraining": () => ANSWER,
      "POST /v1/jobs": () => JOB,
      "GET /v1/jobs/job-00000001": () => ({ ...JOB, state: "running" }),
      "GET /v1/jobs/job-00000001/events": ({ signal }) => events(['id: 1\nevent: progress\ndata: {"share":0.25,"words":"9 of 36 fits done"}'], { staysOpen: true, signal }),
    });
    const page = await mount(<Page route={readRoute("#/retraining")} />);
    await page.press("Start a retraining");
    expect(asked.some((one) => one.method === "POST")).toBe(false);
    await page.fill("Of which universe", "sp500");
    await page.submit();
    const post = asked.find((one) => one.method === "POST");
    expect(post?.body).toEqual({ kind: "retrain", now: true, universe: "sp500" });
    expect(post?.headers.get("idempotency-key")).toMatch(/^[0-9a-f]{32}$/);
    expect(page.place.querySelector("dialog")).toBeNull();
    expect(page.text()).toContain("9 of 36 fits done");
    await page.leave();
  });

  it("says in the dialog why none was begun", async () => {
    serve({ "GET /v1/retraining": () => ANSWER, "POST /v1/jobs": () => problem(403, "Key lacks the scope") });
    const page = await mount(<Page route={readRoute("#/retraining")} />);
    await page.press("Start a retraining");
    await page.submit();
    expect(page.place.querySelector("dialog")?.textContent).toContain("Key lacks the scope");
    await page.leave();
  });

  it("says that nothing was retrained yet", async () => {
    serve({ "GET /v1/retraining": () => ({ ...ANSWER, is_on: false, schedule: [], runs: [] }) });
    const page = await mount(<Page route={readRoute("#/retraining")} />);
    expect(page.text()).toContain("Nothing was retrained yet.");
    expect(page.text()).toContain("Nothing is retrained by itself");
    expect(page.place.querySelector("button")?.disabled).toBe(true);
    await page.leave();
  });
});
